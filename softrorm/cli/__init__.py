"""The softrorm command."""

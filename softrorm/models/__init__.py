"""Models: classes whose attributes map to the fields of a table."""

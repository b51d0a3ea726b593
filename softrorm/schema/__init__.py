"""Schemas: creating tables from models."""

from softrorm.schema.create import acreate_tables, create_tables

__all__ = ["acreate_tables", "create_tables"]

"""Schemas: creating tables from models, and models from tables."""

from softrorm.schema.create import acreate_tables, create_tables
from softrorm.schema.reflect import areflect, reflect

__all__ = ["acreate_tables", "areflect", "create_tables", "reflect"]

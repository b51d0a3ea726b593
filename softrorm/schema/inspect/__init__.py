"""Inspect: from a live database to a module of models that a person then owns."""

from softrorm.schema.inspect.database import ainspect_database, inspect_database

__all__ = ["ainspect_database", "inspect_database"]

"""Schemas: creating tables from models."""

from softrorm.schema.create import create_tables

__all__ = ["create_tables"]

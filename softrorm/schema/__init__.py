"""Schemas: tables from models, models from tables, and whether the two agree."""

from softrorm.schema.checking import acheck, check
from softrorm.schema.create import acreate_tables, create_tables
from softrorm.schema.inspect import ainspect_database, inspect_database
from softrorm.schema.pushing import aapply, aplan, apply, apush, plan, push
from softrorm.schema.reflect import areflect, reflect

__all__ = [
    "aapply",
    "acheck",
    "acreate_tables",
    "ainspect_database",
    "aplan",
    "apply",
    "apush",
    "areflect",
    "check",
    "create_tables",
    "inspect_database",
    "plan",
    "push",
    "reflect",
]

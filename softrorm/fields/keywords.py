"""The keywords that every field type takes, for the overloads that tell required fields from optional ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class Common(TypedDict, total=False):
    """The keywords of :class:`softrorm.fields.base.Field` beside ``required``."""

    name: str | None
    description: str | None
    default: Any
    options: Mapping[str, Any] | None

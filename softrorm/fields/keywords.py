"""The keywords that every field type takes, for the overloads that tell required fields from optional ones."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypedDict


class Common(TypedDict, total=False):
    """The keywords of :class:`softrorm.fields.base.Field` beside ``required``."""

    name: str | None
    description: str | None
    default: Any
    options: Mapping[str, Any] | None


class RollupKeywords(Common, total=False):
    """The keywords of a ROLLUP beside ``returns`` and ``many``."""

    through: str | None
    of: str | None
    function: str | None


class FormulaKeywords(Common, total=False):
    """The keywords of a FORMULA beside ``returns`` and ``many``."""

    formula: str | None


class TextKeywords(Common, total=False):
    """The keywords of the text types beside ``required``."""

    max_length: int | None


class NumberKeywords(Common, total=False):
    """The keywords of the number types beside ``required``."""

    precision: int | None
    min: int | float | Decimal | None
    max: int | float | Decimal | None

"""The formula language: from a text to what it makes of a record (its facts are in the vendor's glossary).

``syntax`` reads the text, ``values`` knows what values turn into, ``functions`` and ``moments`` hold the table of
functions, ``patterns`` the letters of date formats, and ``evaluation`` works a formula out.
"""

from __future__ import annotations

from softrorm.sandbox.formulas.evaluation import Formula, compiled
from softrorm.sandbox.formulas.syntax import FormulaRefused, tokens
from softrorm.sandbox.formulas.values import Context, File, FormulaError, Moment, number, text, truth

__all__ = [
    "Context",
    "File",
    "Formula",
    "FormulaError",
    "FormulaRefused",
    "Moment",
    "compiled",
    "number",
    "text",
    "tokens",
    "truth",
]

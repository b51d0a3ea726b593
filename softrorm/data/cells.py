"""Cells: the plain values of fields as the text of a CSV cell and as JSON.

A cell that holds several values is a small CSV row of its own, with ``;`` between them: ``red; "a;b"``. A file is its
name with its address in brackets.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from softrorm.client.errors import InvalidValue
from softrorm.fields.temporal import spell_instant

SEPARATOR = ";"
"""What stands between the values of a cell that holds several."""

_FILE = re.compile(r"(?P<name>.*\S)\s*\((?P<url>https?://[^()\s]+)\)", re.DOTALL)


def cell_text(value: Any) -> str:
    """A plain value as the text of a CSV cell; an empty one is ``""``."""
    if isinstance(value, list | tuple):
        return f"{SEPARATOR} ".join(_quoted(cell_text(one)) for one in value)
    if isinstance(value, dict):
        return _file_text(value) if "filename" in value else json_text(value)
    value = as_json(value)
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)


def json_text(value: Any) -> str:
    """A plain value as JSON, days and instants as ISO text."""
    return json.dumps(value, ensure_ascii=False, default=as_json)


def as_json(value: Any) -> Any:
    """A plain value as what JSON has for it.

    Raises:
        TypeError: JSON has nothing for it.
    """
    match value:
        case datetime():
            return spell_instant(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return as_json(Decimal(str(value.total_seconds())))
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case Enum():
            return value.value
        case None | str() | bool() | int() | float() | list() | dict():
            return value
    raise TypeError(f"{type(value).__name__} has no JSON: {value!r}")


def split(text: str, separator: str = SEPARATOR) -> list[str]:
    """The values in a cell that holds several, without blanks around them; empty ones are left out.

    Args:
        text: The cell, such as ``red; "a;b"``.
        separator: The character between the values.

    Raises:
        InvalidValue: A quotation mark before a value is not closed behind it, or the cell has several lines.
    """
    # The separator at the end begins an empty value, unless it stands within quotation marks that are still open.
    try:
        [row] = csv.reader([text.strip() + separator], delimiter=separator, skipinitialspace=True)
    except csv.Error as error:
        raise InvalidValue(
            f"takes values with {separator!r} between them on one line, not {text!r}: {error}."
        ) from None
    if row.pop():
        raise InvalidValue(f"takes a closing quotation mark for each one that opens, not {text!r}.")
    return [one for part in row if (one := part.strip())]


def file_parts(text: str) -> tuple[str, str | None]:
    """The address and the name of a file written as ``a.png (https://...)`` or as its address alone."""
    found = _FILE.fullmatch(text.strip())
    return (found["url"], found["name"]) if found else (text.strip(), None)


def _file_text(file: dict[str, Any]) -> str:
    name, url = file.get("filename"), file.get("url")
    return f"{name} ({url})" if name and url else str(url or name or "")


def _quoted(text: str) -> str:
    plain = text.strip() == text and not any(sign in text for sign in (SEPARATOR, '"', "\n", "\r"))
    return text if plain else '"' + text.replace('"', '""') + '"'

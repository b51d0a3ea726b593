"""Identifiers in the shapes of the live service (wire-facts 2): random, and nothing can be ordered by them."""

from __future__ import annotations

import os
import string
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_uuid() -> str:
    """A UUID v4 in lower case, as databases, workspaces and choices have."""
    return str(uuid.uuid4())


def new_key() -> str:
    """Fourteen letters and digits, as tables, views and records have."""
    return _characters(14)


def new_field_key(taken: Container[str]) -> str:
    """Five letters and digits, unique inside a table, as fields have."""
    while (key := _characters(5)) in taken:
        pass
    return key


def _characters(count: int) -> str:
    # One draw of urandom is ten times faster than a secrets.choice per character; 14 characters need 84 bits.
    number = int.from_bytes(os.urandom(count))
    found = []
    for _ in range(count):
        number, index = divmod(number, 62)
        found.append(ALPHABET[index])
    return "".join(found)

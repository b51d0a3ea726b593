"""Names: from what people call tables and fields in Softr to what Python can call classes and attributes."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Container, Iterable

from softrorm.models.model import Model

TAKEN = frozenset(dir(Model)) | {"Meta"}
"""The names that every model has, so that no field can."""


def attribute_name(name: str, taken: Container[str] = ()) -> str:
    """An attribute for a field: ``Due date`` is ``due_date``, ``2nd phone`` is ``field_2nd_phone``.

    Args:
        name: The field's name in Softr.
        taken: The attributes of the model that are taken already.

    Returns:
        A name that a model can have as a field: valid, and unlike keywords, what every model has, and ``taken``.

    Makes no request.
    """
    plain = "_".join(_parts(name)).lower()
    if not plain or not plain.isidentifier():
        plain = f"field_{plain}".rstrip("_")
    if keyword.iskeyword(plain) or plain in TAKEN:
        plain += "_"
    return _unlike(plain, taken)


def class_name(name: str, taken: Container[str] = ()) -> str:
    """A class for a table: ``Time zones`` is ``TimeZones``.

    Args:
        name: The table's name in Softr.
        taken: The classes that are there already.

    Returns:
        A valid name that is neither a keyword nor taken.

    Makes no request.
    """
    plain = "".join(part[:1].upper() + part[1:] for part in _parts(name))
    if not plain or not plain.isidentifier():
        plain = f"Table{plain}"
    if keyword.iskeyword(plain) or plain == "Model":
        plain += "_"
    return _unlike(plain, taken)


def _parts(name: str) -> Iterable[str]:
    """The words of a name, with letters of the Latin alphabet bare of their accents, so that they can be typed."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    # Other alphabets keep what NFKD would take apart, such as the syllables of Korean.
    text = bare if bare.isascii() else unicodedata.normalize("NFKC", name)
    return [part for part in re.split(r"[\W_]+", text) if part]


def _unlike(name: str, taken: Container[str]) -> str:
    number, found = 2, name
    while found in taken:
        found = f"{name.rstrip('_')}_{number}"
        number += 1
    return found

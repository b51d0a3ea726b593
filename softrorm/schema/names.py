"""Names: from what people call tables, fields and choices in Softr to what Python can call classes and attributes."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Container

from softrorm.models.model import Model

TAKEN = frozenset(dir(Model)) | {"Meta"}
"""The names that every model has, so that no field can."""
LONGEST = 40
"""Letters of a name; the rest of a table's or field's name does not help a reader."""

_SPOKEN = {"&": " and ", "%": " percent ", "#": " number ", "ß": "ss"}
_LOOKALIKES = {"l", "O", "I"}  # which linters refuse, since they look like digits
# Where a word begins inside of one: dueDate, PDFFile; not in plurals such as IDs.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s\b)[a-z])")


def attribute_name(name: str, taken: Container[str] = (), reserved: Container[str] = ()) -> str:
    """An attribute for a field: ``Due date`` is ``due_date``, ``2nd phone`` is ``field_2nd_phone``.

    Args:
        name: The field's name in Softr.
        taken: The attributes of the model that are taken already.
        reserved: Names that mean something else where the model stands; they get an underscore, as keywords do.

    Returns:
        A name that a model can have as a field: valid, and unlike keywords, what every model has, and ``taken``.

    Makes no request.
    """
    plain = _joined(name, "_", str.lower, "field_")
    is_reserved = keyword.iskeyword(plain) or plain in TAKEN or plain in reserved
    return unlike(plain + "_" if is_reserved else plain, taken, "_")


def class_name(name: str, taken: Container[str] = (), reserved: Container[str] = ("Model",)) -> str:
    """A class for a table: ``Time zones`` is ``TimeZones``.

    Args:
        name: The table's name in Softr.
        taken: The classes that are there already.
        reserved: Names that mean something else where the model stands; ``Model`` is ``ModelTable``.

    Returns:
        A valid name that is neither a keyword nor taken.

    Makes no request.
    """
    plain = _joined(name, "", lambda part: part[:1].upper() + part[1:], "Table")
    return unlike(f"{plain}Table" if keyword.iskeyword(plain) or plain in reserved else plain, taken)


def member_name(label: str, taken: Container[str] = ()) -> str:
    """A member of an Enum for a choice: ``In progress`` is ``IN_PROGRESS``, ``1st`` is ``CHOICE_1ST``.

    Args:
        label: The choice's label.
        taken: The members that are there already.

    Returns:
        A valid name that is not taken.

    Makes no request.
    """
    return unlike(_joined(label, "_", str.upper, "CHOICE_"), taken, "_")


def _joined(name: str, between: str, shaped: Callable[[str], str], before: str) -> str:
    """The words of a name as one; ``before`` stands before what cannot begin a name of Python's."""
    text = ""
    for letter in unicodedata.normalize("NFKC", name):
        # Letters of the Latin alphabet without their accents, so that they can be typed; others as they are.
        bare = "".join(one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one))
        spoken = _SPOKEN.get(letter) or (bare if bare.isascii() else letter)
        text += spoken if len(spoken) > 1 or f"a{spoken}".isidentifier() else " "
    parts = [shaped(part) for part in re.split(r"[\s_/⁄]+", _HUMP.sub(" ", text)) if part]
    # The parser takes names in NFKC, in which letters without case may differ from what they were.
    parts = [part for part in (unicodedata.normalize("NFKC", part) for part in parts) if f"a{part}".isidentifier()]
    plain = ""
    for part in parts:
        if plain and len(plain) + len(between) + len(part) > LONGEST:
            break
        plain += between * bool(plain) + part[:LONGEST]
    return plain if plain.isidentifier() and plain not in _LOOKALIKES else f"{before}{plain}".rstrip("_")


def unlike(name: str, taken: Container[str], between: str = "") -> str:
    """A name that is not taken: itself, or with a number behind it."""
    number, found = 2, name
    while found in taken:
        found = f"{name.rstrip('_')}{between}{number}"
        number += 1
    return found

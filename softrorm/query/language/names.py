"""What the names in an expression mean: fields by attribute, by id, or by what they are called in Softr."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import InvalidQuery
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike

LISTED = 20  # fields of a table that has many, in a message


def field_of(model: type[Any], text: str) -> FieldLike:
    """The field of a model that somebody means.

    Args:
        model: The model.
        text: An attribute, the id of a field, or its name; small and capital letters count only where two names
            differ in nothing else.

    Raises:
        InvalidQuery: There is none, or there are several; the message names the nearest, or all of them.

    Makes no request.
    """
    fields: dict[str, Any] = model._meta.query_fields
    if text in fields:
        return fields[text]  # type: ignore[no-any-return]
    own = [fields[name] for name in model._meta.own_fields]
    # What every record has comes last: a table may well have a field called "Created at" of its own.
    named = [*own, *(field for name, field in fields.items() if name not in {"id", *model._meta.own_fields})]
    for matches in (
        [field for field in own if field.id == text],
        [field for field in own if field.name == text],
        [field for field in own if field.name.casefold() == text.casefold()],
        # Not "-hours": a sign before a name means something, in an order for one.
        [field for field in own if _plain(field.name) == _plain(text) and re.match(r"\w", text)],
        [field for field in named if field.name.casefold() == text.casefold()],
    ):
        if len(matches) > 1:
            several = ", ".join(f"{field.attribute} ({field.id})" for field in matches)
            raise InvalidQuery(f"{len(matches)} fields are called {text!r}: {several}; give the id")
        if matches:
            return matches[0]  # type: ignore[no-any-return]
    names = list(dict.fromkeys(field.name for field in named))
    near = nearest(text, [*names, *fields])
    listed = ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else ".")
    raise InvalidQuery(f"{model.__name__} has no field {text!r}.{near} Its fields are {listed}")


def field_is_called(model: type[Any], text: str) -> bool:
    """Whether a text means one field of a model. Makes no request."""
    try:
        return bool(field_of(model, text))
    except InvalidQuery:
        return False


def parse_attributes(names: Iterable[str], model: type[Any]) -> list[str]:
    """The attributes that a list of fields names, each once.

    Args:
        names: Names as :func:`parse_filter` takes them, several in one text with commas between; one that has a comma
            itself stands in double quotes.
        model: The model.

    Raises:
        InvalidQuery: One is no field of the model.

    Makes no request.
    """
    return list(dict.fromkeys(_attribute(name, model) for name in _listed(names)))


def parse_order(names: Iterable[str], model: type[Any]) -> list[str]:
    """What ``order_by()`` takes, from text: ``-due, title``.

    Args:
        names: Names as :func:`parse_filter` takes them, each with ``-`` before it for descending; several in one text
            with commas between.
        model: The model.

    Raises:
        InvalidQuery: One is no field of the model.

    Makes no request.
    """
    listed = _listed(names)
    return [
        f"-{_attribute(name[1:].strip(), model)}" if name.startswith("-") else _attribute(name, model)
        for name in listed
    ]


def _listed(texts: Iterable[str]) -> list[str]:
    """The names in lists with commas; one that has a comma itself stands in double quotes."""
    rows = csv.reader([text.replace("\n", " ") for text in texts], skipinitialspace=True)
    return [name.strip() for row in rows for name in row if name.strip()]


def _attribute(text: str, model: type[Any]) -> str:
    if text == "id":
        return "id"
    link, dot, _ = text.partition(".")
    if dot and not field_is_called(model, text) and field_is_called(model, link):
        raise InvalidQuery(
            f"{text!r} is no field of {model.__name__} itself, and only those can stand here; {link!r} can."
        )
    return field_of(model, text).attribute


def _plain(name: str) -> str:
    """A name as it is when only letters and digits count: ``due_date`` is "Due date"."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")

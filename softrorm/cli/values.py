"""Values at the prompt: what ``FIELD=VALUE`` gives a field, for the commands that make and change records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import click

from softrorm.client.errors import InvalidValue

NAMED = 3  # records of one label, in a message
_RECORD = re.compile(r"[0-9A-Za-z]{14}")
_QUOTED = re.compile(r'\A"(.+)"\Z')


def values_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments ``FIELD=VALUE...``, which a command gets as ``values``."""
    return click.argument("values", metavar="FIELD=VALUE...", nargs=-1, required=True)(function)


def assignments(model: type[Any], texts: Iterable[str]) -> dict[str, Any]:
    """The values that arguments give to the fields of a record, checked.

    Args:
        model: The model of the table.
        texts: Such as ``due date=2026-12-24``, with nothing after the ``=`` for an empty field.

    Returns:
        Attribute to value.

    Raises:
        InvalidQuery: A field does not exist.
        InvalidValue: A field cannot hold its value, or cannot be written.
        click.UsageError: A text is no ``FIELD=VALUE``, or two name one field.

    Makes 1 request for each linked record that is named by its label; 2 where that stands in quotation marks.
    """
    named = [_named(model, text) for text in texts]
    for field, times in Counter(field for field, _ in named).items():
        if times > 1:
            raise click.UsageError(f"{field.name!r} is given {times} times; give it one value")
    return {field.attribute: _read(field, value) for field, value in named}


def _named(model: type[Any], text: str) -> tuple[Any, str]:
    """The field that an argument names, and the text behind its sign."""
    from softrorm.query.language.names import field_of

    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise click.UsageError(
            f"{text!r} {'names no field' if sign else 'gives no value'}: write FIELD=VALUE, or FIELD= to empty it"
        )
    field: Any = field_of(model, name.strip())
    if not field.writable:
        raise InvalidValue(f"{field.name} cannot be set: the service works it out.")
    return field, value


def _read(field: Any, text: str) -> Any:
    from datetime import UTC

    from softrorm.data.conversion import Terms, converted

    terms = Terms(timezone=UTC, separator=",", linked=_linked)
    try:
        return converted(field, text, terms)
    except InvalidValue as error:
        raise InvalidValue(f"{field.name} {error}") from None


def _linked(link: Any, text: str) -> str:
    """The id of a linked record by what somebody typed."""
    if _RECORD.fullmatch(text):
        return text
    # The label of a link is what the primary field shows (wire-facts 6).
    meta = link.target._meta
    # Several labels need quotation marks around one with a comma; around a single one they do no harm.
    for label in (text, *_QUOTED.findall(text)):
        ids = [record.id for record in link.target.objects.filter(**{meta.primary: label})[: NAMED + 1]]
        if ids:
            break
    if len(ids) == 1:
        return str(ids[0])
    if not ids:
        raise InvalidValue(f"takes a record of {meta.table_name} by its id or its label, and none is called {text!r}.")
    listed = ", ".join(ids[:NAMED]) + (", ..." if len(ids) > NAMED else "")
    raise InvalidValue(
        f"takes one record of {meta.table_name}, and several are called {text!r}: {listed}. Give the id."
    )

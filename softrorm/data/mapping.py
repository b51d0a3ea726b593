"""Mapping: which column of a file goes into which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError, InvalidQuery
from softrorm.data.refusals import ADDED
from softrorm.query.language.names import field_of

if TYPE_CHECKING:
    from softrorm.fields.base import Field


@dataclass(slots=True)
class Columns:
    """The columns of a file.

    Attributes:
        fields: The field that each goes into.
        left_out: What a column is that goes into none, in a word or two.
        id: The column that says by an id which record a row is, where that was asked for.
    """

    fields: dict[str, Field[Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    id: str = ""


def map_columns(columns: Iterable[str], model: type[Any], given: Mapping[str, str], *, by_id: bool = False) -> Columns:
    """Find the field of each column, by the field's name, id or attribute.

    What the service computes is left out, and so is what a file of refused rows says of them.

    Args:
        columns: The columns of the file.
        model: The model.
        given: The fields of columns that are called otherwise; ``""`` leaves a column out.
        by_id: Whether a column is to hold the records' ids.

    Raises:
        ConfigurationError: A column has no field, two have the same, or a column that was given is not there; the
            message says what to give.

    Makes no request.
    """
    names = list(columns)
    for column in given:
        if column not in names:
            raise ConfigurationError(f"The file has no column {column!r}; its columns are {', '.join(names)}.")
    mapping = Columns()
    taken: dict[str, str] = {}  # by attribute, since fields build conditions when they are compared
    unknown = []
    for column in names:
        name = given.get(column, column)
        if not name:
            mapping.left_out[column] = "left out"
            continue
        try:
            target: Any = field_of(model, name)
        except InvalidQuery as error:
            if column in ADDED and column not in given:
                mapping.left_out[column] = "why it was refused"
                continue
            unknown.append(f"column {column!r}: {error}")
            continue
        if by_id and target.attribute == "id":
            mapping.id = column
            mapping.left_out[column] = "the record's id"
        elif not target.writable:
            if column in given:
                raise ConfigurationError(f"Column {column!r} cannot go into {target.label}: the service computes it.")
            mapping.left_out[column] = "computed by Softr"
        elif other := taken.get(target.attribute):
            raise ConfigurationError(f"The columns {other!r} and {column!r} would both go into {target.label}.")
        else:
            mapping.fields[column] = target
            taken[target.attribute] = column
    if unknown:
        raise ConfigurationError(
            "\n".join(unknown) + '\nSay which field it is, as "Column=Field", or leave the column out, as "Column=".'
        )
    if by_id and not mapping.id:
        raise ConfigurationError("No column holds the ids of records; an export has them in its column 'id'.")
    if not mapping.fields:
        raise ConfigurationError("No column goes into a field, so that there is nothing to import.")
    return mapping

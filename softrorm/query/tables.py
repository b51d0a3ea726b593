"""Tables: typed columns as an Arrow table, a pandas or a polars frame, each library imported when it is asked for.

Here stands what each library calls the columns of :mod:`softrorm.query.columns`. Each frame is made straight from
Python's values, so that no library needs another.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.query.columns import FILE_PARTS, SCALE, Column, cells

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike

Typed: TypeAlias = Mapping[str, "tuple[FieldLike, list[Any]]"]
"""Attribute to its field and the plain values that were read."""


def library(name: str, extra: str, what: str) -> Any:
    """Import a library that something needs, such as ``to_arrow()``.

    Raises:
        ConfigurationError: It is not installed; the message names the extra that brings it.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigurationError(
            f"{what} needs the package {name}, which cannot be imported ({error}): pip install 'softrorm[{extra}]'"
        ) from error


def arrow_table(pa: Any, typed: Typed) -> Any:
    """An Arrow table of typed columns."""
    types = _arrow_types(pa)
    arrays = {}
    for name, (field, values) in typed.items():
        one = types[field.column]
        arrays[name] = pa.array(cells(field, values), pa.list_(one) if field.lists else one)
    return pa.table(arrays)


def pandas_frame(pd: Any, typed: Typed) -> Any:
    """A pandas frame of typed columns; lists, files and exact decimals are Python's own objects there."""
    return pd.DataFrame(
        {
            name: pd.Series(cells(field, values), dtype=object if field.lists else PANDAS_TYPES[field.column])
            for name, (field, values) in typed.items()
        }
    )


def polars_frame(pl: Any, typed: Typed) -> Any:
    """A polars frame of typed columns."""
    types = _polars_types(pl)
    series = []
    for name, (field, values) in typed.items():
        one, fitted = types[field.column], cells(field, values)
        if field.lists:
            # As rows of a frame: lists of files come in ten times as fast as through a Series.
            frame = pl.DataFrame([(cell,) for cell in fitted], schema={name: pl.List(one)}, orient="row")
            series.append(frame[name])
        else:
            series.append(pl.Series(name, fitted, dtype=one))
    return pl.DataFrame(series)


def _arrow_types(pa: Any) -> dict[Column, Any]:
    types = {
        Column.TEXT: pa.string(),
        Column.INTEGER: pa.int64(),
        Column.FLOAT: pa.float64(),
        Column.DECIMAL: pa.decimal128(38, SCALE),
        Column.BOOLEAN: pa.bool_(),
        Column.DATE: pa.date32(),
        Column.INSTANT: pa.timestamp("us", tz="UTC"),
        Column.DURATION: pa.duration("us"),
        Column.JSON: pa.string(),
    }
    return {**types, Column.FILE: pa.struct([(part, types[column]) for part, column in FILE_PARTS.items()])}


def _polars_types(pl: Any) -> dict[Column, Any]:
    types = {
        Column.TEXT: pl.String(),
        Column.INTEGER: pl.Int64(),
        Column.FLOAT: pl.Float64(),
        Column.DECIMAL: pl.Decimal(38, SCALE),
        Column.BOOLEAN: pl.Boolean(),
        Column.DATE: pl.Date(),
        Column.INSTANT: pl.Datetime("us", "UTC"),
        Column.DURATION: pl.Duration("us"),
        Column.JSON: pl.String(),
    }
    return {**types, Column.FILE: pl.Struct({part: types[column] for part, column in FILE_PARTS.items()})}


# Types that pandas has without Arrow, and that know an empty cell: a checkbox alone is never empty (wire-facts 4.1).
PANDAS_TYPES: Mapping[Column, Any] = {
    Column.TEXT: "string",
    Column.INTEGER: "Int64",
    Column.FLOAT: "float64",
    Column.DECIMAL: object,
    Column.BOOLEAN: "bool",
    Column.DATE: "datetime64[us]",
    Column.INSTANT: "datetime64[us, UTC]",
    Column.DURATION: "timedelta64[us]",
    Column.FILE: object,
    Column.JSON: "string",
}

"""Frames: the records of a query as plain data instead of instances.

``values()`` and ``values_list()`` give what the attributes of an instance read as: choices, linked records, files.
``to_dicts()`` and ``to_columns()`` give Python's own types, and ``to_arrow()``, ``to_pandas()`` and ``to_polars()``
the same in columns typed by the fields; these make no instances. ``aggregate()`` makes one value of many records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from softrorm.client.errors import InvalidQuery
from softrorm.client.twins import twin
from softrorm.query.operators import no_field
from softrorm.query.reading import Reading

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from softrorm.query.aggregates import Aggregate
    from softrorm.query.protocols import FieldLike
    from softrorm.query.tables import Typed

M = TypeVar("M")

Links: TypeAlias = Literal["id", "label"]


class Frames(Reading[M]):
    """The part of a query set that reads records as plain data."""

    def values(self, *attributes: str) -> list[dict[str, Any]]:
        """Dicts instead of instances, with the values that instances have.

        Args:
            *attributes: The attributes wanted; all of them where none is named.

        Makes one request per page of 200.
        """
        names = self._known(attributes)
        return [{name: getattr(record, name) for name in names} for record in self]

    avalues = twin(values)

    def values_list(self, *attributes: str, flat: bool = False) -> list[Any]:
        """Tuples instead of instances, with the values that instances have.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            flat: With one attribute, its values themselves.

        Makes one request per page of 200.
        """
        names = self._known(attributes)
        if flat:
            if len(names) != 1:
                raise InvalidQuery(f"values_list(flat=True) takes one attribute, not {len(names)}.")
            return [getattr(record, names[0]) for record in self]
        return [tuple(getattr(record, name) for name in names) for record in self]

    avalues_list = twin(values_list)

    def to_dicts(self, *attributes: str, links: Links = "id") -> list[dict[str, Any]]:
        """The records as dicts of Python's own types, fit to be dumped, pickled and sent elsewhere.

        Choices are their labels, persons their email addresses, files dicts; numbers, amounts, dates and instants are
        as instances have them. ``Task.objects.bulk_create`` of another table takes such dicts of writable attributes.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            links: What stands for a linked record: its ``"id"``, which filters and assignments take as well, or its
                ``"label"``, which people read and which need not be unique.

        Raises:
            InvalidQuery: An unknown attribute.

        Makes one request per page of 200, as ``iterator()`` does; reads anew and keeps nothing.
        """
        columns = self.to_columns(*attributes, links=links)
        names = tuple(columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    ato_dicts = twin(to_dicts)

    def to_columns(self, *attributes: str, links: Links = "id") -> dict[str, list[Any]]:
        """The records by attribute: one list of values for each, in the same order.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            links: As for ``to_dicts()``.

        Returns:
            Attribute to values, which are those of ``to_dicts()``; lists are empty where no record matches.

        Raises:
            InvalidQuery: An unknown attribute.

        Makes one request per page of 200, as ``iterator()`` does; reads anew and keeps nothing.
        """
        names = self._known(attributes)
        if links not in {"id", "label"}:
            raise InvalidQuery(f"links is 'id' or 'label', what is to stand for a linked record, not {links!r}.")
        columns: dict[str, list[Any]] = {name: [] for name in names}
        for page in column_pages(self, tuple(columns), links):
            for name, values in page.items():
                columns[name].extend(values)
        return columns

    ato_columns = twin(to_columns)

    def to_arrow(self, *attributes: str, links: Links = "id") -> pyarrow.Table:
        """The records as an Arrow table whose schema follows from the fields, also where no record matches.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            links: As for ``to_dicts()``.

        Raises:
            InvalidQuery: An unknown attribute.
            InvalidValue: The service answered a value that is none of its field's type.
            ConfigurationError: pyarrow is not installed: ``pip install 'softrorm[arrow]'``.

        Makes one request per page of 200, as ``iterator()`` does.
        """
        from softrorm.query import tables

        pa = tables.library("pyarrow", "arrow", "to_arrow()")
        return tables.arrow_table(pa, self._typed(attributes, links))

    ato_arrow = twin(to_arrow)

    def to_pandas(self, *attributes: str, links: Links = "id") -> pandas.DataFrame:
        """The records as a pandas frame whose types follow from the fields, also where no record matches.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            links: As for ``to_dicts()``.

        Raises:
            InvalidQuery: An unknown attribute.
            InvalidValue: The service answered a value that is none of its field's type.
            ConfigurationError: pandas is not installed: ``pip install 'softrorm[pandas]'``.

        Makes one request per page of 200, as ``iterator()`` does.
        """
        from softrorm.query import tables

        pd = tables.library("pandas", "pandas", "to_pandas()")
        return tables.pandas_frame(pd, self._typed(attributes, links))

    ato_pandas = twin(to_pandas)

    def to_polars(self, *attributes: str, links: Links = "id") -> polars.DataFrame:
        """The records as a polars frame whose schema follows from the fields, also where no record matches.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            links: As for ``to_dicts()``.

        Raises:
            InvalidQuery: An unknown attribute.
            InvalidValue: The service answered a value that is none of its field's type.
            ConfigurationError: polars is not installed: ``pip install 'softrorm[polars]'``.

        Makes one request per page of 200, as ``iterator()`` does.
        """
        from softrorm.query import tables

        pl = tables.library("polars", "polars", "to_polars()")
        return tables.polars_frame(pl, self._typed(attributes, links))

    ato_polars = twin(to_polars)

    def aggregate(self, *unnamed: Aggregate, **named: Aggregate) -> dict[str, Any]:
        """One value of many records: ``aggregate(total=Sum("hours"), latest=Max("due"), n=Count())``.

        Args:
            *unnamed: Expressions whose result is called after them: ``Sum("hours")`` is ``hours__sum``.
            **named: Expressions by the name of their result.

        Returns:
            Name to value. ``Count`` of nothing is 0, all others are ``None`` then. Empty cells have no part in
            anything but ``Count()`` itself.

        Raises:
            InvalidQuery: An unknown attribute, or one that the expression cannot take.

        Makes one request, for one row, for ``Count``, and one for each ``Min`` and ``Max`` of numbers, dates and
        instants. The API reckons nothing itself: anything else reads all records once, one request per page of 200,
        and then everything asked for is reckoned from these. Slices and views are always read.
        """
        from softrorm.query.aggregates import aggregate

        return aggregate(self, unnamed, named)

    aaggregate = twin(aggregate)

    def _reader(self, name: str, links: Links) -> Callable[[list[dict[str, Any]]], list[Any]]:
        """What makes the column of an attribute out of the rows of a page."""
        field: FieldLike = self._meta.fields[name]
        plain = field.plain if links == "id" else field.worded
        key, id = field.key, "" if field.key else self._binding().ids[name]

        def read(rows: list[dict[str, Any]]) -> list[Any]:
            raws = [row.get(key) for row in rows] if key else [row["fields"].get(id) for row in rows]
            return [field.empty() if raw is None else plain(raw) for raw in raws]

        return read

    def _typed(self, attributes: tuple[str, ...], links: Links) -> Typed:
        """The columns with their fields."""
        fields = self._meta.fields
        return {name: (fields[name], values) for name, values in self.to_columns(*attributes, links=links).items()}

    def _known(self, attributes: tuple[str, ...]) -> tuple[str, ...]:
        fields = self._meta.fields
        for name in attributes:
            if not isinstance(name, str) or name not in fields:
                raise InvalidQuery(no_field(self._meta.name, name, fields))
        return attributes or tuple(fields)


def column_pages(query: Frames[Any], names: Iterable[str], links: Links) -> Iterator[dict[str, list[Any]]]:
    """The columns of a query a page at a time as it is read, none kept: what a table of any size streams through.

    Args:
        query: The query.
        names: The attributes wanted.
        links: As for :meth:`Frames.to_dicts`.

    Yields:
        Attribute to the values of a page, which are those of ``to_dicts()``.

    Makes one request per page of 200, as ``iterator()`` does.
    """
    readers: dict[str, Callable[[list[dict[str, Any]]], list[Any]]] = {}
    for rows in query._streamed():
        readers = readers or {name: query._reader(name, links) for name in names}
        yield {name: read(rows) for name, read in readers.items()}

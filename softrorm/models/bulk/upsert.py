"""Upsert: rows update the records that have their natural key, and create those that are not there yet.

The keys that exist are read with few requests: a search takes the keys of 200 rows, and a table with fewer pages than
there are such searches is read through once instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, TypeAlias

from softrorm.client.errors import InvalidQuery, InvalidValue
from softrorm.models import state
from softrorm.models.bulk.report import BulkReport, RowResult
from softrorm.models.bulk.runner import Runner, Terms, Written
from softrorm.models.bulk.work import Work, new_instance, saving
from softrorm.models.context import Context
from softrorm.query.operators import by_name
from softrorm.query.queryset import QuerySet

Key: TypeAlias = tuple[Any, ...]
Known: TypeAlias = dict[Key, list[dict[str, Any]]]

LOOK_AHEAD = 10
"""So many pages of rows are taken before it is decided how the keys are read, where their number is not known."""
MOST_READ = 50
"""A table of more pages is never read through, since its records are kept in memory meanwhile."""


class Upsert:
    """One upsert.

    Args:
        model: The model class.
        place: Where.
        rows: Unsaved objects, or dicts of attributes.
        total: How many rows there are, or ``None`` if nobody knows.
        key: The attributes that tell a record apart.
        terms: How it is run.
    """

    def __init__(
        self,
        model: Any,
        place: Any,
        rows: Iterable[Any],
        *,
        total: int | None,
        key: tuple[str, ...],
        terms: Terms,
    ) -> None:
        self._model = model
        self._place = place
        self._key = key
        # A checkbox can be part of a key, but no search asks for one of several.
        takes, known = by_name("IS_ONE_OF"), model._meta.query_fields
        self._searched = {name: at for at, name in enumerate(key) if known[name].takes(takes)}
        self._size = place.client.dialect.page_size
        self._total = total
        self._table: Known | None = None  # all of the table as it was, if it was read through
        self._written: set[int] = set()  # hashes of keys whose records are no longer, or not yet, in it
        self._works = self._ready(iter(rows))
        self._runner = Runner(terms, client=place.client, total=total, finish=self._finish)

    def run(self) -> BulkReport:
        """Write the rows; returns the report."""
        return self._runner.run(lambda: next(self._works, None))

    def _finish(self, work: Work, written: Written) -> RowResult:
        if self._table is not None and written.answer is not None:
            self._written.add(hash(self._key_of(work.instance)))
        return work.conclude(written)

    # --- rows in --------------------------------------------------------------------------------

    def _ready(self, rows: Iterator[Any]) -> Iterator[Work | RowResult]:
        ahead = list(islice(rows, LOOK_AHEAD * self._size if self._total is None else 2 * self._size + 1))
        if self._reads_through(self._total or len(ahead)):
            self._table = self._index(QuerySet(self._model).using(self._place.client)._stable())
        for chunk in self._chunks(enumerate(chain(ahead, rows))):
            yield from self._chunk(chunk)

    def _chunks(self, rows: Iterator[tuple[int, Any]]) -> Iterator[list[tuple[int, Any, Any]]]:
        """Rows in runs of up to a page, none with a key twice; a row that fails has its error for an object."""
        chunk: list[tuple[int, Any, Any]] = []
        keys: set[Key] = set()
        for number, row in rows:
            key = None
            try:
                instance = new_instance(self._model, row)
                key = self._key_of(instance)
            except Exception as error:  # whatever is wrong with a row is its fate
                instance = error
            if len(chunk) >= self._size or key in keys:
                yield chunk
                chunk, keys = [], set()
            chunk.append((number, row, instance))
            if key is not None:
                keys.add(key)
        if chunk:
            yield chunk

    def _chunk(self, chunk: list[tuple[int, Any, Any]]) -> Iterator[Work | RowResult]:
        # A key that comes again finds what the row before it wrote.
        self._runner.drain()
        keys = [self._key_of(one) for _, _, one in chunk if not isinstance(one, Exception)]
        known = self._search(keys) if self._table is None else self._met(keys, self._table)
        for number, row, instance in chunk:
            try:
                if isinstance(instance, Exception):
                    raise instance
                self._meet(instance, known.get(self._key_of(instance), []))
                yield saving(number, row, instance, self._place, key=self._key)
            except Exception as error:  # whatever is wrong with a row is its fate
                yield RowResult(number, row, "failed", error=error)

    def _met(self, keys: list[Key], table: Known) -> Known:
        """The records of some keys: those of the table, and for keys that came before, what the rows there wrote."""
        again = [key for key in keys if hash(key) in self._written]
        return {**{key: table[key] for key in keys if key in table}, **self._search(again)}

    def _meet(self, instance: Any, records: list[dict[str, Any]]) -> None:
        """Let an object be the record that has its key, with the row's values as changes."""
        if not records:
            return
        if len(records) > 1:
            shown = ", ".join(record["id"] for record in records[:3])
            raise self._model.MultipleObjectsReturned(
                f"{len(records)} records have the key {self._shown(instance)}, such as {shown}; which of them is meant "
                "cannot be told."
            )
        values = instance.dirty_fields
        for name in self._model._meta.fields:
            instance.__dict__.pop(name, None)
        state.fill(instance, records[0], Context(self._place, records, instance._context.unit))
        for name, value in values.items():
            setattr(instance, name, value)

    # --- keys -----------------------------------------------------------------------------------

    def _key_of(self, instance: Any) -> Key:
        key = tuple(getattr(instance, name) for name in self._key)
        if any(value is None for value in key):
            raise InvalidValue(f"{instance!r} has no whole key: {self._shown(instance)}.")
        return key

    def _shown(self, instance: Any) -> str:
        values = {name: getattr(instance, name) for name in self._key}
        # A linked record goes by its label, or by its id where that is all that is known of it.
        named = {name: getattr(value, "_label", None) or getattr(value, "id", value) for name, value in values.items()}
        return ", ".join(f"{name}={value!r}" for name, value in named.items())

    def _reads_through(self, rows: int) -> bool:
        """Whether reading the table through takes fewer requests than searching for the keys of so many rows."""
        if not self._searched:
            return True
        searches = -(-rows // self._size)
        if searches < 3:
            return False  # asking how large the table is would cost as much as it could save
        everything: Any = QuerySet(self._model).using(self._place.client).fresh()
        return bool(everything.count() <= min(searches - 1, MOST_READ) * self._size)

    def _search(self, keys: list[Key]) -> Known:
        if not keys:
            return {}
        conditions = {
            f"{name}__is_one_of": list(dict.fromkeys(key[at] for key in keys)) for name, at in self._searched.items()
        }
        query: Any = QuerySet(self._model).using(self._place.client).filter(**conditions)
        return self._index(query._stable(), set(keys))

    def _index(self, pages: Iterator[list[dict[str, Any]]], wanted: set[Key] | None = None) -> Known:
        """Records by key. The server's text comparison ignores case, so the exact values are compared here."""
        index: Known = {}
        for page in pages:
            for record, instance in zip(page, self._model._meta.instances(page, self._place), strict=True):
                key = tuple(getattr(instance, name) for name in self._key)
                if wanted is None or key in wanted:
                    index.setdefault(key, []).append(record)
        return index


def key_of(meta: Any, key: str | Iterable[str] | None) -> tuple[str, ...]:
    """The attributes of the key that an upsert goes by.

    Args:
        meta: The model's options.
        key: One attribute or several; ``Meta.natural_key`` unless given.

    Raises:
        InvalidQuery: There is none, or it names no field of one value.
    """
    names = meta.natural_key if key is None else (key,) if isinstance(key, str) else tuple(key)
    if not names:
        raise InvalidQuery(
            f"upsert() needs to know what tells a {meta.name} apart: say key='email', or set "
            f"{meta.name}.Meta.natural_key."
        )
    for name in names:
        if name not in meta.writable or meta.writable[name].many:
            right = [one for one, field in meta.writable.items() if not field.many]
            raise InvalidQuery(
                f"upsert(key=...): {name!r} is no key of {meta.name}; right is one of {', '.join(right)}."
            )
    return names

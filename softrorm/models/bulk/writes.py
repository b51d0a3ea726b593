"""Bulk: the bulk writes of one model, as the query set asks for them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sized
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import InvalidQuery
from softrorm.models.bulk.change import Prepare, change, removing, setting, updating
from softrorm.models.bulk.create import Creation
from softrorm.models.bulk.journal import Journal, digest
from softrorm.models.bulk.report import BulkReport, RowResult
from softrorm.models.bulk.runner import Terms
from softrorm.models.bulk.upsert import Upsert, key_of
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.models.options import Options

Path = str | os.PathLike[str]


class Bulk:
    """The bulk writes of one model.

    Args:
        meta: The model's options.

    What the arguments mean stands at the query set's methods; ``terms`` are those of
    :class:`~softrorm.models.bulk.runner.Terms`.
    """

    def __init__(self, meta: Options) -> None:
        self._meta = meta

    def create(self, rows: Iterable[Any], client: Client | None, *, journal: Path | None, **terms: Any) -> BulkReport:
        """Create a record of each row."""
        place, how, total = self._meta.binding(client), Terms(**terms), _total(rows)
        with self._journal(journal, "bulk_create", place, rows=total) as kept:
            return Creation(self._meta.model, place, rows, total=total, terms=how, journal=kept).run()

    def update_objects(
        self,
        objects: Iterable[Any],
        fields: Collection[str] | None,
        client: Client | None,
        *,
        journal: Path | None,
        **terms: Any,
    ) -> BulkReport:
        """Save what is dirty on each object."""
        only = None if fields is None else self._writable(fields)
        place, how, total = self._meta.binding(client), Terms(**terms), _total(objects)
        with self._journal(journal, "bulk_update", place, fields=only, rows=total) as kept:
            if kept is not None and kept.finished is not None:
                return _nothing_left(kept)
            return change(place, objects, updating(self._meta.model, only), total=total, terms=how, journal=kept)

    def update(self, query: Any, values: dict[str, Any], *, journal: Path | None, **how: Any) -> BulkReport:
        """Give all records of a query the same values."""
        # Every value is checked before the first request, and read from where it is checked: an iterator runs once.
        checked = self._meta.model(**values)
        prepare = setting({name: getattr(checked, name) for name in values})
        job = {"values": digest(checked.to_wire())} if journal else {}
        return self._change(query, "update", prepare, journal=journal, job=job, **how)

    def delete(self, query: Any, *, journal: Path | None, **how: Any) -> BulkReport:
        """Delete all records of a query."""
        return self._change(query, "delete", removing, journal=journal, job={}, **how)

    def _change(
        self,
        query: Any,
        action: str,
        prepare: Prepare,
        *,
        journal: Path | None,
        job: dict[str, Any],
        unchecked: bool,
        **terms: Any,
    ) -> BulkReport:
        how = Terms(**terms)
        if journal is None:
            records = query._checked_rows(action, unchecked=unchecked)
            if not records:
                return BulkReport(0)
            place = self._meta.binding(query._client)
            return change(place, records, prepare, total=len(records), terms=how, journal=None)
        place = self._meta.binding(query._client)
        with self._journal(journal, action, place, query=query.to_dict(), **job) as kept:
            if kept is not None and kept.finished is not None:
                return _nothing_left(kept)
            records = query._checked_rows(action, unchecked=unchecked)
            return change(place, records, prepare, total=len(records), terms=how, journal=kept)

    def upsert(
        self, rows: Iterable[Any], key: str | Iterable[str] | None, client: Client | None, **terms: Any
    ) -> BulkReport:
        """Update the records that have the rows' keys, and create the others."""
        names, how = key_of(self._meta, key), Terms(**terms)
        return Upsert(
            self._meta.model, self._meta.binding(client), rows, total=_total(rows), key=names, terms=how
        ).run()

    def _writable(self, names: Collection[str]) -> list[str]:
        listed = [names] if isinstance(names, str) else list(names)
        for name in listed:
            if name not in self._meta.writable:
                raise InvalidQuery(
                    f"bulk_update(fields=...): {self._meta.name} has no field {name!r} that can be written."
                    f"{nearest(str(name), self._meta.writable)} Right are {', '.join(self._meta.writable)}."
                )
        return listed

    @contextmanager
    def _journal(self, path: Path | None, kind: str, place: Any, **job: Any) -> Iterator[Journal | None]:
        if path is None:
            with nullcontext():
                yield None
            return
        told = {"kind": kind, "model": self._meta.name, "database": place.database, "table": place.table, **job}
        with Journal(path, told) as journal:
            if journal.fresh and kind != "bulk_create":
                journal.begin()
            yield journal


def _total(rows: Iterable[Any]) -> int | None:
    return len(rows) if isinstance(rows, Sized) else None


def _nothing_left(journal: Journal) -> BulkReport:
    """The report of a job that its journal says is finished."""
    report = BulkReport(journal.finished)
    for number in range(journal.finished or 0):
        report.note(RowResult(number, None, "earlier"))
    return report

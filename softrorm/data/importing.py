"""Importing: the rows of a file become records of a table, each of them once.

The file is read twice: first every row is checked, so that nothing is written of a file that is wrong somewhere, and
then the rows are written as a bulk write. A journal beside the file lets an import that was killed go on where it
stopped; updates need none, since what is there already is no change. Rows that say by an id which record they are
update it, cell by cell (see :mod:`softrorm.data.present`), and those without one are created.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from itertools import islice
from os import PathLike
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError, InvalidValue
from softrorm.data.cells import SEPARATOR
from softrorm.data.conversion import Terms, converted
from softrorm.data.linked import LinkBy, Linked
from softrorm.data.mapping import map_columns
from softrorm.data.refusals import ADDED, Refusals, is_refusal
from softrorm.data.sources import Row, Source
from softrorm.models.bulk import BulkError, BulkReport, JournalError
from softrorm.models.bulk.upsert import key_of
from softrorm.query.language.names import parse_attributes
from softrorm.query.queryset import QuerySet

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.data.export import Progress
    from softrorm.data.present import Present
    from softrorm.fields.link import LinkField
    from softrorm.query.writing import OnError


class SourceRow(dict[str, Any]):
    """A row ready to be written: its values by attribute, the number that a person finds it by, and what it was.

    One that updates a record by its id has the record as the service answered it, and only the values of cells that
    do not say what the record holds.
    """

    __slots__ = ("number", "record", "source")
    number: int
    source: dict[str, Any]
    record: dict[str, Any] | None


class Import:
    """One import of a file into a table.

    Args:
        client: The client.
        model: The model of the table, such as ``reflect(client, "Tasks")``.
        path: The file: CSV, JSON lines or Parquet.
        columns: The fields, by name, id or attribute, of columns that are called otherwise; ``""`` leaves one out.
        key: The fields, by name, id or attribute, that tell a record apart: records that have a row's key are
            updated, and the others created. ``id`` stands for the record's own: rows with one update that record,
            and those without are created. Without a key all rows are created.
        form: ``csv``, ``jsonl`` or ``parquet``; what the file's ending says unless given.
        encoding: How the text of the file is encoded.
        timezone: What instants without an offset mean; without it they are refused.
        separator: What stands between the values of a CSV cell that holds several.
        link_by: What stands for a linked record: its ``id`` or its ``label``.

    Attributes:
        source: The file.
        columns: Which column goes into which field.
        journal: Where it is kept how far the import came.
        good: How many rows can be written, once they are checked.
        key: The attributes of the key, none where rows are created or go by ``id``.
        by_id: Whether rows say by an id which record they are.

    Raises:
        ConfigurationError: A column has no field, or the file or the key will not do; the message says what to give.

    Makes no request; where links are imported, checking reads the ids of the linked tables' records, and with the key
    ``id`` the records themselves.
    """

    def __init__(
        self,
        client: Client,
        model: type[Any],
        path: str | PathLike[str],
        *,
        columns: Mapping[str, str] | None = None,
        key: str = "",
        form: str | None = None,
        encoding: str = "utf-8-sig",
        timezone: tzinfo | None = None,
        separator: str = SEPARATOR,
        link_by: LinkBy = "id",
    ) -> None:
        if len(separator) != 1:
            raise ConfigurationError(f"The separator of values is one character such as ';', not {separator!r}.")
        self.source = Source(path, form, encoding)
        names = parse_attributes([key], model) if key else []
        self.by_id = "id" in names
        if self.by_id and len(names) > 1:
            raise ConfigurationError(f"The id alone tells a record apart; the key {key!r} has more in it.")
        self.columns = map_columns(self.source.columns, model, columns or {}, by_id=self.by_id)
        self.journal = self.source.path.with_name(f"{self.source.path.name}.journal")
        self.good: int | None = None
        self._model = model
        self._query: QuerySet[Any] = QuerySet(model).using(client)
        self._linked = Linked(client, link_by)
        self._terms = Terms(timezone, separator, self._linked)
        self._given = {field.attribute for field in self.columns.fields.values()}
        self.key = key_of(model._meta, names) if names and not self.by_id else ()
        self._present: Present | None = None
        self._new = 0
        self._missing = [
            field.label
            for name, field in model._meta.writable.items()
            if field.required and name not in self._given and field.default is None
        ]
        for name in self.key:
            if name not in self._given:
                raise ConfigurationError(
                    f"No column goes into {model._meta.fields[name].label}, which is to be the key."
                )
        if self._missing and not names:
            raise ConfigurationError(f"No column goes into {self._missing[0]}, and the table requires it.")

    def check(self, refusals: Refusals, progress: Progress | None = None) -> int:
        """Check every row, and write nothing.

        Args:
            refusals: Takes note of what is wrong.
            progress: Told how many rows were checked, and how many there are, which are counted first.

        Returns:
            How many rows can be written.

        Raises:
            ConfigurationError: The file cannot be read to its end.

        Makes no request, but for one per page of 198 records of each table that a row links to, and with the key ``id``
        one per page of the table itself, or fewer where the file has few ids.
        """
        good = self._new = 0
        if self.by_id:
            from softrorm.data.present import Present  # needs SQLite

            ids = (self._id_of(row) for row in self.source.rows() if row.problem is None)
            self._present = Present(self._query, (id for id in ids if id and isinstance(id, str)))
        total = sum(1 for _ in self.source.rows()) if progress is not None else 0
        for read, row in enumerate(self.source.rows(), 1):
            ready = self._ready(row, refusals)
            good += ready is not None
            self._new += ready is not None and ready.record is None
            if progress is not None:
                progress(read, total)
        self.good = good
        return good

    def write(self, refusals: Refusals, *, skip_bad: bool = False, progress: Progress | None = None) -> BulkReport:
        """Write the rows, after :meth:`check`; run again after it was interrupted or killed, it writes what is left.

        Args:
            refusals: Takes note of rows that the service refuses.
            skip_bad: Pass by rows that are refused, and go on after those that the service refuses.
            progress: Told how many rows were written, and how many there are.

        Returns:
            The report of the bulk write.

        Raises:
            BulkError: A row failed, or its fate is unknown, and ``skip_bad`` is not given.
            APIError, TransportError: With ``skip_bad``, the service or the network failed; run it again.
            ConfigurationError: A row is wrong, and ``skip_bad`` is not given; nothing was written.
            JournalError: The file, or how it is to be read, is not what it was when an import of it stopped.

        Makes one request for each row and one to begin the journal; with a key as many as ``upsert()``, with the key
        ``id`` one for each row that changes something.
        """
        if self.good is None:
            self.check(refusals)
        if refusals.rows and not skip_bad:
            raise ConfigurationError(f"{refusals.rows} rows of {self.source.path} are wrong: {refusals.first[0]}")

        on_error: OnError = "continue" if skip_bad else "stop"
        tell = _Teller(self, refusals, progress, skip_bad=skip_bad)
        if self.key:
            return self._query.upsert(
                _Rows(self.ready_rows, self.good or 0), self.key, on_error=on_error, progress=tell
            )
        updated = BulkReport()
        if self.by_id and self._new < (self.good or 0):
            updated = self._query.bulk_update(tell.numbered(self._changed()), on_error=on_error, progress=tell)
            tell.before = updated.finished
        if self.by_id and not self._new:
            return updated
        return self._create(on_error, tell, updated)

    def _changed(self) -> Iterator[tuple[SourceRow, Any]]:
        """The rows that update a record, each with its object."""
        place = self._query._binding()
        for row in self.ready_rows():
            if row.record is not None:
                [instance] = self._model._meta.instances([row.record], place)
                for name, value in row.items():
                    setattr(instance, name, value)
                yield row, instance

    def _create(self, on_error: OnError, tell: _Teller, updated: BulkReport) -> BulkReport:
        """Create the rows that update no record; returns the report with that of the updates in it."""
        self._refuse_changed()
        rows = _Rows(self._new_rows, self._new)
        try:
            report = self._query.bulk_create(rows, journal=self.journal, on_error=on_error, progress=tell)
        except BulkError as error:
            if not error.report.done and not error.report.unknown:
                self.journal.unlink(missing_ok=True)  # nothing was written, so that the file may be corrected
            error.report.add(updated)
            raise
        except JournalError as error:
            if error.row is None:
                raise
            row = next(islice(self._new_rows(), error.row, None))
            raise JournalError(self._no_longer(f"its row {row.number} is another")) from error
        if not report.unknown:
            # All is told: what is left to do is in the report of refusals, and needs corrected rows.
            self.journal.unlink(missing_ok=True)
        report.add(updated)
        return report

    def _refuse_changed(self) -> None:
        """Refuse to go on with a file that has more rows, or fewer, than when its import stopped."""
        try:
            with self.journal.open("rb") as lines:
                before = json.loads(next(lines))["job"]["rows"]
        except (OSError, StopIteration, ValueError, KeyError, TypeError):
            return  # it begins, or the file is no journal, as the bulk write will say
        if before != self._new:
            raise JournalError(self._no_longer(f"it had {before:,} rows to be created, and has {self._new:,}"))

    def _no_longer(self, how: str) -> str:
        with self.journal.open("rb") as lines:
            written = sum(line.startswith(b'{"made"') for line in lines)
        return (
            f"{self.source.path} is not what it was when its import stopped, or is read with other options: {how}. "
            f"Undo the change to go on; or remove {self.journal} to begin anew: the records of {written:,} rows that "
            "were written stay, and these rows are written again."
        )

    def preview(self, count: int) -> list[tuple[int, dict[str, Any]]]:
        """The first rows as they stand in the file, with their numbers. Makes no request."""
        return [(row.number, row.values) for row in self.source.first(count)]

    def ready_rows(self) -> Iterator[SourceRow]:
        """The rows that can be written."""
        for row in self.source.rows():
            if (ready := self._ready(row, None)) is not None:
                yield ready

    def _new_rows(self) -> Iterator[SourceRow]:
        """The rows that can be written and update no record."""
        return (row for row in self.ready_rows() if row.record is None)

    def _ready(self, row: Row, refusals: Refusals | None) -> SourceRow | None:
        wrong: list[tuple[str, str]] = [] if row.problem is None else [("", row.problem)]
        ready = SourceRow()
        ready.number, ready.source, ready.record = row.number, row.values, None
        if not wrong:
            try:
                ready.record = self._record_of(row)
            except InvalidValue as error:
                wrong.append((self.columns.id, str(error)))
            else:
                self._read(ready, wrong)
        if not wrong:
            return ready
        if refusals is not None:
            refusals.add(row.number, self._cells(row.values), wrong)
        return None

    def _read(self, ready: SourceRow, wrong: list[tuple[str, str]]) -> None:
        """Read the cells of a row into its values; takes note of those that are wrong."""
        if self.by_id and ready.record is None:
            wrong += [("", f"makes a new record, and no column goes into {label}.") for label in self._missing]
        terms = self._terms if ready.record is None else replace(self._terms, linked=self._held_by(ready.record))
        for column, field in self.columns.fields.items():
            value = ready.source.get(column)
            if ready.record is not None and self._is_unchanged(field, ready.record, value):
                continue
            try:
                read = converted(field, value, terms)
            except InvalidValue as error:
                wrong.append((column, str(error)))
                continue
            if field.attribute in self.key and field.is_blank(read):
                wrong.append((column, "is the key, and empty"))
            # What is empty need not be sent, unless something else would stand there then.
            elif self.key or ready.record is not None or field.default is not None or not field.is_blank(read):
                ready[field.attribute] = read

    # --- rows that say which record they are ----------------------------------------------------

    def _id_of(self, row: Row) -> Any:
        id = row.values.get(self.columns.id)
        return id.strip() if isinstance(id, str) else id

    def _record_of(self, row: Row) -> dict[str, Any] | None:
        """The record that a row is to update, ``None`` where it makes one."""
        if self._present is None:
            return None
        id = self._id_of(row)
        if id is None or not id:
            return None
        return self._present.claim(str(id), row.number)

    def _is_unchanged(self, field: Any, record: dict[str, Any], value: Any) -> bool:
        from softrorm.data.present import says_the_same

        return says_the_same(field, self._raw(field, record), value)

    def _raw(self, field: Any, record: dict[str, Any]) -> Any:
        return record["fields"].get(self._query._binding().ids[field.attribute])

    def _held_by(self, record: dict[str, Any]) -> Callable[[LinkField[Any], str], str]:
        """What finds linked records: those that a record links to already, whether they are still there or not."""
        shown = self._linked.by

        def held(field: LinkField[Any], value: str) -> str:
            raw = self._raw(field, record) or []
            ids = {link["id"] for link in (raw if isinstance(raw, list) else [raw]) if link.get(shown) == value}
            return str(ids.pop()) if len(ids) == 1 else self._linked(field, value)

        return held

    def _cells(self, values: dict[str, Any]) -> dict[str, Any]:
        """A row with all columns of the file."""
        return {column: values.get(column) for column in self.source.columns if column not in ADDED}


class _Rows:
    """Rows as a bulk write takes them: their number is known, and they are read as needed."""

    def __init__(self, rows: Callable[[], Iterator[SourceRow]], count: int) -> None:
        self._rows = rows
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[SourceRow]:
        return self._rows()


class _Teller:
    """Takes note of what becomes of the rows, as the ``progress`` of a bulk write."""

    def __init__(self, job: Import, refusals: Refusals, progress: Progress | None, *, skip_bad: bool) -> None:
        self.before = 0
        """How many rows were done by another bulk write of this import."""
        self._job = job
        self._refusals = refusals
        self._progress = progress
        self._skip_bad = skip_bad
        self._under_way: dict[int, SourceRow] = {}

    def numbered(self, rows: Iterable[tuple[SourceRow, Any]]) -> Iterator[Any]:
        """The objects that rows update; a result is told with the row then, as that of a row which is created."""
        for at, (row, instance) in enumerate(rows):
            self._under_way[at] = row
            yield instance

    def __call__(self, done: int, total: int | None, report: BulkReport) -> None:
        del total
        latest = report.latest
        if latest is not None:
            latest.row = self._under_way.pop(latest.number, latest.row)
            if latest.error is not None:
                if self._skip_bad and not is_refusal(latest.error):
                    raise latest.error  # to go on would fail in the same way for every row
                said = [("", f"{latest.fate}: {latest.error}")]
                self._refusals.add(latest.row.number, self._job._cells(latest.row.source), said)
        # Rows of an earlier run pass at once, and say nothing of the rate.
        if self._progress is not None and not (latest is not None and latest.fate == "earlier"):
            self._progress(self.before + done, self._job.good)

"""Importing: the rows of a file become records of a table, each of them once.

The file is read twice: first every row is checked, so that nothing is written of a file that is wrong somewhere, and
then the rows are written as a bulk write. A journal beside the file lets an import that was killed go on where it
stopped; an upsert needs none, since it finds what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from os import PathLike
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError, InvalidValue
from softrorm.data.cells import SEPARATOR
from softrorm.data.conversion import Terms, converted
from softrorm.data.linked import LinkBy, Linked
from softrorm.data.mapping import map_columns
from softrorm.data.refusals import ADDED, Refusals, is_refusal
from softrorm.data.sources import Row, Source
from softrorm.models.bulk import BulkError
from softrorm.models.bulk.upsert import key_of
from softrorm.query.language.names import parse_attributes
from softrorm.query.queryset import QuerySet

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.data.export import Progress
    from softrorm.models.bulk import BulkReport
    from softrorm.query.writing import OnError


class SourceRow(dict[str, Any]):
    """A row ready to be written: its values by attribute, the number that a person finds it by, and what it was."""

    __slots__ = ("number", "source")
    number: int
    source: dict[str, Any]


class Import:
    """One import of a file into a table.

    Args:
        client: The client.
        model: The model of the table, such as ``reflect(client, "Tasks")``.
        path: The file: CSV, JSON lines or Parquet.
        columns: The fields, by name, id or attribute, of columns that are called otherwise; ``""`` leaves one out.
        key: The fields, by name, id or attribute, that tell a record apart: records that have a row's key are
            updated, and the others created. Without it all rows are created.
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

    Raises:
        ConfigurationError: A column has no field, or the file or the key will not do; the message says what to give.

    Makes no request; where links are imported, checking reads the ids of the linked tables' records.
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
        self.columns = map_columns(self.source.columns, model, columns or {})
        self.journal = self.source.path.with_name(f"{self.source.path.name}.journal")
        self.good: int | None = None
        self._model = model
        self._query: QuerySet[Any] = QuerySet(model).using(client)
        self._terms = Terms(timezone, separator, Linked(client, link_by))
        self._given = {field.attribute for field in self.columns.fields.values()}
        self.key = key_of(model._meta, parse_attributes([key], model)) if key else ()
        for name in self.key:
            if name not in self._given:
                raise ConfigurationError(
                    f"No column goes into {model._meta.fields[name].label}, which is to be the key."
                )
        if not self.key:
            self._refuse_incomplete()

    def _refuse_incomplete(self) -> None:
        for name, field in self._model._meta.writable.items():
            if field.required and name not in self._given and field.default is None:
                raise ConfigurationError(f"No column goes into {field.label}, and the table requires it.")

    def check(self, refusals: Refusals, progress: Progress | None = None) -> int:
        """Check every row, and write nothing.

        Args:
            refusals: Takes note of what is wrong.
            progress: Told how many rows were checked, and how many there are, which are counted first.

        Returns:
            How many rows can be written.

        Raises:
            ConfigurationError: The file cannot be read to its end.

        Makes no request, but for one per page of 198 records of each table that a row links to.
        """
        good = 0
        total = sum(1 for _ in self.source.rows()) if progress is not None else 0
        for read, row in enumerate(self.source.rows(), 1):
            good += self._ready(row, refusals) is not None
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
            JournalError: The journal beside the file is that of another file.

        Makes one request for each row and one to begin the journal; with a key as many as ``upsert()``.
        """
        if self.good is None:
            self.check(refusals)
        if refusals.rows and not skip_bad:
            raise ConfigurationError(f"{refusals.rows} rows of {self.source.path} are wrong: {refusals.first[0]}")

        def note(done: int, total: int | None, report: BulkReport) -> None:
            latest = report.latest
            if latest is not None and latest.error is not None:
                if skip_bad and not is_refusal(latest.error):
                    raise latest.error  # to go on would fail in the same way for every row
                refusals.add(
                    latest.row.number, self._cells(latest.row.source), [("", f"{latest.fate}: {latest.error}")]
                )
            # Rows of an earlier run pass at once, and say nothing of the rate.
            if progress is not None and not (latest is not None and latest.fate == "earlier"):
                progress(done, total)

        rows = _Rows(self)
        on_error: OnError = "continue" if skip_bad else "stop"
        if self.key:
            return self._query.upsert(rows, self.key, on_error=on_error, progress=note)
        try:
            report = self._query.bulk_create(rows, journal=self.journal, on_error=on_error, progress=note)
        except BulkError as error:
            if not error.report.done and not error.report.unknown:
                self.journal.unlink(missing_ok=True)  # nothing was written, so that the file may be corrected
            raise
        if not report.unknown:
            # All is told: what is left to do is in the report of refusals, and needs corrected rows.
            self.journal.unlink(missing_ok=True)
        return report

    def preview(self, count: int) -> list[tuple[int, dict[str, Any]]]:
        """The first rows as they stand in the file, with their numbers. Makes no request."""
        return [(row.number, row.values) for row in self.source.first(count)]

    def ready_rows(self) -> Iterator[SourceRow]:
        """The rows that can be written."""
        for row in self.source.rows():
            if (ready := self._ready(row, None)) is not None:
                yield ready

    def _ready(self, row: Row, refusals: Refusals | None) -> SourceRow | None:
        wrong: list[tuple[str, str]] = [] if row.problem is None else [("", row.problem)]
        ready = SourceRow()
        ready.number, ready.source = row.number, row.values
        for column, field in self.columns.fields.items() if row.problem is None else ():
            try:
                read = converted(field, row.values.get(column), self._terms)
            except InvalidValue as error:
                wrong.append((column, str(error)))
                continue
            if field.attribute in self.key and field.is_blank(read):
                wrong.append((column, "is the key, and empty"))
            # What is empty need not be sent, unless something else would stand there then.
            elif self.key or field.default is not None or not field.is_blank(read):
                ready[field.attribute] = read
        if not wrong:
            return ready
        if refusals is not None:
            refusals.add(row.number, self._cells(row.values), wrong)
        return None

    def _cells(self, values: dict[str, Any]) -> dict[str, Any]:
        """A row with all columns of the file."""
        return {column: values.get(column) for column in self.source.columns if column not in ADDED}


class _Rows:
    """The rows that can be written, as a bulk write takes them: their number is known, and they are read as needed."""

    def __init__(self, job: Import) -> None:
        self._job = job

    def __len__(self) -> int:
        return self._job.good or 0

    def __iter__(self) -> Iterator[SourceRow]:
        return self._job.ready_rows()

"""Writing many records: the methods of a query set that send one request for each of many records.

How rows are sent, settled and reported is the part of :mod:`softrorm.models.bulk`, which stands above queries and is
reached through ``Model._meta.bulk``. Here stand the methods, and the check that a filter was obeyed.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from softrorm.client.errors import FilterIgnored, InvalidQuery
from softrorm.client.twins import twin
from softrorm.query import evaluate
from softrorm.query.conditions import EVERYTHING, NOTHING, Raw, leaves
from softrorm.query.frames import Frames

if TYPE_CHECKING:
    from softrorm.models.bulk.report import BulkReport, Progress

M = TypeVar("M")
OnError: TypeAlias = Literal["stop", "continue"]
Path: TypeAlias = str | os.PathLike[str]

_OPTIONS = ("journal", "on_error", "progress", "workers")


class Writing(Frames[M]):
    """The part of a query set that writes many records."""

    def bulk_create(
        self,
        rows: Iterable[M | Mapping[str, Any]],
        *,
        journal: Path | None = None,
        workers: int | None = None,
        on_error: OnError = "stop",
        progress: Progress | None = None,
        pause: float = 1.0,
    ) -> BulkReport:
        """Create a record of each row, concurrently inside the write budget.

        Args:
            rows: Unsaved objects, or dicts of attributes; any iterable. They are taken as workers are free for them, so
                that a generator of a million rows needs no more memory than there are workers.
            journal: A file that says how far the job came. Run again with the same rows after it was killed, it ends
                with each row there once; run again when it is finished, it does nothing.
            workers: How many requests run at once; as many as rate and latency call for unless given.
            on_error: ``stop`` starts nothing new after a row that failed, finishes what is under way and raises;
                ``continue`` goes on.
            progress: Called after each row with the number of rows finished, that of all rows or ``None``, and the
                report, whose ``latest`` is that row.
            pause: Seconds between two looks for a create whose answer was lost.

        Returns:
            The report: how many rows met which fate, and the rows that failed or whose fate is unknown.

        Raises:
            BulkError: A row failed, or its fate is unknown, and ``on_error`` is ``stop``.
            JournalError: The journal belongs to another job, or to other rows.

        Makes one request for each row, and one more to begin a journal; further ones where answers are lost.
        """
        return self._bulk.create(  # type: ignore[no-any-return]
            rows, self._client, journal=journal, workers=workers, on_error=on_error, progress=progress, pause=pause
        )

    abulk_create = twin(bulk_create, writes=True)

    def bulk_update(
        self,
        objects: Iterable[M],
        fields: Collection[str] | None = None,
        *,
        journal: Path | None = None,
        workers: int | None = None,
        on_error: OnError = "stop",
        progress: Progress | None = None,
        pause: float = 1.0,
    ) -> BulkReport:
        """Save what is dirty on each of many saved objects, and nothing else.

        Args:
            objects: Saved objects; any iterable.
            fields: Of what is dirty, just these attributes; other changes stay unsaved.
            journal: As for ``bulk_create()``: records that an earlier run wrote are passed by.
            workers: As for ``bulk_create()``.
            on_error: As for ``bulk_create()``.
            progress: As for ``bulk_create()``.
            pause: Seconds before a write of attachments that a gateway gave up on is read back.

        Returns:
            The report.

        Raises:
            InvalidQuery: ``fields`` names what cannot be written.
            BulkError: As for ``bulk_create()``.

        Makes one request for each object that is dirty.
        """
        return self._bulk.update_objects(  # type: ignore[no-any-return]
            objects,
            fields,
            self._client,
            journal=journal,
            workers=workers,
            on_error=on_error,
            progress=progress,
            pause=pause,
        )

    abulk_update = twin(bulk_update, writes=True)

    def upsert(
        self,
        rows: Iterable[M | Mapping[str, Any]],
        key: str | Iterable[str] | None = None,
        *,
        workers: int | None = None,
        on_error: OnError = "stop",
        progress: Progress | None = None,
        pause: float = 1.0,
    ) -> BulkReport:
        """Update the records that have the rows' key, and create those that are not there yet.

        Args:
            rows: Unsaved objects, or dicts of attributes; any iterable.
            key: The attribute that tells a record apart, or several; ``Meta.natural_key`` unless given.
            workers: As for ``bulk_create()``.
            on_error: As for ``bulk_create()``.
            progress: As for ``bulk_create()``.
            pause: Seconds between two looks for a create whose answer was lost.

        Returns:
            The report. Run again, it finds what is there already, so it needs no journal.

        Raises:
            InvalidQuery: There is no key, or it is no field of one value.
            BulkError: As for ``bulk_create()``; also where several records have a row's key.

        Makes one request per 200 rows to read the records that are there, or one per 200 records of the table if
        these are fewer (and one to count them where there are more than 400 rows); and one for each row that differs.
        """
        return self._bulk.upsert(  # type: ignore[no-any-return]
            rows, key, self._client, workers=workers, on_error=on_error, progress=progress, pause=pause
        )

    aupsert = twin(upsert, writes=True)

    def update(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        unchecked: bool = False,
        journal: Path | None = None,
        workers: int | None = None,
        on_error: OnError = "stop",
        progress: Progress | None = None,
        **attributes: Any,
    ) -> BulkReport:
        """Give every record of this query the same values.

        Args:
            values: The attributes to set, as a dict: for names that are arguments of this method, such as
                ``{"progress": 50}``.
            unchecked: Skip the check that each row satisfies the conditions; needed for a raw filter alone.
            journal: A file that says how far the job came; once it is finished, the job does nothing.
            workers: As for ``bulk_create()``.
            on_error: As for ``bulk_create()``.
            progress: As for ``bulk_create()``.
            **attributes: The attributes to set.

        Returns:
            The report; ``int()`` of it is how many records the query holds now with these values.

        Raises:
            InvalidValue: A value that its field cannot hold; before any request.
            FilterIgnored: The service answered rows that the conditions exclude; nothing was written.
            BulkError: As for ``bulk_create()``.

        Makes one request per page, and one for each record that differs.
        """
        options = {"journal": journal, "on_error": on_error, "progress": progress, "workers": workers}
        if values is None:
            self._refuse_unclear(options)
        wanted = {**(values or {}), **attributes}
        if not wanted:
            raise InvalidQuery("update() takes the attributes to set, such as update(status='Done').")
        return self._bulk.update(self, wanted, unchecked=unchecked, **options)  # type: ignore[no-any-return]

    aupdate = twin(update, writes=True)

    def delete(
        self,
        *,
        unchecked: bool = False,
        journal: Path | None = None,
        workers: int | None = None,
        on_error: OnError = "stop",
        progress: Progress | None = None,
    ) -> BulkReport:
        """Delete every record of this query.

        Args:
            unchecked: Skip the check that each row satisfies the conditions; needed for a raw filter alone.
            journal: A file that says how far the job came; once it is finished, the job does nothing.
            workers: As for ``bulk_create()``.
            on_error: As for ``bulk_create()``.
            progress: As for ``bulk_create()``.

        Returns:
            The report; ``int()`` of it is how many records were deleted.

        Raises:
            FilterIgnored: The service answered rows that the conditions exclude; nothing was deleted.
            BulkError: As for ``bulk_create()``.

        Makes one request per page, and one for each record.
        """
        return self._bulk.delete(  # type: ignore[no-any-return]
            self, unchecked=unchecked, journal=journal, workers=workers, on_error=on_error, progress=progress
        )

    adelete = twin(delete, writes=True)

    @property
    def _bulk(self) -> Any:
        return self._meta.bulk

    def _refuse_unclear(self, options: Mapping[str, Any]) -> None:
        given = [name for name in _OPTIONS if options[name] not in {None, "stop"} and name in self._meta.fields]
        if given:
            name = given[0]
            raise InvalidQuery(
                f"update({name}=...) could set {self._meta.name}.{name} or be the option of that name. Give the "
                f"attributes as a dict, and then the options: update({{{name!r}: ...}})."
            )

    def _checked_rows(self, action: str, *, unchecked: bool) -> list[Any]:
        if not self._limited:
            raise InvalidQuery(
                f"{self._meta.name}.objects.{action}() would {action} every record of the table; "
                f"say so with {self._meta.name}.objects.all().{action}(...), or filter first."
            )
        if (
            not unchecked
            and self._where is not EVERYTHING
            and all(isinstance(leaf, Raw) for leaf in leaves(self._where))
        ):
            if self._where is NOTHING:
                return []
            raise InvalidQuery(
                f"{action}() checks that each row satisfies the filter, since a malformed one may make the service "
                "answer every row; a raw filter cannot be checked here. Pass unchecked=True to go on all the same."
            )
        # Fresh and stable: what others write meanwhile must neither hide a record nor show one twice.
        asked = self._clone(_prefetched=())._answered()
        rows: list[Any] = asked._instances(asked._settled(), asked._binding()) if self._where is not NOTHING else []
        if unchecked:
            return rows
        dialect = self._meta.dialect(self._client)
        # Judged as the service answered them: a session's objects may hold unsent changes.
        answered = self._meta.instances([record._record for record in rows], self._binding()) if rows else []
        wrong = [record for record in answered if evaluate.certainly_excluded(asked._where, record, dialect)]
        if wrong:
            raise FilterIgnored(
                f"{action}() was stopped before any write: {len(wrong)} of the {len(rows)} rows that the service "
                f"answered do not match {self._described()}, such as {wrong[0]!r}. The service may have ignored the "
                "filter."
            )
        return rows

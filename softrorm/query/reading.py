"""Reading: the methods of a query set that read records, one by one, all of them, or as a stream.

What can be asked, and how it compiles, is the part of :class:`~softrorm.query.query.Query`. How pages are planned and
records load stands in the sibling modules; what comes as dicts, columns and tables instead of instances, in
:mod:`softrorm.query.frames`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from softrorm.client.errors import InvalidQuery, NotFound
from softrorm.client.twins import Errand, stream, twin
from softrorm.query import evaluate
from softrorm.query.conditions import EVERYTHING, NOTHING, Combinable
from softrorm.query.drift import OnDrift
from softrorm.query.loading import load
from softrorm.query.paged import Paged
from softrorm.query.unit import current

if TYPE_CHECKING:
    from datetime import datetime

    from softrorm.query.changes import Changes, Checkpoint
    from softrorm.query.protocols import BindingLike

M = TypeVar("M")


class Reading(Paged[M]):
    """The part of a query set that reads."""

    def __init__(self, model: type[M]) -> None:
        super().__init__(model)
        self._records: list[M] | None = None

    def _clone(self, **changes: Any) -> Self:
        return super()._clone(_records=None, **changes)

    def _instances(self, rows: list[dict[str, Any]], binding: BindingLike) -> list[Any]:
        unit = self._unit or current.get()
        made: list[Any]
        if unit is not None and unit.serves(binding.client):
            made = unit.instances(self._meta, rows, binding)
        else:
            made = self._meta.instances(rows, binding)
        if self._prefetched:
            self._meta.links.follow({self.model: made}, self._prefetched, fresh=self._fresh)
        return made

    def _read(self) -> list[M]:
        if self._records is None:
            rows = [row for page in self._pages() for row in page]
            # One context for all rows: the links of every record of the result load together.
            self._records = self._instances(rows, self._binding()) if rows else []
        return self._records

    def __iter__(self) -> Iterator[M]:
        return iter(self._read())

    async def __aiter__(self) -> AsyncGenerator[M, None]:
        for record in await Errand().run(self._calls, self._read):
            yield record

    def __len__(self) -> int:
        return len(self._read())

    def __bool__(self) -> bool:
        return bool(self._read())

    def __contains__(self, record: object) -> bool:
        return record in self._read()

    def iterator(
        self, *, chunk_size: int | None = None, ahead: int | None = None, on_drift: OnDrift = "warn"
    ) -> Generator[M, None, None]:
        """The records one by one, a few pages in memory at a time and none kept.

        Without an order, a slice and a view this is a stable scan: a record that is there throughout comes exactly
        once, whatever others add, edit or delete meanwhile. The records then come as they were created. With an order
        no record comes twice, and the reader sees to it that deleted ones make it skip none; but one that moves in the
        order may be missed, and a change that shows is reported.

        Args:
            chunk_size: How many records to ask for at once: 1 to 200, as many as the service gives unless given. Each
                shows the last two of the one before it again, so that no less than three are asked for. Links of a
                chunk's records load together.
            ahead: How many chunks are asked for before they are needed, and so kept in memory; as many as the rate
                budget and the latency call for unless given. With 1 they are read one after the other.
            on_drift: What to do when records moved meanwhile: ``warn`` and go on; ``restart``, and hand out those that
                are new, up to five times; ``raise`` DriftError.

        Yields:
            Instances of the model.

        Raises:
            DriftError: Records moved, and ``on_drift`` is ``raise``; or there is no end to it.

        Makes one request per page of 198 records, 199 with an order or an AUTONUMBER field, side by side within the
        rate budget; more where records were deleted meanwhile, or many were created in one moment. Stops asking when it
        is closed.
        """
        binding = self._binding()
        most = binding.client.dialect.page_size
        if chunk_size is not None and chunk_size not in range(1, most + 1):
            raise InvalidQuery(f"chunk_size is how many records to ask for at once, 1 to {most}, not {chunk_size!r}.")
        if ahead is not None and (not isinstance(ahead, int) or ahead < 1):
            raise InvalidQuery(f"ahead is how many chunks to read before they are needed, 1 or more, not {ahead!r}.")
        for rows in self._streamed(on_drift, size=chunk_size, ahead=ahead):
            yield from self._instances(rows, binding)

    aiterator = stream(iterator)

    def changes(
        self,
        since: Checkpoint | datetime | str | None = None,
        *,
        detect_deletes: bool = False,
        overlap: timedelta = timedelta(seconds=10),
    ) -> Changes[M]:
        """The records that were created or updated since a moment, in the order of their changes.

        The service tells nothing of deletes: they are seen only by reading the id of every record. It also counts as an
        update what nobody edited, such as a recalculation at night (wire-facts 3). A record that was changed several
        times comes once, as it is now.

        Args:
            since: Where to begin: the ``checkpoint`` of an earlier feed or its text; a moment; ``None`` for the
                beginning, when every record is new.
            detect_deletes: Look for records that are there no more, or match no more. The checkpoint then holds the id
                of every record; where the feed begins at a moment, the first run only learns them.
            overlap: How far before the moment reached to begin again, since a write may become visible after a later
                one. What came already does not come twice.

        Returns:
            A feed to iterate, ``async`` or not. After each change its ``checkpoint`` includes it; iterated again it
            goes on from there.

        Raises:
            InvalidQuery: ``since`` is something else or belongs to another table, or the query is a slice or a view.

        Iterating makes one request per page of 198 changed records; with ``detect_deletes`` also one per page of all.
        """
        from softrorm.query.changes import Changes  # needed by few

        self._refuse_sliced("changes")
        self._refuse_in_view("changes", True)
        return Changes(self, since, detect_deletes=detect_deletes, overlap=overlap)

    def get(self, *conditions: Combinable, **lookups: Any) -> M:
        """The one record that matches.

        Args:
            *conditions: As for ``filter()``.
            **lookups: As for ``filter()``; ``id="..."`` reads the record directly.

        Raises:
            Model.DoesNotExist: None matches.
            Model.MultipleObjectsReturned: More than one does.
            InvalidQuery: As for ``filter()``.

        Makes one request.
        """
        self._refuse_sliced("get")
        by_id = "id" in lookups
        id = lookups.pop("id", None)
        narrowed = self.filter(*conditions, **lookups) if conditions or lookups else self
        if by_id:
            return narrowed._get_by_id(id)
        found = list(narrowed.order_by()[:2])
        if not found:
            raise self._meta.model.DoesNotExist(f"No {self._meta.name} matches {narrowed._described()}.")
        if len(found) > 1:
            raise self._meta.model.MultipleObjectsReturned(
                f"More than one {self._meta.name} matches {narrowed._described()}."
            )
        return found[0]

    aget = twin(get)

    def _get_by_id(self, id: Any) -> M:
        if not isinstance(id, str) or not id:
            raise InvalidQuery(f"{self._meta.name}.id is text such as 'vQ9BI8QUVQiFua', not {id!r}.")
        self._refuse_in_view("get", True)
        binding = self._binding()
        try:
            row = binding.client.get_record(binding.database, binding.table, id, fresh=self._fresh)
        except NotFound as error:
            raise self._meta.model.DoesNotExist(f"No {self._meta.name} has the id {id!r}.") from error
        [record] = self._instances([row], binding)
        if self._where is not EVERYTHING and not self._answered().matches(record):
            raise self._meta.model.DoesNotExist(f"{record!r} does not match {self._described()}.")
        return record  # type: ignore[no-any-return]

    def first(self) -> M | None:
        """The first record, or ``None``. Makes one request."""
        if self._records is not None:
            return self._records[0] if self._records else None
        return next(iter(self[:1]), None)

    afirst = twin(first)

    def last(self) -> M | None:
        """The last record, or ``None``.

        Makes one request; two without an order, since the table's own order cannot be turned round: the first counts.
        """
        if self._records is None and not self._start and self._stop is None:
            if self._ordering:
                return self.reverse().first()
            total = self.count()
            return self[total - 1 : total].first() if total else None
        return self._read()[-1] if self._read() else None

    alast = twin(last)

    def exists(self) -> bool:
        """Whether any record matches. Makes one request, for one row."""
        return self.count() > 0

    aexists = twin(exists)

    def count(self) -> int:
        """How many records match. Makes one request, for one row; none where the records are already read."""
        if self._records is not None:
            return len(self._records)
        if self._start == self._stop or self._where is NOTHING:
            return 0
        binding = self._binding()
        unordered = self._clone(_order=())._answered()
        condition = unordered._compiled(binding)
        if condition is False:
            return 0
        total = unordered._fetch(binding, condition)(offset=0, limit=1).total
        end = total if self._stop is None else min(total, self._stop)
        return max(0, end - self._start)

    acount = twin(count)

    def in_bulk(self, ids: Iterable[str]) -> dict[str, M]:
        """The records with these ids, by id; ids that do not exist are left out.

        Args:
            ids: Record ids.

        Makes one request for each of up to two ids; for more, one per 200 ids where the model declares a RECORD_ID
        field, else at most one per id and one more, and no more than the table has pages.
        """
        if self._where is not EVERYTHING or self._view or self._start or self._stop is not None:
            raise InvalidQuery("in_bulk() reads by id alone: call it on Model.objects, not on a filtered query set.")
        wanted = [] if isinstance(ids, str) else list(ids)
        if isinstance(ids, str) or not all(isinstance(id, str) and id for id in wanted):
            raise InvalidQuery(f"in_bulk() takes a list of record ids such as 'vQ9BI8QUVQiFua', not {ids!r}.")
        if not wanted:
            return {}
        binding = self._binding()
        found = load(binding, wanted, self._meta.record_id_in(binding), fresh=self._fresh)
        return dict(zip(found, self._instances(list(found.values()), binding), strict=True))

    ain_bulk = twin(in_bulk)

    def matches(self, record: M) -> bool:
        """Whether a record in memory satisfies the conditions, by the server's semantics.

        Args:
            record: An instance of the model.

        Raises:
            InvalidQuery: The query holds a raw filter, which only the server can judge.
        """
        if not isinstance(record, self.model):
            raise InvalidQuery(f"matches() takes an instance of {self._meta.name}, not {record!r}.")
        return evaluate.matches(self._where, record, self._meta.dialect(self._client))

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> M | Self:
        """A slice of the query, which makes no request, or one record, which makes one."""
        if isinstance(index, slice):
            sliced = self._slice(index)
            if self._records is not None:
                sliced._records = self._records[index]
            return sliced
        if index < 0:
            raise InvalidQuery("Negative positions are not known to the API; turn the order round with reverse().")
        if self._records is not None:
            return self._records[index]
        for record in self[index : index + 1]:
            return record
        raise IndexError(f"{self!r} has no record at position {index}.")

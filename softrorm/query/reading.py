"""Reading: the methods of a query set that read records, one by one, all of them, or as a stream.

What can be asked, and how it compiles, is the part of :class:`~softrorm.query.query.Query`. How pages are planned and
records load stands in the sibling modules; what comes as dicts, columns and tables instead of instances, in
:mod:`softrorm.query.frames`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from softrorm.client.errors import InvalidQuery, NotFound
from softrorm.query import evaluate
from softrorm.query.conditions import EVERYTHING, NOTHING, Combinable
from softrorm.query.loading import load
from softrorm.query.pagination import pages
from softrorm.query.query import Query
from softrorm.query.unit import current

if TYPE_CHECKING:
    from softrorm.query.protocols import BindingLike

M = TypeVar("M")


class Reading(Query[M]):
    """The part of a query set that reads."""

    def __init__(self, model: type[M]) -> None:
        super().__init__(model)
        self._records: list[M] | None = None

    def _clone(self, **changes: Any) -> Self:
        return super()._clone(_records=None, **changes)

    def _instances(self, rows: list[dict[str, Any]], binding: BindingLike) -> list[Any]:
        unit = self._unit or current.get()
        if unit is not None and unit.serves(binding.client):
            return unit.instances(self._meta, rows, binding)
        return self._meta.instances(rows, binding)  # type: ignore[no-any-return]

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        if self._start == self._stop or self._where is NOTHING:
            return
        binding = self._binding()
        condition = self._compiled(binding)
        if condition is False:
            return
        fetch = self._fetch(binding, condition)
        yield from pages(fetch, start=self._start, stop=self._stop, size=binding.client.dialect.page_size)

    def _read(self) -> list[M]:
        if self._records is None:
            rows = [row for page in self._pages() for row in page]
            # One context for all rows: the links of every record of the result load together.
            self._records = self._instances(rows, self._binding()) if rows else []
        return self._records

    def __iter__(self) -> Iterator[M]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __bool__(self) -> bool:
        return bool(self._read())

    def __contains__(self, record: object) -> bool:
        return record in self._read()

    def iterator(self) -> Iterator[M]:
        """The records one by one, a page in memory at a time and none kept.

        Yields:
            Instances of the model.

        Makes one request per page of 200, as they are needed.
        """
        for rows in self._pages():
            yield from self._instances(rows, self._binding())

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

    def _get_by_id(self, id: Any) -> M:
        if not isinstance(id, str) or not id:
            raise InvalidQuery(f"{self._meta.name}.id is text such as 'vQ9BI8QUVQiFua', not {id!r}.")
        self._refuse_in_view("get", True)
        binding = self._binding()
        try:
            row = binding.client.get_record(binding.database, binding.table, id)
        except NotFound as error:
            raise self._meta.model.DoesNotExist(f"No {self._meta.name} has the id {id!r}.") from error
        [record] = self._instances([row], binding)
        if self._where is not EVERYTHING and not self.matches(record):
            raise self._meta.model.DoesNotExist(f"{record!r} does not match {self._described()}.")
        return record  # type: ignore[no-any-return]

    def first(self) -> M | None:
        """The first record, or ``None``. Makes one request."""
        if self._records is not None:
            return self._records[0] if self._records else None
        return next(iter(self[:1]), None)

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

    def exists(self) -> bool:
        """Whether any record matches. Makes one request, for one row."""
        return self.count() > 0

    def count(self) -> int:
        """How many records match. Makes one request, for one row; none where the records are already read."""
        if self._records is not None:
            return len(self._records)
        if self._start == self._stop or self._where is NOTHING:
            return 0
        binding = self._binding()
        condition = self._compiled(binding)
        if condition is False:
            return 0
        unordered = self._clone(_order=())
        total = unordered._fetch(binding, condition)(offset=0, limit=1).total
        end = total if self._stop is None else min(total, self._stop)
        return max(0, end - self._start)

    def in_bulk(self, ids: Iterable[str]) -> dict[str, M]:
        """The records with these ids, by id; ids that do not exist are left out.

        Args:
            ids: Record ids.

        Makes one request for each of up to three ids; one per 200 ids where the model declares a RECORD_ID field; else
        as many as the cheaper of a scan and single reads.
        """
        if self._where is not EVERYTHING or self._view or self._start or self._stop is not None:
            raise InvalidQuery("in_bulk() reads by id alone: call it on Model.objects, not on a filtered query set.")
        wanted = [] if isinstance(ids, str) else list(ids)
        if isinstance(ids, str) or not all(isinstance(id, str) and id for id in wanted):
            raise InvalidQuery(f"in_bulk() takes a list of record ids such as 'vQ9BI8QUVQiFua', not {ids!r}.")
        if not wanted:
            return {}
        binding = self._binding()
        found = load(binding, wanted, self._meta.record_id_in(binding))
        return dict(zip(found, self._instances(list(found.values()), binding), strict=True))

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

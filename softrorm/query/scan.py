"""Stable scans: reading all records of a query while others write, without skipping or repeating any.

Records are read in the order of what never changes, an AUTONUMBER field or the moment of creation, in pages that join
(see :mod:`softrorm.query.walk`). A record that was there throughout comes once, whatever is added, edited or deleted
meanwhile. Nobody knows in which order the service answers records of one moment (wire-facts 16, 4). So where a page
begins among such records, and it is not plain from the total that all were seen, they are asked for by that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import DriftError
from softrorm.query.pagination import pages
from softrorm.query.walk import Row, SeenIds, walk

if TYPE_CHECKING:
    from softrorm.client.page import Page
    from softrorm.query.paged import Paged

_FINEST = timedelta(milliseconds=1)
"""What the service shows of a moment; what it keeps may be finer."""
_MOST_SWEEPS = 5
_OVERLAP_OF_MOMENTS = 2
"""How many rows each page shows again where several may have one key: the first of them tells whether others of the
last one's moment came before it. Numbers differ, so that one row will do."""


class SeenKeys:
    """Rows in the order of a key: which ones were handed out follows from the greatest key and the ids that have it.

    Args:
        key: The key of a row.
        name: The attribute, for messages.
    """

    def __init__(self, key: Callable[[Row], Any], name: str) -> None:
        self._key = key
        self._name = name
        self.greatest: Any = None
        self.ids: set[str] = set()
        """The ids of the rows that have the greatest key."""

    def __contains__(self, row: Any) -> bool:
        if self.greatest is None:
            return False
        key = self._key(row)
        return bool(key < self.greatest) or (key == self.greatest and row["id"] in self.ids)

    def take(self, rows: list[Row]) -> list[Row]:
        """Take note of rows that are handed out, and leave out those that were before.

        Raises:
            DriftError: They do not come in the order asked for.
        """
        before, ids, fresh = self.greatest, self.ids, []
        for row in rows:
            key = self._key(row)
            if self.greatest is None or key > self.greatest:
                self.greatest, self.ids = key, {row["id"]}
            elif key == self.greatest:
                if row["id"] in self.ids:
                    continue
                self.ids.add(row["id"])
            elif before is not None and (key < before or (key == before and row["id"] in ids)):
                continue
            else:
                raise DriftError(
                    f"The service answered records out of the order asked for, that of {self._name}: {key} after "
                    f"{self.greatest}. A stable scan cannot go on; order_by() another field to read plain pages."
                )
            fresh.append(row)
        return fresh


class Scan:
    """One stable scan of a query without an order, a slice and a view.

    Args:
        query: What to read.
        by: The attribute to go by: one that never changes, and grows with each record.
        size: How many rows to ask for at once.
        ahead: How many pages are under way or waiting, at most; as many as rate and latency call for unless given.
        at_once: Sweep before going on, so that no row comes after one with a greater key; else at the end, if it is
            needed at all.
    """

    def __init__(
        self, query: Paged[Any], by: str, *, size: int, ahead: int | None = None, at_once: bool = False
    ) -> None:
        self._by = by
        self._query = query.order_by(by)._answered()
        self._binding = query._binding()
        self._size = size
        self._ahead = ahead
        self._at_once = at_once
        field = query._meta.fields[by]
        self._key = field.sort_key(self._binding)
        self._overlap = 1 if field.api_type == "AUTONUMBER" else _OVERLAP_OF_MOMENTS

    def rows(self) -> Iterator[list[Row]]:
        """The records, page by page, in the order of the key; last those that only a sweep found.

        Raises:
            DriftError: The service does not keep to the order.
        """
        seen = SeenKeys(self._key, self._by)
        ties: dict[datetime, set[str]] = {}
        count = total = 0
        quiet = True
        last, of_last = seen.greatest, seen.ids
        read = partial(self._read, self._query, self._size)
        for page, fresh in walk(read, seen, size=self._size, overlap=self._overlap):
            quiet = quiet and (not count or (page.total == total and len(page) == len(fresh) + self._overlap))
            count, total = count + len(fresh), page.total
            if isinstance(last, datetime) and page and self._key(page[0]) == last:
                new = last not in ties
                ties[last] = of_last  # to which the walk has added further rows of the moment
                if new and self._at_once and (late := self._missed(last, of_last)):
                    if seen.greatest == last:
                        seen.take(late)
                    yield late
            if fresh:
                yield fresh
            last, of_last = seen.greatest, seen.ids
        # All that the service counts were seen, and none of them moved: nothing can be missing.
        if not (quiet and count == total) and not self._at_once:
            for moment, ids in ties.items():
                if late := self._missed(moment, ids):
                    yield late

    def _read(self, query: Paged[Any], size: int, start: int, overlap: int) -> Iterator[Page]:
        condition = query._compiled(self._binding)
        if condition is False:
            return iter(())
        return pages(
            query._fetch(self._binding, condition),
            start=start,
            stop=None,
            size=size,
            workers=self._binding.client.workers,
            ahead=self._ahead,
            overlap=overlap,
        )

    def _missed(self, moment: datetime, ids: set[str]) -> list[Row]:
        return [row for row in self._sweep(moment) if row["id"] not in ids]

    def _sweep(self, moment: datetime) -> list[Row]:
        """All rows of one moment."""
        query = self._query.filter(**{f"{self._by}__is_between": (moment, moment + _FINEST)})
        found: dict[str, Row] = {}
        size = self._binding.client.dialect.page_size  # what fits one page needs no order
        for _ in range(_MOST_SWEEPS):
            total = 0
            for page, fresh in walk(partial(self._read, query, size), SeenIds(), size=size):
                found.update((row["id"], row) for row in fresh)
                total = page.total
            if len(found) >= total:
                return [row for row in found.values() if self._key(row) == moment]
        raise DriftError(
            f"The service counts {total} records with {self._by} {moment.isoformat()} and showed {len(found)} of them "
            f"in {_MOST_SWEEPS} attempts."
        )

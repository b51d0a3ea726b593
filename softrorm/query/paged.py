"""Paged: how a query is read from the service, page by page, before rows become instances.

Three ways, by who asks: as it comes, for lists; by a stable scan, for streams without an order and for jobs; in pages
that join, for streams with one. Look-ups across links are answered first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

from softrorm.client.errors import DriftError
from softrorm.query.across import MOST_LINKED, Across, answered, linked_to, too_many
from softrorm.query.compiler import compile_condition
from softrorm.query.conditions import NOTHING
from softrorm.query.drift import MOST_RESTARTS, Drift, OnDrift, Restart
from softrorm.query.pagination import pages
from softrorm.query.query import Query
from softrorm.query.scan import Scan
from softrorm.query.walk import Row, SeenIds, walk

if TYPE_CHECKING:
    from softrorm.client.page import Page
    from softrorm.query.protocols import BindingLike

M = TypeVar("M")
Rows: TypeAlias = Iterator[list[Row]]
"""Raw records, page by page; no page is empty."""


class Paged(Query[M]):
    """The part of a query set that reads raw records."""

    def _pages(self) -> Rows:
        """The rows in the order asked for, page by page; none twice, and drift is told as far as it shows."""
        binding = self._binding()
        drift = Drift(repr(self), "warn")
        seen = SeenIds()
        total = 0
        for page in self._requested(binding, self._start, 0, size=binding.client.dialect.page_size):
            fresh = seen.take(page)
            if len(fresh) < len(page):
                drift.found("a record came twice")
            elif page.total < total:
                drift.found(f"its {total} records became {page.total}")
            total = page.total
            if fresh:
                yield fresh

    def _requested(
        self, binding: BindingLike, start: int, overlap: int, *, size: int, ahead: int | None = None
    ) -> Iterator[Page]:
        """The pages of the query from a row on, as they come; none where no record can match."""
        if self._start == self._stop or self._where is NOTHING:
            return iter(())
        asked = self._answered()
        condition = asked._compiled(binding)
        if condition is False:
            return iter(())
        return pages(
            asked._fetch(binding, condition),
            start=start,
            stop=self._stop,
            size=size,
            workers=binding.client.workers,
            ahead=ahead,
            overlap=overlap,
        )

    def _stable(self, *, size: int | None = None, ahead: int | None = None) -> Rows:
        """The rows page by page as a stable scan reads them, in an order of its own."""
        size = _joining(self._binding(), size)
        # Pages of different ages do not join, and whoever asks for a scan wants what is there now.
        return Scan(self._clone(_order=(), _fresh=True), self._meta.scans_by, size=size, ahead=ahead).rows()

    def _walked(self, drift: Drift, *, size: int | None = None, ahead: int | None = None) -> Rows:
        """The rows page by page in the order asked for, from pages that join; drift is found and reported."""
        binding = self._binding()
        size = _joining(binding, size)
        seen = SeenIds()
        left = math.inf if self._stop is None else self._stop - self._start
        read = partial(self.fresh()._answered()._requested, binding, size=size, ahead=ahead)
        while True:
            try:
                for _, fresh in walk(read, seen, start=self._start, size=size, gap=drift.gap, patience=2):
                    # What was deleted meanwhile has let others move up, and a slice is no longer for that.
                    rows = fresh if len(fresh) <= left else fresh[: int(left)]
                    left -= len(rows)
                    if rows:
                        yield rows
                    if not left:
                        return
            except Restart:
                continue
            return

    def _streamed(self, on_drift: OnDrift = "warn", *, size: int | None = None, ahead: int | None = None) -> Rows:
        """The rows page by page as they are read where none are kept: by a stable scan where there is no order."""
        drift = Drift(repr(self), on_drift)
        if self._ordering or self._is_slice or self._view:
            return self._walked(drift, size=size, ahead=ahead)
        return self._stable(size=size, ahead=ahead)

    def _settled(self) -> list[Row]:
        """All rows, for jobs that must not miss one: by a stable scan, or read until nothing moves meanwhile."""
        if not self._is_slice and not self._view:
            return [row for rows in self._stable() for row in rows]
        for _ in range(MOST_RESTARTS):
            with suppress(DriftError):
                return [row for rows in self._walked(Drift(repr(self), "raise")) for row in rows]
        return [row for rows in self._walked(Drift(repr(self), "raise")) for row in rows]

    def _answered(self) -> Self:
        """The query with its look-ups across links answered: conditions on the links, by the ids of linked records.

        Makes a request for each of them, and more for more than 200 records that match; none where there are none.
        """
        if not self._is_across:
            return self
        binding = self._binding()
        probe = answered(self._where, lambda node: linked_to(node.field, ("any",)))
        if compile_condition(probe, binding.dialect, binding) is False:
            return self._clone(_where=NOTHING)  # whatever the answers are
        return self._clone(_where=answered(self._where, lambda node: linked_to(node.field, self._ids(node, binding))))

    def _ids(self, node: Across, binding: BindingLike) -> list[str]:
        """The ids of the linked records that satisfy the tree of a look-up across a link.

        Raises:
            InvalidQuery: There are too many.
        """
        query: Paged[Any] = Paged(node.field.target)._clone(
            _client=binding.client, _where=node.inner, _order=(), _fresh=self._fresh
        )
        ids: dict[str, None] = {}
        total = 0
        for page in query._requested(query._binding(), 0, 0, size=binding.dialect.page_size):
            if page.total > MOST_LINKED:
                raise too_many(node.field, node.inner, page.total)
            ids.update((row["id"], None) for row in page)
            total = page.total
        if len(ids) == total:
            return list(ids)
        return [row["id"] for rows in query._stable() for row in rows]  # some moved from page to page meanwhile

    @property
    def _is_slice(self) -> bool:
        return bool(self._start) or self._stop is not None


def _joining(binding: BindingLike, size: int | None) -> int:
    """How many rows to ask for at once: at least three, so that two of them can be the last of the page before."""
    return max(3, size or binding.client.dialect.page_size)

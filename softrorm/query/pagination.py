"""Pages: turning a query into the requests that read it, side by side and in order.

The first page tells how many records there are, so that the others can be asked for at once. The service clamps a page
silently (wire-facts 9), so the step follows from the rows that came, and the end from the newest ``metadata.total``,
never from the limit that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol

from softrorm.client.page import Page

if TYPE_CHECKING:
    from softrorm.client.workers import Workers


class Fetch(Protocol):
    """Reads one page."""

    def __call__(self, *, offset: int, limit: int) -> Page:
        """The page of up to ``limit`` rows from ``offset`` on."""


def pages(
    fetch: Fetch,
    *,
    start: int,
    stop: int | None,
    size: int,
    workers: Workers,
    ahead: int | None = None,
    overlap: int = 0,
) -> Iterator[Page]:
    """Read pages until the end, in order.

    Args:
        fetch: Reads one page; called in several threads.
        start: The first row wanted.
        stop: The row to stop before; ``None`` for all.
        size: The most rows a page holds.
        workers: The threads that pages after the first are read in.
        ahead: How many pages are under way or waiting, at most; as many as rate and latency call for unless given.
        overlap: How many rows of the page before it each page shows again.

    Yields:
        The pages, each with the offset that it was asked for. A later page is empty where the table has become
        shorter meanwhile.

    Makes a request for each page, and one where there are no rows at all. Stops when the iterator is closed.
    """
    if stop is not None and start >= stop:
        return
    page = _first(fetch, start, size if stop is None else min(size, stop - start))
    yield page
    size = len(page)
    overlap = min(overlap, size - 1)
    end, total = start + size, page.total

    def last() -> int:
        return total if stop is None else min(total, stop)

    def planned() -> Iterator[Callable[[], Page]]:
        at = end - overlap
        while at + overlap < last():
            yield partial(_whole, fetch, at, size if stop is None else min(size, stop - at))
            at += size - overlap

    while page and end < last():
        for page in workers.in_order(planned(), ahead=ahead):
            yield page
            shown = page.offset + len(page)
            if shown <= end < page.total:
                return  # the total counts rows that nobody is shown
            end, total = shown, page.total


def _first(fetch: Fetch, offset: int, limit: int) -> Page:
    page = fetch(offset=offset, limit=limit)
    return Page(page[:limit], offset=offset, limit=limit, total=page.total)


def _whole(fetch: Fetch, offset: int, limit: int) -> Page:
    """A page without a hole behind it: what a clamped answer left out is read as well."""
    page = _first(fetch, offset, limit)
    while page and len(page) < min(limit, page.total - offset):
        more = _first(fetch, offset + len(page), limit - len(page))
        if not more:
            break
        page.extend(more)
    return page

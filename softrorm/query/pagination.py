"""Pages: turning a query into the requests that read it, one page after the other.

The service clamps a page silently (wire-facts 9), so the next offset follows from the rows that came, and the end from
``metadata.total``, never from the limit that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from softrorm.client.page import Page


class Fetch(Protocol):
    """Reads one page."""

    def __call__(self, *, offset: int, limit: int) -> Page:
        """The page of up to ``limit`` rows from ``offset`` on."""


def pages(fetch: Fetch, *, start: int, stop: int | None, size: int) -> Iterator[list[dict[str, Any]]]:
    """Read pages until the end, in order.

    Args:
        fetch: Reads one page.
        start: The first row wanted.
        stop: The row to stop before; ``None`` for all.
        size: The most rows a page holds.

    Yields:
        The records of each page; no page is empty.

    Makes a request for each page, and one where there are no rows at all.
    """
    offset = start
    while stop is None or offset < stop:
        limit = size if stop is None else min(size, stop - offset)
        page = fetch(offset=offset, limit=limit)
        rows = page[:limit]
        if rows:
            yield rows
        offset += len(rows)
        if not rows or offset >= page.total:
            return

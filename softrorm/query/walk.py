"""Walking: pages joined to each other, so that what is deleted or added meanwhile opens no gap between them.

Each page begins with the last row of the page before it, or the last few. If it does, nothing lies between the two,
however much the offsets have moved since. If it does not, the walk goes back, further and further, until a page begins
with a row that was seen. So pages can be read side by side and are right all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from softrorm.client.errors import DriftError

if TYPE_CHECKING:
    from softrorm.client.page import Page

Row: TypeAlias = dict[str, Any]

_FIRST_STEP_BACK = 16
_FACTOR = 8
_MOST_ATTEMPTS = 10
"""How often a walk goes back without finding a row that is new before it gives up."""


class Seen(Protocol):
    """The rows that a walk has handed out."""

    def __contains__(self, row: object) -> bool:
        """Whether a row was handed out, or precedes one that was."""

    def take(self, rows: list[Row]) -> list[Row]:
        """Take note of rows that are handed out, and leave out those that were before."""


class SeenIds:
    """Rows by their ids; some 100 bytes a row."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def __contains__(self, row: Any) -> bool:
        return row["id"] in self._ids

    def take(self, rows: list[Row]) -> list[Row]:
        """Take note of rows that are handed out, and leave out those that were before."""
        known = self._ids
        fresh = [row for row in rows if row["id"] not in known]
        known.update([row["id"] for row in fresh])
        return fresh


def walk(
    read: Callable[[int, int], Iterator[Page]],
    seen: Seen,
    *,
    start: int = 0,
    size: int,
    overlap: int = 1,
    gap: Callable[[], None] | None = None,
    patience: int = _MOST_ATTEMPTS,
) -> Iterator[tuple[Page, list[Row]]]:
    """Read pages that join.

    Args:
        read: Reads the pages from an offset on, overlapping by so many rows.
        seen: The rows handed out so far.
        start: The first row wanted.
        size: The most rows a page holds.
        overlap: How many rows of the page before it each page shows again.
        gap: Called when a page does not join; may raise.
        patience: How often to go back for one page. When it is used up the page is taken as it is, if there is a
            ``gap`` that was told of it.

    Yields:
        Each page and its rows that are new; none of both may be empty.

    Raises:
        DriftError: The pages do not come to join.
    """
    end, back, attempts = start, 0, 0
    begun = False
    while True:
        for page in read(max(start, end - back), overlap):
            joins = not begun or page.offset <= start or (bool(page) and page[0] in seen)
            if not joins and attempts and not page and page.offset < page.total:
                return  # the second time no row where the total says that there is one: it counts what nobody is shown
            if not joins and not (gap is not None and attempts >= patience):
                break
            fresh = seen.take(page)
            yield page, fresh
            end, begun = page.offset + len(page), True
            if fresh or not page:
                back = attempts = 0
        else:
            return
        if gap is not None:
            gap()
        attempts += 1
        if attempts > patience:
            raise DriftError(
                f"The records near position {end} come in another order each time they are asked for, so that pages "
                "cannot be joined; nothing was left out silently. Read them with order_by() a field of distinct values."
            )
        back = max(_FIRST_STEP_BACK, back * _FACTOR)
        overlap = min(max(overlap, back), size // 2)

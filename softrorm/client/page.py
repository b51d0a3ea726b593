"""Page: the records of one answer, and where they stand among all matches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Page(list[dict[str, Any]]):
    """The records of one answer: a list of plain dicts.

    Attributes:
        offset: How many matches stand before the first one of the page.
        limit: The limit that the service echoes: the requested one, not the number of rows (wire-facts 1).
        total: How many records match altogether.
    """

    __slots__ = ("limit", "offset", "total")

    def __init__(
        self, records: Iterable[dict[str, Any]] = (), *, offset: int = 0, limit: int = 0, total: int = 0
    ) -> None:
        super().__init__(records)
        self.offset = offset
        self.limit = limit
        self.total = total

    def __repr__(self) -> str:
        return f"<Page of {len(self)} records from {self.offset}, of {self.total}>"

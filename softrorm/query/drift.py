"""Drift: what is told, and done, when records are added, deleted or moved while a query is read page by page.

Pages are cut by position, so that a record deleted before a page's beginning moves all that follow by one, and a naive
reader skips one record at each boundary. Readers here notice; this file says so in words.
"""

from __future__ import annotations

import sys
import warnings
from typing import Literal, TypeAlias, get_args

from softrorm.client.errors import DriftError, DriftWarning, InvalidQuery

OnDrift: TypeAlias = Literal["warn", "restart", "raise"]

MOST_RESTARTS = 5
"""How often a read begins again before it gives up."""


class Restart(Exception):
    """Drift was found by a reader that is to begin again."""


class Drift:
    """Reports what a reader finds, once.

    Args:
        query: What is read, for messages.
        on_drift: ``warn``, ``restart`` or ``raise``.
    """

    def __init__(self, query: str, on_drift: OnDrift) -> None:
        if on_drift not in get_args(OnDrift):
            raise InvalidQuery(f"on_drift is 'warn', 'restart' or 'raise', not {on_drift!r}.")
        self._query = query
        self._on_drift = on_drift
        self._restarts = 0
        self._told = False

    def gap(self) -> None:
        """Say that a page did not follow the one before it; as :meth:`found`."""
        self.found("a page did not follow the one before it")

    def found(self, what: str) -> None:
        """Say that the records changed while they were read.

        Args:
            what: What was seen, as a clause.

        Raises:
            Restart: The reader is to begin again.
            DriftError: It is to stop, or has begun again too often.
        """
        told = f"{self._query} changed while it was read: {what}"
        if self._on_drift == "raise":
            raise DriftError(f"{told}. Read it again, or without an order by iterator(), which is stable.")
        if self._on_drift == "restart":
            self._restarts += 1
            if self._restarts > MOST_RESTARTS:
                raise DriftError(
                    f"{told}, each of the {MOST_RESTARTS} times that it was begun again. "
                    "iterator() without an order is stable."
                )
            raise Restart
        if not self._told:
            self._told = True
            warnings.warn(
                f"{told}. Records may be missing; none comes twice. iterator() without an order is stable.",
                DriftWarning,
                stacklevel=_level(),
            )


def _level() -> int:
    """How many frames up the code stands that reads, for a warning to point at it; here where a worker reads."""
    frame, level = sys._getframe(1), 1
    while frame.f_globals.get("__name__", "").partition(".")[0] == "softrorm":
        if frame.f_back is None:
            return 1
        frame, level = frame.f_back, level + 1
    return 1 if frame.f_globals.get("__name__") == "threading" else level

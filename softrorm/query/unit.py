"""The unit of work that reads belong to: the seam between the query floor and sessions, two floors up.

A session makes itself the current unit of its thread while its block runs. Query sets ask it for their instances, so
that one record is one object in it; assignments tell it what was touched.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Protocol


class Unit(Protocol):
    """What a session is to the floors below."""

    def instances(self, meta: Any, rows: list[dict[str, Any]], binding: Any) -> list[Any]:
        """The instances for records that were read: those the session has already, where it has them."""

    def linked(self, target: Any, link: dict[str, Any], context: Any) -> Any:
        """The instance that a link leads to."""

    def touch(self, instance: Any) -> None:
        """Take note that an instance may have been changed."""

    def serves(self, client: Any) -> bool:
        """Whether records of a client belong to the session."""


current: ContextVar[Unit | None] = ContextVar("softrorm_unit", default=None)

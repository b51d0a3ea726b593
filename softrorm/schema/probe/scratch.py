"""The scratch database: made once, under a name that no other one has, and removed whatever happens.

An interrupt may come between any two steps, and again while the database is being removed. A request to make it may
have been carried out although its answer was lost, or may be carried out yet. And a process that is killed outright
leaves its database to the next probe, which knows it by its name, its description, its tables and its age.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from softrorm.client import cancellation
from softrorm.client.errors import APIError, TransportError
from softrorm.schema.probe.exchange import decoded, error_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.client.client import Client
    from softrorm.schema.probe.exchange import Exchange

PREFIX = "softrorm probe"
ABOUT = "Scratch database of softrorm probe, which removes it at its end. Nobody needs it."
MAIN, TARGETS = "Main", "Targets"
REMOVING = 1
"""Requests that removing it takes."""
TRIES = 2
GONE = "The scratch database is removed."
TURN_UP = "should it turn up, remove it."
WAITS = (1.0, 2.0)
"""Seconds between looks for a database whose making was not answered: it may be made a moment later."""
IDLE = timedelta(hours=1)
"""The age from which on no probe is at work in it any more: one takes minutes."""

_NAME = re.compile(rf"{PREFIX} [0-9a-f]{{8}}")


class Scratch:
    """The scratch database of one probe.

    Args:
        client: The client.
        workspace: Where it is made.

    Attributes:
        name: What it is called; no other database is.
        workspace: Where it is made.
        id: Its id, once it is known.
    """

    def __init__(self, client: Client, workspace: str) -> None:
        self.name = f"{PREFIX} {secrets.token_hex(4)}"
        self.id: str | None = None
        self._client = client
        self.workspace = workspace
        self._may_exist = False

    def make(self, send: Callable[..., Exchange]) -> None:
        """Make it, and note its id.

        Args:
            send: Makes a request, and raises what the service refuses.
        """
        body = {"workspaceId": self.workspace, "name": self.name, "description": ABOUT}
        self._may_exist = True
        try:
            made = send("POST", "/databases", body, needed=True)
        except APIError as error:
            self._may_exist = error.status >= 500  # else it was refused
            raise
        except TransportError as error:
            self._may_exist = error.may_have_happened
            raise
        self.id = made.data["id"]

    def remove(self, error: BaseException | None = None) -> str | None:
        """Remove it. 1 request, and up to 3 more to find it if its id is not known.

        Tried twice, since what interrupts the first try (Ctrl-C, typed again) need not interrupt the second.

        Args:
            error: What ended the probe; a note on it says what became of the database.

        Returns:
            What was left behind, in words; ``None`` if nothing was.
        """
        failure: BaseException | None = None
        for _ in range(TRIES):
            try:
                with cancellation.seen_through():
                    there = self._delete()
            except BaseException as caught:  # whatever it is, the database must go
                failure = caught
            else:
                if self._may_exist and error is not None:
                    error.add_note(GONE if there else f"There is no database called {self.name!r} now; {TURN_UP}")
                self._may_exist = False
                return None
        what = f"database {self.id} called {self.name!r}"
        left = f"{what} could not be removed ({failure!s:.300}); remove it by hand"
        if self.id is None:
            left = f"there may be a database called {self.name!r}, which could not be looked for ({failure!s:.300})"
        if error is not None:
            error.add_note(left)
        elif failure is not None and not isinstance(failure, Exception):
            failure.add_note(left)
            raise failure
        return left

    def _delete(self) -> bool:
        """Delete it; whether there was anything to delete."""
        if self.id is None and self._may_exist:
            self.id = self._found()
        if self.id is None:
            return False
        if self._may_exist:
            path = f"/databases/{self.id}"
            gone = self._client.request("DELETE", path, query={"force": "true"})
            if gone.status != 404 and not 200 <= gone.status < 300:
                raise error_of(gone, "DELETE", path)
        return True

    def _found(self) -> str | None:
        """Its id by its name: the request may have been carried out, although its answer never came."""
        for wait in (0.0, *WAITS):
            if wait:
                self._client._caller._sleep(wait)
            answer = self._client.request("GET", "/databases")
            if answer.status != 200:
                raise error_of(answer, "GET", "/databases")
            for one in decoded(answer.body)["data"]:
                if one.get("name") == self.name:
                    return str(one["id"])
        return None


@dataclass(frozen=True, slots=True)
class Leftover:
    """A database that an earlier probe did not remove, since it was killed outright or could not.

    Attributes:
        id: Its id.
        name: Its name.
        made_at: When it was made.
        is_idle: Whether it is so old that no probe is at work in it any more.
    """

    id: str
    name: str
    made_at: datetime
    is_idle: bool


def leftovers(client: Client, workspace: str, *, now: datetime | None = None) -> list[Leftover]:
    """The databases in a workspace that earlier probes left behind. 1 request, and 1 for each that looks like one.

    A database is one if its name and its description are those that a probe gives, and it has no other tables than a
    probe makes. While it is young another probe may be at work in it.

    Args:
        client: The client.
        workspace: The workspace.
        now: The present moment; for tests.

    Returns:
        The databases, oldest first. None of them is changed.
    """
    now = now or datetime.now(UTC)
    found = []
    for one in client.list_databases():
        named = _NAME.fullmatch(one.name) and one.description == ABOUT and one.workspace_id == workspace
        if not named or one.created_at is None:
            continue
        if {table.name for table in client.list_tables(one.id)} <= {MAIN, TARGETS}:
            found.append(Leftover(one.id, one.name, one.created_at, now - one.created_at > IDLE))
    return sorted(found, key=lambda one: one.made_at)

"""Ownership: whose turn it is to work on a session's objects.

A session serves one thread at a time. In async code that is the thread of the event loop, with the threads of the
client's that carry out calls for it: they take turns. A call that writes keeps its turn until it is done, and code of
the loop that would work on the session meanwhile is refused rather than held up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from softrorm.client.errors import InvalidState
from softrorm.client.twins import acting_thread

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Owned")

_within: ContextVar[Ownership | None] = ContextVar("softrorm_busy_session", default=None)
"""The ownership whose turn is kept by a call that this context is inside of."""

_PATIENCE = 0.05
"""Seconds after which a thread that waits for its turn looks whether it should."""


class Ownership:
    """The thread that a session belongs to, and the one that works on it now."""

    def __init__(self) -> None:
        self._owner: int | None = acting_thread()
        self._turn = threading.RLock()
        self._busy: int | None = None
        self.entered = False
        """Whether the session's block is running."""

    @property
    def claimed(self) -> bool:
        """Whether the session belongs to a thread; after its block it is anybody's."""
        return self._owner is not None

    def enter(self) -> None:
        """Begin the session's block: it belongs to the thread that enters it.

        Raises:
            InvalidState: The block is running already.
        """
        if self.entered:
            raise InvalidState(
                "This session's block is running already: it serves one block, in one thread, at a time."
            )
        self._owner, self.entered = acting_thread(), True

    def leave(self) -> None:
        """End the session's block: whoever uses the session next has it."""
        self._owner, self.entered = None, False

    def check(self) -> None:
        """Refuse a thread that the session does not belong to, or whose turn it cannot be.

        Raises:
            InvalidState: The session belongs to another thread, or is in the middle of a call for async code.
        """
        here = acting_thread()
        if self._owner is None:
            self._owner = here
        if here != self._owner:
            raise InvalidState(
                "This session belongs to another thread. A session serves one thread at a time: give each thread its "
                "own, or enter it there with 'with session:'."
            )
        this = threading.get_ident()
        if self._busy not in {None, this} and (here == this or _within.get() is self):
            raise InvalidState(
                "This session is in the middle of a call that another task awaits, such as acommit(): await that first."
            )

    def __enter__(self) -> None:
        self.check()
        while not self._turn.acquire(timeout=_PATIENCE):
            self.check()

    def __exit__(self, *_: object) -> None:
        self._turn.release()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the turn for a call that makes requests on the session's behalf."""
        with self:
            before, self._busy = self._busy, threading.get_ident()
            token = _within.set(self)
            try:
                yield
            finally:
                _within.reset(token)
                self._busy = before


class Owned:
    """What has an owner."""

    _own: Ownership


def in_turn(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Have a method of a session run when it is its thread's turn."""

    @wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._own:
            return method(self, *args, **kwargs)

    return call


def busily(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Have a method of a session keep the turn while it makes requests."""

    @wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._own.busy():
            return method(self, *args, **kwargs)

    return call

"""Twins: for each method that makes requests one for async code, with an ``a`` before its name.

A twin runs its method in a thread of the client's, so that there is one implementation of everything. The threads are
bounded in number and apart from those that make single requests. A read whose task is cancelled is abandoned at once,
and stops before its next request; a write that was begun is waited for, so that what its object says of itself is true,
and starts nothing new. Only asyncio, or what stands in for its loop as uvloop does, can run them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar, copy_context
from functools import partial, wraps
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from softrorm.client.cancellation import Token, token

if TYPE_CHECKING:
    from asyncio import Future
    from concurrent.futures import Future as Work

    from softrorm.client.threads import Threads

P = ParamSpec("P")
R = TypeVar("R")

CHUNK = 200
"""How many items a stream takes from its thread at a time, unless the caller says how many it wants."""

_depth: ContextVar[int] = ContextVar("softrorm_calls_depth", default=0)
"""How many calls, each made by the one before it, this context is inside of."""
_caller: ContextVar[int | None] = ContextVar("softrorm_calling_thread", default=None)
"""The thread that a call is carried out for, in the thread that carries it out."""


def twin(method: Callable[P, R], /, *, writes: bool = False) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make the twin of a method, or of a function that takes a client.

    ``aget = twin(get)`` in a class gives it an ``aget()``.

    Args:
        method: What to run. A method is found by its name when the twin is called, so that a subclass's own counts.
        writes: Whether it changes something, so that a call that was begun is waited for even when it is cancelled.

    Returns:
        An ``async def`` with the same arguments and the same requests.
    """
    start = _starter(method)

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return await Errand().run(_calls(args, kwargs), partial(start, *args, **kwargs), writes=writes)

    return _named(call, method)


def stream(method: Callable[P, Iterator[R]], /) -> Callable[P, AsyncGenerator[R, None]]:
    """Make the twin of a method that yields: what it yields comes chunk by chunk from a thread.

    Args:
        method: A method that returns an iterator. Its argument ``chunk_size``, if there is one, says how many items are
            taken at a time.

    Returns:
        An async generator function with the same arguments and the same requests; closing its generator gives up what
        is under way.
    """
    start = _starter(method)

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[R, None]:
        size = kwargs.get("chunk_size") or CHUNK
        source: Source[R] = Source(partial(start, *args, **kwargs), size if isinstance(size, int) else CHUNK)
        errand, calls = Errand(), _calls(args, kwargs)
        try:
            while chunk := await errand.run(calls, source.take):
                for item in chunk:
                    yield item
        finally:
            errand.give_up(then=source.close)

    return _named(call, method)


class Source(Generic[R]):
    """An iterator that is read from threads, a chunk at a time.

    Args:
        start: Makes the iterator; called in a thread, since it may make requests.
        size: How many items are in a chunk.
    """

    def __init__(self, start: Callable[[], Iterator[R]], size: int) -> None:
        self._start = start
        self._size = size
        self._items: Iterator[R] | None = None
        self._failed: Exception | None = None

    def take(self) -> list[R]:
        """The next items; none at the end. What goes wrong after some of them is raised when these are taken."""
        if self._failed is not None:
            raise self._failed
        if self._items is None:
            self._items = self._start()
        taken: list[R] = []
        try:
            taken.extend(islice(self._items, self._size))
        except Exception as error:
            if not taken:
                raise
            self._failed = error
        return taken

    def close(self) -> None:
        """Give up what the iterator has under way."""
        close = getattr(self._items, "close", None)
        if close is not None:
            close()


class Errand:
    """What is carried out in a client's threads for async code: one call, or the chunks of one stream.

    It takes the caller's context variables along; what the call sets of them stays behind.
    """

    def __init__(self) -> None:
        self._given_up = Token()
        self._context = copy_context()
        self._context.run(self._enter)
        self._work: Work[Any] | None = None

    def _enter(self) -> None:
        token.set(self._given_up)
        _depth.set(_depth.get() + 1)
        if _caller.get() is None:
            _caller.set(threading.get_ident())

    async def run(self, calls: Calls, task: Callable[[], R], *, writes: bool = False) -> R:
        """Run a task in a thread.

        Args:
            calls: The threads.
            task: What to run.
            writes: Whether a task that was begun is waited for even when the caller is cancelled.
        """
        import asyncio  # nobody gets here without it

        loop = asyncio.get_running_loop()
        work = self._work = calls.submit(partial(self._context.run, _result_of, task), level=_depth.get())
        answer: Future[R] = asyncio.wrap_future(work, loop=loop)
        try:
            if writes:
                await asyncio.wait({answer})
            return await answer
        except asyncio.CancelledError:
            unsent = work.cancel()
            self._given_up.set()
            if writes and not unsent:
                await _end_of(answer)
            raise

    def give_up(self, then: Callable[[], None]) -> None:
        """Stop before the next request, and do something when the thread is out of the task."""
        self._given_up.set()
        if self._work is not None:
            self._work.add_done_callback(lambda _: self._context.run(then))


def _result_of(task: Callable[[], R]) -> R:
    try:
        return task()
    except StopIteration as error:  # no future takes it, and whoever waits for one would wait for ever
        raise RuntimeError("what was called raised StopIteration") from error


async def _end_of(answer: Future[Any]) -> None:
    """Wait for what cannot be stopped, however often the task is cancelled meanwhile."""
    import asyncio

    while not answer.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({answer})
    if not answer.cancelled():
        answer.exception()  # looked at, so that nobody is told that it was not


class Calls:
    """The threads of one client in which calls are carried out for async code.

    A call may make another one, and wait for it: a receiver of a signal that runs an event loop. These have threads of
    their own, level by level, so that no thread waits for itself.

    Args:
        most: How many calls of a level run at once; others wait for their turn.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._levels: dict[int, Threads] = {}
        self._lock = threading.Lock()

    def submit(self, task: Callable[[], R], *, level: int) -> Work[R]:
        """Have a task run by a thread of a level."""
        from softrorm.client.threads import Threads

        with self._lock:
            threads = self._levels.get(level)
            if threads is None:
                threads = self._levels[level] = Threads(self._most, f"softrorm-call-{level}")
        return threads.submit(task)

    def close(self) -> None:
        """Let the threads end when they have nothing to do; a later call starts new ones."""
        with self._lock:
            levels = list(self._levels.values())
        for threads in levels:
            threads.close()


def acting_thread() -> int:
    """The thread that the code which runs here works for: the caller's own where a twin's call is carried out."""
    caller = _caller.get()
    return threading.get_ident() if caller is None else caller


def in_event_loop() -> bool:
    """Whether an event loop of asyncio runs in this thread, so that to wait here would hold up all its tasks."""
    events = sys.modules.get("asyncio.events")  # not there: no loop either
    running = getattr(events, "_get_running_loop", None)
    return running is not None and running() is not None


def _calls(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Calls:
    """The threads of the client that a call goes to: one that it names, else that of its object or of an argument."""
    named = [kwargs[name] for name in ("using", "client") if kwargs.get(name) is not None]
    # A model that is an argument has them as an attribute of its records, which a class has none of.
    for one in (*named, *args):
        if isinstance(found := getattr(one, "_calls", None), Calls):
            return found
    raise TypeError("There is no client among the arguments.")


def _starter(method: Callable[..., R]) -> Callable[..., R]:
    """What starts a method by its name, so that a subclass's own counts; a function as it is."""
    name = method.__name__
    if "." not in method.__qualname__.rpartition("<locals>.")[2]:
        return method
    return lambda owner, *args, **kwargs: getattr(owner, name)(*args, **kwargs)


def _named(call: R, method: Callable[..., Any]) -> R:
    twin: Any = call
    name = method.__name__
    twin.__name__ = f"a{name}"
    twin.__qualname__ = f"{method.__qualname__.removesuffix(name)}a{name}"
    twin.__doc__ = f"``{name}()`` for async code. {method.__doc__ or ''}"
    return call

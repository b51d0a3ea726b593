"""Signals: what asks a command to stop is told to it as Ctrl-C is, so that it can leave things in order."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import NoReturn


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGINT, SIGTERM and a terminal that is closed raise KeyboardInterrupt while the block runs.

    A shell starts background jobs with SIGINT ignored, and they are to be stoppable too; whoever starts a command
    with ``nohup`` wants it to outlive the terminal.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is signal.SIG_DFL:
        numbers.append(hangup)
    former = {number: signal.signal(number, _stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt

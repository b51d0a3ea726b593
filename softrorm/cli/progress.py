"""Progress: how far a long job is, at what rate, and how long it will still take; on stderr.

On a terminal one line is drawn again and again, by rich where that is installed. Elsewhere, as in the log of a server,
there is a plain line every ten seconds.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import click

from softrorm.cli.output import drawn_over

DRAWN = 0.1  # seconds between two drawings on a terminal
LOGGED = 10.0  # and elsewhere
SEEN = 15.0  # seconds that a rate is reckoned over, so that it follows the service


class Progress:
    """How far a job is. Called as ``progress(done, total)``, which bulk writes do by themselves.

    Args:
        label: What is being done, such as ``Importing``.
        show: Takes a text and the numbers, and shows them.
        every: Seconds between two that are shown.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        label: str,
        show: Callable[[str, int, int | None], None],
        every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.label = label
        self._show = show
        self._every = every
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()
        self._done = 0
        self._total: int | None = None
        self._due = clock() + every

    def __call__(self, done: int, total: int | None = None, *_: object) -> None:
        """Tell how far the job is.

        Args:
            done: How many are done.
            total: How many there are, where that is known.
            _: What else bulk writes tell.
        """
        self._done, self._total = done, total if total is not None else self._total
        now = self._clock()
        if not self._seen:
            self._seen.append((now, done))  # what was done before, by an earlier run, says nothing of the rate
        if now < self._due:
            return
        self._due = now + self._every
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > max(SEEN, self._every):
            self._seen.popleft()
        self._show(self.text(), done, self._total)

    def finish(self) -> None:
        """Show the end of a job of which something was shown before."""
        if len(self._seen) > 1:
            self._seen.append((self._clock(), self._done))
            self._show(self.text(), self._done, self._total)

    def text(self) -> str:
        """The numbers in words: ``1,234 of 5,046, 29/s, 2 min left``."""
        parts = [f"{self._done:,}" + (f" of {self._total:,}" if self._total is not None else "")]
        (began, before), (now, done) = self._seen[0], self._seen[-1]  # shown after it was called only
        if now > began and (rate := (done - before) / (now - began)) > 0:
            parts.append(f"{rate:,.0f}/s" if rate >= 1 else f"{rate * 60:,.0f}/min")
            if self._total is not None and self._done < self._total:
                parts.append(f"{span((self._total - self._done) / rate)} left")
        return ", ".join(parts)


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """Show how far a job is while the block runs.

    Args:
        label: What is being done, such as ``Importing``.

    Yields:
        What to call with the number done and that of all.
    """
    if not sys.stderr.isatty():
        shown = Progress(label, lambda text, *_: click.echo(f"{label}: {text}", err=True), LOGGED)
        yield shown
        return
    try:
        drawing: Any = _rich(label)
    except ImportError:
        drawing = _line(label)
    with drawing as show:
        shown = Progress(label, show, DRAWN)
        try:
            yield shown
        finally:
            shown.finish()


@contextmanager
def _line(label: str) -> Iterator[Callable[[str, int, int | None], None]]:
    last = 0

    def show(text: str, *_: object) -> None:
        nonlocal last
        # Shorter than the terminal is wide: a line that wraps, as by the ^C that a terminal adds, is not drawn over.
        line = f"{label}: {text}"[: _room()]
        click.echo("\r" + line.ljust(last), nl=False, err=True)
        last = len(line)

    def end() -> None:
        nonlocal last
        if last:
            click.echo(err=True)
        last = 0

    drawn_over.append(end)
    try:
        yield show
    finally:
        drawn_over.remove(end)
        end()


def _rich(label: str) -> AbstractContextManager[Callable[[str, int, int | None], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    @contextmanager
    def drawing() -> Iterator[Callable[[str, int, int | None], None]]:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(30), TextColumn("{task.fields[said]}"))
        console = Console(stderr=True)
        console.width = _room()
        with Progress(*columns, console=console) as display:
            task = None

            def show(text: str, done: int, total: int | None) -> None:
                nonlocal task
                if task is None:  # nothing is drawn of what is done before anybody could read it
                    task = display.add_task(label, total=None, said=text)
                console.width = _room()
                display.update(task, completed=done, total=total, said=text)

            yield show

    return drawing()


def _room() -> int:
    """How many columns a line may take that is drawn over."""
    return max(20, shutil.get_terminal_size().columns - 7)  # room for three ^C


def span(seconds: float) -> str:
    """A length of time as people say it: ``8 s``, ``2 min``, ``1 h 20 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"

"""The table of docs/benchmarks.md: softrorm beside the mappers that people know, turn by turn in one run.

Needs the extra ``bench``. What each does for a figure, and what of it is not the same work, stands in ``peers``. The
first two rows are ratios to ``json.loads`` of the page; times are scaled to the machine of the bars by it. All figures
are medians of rounds in which each mapper has its turn, the yardstick first.
"""

import gc
import json
import statistics
import subprocess
import sys
import time
import timeit
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("pyairtable", reason="the peers come with the extra 'bench'")

from peers import PEERS, Peer

ROUNDS = 25
REFERENCE_MS = 0.93
MISSING = "-"


@pytest.mark.filterwarnings("ignore")
def test_the_table(page):
    rows = json.loads(page)["data"]
    peers = [kind(rows) for kind in PEERS]
    print("\n\n| | " + " | ".join(f"{peer.name} {peer.version}" for peer in peers) + " |")
    print("| --- |" + " --- |" * len(peers))
    reads = {peer: _reader(peer.names) for peer in peers}
    made = ratios(page, {peer: peer.objects for peer in peers})
    told("Objects from a decoded page", made, "{:.2f} x")
    everything = ratios(page, {peer: lambda peer=peer: reads[peer](peer.objects()) for peer in peers})
    told("The same, every attribute read once", everything, "{:.2f} x")
    told("Bytes a record beyond the page", {peer: beyond(peer) for peer in peers}, "{:.0f}")
    told("Bytes a record, all told, every attribute read", {peer: held(peer, reads[peer]) for peer in peers}, "{:.0f}")
    one = {peer: peer.objects()[0] for peer in peers}
    for peer in peers:
        reads[peer]([one[peer]])
    again = {peer: statement("task.title", task=one[peer]) for peer in peers}
    told("Reading an attribute again", scaled(page, again), "{:.0f} ns")
    assigned = {peer: statement("task.title = value", task=one[peer], value="Call back") for peer in peers}
    marks = {peer: "" if peer.checks else ", unchecked" for peer in peers}
    told("Assigning a text", scaled(page, assigned), "{:.0f} ns", marks)
    changed = {peer: _changes(peer, reads[peer]) for peer in peers if peer.changes}
    told("What changed, a record of which all was read", scaled(page, changed, 1e3), "{:.1f} µs")
    compiled = {peer: statement("compile()", 2_000, compile=peer.compile) for peer in peers if peer.compile}
    told("Compiling a filter of three conditions", scaled(page, compiled, 1e3), "{:.1f} µs")
    told("Importing it and defining a model", imports(peers), "{:.2f} x")
    ours = everything[peers[0]]
    assert all(ours < theirs for peer, theirs in everything.items() if peer is not peers[0])


def told(what: str, figures: dict[Peer, float], form: str, marks: dict[Peer, str] | None = None) -> None:
    """Print a row of the table."""
    cells = [
        form.format(figures[peer]) + (marks[peer] if marks else "") if peer in figures else MISSING
        for peer in _in_order(figures)
    ]
    print(f"| {what} | {' | '.join(cells)} |")


def _in_order(figures: dict[Peer, float]) -> list[Any]:
    by_kind = {type(peer): peer for peer in figures}
    return [by_kind.get(kind, kind) for kind in PEERS]


def ratios(page: bytes, subjects: dict[Peer, Callable[[], object]]) -> dict[Peer, float]:
    """Each subject's time over that of ``json.loads`` of the page in the same round."""
    found: dict[Peer, list[float]] = {peer: [] for peer in subjects}
    for _ in range(ROUNDS):
        yardstick = _once(lambda: json.loads(page))
        for peer, subject in subjects.items():
            found[peer].append(_once(subject) / yardstick)
    return {peer: statistics.median(values) for peer, values in found.items()}


def scaled(page: bytes, subjects: dict[Peer, Callable[[], float]], divisor: float = 1.0) -> dict[Peer, float]:
    """Nanoseconds, or so many of them, on the machine of the bars."""
    found: dict[Peer, list[float]] = {peer: [] for peer in subjects}
    for _ in range(7):
        factor = REFERENCE_MS / (statistics.median(_once(lambda: json.loads(page)) for _ in range(9)) * 1e3)
        for peer, nanoseconds in subjects.items():
            found[peer].append(nanoseconds() * factor / divisor)
    return {peer: statistics.median(values) for peer, values in found.items()}


def statement(code: str, loops: int = 20_000, **names: object) -> Callable[[], float]:
    """Measures the nanoseconds of a statement, without the loop's."""

    def nanoseconds() -> float:
        empty = min(timeit.repeat("pass", number=loops, repeat=3))
        return (min(timeit.repeat(code, globals=names, number=loops, repeat=3)) - empty) / loops * 1e9

    return nanoseconds


def _changes(peer: Peer, read: Callable[[list[Any]], None]) -> Callable[[], float]:
    tasks = peer.objects()
    read(tasks)
    return lambda: _once(lambda: [peer.changes(task) for task in tasks]) / len(tasks) * 1e9


def beyond(peer: Peer) -> float:
    """Bytes that the objects take where the decoded page, or SQLite's rows, are there already."""
    return _traced(peer.objects, lambda tasks: tasks)


def held(peer: Peer, read: Callable[[list[Any]], None]) -> float:
    """Bytes that the objects keep alive when all was read: the decoded page too where they refer to it."""
    if hasattr(peer, "rows"):
        text = json.dumps(peer.rows)

        def load() -> list[Any]:
            peer.rows = json.loads(text)
            tasks = peer.objects()
            if not peer.keeps_page:
                peer.rows = None
            return tasks
    else:
        load = peer.objects

    def everything(tasks: list[Any]) -> list[Any]:
        read(tasks)
        return tasks

    rows = getattr(peer, "rows", None)
    size = _traced(load, everything)
    if rows is not None:
        peer.rows = rows
    return size


def _traced(load: Callable[[], list[Any]], then: Callable[[list[Any]], list[Any]]) -> float:
    then(load())
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = then(load())
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return size / len(kept)


def imports(peers: list[Peer]) -> dict[Peer, float]:
    """The time of a program that imports the mapper and defines a model, over ``import requests, pydantic``."""
    programs = {None: "pass", "yardstick": "import requests, pydantic\npydantic.BaseModel"}
    programs.update({peer: peer.define for peer in peers})
    times: dict[Any, list[float]] = {name: [] for name in programs}
    for _ in range(7):
        for name, code in programs.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times[name].append(time.perf_counter() - began)
    taken = {name: statistics.median(values) for name, values in times.items()}
    return {peer: (taken[peer] - taken[None]) / (taken["yardstick"] - taken[None]) for peer in peers}


def _reader(names: tuple[str, ...]) -> Callable[[list[Any]], None]:
    """A function that reads each of the attributes, written out as a program would."""
    space: dict[str, Any] = {}
    exec("def read(tasks):\n for task in tasks:\n  " + "; ".join(f"task.{name}" for name in names), space)
    return space["read"]


def _once(action: Callable[[], object]) -> float:
    gc.collect(0)
    gc.disable()
    try:
        began = time.perf_counter()
        action()
        return time.perf_counter() - began
    finally:
        gc.enable()

"""How benchmarks measure: subject and yardstick in turn, in one process, so that a slow moment hits both.

Run by name: ``pytest tests/benchmarks/bench_mapper.py -s``. The files are named ``bench_*`` so that the default run
leaves them alone. What they share stands in modules beside them: the table in ``tracker``, the sandbox over HTTP in
``served``.
"""

import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode puts no folder of tests on the path

REFERENCE = 0.93e-3
"""Seconds that ``json.loads`` of the benchmark's page takes on the machine that the bars were set on."""


class Meter:
    """Times callables against each other and prints what it finds."""

    def __init__(self, name: str) -> None:
        self.name = name

    @staticmethod
    def seconds(action: Callable[[], object], *, rounds: int = 40, loops: int = 1) -> float:
        """The median time of one loop."""
        return statistics.median(_once(action, loops) for _ in range(rounds))

    def ratio(self, subject: Callable[[], object], yardstick: Callable[[], object], *, bar: float, rounds: int = 60):
        """Time two actions in turn; print and check the median of the pairwise ratios."""
        pairs = [(_once(subject, 1), _once(yardstick, 1)) for _ in range(rounds)]
        ratio = statistics.median(mine / other for mine, other in pairs)
        mine = statistics.median(mine for mine, _ in pairs)
        print(f"\n{self.name}: {ratio:.3f} x the yardstick (bar {bar}); {mine * 1e6:.0f} us")
        assert ratio <= bar

    def absolute(self, value: float, unit: str, *, bar: float):
        """Print and check a figure that has a bar of its own and does not hang on the machine's speed."""
        print(f"\n{self.name}: {value:.3g} {unit} (bar {bar:g})")
        assert value <= bar

    def share(self, rate: float, ceiling: float, *, bar: float, also: str):
        """Print and check a rate of requests as a share of what the server lets through."""
        print(f"\n{self.name}: {rate:.2f}/s, {rate / ceiling:.1%} of {ceiling:g}/s (bar {bar:.0%}); {also}")
        assert rate / ceiling >= bar

    def against(self, rounds: list[tuple[float, float]], unit: str, *, bar: float):
        """Print and check milliseconds that were measured beside the yardstick's, and scaled by it."""
        scaled = [value / yardstick * REFERENCE * 1e3 for value, yardstick in rounds]
        spread = f"{min(scaled):.3g} to {max(scaled):.3g} in {len(rounds)} rounds"
        here = statistics.median(value for value, _ in rounds)
        print(f"\n{self.name}: {statistics.median(scaled):.3g} {unit} (bar {bar:g}); {spread}; {here:.3g} {unit} here")
        assert statistics.median(scaled) <= bar

    def scaled(
        self,
        measure: Callable[[], float],
        yardstick: Callable[[], object],
        unit: str,
        *,
        bar: float,
        rounds: int = 3,
    ):
        """Print and check a time: as measured, and as it would be where the yardstick takes its reference time.

        The bars were set on a machine that reads the page of 200 records in 0.93 ms; the yardstick is timed before and
        after, so that a slow machine, or a slow moment, is taken out. The median of some rounds counts.
        """
        values, scaled = [], []
        for _ in range(rounds):
            before = self.seconds(yardstick, rounds=15)
            values.append(measure())
            after = self.seconds(yardstick, rounds=15)
            scaled.append(values[-1] * REFERENCE * 2 / (before + after))
        median = statistics.median(scaled)
        spread = f"{min(scaled):.3g} to {max(scaled):.3g} in {rounds} rounds"
        print(f"\n{self.name}: {median:.3g} {unit} (bar {bar:g}); {spread}; {values[-1]:.3g} {unit} here, now")
        assert median <= bar


def _once(action: Callable[[], object], loops: int) -> float:
    gc.collect(0)
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(loops):
            action()
        return (time.perf_counter() - start) / loops
    finally:
        gc.enable()


@pytest.fixture
def meter(request) -> Meter:
    return Meter(request.node.name.removeprefix("test_").replace("_", " "))


@pytest.fixture(scope="session")
def page() -> bytes:
    """A page of 200 records with twelve fields each, as the service answers it: what the yardstick reads."""
    from tracker import one_record

    pick = random.Random(1)
    rows = [one_record(pick) for _ in range(200)]
    return json.dumps({"data": rows, "metadata": {"offset": 0, "limit": 200, "total": 200}}).encode()


@pytest.fixture(scope="session")
def tasks(tmp_path_factory):
    """Makes a sandbox's file with so many tasks, once for each number."""
    from served import fill

    made: dict[int, Path] = {}

    def file(count: int) -> Path:
        if count not in made:
            made[count] = tmp_path_factory.mktemp("tasks") / f"{count}.db"
            fill(made[count], count)
        return made[count]

    return file

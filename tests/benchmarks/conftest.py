"""How benchmarks measure: subject and yardstick in turn, in one process, so that a slow moment hits both.

Run by name: ``pytest tests/benchmarks/bench_mapper.py -s``. The files are named ``bench_*`` so that the default run
leaves them alone.
"""

import gc
import statistics
import time
from collections.abc import Callable

import pytest

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

    def scaled(self, measure: Callable[[], float], yardstick: Callable[[], object], unit: str, *, bar: float):
        """Print and check a time: as measured, and as it would be where the yardstick takes its reference time.

        The bars were set on a machine that reads the page of 200 records in 0.93 ms; the yardstick is timed before and
        after, so that a slow machine, or a slow moment, is taken out.
        """
        before = self.seconds(yardstick, rounds=15)
        value = measure()
        factor = REFERENCE / ((before + self.seconds(yardstick, rounds=15)) / 2)
        print(f"\n{self.name}: {value * factor:.3g} {unit} (bar {bar:g}); {value:.3g} {unit} here, now")
        assert value * factor <= bar


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

"""The client's own work: processor time for each page of 200 records read over HTTP, all twelve attributes read.

The sandbox is a process of its own, so that what is counted is the client's: planning, sending, receiving, decoding,
making objects and reading them, in all of its threads. The yardstick is read once after each page and taken off again:
between two answers other processes have the processor and its caches, and that has to hit both alike.
"""

import gc
import json
import statistics
import time

import pytest
from served import LATENCY, serve
from tracker import Task, read_all

RECORDS = 4000
PAGES = RECORDS // 200
BAR = 3.0
ROUNDS = 7


def milliseconds_a_page(client, page) -> tuple[float, float]:
    """The processor time of this process for each page, and that of the yardstick."""
    yardsticks = []
    began = time.process_time()
    for count, task in enumerate(Task.objects.using(client).iterator(), start=1):
        read_all((task,))
        if count % 200 == 0:
            start = time.thread_time()
            json.loads(page)
            yardsticks.append(time.thread_time() - start)
    spent = time.process_time() - began - sum(yardsticks)
    return spent / PAGES * 1e3, statistics.median(yardsticks) * 1e3


@pytest.mark.parametrize(
    ("latency", "options"),
    [(0, {"rates": (10_000, 10_000), "max_workers": 1}), (LATENCY, {})],
    ids=["one after the other, as fast as it goes", "side by side, at the rate and over the distance"],
)
def test_processor_time_of_a_page(meter, page, tasks, latency, options):
    with serve(tasks(RECORDS), latency=latency) as sandbox, sandbox.client(**options) as client:
        milliseconds_a_page(client, page)  # the first connection, and code that is adapted while it runs
        gc.collect()
        gc.freeze()  # what pytest holds is not the client's to look through for garbage
        rounds = [milliseconds_a_page(client, page) for _ in range(ROUNDS)]
    gc.unfreeze()
    meter.against(rounds, "ms", bar=BAR)

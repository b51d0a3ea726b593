"""The client's own work: processor time for each page of 200 records read over HTTP, all twelve attributes read.

The sandbox is a process of its own, so that what is counted is the client's: planning, sending, receiving, decoding,
making objects and reading them, in all of its threads. Scaled to the machine of the bars, as other times are.
"""

import json
import time

import pytest
from served import LATENCY, serve
from tracker import Task, read_all

RECORDS = 4000
PAGES = RECORDS // 200


def seconds_a_page(client) -> float:
    """The processor time of this process, for each page."""
    began = time.process_time()
    for task in Task.objects.using(client).iterator():
        read_all([task])
    return (time.process_time() - began) / PAGES


@pytest.mark.parametrize(
    ("latency", "options"),
    [(LATENCY, {}), (0, {"rates": (10_000, 10_000), "max_workers": 1})],
    ids=["at the rate, over the distance, concurrently", "as fast as it goes, one after the other"],
)
def test_processor_time_of_a_page(meter, page, tasks, latency, options):
    with serve(tasks(RECORDS), latency=latency) as sandbox, sandbox.client(**options) as client:
        seconds_a_page(client)  # the first connection, and code that is adapted while it runs

        def milliseconds() -> float:
            return seconds_a_page(client) * 1000

        meter.scaled(milliseconds, lambda: json.loads(page), "ms", bar=3, rounds=7)

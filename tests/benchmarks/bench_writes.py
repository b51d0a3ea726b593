"""Bulk writes at the ceiling: 450 creates to a sandbox 100 ms away, under each way of counting requests.

What is sustained is reckoned from the server's log, from the first arrival to the last.
"""

import time

import pytest
from served import LATENCY, POLICIES, serve
from tracker import Task

ROWS = 450
CEILING = 30
BAR = 0.97


@pytest.mark.parametrize("policy", POLICIES)
def test_bulk_create(meter, tasks, policy):
    rows = [Task(title=f"Task {n}", hours=n % 40, done=n % 2 == 0) for n in range(ROWS)]
    with serve(tasks(0), latency=LATENCY, rate_policy=policy) as sandbox, sandbox.client() as client:
        began = time.perf_counter()
        report = Task.objects.using(client).bulk_create(rows)
        took = time.perf_counter() - began
        requests = [one for one in sandbox.requests() if one.method == "POST"]
    refused = sum(one.status == 429 for one in requests)
    assert report.done == ROWS
    meter.share(
        (len(requests) - 1) / (requests[-1].at - requests[0].at),
        CEILING,
        bar=BAR,
        also=f"{refused} refused of {len(requests)}; end to end {ROWS / took / CEILING:.1%}, {took:.2f} s",
    )
    assert refused == 0

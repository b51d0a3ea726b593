"""Long reads at the ceiling: 20,000 records from a sandbox 100 ms away, under each way of counting requests.

What is sustained is reckoned from the server's log: the requests after the first one, which alone tells how many there
are, over the time between the second arrival and the last. The end-to-end figure beside it is what a program sees: all
pages over the time from the call to the last record, the first answer's 100 ms included.
"""

import time
import tracemalloc

import pytest
from served import LATENCY, POLICIES, serve
from tracker import Task

RECORDS = 20_000
CEILING = 40
BAR = 0.97


def sustained(requests) -> float:
    """Requests per second, from the second arrival to the last."""
    return (len(requests) - 2) / (requests[-1].at - requests[1].at)


@pytest.mark.parametrize("read", [list, lambda query: list(query.iterator())], ids=["list", "iterator"])
@pytest.mark.parametrize("policy", POLICIES)
def test_twenty_thousand_records(meter, tasks, policy, read):
    with serve(tasks(RECORDS), latency=LATENCY, rate_policy=policy) as sandbox, sandbox.client() as client:
        began = time.perf_counter()
        records = read(Task.objects.using(client))
        took = time.perf_counter() - began
        requests = sandbox.requests()
    refused = sum(one.status == 429 for one in requests)
    assert len({record.id for record in records}) == RECORDS
    meter.share(
        sustained(requests),
        CEILING,
        bar=BAR,
        also=f"{refused} refused of {len(requests)}; end to end {len(requests) / took / CEILING:.1%}, {took:.2f} s",
    )
    assert refused == 0


def test_memory_of_a_stream(meter, tasks):
    def peak(records: int) -> int:
        with serve(tasks(records), latency=LATENCY) as sandbox, sandbox.client() as client:
            tracemalloc.start()
            count = sum(1 for _ in Task.objects.using(client).iterator())
            highest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert count == records
        return highest

    peak(1_000)  # what is imported and made once
    short, long = peak(5_000), peak(RECORDS)
    meter.absolute(long / short, f"x the peak over 5,000 records ({short / 1e6:.1f} MB)", bar=1.2)

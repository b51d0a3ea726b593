"""Long reads at the ceiling: 20,000 records from a sandbox 100 ms away, under each way of counting requests.

What is sustained is reckoned from the server's log: the rate of the requests after the first one, which alone tells how
many there are. The end-to-end figure beside it is what a program sees: all
pages over the time from the call to the last record, the first answer's 100 ms included.

97 % leaves half a percent of room, 13 ms of a whole read. A machine that has other work takes more than that now and
then, from the server as well as from the client; so there are several attempts, all of which are printed.
"""

import gc
import statistics
import time
import tracemalloc

import pytest
from served import LATENCY, POLICIES, serve
from tracker import Task

RECORDS = 20_000
CEILING = 40
BAR = 0.97
ATTEMPTS = 5


def sustained(requests) -> float:
    """Requests per second: the slope of the arrivals from the second one on, which no single late one decides."""
    arrivals = [one.at - requests[0].at for one in requests[1:]]
    return 1 / statistics.linear_regression(range(len(arrivals)), arrivals).slope


def read_once(sandbox, read) -> tuple[float, int, str]:
    """Requests per second sustained, how many were refused, and the rest in words."""
    sandbox.forget()
    with sandbox.client() as client:
        began = time.perf_counter()
        records = read(Task.objects.using(client))
        took = time.perf_counter() - began
    requests = sandbox.requests()
    refused = sum(one.status == 429 for one in requests)
    assert len({record.id for record in records}) == RECORDS
    end_to_end = len(requests) / took
    also = f"{refused} of {len(requests)} refused; end to end {end_to_end:.1f}/s, {took:.2f} s"
    return sustained(requests), refused, also


@pytest.mark.parametrize("read", [list, lambda query: list(query.iterator())], ids=["list", "iterator"])
@pytest.mark.parametrize("policy", POLICIES)
def test_twenty_thousand_records(meter, tasks, policy, read):
    with serve(tasks(RECORDS), latency=LATENCY, rate_policy=policy) as sandbox:
        for attempt in range(1, ATTEMPTS + 1):
            gc.collect()
            rate, refused, also = read_once(sandbox, read)
            if rate >= BAR * CEILING and not refused:
                break
            print(f"\n{policy}, attempt {attempt}: {rate:.2f}/s; {also}")
    meter.share(rate, CEILING, bar=BAR, also=f"{also}; attempt {attempt}")
    assert refused == 0


def test_memory_of_a_stream(meter, tasks):
    """What is held while the last 12,000 records are handed out, over what was while the first 8,000 were.

    With a fixed number of pages ahead: as many as the latency calls for are more where tracing slows everything down.
    """
    with serve(tasks(RECORDS), latency=LATENCY) as sandbox, sandbox.client() as client:
        list(Task.objects.using(client)[:400])  # what is imported and made once
        tracemalloc.start()
        for count, _ in enumerate(Task.objects.using(client).iterator(ahead=8), start=1):
            if count == 8_000:
                early = tracemalloc.get_traced_memory()[1]
                tracemalloc.reset_peak()
        late = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == RECORDS
    meter.absolute(late / early, f"x the early peak, {early / 1e6:.1f} MB: the pages that are read ahead", bar=1.2)

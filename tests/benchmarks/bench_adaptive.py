"""A lower limit than configured: a client that believes in 40 requests a second reads from a sandbox that allows 20.

The rate is that of the requests let through from the third second on, by the server's log; the share refused is of
all requests, those of the first seconds included, in which the limit is found out.
"""

import pytest
from served import LATENCY, POLICIES, serve
from tracker import Task

RECORDS = 20_000
TRUE_CEILING = 20
BAR = 0.95
MOST_REFUSED = 0.05
LEARNING = 3.0
CHUNK = 80  # so that there are requests enough for a dozen seconds


@pytest.mark.parametrize("policy", POLICIES)
def test_half_the_rate_that_was_configured(meter, tasks, policy):
    options = {"latency": LATENCY, "jitter": 0.005, "rate_policy": policy, "reads_per_second": TRUE_CEILING}
    with serve(tasks(RECORDS), **options) as sandbox, sandbox.client() as client:
        count = sum(1 for _ in Task.objects.using(client).iterator(chunk_size=CHUNK))
        requests = sandbox.requests()
    assert count == RECORDS
    later = [one.at for one in requests if one.status == 200 and one.at >= requests[0].at + LEARNING]
    refused = sum(one.status == 429 for one in requests) / len(requests)
    rate = (len(later) - 1) / (later[-1] - later[0])
    meter.share(rate, TRUE_CEILING, bar=BAR, also=f"{refused:.1%} of {len(requests)} refused")
    assert refused <= MOST_REFUSED

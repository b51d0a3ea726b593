"""The question of rates: how many requests a second are let through, found by asking for more.

For some seconds requests start at an even pace that is higher than any rate documented. However a service counts them,
it lets through as many a second as its rate says, once the first second has used up what a rest may have earned. These
requests go past the client's rate budget, and none is repeated. It is tried only for those who ask for it: while it
lasts, requests of other programs with the same key are refused too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from softrorm.client.endpoints import serialised
from softrorm.client.exchange import KIND_OF_METHOD, Answer, Request
from softrorm.client.workers import MOST_WORKERS
from softrorm.schema.probe.exchange import Exchange, decoded
from softrorm.schema.probe.outcome import Open, Outcome, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from softrorm.schema.probe.lab import Lab

PACE = 80
"""Requests that start in a second: twice the documented reads."""
AHEAD = 1
"""Seconds at the beginning that do not count."""
COUNTED = 3
"""Seconds that count."""
REST = 2.0
"""Seconds between two trials."""
TIMEOUT = 10.0
"""Seconds that an answer may take."""
SECONDS = 3 * (REST + AHEAD + COUNTED)
"""How long the question takes."""
TRIED = 3 * PACE * (AHEAD + COUNTED)
"""Requests that the question makes."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One request.

    Attributes:
        at: When it was sent, in seconds since the first one.
        status: The status of its answer; 0 if none came.
    """

    at: float
    status: int


def rates(lab: Lab) -> Outcome:
    """Reads for some seconds, then writes, then some writes amid reads."""
    if not lab.rates:
        kept = f"{lab.dialect.reads_per_second:g} reads and {lab.dialect.writes_per_second:g} writes a second"
        raise Skip(f"{kept} are assumed; to find out, the service would have to be hit until it refuses (--rates)")
    path = f"{lab.path}/{lab.records['a']}"
    read = partial(_send, lab, "GET", path)
    write = partial(_send, lab, lab.dialect.update_method, path, {"fields": {lab.id("Name"): "a"}})
    many = PACE * (AHEAD + COUNTED)
    reads = _per_second(_tried(lab, [read] * many), "reads")
    writes = _per_second(_tried(lab, [write] * many), "writes")
    # So few writes that they alone would all be let through.
    every = max(PACE // 10, math.ceil(2 * PACE / writes))
    amid = _tried(lab, [write if number > PACE and number % every == 0 else read for number in range(many)])
    shared = any(amid[number].status == 429 for number in range(0, many, every) if number > PACE)
    text = f"{reads} reads a second are let through, and {writes} writes; "
    text += "writes are refused when reads have used the rate up" if shared else "writes amid too many reads are taken"
    return Outcome(text, {"reads_per_second": reads, "writes_per_second": writes, "shared_budget": shared})


def _per_second(trials: list[Trial], what: str) -> int:
    odd = {one.status for one in trials} - {200, 429}
    if odd:
        raise Open(f"some of the {what} were answered {', '.join(str(one or 'not at all') for one in sorted(odd))}")
    counted = [one for one in trials if AHEAD <= one.at < AHEAD + COUNTED]
    taken = sum(one.status == 200 for one in counted)
    if taken == len(counted):
        raise Open(f"none of the {what} was refused at {len(counted) / COUNTED:.0f} a second")
    return max(1, round(taken / COUNTED))


def _tried(lab: Lab, sends: list[Callable[[], int]]) -> list[Trial]:
    """Start requests at the pace, with as many under way at once as it takes."""
    clock, sleep = lab.client._caller._clock, lab.client._caller._sleep
    sleep(REST)
    began = clock()

    def tasks() -> Iterator[Callable[[], Trial]]:
        for number, send in enumerate(sends):
            early = began + number / PACE - clock()
            if early > 0:
                sleep(early)
            lab.watch()
            yield partial(trial, send)

    def trial(send: Callable[[], int]) -> Trial:
        return Trial(clock() - began, send())

    # A sandbox in this process answers at once, and its clock may be one that only the wait above moves.
    ahead = MOST_WORKERS if lab.client.sandbox is None else 1
    return list(lab.client.workers.in_order(tasks(), ahead=ahead))


def _send(lab: Lab, method: str, path: str, body: dict[str, object] | None = None) -> int:
    """Send a request once, whatever the budget says; its status, 0 if no answer came."""
    raw = None if body is None else serialised(body, method, path)
    request = Request(method, path, KIND_OF_METHOD[method], body=raw)
    expires = lab.client._caller._clock() + TIMEOUT
    answer = lab.client._transport.send(request, timeout=(TIMEOUT, TIMEOUT), expires=expires)
    if not isinstance(answer, Answer):
        return 0
    lab.headers.update(answer.headers)
    lab.exchanges.append(Exchange(method, path, {}, body, answer.status, decoded(answer.body)))
    return answer.status

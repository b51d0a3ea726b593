"""A probe leaves nothing behind, however it ends, and finds what an earlier one had no chance to remove."""

import asyncio
import itertools
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from functools import cache

import hypothesis
import pytest
from probing import KEY, Between, client_of, databases, raising_at

from softrorm import Client
from softrorm.client.errors import (
    AmbiguousWrite,
    APIError,
    QuotaExceeded,
    TransportError,
    Unauthorized,
)
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema.probe import aprobe, leftovers, probe
from softrorm.schema.probe.lab import BUILDING
from softrorm.schema.probe.scratch import ABOUT, GONE, PREFIX


class Bug(Exception):
    pass


@cache
def requests_of_a_probe():
    with Sandbox() as sandbox:
        probe(client_of(sandbox))
        return len(sandbox.requests)


# After one request, and before the next one, the service is in the same state: what differs is what the probe knows.
@pytest.mark.parametrize(("moment", "steps"), [("after", 1), ("before", 7)])
def test_whichever_request_is_interrupted_the_scratch_database_is_removed(moment, steps):
    total = requests_of_a_probe()
    # While it is being built each request has a state of its own; the nightly run tries all the others too.
    nightly = hypothesis.settings().max_examples == hypothesis.settings.get_profile("nightly").max_examples
    later = range(BUILDING + 1, total, 1 if nightly else 19)
    for number in [*range(1, BUILDING + 1, 1 if nightly else steps), *later, total - 1]:
        with Sandbox() as sandbox:
            mine = sandbox.client().create_database(f"{PREFIX} of somebody else", "w")
            service = Between(sandbox, **{moment: raising_at(number, KeyboardInterrupt())})
            with pytest.raises(KeyboardInterrupt) as caught:
                probe(client_of(service))
            assert databases(sandbox) == [mine.name], f"at request {number}"
            # Who interrupts the first request does not know what becomes of it.
            assert (caught.value.__notes__ == [GONE]) == ((number, moment) != (1, "before"))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interrupted_removal_is_done_again(moment):
    last = requests_of_a_probe()
    with Sandbox() as sandbox:
        service = Between(sandbox, **{moment: raising_at(last, KeyboardInterrupt())})
        assert probe(client_of(service)).left_behind is None
        assert databases(sandbox) == []


def test_a_bug_leaves_nothing_behind_either():
    with Sandbox() as sandbox:
        with pytest.raises(Bug):
            probe(client_of(Between(sandbox, before=raising_at(60, Bug()))))
        assert databases(sandbox) == []


def forbidding_removal(count, method, path):
    if method == "DELETE" and path.count("/") == 4:
        return 403, {}, b'{"errorCode": "FORBIDDEN", "message": "no"}'
    return None


def test_what_cannot_be_removed_is_named_in_the_report():
    with Sandbox() as sandbox:
        report = probe(client_of(Between(sandbox, before=forbidding_removal)))
        [left] = sandbox.client().list_databases()
        assert report.left_behind.startswith(f"database {left.id} called {left.name!r} could not be removed (DELETE")
        assert "**Left behind:** database" in report.to_markdown()
        assert json.loads(report.to_json())["left_behind"] == report.left_behind


def test_what_cannot_be_removed_is_named_on_the_error_that_ended_the_probe():
    def before(count, method, path):
        raising_at(60, KeyboardInterrupt())(count)
        return forbidding_removal(count, method, path)

    with Sandbox() as sandbox:
        with pytest.raises(KeyboardInterrupt) as caught:
            probe(client_of(Between(sandbox, before=before)))
        [left] = sandbox.client().list_databases()
        assert f"database {left.id}" in caught.value.__notes__[0]
        assert caught.value.__notes__[0].endswith("remove it by hand")


def test_whoever_insists_on_stopping_is_told_what_is_left():
    def before(count, method, path):
        if method == "DELETE" and path.count("/") == 4:
            raise KeyboardInterrupt

    with Sandbox() as sandbox:
        with pytest.raises(KeyboardInterrupt) as caught:
            probe(client_of(Between(sandbox, before=before)))
        [left] = sandbox.client().list_databases()
        assert left.id in caught.value.__notes__[0]


def test_a_lost_answer_to_the_first_request_leaves_nothing_behind():
    with Sandbox() as sandbox:
        sandbox.faults.add("lost_answer", method="POST", times=1)
        with pytest.raises(ConnectionError):
            probe(client_of(sandbox))
        assert databases(sandbox) == []


def test_who_may_make_no_database_learns_it_at_once():
    with Sandbox(keys=["another"]) as sandbox:
        with pytest.raises(Unauthorized) as caught:
            probe(client_of(sandbox))
        assert [one.method for one in sandbox.requests] == ["POST"]
        assert not getattr(caught.value, "__notes__", None)


def test_a_create_that_may_yet_be_carried_out_is_spoken_of():
    def before(count, method, path):
        return (504, {}, b"") if method == "POST" else None

    with Sandbox() as sandbox, pytest.raises(AmbiguousWrite) as caught:
        probe(client_of(Between(sandbox, before=before)))
    assert re.fullmatch(
        r"There is no database called 'softrorm probe \w+' now; should it turn up, remove it\.",
        caught.value.__notes__[0],
    )


def test_a_database_that_is_answered_in_another_shape_is_removed_and_the_shape_told():
    def after(count, method, path, answer):
        return (200, {}, b'{"database": {}}') if method == "POST" and path.endswith("/databases") else None

    with Sandbox() as sandbox:
        with pytest.raises(TransportError, match="in a shape that nobody documented: KeyError"):
            probe(client_of(Between(sandbox, after=after)))
        assert databases(sandbox) == []


def test_a_plan_that_allows_no_table_is_told_and_the_database_removed():
    def before(count, method, path):
        return (402, {}, b'{"errorCode": "QUOTA_EXCEEDED"}') if path.endswith("/tables") else None

    with Sandbox() as sandbox:
        with pytest.raises(QuotaExceeded):
            probe(client_of(Between(sandbox, before=before)))
        assert databases(sandbox) == []


@pytest.mark.parametrize("fault", [{"done": True}, {"later": 1.5}], ids=["carried out", "carried out later"])
def test_a_database_that_is_made_although_the_answer_was_an_error_is_removed(fault):
    clock = FakeClock()
    with Sandbox(clock=clock) as sandbox:
        sandbox.faults.add("server_error", status=504, times=1, **fault)
        with pytest.raises(AmbiguousWrite) as caught:
            probe(client_of(sandbox, clock=clock, sleep=clock.advance))
        assert databases(sandbox) == []
        assert caught.value.__notes__ == [GONE]


def test_a_database_that_is_made_only_after_the_interrupt_is_waited_for():
    clock = FakeClock()
    with Sandbox(clock=clock) as sandbox:
        sandbox.faults.add("server_error", status=504, times=1, later=1.5)
        service = Between(sandbox, after=raising_at(1, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            probe(client_of(service, clock=clock, sleep=clock.advance))
        assert databases(sandbox) == []


def test_where_nobody_is_reached_nothing_is_looked_for():
    client = Client("http://127.0.0.1:1", api_key=KEY, sleep=lambda _: None)
    with pytest.raises(TransportError) as caught:
        probe(client, "w")
    assert not getattr(caught.value, "__notes__", None)


def test_what_cannot_even_be_looked_for_is_spoken_of():
    def before(count, method, path):
        if count == 1:
            raise KeyboardInterrupt
        return 403, {}, b"{}"

    with Sandbox() as sandbox, pytest.raises(KeyboardInterrupt) as caught:
        probe(client_of(Between(sandbox, before=before)))
    assert re.match(
        r"there may be a database called 'softrorm probe \w+', which could not be looked for \(",
        caught.value.__notes__[0],
    )


FAULTS = [
    ("reset_before", {}),
    ("reset_after", {}),
    ("truncated", {}),
    ("not_json", {}),
    ("server_error", {"status": 500}),
    ("server_error", {"status": 502, "done": True}),
    ("server_error", {"status": 504, "later": 1.5}),
    ("rate_limited", {"retry_after": 3}),
]


def test_a_fault_at_any_request_leaves_nothing_behind_and_settles_nothing_that_is_not_so():
    nightly = hypothesis.settings().max_examples == hypothesis.settings.get_profile("nightly").max_examples
    cases = list(itertools.product(range(1, requests_of_a_probe() + 1), FAULTS))
    for number, (kind, options) in cases if nightly else cases[::131]:  # each kind in turn, all along
        clock = FakeClock()
        with Sandbox(clock=clock) as sandbox:

            def before(count, *_, number=number, faults=sandbox.faults, kind=kind, options=options):
                if count == number:
                    faults.add(kind, times=1, **options)

            service = Between(sandbox, before=before)
            try:
                found = probe(client_of(service, clock=clock, sleep=clock.advance))
            except (APIError, TransportError):
                assert number <= BUILDING
            else:
                assert set(found.changed) <= {"negatives_match_empty", "nulls"}
                assert found.left_behind is None
            clock.advance(10)
            assert databases(sandbox) == [], f"{kind} at request {number}"


def test_a_cancelled_task_leaves_nothing_behind():
    """What an async caller gives up makes no further requests, but for those that leave things in order."""

    async def run(service):
        task = asyncio.ensure_future(aprobe(client_of(service)))
        await asyncio.to_thread(reached.wait, 10)
        task.cancel()
        for _ in range(10):
            await asyncio.sleep(0)  # until the task has seen it
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    reached, cancelled = threading.Event(), threading.Event()

    def before(count, *_):
        if count == BUILDING:
            reached.set()
            cancelled.wait(10)

    with Sandbox() as sandbox:
        asyncio.run(run(Between(sandbox, before=before)))
        assert databases(sandbox) == []
        assert len(sandbox.requests) < BUILDING + 5


# --- what an earlier probe left behind --------------------------------------------------------------------------------


def left(sandbox, name=f"{PREFIX} 0123abcd", about=ABOUT, tables=("Targets", "Main"), workspace="w"):
    client = sandbox.client()
    database = client.create_database(name, workspace, about)
    for table in tables:
        client.create_table(database.id, table)
    return database.id


def test_what_a_killed_probe_left_behind_is_found():
    with Sandbox() as sandbox:

        class Killed(BaseException):
            pass

        def before(count, method, path):
            if count >= BUILDING // 2:
                raise Killed

        with pytest.raises(Killed):
            probe(client_of(Between(sandbox, before=before)))
        [one] = leftovers(sandbox.client(), sandbox.workspace_id)
        [database] = sandbox.client().list_databases()
        assert (one.id, one.name, one.made_at) == (database.id, database.name, database.created_at)


def test_a_database_is_idle_when_no_probe_can_be_at_work_in_it_any_more():
    clock = FakeClock()
    with Sandbox(clock=clock) as sandbox:
        left(sandbox)
        for minutes, is_idle in ((0, False), (59, False), (61, True)):
            now = datetime.fromtimestamp(clock(), UTC) + timedelta(minutes=minutes)
            [one] = leftovers(sandbox.client(), "w", now=now)
            assert one.is_idle is is_idle


@pytest.mark.parametrize(
    "other",
    [
        {"name": f"{PREFIX} 0123abcd, kept"},
        {"name": "My " + PREFIX},
        {"name": f"{PREFIX} for real"},
        {"about": "Mine"},
        {"about": None},
        {"tables": ("Targets", "Main", "Mine")},
        {"workspace": "another"},
    ],
    ids=str,
)
def test_a_database_that_a_probe_did_not_surely_make_is_none_of_its_leftovers(other):
    with Sandbox() as sandbox:
        left(sandbox, **other)
        assert leftovers(sandbox.client(), "w") == []

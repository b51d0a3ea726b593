"""Query sets in async code: many calls at once in few threads, iteration, timeouts and cancellation."""

import asyncio
import gc
import threading
from contextlib import aclosing
from contextvars import ContextVar

import pytest

from softrorm import Client, Model, fields
from softrorm.client.default import set_default
from softrorm.client.twins import stream
from softrorm.models import signals
from softrorm.testing import assert_requests, mirror


class Task(Model):
    title = fields.SingleLineText("Title", required=True)
    qty = fields.Number("Qty00")

    class Meta:
        database = "5b2f0c61-0000-4222-8333-444455556666"
        table = "AsyncTable0001"


@pytest.fixture
def tasks(sandbox, gate):
    """Twelve tasks, behind the gate."""
    mirror(sandbox, Task)
    with Client(gate, max_workers=4) as client:
        set_default(client)
        made = [Task.objects.create(title=f"t{number}", qty=number) for number in range(12)]
        sandbox.requests.clear()
        yield made


async def titles(records):
    return [task.title async for task in records]


def test_many_calls_at_once_share_the_threads_of_the_client(tasks, sandbox, gate):
    async def main():
        gate.shut()
        running = asyncio.gather(*(Task.objects.aget(id=tasks[number % 12].id) for number in range(200)))
        await gate.arrived(4)
        gate.open()
        return await running

    gate.threads.clear()
    with assert_requests(sandbox, 200):
        found = asyncio.run(main())
    assert len(gate.threads) == 4
    assert [task.id for task in found] == [tasks[number % 12].id for number in range(200)]


def test_calls_run_side_by_side(tasks, gate):
    async def main():
        gate.shut()
        running = asyncio.gather(Task.objects.acount(), Task.objects.acount())
        await gate.arrived(2)
        gate.open()
        return await running

    assert asyncio.run(main()) == [12, 12]


def test_errors_come_as_they_are():
    with pytest.raises(Task.DoesNotExist, match="No Task has the id 'nowhere'"):
        asyncio.run(Task.objects.using(Client("sandbox:")).aget(id="nowhere"))


def test_a_call_that_raises_what_no_future_takes_is_told_of(tasks):
    @signals.pre_save.connect
    def receiver(*_, **__):
        next(iter(()))

    try:
        with pytest.raises(RuntimeError, match="raised StopIteration"):
            asyncio.run(Task.objects.acreate(title="t"))
    finally:
        signals.pre_save.disconnect(receiver)


def test_a_query_set_is_read_once_and_kept(tasks, sandbox):
    async def main():
        query = Task.objects.filter(qty__gte=9)
        first = await titles(query)
        return first, await titles(query), query.count(), [task.title for task in query]

    with assert_requests(sandbox, 1):
        first, again, count, plain = asyncio.run(main())
    assert first == again == plain == ["t9", "t10", "t11"]
    assert count == 3


def test_a_stream_reads_page_by_page_as_its_reader_goes_on(tasks, sandbox):
    async def main():
        seen = []
        async with aclosing(Task.objects.order_by("qty").aiterator(chunk_size=5)) as stream:
            async for task in stream:
                seen.append(task.title)
                if len(seen) == 5:
                    before = len(sandbox.requests)
        return before, seen

    before, seen = asyncio.run(main())
    assert seen == [f"t{number}" for number in range(12)]
    assert before < len(sandbox.requests)


def test_a_stream_that_fails_has_given_what_it_read_before(tasks):
    class Numbers:
        _calls = tasks[0]._calls

        def read(self, **_):
            yield from (1, 2, 3)
            raise ZeroDivisionError

        aread = stream(read)

    seen = []

    async def main():
        async for number in Numbers().aread(chunk_size=2):
            seen.append(number)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    assert seen == [1, 2, 3]


def test_a_stream_that_is_closed_early_asks_for_nothing_more(tasks, sandbox):
    async def main():
        async with aclosing(Task.objects.order_by("qty").aiterator(chunk_size=5)) as stream:
            async for task in stream:
                return task.title
        return None

    assert asyncio.run(main()) == "t0"
    asked = len(sandbox.requests)
    gc.collect()
    assert len(sandbox.requests) == asked <= 2


def test_a_stream_that_nobody_closes_is_closed_with_the_loop(tasks, sandbox):
    async def main():
        async for task in Task.objects.order_by("qty").aiterator(chunk_size=5):
            return task.title
        return None

    assert asyncio.run(main()) == "t0"


def test_a_stream_whose_task_is_cancelled_stops(tasks, sandbox, gate):
    async def main():
        stream = Task.objects.order_by("qty").aiterator(chunk_size=5)
        await anext(stream)
        gate.shut()
        async with aclosing(stream):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(titles(stream), 0.01)
        gate.open()

    asyncio.run(main())
    assert len(sandbox.requests) <= 2


@pytest.mark.parametrize("limit", ["timeout", "wait_for", "cancel"])
def test_a_read_that_takes_too_long_is_abandoned_at_once(tasks, gate, limit):
    async def limited():
        if limit == "timeout":
            async with asyncio.timeout(0.01):
                await Task.objects.aget(id=tasks[0].id)
        elif limit == "wait_for":
            await asyncio.wait_for(Task.objects.aget(id=tasks[0].id), 0.01)
        else:
            asyncio.current_task().cancel()
            await Task.objects.aget(id=tasks[0].id)

    async def main():
        gate.shut()  # and it stays so: nobody waits for the answer
        with pytest.raises(asyncio.CancelledError if limit == "cancel" else TimeoutError):
            await limited()
        gate.open()
        return await Task.objects.acount()

    assert asyncio.run(main()) == 12


def test_an_abandoned_read_makes_no_further_request(tasks, sandbox, gate):
    query = Task.objects.order_by("qty")

    async def main():
        gate.shut()
        reading = asyncio.create_task(query.afirst())
        await gate.arrived()
        several = asyncio.create_task(Task.objects.alast())  # which counts, and then reads
        await gate.arrived()
        for task in (reading, several):
            task.cancel()
        assert await asyncio.gather(reading, several, return_exceptions=True) == [ANY_CANCELLED, ANY_CANCELLED]
        gate.open()
        return await Task.objects.acount()

    with assert_requests(sandbox, 3):
        asyncio.run(main())
    assert query._records is None


class _Cancelled:
    def __eq__(self, other):
        return isinstance(other, asyncio.CancelledError)

    __hash__ = None


ANY_CANCELLED = _Cancelled()


def test_a_read_that_waits_for_a_thread_is_never_made_when_it_is_cancelled(tasks, sandbox, gate):
    async def main():
        gate.shut()
        running = [asyncio.create_task(Task.objects.acount()) for _ in range(4)]
        await gate.arrived(4)
        waiting = asyncio.create_task(Task.objects.acount())
        await asyncio.sleep(0)
        waiting.cancel()
        assert await asyncio.gather(waiting, return_exceptions=True) == [ANY_CANCELLED]
        gate.open()
        await asyncio.gather(*running)

    with assert_requests(sandbox, 4):
        asyncio.run(main())


def test_a_write_that_is_under_way_is_waited_for_so_that_its_object_is_true(tasks, sandbox, gate):
    new = Task(title="new")

    async def main():
        gate.shut()
        saving = asyncio.create_task(new.asave())
        await gate.arrived()
        saving.cancel()
        await asyncio.sleep(0.01)
        saving.cancel()  # and once more: it is still waited for
        await asyncio.sleep(0.01)
        assert not saving.done()
        gate.open()
        with pytest.raises(asyncio.CancelledError):
            await saving

    with assert_requests(sandbox, 1):
        asyncio.run(main())
    assert new.id
    assert not new.is_dirty


def test_what_receivers_do_after_a_write_that_was_cancelled_belongs_to_it(tasks, gate):
    def receiver(*, instance, **_):
        if instance.title == "new":
            Task.objects.create(title="log")

    async def main():
        gate.shut()
        saving = asyncio.create_task(Task.objects.acreate(title="new"))
        await gate.arrived()
        saving.cancel()
        await asyncio.sleep(0.01)
        gate.open()
        with pytest.raises(asyncio.CancelledError):
            await saving
        return await Task.objects.filter(title="log").aexists()

    signals.post_save.connect(receiver, Task)
    try:
        assert asyncio.run(main())
    finally:
        signals.post_save.disconnect(receiver)


def test_a_write_that_times_out_is_waited_for_as_well(tasks, gate):
    tasks[0].title = "changed"

    async def main():
        gate.shut()
        opener = threading.Timer(0.04, gate.open)
        opener.start()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await tasks[0].asave()

    asyncio.run(main())
    assert not tasks[0].is_dirty


def test_a_write_that_is_cancelled_before_it_is_sent_is_not_sent(tasks, sandbox, gate):
    async def main():
        gate.shut()
        running = [asyncio.create_task(Task.objects.acount()) for _ in range(4)]
        await gate.arrived(4)
        writing = asyncio.create_task(Task.objects.acreate(title="never"))
        await asyncio.sleep(0)
        writing.cancel()
        assert await asyncio.gather(writing, return_exceptions=True) == [ANY_CANCELLED]
        # This one is begun: it looks first, and its create is not sent any more.
        gate.open()
        await asyncio.gather(*running)
        gate.shut()
        finding = asyncio.create_task(Task.objects.aget_or_create(title="nor this"))
        await gate.arrived()
        finding.cancel()
        await asyncio.sleep(0.01)
        gate.open()
        assert await asyncio.gather(finding, return_exceptions=True) == [ANY_CANCELLED]
        return await Task.objects.acount()

    with assert_requests(sandbox, 6):
        assert asyncio.run(main()) == 12


def test_a_bulk_write_that_is_cancelled_ends_what_is_under_way_and_starts_nothing_new(tasks, sandbox, gate):
    seen = []

    async def main():
        gate.shut()
        rows = ({"title": f"new {number}"} for number in range(50))
        writing = asyncio.create_task(
            Task.objects.abulk_create(rows, workers=3, progress=lambda done, *_: seen.append(done))
        )
        await gate.arrived(3)
        writing.cancel()
        await asyncio.sleep(0.01)
        gate.open()
        with pytest.raises(asyncio.CancelledError):
            await writing

    with assert_requests(sandbox, 3):
        asyncio.run(main())
    assert seen == [1, 2, 3]


def test_context_variables_go_along_and_what_is_set_of_them_stays_behind(tasks):
    tenant = ContextVar("tenant", default="nobody")

    class Query(type(Task.objects)):
        def get(self, *conditions, **lookups):
            tenant.set(f"{tenant.get()} again")
            return tenant.get()

    async def main():
        tenant.set("Ann")
        return await Query(Task).aget(id="x"), tenant.get()

    assert asyncio.run(main()) == ("Ann again", "Ann")


def test_bulk_writes_and_plain_data(tasks):
    async def main():
        report = await Task.objects.abulk_create([{"title": "a"}, {"title": "b"}])
        await Task.objects.filter(title="a").adelete()
        await Task.objects.filter(title="b").aupdate(qty=100)
        return int(report), await Task.objects.filter(qty__gte=11).avalues_list("title", flat=True)

    assert asyncio.run(main()) == (2, ["t11", "b"])


def test_twins_may_be_called_from_one_loop_after_another(tasks):
    assert [asyncio.run(Task.objects.acount()) for _ in range(3)] == [12, 12, 12]


def test_a_closed_client_begins_anew(tasks):
    client = Task.objects.all()._calls
    assert asyncio.run(Task.objects.acount()) == 12
    client.close()
    assert asyncio.run(Task.objects.acount()) == 12


def test_without_a_loop_of_asyncio_a_twin_says_so(tasks):
    with pytest.raises(RuntimeError, match="no running event loop"):
        Task.objects.acount().send(None)

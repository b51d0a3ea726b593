"""Sessions in async code: a block of a task, calls that take turns, commits that may be cancelled."""

import asyncio
import threading

import pytest

from softrorm import Client, CommitError, InvalidState, Model, Session, fields
from softrorm.client.default import set_default
from softrorm.models import signals
from softrorm.testing import assert_requests, mirror

DATABASE = "5b2f0c61-0000-4222-8333-444455556668"


class Project(Model):
    name = fields.SingleLineText("Name0")

    class Meta:
        database = DATABASE
        table = "AsyncTable0002"


class Task(Model):
    title = fields.SingleLineText("Title", required=True)
    qty = fields.Number("Qty00")
    project = fields.LinkedRecord("Proje", to=Project)

    class Meta:
        database = DATABASE
        table = "AsyncTable0001"


@pytest.fixture
def tasks(sandbox, gate):
    mirror(sandbox, Task, Project)
    with Client(gate, max_workers=4) as client:
        set_default(client)
        site = Project.objects.create(name="site")
        made = [Task.objects.create(title=f"t{number}", qty=number, project=site) for number in range(4)]
        sandbox.requests.clear()
        yield made


def stored(sandbox):
    return {task.title: task.qty for task in Task.objects.using(sandbox.client())}


def test_a_block_reads_its_own_and_commits_at_its_end(tasks, sandbox):
    async def main():
        async with Session() as session:
            task = await Task.objects.aget(title="t1")
            task.qty = 10
            session.add(Task(title="new", project=task.project))
            assert await session.aget(Task, task.id) is task
            assert [one async for one in session.query(Task).filter(title="t1")] == [task]
        return task

    with assert_requests(sandbox, 4):
        task = asyncio.run(main())
    assert not task.is_dirty
    assert stored(sandbox) == {"t0": 0, "t1": 10, "t2": 2, "t3": 3, "new": None}


def test_a_block_that_fails_sends_nothing(tasks, sandbox):
    async def main():
        async with Session():
            (await Task.objects.aget(title="t1")).qty = 10
            raise ZeroDivisionError

    with assert_requests(sandbox, 1), pytest.raises(ZeroDivisionError):
        asyncio.run(main())


def test_other_tasks_do_not_see_the_session(tasks):
    async def reader(ready, done):
        await ready.wait()
        task = await Task.objects.aget(title="t1")
        done.set()
        return task

    async def main():
        ready, done = asyncio.Event(), asyncio.Event()
        other = asyncio.create_task(reader(ready, done))
        async with Session() as session:
            task = await Task.objects.aget(title="t1")
            ready.set()
            await done.wait()
        assert await other is not task
        assert await other not in session
        return await Task.objects.aget(title="t1") is not task

    assert asyncio.run(main())


def test_tasks_that_a_block_starts_work_in_its_session_and_one_record_is_one_object(tasks, gate):
    async def main():
        async with Session() as session:
            gate.shut()
            reading = asyncio.gather(
                *(Task.objects.aget(id=tasks[0].id) for _ in range(2)),
                session.aget(Task, tasks[0].id),
                *(asyncio.wait_for(task.asave(all_fields=True), 10) for task in tasks[1:2]),
            )
            await gate.arrived(4)
            gate.open()
            first, second, third, _ = await reading
            assert first is second is third
            await asyncio.wait_for(session.acommit(), 10)

    asyncio.run(main())


def test_calls_of_one_session_take_turns(tasks, sandbox, gate):
    async def main():
        async with Session() as session:
            for title in ("a", "b"):
                session.add(Task(title=title))
            gate.shut()
            first, second = asyncio.create_task(session.acommit()), asyncio.create_task(session.acommit())
            await gate.arrived()
            await asyncio.sleep(0.01)
            gate.open()
            return [len(report) for report in await asyncio.gather(first, second)]

    with assert_requests(sandbox, 2):
        assert asyncio.run(main()) == [2, 0]


def test_while_a_commit_runs_nobody_else_changes_the_session(tasks, gate):
    async def main():
        async with Session() as session:
            task = await Task.objects.aget(title="t1")
            session.add(Task(title="new"))
            gate.shut()
            committing = asyncio.create_task(session.acommit())
            await gate.arrived()
            with pytest.raises(InvalidState, match=r"in the middle of a call that another task awaits"):
                session.add(Task(title="other"))
            with pytest.raises(InvalidState, match=r"in the middle of a call"):
                task.qty = 5
            assert task.project.id  # reading is another matter
            gate.open()
            await committing
            task.qty = 6
        return task.qty

    assert asyncio.run(main()) == 6


def test_another_thread_is_refused_as_ever(tasks):
    async def main():
        async with Session() as session:
            with pytest.raises(InvalidState, match="This session belongs to another thread"):
                await asyncio.to_thread(session.add, Task(title="x"))
            with pytest.raises(InvalidState, match="This session belongs to another thread"):
                await asyncio.to_thread(asyncio.run, session.acommit())

    asyncio.run(main())


def test_a_session_without_a_block_belongs_to_the_thread_of_the_loop(tasks, sandbox):
    async def main():
        session = Session()
        session.add(Task(title="new"))
        report = await session.acommit()
        task = await session.aget(Task, tasks[0].id)
        task.qty = 7
        await session.arefresh(task)
        assert task.qty == 0
        return report.of("created")

    assert len(asyncio.run(main())) == 1


def test_a_commit_that_fails_raises_its_report(tasks):
    async def main():
        async with Session() as session:
            session.add(Task(title="ok"))
            session.add(Task())
            await session.acommit()

    with pytest.raises(CommitError):
        asyncio.run(main())


def test_a_commit_that_is_cancelled_notes_what_is_under_way_and_starts_nothing_new(tasks, sandbox, gate):
    new = [Task(title=f"n{number}") for number in range(10)]
    session = Session(workers=3)

    async def main():
        async with session:
            session.add_all(new)
            gate.shut()
            committing = asyncio.create_task(session.acommit())
            await gate.arrived(3)
            committing.cancel()
            await asyncio.sleep(0.01)
            assert not committing.done()
            gate.open()
            with pytest.raises(asyncio.CancelledError):
                await committing
            saved = [task for task in new if task.id]
            assert len(saved) == 3
            assert not any(task.is_dirty for task in saved)
            assert len(session.pending) == 7
            assert len(sandbox.requests) == 3

    with assert_requests(sandbox, 10):
        asyncio.run(main())
    assert all(task.id for task in new)


def test_the_end_of_a_block_that_times_out_leaves_the_rest_in_the_session(tasks, sandbox, gate):
    new = [Task(title=f"n{number}") for number in range(10)]
    session = Session(workers=1)

    async def main():
        threading.Timer(0.04, gate.open).start()
        async with asyncio.timeout(0.01):
            async with session:
                session.add_all(new)
                gate.shut()

    with assert_requests(sandbox, 1), pytest.raises(TimeoutError):
        asyncio.run(main())
    assert len(session.pending) == 9
    session.commit()
    assert len(stored(sandbox)) == 14


def test_a_read_that_is_abandoned_leaves_the_session_as_it_was(tasks, gate):
    async def main():
        async with Session() as session:
            task = await session.aget(Task, tasks[0].id)
            gate.shut()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await session.arefresh(task)
            task.qty = 50
            gate.open()
            await Task.objects.acount()
            assert task.qty == 50
        return task.qty

    assert asyncio.run(main()) == 50


def test_a_receiver_that_runs_a_loop_of_its_own_waits_for_no_thread_that_waits_for_it(tasks):
    """With as many calls under way as there are threads, each of which makes a call of its own."""
    seen = []

    def receiver(**_):
        seen.append(asyncio.run(Task.objects.acount()))

    async def main():
        await asyncio.gather(*(Task.objects.acreate(title=f"n{number}") for number in range(4)))

    signals.pre_save.connect(receiver, Task)
    try:
        asyncio.run(asyncio.wait_for(main(), 10))
    finally:
        signals.pre_save.disconnect(receiver)
    assert len(seen) == 4


def test_a_receiver_in_a_commit_cannot_await_the_same_session(tasks):
    refused = []

    async def main():
        async with Session() as session:

            def receiver(**_):
                with pytest.raises(InvalidState) as caught:
                    asyncio.run(session.acommit())
                refused.append(str(caught.value))

            signals.pre_save.connect(receiver, Task)
            try:
                session.add(Task(title="new"))
                await asyncio.wait_for(session.acommit(), 10)
            finally:
                signals.pre_save.disconnect(receiver)

    asyncio.run(main())
    assert "in the middle of a call" in refused[0]


def test_a_block_may_end_in_another_context_than_it_began_in(tasks):
    async def main():
        session = Session()
        await asyncio.create_task(session.__aenter__())
        session.add(Task(title="new"))
        await asyncio.create_task(session.__aexit__(None, None, None))
        return await Task.objects.acount()

    assert asyncio.run(main()) == 5

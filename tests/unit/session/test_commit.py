"""The fate of every operation, what is left after a commit that failed, and what an interruption leaves behind."""

import json
import threading

import pytest

from softrorm import CommitError, NotFound, Session
from softrorm.client import Client
from softrorm.client.errors import BadRequest, InvalidState, InvalidValue
from softrorm.models import signals
from softrorm.session import State, executor

NOWHERE = "nothing0000000"  # the service refuses a link to it


def fates(report):
    return [(result.operation.kind, str(result.operation.instance), result.fate) for result in report.results]


def test_a_report_tells_the_fate_of_every_operation(world):
    one, two = (world.saved(world.Task, title=title) for title in "xy")
    session = world.session()
    session.add(world.Task(title="new"))
    session.get(world.Task, one).qty = 5
    session.delete(session.get(world.Task, two))
    report = session.commit()
    assert fates(report) == [("create", "new", "created"), ("update", "x", "updated"), ("delete", "y", "deleted")]
    assert report.ok
    assert report.counts == {"created": 1, "updated": 1, "deleted": 1}
    assert [result.attempts for result in report.results] == [1, 1, 1]
    assert str(report) == "1 created, 1 updated, 1 deleted"
    assert json.loads(json.dumps(report.to_dict()))["ok"] is True
    assert [task.title for task in report.of("created")] == ["new"]


def test_a_commit_with_nothing_to_do_makes_no_request(world):
    report = world.session().commit()
    assert report.ok
    assert str(report) == "nothing to do"
    assert world.sandbox.requests == []


def test_the_third_of_five_creates_that_is_refused_is_named_and_the_next_commit_sends_only_the_rest(world):
    session = world.session()
    tasks = [world.Task(title=str(number)) for number in range(5)]
    tasks[2].project = NOWHERE
    session.add_all(tasks)
    with pytest.raises(CommitError) as failure:
        session.commit()
    report = failure.value.report
    assert [result.fate for result in report.results] == ["created", "created", "failed", "skipped", "skipped"]
    assert report.of("failed") == [tasks[2]]
    assert isinstance(report.results[2].error, BadRequest)
    assert report.results[3].error is report.results[2].error
    assert "Task 2" in str(failure.value)
    assert "no record" in str(failure.value)
    assert [session.state(task) for task in tasks] == [State.PERSISTENT] * 2 + [State.PENDING] * 3
    assert [method for method, _, _ in world.writes()] == ["POST"] * 3
    tasks[2].project = None
    assert session.commit().counts == {"created": 3}
    assert [values["title"] for _, _, values in world.writes()] == ["2", "3", "4"]
    assert session.commit().counts == {}


def test_continue_goes_on_with_all_that_does_not_depend_on_the_failure(world):
    edited, gone = (world.saved(world.Task, title=title) for title in ("edited", "gone"))
    session = world.session(on_error="continue")
    bad = world.Task(title="bad", project=NOWHERE)
    child = world.Task(title="child", parent=bad)
    grandchild = world.Task(title="grandchild", parent=child)
    good = world.Task(title="good")
    session.add_all([grandchild, good])
    session.get(world.Task, edited).qty = 5
    session.delete(session.get(world.Task, gone))
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert {name: fate for _, name, fate in fates(failure.value.report)} == {
        "bad": "failed",
        "child": "skipped",
        "grandchild": "skipped",
        "good": "created",
        "edited": "updated",
        "gone": "deleted",
    }
    [why] = [one.error for one in failure.value.report.results if one.operation.instance is child]
    assert isinstance(why, InvalidState)
    assert "needs" in str(why)
    assert "bad" in str(why)
    bad.project = None
    assert session.commit().counts == {"created": 3}
    assert len(world.stored(world.Task)) == 5


def test_an_edit_that_needs_an_object_that_was_not_created_is_skipped_and_stays_dirty(world):
    id = world.saved(world.Task, title="a")
    session = world.session(on_error="continue")
    task, bad = session.get(world.Task, id), world.Task(title="bad", project=NOWHERE)
    task.parent = bad
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert failure.value.report.counts == {"failed": 1, "skipped": 1}
    assert session.state(bad) is State.PENDING
    bad.project = None
    session.commit()
    assert world.stored(world.Task)[id]["parent"] == bad.id


def test_what_is_under_way_when_one_fails_is_finished(world):
    session = world.session(workers=3)
    tasks = [world.Task(title=str(number)) for number in range(3)]
    tasks[0].project = NOWHERE
    session.add_all(tasks)
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert failure.value.report.counts == {"created": 2, "failed": 1}


def test_the_setting_of_a_commit_wins_over_that_of_the_session(world):
    session = world.session()
    session.add_all([world.Task(title="bad", project=NOWHERE), world.Task(title="good")])
    with pytest.raises(CommitError) as failure:
        session.commit(on_error="continue")
    assert failure.value.report.counts == {"created": 1, "failed": 1}


def test_a_value_that_is_missing_fails_its_own_operation_before_any_request(world):
    session = world.session(on_error="continue")
    session.add_all([world.Task(qty=1), world.Task(title="good")])
    with pytest.raises(CommitError) as failure:
        session.commit()
    [result] = [one for one in failure.value.report.results if one.fate == "failed"]
    assert isinstance(result.error, InvalidValue)
    assert result.attempts == 0
    assert "Task.title is required" in str(result.error)
    assert [method for method, _, _ in world.writes()] == ["POST"]


def test_an_update_of_a_record_that_somebody_deleted_fails_and_stays_dirty(world):
    id = world.saved(world.Task, title="a")
    session = world.session()
    task = session.get(world.Task, id)
    task.qty = 5
    place = world.place(world.Task)
    world.quiet.delete_record(place.database, place.table, id)
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert isinstance(failure.value.report.results[0].error, NotFound)
    assert session.dirty == [task]
    session.expunge(task)
    assert session.commit().ok


def test_deleting_a_record_that_somebody_deleted_is_success(world):
    id = world.saved(world.Task, title="a")
    session = world.session()
    session.delete(session.get(world.Task, id))
    place = world.place(world.Task)
    world.quiet.delete_record(place.database, place.table, id)
    assert session.commit().counts == {"deleted": 1}


def test_leaving_the_block_tells_of_a_commit_that_failed(world):
    with pytest.raises(CommitError), world.session() as session:
        session.add(world.Task(title="bad", project=NOWHERE))
    assert len(session.pending) == 1


def test_an_object_edited_while_it_was_written_is_dirty_afterwards(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    service = Meanwhile(world)
    session = service.session()
    tags = session.get(world.Task, id).tags
    tags.append("b")
    service.happens = lambda: tags.append("c")
    session.commit()
    assert [task.dirty_fields for task in session.dirty] == [{"tags": ["a", "b", "c"]}]
    session.commit()
    assert world.stored(world.Task)[id]["tags"] == ["a", "b", "c"]


class Meanwhile:
    """The sandbox, with something that happens during the next write, in the thread that sends it."""

    def __init__(self, world):
        self.world = world
        self.happens = None

    def handle(self, method, path, query, headers, body):
        if self.happens and method in {"PATCH", "POST", "DELETE"} and not path.endswith("/search"):
            happens, self.happens = self.happens, None
            happens()
        return self.world.sandbox.handle(method, path, query, headers, body)

    def session(self, **options):
        clock = self.world.clock
        client = Client(self, clock=clock, sleep=clock.advance)
        for model in (self.world.Task, self.world.Project, self.world.Person):
            model.bind(client, database=self.world.database)
        return Session(client, sleep=clock.advance, **{"workers": 1, **options})


def test_an_interruption_finishes_what_is_under_way_and_leaves_the_session_true(world, monkeypatch):
    session = world.session(workers=2)
    tasks = [world.Task(title=str(number)) for number in range(6)]
    session.add_all(tasks)
    real, calls = executor.wait, []

    def interrupted(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(executor, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.commit()
    stored = [values["title"] for values in world.stored(world.Task).values()]
    assert 0 < len(stored) < 6
    assert sorted(task.title for task in tasks if session.state(task) is State.PERSISTENT) == sorted(stored)
    session.commit()
    assert sorted(values["title"] for values in world.stored(world.Task).values()) == list("012345")


def test_a_second_interruption_leaves_what_was_under_way_unknown(world, monkeypatch):
    session = world.session()
    task, edited = world.Task(title="new"), session.get(world.Task, world.saved(world.Task, title="old"))
    session.add(task)
    real = executor.wait

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(executor, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.commit()
    monkeypatch.setattr(executor, "wait", real)
    assert session.state(task) is State.UNKNOWN
    edited.qty = 5
    assert session.commit().ok  # the natural key finds it
    assert sorted(values["title"] for values in world.stored(world.Task).values()) == ["new", "old"]


@pytest.mark.parametrize("done", [True, False])
def test_an_interruption_in_a_workers_thread_ends_the_commit_and_leaves_the_session_true(world, done):
    service = Meanwhile(world)
    session = service.session()
    tasks = [world.Task(title=str(number)) for number in range(3)]
    session.add_all(tasks)

    def interrupt():
        if done:
            place = world.place(world.Task)
            world.quiet.create_record(place.database, place.table, {place.ids["title"]: "0"})
        raise KeyboardInterrupt

    service.happens = interrupt
    with pytest.raises(KeyboardInterrupt):
        session.commit()
    assert [session.state(task) for task in tasks] == [State.UNKNOWN, State.PENDING, State.PENDING]
    session.commit()
    assert sorted(values["title"] for values in world.stored(world.Task).values()) == ["0", "1", "2"]


def test_a_commit_within_a_commit_is_refused(world):
    session = world.session()
    session.add(world.Task(title="a"))

    def receiver(**_):
        session.commit()

    signals.pre_save.connect(receiver)
    try:
        with pytest.raises(CommitError, match="in the middle of a commit"):
            session.commit()
    finally:
        signals.pre_save.disconnect(receiver)
    assert session.commit().ok


def test_requests_of_a_stage_run_at_once(world):
    service = Meanwhile(world)
    session = service.session(workers=4)
    session.add_all(world.Task(title=str(number)) for number in range(4))
    together = threading.Barrier(4, timeout=5)
    handle = service.handle

    def waiting(method, *rest):
        if method == "POST":
            together.wait()
        return handle(method, *rest)

    service.handle = waiting
    assert session.commit().counts == {"created": 4}


def test_a_retried_write_counts_its_attempts(world):
    id = world.saved(world.Task, title="a")
    session = world.session()
    session.get(world.Task, id).qty = 5
    session.add(world.Task(title="b"))
    with world.sandbox.faults.added("rate_limited", method=["POST", "PATCH"], nth=[1, 2, 4]):
        report = session.commit()
    assert [(result.fate, result.attempts) for result in report.results] == [("created", 3), ("updated", 2)]


def test_a_failed_write_counts_its_attempts(world):
    id = world.saved(world.Task, title="a")
    session = world.session()
    session.get(world.Task, id).qty = 5
    with world.sandbox.faults.added("server_error", times=None, method="PATCH"), pytest.raises(CommitError) as failure:
        session.commit()
    assert failure.value.report.results[0].attempts > 3
    assert failure.value.report.results[0].fate == "failed"

"""Writes whose answer was lost: repeated where that does no harm, else looked for, and never sent twice blindly."""

import re

import pytest

from softrorm import CommitError
from softrorm.client.errors import AmbiguousWrite
from softrorm.fields.attachment import File
from softrorm.session import State

LOST = ["lost_answer", "truncated", "not_json"]


@pytest.mark.parametrize("fault", [*LOST, "reset_before"])
def test_an_update_is_repeated(world, fault):
    id = world.saved(world.Task, title="a")
    session = world.session()
    session.get(world.Task, id).qty = 5
    with world.sandbox.faults.added(fault, method="PATCH"):
        report = session.commit()
    assert [(result.fate, result.attempts) for result in report.results] == [("updated", 2)]
    assert world.stored(world.Task)[id]["qty"] == 5


@pytest.mark.parametrize("fault", [*LOST, "reset_before"])
def test_a_delete_is_repeated_and_not_found_is_success_then(world, fault):
    id = world.saved(world.Task, title="a")
    session = world.session()
    session.delete(session.get(world.Task, id))
    with world.sandbox.faults.added(fault, method="DELETE"):
        assert session.commit().counts == {"deleted": 1}
    assert world.stored(world.Task) == {}


@pytest.mark.parametrize("fault", LOST)
def test_a_create_that_arrived_is_found_by_its_natural_key_and_adopted(world, fault):
    session, task = world.session(), world.Task(title="a", qty=1)
    session.add(task)
    with world.sandbox.faults.added(fault, method="POST", path="records"):
        report = session.commit()
    assert [(result.fate, result.attempts) for result in report.results] == [("created", 1)]
    assert list(world.stored(world.Task)) == [task.id]
    assert not task.is_dirty
    assert [method for method, _, _ in world.writes()] == ["POST"]


@pytest.mark.parametrize(("fault", "options"), [("reset_before", {}), ("server_error", {"status": 502})])
def test_a_create_that_did_not_arrive_is_sent_again(world, fault, options):
    session, task = world.session(), world.Task(title="a", qty=1)
    session.add(task)
    with world.sandbox.faults.added(fault, method="POST", path="records", **options):
        report = session.commit()
    assert [(result.fate, result.attempts) for result in report.results] == [("created", 2)]
    assert list(world.stored(world.Task)) == [task.id]


def test_a_create_that_is_still_under_way_when_it_is_looked_for_is_not_sent_again(world):
    session, task = world.session(pause=2), world.Task(title="a")
    session.add(task)
    with world.sandbox.faults.added("server_error", status=504, later=1.5, method="POST", path="records"):
        assert session.commit().ok
    world.sandbox.faults.settle()
    assert list(world.stored(world.Task)) == [task.id]


def test_a_create_is_not_adopted_from_a_record_whose_key_differs_in_case(world):
    world.saved(world.Task, title="A")
    session, task = world.session(), world.Task(title="a")
    session.add(task)
    with world.sandbox.faults.added("reset_before", method="POST", path="records"):
        session.commit()
    assert sorted(values["title"] for values in world.stored(world.Task).values()) == ["A", "a"]


def test_an_older_record_of_the_same_key_is_adopted_and_given_the_values(world):
    id = world.saved(world.Task, title="a", qty=1, tags=["a"])
    session, task = world.session(), world.Task(title="a", qty=2)
    session.add(task)
    world.writes()
    with world.sandbox.faults.added("reset_before", method="POST", path="records"):
        session.commit()
    assert task.id == id
    assert world.writes() == [("POST", "Task", {"title": "a", "qty": 2}), ("PATCH", id, {"qty": 2})]
    assert (task.qty, task.tags) == (2, ["a"])


def lost(world, session, instance, fault="lost_answer", times=1):
    """Commit an object so that its fate is unknown."""
    session.add(instance)
    with (
        world.sandbox.faults.added(fault, method="POST", times=times),
        pytest.raises(CommitError) as failure,
    ):
        session.commit()
    world.sandbox.requests.clear()
    return failure.value.report


def test_several_records_of_one_key_settle_nothing(world):
    for _ in range(2):
        world.saved(world.Task, title="a")
    session, task = world.session(), world.Task(title="a")
    with world.sandbox.faults.added("server_error", status=503, method="POST", path="records"):
        session.add(task)
        with pytest.raises(CommitError):
            session.commit()
    assert session.state(task) is State.UNKNOWN


def test_without_a_natural_key_the_fate_is_unknown(world):
    session, person = world.session(), world.Person(name="Ada")
    report = lost(world, session, person)
    assert report.counts == {"unknown": 1}
    [result] = report.results
    assert isinstance(result.error, AmbiguousWrite)
    assert result.attempts == 1
    assert session.state(person) is State.UNKNOWN
    assert session.unknown == [person]
    assert person in session


def test_a_blank_natural_key_is_none(world):
    session, project = world.session(), world.Project(budget=1)
    assert lost(world, session, project).counts == {"unknown": 1}


def test_an_object_of_unknown_fate_is_never_sent_again_by_itself_and_each_commit_says_so(world):
    session, person = world.session(), world.Person(name="Ada")
    lost(world, session, person)
    session.add(world.Task(title="a"))
    for counts in ({"created": 1, "unknown": 1}, {"unknown": 1}):
        with pytest.raises(CommitError, match="resolve") as failure:
            session.commit()
        assert failure.value.report.counts == counts
    assert [what for _, what, _ in world.writes()] == ["Task"]


def test_resolving_with_an_id_adopts_the_record(world):
    session, person = world.session(), world.Person(name="Ada")
    lost(world, session, person)
    [id] = world.stored(world.Person)
    session.resolve(person, id)
    assert person.id == id
    assert session.state(person) is State.PERSISTENT
    assert session.get(world.Person, id) is person
    assert session.commit().counts == {}


def test_resolving_as_not_created_sends_it_with_the_next_commit(world):
    session, person = world.session(), world.Person(name="Ada")
    lost(world, session, person, fault="reset_before")
    session.resolve(person, "not created")
    assert session.state(person) is State.PENDING
    assert session.commit().counts == {"created": 1}
    assert list(world.stored(world.Person)) == [person.id]


def test_resolving_with_an_id_that_is_not_there_is_refused(world):
    session, person = world.session(), world.Person(name="Ada")
    lost(world, session, person)
    with pytest.raises(world.Person.DoesNotExist):
        session.resolve(person, "nothing0000000")
    assert session.state(person) is State.UNKNOWN


def test_what_was_edited_since_the_answer_was_lost_is_sent_once_it_is_settled(world):
    session, person = world.session(), world.Person(name="Ada")
    lost(world, session, person)
    person.name = "Ada Lovelace"
    [id] = world.stored(world.Person)
    session.resolve(person, id)
    session.commit()
    assert world.stored(world.Person)[id]["name"] == "Ada Lovelace"


def test_an_object_without_a_key_can_be_found_and_then_resolved_though_it_is_loaded_twice(world):
    session, person = world.session(), world.Person(name="Ada")
    lost(world, session, person)
    [other] = session.query(world.Person)
    other.files = ["https://example.com/a.png"]
    session.resolve(person, other.id)
    assert session.get(world.Person, other.id) is person
    assert other not in session
    session.commit()
    assert world.stored(world.Person)[person.id]["files"] == ["a.png"]


def unsettled(world, session, task):
    """Lose the answer, and every look for it: the fate of a task with a natural key is unknown."""
    with world.sandbox.faults.added("server_error", times=None, path="search"):
        lost(world, session, task)


def test_looking_for_a_record_that_fails_leaves_its_fate_unknown_and_the_next_commit_looks_again(world):
    session, task = world.session(), world.Task(title="a")
    unsettled(world, session, task)
    assert session.state(task) is State.UNKNOWN
    with world.sandbox.faults.added("server_error", times=None, path="search"), pytest.raises(CommitError):
        session.commit()
    assert session.commit().ok
    assert list(world.stored(world.Task)) == [task.id]
    assert world.writes() == []


def test_edits_since_the_answer_was_lost_are_sent_when_the_next_commit_finds_the_record(world):
    session, task = world.session(), world.Task(title="a", qty=1)
    unsettled(world, session, task)
    task.title, task.qty = "b", 2  # the key, too: what was sent is what is looked for
    session.commit()
    assert world.writes() == [("PATCH", task.id, {"title": "b", "qty": 2})]
    assert [values["title"] for values in world.stored(world.Task).values()] == ["b"]


def test_what_links_to_an_object_of_unknown_fate_waits_for_it(world):
    session, person = world.session(on_error="continue"), world.Person(name="Ada")
    lost(world, session, person)
    project = world.Project(name="P", members=[person])
    session.add(project)
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert failure.value.report.counts == {"skipped": 1, "unknown": 1}
    session.resolve(person, next(iter(world.stored(world.Person))))
    session.commit()
    assert world.stored(world.Project)[project.id]["members"] == [person.id]


def test_a_create_is_sent_a_handful_of_times_at_most(world):
    session, task = world.session(), world.Task(title="a")
    session.add(task)
    fault = world.sandbox.faults.add("reset_before", method="POST", path=re.compile(r"/records$"), times=None)
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert failure.value.report.results[0].attempts == fault.count == 5
    world.sandbox.faults.clear()
    assert session.commit().ok
    assert list(world.stored(world.Task)) == [task.id]


def test_a_write_of_attachments_that_a_gateway_gave_up_on_is_read_back(world):
    id = world.saved(world.Person, name="Ada")
    session = world.session()
    session.get(world.Person, id).files = [File("https://example.com/x", filename="a.png")]
    world.sandbox.requests.clear()
    with world.sandbox.faults.added("server_error", status=504, later=0.5, method="PATCH", times=None):
        report = session.commit()
    assert report.counts == {"updated": 1}
    assert report.results[0].attempts > 1
    assert world.reads()[-1] == ("GET", id)
    assert session.dirty == []
    assert world.stored(world.Person)[id]["files"] == ["a.png"]


def test_a_write_of_attachments_that_did_not_succeed_later_has_failed(world):
    id = world.saved(world.Person, name="Ada")
    session = world.session()
    person = session.get(world.Person, id)
    person.files = ["https://example.com/a.png"]
    with (
        world.sandbox.faults.added("server_error", status=504, method="PATCH", times=None),
        pytest.raises(CommitError) as failure,
    ):
        session.commit()
    assert failure.value.report.counts == {"failed": 1}
    assert session.dirty == [person]


@pytest.mark.parametrize("done", [True, False])
def test_a_create_that_the_service_broke_down_on_is_looked_for_too(world, done):
    session, task = world.session(), world.Task(title="a")
    session.add(task)
    with world.sandbox.faults.added("server_error", status=500, done=done, method="POST", path="records"):
        assert session.commit().counts == {"created": 1}
    assert list(world.stored(world.Task)) == [task.id]


def test_a_change_undone_after_its_answer_was_lost_is_sent_all_the_same(world):
    id = world.saved(world.Task, title="a", qty=1)
    session = world.session()
    task = session.get(world.Task, id)
    task.qty = 7
    with world.sandbox.faults.added("lost_answer", method="PATCH", times=None), pytest.raises(CommitError):
        session.commit()
    assert world.stored(world.Task)[id]["qty"] == 7
    task.qty = 1
    session.commit()
    assert world.stored(world.Task)[id]["qty"] == 1


def test_a_rollback_after_a_lost_answer_shows_what_became_of_the_write(world):
    project, id = world.saved(world.Project, name="P"), world.saved(world.Task, title="a", qty=1)
    session = world.session()
    task, project = session.get(world.Task, id), session.get(world.Project, project)
    assert project.tasks == []
    task.qty, task.project = 7, project
    with world.sandbox.faults.added("lost_answer", method="PATCH", times=None), pytest.raises(CommitError):
        session.commit()
    session.rollback()
    assert (task.qty, task.project, project.tasks) == (7, project, [task])


def test_a_refused_write_leaves_what_was_read_known(world):
    id = world.saved(world.Task, title="a", qty=1)
    session = world.session()
    task = session.get(world.Task, id)
    task.qty, task.project = 7, "nothing0000000"
    with pytest.raises(CommitError):
        session.commit()
    session.rollback()
    world.reads()
    assert (task.qty, task.project) == (1, None)
    assert world.reads() == []


def test_showing_an_object_makes_no_request_whatever_is_known_of_it(world):
    id = world.saved(world.Task, title="a", qty=1)
    session = world.session()
    task = session.get(world.Task, id)
    task.title = "b"
    with world.sandbox.faults.added("lost_answer", method="PATCH", times=None), pytest.raises(CommitError):
        session.commit()
    session.rollback()
    world.reads()
    assert (repr(task), str(task)) == (f"<Task {id} qty=1>", id)
    assert world.reads() == []

"""Where an object stands in a session, and which moves it can make."""

import copy
import pickle

import pytest

from softrorm import CommitError, Session
from softrorm.client.errors import InvalidState
from softrorm.session import State


def test_a_new_object_is_transient_then_pending_then_persistent_then_deleting_then_deleted(world):
    session, task = world.session(), world.Task(title="a")
    assert session.state(task) is State.TRANSIENT
    assert task not in session
    session.add(task)
    assert session.state(task) is State.PENDING
    assert session.pending == [task]
    session.commit()
    assert session.state(task) is State.PERSISTENT
    session.delete(task)
    assert session.state(task) is State.DELETING
    assert session.deleting == [task]
    assert task in session
    session.commit()
    assert session.state(task) is State.DELETED
    assert task not in session


def test_an_object_of_no_session_is_detached_until_it_is_added(world):
    task = world.Task.objects.create(title="a")
    session = world.session()
    assert session.state(task) is State.DETACHED
    session.add(task)
    assert session.state(task) is State.PERSISTENT
    session.expunge(task)
    assert session.state(task) is State.DETACHED


def test_a_detached_object_can_be_deleted_at_once(world):
    task = world.Task.objects.create(title="a")
    session = world.session()
    session.delete(task)
    session.commit()
    assert world.stored(world.Task) == {}


def test_a_new_object_that_is_deleted_just_leaves_the_session(world):
    session, task = world.session(), world.Task(title="a")
    session.add(task)
    session.delete(task)
    assert session.state(task) is State.TRANSIENT
    assert len(session.plan()) == 0


def test_adding_an_object_that_is_to_be_deleted_keeps_it(world):
    session = world.session()
    task = session.get(world.Task, world.saved(world.Task, title="a"))
    session.delete(task)
    session.add(task)
    assert session.state(task) is State.PERSISTENT
    assert len(session.plan()) == 0


def test_adding_or_deleting_twice_is_doing_it_once(world):
    session, task = world.session(), world.Task(title="a")
    session.add_all([task, task])
    session.commit()
    session.add(task)
    session.delete(task)
    session.delete(task)
    session.commit()
    assert [method for method, _, _ in world.writes()] == ["POST", "DELETE"]


def deleted(world, session):
    task = session.get(world.Task, world.saved(world.Task, title="a"))
    session.delete(task)
    session.commit()
    return task


def unknown(world, session):
    person = world.Person(name="Ada")
    session.add(person)
    with world.sandbox.faults.added("lost_answer", method="POST"), pytest.raises(CommitError):
        session.commit()
    return person


def transient(world, session):
    return world.Task(title="a")


def pending(world, session):
    task = world.Task(title="a")
    session.add(task)
    return task


def detached(world, session):
    return world.Task.objects.create(title="a")


@pytest.mark.parametrize(
    ("make", "move", "message"),
    [
        (deleted, "add", "is deleted and cannot be added"),
        (deleted, "delete", "is deleted already"),
        (deleted, "expunge", "is deleted: it is not in the session"),
        (deleted, "refresh", "is deleted; refresh"),
        (unknown, "add", "the answer was lost"),
        (unknown, "delete", "the answer was lost"),
        (unknown, "refresh", "is unknown; refresh"),
        (transient, "delete", "is transient: it was never saved"),
        (transient, "expunge", "is transient: it is not in the session"),
        (transient, "refresh", "is transient; refresh"),
        (pending, "refresh", "is pending; refresh"),
        (detached, "expunge", "is detached: it is not in the session"),
        (detached, "refresh", "is detached; refresh"),
    ],
)
def test_an_illegal_move_is_refused_by_name(world, make, move, message):
    session = world.session()
    instance = make(world, session)
    with pytest.raises(InvalidState, match=message) as refusal:
        getattr(session, move)(instance)
    assert repr(instance) in str(refusal.value)


@pytest.mark.parametrize("make", [deleted, transient, pending, detached])
def test_only_unknown_fates_are_resolved(world, make):
    session = world.session()
    with pytest.raises(InvalidState, match="only unknown fates are resolved"):
        session.resolve(make(world, session), "not created")


def test_a_copy_or_a_pickle_of_an_object_is_not_in_the_session(world):
    session = world.session()
    task = session.get(world.Task, world.saved(world.Task, title="a"))
    assert copy.copy(task) not in session
    assert pickle.loads(pickle.dumps(task)) not in session


def test_expunging_forgets_an_object_with_what_it_has_unsent(world):
    session = world.session()
    task = session.get(world.Task, world.saved(world.Task, title="a"))
    task.qty = 5
    new = world.Task(title="b")
    session.add(new)
    session.expunge(task)
    session.expunge(new)
    assert len(session.plan()) == 0
    assert task.dirty_fields == {"qty": 5}


def test_a_rollback_forgets_new_objects_edits_and_deletes_and_sends_nothing(world):
    session = world.session()
    first, second = (world.saved(world.Task, title=title, qty=1, tags=["a"]) for title in "ab")
    one, two = session.get(world.Task, first), session.get(world.Task, second)
    new = world.Task(title="c")
    world.sandbox.requests.clear()
    session.add(new)
    one.qty = 5
    one.tags.append("b")
    session.delete(two)
    session.rollback()
    assert (one.qty, one.tags) == (1, ["a"])
    assert session.state(new) is State.TRANSIENT
    assert session.state(two) is State.PERSISTENT
    session.commit()
    assert world.sandbox.requests == []


def test_a_rollback_leaves_what_may_have_been_created_unknown(world):
    session = world.session()
    person = unknown(world, session)
    session.rollback()
    assert session.state(person) is State.UNKNOWN


def test_what_was_saved_behind_the_sessions_back_is_not_created_again(world):
    session, task = world.session(), world.Task(title="a")
    session.add(task)
    task.save()
    assert session.pending == []
    session.commit()
    assert [values["title"] for values in world.stored(world.Task).values()] == ["a"]
    assert session.state(task) is State.PERSISTENT
    task.qty = 4
    session.commit()
    assert world.stored(world.Task)[task.id]["qty"] == 4


def test_what_was_deleted_behind_the_sessions_back_is_neither_updated_nor_deleted(world):
    session = world.session()
    one, two = (session.get(world.Task, world.saved(world.Task, title=title)) for title in "ab")
    one.qty = 5
    session.delete(two)
    one.delete()
    two.delete()
    world.writes()
    assert session.commit().counts == {}
    assert world.writes() == []


def test_an_object_of_unknown_fate_is_sent_again_by_nobody_until_it_is_resolved(world):
    session = world.session()
    person = unknown(world, session)
    other = world.session()
    with pytest.raises(InvalidState, match="the answer was lost"):
        person.save()
    with pytest.raises(InvalidState, match="the answer was lost"):
        pickle.loads(pickle.dumps(person)).save()
    assert world.Person.objects.bulk_create([person], on_error="continue").counts == {"failed": 1}
    session.expunge(person)
    other.add(person)  # where it can be settled
    assert other.state(person) is State.UNKNOWN
    with pytest.raises(CommitError):
        other.commit()
    other.resolve(person, "not created")
    assert other.commit().counts == {"created": 1}
    assert not person.is_dirty


def test_an_object_of_another_client_is_refused(world):
    task = world.Task.objects.create(title="a")
    session = Session(world.sandbox.client())
    with pytest.raises(InvalidState, match="the record is not there"):
        session.add(task)


def test_an_object_moves_from_a_session_that_is_over_to_the_next_one(world):
    id = world.saved(world.Task, title="a")
    with world.session() as first:
        task = first.get(world.Task, id)
    task.qty = 5
    second = world.session()
    second.add(task)
    second.commit()
    assert world.stored(world.Task)[id]["qty"] == 5
    assert first.state(task) is State.DETACHED


def test_an_object_of_a_session_whose_block_is_running_is_refused(world):
    id = world.saved(world.Task, title="a")
    with world.session() as first:
        task = first.get(world.Task, id)
        with pytest.raises(InvalidState, match="another session whose block is running"):
            world.session().add(task)


def test_a_setting_that_is_none_is_refused(world):
    with pytest.raises(ValueError, match="'stop' or 'continue'"):
        Session(world.client, on_error="ignore")
    with pytest.raises(ValueError, match="'stop' or 'continue'"):
        world.session().commit(on_error="ignore")
    with pytest.raises(ValueError, match="1 or more"):
        Session(world.client, workers=0)


def test_a_session_tells_what_it_holds_and_never_the_key(world):
    session = world.session()
    task = session.get(world.Task, world.saved(world.Task, title="a"))
    task.qty = 1
    new = world.Task(title="b")
    session.add(new)
    assert repr(session).endswith("1 records, 1 new, 1 dirty, 0 to delete>")
    assert set(map(id, session)) == {id(task), id(new)}


def test_what_is_no_record_is_refused_by_name(world):
    session = world.session()
    for wrong in (lambda: session.add("x"), lambda: session.state(3), lambda: "x" in session):
        with pytest.raises(TypeError, match="A session holds records"):
            wrong()


def test_a_report_of_many_failures_prints_a_few_and_holds_all(world):
    session = world.session(on_error="continue")
    session.add_all(world.Task(title=f"t{number}") for number in range(30))
    with (
        world.sandbox.faults.added("server_error", status=500, times=None, method="POST"),
        pytest.raises(CommitError) as caught,
    ):
        session.commit()
    report = caught.value.report
    assert len(report.of("unknown")) == 30
    assert str(report).count("unknown: create") == 10
    assert str(report).endswith("and 20 more")
    assert repr(report) == "<CommitReport: 30 unknown>"

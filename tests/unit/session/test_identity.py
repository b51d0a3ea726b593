"""One record is one object; clean ones are let go, changed ones are not; one thread at a time."""

import gc
import threading
import weakref

import pytest

from softrorm import Session
from softrorm.client.errors import InvalidState


def test_one_record_is_one_object_however_it_is_read(world):
    project = world.saved(world.Project, name="P")
    id = world.saved(world.Task, title="a", project=project)
    with world.session() as session:
        task = session.get(world.Task, id)
        assert session.query(world.Task).get(title="a") is task
        assert world.Task.objects.all()[0] is task
        assert next(world.Task.objects.iterator()) is task
        assert world.Task.objects.in_bulk([id])[id] is task
        assert session.get(world.Project, project).tasks[0] is task
        assert task.project is session.get(world.Project, project)


def test_a_record_that_the_session_has_is_not_read_again(world):
    id = world.saved(world.Task, title="a")
    session = world.session()
    session.get(world.Task, id).qty = 5
    world.reads()
    assert session.get(world.Task, id).qty == 5
    assert world.reads() == []


def test_a_record_that_is_not_there_does_not_exist(world):
    with pytest.raises(world.Task.DoesNotExist):
        world.session().get(world.Task, "nothing0000000")


def test_a_record_that_was_found_gone_does_not_exist_either(world):
    project = world.saved(world.Project, name="P")
    id = world.saved(world.Task, title="a", project=project)
    session = world.session()
    stub = session.get(world.Task, id).project
    place = world.place(world.Project)
    world.quiet.delete_record(place.database, place.table, project)
    assert stub.is_dangling
    with pytest.raises(world.Project.DoesNotExist):
        session.get(world.Project, project)


def test_a_clean_object_is_let_go_when_nobody_has_it(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    session = world.session()
    task = weakref.ref(session.get(world.Task, id))
    gc.collect()
    assert task() is None


def test_a_changed_object_is_kept_although_nobody_has_it(world):
    id = world.saved(world.Task, title="a")
    session = world.session()
    session.get(world.Task, id).qty = 5
    gc.collect()
    session.commit()
    assert world.stored(world.Task)[id]["qty"] == 5


def test_a_list_edited_in_place_is_sent_although_nobody_has_the_object(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    session = world.session()
    session.get(world.Task, id).tags.append("b")
    gc.collect()
    session.commit()
    assert world.writes()[1:] == [("PATCH", id, {"tags": [world_choice(world, "a"), world_choice(world, "b")]})]


def world_choice(world, label):
    return world.place(world.Task).choice_id("tags", label) or label


def test_an_object_is_let_go_once_its_changes_are_sent(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    session = world.session()
    task = session.get(world.Task, id)
    task.tags.append("b")
    session.commit()
    task = weakref.ref(task)
    gc.collect()
    assert task() is None


def test_edits_in_place_after_a_commit_are_seen_though_only_the_list_was_kept(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    session = world.session()
    tags = session.get(world.Task, id).tags
    session.commit()
    gc.collect()
    tags.append("b")
    session.commit()
    assert world.stored(world.Task)[id]["tags"] == ["a", "b"]


def test_edits_in_place_after_a_commit_are_seen_though_the_object_is_dropped_then(world):
    ids = [world.saved(world.Task, title=title) for title in "abc"]
    session = world.session()
    for id in ids:
        task = session.get(world.Task, id)
        task.tags.append("a")
        session.commit()
        task.tags.append("b")
    gc.collect()
    session.commit()
    assert [values["tags"] for values in world.stored(world.Task).values()] == [["a", "b"]] * 3


def test_a_list_goes_on_being_the_records_when_it_is_read_anew(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    session = world.session()
    task = session.get(world.Task, id)
    tags = task.tags
    world.elsewhere(world.Task, id, tags=["a", "b"])
    assert list(session.query(world.Task)) == [task]
    assert tags == ["a", "b"]
    tags.append("c")
    session.commit()
    assert world.stored(world.Task)[id]["tags"] == ["a", "b", "c"]


def test_reading_a_record_anew_updates_clean_objects_and_keeps_changes(world):
    first, second = (world.saved(world.Task, title=title, qty=1) for title in "ab")
    session = world.session()
    one, two = session.get(world.Task, first), session.get(world.Task, second)
    two.title = "mine"
    for id in (first, second):
        world.elsewhere(world.Task, id, qty=7)
    list(session.query(world.Task))
    assert one.qty == 7
    assert two.title == "mine"
    assert [one.is_dirty, two.is_dirty] == [False, True]


def test_refresh_reads_a_record_anew_and_drops_changes(world):
    id = world.saved(world.Task, title="a", qty=1)
    session = world.session()
    task = session.get(world.Task, id)
    task.title = "mine"
    world.elsewhere(world.Task, id, qty=7)
    session.refresh(task)
    assert (task.title, task.qty) == ("a", 7)
    assert session.dirty == []
    assert world.reads() == [("GET", id)]


def test_what_models_read_in_the_block_belongs_to_the_session_and_afterwards_does_not(world):
    id = world.saved(world.Task, title="a")
    with world.session() as session:
        world.Task.objects.get(id=id).qty = 5
        world.Task.objects.filter(title="a")[0].tags = ["b"]
    assert [values for values in world.stored(world.Task).values() if values["qty"] == 5 and values["tags"] == ["b"]]
    assert world.Task.objects.get(id=id) not in session


def test_an_object_read_before_is_taken_in_when_it_is_changed_in_the_block(world):
    task = world.Task.objects.create(title="a")
    with world.session() as session:
        assert task not in session
        task.qty = 5
        assert task in session
    assert world.stored(world.Task)[task.id]["qty"] == 5


def test_what_another_client_reads_in_the_block_stays_its_own(world):
    world.saved(world.Task, title="a")
    other = world.sandbox.client()
    world.Task.bind(other, database=world.database)
    with world.session() as session:
        task = world.Task.objects.using(other).get(title="a")
        task.qty = 5
        assert task not in session
        assert len(session.plan()) == 0


def test_a_second_object_for_a_record_is_refused(world):
    task = world.Task.objects.create(title="a")
    session = world.session()
    known = session.get(world.Task, task.id)
    with pytest.raises(InvalidState, match="one record is one object"):
        session.add(task)
    assert known in session


def test_leaving_the_block_sends_what_is_left(world):
    with world.session() as session:
        session.add(world.Task(title="a"))
    assert [values["title"] for values in world.stored(world.Task).values()] == ["a"]


def test_leaving_the_block_on_an_exception_sends_nothing(world):
    id = world.saved(world.Task, title="a")
    world.writes()

    def fail():
        with world.session() as session:
            session.add(world.Task(title="b"))
            session.get(world.Task, id).qty = 5
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert world.writes() == []


def in_a_thread(do):
    raised = []

    def run():
        try:
            do()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


@pytest.mark.parametrize(
    "use",
    [
        lambda session, task: session.add(task),
        lambda session, task: session.delete(task),
        lambda session, task: session.expunge(task),
        lambda session, task: session.rollback(),
        lambda session, task: session.refresh(task),
        lambda session, task: session.query(type(task)),
        lambda session, task: session.get(type(task), task.id),
        lambda session, task: session.plan(),
        lambda session, task: session.flush(),
        lambda session, task: session.commit(),
        lambda session, task: session.resolve(task, "not created"),
        lambda session, task: setattr(task, "qty", 3),
        lambda session, task: task.tags,
    ],
)
def test_a_session_used_from_two_threads_says_so(world, use):
    id = world.saved(world.Task, title="a")
    with world.session() as session:
        task = session.get(world.Task, id)
        error = in_a_thread(lambda: use(session, task))
        assert isinstance(error, InvalidState)
        assert "belongs to another thread" in str(error)


def test_a_session_can_be_entered_in_another_thread_once_its_block_is_over(world):
    session = world.session()

    def work():
        with session:
            session.add(world.Task(title="a"))

    assert in_a_thread(work) is None
    assert len(world.stored(world.Task)) == 1
    with session:
        assert "one block, in one thread" in str(in_a_thread(session.__enter__))
    assert len(session.query(world.Task)) == 1


def test_objects_can_be_read_in_any_thread_once_the_block_is_over(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    with world.session() as session:
        task = session.get(world.Task, id)
    seen = []
    assert in_a_thread(lambda: seen.extend(task.tags)) is None
    assert in_a_thread(lambda: setattr(task, "qty", 5)) is None
    assert seen == ["a"]


def test_two_blocks_can_be_nested(world):
    id = world.saved(world.Task, title="a")
    with world.session() as outer:
        with world.session() as inner:
            assert world.Task.objects.get(id=id) in inner
        assert world.Task.objects.get(id=id) in outer


def test_the_default_client_serves_a_session_that_is_given_none(world):
    with Session() as session:
        session.add(world.Task(title="a"))
    assert session.client is world.client
    assert len(world.stored(world.Task)) == 1

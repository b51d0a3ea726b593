"""Signals: what runs before and after saves, deletes, loads and commits, and what its exceptions do."""

import logging

import pytest

from softrorm import CommitError, ConfigurationError, Session
from softrorm.models import signals
from softrorm.session import State

NAMES = ["pre_save", "post_save", "pre_delete", "post_delete", "post_load", "pre_commit", "post_commit"]


@pytest.fixture
def connect():
    """Connects receivers for the time of a test."""
    connected = []

    def connect(name, receiver, **options):
        signal = getattr(signals, name)
        signal.connect(receiver, **options)
        connected.append((signal, receiver))
        return receiver

    yield connect
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def heard(connect):
    """What all signals say, in order."""
    seen = []
    for name in NAMES:
        connect(name, lambda name=name, **details: seen.append((name, details)))
    return seen


async def later(**details):
    """A receiver that nothing would await."""


@pytest.mark.parametrize("receiver", [None, later])
def test_what_could_not_be_called_is_not_connected(receiver):
    with pytest.raises(ConfigurationError, match=r"pre_save\.connect\(\) takes a (plain )?function"):
        signals.pre_save.connect(receiver)
    assert not signals.pre_save


def said(heard):
    found = [(name, {key: value for key, value in details.items() if key != "sender"}) for name, details in heard]
    heard.clear()
    return found


def test_saving_and_deleting_an_object_is_told_before_and_after(world, heard):
    task = world.Task(title="a")
    task.save()
    assert said(heard) == [
        ("pre_save", {"instance": task, "created": True, "fields": ("title",)}),
        ("post_save", {"instance": task, "created": True, "fields": ("title",)}),
    ]
    task.qty = 5
    task.save()
    assert said(heard) == [
        ("pre_save", {"instance": task, "created": False, "fields": ("qty",)}),
        ("post_save", {"instance": task, "created": False, "fields": ("qty",)}),
    ]
    task.delete()
    assert said(heard) == [("pre_delete", {"instance": task}), ("post_delete", {"instance": task})]


def test_loading_a_record_is_told(world, heard):
    id = world.Task.objects.create(title="a").id
    heard.clear()
    task = world.Task.objects.get(id=id)
    assert said(heard) == [("post_load", {"instance": task})]


def test_a_record_that_a_session_has_is_loaded_once(world, heard):
    id = world.Task.objects.create(title="a").id
    session = Session(world.Task.objects._binding().client)
    heard.clear()
    task = session.get(world.Task, id)
    assert list(session.query(world.Task)) == [task]
    assert said(heard) == [("post_load", {"instance": task})]


def test_a_commit_is_told_around_its_operations(world, heard):
    old = world.Task.objects.create(title="old")
    gone = world.Task.objects.create(title="gone")
    session = Session(workers=1)
    session.add_all([old, gone])
    old.qty = 5
    session.delete(gone)
    new = world.Task(title="new")
    session.add(new)
    heard.clear()
    report = session.commit()
    told = said(heard)
    assert [name for name, _ in told] == [
        "pre_commit",
        "pre_save",
        "post_save",
        "pre_save",
        "post_save",
        "pre_delete",
        "post_delete",
        "post_commit",
    ]
    assert [details["instance"] for _, details in told[1:7:2]] == [new, old, gone]
    assert told[0][1]["session"] is session
    assert len(told[0][1]["plan"]) == 3
    assert told[-1][1] == {"session": session, "report": report}


def test_a_flush_is_no_commit(world, heard):
    session = Session()
    session.add(world.Task(title="a"))
    session.flush()
    assert [name for name, _ in said(heard)] == ["pre_save", "post_save"]


def test_a_commit_that_failed_is_told_with_its_report(world, heard):
    session = Session()
    session.add(world.Task(title="a", project="nothing0000000"))
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert said(heard)[-1] == ("post_commit", {"session": session, "report": failure.value.report})


def test_a_receiver_before_a_write_may_stop_it(world, connect, sandbox):
    def refuse(instance, **_):
        raise ValueError(f"not {instance.title}")

    connect("pre_save", refuse, sender=world.Task)
    with pytest.raises(ValueError, match="not a"):
        world.Task(title="a").save()
    session = Session(on_error="continue")
    task, project = world.Task(title="a"), world.Project(name="P")
    session.add_all([task, project])
    with pytest.raises(CommitError) as failure:
        session.commit()
    assert failure.value.report.counts == {"created": 1, "failed": 1}
    assert session.state(task) is State.PENDING
    assert [request.method for request in sandbox.requests] == ["POST"]


def test_a_receiver_may_stop_a_delete(world, connect):
    def refuse(**_):
        raise ValueError("keep it")

    task = world.Task.objects.create(title="a")
    connect("pre_delete", refuse)
    with pytest.raises(ValueError, match="keep it"):
        task.delete()
    session = Session()
    session.delete(task)
    with pytest.raises(CommitError, match="keep it"):
        session.commit()
    assert session.state(task) is State.DELETING
    assert world.Task.objects.count() == 1


def test_a_receiver_may_stop_a_commit(world, connect, sandbox):
    def refuse(plan, **_):
        raise ValueError(f"{len(plan)} are too many")

    connect("pre_commit", refuse)
    session = Session()
    session.add(world.Task(title="a"))
    with pytest.raises(ValueError, match="1 are too many"):
        session.commit()
    assert sandbox.requests == []
    assert len(session.pending) == 1


def test_what_a_receiver_changes_before_a_write_goes_along(world, connect, sandbox):
    connect("pre_save", lambda instance, **_: setattr(instance, "qty", 7), sender=world.Task)
    session = Session()
    session.add(world.Task(title="a"))
    session.commit()
    old = session.query(world.Task).get(title="a")
    old.qty = 1
    old.title = "b"
    assert session.commit().counts == {"updated": 1}
    assert [set(request.body["fields"]) for request in sandbox.requests if request.method == "PATCH"] == [
        {world.ids["title"]}
    ]
    assert world.Task.objects.get(title="b").qty == 7


def test_what_a_receiver_undoes_before_a_write_is_not_sent(world, connect, sandbox):
    task = world.Task.objects.create(title="a")
    connect("pre_save", lambda instance, **_: setattr(instance, "qty", None), sender=world.Task)
    session = Session()
    session.add(task)
    task.qty = 1
    sandbox.requests.clear()
    assert session.commit().counts == {"unchanged": 1}
    assert sandbox.requests == []


def test_an_exception_after_a_write_is_logged_and_the_write_stands(world, connect, caplog):
    def fail(**_):
        raise RuntimeError("too late")

    for name in ("post_save", "post_delete", "post_load", "post_commit"):
        connect(name, fail)
    with caplog.at_level(logging.ERROR, "softrorm.signals"):
        with Session() as session:
            session.add(world.Task(title="a"))
        with Session() as session:
            session.delete(session.query(world.Task).get(title="a"))
    assert world.Task.objects.count() == 0
    assert {record.message.split()[3] for record in caplog.records} == {
        "post_save",
        "post_delete",
        "post_load",
        "post_commit",
    }
    assert "too late" in caplog.text


def test_what_a_receiver_adds_during_a_commit_waits_for_the_next(world, connect):
    session = Session()

    def add(instance, **_):
        if instance.title == "a":
            session.add(world.Task(title="b"))

    connect("post_save", add, sender=world.Task)
    session.add(world.Task(title="a"))
    assert session.commit().counts == {"created": 1}
    assert session.commit().counts == {"created": 1}


def test_a_receiver_hears_of_the_models_it_asked_for_and_of_those_derived_from_them(world, connect):
    class Special(world.Task):
        class Meta:
            table_name = "Task"

    Special.bind(world.Task.objects._binding().client, database=world.database)
    heard = []
    connect("post_save", lambda sender, **_: heard.append(sender), sender=world.Task)
    world.Task(title="a").save()
    Special(title="b").save()
    world.Project(name="P").save()
    assert heard == [world.Task, Special]


def test_a_receiver_can_be_disconnected_and_a_decorator_connects_one(world):
    heard = []

    @signals.post_save.connect
    def receiver(**details):
        heard.append(details["instance"].title)

    world.Task(title="a").save()
    signals.post_save.disconnect(receiver)
    world.Task(title="b").save()
    assert heard == ["a"]
    assert not signals.post_save
    assert repr(signals.post_save) == "<Signal post_save>"


def test_a_method_can_be_disconnected():
    class Audit:
        def note(self, **_):
            raise AssertionError

    audit = Audit()
    signals.post_save.connect(audit.note)
    signals.post_save.disconnect(audit.note)
    assert not signals.post_save

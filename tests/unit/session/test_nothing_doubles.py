"""Programs that once lost or doubled a write, or left a session untrue."""

import re
import threading

import pytest

from softrorm import CommitError, Model, create_tables, fields
from softrorm.client.errors import InvalidState
from softrorm.models.signals import post_save
from softrorm.session import State

CREATES = {"method": "POST", "path": re.compile("/records$")}


class Keyed(Model):
    name = fields.SingleLineText()
    num = fields.Number()

    class Meta:
        natural_key = "name"


@pytest.fixture
def keyed(world):
    create_tables(world.client, [Keyed], database_name="Keys")
    return world


def stored(world):
    return sorted((one.name, one.num) for one in Keyed.objects.using(world.client).iterator())


def test_a_lost_create_is_not_taken_for_a_record_that_the_session_deletes(keyed):
    Keyed.objects.create(name="K", num=1)
    session = keyed.session()
    old = session.query(Keyed).get(name="K")
    session.delete(old)
    session.add(Keyed(name="K", num=2))
    with keyed.sandbox.faults.added("reset_before", **CREATES):
        assert session.commit().counts == {"created": 1, "deleted": 1}
    assert stored(keyed) == [("K", 2)]


def test_a_lost_create_is_not_taken_for_a_record_that_the_session_renames(keyed):
    Keyed.objects.create(name="A", num=1)
    session = keyed.session()
    old = session.query(Keyed).get(name="A")
    old.name = "B"
    session.add(Keyed(name="A", num=2))
    with keyed.sandbox.faults.added("reset_before", **CREATES):
        session.commit()
    assert stored(keyed) == [("A", 2), ("B", 1)]
    assert session.state(old) is State.PERSISTENT


def test_two_new_objects_of_one_key_are_two_records_in_the_end(keyed):
    session = keyed.session()
    session.add_all([Keyed(name="A", num=1), Keyed(name="A", num=2)])
    with keyed.sandbox.faults.added("reset_before", nth=2, **CREATES), pytest.raises(CommitError):
        session.commit()
    session.commit()
    assert stored(keyed) == [("A", 1), ("A", 2)]


def test_a_number_that_may_be_stored_rounded_settles_nothing(world):
    class Measured(Model):
        value = fields.Number()

        class Meta:
            natural_key = "value"

    create_tables(world.client, [Measured], database_name="Measures")
    session = world.session()
    one = Measured(value=0.1 + 0.2)
    session.add(one)
    with world.sandbox.faults.added("lost_answer", **CREATES), pytest.raises(CommitError):
        session.commit()
    assert session.state(one) is State.UNKNOWN
    assert Measured.objects.using(world.client).count() == 1


def test_what_is_created_in_the_block_belongs_to_it(world):
    with world.session():
        project = world.Project.objects.create(name="P")
        assert world.Project.objects.get(name="P") is project
        task, _ = world.Task.objects.get_or_create(title="a")
        project.name = "P2"
        task.tags.append("a")
    assert world.Project.objects.get(id=project.id).name == "P2"
    assert world.Task.objects.get(id=task.id).tags == ["a"]


def test_an_edit_of_a_second_object_of_a_record_is_refused_and_not_set(world):
    id = world.saved(world.Task, title="a")
    outside = world.Task.objects.get(id=id)
    with world.session():
        inside = world.Task.objects.get(id=id)
        with pytest.raises(InvalidState, match="one record is one object"):
            outside.qty = 50
        assert outside.qty is None
        assert inside.qty is None


def test_what_was_let_go_stays_out_until_it_is_added_again(world):
    id = world.saved(world.Task, title="a")
    with world.session() as session:
        task = world.Task.objects.get(id=id)
        session.expunge(task)
        task.title = "private"
        assert session.state(task) is State.DETACHED
    assert world.Task.objects.get(id=id).title == "a"
    with world.session() as session:
        session.add(task)
    assert world.Task.objects.get(id=id).title == "private"


def test_a_new_object_that_was_deleted_is_not_created_because_another_links_to_it(world):
    session = world.session()
    project = world.Project(name="P")
    task = world.Task(title="a", project=project)
    session.add_all([project, task])
    session.delete(project)
    with pytest.raises(CommitError) as caught:
        session.commit()
    assert caught.value.report.counts == {"skipped": 1}
    assert world.Project.objects.count() == 0
    task.project = None
    assert session.commit().counts == {"created": 1}


def test_an_update_of_a_query_set_sends_its_own_values_and_judges_what_the_service_answered(world):
    id = world.saved(world.Task, title="m3")
    with world.session() as session:
        task = session.get(world.Task, id)
        task.title = "renamed"
        task.tags.append("a")
        assert world.Task.objects.filter(title="m3").update(qty=1) == 1
        session.rollback()
    task = world.Task.objects.get(id=id)
    assert (task.title, task.qty, task.tags) == ("m3", 1, [])


def test_an_edit_in_another_thread_is_refused_and_not_set(world):
    session = world.session()
    task = session.get(world.Task, world.saved(world.Task, title="a"))
    refused = []

    def edit():
        try:
            task.qty = 500
        except InvalidState as error:
            refused.append(error)

    thread = threading.Thread(target=edit)
    thread.start()
    thread.join()
    assert len(refused) == 1
    assert task.qty is None


def test_what_a_receiver_adds_at_the_end_of_a_block_is_sent_too(world):
    def audit(sender, instance, created, fields):
        if sender is world.Task:
            session.add(world.Project(name=f"audit of {instance.title}"))

    post_save.connect(audit)
    try:
        with world.session() as session:
            session.add(world.Task(title="a"))
    finally:
        post_save.disconnect(audit)
    assert world.Project.objects.count() == 1


def test_a_part_of_a_raw_value_that_is_held_over_a_commit_is_still_the_records(world):
    database = world.client.create_database("Raw", world.sandbox.workspace_id).id
    table = world.client.create_table(
        database, "Note", primary_field_name="Name", fields=[{"name": "Where", "type": "ADDRESS"}]
    )

    class Note(Model):
        name = fields.SingleLineText()
        where = fields.Raw(type="ADDRESS")

        class Meta:
            table_name = "Note"

    Note.bind(world.client, database=database, table=table.id)
    with world.session() as session:
        note = Note.objects.create(name="a", where={"city": "Prague"})
        whole = note.where
        note.name = "b"
        session.commit()
        whole["city"] = "Brno"  # of an object that was held all along
    assert Note.objects.get(id=note.id).where == {"city": "Brno"}

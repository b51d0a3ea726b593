"""Identity: equality, hashing, showing, copying and pickling of records."""

import copy
import pickle

import pytest

from softrorm import DoesNotExist, FilterIgnored, InvalidQuery, InvalidValue, Model, ReadOnlyField, fields


class Task(Model):
    title = fields.SingleLineText("Title")
    qty = fields.Number("Qty00")
    tags = fields.MultiSelect("Tags0")
    odd = fields.Raw("Odd00")
    parent = fields.LinkedRecord("Paren", to="self")
    children = fields.LinkedRecords("Child", to="self")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "IdenTable00001"


class Other(Task):
    class Meta:
        table = "IdenTable00002"


def loaded(id="rrrrrrrrrrrrrr", model=Task, **more):
    fields_ = {"Title": "x", "Qty00": 5, "Tags0": [{"id": "id-a", "label": "a"}], **more}
    return model.from_record({"id": id, "fields": fields_, "createdAt": "2026-01-09T16:17:19Z"})


def test_records_are_equal_by_model_and_id():
    assert loaded() == loaded(Title="y")
    assert loaded() != loaded("ssssssssssssss")
    assert loaded() != loaded(model=Other)
    assert (loaded() == 5, loaded() == "rrrrrrrrrrrrrr") == (False, False)
    assert len({loaded(), loaded(Title="y"), loaded("ssssssssssssss"), loaded(model=Other)}) == 3


def test_a_new_record_equals_itself_alone_and_has_no_hash_yet():
    new = Task(title="x")
    assert new == new
    assert new != Task(title="x")
    with pytest.raises(TypeError, match=r"^<Task \(new\) title='x'> is not saved yet, so it has no id to be hashed by"):
        hash(new)


def test_a_record_shows_what_tells_it_from_others():
    assert repr(Task()) == "<Task (new)>"
    assert repr(Task(title="x", qty=None)) == "<Task (new) title='x' qty=None>"
    assert repr(loaded()) == "<Task rrrrrrrrrrrrrr title='x' qty=5>"
    assert "qty=0" in repr(loaded(Qty00=0))
    assert (str(loaded()), str(Task(title="x")), str(Task())) == ("x", "x", "new Task")
    assert str(Task.from_record({"id": "rrrrrrrrrrrrrr", "fields": {}})) == "rrrrrrrrrrrrrr"


def test_new_records_that_link_to_each_other_show_themselves():
    a, b = Task(title="a"), Task(title="b")
    a.parent, b.parent = b, a
    assert repr(a) == "<Task (new) title='a' parent=<Task (new) title='b' parent=...>>"
    with pytest.raises(InvalidValue, match="not saved yet"):
        a.to_wire()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_a_copy_is_the_same_record_with_values_of_its_own(copied):
    task = loaded(Odd00={"deep": [1]}, Paren={"id": "p" * 14, "label": "P"})
    task.title = "y"
    task.odd["deep"].append(2)
    twin = copied(task)
    assert (twin == task, twin is task, twin.dirty_fields) == (True, False, task.dirty_fields)
    twin.tags.append("b")
    twin.odd["deep"].append(3)
    twin.qty = 6
    assert (task.tags, task.odd, task.qty) == (["a"], {"deep": [1, 2]}, 5)
    assert twin.parent.id == task.parent.id


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_a_copy_of_a_new_record_is_new(copied):
    task = Task(title="x", tags=["a"])
    twin = copied(task)
    twin.tags.append("b")
    twin.qty = 5
    assert (task.to_wire(), twin.to_wire()) == (
        {"Title": "x", "Tags0": ["a"]},
        {"Title": "x", "Tags0": ["a", "b"], "Qty00": 5},
    )
    assert task.qty is None


def test_a_copy_goes_on_with_the_same_client(world, assert_requests):
    task = world.Task.objects.create(title="x", qty=1)
    twin = copy.deepcopy([task])[0]
    twin.qty = 2
    with assert_requests(1):
        twin.save()
    assert (task.qty, twin.is_dirty) == (1, False)


def test_records_pickle_with_their_changes_and_without_a_client():
    task = loaded(Paren={"id": "p" * 14, "label": "P"})
    task.title = "y"
    task.tags.append("b")
    task.children = [task.parent]
    twin = pickle.loads(pickle.dumps(task))
    assert (twin, twin.title, twin.qty, twin.tags) == (task, "y", 5, ["a", "b"])
    assert (twin.to_wire(), str(twin.parent), twin.created_at) == (task.to_wire(), "P", task.created_at)
    new = pickle.loads(pickle.dumps(Task(title="x", tags=["a"])))
    assert (new.to_wire(), new.id) == ({"Title": "x", "Tags0": ["a"]}, None)


def test_a_link_that_is_not_loaded_pickles_and_loads_through_the_default_client(world, assert_requests):
    project = world.Project.objects.create(name="P", budget=5)
    task = world.Task.objects.create(title="x", project=project)
    link = pickle.loads(pickle.dumps(world.Task.objects.get(id=task.id).project))
    assert (str(link), link.is_loaded) == ("P", False)
    with assert_requests(1):
        assert link.budget == 5
    task.project.delete()
    assert pickle.loads(pickle.dumps(task.project)).is_dangling


def test_no_key_is_in_a_pickle(sandbox):
    from softrorm import Client
    from softrorm.schema import create_tables

    class Thing(Model):
        name = fields.SingleLineText()

    globals()["Thing"] = Thing
    Thing.__qualname__ = "Thing"
    client = Client(sandbox, api_key="secret-key-of-mine")
    create_tables(client, [Thing])
    thing = Thing.objects.using(client).create(name="x")
    assert b"secret" not in pickle.dumps([thing, thing._context.ids])
    assert pickle.loads(pickle.dumps(thing)).name == "x"


@pytest.mark.parametrize(
    "error",
    [
        DoesNotExist("gone"),
        Task.DoesNotExist("gone"),
        Other.MultipleObjectsReturned("two"),
        InvalidValue("wrong"),
        ReadOnlyField("fixed"),
        InvalidQuery("odd"),
        FilterIgnored("all"),
    ],
    ids=lambda error: type(error).__qualname__,
)
def test_errors_pickle(error):
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin)) == (type(error), str(error))


def test_fields_pickle_as_those_of_their_model():
    assert pickle.loads(pickle.dumps(Task.title)) is Task.title
    condition = pickle.loads(pickle.dumps(Task.qty > 5))
    assert Task.objects.filter(condition).to_dict() == Task.objects.filter(qty__gt=5).to_dict()

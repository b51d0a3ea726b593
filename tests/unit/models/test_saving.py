"""Saving: what goes out, and what an answer does to the record."""

import pytest

from softrorm import Dialect, InvalidValue, NotFound


def fields_of(request, ids):
    """The body of a write by attribute."""
    names = {id: name for name, id in ids.items()}
    return {names[id]: value for id, value in request.body["fields"].items()}


def test_a_new_record_is_posted_with_what_it_was_given(world, assert_requests):
    task = world.Task(title="x", qty=5, tags=["a"])
    with assert_requests(1) as seen:
        task.save()
    assert seen[0].method == "POST"
    assert set(seen[0].body["fields"]) == {world.ids["title"], world.ids["qty"], world.ids["tags"]}
    assert (task.is_dirty, len(task.id), task.created_at is not None) == (False, 14, True)


def test_after_a_create_the_record_holds_what_the_service_made_of_it(world, assert_requests):
    task = world.Task(title="x")
    assert task.status is None
    task.save()
    with assert_requests(0):
        assert (task.status, task.number) == ("Open", 1)  # the default, and a number of the service's own
        assert task.status.id
        assert not task.is_dirty


def test_a_change_is_patched_alone(world, assert_requests):
    task = world.Task.objects.create(title="x", qty=5)
    task.qty = 6
    with assert_requests(1) as seen:
        task.save()
    assert seen[0].method == "PATCH"
    assert seen[0].path.endswith(f"/records/{task.id}")
    assert seen[0].body == {"fields": {world.ids["qty"]: 6}}
    assert task.qty == 6


def test_a_clean_save_makes_no_request(world, assert_requests):
    task = world.Task.objects.create(title="x", qty=5, tags=["a"])
    with assert_requests(0):
        task.save()
        task.to_dict()
        task.save()
        task.qty, task.tags = 6, ["b"]
        task.qty, task.tags = 5, ["a"]
        task.save()
        task.tags.append("b")
        task.tags.pop()
        task.save()


def test_an_edit_in_place_is_saved_and_the_list_stays_the_same_object(world, assert_requests):
    task = world.Task.objects.create(title="x", tags=["a"])
    tags = task.tags
    tags.append("b")
    with assert_requests(1) as seen:
        task.save()
    assert [len(value) for value in seen[0].body["fields"].values()] == [2]
    assert task.tags is tags
    assert not task.is_dirty
    tags.append("c")
    assert list(task.dirty_fields) == ["tags"]


def test_choices_and_links_read_from_the_answer_as_if_they_had_been_fetched(world, assert_requests):
    project = world.Project.objects.create(name="P")
    task = world.Task.objects.create(title="x", status="Done", project=project.id)
    with assert_requests(0):
        assert (str(task.project), task.project.is_loaded) == ("P", False)  # the label came with the answer
        assert task.status.id
        assert task.project == project


def test_named_fields_are_sent_dirty_or_not_and_the_rest_stays_dirty(world, assert_requests):
    task = world.Task.objects.create(title="x", qty=5)
    task.qty, task.tags = 6, ["a"]
    with assert_requests(1) as seen:
        task.save(fields=["title", "qty"])
    assert fields_of(seen[0], world.ids) == {"title": "x", "qty": 6}
    assert list(task.dirty_fields) == ["tags"]
    with assert_requests(1) as seen:
        task.save(fields="qty")
    assert fields_of(seen[0], world.ids) == {"qty": 6}
    with assert_requests(0):
        task.save(fields=[])


def test_all_fields_are_sent_when_that_is_asked(world, assert_requests):
    task = world.Task.objects.create(title="x", qty=5)
    with assert_requests(1) as seen:
        task.save(all_fields=True)
    sent = fields_of(seen[0], world.ids)
    assert set(sent) == {"title", "qty", "due", "status", "tags", "project"}
    assert (sent["due"], sent["tags"], sent["project"]) == (None, [], [])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("titel", r"^Task\.save\(fields=\.\.\.\): 'titel' is no field\. Did you mean 'title'\?"),
        ("number", r"^Task\.save\(fields=\.\.\.\): 'number' is computed by the service"),
    ],
)
def test_fields_to_save_that_cannot_be_are_refused(world, name, message, assert_requests):
    task = world.Task.objects.create(title="x")
    with assert_requests(0), pytest.raises(InvalidValue, match=message):
        task.save(fields=[name])


def test_a_missing_required_value_is_refused_before_any_request(world, assert_requests):
    with assert_requests(0):
        for task in (world.Task(), world.Task(qty=5)):
            with pytest.raises(InvalidValue, match=r"^Task\.title is required; give it a value before saving\.$"):
                task.save()
        with pytest.raises(InvalidValue, match=r"^Task\.title is required"):
            world.Task(title="x").save(fields=["qty"])


def test_a_link_to_an_unsaved_record_is_refused_before_any_request(world, assert_requests):
    task = world.Task(title="x", project=world.Project(name="P"))
    with (
        assert_requests(0),
        pytest.raises(InvalidValue, match=r"^Task\.project links to .*not saved yet: save it first"),
    ):
        task.save()
    task.project.save()
    task.save()
    assert task.project.name == "P"


def test_what_is_changed_during_the_request_stays_changed(world):
    task = world.Task.objects.create(title="x", qty=5, tags=["a"])

    def meanwhile():
        task.qty = 7  # sent as 6
        task.tags.append("c")  # sent with b
        task.status = "Done"  # not sent

    task.qty = 6
    task.tags.append("b")
    world.service.meanwhile = meanwhile
    task.save()
    assert task.dirty_fields == {"qty": 7, "tags": ["a", "b", "c"], "status": "Done"}
    task.save()
    task.refresh()
    assert (task.qty, task.tags, task.status) == (7, ["a", "b", "c"], "Done")


def test_what_is_changed_during_a_create_stays_changed(world):
    task = world.Task(title="x")
    world.service.meanwhile = lambda: setattr(task, "qty", 7)
    task.save()
    assert task.dirty_fields == {"qty": 7}


def test_a_save_that_is_refused_leaves_the_record_as_it_was(world):
    task = world.Task.objects.create(title="x", qty=5)
    task.qty = 6
    world.Task.objects.get(id=task.id).delete()
    with pytest.raises(NotFound):
        task.save()
    assert task.dirty_fields == {"qty": 6}


def test_other_changes_come_with_the_answer(world):
    task = world.Task.objects.create(title="x", qty=5)
    other = world.Task.objects.get(id=task.id)
    other.qty = 50
    other.save()
    task.tags.append("a")
    task.save()
    assert task.qty == 50


def test_the_verb_of_an_update_is_the_dialects(sandbox):
    from softrorm import Model, fields
    from softrorm.schema import create_tables

    class Thing(Model):
        name = fields.SingleLineText()

    client = sandbox.client(dialect=Dialect.JUNE_2025)
    create_tables(client, [Thing])
    thing = Thing.objects.using(client).create(name="x")
    thing.name = "y"
    thing.save()
    assert sandbox.requests[-1].method == "PUT"


def test_a_delete_makes_one_request_and_the_record_says_so(world, assert_requests):
    task = world.Task.objects.create(title="x")
    with assert_requests(1) as seen:
        task.delete()
    assert (seen[0].method, seen[0].path.rpartition("/")[2]) == ("DELETE", task.id)
    assert (task.is_dangling, task.title, "(deleted)" in repr(task)) == (True, "x", True)
    task.title = "y"
    with assert_requests(0), pytest.raises(InvalidValue, match=r"cannot be saved: the record is deleted\.$"):
        task.save()
    with pytest.raises(NotFound):
        task.delete()


def test_a_refresh_reads_the_record_anew_and_drops_changes(world, assert_requests):
    task = world.Task.objects.create(title="x", qty=5)
    task.qty, task.due = 6, None
    task.tags.append("a")
    with assert_requests(1):
        task.refresh()
    assert (task.qty, task.tags, task.is_dirty) == (5, [], False)
    task.delete()
    with pytest.raises(world.Task.DoesNotExist, match="is not there any more"):
        task.refresh()


@pytest.mark.parametrize("method", ["delete", "refresh"])
def test_what_was_never_saved_can_be_neither_deleted_nor_read(world, method, assert_requests):
    with (
        assert_requests(0),
        pytest.raises(InvalidValue, match=r"^<Task \(new\) title='x'> was never saved, so there is"),
    ):
        getattr(world.Task(title="x"), method)()


def test_a_record_made_without_a_client_is_saved_through_the_default_one(world, sandbox):
    from softrorm import Model, fields
    from softrorm.client import default

    place = world.Task.objects._binding()

    class Offline(Model):
        title = fields.SingleLineText(world.ids["title"])

        class Meta:
            database = world.database
            table = place.table

    client, default._client = default._client, None
    saved = world.Task.objects.using(client).create(title="x")
    offline = Offline.from_record({"id": saved.id, "fields": {world.ids["title"]: "x"}})
    offline.title = "y"
    default.configure(client)
    offline.save()
    assert world.Task.objects.get(title="y") == saved

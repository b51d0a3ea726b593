"""Updates and deletes of a filtered set: what they send, and what stops them."""

import json

import pytest

from softrorm import Client, FilterIgnored, InvalidQuery, InvalidValue, Q, today
from softrorm.client import default


class Deaf:
    """A service that ignores every filter, as a malformed one may be (wire-facts 10)."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def handle(self, method, path, query, headers, body):
        if path.endswith("/search"):
            asked = json.loads(body)
            asked.pop("filter", None)
            body = json.dumps(asked).encode()
        return self.sandbox.handle(method, path, query, headers, body)


@pytest.fixture
def deaf(world, sandbox):
    """The same world behind a service that ignores filters."""
    place = world.Task.objects._binding()
    deaf = default.configure(Client(Deaf(sandbox)))
    for model in (world.Task, world.Project):
        model.bind(deaf, database=place.database)
    sandbox.requests.clear()
    return world


def writes(seen):
    return [one.method for one in seen if one.method in {"PATCH", "PUT", "DELETE"} or not one.path.endswith("search")]


def test_an_update_writes_each_record_that_differs(world, assert_requests):
    world.fill(4)
    with assert_requests(1 + 2) as seen:
        assert world.Task.objects.filter(qty__gt=1).update(status="Done", tags=["a"]) == 2
    assert [one.method for one in seen] == ["POST", "PATCH", "PATCH"]
    with assert_requests(1):
        assert world.Task.objects.filter(status="Done").update(status="Done") == 2
    with assert_requests(0):
        assert world.Task.objects.none().update(status="Done") == 0


def test_every_record_of_an_update_gets_all_of_an_iterator(world):
    world.fill(3)
    world.Task.objects.all().update(tags=(tag for tag in "ab"))
    assert [task.tags for task in world.Task.objects] == [["a", "b"]] * 3


def test_a_delete_deletes_each_record(world, assert_requests):
    world.fill(4)
    with assert_requests(1 + 2) as seen:
        assert world.Task.objects.order_by("qty").filter(qty__gt=0)[:2].delete() == 2
    assert [one.method for one in seen] == ["POST", "DELETE", "DELETE"]
    assert [task.qty for task in world.Task.objects] == [0, 3]
    assert world.Task.objects.all().delete() == 2
    assert world.Task.objects.count() == 0


@pytest.mark.parametrize(
    "reach",
    [
        lambda tasks, client: tasks,
        lambda tasks, client: tasks.using(client),
        lambda tasks, client: tasks.order_by("qty"),
        lambda tasks, client: tasks.order_by("qty").reverse().using(client),
    ],
)
def test_a_whole_table_is_written_only_when_that_is_said(world, client, reach, assert_requests):
    world.fill(2)
    with assert_requests(0):
        with pytest.raises(
            InvalidQuery, match=r"^Task\.objects\.delete\(\) would delete every record of the table; say"
        ):
            reach(world.Task.objects, client).delete()
        with pytest.raises(InvalidQuery, match=r"^Task\.objects\.update\(\) would update every record"):
            reach(world.Task.objects, client).update(qty=1)


@pytest.mark.parametrize(
    "asked",
    [
        {"qty__gt": 1},
        {"title": "t2"},
        {"title__does_not_contain": "t1"},
        {"due": None},
        {"status": "Done"},
        {"tags__has_all_of": ["a"]},
        {"due__gt": "PREDEFINED:TODAY"},  # a year off: certain, however the service reads "today"
        {"due__is_between": ("PREDEFINED:YESTERDAY", "PREDEFINED:TOMORROW")},
    ],
    ids=str,
)
@pytest.mark.parametrize("action", [lambda query: query.delete(), lambda query: query.update(qty=7)])
def test_rows_that_the_filter_excludes_stop_the_job_before_any_write(deaf, asked, action, sandbox):
    deaf.fill(3)
    with pytest.raises(FilterIgnored) as caught:
        action(deaf.Task.objects.filter(**asked))
    assert "was stopped before any write" in str(caught.value)
    assert "of the 3 rows that the service answered do not match <Task." in str(caught.value)
    assert writes(sandbox.requests) == []


def test_what_is_uncertain_does_not_stop_the_job(world, deaf):
    from datetime import UTC, datetime

    task = deaf.Task.objects.create(title="now", due=datetime.now(UTC))
    assert deaf.Task.objects.filter(due=today()).update(qty=1) == 1
    assert deaf.Task.objects.filter(~Q(due__gt=today())).update(qty=2) == 1
    task.refresh()
    assert task.qty == 2


def test_unchecked_goes_on_all_the_same(deaf):
    deaf.fill(3)
    assert deaf.Task.objects.filter(qty=1).update(unchecked=True, status="Done") == 3


def test_a_raw_filter_alone_cannot_be_checked(world, sandbox):
    world.fill(2)
    id = world.Task.objects._binding().ids["qty"]
    raw = world.Task.objects.raw_filter({"leftSide": id, "operator": "IS", "rightSide": 1})
    for action in (raw.delete, lambda **more: raw.update(qty=5, **more)):
        with pytest.raises(InvalidQuery, match=r"a raw filter cannot be checked here. Pass unchecked=True"):
            action()
    assert sandbox.requests == []
    assert raw.delete(unchecked=True) == 1
    assert raw.filter(title="t0").delete() == 0  # beside a condition, the condition is checked


def test_bad_values_are_refused_before_any_request(world, assert_requests):
    with assert_requests(0):
        with pytest.raises(InvalidValue, match=r"^Task\.qty takes a number"):
            world.Task.objects.all().update(qty="many")
        with pytest.raises(AttributeError, match="Task has no field 'quantity'"):
            world.Task.objects.all().update(quantity=1)
        with pytest.raises(InvalidQuery, match=r"^update\(\) takes the attributes to set"):
            world.Task.objects.all().update()

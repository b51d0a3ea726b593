"""How many requests things make: none where none is needed, and as few as the API allows where some are."""

import pickle
from types import SimpleNamespace

import pytest

from softrorm import Model, Q, fields
from softrorm.client.errors import InvalidQuery, InvalidValue, ReadOnlyField
from softrorm.sandbox import Sandbox

ROWS = 1000


class Note(Model):
    """A model that can be pickled, since it stands in a module."""

    text = fields.SingleLineText("E08c0")

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "1ngdhgT38Kv3Cl"


@pytest.fixture(scope="module")
def sandbox():
    """One sandbox for the module; each test that writes has a database of its own in it."""
    with Sandbox() as sandbox:
        yield sandbox


def made(sandbox):
    """A new table of tasks that link to teams, and its ids."""
    client = sandbox.client()
    base = client.create_database("Base", sandbox.workspace_id)
    choices = {"choices": [{"label": "a"}, {"label": "b"}]}
    columns = [
        {"name": "Qty", "type": "NUMBER"},
        {"name": "Tags", "type": "SELECT", "options": choices, "allowMultipleEntries": True},
    ]
    tasks = client.create_table(base.id, "Tasks", primary_field_name="Title", fields=columns)
    teams = client.create_table(base.id, "Teams", primary_field_name="Name")
    link = client.create_field(base.id, tasks.id, "Team", "LINKED_RECORD", {"linkedTableId": teams.id})
    key = client.create_field(base.id, teams.id, "Key", "RECORD_ID", {})
    ids = {field.name: field.id for field in tasks.fields}
    return SimpleNamespace(
        base=base.id,
        tasks=tasks.id,
        teams=teams.id,
        title=ids["Title"],
        qty=ids["Qty"],
        tags=ids["Tags"],
        team=link.id,
        name=teams.primary_field_id,
        key=key.id,
    )


def model_of(place):
    """The model of the tasks of a place, declared by ids."""

    class Team(Model):
        name = fields.SingleLineText(place.name)
        key = fields.RecordId(place.key)

        class Meta:
            database = place.base
            table = place.teams

    class Task(Model):
        title = fields.SingleLineText(place.title)
        qty = fields.Number(place.qty)
        tags = fields.MultiSelect(place.tags, choices=["a", "b"])
        team = fields.LinkedRecord(place.team, to=Team)

        class Meta:
            database = place.base
            table = place.tasks

    return Task


@pytest.fixture
def place(sandbox):
    return made(sandbox)


@pytest.fixture
def task(client, place):
    """The model of a new, empty table."""
    return model_of(place)


@pytest.fixture(scope="module")
def filled(sandbox):
    place = made(sandbox)
    client = sandbox.client()
    for number in range(ROWS):
        client.create_record(place.base, place.tasks, {place.title: f"Task {number}", place.qty: number})
    return model_of(place)


@pytest.fixture
def thousand(client, filled):
    """The model of a table of a thousand records, which nobody changes."""
    return filled


# --- reading ----------------------------------------------------------------------------------------


def test_building_a_query_makes_no_request(task, assert_requests):
    with assert_requests(0):
        query = task.objects.filter(Q(qty__gt=5) | ~Q(title="x")).exclude(tags="a").order_by("-qty")[10:60]
        query.to_dict()
        query.explain()
        repr(query)
        task.qty.is_between(1, 2)


def test_a_filtered_read_of_a_thousand_makes_five(thousand, assert_requests):
    with assert_requests(5) as seen:
        found = list(thousand.objects.filter(qty__gte=0))
    assert len(found) == ROWS
    assert [one.body["paging"] for one in seen] == [{"offset": at, "limit": 200} for at in range(0, ROWS, 200)]


def test_an_unfiltered_read_makes_five_too_and_an_iterator_whose_pages_join_six(thousand, assert_requests):
    with assert_requests(5) as seen:
        assert len(thousand.objects.all()) == ROWS
    assert {one.method for one in seen} == {"GET"}
    with assert_requests(6):
        assert sum(1 for _ in thousand.objects.iterator()) == ROWS


def test_an_iterator_that_is_left_early_reads_no_page_ahead(thousand, assert_requests):
    with assert_requests(1):
        next(thousand.objects.iterator())


def test_a_query_set_reads_once_and_all_reads_anew(thousand, assert_requests):
    query = thousand.objects.filter(qty__lt=10)
    with assert_requests(1):
        assert len(query) == 10
        assert [one.qty for one in query] == list(range(10))
        assert query.count() == 10
        assert query.exists()
        assert query.first() == query[0] == query[:5][0]
        assert query
    with assert_requests(1):
        assert len(query.all()) == 10


@pytest.mark.parametrize(
    ("read", "limit"),
    [
        (lambda task: task.objects.filter(qty__gt=10).count(), 1),
        (lambda task: task.objects.count(), 1),
        (lambda task: task.objects.order_by("-qty").count(), 1),
        (lambda task: task.objects.filter(qty__gt=10).exists(), 1),
        (lambda task: task.objects.filter(qty__gt=10).first(), 1),
        (lambda task: task.objects.order_by("-qty").first(), 1),
        (lambda task: task.objects.order_by("created_at").last(), 1),
        (lambda task: task.objects.filter(qty__gt=10)[3], 1),
        (lambda task: task.objects.get(title="Task 5"), 2),
        (lambda task: list(task.objects.all()[:50]), 50),
        (lambda task: list(task.objects.filter(qty__gt=10)[100:150]), 50),
        (lambda task: list(task.objects.all()[:200]), 200),
    ],
)
def test_one_request_is_enough_and_asks_for_no_more_than_it_needs(thousand, assert_requests, read, limit):
    with assert_requests(1) as seen:
        read(thousand)
    [request] = seen
    asked = request.query if request.method == "GET" else request.body["paging"]
    assert int(asked["limit"]) == limit


def test_counting_sends_no_order(thousand, assert_requests):
    with assert_requests(1) as seen:
        assert thousand.objects.filter(qty__gte=0).order_by("-qty").count() == ROWS
    assert set(seen[0].body) == {"filter", "paging"}


def test_a_slice_over_a_page_asks_for_the_rest_alone(thousand, assert_requests):
    with assert_requests(2) as seen:
        assert len(thousand.objects.all()[100:350]) == 250
    assert [(one.query["offset"], one.query["limit"]) for one in seen] == [("100", "200"), ("300", "50")]


def test_get_by_id_makes_one_get(thousand, assert_requests):
    id = thousand.objects.first().id
    with assert_requests(1) as seen:
        assert thousand.objects.get(id=id).qty == 0
    assert seen[0].method == "GET"
    assert seen[0].path.endswith(f"/records/{id}")


@pytest.mark.parametrize(
    "nothing",
    [
        lambda task: task.objects.none(),
        lambda task: task.objects.filter(title__in=[]),
        lambda task: task.objects.filter(tags__has_any_of=[]),
        lambda task: task.objects.filter(Q(title__in=[]) & Q(qty=1)),
        lambda task: task.objects.exclude(title__is_not_one_of=[]),
        lambda task: task.objects.all()[5:5],
    ],
)
def test_what_cannot_match_is_answered_without_a_request(task, assert_requests, nothing):
    with assert_requests(0):
        query = nothing(task)
        assert list(query) == []
        assert query.count() == 0
        assert not query.exists()
        assert query.first() is None


def test_in_bulk_of_nothing_makes_none_and_one_or_two_one_each(thousand, assert_requests):
    ids = [one.id for one in thousand.objects.all()[:3]]
    with assert_requests(0):
        assert thousand.objects.in_bulk([]) == {}
    with assert_requests(2):
        assert set(thousand.objects.in_bulk([*ids[:2], ids[0]])) == set(ids[:2])
    with assert_requests(1):  # more are looked for on the first page of the table before anything else
        assert set(thousand.objects.in_bulk(ids)) == set(ids)


def test_what_is_refused_makes_none(task, assert_requests):
    with assert_requests(0):
        for refused in (
            lambda: task.objects.filter(titel="x"),
            lambda: task.objects.filter(qty__contains=1),
            lambda: task.objects.filter(qty="many"),
            lambda: task.objects.order_by("nothing"),
            lambda: task.objects.update(qty=1),
            lambda: task.objects.all().update(qty="many"),
            lambda: task(qty="many"),
        ):
            with pytest.raises((InvalidQuery, InvalidValue, ReadOnlyField)):
                refused()


# --- writing ----------------------------------------------------------------------------------------


def test_a_save_makes_one_and_a_clean_save_none(task, assert_requests):
    one = task(title="new", qty=1)
    with assert_requests(1) as seen:
        one.save()
    assert seen[0].method == "POST"
    with assert_requests(0):
        one.save()
        one.title = "other"
        one.title = "new"
        one.tags.append("a")
        one.tags.remove("a")
        one.save()
    one.qty = 2
    with assert_requests(1) as seen:
        one.save()
        one.save()
    assert seen[0].method == "PATCH"
    assert list(seen[0].body["fields"].values()) == [2]


def test_an_edit_in_place_is_one_request(task, assert_requests):
    one = task.objects.create(tags=["a"])
    one.tags.append("b")
    with assert_requests(1) as seen:
        one.save()
        one.save()
    assert len(seen[0].body["fields"]) == 1


def test_delete_and_refresh_make_one_each(task, assert_requests):
    one = task.objects.create(title="new")
    with assert_requests(1):
        one.refresh()
    with assert_requests(1):
        one.delete()


def test_get_or_create_and_update_or_create_make_no_more_than_they_must(task, assert_requests):
    with assert_requests(2):
        one, created = task.objects.get_or_create(title="new")
    assert created
    with assert_requests(1):
        assert task.objects.get_or_create(title="new") == (one, False)
    with assert_requests(2):
        task.objects.update_or_create(title="new", defaults={"qty": 5})
    with assert_requests(1):
        task.objects.update_or_create(title="new", defaults={"qty": 5})


def test_a_bulk_update_writes_only_the_rows_that_differ(task, assert_requests):
    for qty in (1, 2, 5):
        task.objects.create(qty=qty)
    with assert_requests(1 + 2):
        assert task.objects.filter(qty__lt=10).update(qty=5) == 3
    with assert_requests(1):
        assert task.objects.filter(qty__lt=10).update(qty=5) == 3
    with assert_requests(1 + 3):
        assert task.objects.filter(qty=5).delete() == 3


# --- links and binding ------------------------------------------------------------------------------


def linked(task, count):
    """As many tasks, each linked to a team of its own."""
    team_model = task.team.target
    for number in range(count):
        task.objects.create(title=f"Task {number}", team=team_model.objects.create(name=f"Team {number}"))
    return task.objects.all()


def test_the_id_and_the_label_of_a_link_make_none(task, assert_requests):
    query = linked(task, 3)
    with assert_requests(1):
        assert [str(one.team) for one in query] == ["Team 0", "Team 1", "Team 2"]
        assert all(one.team.id for one in query)
        assert "not loaded" in repr(query[0].team)


def test_the_links_of_two_hundred_siblings_load_together(task, assert_requests):
    query = linked(task, 200)
    with assert_requests(1):
        rows = list(query)
    with assert_requests(1):
        assert [one.team.name for one in rows] == [f"Team {number}" for number in range(200)]


def test_a_link_that_many_share_is_read_once(task, assert_requests):
    team = task.team.target.objects.create(name="Sales")
    for _ in range(5):
        task.objects.create(team=team)
    rows = list(task.objects.all())
    with assert_requests(1):
        assert {one.team.name for one in rows} == {"Sales"}


def test_an_empty_link_makes_none(task, assert_requests):
    task.objects.create(title="alone")
    with assert_requests(1):
        assert task.objects.first().team is None


def test_saving_a_link_does_not_load_it(task, assert_requests):
    linked(task, 2)
    first, second = task.objects.all()
    with assert_requests(1):
        first.team = second.team
        first.save()


def test_a_model_declared_by_names_reads_the_schema_once(client, place, assert_requests):
    class Task(Model):
        title = fields.SingleLineText()
        qty = fields.Number()

        class Meta:
            database = place.base
            table_name = "Tasks"

    with assert_requests(2):
        Task.objects.create(title="new")
    with assert_requests(2):
        Task.objects.count()
        assert Task.objects.get(title="new").qty is None


def test_making_showing_and_pickling_records_make_none(task, assert_requests):
    one = task.objects.create(title="new", qty=1)
    with assert_requests(0):
        shown = [repr(one), one.to_dict(), one.to_wire(), one.is_dirty, task(title="another")]
        assert len(shown) == 5
        assert task.from_record({"id": one.id, "fields": {}}) == one
        note = Note.from_record({"id": "vQ9BI8QUVQiFua", "fields": {"E08c0": "x"}})
        assert pickle.loads(pickle.dumps(note)).text == "x"

"""Reading: which records come, in how many requests, and what is refused before any."""

import pytest

from softrorm import DoesNotExist, InvalidQuery, MultipleObjectsReturned, Q


def test_building_a_query_sends_nothing_and_reading_it_twice_reads_once(world, assert_requests):
    world.fill(3)
    with assert_requests(0):
        query = world.Task.objects.filter(qty__gt=0).exclude(title="x").order_by("-qty")[:2]
    with assert_requests(1):
        assert [task.title for task in query] == ["t2", "t1"]
        assert (len(query), bool(query), query[0].title, query.count(), query.first().qty) == (2, True, "t2", 2, 2)
        assert query[1] in query
    with assert_requests(1):
        assert len(query.all()) == 2


def test_a_long_read_takes_one_request_per_200_records(world, assert_requests):
    world.fill(401)
    with assert_requests(3) as seen:
        assert [task.qty for task in world.Task.objects.filter(qty__gte=0)] == list(range(401))
    assert [one.body["paging"] for one in seen] == [
        {"offset": 0, "limit": 200},
        {"offset": 200, "limit": 200},
        {"offset": 400, "limit": 200},
    ]
    with assert_requests(3) as seen:
        assert len(world.Task.objects.all()) == 401
    assert [(one.method, one.query) for one in seen][-1] == ("GET", {"offset": "400", "limit": "200"})
    with assert_requests(1):
        assert len(world.Task.objects.order_by("qty")[100:250]) == 150
    with assert_requests(2) as seen:
        assert [task.qty for task in world.Task.objects.order_by("qty")[150:400]] == list(range(150, 400))
    assert seen[-1].body["paging"] == {"offset": 350, "limit": 50}


def test_an_iterator_reads_its_pages_as_they_are_needed_and_keeps_nothing(world, assert_requests):
    world.fill(201)
    query = world.Task.objects.order_by("qty")
    with assert_requests(1):
        records = query.iterator()
        assert next(records).qty == 0
    with assert_requests(1):
        assert sum(1 for _ in records) == 200
    with assert_requests(2):
        assert len(list(query.iterator())) == 201


def test_get_reads_the_one_record_that_matches_in_one_request(world, assert_requests):
    world.fill(3)
    with assert_requests(1) as seen:
        assert world.Task.objects.get(title="t1").qty == 1
    assert seen[0].body["paging"]["limit"] == 2
    with assert_requests(1):
        assert world.Task.objects.filter(qty__gt=0).get(world.Task.title == "t1").qty == 1


def test_get_by_id_reads_the_record_directly(world, assert_requests):
    first, second = world.fill(2)
    with assert_requests(1) as seen:
        assert world.Task.objects.get(id=first.id) == first
    assert (seen[0].method, seen[0].path.rpartition("/")[2]) == ("GET", first.id)
    assert world.Task.objects.filter(qty=0).get(id=first.id) == first
    with pytest.raises(world.Task.DoesNotExist, match="does not match"):
        world.Task.objects.filter(qty=0).get(id=second.id)


def test_a_record_that_is_not_there_is_an_error_of_its_model_and_a_lookup_error(world):
    for missing in ({"title": "zzz"}, {"id": "zzzzzzzzzzzzzz"}):
        with pytest.raises(world.Task.DoesNotExist) as caught:
            world.Task.objects.get(**missing)
        assert isinstance(caught.value, LookupError)
        assert isinstance(caught.value, DoesNotExist)
        assert not isinstance(caught.value, world.Project.DoesNotExist)


def test_more_than_one_match_is_an_error_of_its_model(world):
    world.fill(3)
    with pytest.raises(world.Task.MultipleObjectsReturned, match=r"^More than one Task matches <Task\.qty GREATER"):
        world.Task.objects.get(qty__gt=0)
    assert issubclass(world.Task.MultipleObjectsReturned, (MultipleObjectsReturned, LookupError))


@pytest.mark.parametrize("id", [None, "", 5, ["x"]])
def test_an_id_that_is_no_text_never_reads_something_else(world, id, assert_requests):
    world.fill(1)
    with assert_requests(0), pytest.raises(InvalidQuery, match=r"^Task\.id is text such as"):
        world.Task.objects.get(id=id)


def test_first_and_last_take_one_request_each(world, assert_requests):
    world.fill(3)
    tasks = world.Task.objects
    with assert_requests(1):
        assert tasks.order_by("-qty").first().qty == 2
    with assert_requests(1):
        assert tasks.order_by("-qty").last().qty == 0
    with assert_requests(1):
        assert tasks.filter(title="zzz").first() is None
    with assert_requests(2):  # the table's own order cannot be turned round, so the first request counts
        assert tasks.last().title == "t2"
    assert tasks.order_by("qty")[:2].last().qty == 1
    assert tasks.order_by("qty")[1:].first().qty == 1
    assert tasks.filter(title="zzz")[:2].last() is None


def test_reverse_turns_every_key_round(world):
    assert world.Task.objects.order_by("-qty", "title").reverse().to_dict()["sorting"] == [
        {"sortingField": world.Task.objects._binding().ids["qty"], "sortType": "ASC"},
        {"sortingField": world.Task.objects._binding().ids["title"], "sortType": "DESC"},
    ]
    assert world.Task.objects.reverse().to_dict()["sorting"] == [{"sortingField": "created_at", "sortType": "DESC"}]


def test_counting_takes_one_request_for_one_row(world, assert_requests):
    world.fill(7)
    tasks = world.Task.objects
    with assert_requests(1) as seen:
        assert tasks.filter(qty__gt=2).count() == 4
    assert seen[0].body["paging"] == {"offset": 0, "limit": 1}
    assert "sorting" not in seen[0].body
    with assert_requests(1) as seen:
        assert tasks.count() == 7
    assert seen[0].query == {"offset": "0", "limit": "1"}
    assert [tasks.all()[2:4].count(), tasks.all()[5:50].count(), tasks.all()[50:].count()] == [2, 2, 0]
    with assert_requests(0):
        assert tasks.all()[3:3].count() == 0
    assert (tasks.filter(qty=3).exists(), tasks.filter(qty=30).exists()) == (True, False)


def test_in_bulk_reads_by_id_and_leaves_out_what_is_not_there(world, assert_requests):
    made = world.fill(5)
    with assert_requests(2):
        found = world.Task.objects.in_bulk([made[1].id, "zzzzzzzzzzzzzz", made[1].id])
    assert found == {made[1].id: made[1]}
    with assert_requests(1):  # the table is shorter than five requests
        assert list(world.Task.objects.in_bulk(task.id for task in reversed(made))) == [
            task.id for task in reversed(made)
        ]
    with assert_requests(0):
        assert world.Task.objects.in_bulk([]) == {}


@pytest.mark.parametrize("ids", ["vQ9BI8QUVQiFua", [None], [5], [""]])
def test_in_bulk_takes_a_list_of_ids(world, ids, assert_requests):
    with assert_requests(0), pytest.raises(InvalidQuery, match=r"^in_bulk\(\) takes a list of record ids such as"):
        world.Task.objects.in_bulk(ids)


def test_in_bulk_is_no_filter(world):
    for query in (world.Task.objects.filter(qty=1), world.Task.objects.all()[:3], world.Task.objects.view("x")):
        with pytest.raises(InvalidQuery, match=r"^in_bulk\(\) reads by id alone"):
            query.in_bulk(["x"])


def test_values_and_values_list_give_what_was_named(world):
    made = world.fill(2)
    query = world.Task.objects.order_by("qty")
    assert query.values("title", "qty") == [{"title": "t0", "qty": 0}, {"title": "t1", "qty": 1}]
    assert query.values_list("id", "tags") == [(made[0].id, []), (made[1].id, [])]
    assert query.values_list("qty", flat=True) == [0, 1]
    assert list(query.values()[0]) == list(world.Task._meta.fields)
    with pytest.raises(InvalidQuery, match=r"^Task has no field 'titel'\. Did you mean 'title'\? Its fields are id, "):
        query.values("titel")
    with pytest.raises(InvalidQuery, match=r"^values_list\(flat=True\) takes one attribute, not 2\.$"):
        query.values_list("qty", "title", flat=True)
    with pytest.raises(InvalidQuery, match=r"^Fields are named one by one, as text such as 'id', not \['title'\]\."):
        query.values(["title"])


def test_none_answers_without_a_request(world, assert_requests):
    world.fill(1)
    with assert_requests(0):
        nothing = world.Task.objects.filter(qty=0).none()
        assert (list(nothing), nothing.count(), nothing.first(), nothing.exists()) == ([], 0, None, False)
        assert list(nothing.filter(title="t0")) == []
        assert list(world.Task.objects.filter(title__in=[])) == []
        assert list(world.Task.objects.all()[5:5]) == []
        with pytest.raises(world.Task.DoesNotExist):
            nothing.get()


def test_a_view_is_read_by_a_plain_get_in_its_own_order(world, client, assert_requests):
    world.fill(2)
    place = world.Task.objects._binding()
    view = client.list_views(place.database, place.table)[0].id
    with assert_requests(1) as seen:
        assert [task.qty for task in world.Task.objects.view(view)] == [0, 1]
    assert (seen[0].method, seen[0].query["viewId"]) == ("GET", view)
    assert world.Task.objects.view(view).count() == 2
    assert world.Task.objects.view(view)[1:].first().qty == world.Task.objects.view(view).last().qty == 1
    assert "viewId=" in str(world.Task.objects.view(view).explain())


@pytest.mark.parametrize(
    "mixed",
    [
        lambda tasks: tasks.view("v").filter(qty=1),
        lambda tasks: tasks.view("v").exclude(qty=1),
        lambda tasks: tasks.view("v").order_by("qty"),
        lambda tasks: tasks.view("v").reverse(),
        lambda tasks: tasks.view("v").get(qty=1),
        lambda tasks: tasks.view("v").get(id="x"),
        lambda tasks: tasks.view("v").raw_filter({"operator": "AND", "conditions": []}),
        lambda tasks: tasks.filter(qty=1).view("v"),
        lambda tasks: tasks.order_by("qty").view("v"),
    ],
)
def test_a_view_goes_with_no_filter_and_no_order(world, mixed, assert_requests):
    with assert_requests(0), pytest.raises(InvalidQuery, match=r"a view goes with no filter and no order"):
        mixed(world.Task.objects)


@pytest.mark.parametrize(
    "change",
    [
        lambda query: query.filter(qty=1),
        lambda query: query.exclude(qty=1),
        lambda query: query.order_by("qty"),
        lambda query: query.reverse(),
        lambda query: query.get(id="x"),
        lambda query: query.get(),
    ],
)
def test_a_slice_cannot_be_narrowed_or_reordered(world, change):
    with pytest.raises(InvalidQuery, match=r"\(\) comes before slicing"):
        change(world.Task.objects.all()[1:5])


def test_get_or_create(world, assert_requests):
    with assert_requests(2):
        task, created = world.Task.objects.get_or_create(title="new", defaults={"qty": 5})
    assert (task.title, task.qty, created) == ("new", 5, True)
    with assert_requests(1):
        assert world.Task.objects.get_or_create(title="new", defaults={"qty": 6}) == (task, False)
    made, created = world.Task.objects.get_or_create(qty__gt=100, defaults={"title": "other"})
    assert (made.title, made.qty, created) == ("other", None, True)


def test_update_or_create(world, assert_requests):
    with assert_requests(2):
        task, created = world.Task.objects.update_or_create(title="new", defaults={"qty": 5})
    assert (task.qty, created) == (5, True)
    with assert_requests(1):
        assert world.Task.objects.update_or_create(title="new", defaults={"qty": 5}) == (task, False)
    with assert_requests(2) as seen:
        task, created = world.Task.objects.update_or_create(title="new", defaults={"qty": 6})
    assert (task.qty, created, list(seen[1].body["fields"].values())) == (6, False, [6])


def test_links_are_asked_for_by_record_or_id(world):
    project = world.Project.objects.create(name="P")
    world.fill(2, project=project)
    world.fill(1)
    for value in (project, project.id):
        assert world.Task.objects.filter(project=value).count() == 2
        assert world.Task.objects.filter(project__in=[value]).count() == 2
    assert world.Task.objects.filter(project=None).count() == 1
    assert world.Project.objects.filter(tasks=world.Task.objects.first()).get() == project


def test_using_reads_and_writes_through_another_client(world, sandbox, assert_requests):
    from softrorm.sandbox import Sandbox
    from softrorm.schema import create_tables

    with Sandbox() as other:
        elsewhere = other.client()
        create_tables(elsewhere, [world.Project, world.Task])
        with assert_requests(0):
            task = world.Task.objects.using(elsewhere).create(title="far")
            assert world.Task.objects.using(elsewhere).get(title="far") == task
            task.qty = 5
            task.save()
            assert world.Task.objects.using(elsewhere).filter(qty=5).count() == 1
        assert world.Task.objects.filter(title="far").count() == 0


def test_negative_positions_and_steps_are_refused(world):
    tasks = world.Task.objects.all()
    for index in (-1, slice(-3, None), slice(None, -1), slice(None, None, 2)):
        with pytest.raises(InvalidQuery):
            tasks[index]
    with pytest.raises(IndexError, match="has no record at position 7"):
        tasks[7]


def test_get_or_create_wants_to_know_which_record_is_meant(world, assert_requests):
    world.fill(1)
    with assert_requests(0):
        for wrong in (
            lambda: world.Task.objects.get_or_create(),
            lambda: world.Task.objects.update_or_create(defaults={"qty": 1}),
            lambda: world.Task.objects.get_or_create({"title": "a"}),
            lambda: world.Task.objects.get_or_create(title="a", defaults={"tilte": "b"}),
        ):
            with pytest.raises(InvalidQuery):
                wrong()
    assert world.Task.objects.get_or_create(Q(title="other"), defaults={"title": "other"})[1]


def test_an_empty_text_asks_for_empty_cells(world):
    tasks = world.Task.objects
    tasks.create(title=None, qty=1)
    assert tasks.filter(title="").to_dict() == tasks.filter(title=None).to_dict()
    assert tasks.filter(title="").count() == 1
    assert tasks.exclude(title="").count() == 0
    assert tasks.get_or_create(title="", qty=1)[1] is False

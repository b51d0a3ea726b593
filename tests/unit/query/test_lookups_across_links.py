"""Look-ups across links: what they mean, what they send first and then, and what they refuse."""

import copy
import pickle
from datetime import date
from itertools import combinations

import pytest

import softrorm
from softrorm import (
    Client,
    ConfigurationError,
    Dialect,
    FilterIgnored,
    InvalidQuery,
    Model,
    Q,
    configure,
    create_tables,
    fields,
)
from softrorm.query import across


class Person(Model):
    name = fields.SingleLineText()
    email = fields.Email()


class Tag(Model):
    name = fields.SingleLineText()
    color = fields.SingleLineText()


class Project(Model):
    name = fields.SingleLineText()
    budget = fields.Number()
    owner = fields.LinkedRecord(to=Person)
    tasks = fields.LinkedRecords(to="Task", inverse="project")


class Task(Model):
    title = fields.SingleLineText()
    project = fields.LinkedRecord(to=Project)
    tags = fields.LinkedRecords(to=Tag)


@pytest.fixture(params=[Dialect.CURRENT, Dialect.JUNE_2025], ids=["current", "june-2025"])
def world(request, sandbox):
    """Five tasks: a1 and a2 in A, b1 in B, c1 in C, which has no budget and no owner, and one in no project."""
    configure(url=sandbox, dialect=request.param)
    create_tables(softrorm.client.default.default_client(), [Person, Tag, Project, Task])
    ada = Person.objects.create(name="Ada", email="ada@example.org")
    bob = Person.objects.create(name="Bob", email="bob@example.com")
    a = Project.objects.create(name="A", budget=10, owner=ada)
    b = Project.objects.create(name="B", budget=20, owner=bob)
    c = Project.objects.create(name="C")
    red, blue = Tag.objects.create(name="x", color="red"), Tag.objects.create(name="y", color="blue")
    for title, project, tags in [
        ("a1", a, [red]),
        ("a2", a, [red, blue]),
        ("b1", b, [blue]),
        ("c1", c, []),
        ("none", None, []),
    ]:
        Task.objects.create(title=title, project=project, tags=tags)
    sandbox.requests.clear()
    return sandbox


def titles(query):
    return [task.title for task in query]


CASES = [
    (Q(project__name="A"), "a1 a2"),
    (Q(project__name__is_one_of=["A", "C"]), "a1 a2 c1"),
    (Q(project__budget__gt=10), "b1"),
    (Q(project__budget=None), "c1"),  # there is a project, and it has none
    (Q(project__budget__is_not_empty=True), "a1 a2 b1"),
    (Q(project__owner__email__ends_with="example.org"), "a1 a2"),
    (Q(project__owner__name="Ada") | Q(project__name="C"), "a1 a2 c1"),
    (Q(project__name="A", project__budget=20), ""),
    (Q(project__name="A", title="a2"), "a2"),
    (Q(project__owner__name="Nobody"), ""),
    (Q(project__owner=None), "c1"),
    (Q(tags__name="y"), "a2 b1"),
    (Q(tags__name="x", tags__color="red"), "a1 a2"),
    (Q(tags__name="x", tags__color="blue"), ""),  # no one tag is both
    (Q(tags__name="x") & Q(tags__color="blue"), "a2"),
    (~Q(tags__name="x"), "b1 c1 none"),
    (~Q(project__name="A"), "b1 c1 none"),
    (~Q(project__owner__name="Ada"), "b1 c1 none"),
    (Q(project__name="A") & ~Q(tags__color="blue"), "a1"),
    (~(Q(project__name="A") | Q(tags__name="y")), "c1 none"),
    (Q(project__tasks__title="a1"), "a1 a2"),  # and back
    (Q(project__created_at__is_not_empty=True), "a1 a2 b1 c1"),
]


def test_a_look_up_across_a_link_holds_where_a_linked_record_matches(world):
    for asked, found in CASES:
        assert titles(Task.objects.filter(asked)) == found.split(), asked


def test_exclude_is_the_exact_complement(world):
    for asked, found in CASES:
        others = titles(Task.objects.exclude(asked))
        assert sorted([*others, *found.split()]) == ["a1", "a2", "b1", "c1", "none"], asked
        assert Task.objects.exclude(asked).count() == len(others), asked


def test_in_memory_a_look_up_means_the_same(world, assert_requests):
    tasks = list(Task.objects.prefetch("project__owner", "project__tasks", "tags"))
    with assert_requests(0):
        for asked, found in CASES:
            assert [task.title for task in tasks if Task.objects.filter(asked).matches(task)] == found.split(), asked


def test_the_linked_records_are_asked_for_first_and_when_the_query_is_read(world, assert_requests):
    with assert_requests(0):
        query = Task.objects.filter(project__name="A")
    with assert_requests(2) as seen:
        assert titles(query) == ["a1", "a2"]
    first, second = (one.body["filter"]["condition"] for one in seen)
    project = Project.objects.get(name="A")
    assert (first["operator"], first["rightSide"]) == ("IS", "A")
    assert (second["operator"], second["rightSide"]) == ("IS_ONE_OF", [project.id])


def test_links_to_several_are_asked_in_the_dialects_form(world, assert_requests):
    with assert_requests(2) as seen:
        assert titles(Task.objects.filter(tags__name__in=["x", "y"])) == ["a1", "a2", "b1"]
    condition = seen[1].body["filter"]["condition"]
    assert condition["operator"] == ("HAS_ANY_OF" if "HAS_ANY_OF" in str(condition) else "OR")


def test_keywords_across_one_link_are_one_step_and_a_chain_has_a_step_for_each_link(world, assert_requests):
    with assert_requests(2):
        list(Task.objects.filter(project__name="A", project__budget__gt=1))
    with assert_requests(3):
        list(Task.objects.filter(project__owner__name="Ada"))
    with assert_requests(3):
        list(Task.objects.filter(project__name="A").filter(project__budget__gt=1))


def test_with_no_linked_record_that_matches_the_second_step_is_not_sent(world, assert_requests):
    with assert_requests(1):
        assert titles(Task.objects.filter(project__name="Z")) == []
    with assert_requests(1):
        assert titles(Task.objects.filter(project__owner__name="Z")) == []
    with assert_requests(2):
        assert len(Task.objects.exclude(project__name="Z")) == 5


def test_with_nothing_to_ask_for_no_step_is_sent(world, assert_requests):
    with assert_requests(0):
        assert titles(Task.objects.filter(project__name__in=[])) == []
        assert titles(Task.objects.none().filter(project__name="A")) == []


def test_the_id_of_a_linked_record_is_what_the_link_holds(world, assert_requests):
    a, b = list(Project.objects.filter(name__in=["A", "B"]))
    with assert_requests(2):
        assert titles(Task.objects.filter(project__id=a.id)) == ["a1", "a2"]
        assert titles(Task.objects.filter(project__id__in=[a.id, b.id])) == ["a1", "a2", "b1"]


@pytest.mark.parametrize(
    ("read", "requests", "answer"),
    [
        (lambda tasks: tasks.count(), 2, 2),
        (lambda tasks: tasks.exists(), 2, True),
        (lambda tasks: tasks.first().title, 2, "a1"),
        (lambda tasks: tasks.get(title="a2").title, 2, "a2"),
        (lambda tasks: [task.title for task in tasks.iterator()], 2, ["a1", "a2"]),
        (lambda tasks: [task.title for task in tasks.order_by("title").iterator()], 2, ["a1", "a2"]),
        (lambda tasks: tasks.values_list("title", flat=True), 2, ["a1", "a2"]),
        (lambda tasks: tasks[1].title, 2, "a2"),
        (lambda tasks: [row["title"] for row in tasks.to_dicts()], 2, ["a1", "a2"]),
        (lambda tasks: tasks.aggregate(number=softrorm.Count()), 2, {"number": 2}),
        (lambda tasks: [change.record.title for change in tasks.changes()], 2, ["a1", "a2"]),
        (lambda tasks: [task.project.name for task in tasks.prefetch("project")], 3, ["A", "A"]),
        (lambda tasks: int(tasks.update(title="new")), 4, 2),
        (lambda tasks: int(tasks.delete()), 4, 2),
    ],
)
def test_every_way_to_read_and_write_takes_look_ups_across_links(world, assert_requests, read, requests, answer):
    with assert_requests(requests):
        assert read(Task.objects.filter(project__name="A")) == answer


def test_a_record_that_is_read_by_id_is_judged_by_the_first_step(world, assert_requests):
    task = Task.objects.get(title="b1")
    with assert_requests(2):
        assert Task.objects.get(id=task.id, project__name="B").title == "b1"
    with pytest.raises(Task.DoesNotExist):
        Task.objects.get(id=task.id, project__name="A")


class Deaf:
    """The sandbox, which ignores the filters on one table."""

    def __init__(self, sandbox, table):
        self.sandbox = sandbox
        self.table = table

    def handle(self, method, path, query, headers, body):
        if path.endswith("/search") and self.table in path:
            body = b'{"paging": {"limit": 200}}'
        return self.sandbox.handle(method, path, query, headers, body)


def test_a_second_step_that_was_ignored_stops_a_delete(world):
    place = Task.objects._binding()
    deaf = Client(Deaf(world, place.table), dialect=place.dialect)
    Task.bind(deaf, database=place.database)
    Project.bind(deaf, database=place.database)
    with pytest.raises(FilterIgnored, match=r"3 of the 5 rows .* do not match <Task\.project: <Project\.name IS 'A'>>"):
        Task.objects.using(deaf).filter(project__name="A").delete()
    assert Task.objects.count() == 5


def test_too_many_linked_records_are_refused_with_their_number(world, assert_requests, monkeypatch):
    for module in (across, softrorm.query.paged):
        monkeypatch.setattr(module, "MOST_LINKED", 2)
    with assert_requests(1), pytest.raises(InvalidQuery) as caught:
        list(Task.objects.filter(project__name__is_not_empty=True))
    assert str(caught.value) == (
        "Task.project: 3 records of Project match <Project.name IS_NOT_EMPTY>, and a look-up across a link takes 2 at "
        "most. Narrow it, declare a LOOKUP field of what you look for in Task, or begin with Project.objects and "
        "follow its link back."
    )


def test_a_first_step_of_many_pages_holds_all_ids(sandbox, client):
    create_tables(client, [Person, Tag, Project, Task])
    Tag.objects.bulk_create({"name": f"t{number}"} for number in range(450))
    last = Tag.objects.last()
    Task.objects.create(title="x", tags=[last])
    assert titles(Task.objects.filter(tags__name__starts_with="t")) == ["x"]


def test_links_to_records_that_are_gone_match_nothing(world, assert_requests):
    Project.objects.get(name="A").delete()
    assert titles(Task.objects.filter(project__name="A")) == []
    assert titles(Task.objects.exclude(project__name="A")) == ["a1", "a2", "b1", "c1", "none"]
    tasks = list(Task.objects.prefetch("project"))
    assert not any(Task.objects.filter(project__name="A").matches(task) for task in tasks)


def test_matches_never_loads_behind_ones_back(world, assert_requests):
    task = Task.objects.get(title="a1")
    with assert_requests(0), pytest.raises(InvalidQuery) as caught:
        Task.objects.filter(project__name="A").matches(task)
    assert str(caught.value).endswith(
        "is not loaded: read the records with .prefetch('project'), or load it with softrorm.prefetch(records, "
        "'project')."
    )
    softrorm.prefetch([task], "project")
    with assert_requests(0):
        assert Task.objects.filter(project__name="A").matches(task)


def test_to_dict_says_that_the_body_follows_from_an_answer(world):
    with pytest.raises(InvalidQuery, match=r"^<Task\.project: .*> is answered by a request of its own first, so what"):
        Task.objects.filter(project__name="A").to_dict()


def test_explain_shows_the_steps_and_sends_nothing(world, assert_requests):
    with assert_requests(0):
        explained = Task.objects.filter(project__owner__name="Ada").explain()
    assert [step.title for step in explained.before] == [
        "the ids for <Project.owner: <Person.name IS 'Ada'>>, at most 1000",
        "the ids for <Task.project: <Project.owner: <Person.name IS 'Ada'>>>, at most 1000",
    ]
    assert explained.before[1].body["filter"]["condition"]["rightSide"] == ["<an id of step 1>"]
    assert explained.body["filter"]["condition"]["rightSide"] == ["<an id of step 2>"]
    lines = str(explained).split("\n")
    assert [line for line in lines if line.startswith(("-- Step", "POST"))] == [
        "-- Step 1: the ids for <Project.owner: <Person.name IS 'Ada'>>, at most 1000",
        f"POST {explained.before[0].path}",
        "-- Step 2: the ids for <Task.project: <Project.owner: <Person.name IS 'Ada'>>>, at most 1000",
        f"POST {explained.before[1].path}",
        "-- Step 3: the records",
        f"POST {explained.path}",
    ]
    assert Task.objects.filter(project__name__in=[]).explain().method == ""


def test_the_steps_of_several_look_ups_are_numbered_as_they_come(world):
    explained = Task.objects.filter(tags__name="x").filter(project__owner__name="Ada").explain()
    assert explained.before[2].body["filter"]["condition"]["rightSide"] == ["<an id of step 2>"]
    assert "<an id of step 3>" in str(explained.body)
    assert "<an id of step 1>" in str(explained.body)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"project__nam": "A"}, "Task.project is a link and has no look-up 'nam'. Did you mean 'name'? It takes is, "),
        ({"project__name__contain": "A"}, "Project.name has no look-up 'contain'. Did you mean 'contains'?"),
        ({"project__budget__contains": "1"}, "Project.budget holds numbers and cannot take 'contains';"),
        ({"project__budget": "x"}, "Project.budget__is takes a number, not 'x' (str)."),
        ({"project__owner__phone": "1"}, "Project.owner is a link and has no look-up 'phone'."),
        ({"title__name": "A"}, "Task.title has no look-up 'name'."),
    ],
)
def test_what_cannot_work_is_refused_at_the_call(asked, message):
    with pytest.raises(InvalidQuery) as caught:
        Task.objects.filter(**asked)
    assert str(caught.value).startswith(message)


def test_a_text_look_up_on_several_values_is_answered_with_the_one_that_asks_for_a_value():
    with pytest.raises(InvalidQuery, match=r"Whether it holds a value: tags__has_any_of=\[\.\.\.\]\.$"):
        Task.objects.filter(tags__contains="x")


def test_the_order_does_not_reach_across_a_link():
    with pytest.raises(InvalidQuery) as caught:
        Task.objects.order_by("-project__name")
    assert str(caught.value) == (
        "Task cannot be ordered by '-project__name': the API does not order across a link. Declare a LOOKUP field and "
        "order by that, or sort the records that you read."
    )


def test_a_query_with_look_ups_across_links_is_copied_and_pickled(world):
    query = Task.objects.filter(Q(project__name="A") | Q(tags__name="y"))
    assert titles(copy.copy(query)) == ["a1", "a2", "b1"]
    assert repr(pickle.loads(pickle.dumps(query._where))) == repr(query._where)


# --- through a LOOKUP field -------------------------------------------------------------------------


class City(Model):
    name = fields.SingleLineText("CName")
    people = fields.Number("Peopl")
    mayor = fields.Select("Mayor", choices={"Ada": "c-ada", "Bob": "c-bob"})
    open = fields.Checkbox("Open0")
    sights = fields.MultiSelect("Sight", choices=["x", "y"])

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "CityTable00001"


class Street(Model):
    city = fields.LinkedRecord("City0", to=City)
    city_name = fields.Lookup("CNam1", through="city", of="name")
    city_people = fields.Lookup("CPeo1", through="city", of="people")
    city_mayor = fields.Lookup("CMay1", through="city", of="mayor")
    city_open = fields.Lookup("COpe1", through="city", of="open")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "StreTable00001"


class Tour(Model):
    cities = fields.LinkedRecords("Citie", to=City)
    city_names = fields.Lookup("CNam2", through="cities", of="name")
    city_people = fields.Lookup("CPeo2", through="cities", of="people")
    city_sights = fields.Lookup("CSig2", through="cities", of="sights")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TourTable00001"


def asked(query):
    return query.to_dict()["filter"]["condition"]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (Street.objects.filter(city__name="Brno"), {"leftSide": "CNam1", "operator": "IS", "rightSide": "Brno"}),
        (
            Street.objects.filter(city__people__is_between=(1, 2)),
            {"leftSide": "CPeo1", "operator": "IS_BETWEEN", "lowerBound": 1, "upperBound": 2},
        ),
        (Street.objects.filter(city__mayor="Ada"), {"leftSide": "CMay1", "operator": "IS", "rightSide": "c-ada"}),
        (Street.objects.filter(city__name__is_not_empty=True), {"leftSide": "CNam1", "operator": "IS_NOT_EMPTY"}),
        (
            Street.objects.exclude(city__name="Brno"),
            {
                "operator": "OR",
                "conditions": [
                    {"leftSide": "CNam1", "operator": "IS_NOT", "rightSide": "Brno"},
                    {"leftSide": "CNam1", "operator": "IS_EMPTY"},
                ],
            },
        ),
        (
            Street.objects.filter(city__name="Brno", city__people__gt=5),
            {
                "operator": "AND",
                "conditions": [
                    {"leftSide": "CNam1", "operator": "IS", "rightSide": "Brno"},
                    {"leftSide": "CPeo1", "operator": "GREATER_THAN", "rightSide": 5},
                ],
            },
        ),
        (
            Tour.objects.filter(cities__name="Brno"),
            {"leftSide": "CNam2", "operator": "HAS_ANY_OF", "rightSide": ["Brno"]},
        ),
        (
            Tour.objects.filter(cities__name__starts_with="B"),
            {"leftSide": "CNam2", "operator": "STARTS_WITH", "rightSide": "B"},
        ),
        (
            Tour.objects.filter(cities__people__in=[1, 2]),
            {"leftSide": "CPeo2", "operator": "IS_ONE_OF", "rightSide": [1, 2]},
        ),
    ],
)
def test_a_lookup_field_of_the_path_answers_in_one_request(query, condition):
    assert asked(query) == condition


@pytest.mark.parametrize(
    "query",
    [
        Street.objects.filter(city__name=None),  # the field is empty where there is no city, too
        Street.objects.filter(city__name__is_not="Brno"),
        Street.objects.filter(city__open=True),  # empty and false are not told apart
        Street.objects.filter(city__sights="x"),  # no field shows it
        Tour.objects.filter(cities__people__gt=5),  # no operator compares several numbers
        Tour.objects.filter(cities__sights__has_all_of=["x", "y"]),  # two cities may share them out
        Tour.objects.filter(cities__name="Brno", cities__people=5),  # one city is to be both
    ],
)
def test_what_a_lookup_field_cannot_say_exactly_takes_two_steps(query):
    [step] = query.explain().before
    assert step.path.endswith("/tables/CityTable00001/records/search")


def test_a_lookup_field_is_judged_by_its_own_value_in_memory():
    street = Street.from_record(
        {"id": "s" * 14, "fields": {"City0": {"id": "c" * 14, "label": "Brno"}, "CNam1": "Brno", "CPeo1": 4}}
    )
    assert Street.objects.filter(city__name="brno", city__people__lt=5).matches(street)
    assert not Street.objects.exclude(city__name="brno").matches(street)


def test_a_lookup_field_that_names_its_path_knows_its_type():
    tour = Tour.from_record(
        {"id": "t" * 14, "fields": {"CNam2": ["a", "b"], "CSig2": [{"id": "1", "label": "x"}], "CPeo2": []}}
    )
    assert (tour.city_names, tour.city_sights, tour.city_people) == (["a", "b"], ["x"], [])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            {"through": "citty", "of": "name"},
            "Bad.shown: through='citty' is no link of the model. Did you mean 'city'?",
        ),
        ({"through": "text", "of": "name"}, "Bad.shown: through='text' is no link of the model."),
        ({"through": "city"}, "Bad.shown: through='city' goes with of=, the linked record's field."),
        ({"through": "city", "of": "nam"}, "Bad.shown: of='nam' is no field of City. Did you mean 'name'?"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_when_the_model_is_made(path, message):
    with pytest.raises(ConfigurationError) as caught:

        class Bad(Model):
            text = fields.SingleLineText()
            city = fields.LinkedRecord(to=City)
            shown = fields.Lookup(**path)

    assert str(caught.value).startswith(message)


def test_a_table_is_created_with_the_lookup_fields_that_name_their_path(client, sandbox):
    class Road(Model):
        name = fields.SingleLineText()
        project = fields.LinkedRecord(to=Project)
        budget = fields.Lookup(through="project", of="budget")

    create_tables(client, [Person, Tag, Project, Task, Road])
    place = Road.objects._binding()
    options = client.get_field(place.database, place.table, place.ids["budget"]).options
    assert options.linked_record_field_id == place.ids["project"]
    assert options.lookup_field_id == Project.objects._binding().ids["budget"]


class Port(Model):
    name = fields.SingleLineText()
    depth = fields.Number()
    opened = fields.Date()
    kind = fields.Select(choices=["River", "Sea"])
    cargo = fields.MultiSelect(choices=["coal", "salt"])


class Voyage(Model):
    title = fields.SingleLineText()
    home = fields.LinkedRecord(to=Port)
    stops = fields.LinkedRecords(to=Port)
    home_name = fields.Lookup(through="home", of="name")
    home_depth = fields.Lookup(through="home", of="depth")
    home_opened = fields.Lookup(through="home", of="opened")
    home_kind = fields.Lookup(through="home", of="kind")
    home_cargo = fields.Lookup(through="home", of="cargo", many=True)
    stops_name = fields.Lookup(through="stops", of="name")
    stops_depth = fields.Lookup(through="stops", of="depth")
    stops_opened = fields.Lookup(through="stops", of="opened")
    stops_kind = fields.Lookup(through="stops", of="kind")
    stops_cargo = fields.Lookup(through="stops", of="cargo")


class BareVoyage(Model):
    """The same table without its LOOKUP fields, so that every look-up across a link takes two steps."""

    title = fields.SingleLineText()
    home = fields.LinkedRecord(to=Port)
    stops = fields.LinkedRecords(to=Port)

    class Meta:
        table_name = "Voyage"


@pytest.fixture(params=[Dialect.CURRENT, Dialect.JUNE_2025], ids=["current", "june-2025"])
def voyages(request, sandbox):
    """Voyages from each of four ports, one of them without any value and one deleted since, to every pair of ports."""
    client = configure(url=sandbox, dialect=request.param)
    create_tables(client, [Port, Voyage])
    place = Voyage.objects._binding()
    BareVoyage.bind(client, database=place.database)
    ports = [
        Port.objects.create(name="Brno", depth=3, opened=date(2020, 1, 1), kind="River", cargo=["coal"]),
        Port.objects.create(name="brest", depth=30, opened=date(2021, 6, 1), kind="Sea", cargo=["coal", "salt"]),
        Port.objects.create(),
        Port.objects.create(name="Gone", depth=9, opened=date(2022, 1, 1), kind="Sea", cargo=["salt"]),
    ]
    for at, home in enumerate([*ports, None]):
        for to, stops in enumerate([[], *combinations(ports, 2), *([port] for port in ports)]):
            Voyage.objects.create(title=f"{at} {to}", home=home, stops=stops)
    ports[3].delete()
    sandbox.requests.clear()


LOOK_UPS = [
    ("name", "Brno"),
    ("name", "BREST"),
    ("name", "Gone"),
    ("name__starts_with", "br"),
    ("name__contains", "n"),
    ("name__in", ["Brno", "nowhere"]),
    ("name__is_not_empty", True),
    ("depth", 30),
    ("depth__in", [3, 9]),
    ("depth__gt", 3),
    ("depth__is_between", (1, 10)),
    ("opened__lte", date(2020, 12, 31)),
    ("opened__is_between", (date(2020, 1, 1), date(2021, 6, 1))),
    ("kind", "Sea"),
    ("kind__in", ["River", "Sea"]),
    ("cargo__has_any_of", ["salt"]),
    ("cargo__has_all_of", ["coal", "salt"]),
    ("name", None),
    ("depth__is_not", 3),
]


@pytest.mark.parametrize("link", ["home", "stops"])
def test_through_a_lookup_field_and_in_two_steps_the_same_is_found(voyages, link):
    for look_up, value in LOOK_UPS:
        asked = {f"{link}__{look_up}": value}
        for way in ("filter", "exclude"):
            short, long = (titles(getattr(model.objects, way)(**asked)) for model in (Voyage, BareVoyage))
            assert short == long, (way, asked)
        assert BareVoyage.objects.filter(**asked).explain().before, asked


@pytest.mark.parametrize("look_up", [{"home__name": "Brno"}, {"home__depth__gt": 3}, {"stops__name": "Brno"}])
def test_through_a_lookup_field_one_request_finds_what_takes_two_without(voyages, assert_requests, look_up):
    with assert_requests(1):
        found = titles(Voyage.objects.filter(**look_up))
    with assert_requests(2):
        assert titles(BareVoyage.objects.filter(**look_up)) == found
    assert 0 < len(found) < 55


def test_lookup_fields_read_what_the_linked_records_hold(voyages):
    for voyage in Voyage.objects.prefetch("home", "stops"):
        home = [] if voyage.home is None or voyage.home.is_dangling else [voyage.home]
        stops = [port for port in voyage.stops if not port.is_dangling]
        for name in ("name", "depth", "opened", "kind"):
            values = [getattr(port, name) for port in home if getattr(port, name) is not None]
            assert [one for one in [getattr(voyage, f"home_{name}")] if one is not None] == values
            values = [getattr(port, name) for port in stops if getattr(port, name) is not None]
            assert getattr(voyage, f"stops_{name}") == values
        assert voyage.stops_cargo == [one for port in stops for one in port.cargo]
        assert voyage.home_cargo == [one for port in home for one in port.cargo]

"""LOOKUP, ROLLUP and COUNT: what they read (wire-facts 4.1, 6; formulas 4.6)."""

import pytest

from softrorm.sandbox import Sandbox

CHOICES = {"choices": [{"id": "c1", "label": "Open"}, {"id": "c2", "label": "Done"}]}


class World:
    """Projects with tasks; a project holds several, a task one."""

    def __init__(self, api):
        self.api = api
        self.tasks = api.table(
            {"name": "Hours", "type": "NUMBER"},
            {"name": "Billed", "type": "CHECKBOX"},
            {"name": "State", "type": "SELECT", "options": CHOICES},
            {"name": "Tags", "type": "SELECT", "options": CHOICES, "allowMultipleEntries": True},
            {"name": "Due", "type": "DATETIME", "options": {"precision": "DATE"}},
            name="Tasks",
        )
        self.projects = api.table(database=self.tasks.database, name="Projects")
        link = {"linkedTableId": self.tasks.id}
        self.link = self.projects.add("Tasks", "LINKED_RECORD", options=link)
        self.back = self.tasks.field("Projects")
        api("PUT", f"{self.tasks.path}/fields/{self.back['id']}", {**self.back, "allowMultipleEntries": False})

    def look_up(self, name, **more):
        options = {"linkedRecordFieldId": self.link["id"], "lookupFieldId": self.tasks.field(name)["id"]}
        return self.projects.add(f"{name} up", "LOOKUP", options=options, **more)

    def roll_up(self, function, name="Hours", more=None, **body):
        options = {"linkedRecordFieldId": self.link["id"], "rollupFieldId": self.tasks.field(name)["id"]}
        return self.projects.add(function, "ROLLUP", options={**options, "function": function, **(more or {})}, **body)

    def task(self, name, **values):
        return self.tasks.create(Name=name, **values)["id"]

    def project(self, *tasks, name="House"):
        return self.projects.create(Name=name, Tasks=list(tasks))["fields"]


@pytest.fixture
def world(api):
    return World(api)


def test_a_look_up_shows_the_values_of_the_linked_records_in_the_order_of_the_links(world):
    world.look_up("Hours")
    tasks = [world.task(str(hours), Hours=hours) for hours in (3, 1, None, 3)]
    assert world.project(*reversed(tasks))["Hours up"] == [3, 1, 3]
    assert world.project()["Hours up"] == []


@pytest.mark.parametrize(
    ("name", "values", "shown"),
    [
        ("Name", [{}, {}], ["a", "b"]),
        ("State", [{"State": "c1"}, {}], [{"id": "c1", "label": "Open"}]),
        ("Tags", [{"Tags": ["c1", "c2"]}, {"Tags": ["c2"]}], ["Open", "Done", "Done"]),
        ("Billed", [{"Billed": True}, {}], [True, False]),
        ("Due", [{"Due": "2026-01-19"}, {}], ["2026-01-19"]),
    ],
)
def test_a_look_up_shows_any_type_as_its_own_field_does_with_lists_made_flat(world, name, values, shown):
    world.look_up(name)
    tasks = [world.task(letter, **one) for letter, one in zip("ab", values, strict=True)]
    found = world.project(*tasks)[f"{name} up"]
    assert [one["label"] if name == "Tags" else one for one in found] == shown


def test_a_look_up_through_a_single_link_is_one_value(world):
    options = {"linkedRecordFieldId": world.back["id"], "lookupFieldId": world.projects.schema["primaryFieldId"]}
    made = world.tasks.add("Project", "LOOKUP", options=options)
    assert made["allowMultipleEntries"] is False
    task = world.task("a")
    assert world.tasks.get(task)["fields"]["Project"] is None
    world.project(task)
    assert world.tasks.get(task)["fields"]["Project"] == "House"


def test_a_look_up_of_a_look_up_shows_the_inner_values(world):
    world.look_up("Hours")
    options = {"linkedRecordFieldId": world.back["id"], "lookupFieldId": world.projects.field("Hours up")["id"]}
    made = world.tasks.add("Siblings", "LOOKUP", options=options)
    assert made["allowMultipleEntries"] is True
    assert made["options"]["returnedField"]["type"] == "NUMBER"
    tasks = [world.task("a", Hours=1), world.task("b", Hours=2)]
    world.project(*tasks)
    assert world.tasks.get(tasks[0])["fields"]["Siblings"] == [1, 2]


def test_a_look_up_of_files_shows_them_whole(api, world):
    world.tasks.add("Files", "ATTACHMENT")
    world.look_up("Files")
    found = world.project(world.task("a", Files=["https://a.org/x.png", "https://a.org/y.png"]))["Files up"]
    assert [one["filename"] for one in found] == ["x.png", "y.png"]
    assert all("X-Amz-Expires=3600" in one["url"] for one in found)


def test_links_to_deleted_records_are_skipped(world):
    world.look_up("Hours")
    for function in ("SUM", "COUNTALL"):
        world.roll_up(function)
    world.projects.add("Number", "COUNT", options={"linkedRecordFieldId": world.link["id"]})
    gone, kept = world.task("a", Hours=1), world.task("b", Hours=2)
    project = world.projects.create(Tasks=[gone, kept])["id"]
    world.tasks.delete(gone)
    read = world.projects.get(project)["fields"]
    assert len(read["Tasks"]) == 2
    assert (read["Hours up"], read["SUM"], read["COUNTALL"], read["Number"]) == ([2], 2, 1, 1)
    world.tasks.delete(kept)
    read = world.projects.get(project)["fields"]
    assert (read["Hours up"], read["SUM"], read["COUNTALL"], read["Number"]) == ([], 0, 0, 0)


def test_a_count_is_empty_without_a_link(world):
    world.projects.add("Number", "COUNT", options={"linkedRecordFieldId": world.link["id"]})
    assert world.project()["Number"] is None
    assert world.project(world.task("a"), world.task("b"))["Number"] == 2


@pytest.mark.parametrize(
    ("function", "name", "result", "nothing"),
    [
        ("SUM", "Hours", 4.5, 0),
        ("MIN", "Hours", 1, None),
        ("MAX", "Hours", 3.5, None),
        ("AVERAGE", "Hours", 2.25, None),
        ("COUNT", "Hours", 2, 0),
        ("COUNT", "Name", 0, 0),
        ("COUNTA", "Hours", 2, 0),
        ("COUNTA", "State", 2, 0),
        ("COUNTALL", "Hours", 3, 1),
        ("ARRAYJOIN", "Hours", "1; 3.5", None),
        ("ARRAYJOIN", "State", "Open; Open", None),
        ("CONCATENATE", "State", "Open, Open", None),
        ("ARRAYUNIQUE", "State", [{"id": "c1", "label": "Open"}], []),
        ("ARRAYUNIQUE", "Billed", [True, False], [False]),
        ("ARRAYCOMPACT", "Hours", [1, 3.5], []),
        ("ARRAYFLATTEN", "Hours", [1, 3.5], []),
        ("AND", "Billed", False, False),
        ("OR", "Billed", True, False),
    ],
)
def test_a_rollup_is_what_its_function_makes_of_the_linked_values(world, function, name, result, nothing):
    made = world.roll_up(function, name)
    assert made["allowMultipleEntries"] is isinstance(result, list)
    tasks = [
        world.task("a", Hours=1, State="c1", Billed=True),
        world.task("b", State="c1"),
        world.task("c", Hours=3.5, Billed=True),
    ]
    assert world.project(*tasks)[function] == result
    empty = world.tasks.create()["id"]
    assert world.project(empty)[function] == (1 if function == "COUNTA" and name == "Name" else nothing)
    without = world.project()[function]
    assert without == ([] if isinstance(result, list) else False if function in {"AND", "OR"} else None)


def test_a_rollup_that_returns_text_prints_its_number(world):
    world.roll_up("SUM", more={"returnedField": {"type": "SINGLE_LINE_TEXT", "options": {}}})
    assert world.project()["SUM"] is None
    assert world.project(world.task("a"))["SUM"] == "0"
    assert world.project(world.task("a", Hours=2.5), world.task("b", Hours=2.5))["SUM"] == "5"
    assert world.project(world.task("a", Hours=0.1), world.task("b", Hours=0.2))["SUM"] == "0.30000000000000004"
    assert world.project(world.task("a", Hours=12_500_000.5))["SUM"] == "1.25000005E7"


def test_a_rollup_counts_only_what_passes_its_filter(world):
    state = world.tasks.field("State")["id"]
    condition = {"leftSide": state, "operator": "IS", "rightSide": "c2"}
    world.roll_up("SUM", more={"filter": {"condition": condition, "fieldIds": [state]}})
    tasks = [world.task("a", Hours=1, State="c1"), world.task("b", Hours=2, State="c2")]
    assert world.project(*tasks)["SUM"] == 2
    assert world.project(world.task("c", Hours=1, State="c1"))["SUM"] == 0


def test_rollups_of_look_ups_count_each_value(world):
    world.look_up("Hours")
    options = {"linkedRecordFieldId": world.back["id"], "rollupFieldId": world.projects.field("Hours up")["id"]}
    world.tasks.add("All hours", "ROLLUP", options={**options, "function": "SUM"})
    tasks = [world.task("a", Hours=1), world.task("b", Hours=2)]
    world.project(*tasks)
    assert world.tasks.get(tasks[0])["fields"]["All hours"] == 3


def test_a_label_may_be_a_computed_value(api, world):
    primary = world.projects.schema["primaryFieldId"]
    options = {"linkedRecordFieldId": world.link["id"], "lookupFieldId": world.tasks.field("Hours")["id"]}
    api("PUT", f"{world.projects.path}/fields/{primary}", {"name": "Name", "type": "LOOKUP", "options": options})
    task = world.task("a", Hours=5)
    world.projects.create(Tasks=[task])
    assert world.tasks.get(task)["fields"]["Projects"]["label"] == "5"


def test_computed_fields_are_not_written(world):
    world.look_up("Hours")
    world.roll_up("SUM")
    assert world.projects.refusal(SUM=1) == ("VALIDATION_ERROR", "SUM")
    assert world.projects.refusal(**{"Hours up": [1]}) == ("VALIDATION_ERROR", "Hours up")


# --- definitions ------------------------------------------------------------------------------------


def test_a_look_up_says_what_type_it_shows_and_a_rollup_what_it_returns(world):
    assert world.look_up("State")["options"]["returnedField"]["type"] == "SELECT"
    assert world.look_up("Hours")["options"]["valid"] is True
    for function, type in {"SUM": "NUMBER", "ARRAYJOIN": "SINGLE_LINE_TEXT", "AND": "CHECKBOX"}.items():
        assert world.roll_up(function)["options"]["returnedField"]["type"] == type
    assert world.roll_up("ARRAYUNIQUE", "Due")["options"]["returnedField"]["type"] == "DATETIME"


@pytest.mark.parametrize(
    ("type", "options"),
    [
        ("LOOKUP", {"linkedRecordFieldId": "none0", "lookupFieldId": "none0"}),
        ("LOOKUP", {"linkedRecordFieldId": 5}),
        ("LOOKUP", {"linkedRecordFieldId": "primary", "lookupFieldId": "primary"}),
        ("LOOKUP", {"linkedRecordFieldId": "link", "lookupFieldId": "none0"}),
        ("ROLLUP", {"linkedRecordFieldId": "link", "rollupFieldId": "none0", "function": "SUM"}),
        ("ROLLUP", {"linkedRecordFieldId": "link", "rollupFieldId": "hours", "function": "PRODUCT"}),
        (
            "ROLLUP",
            {
                "linkedRecordFieldId": "link",
                "rollupFieldId": "hours",
                "function": "SUM",
                "filter": {"condition": {"leftSide": "none0", "operator": "IS", "rightSide": 1}},
            },
        ),
        ("COUNT", {"linkedRecordFieldId": "primary"}),
    ],
)
def test_a_definition_that_names_what_is_not_there_is_refused(api, world, type, options):
    ids = {
        "link": world.link["id"],
        "primary": world.projects.schema["primaryFieldId"],
        "hours": world.tasks.field("Hours")["id"],
    }
    options = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in options.items()}
    body = {"name": "x", "type": type, "options": options}
    assert api.error("POST", f"{world.projects.path}/fields", body)[:2] == (400, "VALIDATION_ERROR")


def test_a_definition_may_not_lead_back_to_itself(api, world):
    world.look_up("Hours")
    options = {"linkedRecordFieldId": world.back["id"], "lookupFieldId": world.projects.field("Hours up")["id"]}
    around = world.tasks.add("Around", "LOOKUP", options=options)
    up = world.projects.field("Hours up")
    options = {"linkedRecordFieldId": world.link["id"], "lookupFieldId": around["id"]}
    body = {"name": "Hours up", "type": "LOOKUP", "options": options}
    assert api.error("PUT", f"{world.projects.path}/fields/{up['id']}", body) == (400, "VALIDATION_ERROR", up["id"])


def test_a_circle_in_a_schema_from_elsewhere_reads_as_empty(clock):
    sandbox = Sandbox(clock=clock)
    up = {"linkedRecordFieldId": "linkA", "lookupFieldId": "lookA"}
    fields = [
        {"id": "nameA", "name": "Name", "type": "SINGLE_LINE_TEXT"},
        {"id": "linkA", "name": "Self", "type": "LINKED_RECORD", "options": {"linkedTableId": "t1"}},
        {"id": "lookA", "name": "Up", "type": "LOOKUP", "options": up},
    ]
    sandbox.load_schema(
        {"id": "b1", "name": "B"}, [{"id": "t1", "name": "T", "primaryFieldId": "nameA", "fields": fields}]
    )
    client = sandbox.client()
    first = client.create_record("b1", "t1", {"nameA": "x"})
    second = client.create_record("b1", "t1", {"nameA": "y", "linkA": [first["id"]]})
    assert not second["fields"]["lookA"]
    body = {"filter": {"condition": {"leftSide": "lookA", "operator": "IS_EMPTY"}}}
    assert client.search_records("b1", "t1", body).total == 2


def test_a_look_up_whose_field_is_deleted_says_so_and_reads_as_empty(api, world):
    world.look_up("Hours")
    project = world.projects.create(Tasks=[world.task("a", Hours=1)])["id"]
    api("DELETE", f"{world.tasks.path}/fields/{world.tasks.field('Hours')['id']}")
    assert world.projects.field("Hours up")["options"]["valid"] is False
    assert world.projects.get(project)["fields"]["Hours up"] == []


def test_a_look_up_follows_a_change_of_its_fields_type(api, world):
    world.look_up("Hours")
    project = world.projects.create(Tasks=[world.task("a", Hours=1)])["id"]
    hours = world.tasks.field("Hours")["id"]
    api("PUT", f"{world.tasks.path}/fields/{hours}", {"name": "Hours", "type": "SINGLE_LINE_TEXT"})
    assert world.projects.field("Hours up")["options"]["returnedField"]["type"] == "SINGLE_LINE_TEXT"
    assert world.projects.get(project)["fields"]["Hours up"] == ["1"]


def test_computed_fields_of_a_deleted_table_read_as_empty(api, world):
    world.look_up("Hours")
    world.roll_up("SUM")
    project = world.projects.create(Tasks=[world.task("a", Hours=1)])["id"]
    api("DELETE", world.tasks.path, force="true")
    read = world.projects.get(project)["fields"]
    assert (read["Hours up"], read["SUM"]) == ([], None)


def test_definitions_are_kept_in_a_file(tmp_path, clock, make):
    file = tmp_path / "kept.sqlite"
    api = make(file=file)
    world = World(api)
    world.look_up("Hours")
    project = world.projects.create(Tasks=[world.task("a", Hours=1)])["id"]
    path = world.projects.path
    api.sandbox.close()
    again = make(file=file)
    assert again("GET", f"{path}/records/{project}", fieldNames="true")["fields"]["Hours up"] == [1]
    again.sandbox.close()

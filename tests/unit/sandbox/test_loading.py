"""Schemas from elsewhere: taken over with all ids, as the API's own JSON describes them (wire-facts 8)."""

import copy

import pytest

from softrorm.sandbox import Sandbox, SchemaRefused

BASE = "e74de047-f727-4f98-aa2a-7bda298672d3"
DATABASE = {
    "id": BASE,
    "name": "Work",
    "description": None,
    "workspaceId": "b1b7f2a6-0d2c-4f4e-9a43-0f3d1c9a8e11",
    "tablesCount": 2,
    "createdAt": "2026-01-09T16:17:19Z",
    "updatedAt": "2026-01-10T08:00:00.125Z",
}


def field(id, name, type="SINGLE_LINE_TEXT", **more):
    return {"id": id, "name": name, "type": type, "options": {}, **more}


def link(id, name, table, inverse, **more):
    options = {"linkedTableId": table, "inverseLinkFieldId": inverse}
    return field(id, name, "LINKED_RECORD", options=options, **more)


TASKS = {
    "id": "J563LaZ43bZSQy",
    "name": "Tasks",
    "description": "What to do",
    "defaultViewId": "v3XbYd2fT9Qw1e",
    "primaryFieldId": "E08c0",
    "fields": [
        field("E08c0", "Title", options={"minLength": 0, "maxLength": 60}, required=True),
        field(
            "kl5nP",
            "Status",
            "SELECT",
            options={
                "choices": [{"id": "open1", "label": "Open", "color": "blueLight2"}, {"id": "done1", "label": "Done"}]
            },
            defaultValue={"id": "open1", "label": "Open"},
        ),
        link("bJ6jE", "Project", "kNjsEhYYcNjAsj", "7qn0n", allowMultipleEntries=False),
        field("uRkEe", "Number", "AUTONUMBER", options={"counter": 3330}),
    ],
    "createdAt": "2026-01-09T16:17:20.001Z",
    "updatedAt": "2026-01-09T16:17:20.001Z",
}
PROJECTS = {
    "id": "kNjsEhYYcNjAsj",
    "name": "Projects",
    "primaryFieldId": "aB3dE",
    "fields": [
        field("aB3dE", "Name"),
        link("7qn0n", "Tasks", "J563LaZ43bZSQy", "bJ6jE", allowMultipleEntries=True),
        field(
            "uRkEe",
            "Titles",
            "LOOKUP",
            options={"linkedRecordFieldId": "7qn0n", "lookupFieldId": "E08c0", "valid": True},
            allowMultipleEntries=True,
        ),
    ],
}
TASKS_PATH, PROJECTS_PATH = (f"/databases/{BASE}/tables/{table['id']}" for table in (TASKS, PROJECTS))


@pytest.fixture
def loaded(api):
    api.sandbox.load_schema(DATABASE, [TASKS, PROJECTS])
    return api


def with_field(**changes):
    """The tables, the first one's first field changed; ``None`` takes a key away."""
    table = copy.deepcopy(TASKS)
    table["fields"][0].update(changes)
    return [table]


def with_table(**changes):
    return [{**copy.deepcopy(TASKS), **changes}, PROJECTS]


def test_the_database_is_shown_as_it_was_given(loaded):
    assert loaded("GET", f"/databases/{BASE}") == DATABASE


def test_tables_views_and_fields_keep_their_ids_and_order(loaded):
    shown = loaded("GET", f"/databases/{BASE}/tables")
    assert [table["id"] for table in shown] == [TASKS["id"], PROJECTS["id"]]
    assert [one["id"] for one in shown[0]["fields"]] == ["E08c0", "kl5nP", "bJ6jE", "uRkEe"]
    assert {key: shown[0][key] for key in TASKS if key != "fields"} == {k: v for k, v in TASKS.items() if k != "fields"}
    assert [view["id"] for view in loaded("GET", f"{TASKS_PATH}/views")] == ["v3XbYd2fT9Qw1e"]
    assert len(shown[1]["defaultViewId"]) == 14


def test_what_a_field_says_of_itself_stays(loaded):
    title, status, _, number = loaded("GET", TASKS_PATH)["fields"]
    assert (title["required"], title["options"]["maxLength"]) == (True, 60)
    assert status["defaultValue"] == {"id": "open1", "label": "Open"}
    assert status["options"]["choices"] == [
        {"id": "open1", "label": "Open", "color": "blueLight2"},
        {"id": "done1", "label": "Done", "color": None},
    ]
    assert (number["readonly"], number["options"]["counter"]) == (True, 3330)


def test_records_are_written_and_read_by_the_given_ids(loaded):
    project = loaded("POST", f"{PROJECTS_PATH}/records", {"fields": {"aB3dE": "Site"}})["id"]
    made = loaded("POST", f"{TASKS_PATH}/records", {"fields": {"E08c0": "Launch", "bJ6jE": [project]}})
    assert made["fields"] == {
        "E08c0": "Launch",
        "kl5nP": {"id": "open1", "label": "Open"},
        "bJ6jE": {"id": project, "label": "Site"},
        "uRkEe": 3331,
    }
    back = loaded("GET", f"{PROJECTS_PATH}/records/{project}")["fields"]
    assert back == {"aB3dE": "Site", "7qn0n": [{"id": made["id"], "label": "Launch"}], "uRkEe": back["uRkEe"]}


def test_what_one_sandbox_shows_another_can_load_unchanged(loaded, make):
    loaded("POST", "/databases", {"workspaceId": "w", "name": "Beside it"})
    shown = loaded("GET", f"/databases/{BASE}"), loaded("GET", f"/databases/{BASE}/tables")
    other = make()
    other.sandbox.load_schema(*shown)
    assert (other("GET", f"/databases/{BASE}"), other("GET", f"/databases/{BASE}/tables")) == shown


def test_the_clients_resources_are_taken_too(loaded):
    client = loaded.sandbox.client()
    with Sandbox() as other:
        other.load_schema(client.get_database(BASE), client.list_tables(BASE))
        assert other.client().list_tables(BASE) == client.list_tables(BASE)


def test_what_is_left_out_is_as_in_a_new_one(api):
    table = {"id": "t", "name": "Bare", "primaryFieldId": "f", "fields": [{"id": "f", "name": "N", "type": "EMAIL"}]}
    api.sandbox.load_schema({"id": "d", "name": "Bare"}, [table])
    assert api("GET", "/databases/d")["workspaceId"] == api.sandbox.workspace_id
    shown = api("GET", "/databases/d/tables/t")
    assert shown["createdAt"] == "2026-11-22T10:00:00.250Z"
    assert (shown["fields"][0]["required"], shown["fields"][0]["options"]) == (False, {})


def test_a_loaded_schema_can_be_changed_like_any_other(loaded):
    loaded("PUT", f"{TASKS_PATH}/fields/E08c0", {"name": "What", "type": "SINGLE_LINE_TEXT"})
    loaded("POST", f"{TASKS_PATH}/fields", {"name": "Due", "type": "DATETIME"})
    assert [one["name"] for one in loaded("GET", TASKS_PATH)["fields"]] == [
        "What",
        "Status",
        "Project",
        "Number",
        "Due",
    ]


def test_a_loaded_schema_is_kept_in_the_file(tmp_path):
    with Sandbox(tmp_path / "kept.sqlite") as first:
        first.load_schema(
            DATABASE, [{**TASKS, "fields": [*TASKS["fields"], field("n3w00", "New", "HOLOGRAM")]}, PROJECTS]
        )
        shown = first.client().list_tables(BASE)
    with Sandbox(tmp_path / "kept.sqlite") as second:
        assert second.client().list_tables(BASE) == shown


def test_loading_is_no_request(loaded):
    assert loaded.sandbox.requests == []


def test_a_link_whose_other_end_is_gone_is_taken_but_leads_nowhere(api):
    gone = link("bJ6jE", "Project", "g0neG0neG0neG0", "n0ne0")
    api.sandbox.load_schema(DATABASE, [{**TASKS, "fields": [*TASKS["fields"][:2], gone]}])
    assert api("GET", f"{TASKS_PATH}/fields/bJ6jE")["options"]["inverseLinkFieldId"] == "n0ne0"
    made = api("POST", f"{TASKS_PATH}/records", {"fields": {"E08c0": "Launch"}})
    assert made["fields"]["bJ6jE"] == []
    refused = api("POST", f"{TASKS_PATH}/records", {"fields": {"E08c0": "x", "bJ6jE": ["r"]}}, status=400)
    assert "the linked table 'g0neG0neG0neG0' is not there" in refused["message"]


class TestATypeThatNobodyKnows:
    @pytest.fixture
    def api(self, api):
        new = field("n3w00", "Hologram", "HOLOGRAM", options={"depth": 3}, aiOptions=None, locked=True)
        several = field("n3w01", "Several", "HOLOGRAM", allowMultipleEntries=True)
        shown = field("n3w02", "Shown", "HOLOGRAM", readonly=True)
        api.sandbox.load_schema(DATABASE, [{**TASKS, "fields": [TASKS["fields"][0], new, several, shown]}])
        return api

    def test_keeps_its_definition(self, api):
        shown = api("GET", f"{TASKS_PATH}/fields/n3w00")
        assert (shown["type"], shown["options"], shown["locked"]) == ("HOLOGRAM", {"depth": 3}, True)

    def test_holds_any_json_and_is_empty_without(self, api):
        value = {"voxels": [1, 2.5, None]}
        made = api("POST", f"{TASKS_PATH}/records", {"fields": {"E08c0": "x", "n3w00": value}})
        assert made["fields"] == {"E08c0": "x", "n3w00": value, "n3w01": [], "n3w02": None}
        cleared = api("PATCH", f"{TASKS_PATH}/records/{made['id']}", {"fields": {"n3w00": None}})
        assert cleared["fields"]["n3w00"] is None

    def test_is_searched_as_text_and_sorted(self, api):
        for value in ("Far", "near", ["Nearer"], None):
            api("POST", f"{TASKS_PATH}/records", {"fields": {"E08c0": "x", "n3w00": value}})
        condition = {"leftSide": "n3w00", "operator": "CONTAINS", "rightSide": "NEAR"}
        body = {"filter": {"condition": condition}, "sorting": [{"sortingField": "n3w00", "sortType": "DESC"}]}
        found = api("POST", f"{TASKS_PATH}/records/search", body)
        assert [row["fields"]["n3w00"] for row in found] == [["Nearer"], "near"]

    def test_is_not_written_where_it_is_read_only(self, api):
        refusal = api.error("POST", f"{TASKS_PATH}/records", {"fields": {"E08c0": "x", "n3w02": 1}})
        assert refusal == (400, "VALIDATION_ERROR", "n3w02")

    def test_can_be_renamed_but_not_made(self, api):
        renamed = api("PUT", f"{TASKS_PATH}/fields/n3w02", {"name": "Seen", "type": "HOLOGRAM"})
        assert (renamed["name"], renamed["readonly"]) == ("Seen", True)
        assert api.error("POST", f"{TASKS_PATH}/fields", {"name": "x", "type": "HOLOGRAM"})[0] == 400


TWICE = [TASKS["fields"][0], field("E08c0", "Again")]
CHOICES = {"choices": [{"id": "a", "label": "A"}, {"id": "a", "label": "B"}]}


@pytest.mark.parametrize(
    ("database", "tables", "message"),
    [
        ([], [], r"^The database is \[\]; right would be an object as the API answers it"),
        ({"name": "x"}, [], "^The database needs id, as text; it has None"),
        ({"id": "a/b", "name": "x"}, [], "^The database has id 'a/b'; right would be an id"),
        ({**DATABASE, "createdAt": "soon"}, [], "^The database has createdAt 'soon'; right would be '2026-"),
        ({**DATABASE, "name": object()}, [], "^The database is no JSON"),
        (DATABASE, {"data": []}, r"^The tables are \{'data': \[\]\}; right would be a list of objects"),
        (DATABASE, [7], r"^tables\[0\] is 7"),
        (DATABASE, [{"id": "t"}], r"^tables\[0\] needs name"),
        (DATABASE, with_table(primaryFieldId=None), r"^Table 'Tasks' \(J563LaZ43bZSQy\) needs primaryFieldId"),
        (DATABASE, with_table(primaryFieldId="zzzzz"), "^Table 'Tasks' has primaryFieldId 'zzzzz', and no field with"),
        (DATABASE, with_table(fields="none"), "has fields 'none'; right would be a list"),
        (DATABASE, with_table(id=PROJECTS["id"]), "^Table 'Projects' .* which another table has already"),
        (
            DATABASE,
            [TASKS, {**PROJECTS, "defaultViewId": TASKS["defaultViewId"]}],
            "has defaultViewId 'v3XbYd2fT9Qw1e'",
        ),
        (DATABASE, with_table(fields=TWICE), "two fields with the id 'E08c0': 'Title' and 'Again'"),
        (DATABASE, with_field(id=None), r"^fields\[0\] of table 'Tasks' needs id"),
        (DATABASE, with_field(type=None), r"^Field 'Title' \(E08c0\) of table 'Tasks' needs type"),
        (DATABASE, with_field(required="yes"), "has required 'yes'; right would be true or false"),
        (DATABASE, with_field(options={"maxLength": "long"}), "SINGLE_LINE_TEXT, and option maxLength is 'long'"),
        (DATABASE, with_field(defaultValue=5), "SINGLE_LINE_TEXT, and 5 is no text"),
        (DATABASE, with_field(allowMultipleEntries=True), "has allowMultipleEntries, which fields of type SINGLE_LINE"),
        (DATABASE, with_field(type="LINKED_RECORD"), "option linkedTableId is None; right would be the id of a table"),
        (DATABASE, with_field(type="SELECT", options=CHOICES), "has two choices with the id 'a'"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(api, database, tables, message):
    with pytest.raises(SchemaRefused, match=message):
        api.sandbox.load_schema(database, tables)
    assert api("GET", "/databases") == []
    api.sandbox.load_schema(DATABASE, [TASKS, PROJECTS])


def test_a_refusal_knows_the_table_and_the_field(api):
    with pytest.raises(ValueError, match="5 is no text") as raised:
        api.sandbox.load_schema(DATABASE, with_field(defaultValue=5))
    assert (raised.value.table_id, raised.value.field_id) == ("J563LaZ43bZSQy", "E08c0")


def test_a_database_that_is_there_is_not_loaded_again(loaded):
    with pytest.raises(SchemaRefused, match="is in the sandbox already; its tables have to come with it"):
        loaded.sandbox.load_schema(DATABASE, [])
    with pytest.raises(SchemaRefused, match="another table has already"):
        loaded.sandbox.load_schema({**DATABASE, "id": "other"}, [TASKS])

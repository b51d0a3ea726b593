"""The sandbox answers every operation in the shape of the vendor's specification, openapi.yaml.

The file is not part of this project. It is looked for in ``SOFTR_OPENAPI``, and then beside the project; without it
these tests are skipped. It documents the statuses 200, 204, 400 and 429 alone and no required keys, so what is checked
is the shape of answers; what they mean is checked against the wire facts.
"""

import os
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
import requests
import yaml
from hypothesis import strategies

from softrorm.client.inprocess import BASE_URL, InProcessAdapter
from softrorm.sandbox import Sandbox

PLACES = [os.environ.get("SOFTR_OPENAPI"), Path(__file__).parents[3] / "shared" / "api" / "openapi.yaml"]
FILE = next((Path(place) for place in PLACES if place and Path(place).is_file()), None)
pytestmark = [
    pytest.mark.skipif(FILE is None, reason="openapi.yaml is not here: set SOFTR_OPENAPI to its path"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of schemathesis' own dependencies
]

FIELD = ("components", "schemas", "TableField", "properties")
TYPES_OF_2025 = ["BUTTON", "PROGRESS", "DATE_RANGE", "ADDRESS", "TIME", "COUNT"]
# Where the specification says otherwise than the wire: the place in it, what takes its place, and why.
DEVIATIONS = [
    ((*FIELD, "defaultValue"), lambda _: {}, "it is typed, not a string (wire-facts 8.1 and 14)"),
    (
        (*FIELD, "type", "enum"),
        lambda known: known + TYPES_OF_2025,
        "the types that the vendor's list dropped in 2026 exist in the 2025 document (wire-facts 14)",
    ),
    (
        ("components", "schemas", "FilterCondition", "properties", "lowerBound"),
        lambda _: {"type": ["string", "number"]},
        "bounds of numbers are sent as numbers, as right sides are (wire-facts 10)",
    ),
    (
        ("components", "schemas", "FilterCondition", "properties", "upperBound"),
        lambda _: {"type": ["string", "number"]},
        "bounds of numbers are sent as numbers, as right sides are (wire-facts 10)",
    ),
]

STATUS_OF_CODE = {
    "BAD_REQUEST": 400,
    "VALIDATION_ERROR": 400,
    "UNKNOWN_FIELD": 400,
    "UNAUTHORIZED": 401,
    "RESOURCE_NOT_FOUND": 404,
    "CONSTRAINT_VIOLATION": 409,
    "PAYLOAD_TOO_LARGE": 413,
}


@pytest.fixture(scope="module")
def specification():
    """The vendor's specification, with the deviations put right."""
    import schemathesis

    raw = yaml.safe_load(FILE.read_text("utf-8"))
    raw["openapi"] = "3.1.0"  # so that a type may be one of several
    for place, mend, _ in DEVIATIONS:
        *parents, last = place
        at = raw
        for key in parents:
            at = at[key]
        at[last] = mend(at[last])
    _nullable_as_in_3_1(raw)
    return schemathesis.openapi.from_dict(raw)


def _nullable_as_in_3_1(node):
    if isinstance(node, dict):
        if node.pop("nullable", False):
            node["type"] = [node["type"], "null"]
        for child in node.values():
            _nullable_as_in_3_1(child)
    elif isinstance(node, list):
        for child in node:
            _nullable_as_in_3_1(child)


COLUMNS = [
    {"name": "Done", "type": "CHECKBOX", "options": {}, "defaultValue": True},
    {"name": "Qty", "type": "NUMBER", "options": {"precision": 2, "min": 0}},
    {"name": "Price", "type": "CURRENCY", "options": {}},
    {"name": "Due", "type": "DATETIME", "options": {"precision": "DATETIME"}},
    {"name": "Status", "type": "SELECT", "options": {"choices": [{"label": "Open"}, {"label": "Done"}]}},
    {"name": "No", "type": "AUTONUMBER", "options": {}},
    {"name": "Id", "type": "RECORD_ID", "options": {}},
    {"name": "Made", "type": "CREATED_AT", "options": {}},
    {"name": "Files", "type": "ATTACHMENT", "options": {}},
    {"name": "Where", "type": "ADDRESS", "options": {}},
]


@pytest.fixture
def place():
    """A sandbox with a database, a table of many types, a link to a second table, and records."""
    with Sandbox() as sandbox:
        client = sandbox.client()
        database = client.create_database("Base", sandbox.workspace_id, "With a description")
        table = client.create_table(database.id, "Tasks", primary_field_name="Title", fields=COLUMNS)
        other = client.create_table(database.id, "Teams")
        link = client.create_field(database.id, table.id, "Team", "LINKED_RECORD", {"linkedTableId": other.id})
        back = link.options["inverseLinkFieldId"]
        client.create_field(database.id, other.id, "Tasks counted", "COUNT", {"linkedRecordFieldId": back})
        team = client.create_record(database.id, other.id, {other.primary_field_id: "Sales"})
        ids = {field.name: field.id for field in client.get_table(database.id, table.id).fields}
        for title in ("Paint", "Plaster"):
            cells = {"Title": title, "Qty": 2.5, "Status": "Open", "Due": "2026-11-22", "Team": [team["id"]]}
            record = client.create_record(database.id, table.id, {ids[name]: value for name, value in cells.items()})
        session = requests.Session()
        session.mount("https://", InProcessAdapter(sandbox))
        yield SimpleNamespace(
            session=session,
            ids=ids,
            workspace=sandbox.workspace_id,
            linked=other.id,
            path={
                "databaseId": database.id,
                "tableId": table.id,
                "fieldId": ids["Status"],
                "recordId": record["id"],
            },
        )


TABLE = "/databases/{databaseId}/tables/{tableId}"
# Every operation, with calls that it must answer well: queries and bodies of a seeded place.
CALLS = {
    "GET /databases": lambda at: [{}],
    "POST /databases": lambda at: [{"body": {"workspaceId": at.workspace, "name": "New"}}],
    "GET /databases/{databaseId}": lambda at: [{}],
    "PUT /databases/{databaseId}": lambda at: [{"body": {"name": "New", "description": "Other"}}],
    "DELETE /databases/{databaseId}": lambda at: [{"query": {"force": True}}],
    "GET /databases/{databaseId}/tables": lambda at: [{}],
    "POST /databases/{databaseId}/tables": lambda at: [
        {"body": {}},
        {"body": {"name": "New", "description": "", "primaryFieldName": "Email", "fields": COLUMNS}},
    ],
    f"GET {TABLE}": lambda at: [{}],
    f"PUT {TABLE}": lambda at: [{"body": {"name": "New", "description": "Other"}}],
    f"DELETE {TABLE}": lambda at: [{"query": {"force": True}}],
    f"GET {TABLE}/views": lambda at: [{}],
    f"POST {TABLE}/fields": lambda at: [
        {"body": {"name": "Text", "type": "LONG_TEXT", "options": {"type": "TEXT"}}},
        {"body": {"name": "Link", "type": "LINKED_RECORD", "options": {"linkedTableId": at.linked}}},
    ],
    f"GET {TABLE}/fields/{{fieldId}}": lambda at: [{}],
    f"PUT {TABLE}/fields/{{fieldId}}": lambda at: [
        {"body": {"name": "State", "type": "SELECT", "options": {"choices": [{"label": "Open"}]}}}
    ],
    f"DELETE {TABLE}/fields/{{fieldId}}": lambda at: [{}],
    f"GET {TABLE}/records": lambda at: [{}, {"query": {"offset": 1, "limit": 1, "fieldNames": True}}],
    f"POST {TABLE}/records": lambda at: [{"body": {"fields": {at.ids["Title"]: "New"}}}, {"body": {"fields": {}}}],
    f"POST {TABLE}/records/search": lambda at: [
        {"body": {}},
        {
            "body": {
                "filter": {
                    "condition": {
                        "operator": "OR",
                        "conditions": [
                            {"leftSide": at.ids["Qty"], "operator": "IS_BETWEEN", "lowerBound": 1, "upperBound": 3},
                            {"leftSide": at.ids["Title"], "operator": "CONTAINS", "rightSide": "paint"},
                        ],
                    }
                },
                "paging": {"offset": 0, "limit": 1},
            }
        },
    ],
    f"GET {TABLE}/records/{{recordId}}": lambda at: [{}, {"query": {"fieldNames": True}}],
    f"PATCH {TABLE}/records/{{recordId}}": lambda at: [{"body": {"fields": {at.ids["Done"]: False}}}],
    f"DELETE {TABLE}/records/{{recordId}}": lambda at: [{}],
}
each_operation = pytest.mark.parametrize("label", CALLS)


@pytest.fixture
def operation(specification, label):
    method, path = label.split()
    return specification[path][method]


def call(case, place):
    """The answer to a case, in the specification's shape; an error in that of its Error."""
    response = case.call(base_url=BASE_URL, session=place.session, headers={"Softr-Api-Key": "any"})
    case.operation.validate_response(response)
    if response.status_code >= 300:
        error = response.json()
        assert list(error) == ["message", "errorCode", "details"]
        assert STATUS_OF_CODE[error["errorCode"]] == response.status_code
        assert error["message"]
        assert isinstance(error["details"], dict)
    elif response.status_code == 204:
        assert response.content == b""
    return response


def parameters(operation, place):
    names = [parameter.name for parameter in operation.path_parameters]
    return {name: place.path[name] for name in names}


def test_every_operation_of_the_specification_is_called(specification):
    assert {result.ok().label for result in specification.get_all_operations()} == set(CALLS)


@each_operation
def test_an_operation_answers_in_the_specified_shape(operation, label, place):
    for given in CALLS[label](place):
        media = {"media_type": "application/json"} if "body" in given else {}
        case = operation.Case(path_parameters=parameters(operation, place), **given, **media)
        assert call(case, place).status_code == (204 if label.startswith("DELETE") else 200)


@each_operation
@hypothesis.settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(data=strategies.data())
def test_generated_requests_are_answered_in_the_specified_shape(operation, place, data):
    fixed = data.draw(strategies.booleans(), label="real ids")
    chosen = {"path_parameters": parameters(operation, place)} if fixed else {}
    case = data.draw(operation.as_strategy(**chosen))
    response = call(case, place)
    assert response.status_code in {200, 204, 400, 404, 409}

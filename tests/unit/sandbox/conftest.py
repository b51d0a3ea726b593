"""A sandbox with a clock that stands still, and a few lines to speak HTTP with it without HTTP."""

import json

import pytest

from softrorm.sandbox import Sandbox

NOW = 1_795_341_600.25  # 2026-11-22T10:00:00.250Z, a Sunday


class Clock:
    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now


class Api:
    """Requests below /api/v1; each answers ``data`` and fails on an error unless a status is expected."""

    def __init__(self, sandbox, key="secret-key"):
        self.sandbox = sandbox
        self.key = key

    def raw(self, method, path, body=None, query=None, headers=None):
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Softr-Api-Key": self.key} if headers is None else headers
        status, answered, content = self.sandbox.handle(method, f"/api/v1{path}", query or {}, headers, content)
        return status, answered, json.loads(content) if content else None

    def __call__(self, method, path, body=None, status=None, **query):
        answered, _, payload = self.raw(method, path, body, query)
        assert answered == status or (status is None and answered < 300), payload
        if status is not None and status >= 400:
            return payload
        return payload and payload["data"]

    def error(self, method, path, body=None, **query):
        """The status, code and field of an answer that is an error."""
        status, _, payload = self.raw(method, path, body, query)
        assert list(payload) == ["message", "errorCode", "details"]
        return status, payload["errorCode"], payload["details"].get("fieldId")

    def database(self, name="Base"):
        return self("POST", "/databases", {"workspaceId": self.sandbox.workspace_id, "name": name})["id"]

    def table(self, *fields, database=None, name="Tasks", primary="Name"):
        database = database or self.database()
        body = {"name": name, "primaryFieldName": primary, "fields": list(fields)}
        return TableApi(self, database, self("POST", f"/databases/{database}/tables", body))


class TableApi:
    def __init__(self, api, database, table):
        self.api = api
        self.database = database
        self.id = table["id"]
        self.path = f"/databases/{database}/tables/{self.id}"

    @property
    def schema(self):
        return self.api("GET", self.path)

    def field(self, name):
        return next(field for field in self.schema["fields"] if field["name"] == name)

    def add(self, name, type, **body):
        return self.api("POST", f"{self.path}/fields", {"name": name, "type": type, **body})

    def ids(self, values):
        ids = {field["name"]: field["id"] for field in self.schema["fields"]}
        return {ids[name]: value for name, value in values.items()}

    def create(self, **values):
        return self.api("POST", f"{self.path}/records", {"fields": self.ids(values)}, fieldNames="true")

    def update(self, record, **values):
        return self.api("PATCH", f"{self.path}/records/{record}", {"fields": self.ids(values)}, fieldNames="true")

    def delete(self, record):
        return self.api("DELETE", f"{self.path}/records/{record}")

    def get(self, record):
        return self.api("GET", f"{self.path}/records/{record}", fieldNames="true")

    def all(self):
        return self.api("GET", f"{self.path}/records", fieldNames="true", limit="200")

    def refusal(self, **values):
        """The code of a refused create, and the name of the field complained of."""
        status, code, field = self.api.error("POST", f"{self.path}/records", {"fields": self.ids(values)})
        assert status == 400
        names = {one["id"]: one["name"] for one in self.schema["fields"]}
        return code, names.get(field)

    def condition(self, name, operator, right=None, **more):
        ids = {field["name"]: field["id"] for field in self.schema["fields"]}
        right = {} if right is None else {"rightSide": right}
        return {"leftSide": ids.get(name, name), "operator": operator, **right, **more}

    def search(self, *condition, order=(), **body):
        if condition:
            given = condition[0] if isinstance(condition[0], dict) else self.condition(*condition)
            body["filter"] = {"condition": given}
        if order:
            ids = {field["name"]: field["id"] for field in self.schema["fields"]}
            body["sorting"] = [
                {
                    "sortingField": ids.get(one.lstrip("-"), one.lstrip("-")),
                    "sortType": "DESC" if one[0] == "-" else "ASC",
                }
                for one in order
            ]
        status, _, payload = self.api.raw("POST", f"{self.path}/records/search", body, {"fieldNames": "true"})
        assert status == 200, payload
        return payload

    def names(self, *condition, **more):
        """The primary values of what a search finds, in its order."""
        return [row["fields"]["Name"] for row in self.search(*condition, **more)["data"]]

    def search_error(self, **body):
        return self.api.error("POST", f"{self.path}/records/search", body)[:2]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sandbox(clock):
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox):
    return Api(sandbox)


@pytest.fixture
def make(clock):
    """Makes an Api over a sandbox with other habits."""

    def maker(**options):
        return Api(Sandbox(clock=clock, **options))

    return maker

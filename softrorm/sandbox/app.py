"""The app: every endpoint of the API, as one function from a request to an answer, with no HTTP in it.

A table leads from method and path to a handler. Each handler finds what the path names, does its work through the
module that knows how, and answers with a status and an object; the app wraps it in the envelope of wire-facts 1.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from softrorm.sandbox import dates, fieldschema, jsontext, loading, records, tables
from softrorm.sandbox.celltypes import Scene
from softrorm.sandbox.problems import Problem, bad_request, brief, not_found
from softrorm.sandbox.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from softrorm.sandbox.habits import Habits
    from softrorm.sandbox.model import Database, Field, Row, Table
    from softrorm.sandbox.store import Store

BASE = "/api/v1"
MOST_BYTES = 64 * 1024 * 1024
MOST_DIGITS = 15


class Request(NamedTuple):
    """A request that found its endpoint.

    Attributes:
        names: The ids in the path, from left to right.
        query: The query.
        body: The decoded body, ``None`` if there was none.
    """

    names: tuple[str, ...]
    query: Mapping[str, str]
    body: Any


class Answer(NamedTuple):
    """An answer: ``payload`` is the whole body, ``None`` for none."""

    status: int
    payload: Any


class App:
    """The endpoints over one store.

    Args:
        store: What is held.
        habits: How uncertain things are answered.
        clock: Returns epoch seconds.
    """

    def __init__(self, store: Store, habits: Habits, clock: Callable[[], float]) -> None:
        self.store = store
        self.habits = habits
        self._clock = clock
        self.lock = threading.RLock()
        self._user = {
            "id": store.workspace_id,
            "name": "Sandbox User",
            "email": "user@sandbox.example",
            "avatarUrl": None,
        }

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Answer:
        """Carry out one request; one at a time.

        Args:
            method: The HTTP method.
            path: Below the base, such as ``/databases``, its parts still quoted.
            query: The query.
            body: The decoded body, ``None`` if there was none.

        Raises:
            Problem: The answer is an error.
        """
        handler, names = route(method, path)
        with self.lock:
            answer = handler(self, Request(names, query, body))
            self.store.commit()
            return answer

    def load_schema(self, database: Any, tables: Iterable[Any]) -> None:
        """Keep a database and its tables as they stand elsewhere, with their ids.

        Raises:
            SchemaRefused: Something is wrong with them.
        """
        with self.lock:
            loading.load(database, tables, self.store, self.scene, self.now())
            self.store.commit()

    def reset(self) -> None:
        """Forget all data."""
        with self.lock:
            self.store.reset()

    def close(self) -> None:
        """Close the store."""
        with self.lock:
            self.store.close()

    # --- what a path names -------------------------------------------------------------------------------------

    def now(self) -> int:
        """The present moment, in epoch milliseconds."""
        return dates.millis(self._clock())

    def scene(self, table: Table) -> Scene:
        """A table, now."""
        return Scene(self.store, table, self.now(), self._user)

    def database(self, request: Request) -> Database:
        """The database a path names."""
        database: Database = _found(self.store.databases, "database", request.names[0])
        return database

    def table(self, request: Request) -> Table:
        """The table a path names."""
        database = self.database(request)
        table: Table = _found(self.store.tables, "table", request.names[1])
        if table.database_id != database.id:
            raise not_found("table", table.id)
        return table

    def field(self, request: Request) -> tuple[Field, Scene]:
        """The field a path names."""
        table = self.table(request)
        return _found(table.fields, "field", request.names[2]), self.scene(table)

    def row(self, request: Request) -> tuple[Row, Scene]:
        """The record a path names."""
        table = self.table(request)
        return _found(table.by_id, "record", request.names[2]), self.scene(table)

    def rendered(self, row: Row, scene: Scene, request: Request) -> dict[str, Any]:
        """A record as the API shows it."""
        return records.renderer(scene, self.habits, names=_flag(request.query, "fieldNames"))(row)

    def page(self, found: Sequence[int], scene: Scene, request: Request, paging: Mapping[str, Any]) -> Answer:
        """One page of records, with the metadata of wire-facts 1."""
        habits = self.habits
        offset = _whole(paging, "offset", 0)
        asked = _whole(paging, "limit", habits.default_limit)
        limit = min(asked, habits.page_size)
        if limit < asked and habits.over_page_size == "error":
            raise bad_request(f"limit is {asked}; a page holds {habits.page_size} records at most.")
        rows = scene.table.rows
        render = records.renderer(scene, habits, names=_flag(request.query, "fieldNames"))
        data = [render(rows[at]) for at in found[offset : offset + limit]]
        shown = limit if habits.limit_echo == "clamped" else asked
        return Answer(200, {"data": data, "metadata": {"offset": offset, "limit": shown, "total": len(found)}})


# --- databases -------------------------------------------------------------------------------------------------


def list_databases(app: App, request: Request) -> Answer:
    """GET /databases."""
    return _list(tables.render_database(one, app.store) for one in app.store.databases.values())


def create_database(app: App, request: Request) -> Answer:
    """POST /databases."""
    return _one(tables.render_database(tables.create_database(request.body, app.store, app.now()), app.store))


def get_database(app: App, request: Request) -> Answer:
    """GET /databases/{id}."""
    return _one(tables.render_database(app.database(request), app.store))


def update_database(app: App, request: Request) -> Answer:
    """PUT /databases/{id}."""
    database = app.database(request)
    tables.update_database(database, request.body, app.store, app.now())
    return _one(tables.render_database(database, app.store))


def delete_database(app: App, request: Request) -> Answer:
    """DELETE /databases/{id}."""
    tables.delete_database(app.database(request), app.scene, app.store, force=_flag(request.query, "force"))
    return Answer(204, None)


# --- tables and views ------------------------------------------------------------------------------------------


def list_tables(app: App, request: Request) -> Answer:
    """GET /databases/{id}/tables."""
    return _list(tables.render_table(table) for table in app.store.tables_of(app.database(request).id))


def create_table(app: App, request: Request) -> Answer:
    """POST /databases/{id}/tables."""
    table = tables.create_table(app.database(request), request.body, app.scene, app.store, app.now())
    return _one(tables.render_table(table))


def get_table(app: App, request: Request) -> Answer:
    """GET /databases/{id}/tables/{id}."""
    return _one(tables.render_table(app.table(request)))


def update_table(app: App, request: Request) -> Answer:
    """PUT /databases/{id}/tables/{id}."""
    table = app.table(request)
    tables.update_table(table, request.body, app.store, app.now())
    return _one(tables.render_table(table))


def delete_table(app: App, request: Request) -> Answer:
    """DELETE /databases/{id}/tables/{id}."""
    tables.delete_table(app.scene(app.table(request)), force=_flag(request.query, "force"))
    return Answer(204, None)


def list_views(app: App, request: Request) -> Answer:
    """GET /databases/{id}/tables/{id}/views."""
    return _list([tables.render_view(app.table(request))])


# --- fields ----------------------------------------------------------------------------------------------------


def get_field(app: App, request: Request) -> Answer:
    """GET .../fields/{id}."""
    return _one(fieldschema.render(app.field(request)[0]))


def create_field(app: App, request: Request) -> Answer:
    """POST .../fields."""
    return _one(fieldschema.render(fieldschema.add(request.body, app.scene(app.table(request)))))


def update_field(app: App, request: Request) -> Answer:
    """PUT .../fields/{id}."""
    field, scene = app.field(request)
    return _one(fieldschema.render(fieldschema.change(field, request.body, scene)))


def delete_field(app: App, request: Request) -> Answer:
    """DELETE .../fields/{id}."""
    fieldschema.remove(*app.field(request))
    return Answer(204, None)


# --- records ---------------------------------------------------------------------------------------------------


def list_records(app: App, request: Request) -> Answer:
    """GET .../records."""
    table = app.table(request)
    _check_view(table, request)
    return app.page(range(len(table.rows)), app.scene(table), request, request.query)


def search_records(app: App, request: Request) -> Answer:
    """POST .../records/search."""
    table = app.table(request)
    _check_view(table, request)
    body = {} if request.body is None else request.body
    paging = (body.get("paging") or {}) if isinstance(body, dict) else None
    if not isinstance(paging, dict):
        raise bad_request('The body of a search is {"filter": ..., "sorting": [...], "paging": {...}}.')
    scene = app.scene(table)
    return app.page(Search(scene, app.habits).find(body), scene, request, paging)


def get_record(app: App, request: Request) -> Answer:
    """GET .../records/{id}."""
    return _one(app.rendered(*app.row(request), request))


def create_record(app: App, request: Request) -> Answer:
    """POST .../records."""
    scene = app.scene(app.table(request))
    row = records.create(request.body, scene, app.habits)
    return _one(app.rendered(row, scene, request), app.habits.create_status)


def patch_record(app: App, request: Request) -> Answer:
    """PATCH .../records/{id}."""
    return _update_record(app, request, "PATCH")


def put_record(app: App, request: Request) -> Answer:
    """PUT .../records/{id}: as partial as PATCH."""
    return _update_record(app, request, "PUT")


def _update_record(app: App, request: Request, verb: str) -> Answer:
    row, scene = app.row(request)
    if app.habits.only("update_method") not in {None, verb}:
        raise Problem("RESOURCE_NOT_FOUND", f"Records are not updated by {verb} here.")
    records.update(row, request.body, scene, app.habits)
    return _one(app.rendered(row, scene, request))


def delete_record(app: App, request: Request) -> Answer:
    """DELETE .../records/{id}."""
    records.delete(*app.row(request))
    return Answer(204, None)


DATABASE = "databases/*"
TABLE = "databases/*/tables/*"
ROUTES: dict[tuple[str, str], Callable[[App, Request], Answer]] = {
    ("GET", "databases"): list_databases,
    ("POST", "databases"): create_database,
    ("GET", DATABASE): get_database,
    ("PUT", DATABASE): update_database,
    ("DELETE", DATABASE): delete_database,
    ("GET", f"{DATABASE}/tables"): list_tables,
    ("POST", f"{DATABASE}/tables"): create_table,
    ("GET", TABLE): get_table,
    ("PUT", TABLE): update_table,
    ("DELETE", TABLE): delete_table,
    ("GET", f"{TABLE}/views"): list_views,
    ("POST", f"{TABLE}/fields"): create_field,
    ("GET", f"{TABLE}/fields/*"): get_field,
    ("PUT", f"{TABLE}/fields/*"): update_field,
    ("DELETE", f"{TABLE}/fields/*"): delete_field,
    ("GET", f"{TABLE}/records"): list_records,
    ("POST", f"{TABLE}/records"): create_record,
    ("POST", f"{TABLE}/records/search"): search_records,
    ("GET", f"{TABLE}/records/*"): get_record,
    ("PATCH", f"{TABLE}/records/*"): patch_record,
    ("PUT", f"{TABLE}/records/*"): put_record,
    ("DELETE", f"{TABLE}/records/*"): delete_record,
}


def route(method: str, path: str) -> tuple[Callable[[App, Request], Answer], tuple[str, ...]]:
    """The handler of an endpoint, and the ids in its path.

    Raises:
        Problem: 404; there is no such endpoint. No status 405 is documented.
    """
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if method == "POST" and parts[-1:] == ["search"]:
        pattern = [*("*" if at % 2 else part for at, part in enumerate(parts[:-1])), "search"]
    else:
        pattern = ["*" if at % 2 else part for at, part in enumerate(parts)]
    handler = ROUTES.get((method, "/".join(pattern)))
    if handler is None:
        raise Problem("RESOURCE_NOT_FOUND", f"There is no endpoint {method} {path}.")
    return handler, tuple(parts[1::2])


def is_read(method: str, path: str) -> bool:
    """Whether a request draws on the budget of reads: GET and search (wire-facts 13)."""
    return method == "GET" or (method == "POST" and path.rstrip("/").endswith("/records/search"))


def _one(data: Any, status: int = 200) -> Answer:
    return Answer(status, {"data": data, "metadata": None})


def _list(data: Any) -> Answer:
    return Answer(200, {"data": list(data)})


def _found(held: Mapping[str, Any], what: str, identifier: str) -> Any:
    if identifier not in held:
        raise not_found(what, identifier)
    return held[identifier]


def _flag(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "").lower() == "true"


def _whole(values: Mapping[str, Any], name: str, otherwise: int) -> int:
    """A count from a query or a body; digits as text are a number too."""
    value = values.get(name)
    if value is None or value == "":
        return otherwise
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**MOST_DIGITS:
        raise bad_request(f"{name} is {brief(value)}; right would be a whole number from 0.")
    return value


def _check_view(table: Table, request: Request) -> None:
    view = request.query.get("viewId")
    if view and view != table.view_id:
        raise not_found("view", view)


def decode(body: bytes | None) -> Any:
    """The decoded body of a request, ``None`` for an empty one.

    Raises:
        Problem: 413 or 400; it is too large, or no JSON.
    """
    if not body or body.isspace():
        return None
    if len(body) > MOST_BYTES:
        raise Problem("PAYLOAD_TOO_LARGE", f"The body has {len(body)} bytes; {MOST_BYTES} are the most.")
    return jsontext.read(body)

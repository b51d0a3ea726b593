"""The lab: a scratch database with two small tables, in which every request is written down.

Four records a, b, c and d are what searches look for; c is empty but for its name. What a search finds is told as the
letters of its records, in order, so that a question can be read off the page: ``lab.search(...) == "ad"``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from softrorm.client import answers
from softrorm.client.errors import APIError, TransportError
from softrorm.client.exchange import KIND_OF_METHOD, Answer, Request
from softrorm.schema.probe.outcome import Open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from softrorm.client.client import Client
    from softrorm.client.dialect import Dialect

PREFIX = "softrorm probe"
MANY = 10
"""Rows that a question asks for: more than there are to be found, and fewer than any page holds."""
FIRST, SECOND = "First", "Second"
RED, BLUE = "Red", "Blue"
DEFAULT = "given by default"

FIELDS: dict[str, dict[str, Any]] = {
    "Note": {"type": "SINGLE_LINE_TEXT"},
    "Qty": {"type": "NUMBER"},
    "When": {"type": "DATETIME", "options": {"precision": "DATE"}},
    "Kind": {"type": "SELECT", "options": {"choices": [{"label": FIRST}, {"label": SECOND}]}},
    "Tags": {
        "type": "SELECT",
        "options": {"choices": [{"label": RED}, {"label": BLUE}]},
        "allowMultipleEntries": True,
    },
    "No": {"type": "AUTONUMBER"},
    "Default": {"type": "SINGLE_LINE_TEXT", "defaultValue": DEFAULT},
    "Maker": {"type": "CREATED_BY"},
    "Who": {"type": "USER"},
    "Share": {"type": "PERCENT"},
    "Span": {"type": "DURATION"},
    "Files": {"type": "ATTACHMENT"},
}
"""The fields of the table that questions are asked about; those that need ids of others are added after them."""

ROWS: dict[str, dict[str, Any]] = {
    "a": {"Note": "apple pie", "Qty": 2, "When": "2026-01-10"},
    "b": {"Note": "Banana", "Qty": 10, "When": "2026-02-10"},
    "c": {},
    "d": {"Note": "cherry", "Qty": 2, "When": "2026-03-10"},
}
CHOICES = {"a": (FIRST, [RED, BLUE]), "b": (SECOND, [BLUE]), "d": (FIRST, [RED])}
"""What the records hold in Kind and Tags, once it is known how choices are written."""

BUILDING = 1 + 2 + len(FIELDS) + 2 + 2 + len(ROWS)
"""Requests that making the scratch database takes."""


@dataclass(slots=True)
class Exchange:
    """One request and its answer, the keys and headers of the request left out.

    Attributes:
        method: The HTTP method.
        path: The path below the base address.
        query: The query parameters.
        body: What was sent.
        status: The status of the answer.
        payload: Its decoded body; text if it was no JSON, ``None`` if there was none.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    payload: Any

    @property
    def ok(self) -> bool:
        """Whether it was a success."""
        return 200 <= self.status < 300

    @property
    def data(self) -> Any:
        """What the answer holds."""
        return self.payload["data"]

    @property
    def said(self) -> str:
        """The answer in a few words."""
        if self.ok:
            return str(self.status)
        known = self.payload if isinstance(self.payload, dict) else {}
        return f"{self.status} {known.get('errorCode') or known.get('code') or ''}".strip()


@dataclass
class Lab:
    """The scratch database of one probe.

    Attributes:
        client: The client.
        workspace: Where the database is made.
        dialect: What is known so far: the client's dialect, with the switches that were settled.
        attachment: The public address of a file, to attach.
        rows: How many records to fill a table with, to see where a page ends.
        name: What the database is called; no other one is.
        database: Its id, once it is known.
        may_exist: Whether it may be there although its id is not known.
        exchanges: What was asked and answered, in order.
        headers: The headers seen in answers, by name.
        refused: Why the service would not make a field, by name.
        table: The id of the main table.
        targets: The id of the table that it links to.
        ids: The ids of fields, by name.
        choices: The ids of choices, by label.
        records: The ids of records, by letter.
        first: The answer to the first create of a record in the main table.
        person: The owner of the key, as the service shows one.
        operators: What searches with each operator found, as far as they were made.
    """

    client: Client
    workspace: str
    dialect: Dialect
    attachment: str | None = None
    rows: int = 0
    name: str = ""
    database: str | None = None
    may_exist: bool = False
    table: str = ""
    targets: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    first: Exchange | None = None
    person: dict[str, Any] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    operators: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = f"{PREFIX} {secrets.token_hex(4)}"

    # --- requests ----------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, body: Any = None, *, needed: bool = False, **query: str) -> Exchange:
        """Make a request, and write it down with its answer.

        Raises:
            APIError: The service refused it, and the probe cannot do without.
        """
        answer = self.client.request(method, path, body, query=query)
        self.headers.update(answer.headers)
        made = Exchange(method, path, query, body, answer.status, _decoded(answer.body))
        self.exchanges.append(made)
        if needed and not made.ok:
            raise _error_of(answer, method, path)
        return made

    # --- building and removing ---------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the database, its tables and the records a to d."""
        about = "Scratch database of softrorm probe, which removes it at its end. Nobody needs it."
        body = {"workspaceId": self.workspace, "name": self.name, "description": about}
        self.may_exist = True
        try:
            made = self.send("POST", "/databases", body, needed=True)
        except APIError as error:
            self.may_exist = error.status >= 500  # else it was refused
            raise
        self.database = made.data["id"]
        self.targets, target = self._make_table("Targets")
        self.table, self.ids["Name"] = self._make_table("Main")
        for name, body in FIELDS.items():
            if name != "Files" or self.attachment:
                self._make_field(name, body)
        self._make_field("Link", {"type": "LINKED_RECORD", "options": {"linkedTableId": self.targets}})
        if "Qty" in self.ids:
            returned = {"type": "NUMBER", "options": {}}
            options = {"formula": "{Qty} * 2", "referencedFieldIds": [self.ids["Qty"]], "returnedField": returned}
            self._make_field("Twice", {"type": "FORMULA", "options": options})
        for name in ("T1", "T2"):
            path = f"{self._of(self.targets)}/records"
            self.records[name] = self.send("POST", path, {"fields": {target: name}}, needed=True).data["id"]
        for letter, values in ROWS.items():
            cells = self._by_id({"Name": letter, **self.known(values)})
            made = self.send("POST", self.path, {"fields": cells}, needed=True)
            self.records[letter] = made.data["id"]
            self.first = self.first or made
        self.person = self._maker()

    def remove(self, error: BaseException | None = None) -> str | None:
        """Remove the database, and check that it is gone.

        Tried twice, since what interrupts the first try (Ctrl-C, typed again) need not interrupt the second.

        Args:
            error: What ended the probe; a note on it says what was left behind, if anything was.

        Returns:
            What was left behind, in words; ``None`` if nothing was.
        """
        failure: BaseException | None = None
        for _ in range(2):
            try:
                self._delete()
            except BaseException as caught:  # whatever it is, the database must go
                failure = caught
            else:
                if self.database is None and isinstance(error, TransportError) and error.may_have_happened:
                    error.add_note(f"There is no database called {self.name!r} now; should it turn up, remove it.")
                return None
        what = f"database {self.database}" if self.database else "the database"
        left = f"{what} called {self.name!r} could not be removed ({failure}); remove it by hand"
        if error is not None:
            error.add_note(left)
        elif failure is not None and not isinstance(failure, Exception):
            failure.add_note(left)
            raise failure
        return left

    def _maker(self) -> dict[str, Any]:
        """The owner of the key, whom CREATED_BY names; found here, so that no evidence shows them."""
        cell = self.first.data["fields"].get(self.ids.get("Maker")) if self.first else None
        cell = cell[0] if isinstance(cell, list) and cell else cell
        return cell if isinstance(cell, dict) else {}

    def _delete(self) -> None:
        if self.database is None and self.may_exist:
            # The request may have been carried out, although its answer never came.
            listed = self.send("GET", "/databases", needed=True).data
            self.database = next((one["id"] for one in listed if one.get("name") == self.name), None)
        if self.database is not None:
            path = f"/databases/{self.database}"
            gone = self.client.request("DELETE", path, query={"force": "true"})
            if gone.status != 404 and not 200 <= gone.status < 300:
                raise _error_of(gone, "DELETE", path)

    def _make_table(self, name: str) -> tuple[str, str]:
        body = {"name": name, "primaryFieldName": "Name"}
        made = self.send("POST", f"/databases/{self.database}/tables", body, needed=True).data
        return made["id"], made["primaryFieldId"]

    def _make_field(self, name: str, body: dict[str, Any]) -> None:
        made = self.send("POST", f"{self._of(self.table)}/fields", {"name": name, "options": {}, **body})
        if not made.ok:
            self.refused[name] = made.said
            return
        self.ids[name] = made.data["id"]
        for choice in (made.data.get("options") or {}).get("choices") or []:
            self.choices[choice["label"]] = choice["id"]

    # --- what questions use ------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The records of the main table."""
        return f"{self._of(self.table)}/records"

    def id(self, name: str) -> str:
        """The id of a field.

        Raises:
            Open: The service would not make it.
        """
        if name not in self.ids:
            raise Open(f"the service would not make a field {FIELDS.get(name, {}).get('type', name)}")
        return self.ids[name]

    def known(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of values by field name those whose field could be made."""
        return {name: value for name, value in values.items() if name in self.ids}

    def create(self, **values: Any) -> Exchange:
        """Create a record in the main table from values by field name, or by id where there is no such name."""
        return self.send("POST", self.path, {"fields": self._by_id(values)})

    def update(self, letter: str, method: str | None = None, **values: Any) -> Exchange:
        """Change a record, by the verb that is known by now unless another one is given."""
        path = f"{self.path}/{self.records[letter]}"
        return self.send(method or self.dialect.update_method, path, {"fields": self._by_id(values)})

    def read(self, letter: str, name: str) -> Any:
        """The cell of a record, as the service reads it out now."""
        return self.send("GET", f"{self.path}/{self.records[letter]}").data["fields"].get(self.id(name))

    def wrote(self, letter: str, name: str, value: Any, method: str | None = None) -> Any:
        """Write a cell; what it holds according to the answer, ``None`` if the write was refused."""
        self.id(name)
        made = self.update(letter, method, **{name: value})
        return made.data["fields"].get(self.id(name)) if made.ok else None

    def condition(self, name: str, operator: str, right: Any = None, **more: Any) -> dict[str, Any]:
        """A condition on a field by name, or on a system value."""
        left = name if name in {"created_at", "updated_at"} else self.id(name)
        return {"leftSide": left, "operator": operator, **({} if right is None else {"rightSide": right}), **more}

    def search(self, condition: Any = None, **body: Any) -> str | None:
        """The letters of the records that a search finds, in order; ``None`` if it was refused."""
        made = self.search_for(condition, **body)
        return self.letters(made) if made.ok else None

    def search_for(self, condition: Any = None, **body: Any) -> Exchange:
        """Search the main table."""
        asked = {} if condition is None else {"filter": {"condition": condition}}
        return self.send("POST", f"{self.path}/search", {**asked, **body, "paging": {"offset": 0, "limit": MANY}})

    def letters(self, made: Exchange) -> str:
        """The letters of the records in an answer."""
        by_id = {self.records[letter]: letter for letter in ROWS}
        return "".join(by_id.get(record["id"], "") for record in made.data)

    def order(self, *names: str) -> list[dict[str, str]]:
        """An order by fields; a dash before a name turns it round."""
        return [
            {"sortingField": self.id(name.lstrip("-")), "sortType": "DESC" if name[0] == "-" else "ASC"}
            for name in names
        ]

    def number(self, value: int) -> int | str:
        """A number as filters take it, as far as that is known by now."""
        return value if self.dialect.number_filter == "number" else str(value)

    def choice(self, label: str, switch: str = "select_filter") -> str:
        """A choice as filters take it, or writes with ``select_write``, as far as that is known by now."""
        if label not in self.choices:
            raise Open("the service told no ids of choices")
        return self.choices[label] if getattr(self.dialect, switch) == "id" else label

    def settle(self, **switches: Any) -> None:
        """Take note of switches that are known from now on."""
        self.dialect = replace(self.dialect, **switches)

    def _by_id(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self.ids.get(name, name): value for name, value in values.items()}

    def _of(self, table: str) -> str:
        return f"/databases/{self.database}/tables/{table}"


def _decoded(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return answers.decode(body)
    except ValueError:
        return body.decode(errors="replace")


def _error_of(answer: Answer, method: str, path: str) -> APIError:
    return answers.error_of(answer, Request(method, path, KIND_OF_METHOD[method]), 1)

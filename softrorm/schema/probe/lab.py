"""The lab: a scratch database with two small tables, in which every request is written down.

Four records a, b, c and d are what searches look for; c is empty but for its name. What a search finds is told as the
letters of its records, in order, so that a question can be read off the page: ``lab.search(...) == "ad"``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from softrorm.schema.probe.exchange import Exchange, decoded, error_of
from softrorm.schema.probe.outcome import Open
from softrorm.schema.probe.scratch import MAIN, TARGETS, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from softrorm.client.client import Client
    from softrorm.client.dialect import Dialect

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
    "Done": {"type": "CHECKBOX", "defaultValue": True},
    "Maker": {"type": "CREATED_BY"},
    "Changer": {"type": "UPDATED_BY"},
    "Changed": {"type": "UPDATED_AT"},
    "Who": {"type": "USER"},
    "Share": {"type": "PERCENT"},
    "Span": {"type": "DURATION"},
    "Files": {"type": "ATTACHMENT"},
}
"""The fields of the table that questions are asked about."""

REFERRING: dict[str, tuple[str, Callable[[Lab], dict[str, Any]]]] = {
    "Link": ("LINKED_RECORD", lambda lab: {"linkedTableId": lab.targets}),
    "Names": (
        "LOOKUP",
        lambda lab: {"linkedRecordFieldId": lab.id("Link"), "lookupFieldId": lab.target},
    ),
    "Count": (
        "ROLLUP",
        lambda lab: {"linkedRecordFieldId": lab.id("Link"), "rollupFieldId": lab.target, "function": "COUNTA"},
    ),
    "Twice": (
        "FORMULA",
        lambda lab: {
            "formula": "{Qty} * 2",
            "referencedFieldIds": [lab.id("Qty")],
            "returnedField": {"type": "NUMBER", "options": {}},
        },
    ),
}
"""Those whose options hold ids of others, and are made after them."""

ROWS: dict[str, dict[str, Any]] = {
    "a": {"Note": "apple pie", "Qty": 2, "When": "2026-01-10"},
    "b": {"Note": "Banana", "Qty": 10, "When": "2026-02-10"},
    "c": {},
    "d": {"Note": "cherry", "Qty": 2, "When": "2026-03-10"},
}
CHOICES = {"a": (FIRST, [RED, BLUE]), "b": (SECOND, [BLUE]), "d": (FIRST, [RED])}
"""What the records hold in Kind and Tags, once it is known how choices are written."""

BUILDING = 1 + 2 + len(FIELDS) + len(REFERRING) + 2 + len(ROWS)
"""Requests that making the scratch database takes."""


@dataclass
class Lab:
    """The scratch database of one probe.

    Attributes:
        client: The client.
        scratch: The scratch database.
        dialect: What is known so far: the client's dialect, with the switches that were settled.
        attachment: The public address of a file, to attach.
        rows: How many records to fill a table with, to see where a page ends.
        rates: Whether to find out how many requests a second are let through.
        watch: Called after each request.
        exchanges: What was asked and answered, in order.
        headers: The headers seen in answers, by name.
        made: The fields that were made, as they were answered, by name.
        refused: Why the service would not make a field, by name.
        table: The id of the main table.
        targets: The id of the table that it links to.
        target: The id of the primary field of that one.
        ids: The ids of fields, by name.
        choices: The ids of choices, by label.
        records: The ids of records, by letter.
        first: The answer to the first create of a record in the main table.
        person: The owner of the key, as the service shows one.
        has_choices: Whether the records hold the choices that filters look for.
        operators: What searches with each operator found, as far as they were made.
    """

    client: Client
    scratch: Scratch
    dialect: Dialect
    attachment: str | None = None
    rows: int = 0
    rates: bool = False
    watch: Callable[[], object] = lambda: None
    table: str = ""
    targets: str = ""
    target: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    first: Exchange | None = None
    person: dict[str, Any] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    has_choices: bool = False
    operators: dict[str, str | None] = field(default_factory=dict)

    # --- requests ----------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, body: Any = None, *, needed: bool = False, **query: str) -> Exchange:
        """Make a request, and write it down with its answer.

        A 5xx is asked for once more: what a service does now and then is not what it does.

        Raises:
            APIError: The service refused it, and the probe cannot do without; or it takes the key no more.
            Open: The plan allows no more of it, which answers no question.
        """
        for again in (not needed, False):
            answer = self.client.request(method, path, body, query=query)
            self.headers.update(answer.headers)
            made = Exchange(method, path, query, body, answer.status, decoded(answer.body))
            self.exchanges.append(made)
            self.watch()
            if not (again and made.status >= 500):
                break
        if not made.ok and (needed or made.status == 401):
            raise error_of(answer, method, path)
        if made.status == 402:
            raise Open(f"the plan of the account allows no more: {made.said}")
        return made

    # --- building ----------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the database, its tables and the records a to d."""
        self.scratch.make(self.send)
        self.targets, self.target = self._make_table(TARGETS)
        self.table, self.ids["Name"] = self._make_table(MAIN)
        for name, body in FIELDS.items():
            if name != "Files" or self.attachment:
                self._make_field(name, body)
        for name, (kind, options) in REFERRING.items():
            try:
                self._make_field(name, {"type": kind, "options": options(self)})
            except Open as reason:
                self.refused[name] = str(reason)
        for name in ("T1", "T2"):
            path = f"{self.of(self.targets)}/records"
            self.records[name] = self.send("POST", path, {"fields": {self.target: name}}, needed=True).data["id"]
        for letter, values in ROWS.items():
            cells = self._by_id({"Name": letter, **self.known(values)})
            made = self.send("POST", self.path, {"fields": cells}, needed=True)
            self.records[letter] = made.data["id"]
            self.first = self.first or made
        self.person = self._maker()

    def _maker(self) -> dict[str, Any]:
        """The owner of the key, whom CREATED_BY names; found here, so that no evidence shows them."""
        cell = self.first.data["fields"].get(self.ids.get("Maker")) if self.first else None
        cell = cell[0] if isinstance(cell, list) and cell else cell
        return cell if isinstance(cell, dict) else {}

    def _make_table(self, name: str) -> tuple[str, str]:
        body = {"name": name, "primaryFieldName": "Name"}
        made = self.send("POST", f"/databases/{self.scratch.id}/tables", body, needed=True).data
        return made["id"], made["primaryFieldId"]

    def _make_field(self, name: str, body: dict[str, Any]) -> None:
        made = self.send("POST", f"{self.of(self.table)}/fields", {"name": name, "options": {}, **body})
        if not made.ok:
            self.refused[name] = made.said
            return
        self.made[name] = made.data
        self.ids[name] = made.data["id"]
        for choice in (made.data.get("options") or {}).get("choices") or []:
            self.choices[choice["label"]] = choice["id"]

    # --- what questions use ------------------------------------------------------------------------------------

    def of(self, table: str) -> str:
        """The path of a table."""
        return f"/databases/{self.scratch.id}/tables/{table}"

    @property
    def path(self) -> str:
        """The records of the main table."""
        return f"{self.of(self.table)}/records"

    def id(self, name: str) -> str:
        """The id of a field.

        Raises:
            Open: The service would not make it.
        """
        if name not in self.ids:
            kind = REFERRING[name][0] if name in REFERRING else FIELDS.get(name, {}).get("type", name)
            raise Open(f"the service would not make a field {kind}")
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

    def link(self, letter: str) -> list[Any]:
        """A link to a record as writes take it, as far as that is known by now."""
        known = self.records[letter]
        return [known if self.dialect.link_write == "ids" else {"id": known, "label": letter}]

    def settle(self, **switches: Any) -> None:
        """Take note of switches that are known from now on."""
        self.dialect = replace(self.dialect, **switches)

    def _by_id(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self.ids.get(name, name): value for name, value in values.items()}

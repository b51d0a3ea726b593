"""Random schemas: databases of a few tables with fields of every type, how they are made, and what is left of one
without its ids.

``random_schema()`` draws a plain description in which fields go by number; ``build(client, schema)`` makes the
database, and ``described(client, database)`` tells what is in it such that two databases alike are equal.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import settings
from hypothesis import strategies as st

few = settings(max_examples=max(8, settings().max_examples * 2 // 5))
"""Fewer examples than other laws: each of these builds whole databases."""

PLAIN = {
    "SINGLE_LINE_TEXT": [{}, {"maxLength": 80}, {"minLength": 2, "maxLength": 1024}],
    "LONG_TEXT": [{}, {"type": "HTML"}, {"type": "MARKDOWN"}],
    "EMAIL": [{}],
    "PHONE": [{}, {"format": "NATIONAL", "countryCode": "DE"}],
    "URL": [{}],
    "ADDRESS": [{}],
    "CHECKBOX": [{}],
    "NUMBER": [{}, {"precision": 0, "min": 0}, {"precision": 2, "max": 99.5, "prefix": "~"}],
    "CURRENCY": [{}, {"isoCode": "EUR", "symbolOrCodePosition": "AFTER"}, {"precision": 0, "min": -5, "max": 5}],
    "PERCENT": [{}, {"showAs": "BAR", "showNumber": False, "progressBarColor": "green"}],
    "PROGRESS": [{}, {"min": 10, "max": 20}],
    "RATING": [{}, {"max": 10, "shape": "HEART"}],
    "DURATION": [{}, {"format": "HH:mm"}, {"precision": 1, "min": 0}],
    "DATETIME": [{}, {"precision": "DATE"}, {"timezone": "Europe/Prague", "useRelativeDatetimeFormat": True}],
    "TIME": [{}],
    "DATE_RANGE": [{}],
    "USER": [{}],
    "ATTACHMENT": [{}, {"enableFileLinkExpiration": False}, {"fileLinkExpirationUnit": "DAYS", "showAs": "LIST"}],
    "BUTTON": [{}, {"label": "Go", "action": "OPEN_MODAL"}],
    "AUTONUMBER": [{}],
    "RECORD_ID": [{}],
    "CREATED_AT": [{}, {"precision": "DATE"}],
    "UPDATED_AT": [{}, {"timezone": "Asia/Tokyo"}],
    "CREATED_BY": [{}],
    "UPDATED_BY": [{}],
}
"""The types that need no other field, with options that their fields may be made with."""

RETURNED = [
    {"type": "SINGLE_LINE_TEXT", "options": {}},
    {"type": "NUMBER", "options": {"precision": 2}},
    {"type": "CHECKBOX", "options": {}},
    {"type": "DATETIME", "options": {"precision": "DATE"}},
    {"type": "CURRENCY", "options": {"isoCode": "EUR", "precision": 2}},
    {"type": "ATTACHMENT", "options": {}},
    {"type": "USER", "options": {}},
]
DEFAULTS = {
    "CHECKBOX": st.just(True),
    "SINGLE_LINE_TEXT": st.sampled_from(["New", 'it\'s "so"']),
    "NUMBER": st.just(3),
    "DATETIME": st.just("now"),
}
ODD = [
    *["class", "def", "None", "save", "objects", "id", "Created at", "fields", "datetime", "date", "list", "self"],
    *["2nd phone", "Ärger & Lust", "状態", "имя", "💥", "due date", "Due-date", "DueDate", "Meta", "Task", "Choices"],
    *['a "quoted" \\ name', "%", "x" * 60, "lorem ipsum dolor sit amet " * 4],
]
names = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(lambda text: "{" not in text),
)
described_as = st.one_of(st.none(), st.sampled_from(["What it is.", 'He said """no""" \\ "yes"', "word " * 40]))


@st.composite
def _fields(draw, tables, number):
    """The fields of one table that need nothing but the tables, each with a name that no other has."""
    taken = draw(st.lists(names.map(str.strip).filter(bool), min_size=1, max_size=8, unique=True))
    made = []
    for at, name in enumerate(taken):
        kind = "SINGLE_LINE_TEXT" if at == 0 else draw(st.sampled_from([*PLAIN, "SELECT", "SELECT", "LINKED_RECORD"]))
        one = {"name": name, "type": kind, "options": draw(st.sampled_from(PLAIN.get(kind, [{}])))}
        if kind == "SELECT":
            labels = draw(st.lists(names, max_size=5, unique=True))
            colors = [draw(st.sampled_from([None, "blueLight2", "#ff0000"])) for _ in labels]
            one["options"] = {
                "choices": [{"label": label, "color": color} for label, color in zip(labels, colors, strict=True)],
                "allowToAddNewChoice": draw(st.booleans()),
            }
            if labels and draw(st.booleans()):
                one["default_value"] = draw(st.sampled_from(labels))
        if kind == "LINKED_RECORD":
            one["to"] = draw(st.integers(0, tables - 1))
            one["inverse"] = {"name": f"{name} back {number} {at}", "many": draw(st.booleans())}
        if kind in {"SELECT", "USER", "LINKED_RECORD"}:
            one["many"] = draw(st.booleans())
        if kind in DEFAULTS and draw(st.booleans()):
            one["default_value"] = draw(DEFAULTS[kind])
        if at and kind not in {"BUTTON", "AUTONUMBER", "RECORD_ID"} and not kind.endswith(("_AT", "_BY")):
            one["required"] = draw(st.booleans())
        one["description"] = draw(described_as)
        made.append(one)
    return made


@st.composite
def random_schema(draw):
    """A database as plain data: ``{"tables": [{"name", "description", "fields": [...], "computed": [...]}]}``."""
    called = draw(st.lists(names.map(str.strip).filter(bool), min_size=1, max_size=3, unique=True))
    tables = [
        {"name": name, "description": draw(described_as), "fields": draw(_fields(len(called), number))}
        for number, name in enumerate(called)
    ]
    for number, table in enumerate(tables):
        links = [at for at, one in enumerate(table["fields"]) if one["type"] == "LINKED_RECORD"]
        table["computed"] = []
        for at in range(draw(st.integers(0, 3))):
            kind = draw(st.sampled_from(["FORMULA", "LOOKUP", "ROLLUP", "COUNT"] if links else ["FORMULA"]))
            one = {"name": f"computed {number} {at}", "type": kind, "returned": draw(st.sampled_from(RETURNED))}
            if kind == "FORMULA":
                one["reads"] = draw(st.lists(st.sampled_from(range(len(table["fields"]))), max_size=2, unique=True))
            else:
                one["through"] = draw(st.sampled_from(links))
                target = tables[table["fields"][one["through"]]["to"]]
                one["of"] = draw(st.integers(0, len(target["fields"]) - 1))
            table["computed"].append(one)
    return {"tables": tables}


def build(client, schema, name="Random"):
    """Make the database of a schema, and return its id."""
    database = client.create_database(name, client.sandbox.workspace_id).id
    made = [
        client.create_table(database, one["name"], one["description"], primary_field_name=one["fields"][0]["name"])
        for one in schema["tables"]
    ]
    ids = {}
    for number, table in enumerate(schema["tables"]):
        for at, one in enumerate(table["fields"]):
            ids[number, at] = (
                _make(client, database, made, number, one) if at else _primary(client, database, made[number], one)
            )
    for number, table in enumerate(schema["tables"]):
        for one in table["computed"]:
            _compute(client, database, made[number].id, one, table, ids, number)
    return database


def _primary(client, database, table, one):
    more = {key: one[key] for key in ("options", "default_value", "description") if one.get(key)}
    return (
        client.update_field(database, table.id, table.primary_field_id, **more).id if more else table.primary_field_id
    )


def _make(client, database, tables, number, one):
    more = {key: one[key] for key in ("default_value", "description", "required") if one.get(key)}
    if "many" in one:
        more["allow_multiple_entries"] = one["many"]
    options = dict(one["options"])
    if "to" in one:
        options["linkedTableId"] = tables[one["to"]].id
    field = client.create_field(database, tables[number].id, one["name"], one["type"], options, **more)
    if "to" in one:
        back = field.options["inverseLinkFieldId"]
        inverse = one["inverse"]
        # It is called after the table, which another field may be as well.
        client.update_field(
            database, options["linkedTableId"], back, inverse["name"], allow_multiple_entries=inverse["many"]
        )
    return field.id


def _compute(client, database, table, one, described, ids, number):
    options = {"returnedField": one["returned"]}
    if one["type"] == "FORMULA":
        options["formula"] = " & ".join("{" + described["fields"][at]["name"] + "}" for at in one["reads"]) or "1"
        options["referencedFieldIds"] = [ids[number, at] for at in one["reads"]]
    else:
        link = described["fields"][one["through"]]
        options["linkedRecordFieldId"] = ids[number, one["through"]]
        target = ids[link["to"], one["of"]]
        options.update(
            {
                "LOOKUP": {"lookupFieldId": target},
                "ROLLUP": {"rollupFieldId": target, "function": "COUNTA"},
                "COUNT": {},
            }[one["type"]]
        )
    if one["type"] == "COUNT":
        del options["returnedField"]
    # Whether a lookup holds several follows from its link and the field looked up, as for the service (wire-facts 8.3).
    client.create_field(database, table, one["name"], one["type"], options)


def described(client, database, *, unique=True):
    """What is in a database: by table and field, everything but ids and times, with names where ids refer to fields."""
    tables = client.schema(database, refresh=True)
    names = {table.id: table.name for table in tables}
    for table in tables:
        names |= {(table.id, one.id): f"{table.name}/{one.name}" for one in table.fields}
        assert not unique or len({one.name for one in table.fields}) == len(table.fields)
    return {
        table.name: {
            "description": (table.description or "").split(),  # long ones are wrapped in code
            "primary": names[table.id, table.primary_field_id],
            "fields": {one.name: _field(one.to_wire(), table, names, tables) for one in table.fields},
        }
        for table in tables
    }


def _field(wire, table, names, tables):
    kept = ("type", "description", "allowMultipleEntries", "required", "readonly", "defaultValue")
    shown = {key: wire.get(key) for key in kept}
    shown["description"] = shown["description"] or None
    if isinstance(shown["defaultValue"], Mapping):
        shown["defaultValue"] = shown["defaultValue"]["label"]
    options = dict(wire["options"])
    options.pop("counter", None)
    linked = options.pop("linkedTableId", None)
    if linked:
        options["to"] = names.get(linked, "a table that is gone")
        options["inverse"] = names.get((linked, options.pop("inverseLinkFieldId")), "a field that is gone")
    through = options.get("linkedRecordFieldId")
    link = next((one for one in table.fields if one.id == through), None)
    target = link.options["linkedTableId"] if link else None
    for key in ("linkedRecordFieldId", "lookupFieldId", "rollupFieldId"):
        if options.get(key):
            options[key] = names[table.id if key == "linkedRecordFieldId" else target, options[key]]
    for key in ("referencedFieldIds", "specificFieldIds"):
        if options.get(key):
            options[key] = [names[table.id, one] for one in options[key]]
    if options.get("choices"):
        options["choices"] = [{key: one.get(key) for key in ("label", "color")} for one in options["choices"]]
    return {**shown, "options": options}

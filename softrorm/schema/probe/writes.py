"""Questions about writes: the verb, the forms of choices, links, persons and files, and keys out of place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ServiceUnavailable, TransportError
from softrorm.schema.probe.filters import NOWHERE
from softrorm.schema.probe.lab import CHOICES, DEFAULT, FIRST, ROWS, SECOND
from softrorm.schema.probe.outcome import Open, Outcome, Skip, choose, form_of, noted, told

if TYPE_CHECKING:
    from softrorm.schema.probe.lab import Lab


def update_method(lab: Lab) -> Outcome:
    """One cell by each verb; the others must be as they were."""
    wiped = []
    before = lab.first.data["fields"] if lab.first else {}
    others = [key for name, key in lab.ids.items() if name in ROWS["a"] and name != "Note"]

    def works(verb: str) -> bool:
        made = lab.update("a", verb, Note=f"changed by {verb}")
        if not made.ok:
            return False
        cells = made.data["fields"]
        if any(cells.get(key) != before.get(key) for key in others):
            wiped.append(verb)
        return bool(cells.get(lab.id("Note")) == f"changed by {verb}" and verb not in wiped)

    try:
        found = choose(lab, "update_method", {"PATCH": lambda: works("PATCH"), "PUT": lambda: works("PUT")})
        if wiped:
            found.text += f"; {wiped[0]} empties what is not sent"
        return found
    finally:
        for verb in ("PATCH", "PUT"):
            if lab.update("a", verb, **lab.known(ROWS["a"])).ok:
                break


def select_write(lab: Lab) -> Outcome:
    """A choice by id and another by label, read back; then the records get the choices that filters will look for."""

    def works(letter: str, label: str, value: str) -> bool:
        cell = lab.wrote(letter, "Kind", value)
        cell = cell[0] if isinstance(cell, list) and cell else cell
        return cell is not None and cell.get("id") == lab.choices[label] and cell.get("label") == label

    lab.id("Kind")
    lab.choice(FIRST, "select_write")
    try:
        found = choose(
            lab,
            "select_write",
            {
                "id": lambda: works("a", FIRST, lab.choices[FIRST]),
                "label": lambda: works("b", SECOND, SECOND),
            },
        )
        lab.settle(**found.sets)
        return found
    finally:
        chosen = [_has_chosen(lab, letter) for letter in CHOICES]
        lab.has_choices = all(chosen)


def _has_chosen(lab: Lab, letter: str) -> bool:
    """Give a record the choices that filters will look for; whether it has them."""
    kind, tags = CHOICES[letter]
    values = {"Kind": lab.choice(kind, "select_write"), "Tags": [lab.choice(tag, "select_write") for tag in tags]}
    made = lab.update(letter, **lab.known(values))
    cells = [made.data["fields"].get(lab.ids.get(name)) for name in ("Kind", "Tags")] if made.ok else [None]
    return all(cells)


def unknown_choice(lab: Lab) -> Outcome:
    """A text that is no choice, a label in capitals, and a choice as the object that it reads as."""
    values: dict[str, Any] = {
        "a text that is no choice": "Third",
        "a label in capitals": FIRST.upper(),
        "an object": {"id": lab.choices[FIRST], "label": FIRST},
    }
    return noted("; ".join(_written(lab, "Kind", what, value) for what, value in values.items()))


def link_write(lab: Lab) -> Outcome:
    """One target by its id, the other as an object, read back."""

    def works(target: str, value: Any) -> bool:
        cell = lab.wrote("b", "Link", value)
        cells = cell if isinstance(cell, list) else [cell] if cell else []
        return [one.get("id") for one in cells] == [lab.records[target]]

    one, two = lab.records["T1"], lab.records["T2"]
    return choose(
        lab,
        "link_write",
        {
            "ids": lambda: works("T1", [one]),
            "objects": lambda: works("T2", [{"id": two, "label": "T2"}]),
        },
    )


def other_links(lab: Lab) -> Outcome:
    """A link in the forms that some programs send and no switch tells apart; then cleared."""
    known = lab.records["T1"]
    values: dict[str, Any] = {
        "an id that stands alone": known,
        "an object of an id": [{"id": known}],
        "an id of no record": ["zzzzzzzzzzzzzz"],
        "null": None,
        "an empty list": [],
    }
    return noted("; ".join(_written(lab, "Link", what, value) for what, value in values.items()))


def user_write(lab: Lab) -> Outcome:
    """The owner of the key, whom CREATED_BY names, by id, by email and as an object."""
    lab.id("Who")
    maker = lab.person
    if not maker.get("id") or not maker.get("email"):
        raise Open(f"CREATED_BY shows nobody with an id and an email, but {told(maker) if maker else 'nothing'}")

    def works(value: Any) -> bool:
        cell = lab.wrote("d", "Who", value)
        cell = cell[0] if isinstance(cell, list) and cell else cell
        written = isinstance(cell, dict) and cell.get("id") == maker["id"]
        if written:
            lab.update("d", Who=None)
        return written

    return choose(
        lab,
        "user_write",
        {
            "id": lambda: works(maker["id"]),
            "email": lambda: works(maker["email"]),
            "object": lambda: works({key: value for key, value in maker.items() if value is not None}),
        },
    )


def persons(lab: Lab) -> Outcome:
    """Who made a record, who changed it and when, in a record that was changed and in one that was not."""
    names = {"Maker": "CREATED_BY", "Changer": "UPDATED_BY", "Changed": "UPDATED_AT"}
    shown = []
    for letter, what in (("a", "changed"), ("c", "new")):
        cells = lab.send("GET", f"{lab.path}/{lab.records[letter]}").data["fields"]
        forms = [f"{kind} is {form_of(cells.get(lab.ids[name]))}" for name, kind in names.items() if name in lab.ids]
        shown.append(f"in a {what} record {', '.join(forms)}")
    return noted("; ".join([*shown, *(f"no {names[name]} could be made" for name in names if name not in lab.ids)]))


def attachment_write(lab: Lab) -> Outcome:
    """One file in a list and alone, as the service downloads it."""
    file = {"url": _address(lab), "filename": "probe"}

    def works(value: Any) -> bool:
        try:
            written = bool(lab.wrote("a", "Files", value))
            lab.update("a", Files=[])
        except (ServiceUnavailable, TransportError) as error:
            raise Open(f"the service did not come to an end with the file: {error}") from error
        return written

    return choose(lab, "attachment_write", {"list": lambda: works([file]), "single": lambda: works(file)})


def stored_file_write(lab: Lab) -> Outcome:
    """A file that was read, written again with its id: the same file, or a new one."""

    def written(file: dict[str, Any]) -> dict[str, Any]:
        cell = lab.wrote("a", "Files", file if lab.dialect.attachment_write == "single" else [file])
        if not cell:
            raise Open("the file could not be written")
        first: dict[str, Any] = cell[0]
        return first

    stored = written({"url": _address(lab), "filename": "probe"})
    again = written({key: stored[key] for key in ("id", "url", "filename", "type") if stored.get(key) is not None})
    if again["id"] == stored["id"]:
        return Outcome("the id is taken: the file stays", {"stored_file_write": "id"})
    return Outcome("the id is not looked at: the file is downloaded anew", {"stored_file_write": "url"})


def unknown_field(lab: Lab) -> Outcome:
    """A create with an id that no field has."""
    made = lab.create(Name="unknown", **{NOWHERE: 1})
    if made.ok and not made.data["id"]:
        raise Open("a create was answered without an id")
    said = f"a write of an unknown field is {'ignored' if made.ok else 'refused'} ({made.said})"
    return Outcome(said, {"unknown_field": "ignore" if made.ok else "error"})


def read_only_field(lab: Lab) -> Outcome:
    """A write of an AUTONUMBER."""
    lab.id("No")
    made = lab.update("d", No=999)
    if made.ok and made.data["fields"].get(lab.id("No")) == 999:
        raise Open("the service wrote an AUTONUMBER")
    said = f"a write of an AUTONUMBER is {'ignored' if made.ok else 'refused'} ({made.said})"
    return Outcome(said, {"read_only_field": "ignore" if made.ok else "error"})


def names_as_keys(lab: Lab) -> Outcome:
    """A write of a cell by the name of its field, by each verb of a write."""
    created = lab.send("POST", lab.path, {"fields": {"Name": "by name"}})
    path = f"{lab.path}/{lab.records['d']}"
    updated = lab.send(lab.dialect.update_method, path, {"fields": {"Note": "by name"}})
    took = {
        "a create": created.ok and created.data["fields"].get(lab.id("Name")) == "by name",
        "an update": updated.ok and updated.data["fields"].get(lab.id("Note")) == "by name",
    }
    if len(set(took.values())) > 1:
        raise Open("; ".join(f"{what} takes {'names' if does else 'ids alone'}" for what, does in took.items()))
    known = took["a create"]
    return Outcome("names are taken for ids" if known else "names are no keys", {"names_as_keys": known})


def null_takes_default(lab: Lab) -> Outcome:
    """A create that leaves a field with a default out, and one that sends null for it."""
    if lab.read("a", "Default") != DEFAULT:
        raise Open("a create that left the field out did not give it its default")
    made = lab.create(Name="null", Default=None)
    if not made.ok:
        raise Open(f"a create with null is refused ({made.said})")
    takes = made.data["fields"].get(lab.id("Default")) == DEFAULT
    said = "null in a create asks for the default" if takes else "null in a create stays empty"
    later = lab.wrote("d", "Default", None)
    said += f"; after null in an update the cell is {told(later)}"
    return Outcome(said, {"null_takes_default": takes})


def wrong_types(lab: Lab) -> Outcome:
    """A word and digits as text for a number, and a blank text."""
    values: tuple[tuple[str, str, Any], ...] = (
        ("a word for a number", "Qty", "many"),
        ("digits as text for a number", "Qty", "7"),
        ("a number for a text", "Note", 7),
        ("an empty text", "Note", ""),
        ("a word for a checkbox", "Done", "true"),
    )
    return noted("; ".join(_written(lab, name, what, value) for what, name, value in values))


def _written(lab: Lab, name: str, what: str, value: Any) -> str:
    """What becomes of a value in a create, in words."""
    if name not in lab.ids:
        return f"{what} could not be tried"
    made = lab.create(Name="written", **{name: value})
    if not made.ok:
        return f"{what} is refused ({made.said})"
    return f"{what} reads {told(made.data['fields'].get(lab.id(name)))}"


def _address(lab: Lab) -> str:
    if lab.attachment is None:
        raise Skip("the service downloads what is attached, so that it needs the public address of a file")
    lab.id("Files")
    return lab.attachment

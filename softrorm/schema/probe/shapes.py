"""Questions about schemas and errors: what a field is made of, what may be made, what a partial change does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.schema.probe.lab import BLUE, RED
from softrorm.schema.probe.outcome import Open, Outcome, form_of, noted, told

if TYPE_CHECKING:
    from softrorm.schema.probe.lab import Lab

UNSEEN = ("DATE", "DATE_RANGE", "TIME", "ADDRESS", "PROGRESS", "COUNT", "BUTTON")
"""Types that the 2025 document has and today's has not, or that were never seen (wire-facts 14)."""


def field_forms(lab: Lab) -> Outcome:
    """No request of its own: the fields as they were made, and the ids of all that was made."""
    shown = []
    for name, what in (("Twice", "a formula"), ("Names", "a lookup")):
        if name in lab.made:
            options = lab.made[name].get("options") or {}
            keys = [key for key in ("valid", "isValid") if key in options]
            shown.append(f"{what} has {' and '.join(keys) or 'neither valid nor isValid'} in its options")
    if "Done" in lab.made:
        shown.append(f"the default true of a checkbox shows as {told(lab.made['Done'].get('defaultValue'))}")
    ids = {"database": lab.scratch.id, "table": lab.table, "record": lab.records["a"], "field": lab.ids["Name"]}
    ids |= {"choice": next(iter(lab.choices.values()), None)}
    shown.append(f"ids have {', '.join(f'{len(one)} characters ({what})' for what, one in ids.items() if one)}")
    return noted("; ".join(shown))


def new_links(lab: Lab) -> Outcome:
    """The table that a link leads to, read after the link was made: is there another end, and does it hold several?"""
    lab.id("Link")
    link = lab.made["Link"]
    fields = lab.send("GET", lab.of(lab.targets)).data["fields"]
    text = f"a link that was made without a word on that holds {_held(link)}"
    ends = [one for one in fields if one["type"] == "LINKED_RECORD"]
    if not ends:
        return noted(f"{text}; the other table has no other end")
    end = ends[0]
    pair = "names" if (link.get("options") or {}).get("inverseLinkFieldId") == end["id"] else "does not name"
    return noted(
        f"{text}; its other end is called {end['name']} and holds {_held(end)}; the link {pair} it as its inverse"
    )


def _held(field: dict[str, Any]) -> str:
    return "several values" if field.get("allowMultipleEntries") else "one value"


def field_types(lab: Lab) -> Outcome:
    """A field of each type that is documented here and not there."""
    shown = []
    for kind in UNSEEN:
        made = lab.send("POST", f"{lab.of(lab.table)}/fields", {"name": kind.title(), "type": kind, "options": {}})
        shown.append(f"{kind} is {'made' if made.ok else f'refused ({made.said})'}")
    shown += [f"{name} was refused ({why})" for name, why in lab.refused.items()]
    return noted("; ".join(shown))


def partial_changes(lab: Lab) -> Outcome:
    """A table without its name, and a SELECT without its options, by PUT."""
    table = lab.send("PUT", lab.of(lab.targets), {"description": "changed"})
    shown = [f"a table without its name is {'changed' if table.ok else f'refused ({table.said})'}"]
    path = f"{lab.of(lab.table)}/fields/{lab.id('Tags')}"
    for what, body in (("its name alone", {"name": "Tags"}), ("name and type", {"name": "Tags", "type": "SELECT"})):
        made = lab.send("PUT", path, body)
        if not made.ok:
            shown.append(f"a SELECT with {what} is refused ({made.said})")
            continue
        left = [one["label"] for one in (made.data.get("options") or {}).get("choices") or []]
        fate = "keeps its choices" if left == [RED, BLUE] else f"is left with the choices {told(left)}"
        shown.append(f"a SELECT with {what} {fate}")
    return noted("; ".join(shown))


def equal_names(lab: Lab) -> Outcome:
    """A second field called Note, and a record by names."""
    made = lab.send("POST", f"{lab.of(lab.table)}/fields", {"name": "Note", "type": "SINGLE_LINE_TEXT", "options": {}})
    if not made.ok:
        return noted(f"a second field of the same name is refused ({made.said})")
    shown = lab.send("GET", f"{lab.path}/{lab.records['a']}", fieldNames="true").data["fields"]
    names = [name for name in shown if "Note" in name]
    return noted(f"a second field of the same name is made; by name, {len(names)} of the two show: {', '.join(names)}")


def error_form(lab: Lab) -> Outcome:
    """No request of its own: the bodies of all the errors so far."""
    errors = [one.payload for one in lab.exchanges if not one.ok]
    if not errors:
        raise Open("there was no error")
    forms: dict[str, int] = {}
    for one in errors:
        form = _form(one)
        forms[form] = forms.get(form, 0) + 1
    return noted("; ".join(f"{count} times {form}" for form, count in forms.items()))


def _form(payload: Any) -> str:
    if not isinstance(payload, dict):
        return "no body" if payload is None else f"{form_of(payload)} and no JSON object"
    if "details" not in payload:
        return f"{form_of(payload)}, without details"
    return f"{form_of(payload)}, where details is {form_of(payload['details'])}"

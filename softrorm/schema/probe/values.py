"""Questions about what comes back: empty cells, computed cells in the answer to a create, numbers of rare types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from softrorm.schema.probe.outcome import Open, Outcome, noted, told

if TYPE_CHECKING:
    from softrorm.schema.probe.lab import Lab


def empty_cells(lab: Lab) -> Outcome:
    """A record that was given nothing but a name, and a null for a checkbox."""
    cells = lab.send("GET", f"{lab.path}/{lab.records['c']}").data["fields"]
    kinds = {"Note": "text", "Qty": "number", "When": "date", "Kind": "choice", "Tags": "choices", "Link": "link"}
    kinds |= {"Who": "person", "Names": "lookup", "Count": "rollup", "Twice": "formula over nothing"}
    shown = [f"{kind} {told(cells.get(lab.ids[name]))}" for name, kind in kinds.items() if name in lab.ids]
    if "Done" in lab.ids:
        made = lab.create(Name="empty", Done=None)
        cell = told(made.data["fields"].get(lab.id("Done"))) if made.ok else f"refused ({made.said})"
        shown.append(f"checkbox that was sent null {cell}")
    return noted(", ".join(shown))


def computed(lab: Lab) -> Outcome:
    """A record with a formula, a lookup and a rollup: their cells in the answer to the create, and read right after."""
    names = {"Twice": "a formula", "Names": "a lookup", "Count": "a rollup"}
    known = {name: what for name, what in names.items() if name in lab.ids}
    if not known:
        raise Open("the service made no computed field")
    made = lab.create(**lab.known({"Name": "computed", "Qty": 21, "Link": lab.link("T1")}))
    if not made.ok:
        return noted(f"a create was refused ({made.said})")
    read = lab.send("GET", f"{lab.path}/{made.data['id']}").data
    shown = []
    for name, what in known.items():
        at_once, later = (told(one["fields"].get(lab.id(name))) for one in (made.data, read))
        shown.append(f"{what} is {at_once} in the answer to the create and {later} right after")
    shown += [
        f"{what} could not be made ({lab.refused.get(name)})" for name, what in names.items() if name not in known
    ]
    moved = "moved" if read["updatedAt"] != made.data["updatedAt"] else "did not move"
    return noted("; ".join([*shown, f"updatedAt {moved} meanwhile"]))


def rare_numbers(lab: Lab) -> Outcome:
    """A percentage and a duration, written and read."""
    shown = []
    for name, kind, value in (("Share", "PERCENT", 0.5), ("Span", "DURATION", 90)):
        if name not in lab.ids:
            shown.append(f"a field {kind} could not be made ({lab.refused.get(name)})")
            continue
        made = lab.create(Name="number", **{name: value})
        cell = told(made.data["fields"].get(lab.id(name))) if made.ok else f"refused ({made.said})"
        shown.append(f"{kind} {value} reads {cell}")
    return noted("; ".join(shown))

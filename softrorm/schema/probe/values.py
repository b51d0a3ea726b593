"""Questions about what comes back: computed cells in the answer to a create, numbers of rare types, equal names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from softrorm.schema.probe.outcome import Outcome, noted

if TYPE_CHECKING:
    from softrorm.schema.probe.lab import Lab


def computed(lab: Lab) -> Outcome:
    """A record with a formula: its cell in the answer to the create, and when read right after."""
    lab.id("Twice")
    made = lab.create(Name="computed", Qty=21)
    if not made.ok:
        return noted(f"a create was refused ({made.said})")
    read = lab.send("GET", f"{lab.path}/{made.data['id']}").data
    told, later = (one["fields"].get(lab.id("Twice")) for one in (made.data, read))
    moved = "moved" if read["updatedAt"] != made.data["updatedAt"] else "did not move"
    return noted(
        f"{{Qty}} * 2 of 21 is {told!r} in the answer to the create and {later!r} right after;"
        f" updatedAt {moved} meanwhile"
    )


def rare_numbers(lab: Lab) -> Outcome:
    """A percentage and a duration, written and read."""
    told = []
    for name, value in (("Share", 0.5), ("Span", 90)):
        if name not in lab.ids:
            told.append(f"a field {name} could not be made ({lab.refused.get(name)})")
            continue
        made = lab.create(Name="number", **{name: value})
        cell = repr(made.data["fields"].get(lab.id(name))) if made.ok else f"refused ({made.said})"
        told.append(f"{'PERCENT' if name == 'Share' else 'DURATION'} {value} reads {cell}")
    return noted("; ".join(told))


def equal_names(lab: Lab) -> Outcome:
    """A second field called Note, and a record by names."""
    path = f"{lab.path.removesuffix('/records')}/fields"
    made = lab.send("POST", path, {"name": "Note", "type": "SINGLE_LINE_TEXT", "options": {}})
    if not made.ok:
        return noted(f"a second field of the same name is refused ({made.said})")
    shown = lab.send("GET", f"{lab.path}/{lab.records['a']}", fieldNames="true").data["fields"]
    names = [name for name in shown if "Note" in name]
    return noted(f"a second field of the same name is made; by name, {len(names)} of the two show: {', '.join(names)}")

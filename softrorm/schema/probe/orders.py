"""Questions about the order of a search: its key, empty cells, ties, several fields, unknown ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from softrorm.schema.probe.filters import ALL, NOWHERE
from softrorm.schema.probe.outcome import Open, Outcome, choose, noted

if TYPE_CHECKING:
    from softrorm.schema.probe.lab import Lab


def sort_key(lab: Lab) -> Outcome:
    """Names backwards, by each key; and as one object where a list does nothing, as the 2025 document shows it."""

    def works(key: str) -> bool:
        order = lab.order("-Name")
        return ALL[::-1] in (lab.search(**{key: order}), lab.search(**{key: order[0]}))

    return choose(lab, "sort_key", {key: partial(works, key) for key in ("sorting", "sort")})


def nulls(lab: Lab) -> Outcome:
    """Quantities upwards and downwards; that of c is empty."""
    up, down = _sorted(lab, "Qty"), _sorted(lab, "-Qty")
    places = {"c": "first"} if up[0] == "c" else {"c": "last"} if up[-1] == "c" else {}
    if not places:
        raise Open(f"upwards the order is {up}, downwards {down}; c is empty")
    other = "first" if down[0] == "c" else "last" if down[-1] == "c" else "in the middle"
    text = f"{places['c']} in an ascending order, {other} in a descending one"
    return Outcome(text, {"nulls": places["c"]})


def ties(lab: Lab) -> Outcome:
    """Quantities, of which a and d have the same; and then by a second field."""
    up, down = (_sorted(lab, order).replace("c", "") for order in ("Qty", "-Qty"))
    two = _sorted(lab, "Qty", "-Name").replace("c", "")
    text = f"upwards the order is {up}, downwards {down}, where a and d are equal and a is older"
    return noted(f"{text}; a second field {'decides' if two == 'dab' else f'does not decide ({two})'}")


def unknown_sort(lab: Lab) -> Outcome:
    """An order by a field that is not there, by the time of creation under two names, and in no direction."""
    orders: dict[str, Any] = {
        "an unknown field": {"sortingField": NOWHERE, "sortType": "DESC"},
        "a field by its name": {"sortingField": "Name", "sortType": "DESC"},
        "created_at": {"sortingField": "created_at", "sortType": "DESC"},
        "createdAt": {"sortingField": "createdAt", "sortType": "DESC"},
        "an unknown direction": {"sortingField": lab.id("Name"), "sortType": "SIDEWAYS"},
    }
    words = {None: "refused", ALL: "ignored"}
    found = {what: lab.search(**{lab.dialect.sort_key: [order]}) for what, order in orders.items()}
    told = [f"{what} is {words.get(letters, f'followed ({letters})')}" for what, letters in found.items()]
    return noted("; ".join(told))


def _sorted(lab: Lab, *names: str) -> str:
    found = lab.search(**{lab.dialect.sort_key: lab.order(*names)})
    if not found or set(found) != set(ALL):
        raise Open(f"an order by {', '.join(names)} was answered with {found!r}")
    return found

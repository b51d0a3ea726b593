"""Questions about single answers and pages: the form of a record, limits and what is echoed, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from softrorm.schema.probe.lab import MANY, ROWS
from softrorm.schema.probe.outcome import Open, Outcome, noted, told

if TYPE_CHECKING:
    from softrorm.schema.probe.exchange import Exchange
    from softrorm.schema.probe.lab import Lab

HIGH = 1000
"""A limit above the documented 200, which was honoured once (wire-facts 9)."""
DOCUMENTED = 200
MOST_ROWS = HIGH + 1
"""More records than these show nothing further."""


def create_status(lab: Lab) -> Outcome:
    """The first record was created already."""
    status = lab.first.status if lab.first else 0
    if status not in {200, 201}:
        raise Open(f"a create was answered {status}, which is none of 200 and 201")
    return Outcome(f"a create is answered {status}", {"create_status": status})


def record_form(lab: Lab) -> Outcome:
    """A record from a list beside the same record alone."""
    listed = lab.send("GET", lab.path, limit=str(MANY), offset="0")
    alone = lab.send("GET", f"{lab.path}/{lab.records['a']}")
    one, other = list(listed.data[0]), list(alone.data)
    text = f"in a list {', '.join(one)}; alone {', '.join(other) if other != one else 'the same'}"
    envelope = ", ".join(f"{key} {told(value)}" for key, value in alone.payload.items() if key != "data")
    missing = sorted(set(lab.ids) - {name for name, key in lab.ids.items() if key in alone.data["fields"]})
    text += f"; beside data there is {envelope or 'nothing'}; "
    text += f"of the fields {', '.join(missing)} are missing" if missing else "every field is present, empty or not"
    ordered = lab.letters(listed) == "".join(ROWS)
    text += f"; without an order, {'the oldest comes first' if ordered else f'they come as {lab.letters(listed)}'}"
    return Outcome(text, {"record_table_id": "tableId" in one})


def default_limit(lab: Lab) -> Outcome:
    """Asked without a limit, by both endpoints."""
    shown = {
        "GET": lab.send("GET", lab.path).payload["metadata"]["limit"],
        "search": lab.send("POST", f"{lab.path}/search", {}).payload["metadata"]["limit"],
    }
    if shown["GET"] != shown["search"]:
        raise Open(f"GET shows a limit of {shown['GET']}, a search one of {shown['search']}")
    if not isinstance(shown["GET"], int) or shown["GET"] < 1:
        raise Open(f"the limit that is shown is {shown['GET']!r}")
    return Outcome(f"{shown['GET']} rows", {"default_limit": shown["GET"]})


def page_size(lab: Lab) -> Outcome:
    """A limit above the documented one: refused, cut, or honoured; and which one is echoed."""
    high = lab.send("GET", lab.path, limit=str(HIGH))
    if not high.ok:
        most = _highest_taken(lab)
        text = f"a limit above {most} is refused ({high.said})"
        return Outcome(text, {"page_size": most, "over_page_size": "error"})
    echo, held = high.payload["metadata"]["limit"], int(high.payload["metadata"]["total"])
    if echo == HIGH and len(high.data) == held < lab.rows:
        held = _filled(lab, held)
        high = lab.send("GET", lab.path, limit=str(HIGH))
        echo = high.payload["metadata"]["limit"]
    rows = len(high.data)
    by_search = lab.send("POST", f"{lab.path}/search", {"paging": {"limit": HIGH}})
    alike = by_search.ok and len(by_search.data) == rows and by_search.payload["metadata"]["limit"] == echo
    note = "" if alike else f"; a search does otherwise ({by_search.said})"
    if isinstance(echo, int) and 0 < echo < HIGH:
        sets = {"page_size": echo, "over_page_size": "clamp", "limit_echo": "clamped"}
        return Outcome(f"a limit of {HIGH} is cut to {echo}, and {echo} is shown{note}", sets)
    if rows < held:
        sets = {"page_size": rows, "over_page_size": "clamp", "limit_echo": "requested"}
        return Outcome(f"a limit of {HIGH} is cut to {rows} in silence, and {echo} is shown{note}", sets)
    more = f"; {DOCUMENTED + 1} rows would show whether a page ends at {DOCUMENTED}" if held <= DOCUMENTED else ""
    raise Open(f"a limit of {HIGH} is shown as {echo} and answered with all {held} records there are{note}{more}")


def offset_past_the_end(lab: Lab) -> Outcome:
    """A page after the last one."""
    made = lab.send("GET", lab.path, offset="500", limit=str(MANY))
    return noted(f"{len(made.data)} rows, and a total of {made.payload['metadata']['total']}" if made.ok else made.said)


def unknown_record(lab: Lab) -> Outcome:
    """A record that is not there, read and deleted."""
    path = f"{lab.path}/zzzzzzzzzzzzzz"
    read, deleted = lab.send("GET", path), lab.send("DELETE", path)
    return noted(f"reading it is answered {read.said}, deleting it {deleted.said}")


def rate_headers(lab: Lab) -> Outcome:
    """No request of its own: the headers of all the answers so far."""
    words = ("rate", "limit", "retry", "remaining", "reset", "quota")
    found = {name: value for name, value in lab.headers.items() if any(word in name.lower() for word in words)}
    shown = ", ".join(f"{name}: {value}" for name, value in sorted(found.items()))
    return noted(shown or f"no header speaks of rates; seen: {', '.join(sorted(lab.headers))}")


def _filled(lab: Lab, held: int) -> int:
    """How many records there are once the table holds as many as were asked for."""
    while held < lab.rows:
        made = lab.create(Name="one of many")
        if not made.ok:
            raise Open(f"a create was refused at {held} records: {made.said}")
        held += 1
    return held


def _highest_taken(lab: Lab) -> int:
    """The highest limit that is not refused; the documented one and its neighbour are tried first."""
    low, high = 1, HIGH  # taken, and refused
    guess = DOCUMENTED
    while high - low > 1:
        if _taken(lab, guess).ok:
            low, guess = guess, guess + 1 if guess == DOCUMENTED else 0
        else:
            high, guess = guess, 0
        guess = guess or (low + high) // 2
    return low


def _taken(lab: Lab, limit: int) -> Exchange:
    return lab.send("GET", lab.path, limit=str(limit))

"""Questions about filters: forms of right sides, operators, empty cells, case, and what is malformed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from softrorm.client.dialect import OPERATORS_CURRENT
from softrorm.schema.probe.lab import BLUE, FIRST, RED, ROWS
from softrorm.schema.probe.outcome import Open, Outcome, choose, noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.schema.probe.lab import Lab

ALL = "".join(ROWS)
NOWHERE = "zzzzz"
"""An id that no field has."""

# Field, operands and the letters to be found, c aside where the operator is negative: that is a question of its own.
_NUMBER, _CHOICE = "number", "choice"
OPERATORS: dict[str, tuple[str, str, Any, str]] = {
    "IS": ("Note", "", "Banana", "b"),
    "IS_NOT": ("Note", "", "Banana", "ad"),
    "CONTAINS": ("Note", "", "nan", "b"),
    "DOES_NOT_CONTAIN": ("Note", "", "nan", "ad"),
    "STARTS_WITH": ("Note", "", "app", "a"),
    "DOES_NOT_START_WITH": ("Note", "", "app", "bd"),
    "ENDS_WITH": ("Note", "", "rry", "d"),
    "DOES_NOT_END_WITH": ("Note", "", "rry", "ab"),
    "IS_ONE_OF": ("Note", "", ["Banana", "cherry"], "bd"),
    "IS_NOT_ONE_OF": ("Note", "", ["Banana", "cherry"], "a"),
    "IS_EMPTY": ("Note", "", None, "c"),
    "IS_NOT_EMPTY": ("Note", "", None, "abd"),
    "GREATER_THAN": ("Qty", _NUMBER, 5, "b"),
    "GREATER_THAN_OR_EQUALS": ("Qty", _NUMBER, 10, "b"),
    "LESS_THAN": ("Qty", _NUMBER, 10, "ad"),
    "LESS_THAN_OR_EQUALS": ("Qty", _NUMBER, 2, "ad"),
    "IS_BETWEEN": ("Qty", _NUMBER, (5, 20), "b"),
    "IS_NOT_BETWEEN": ("Qty", _NUMBER, (5, 20), "ad"),
    "IS_WITHIN": ("When", "", ("2026-02-01", "2026-02-28"), "b"),
    "IS_NOT_WITHIN": ("When", "", ("2026-02-01", "2026-02-28"), "ad"),
    "HAS_ANY_OF": ("Tags", _CHOICE, [RED], "ad"),
    "HAS_ALL_OF": ("Tags", _CHOICE, [RED, BLUE], "a"),
    "HAS_NONE_OF": ("Tags", _CHOICE, [RED], "b"),
}
GROUPS = {"AND": "a", "OR": "ab"}
NEGATIVES = tuple(name for name in OPERATORS if ("NOT" in name or "NONE" in name) and name != "IS_NOT_EMPTY")


def number_filter(lab: Lab) -> Outcome:
    """The same number as JSON number and as text."""
    return choose(
        lab,
        "number_filter",
        {
            "number": lambda: lab.search(lab.condition("Qty", "IS", 2)) == "ad",
            "string": lambda: lab.search(lab.condition("Qty", "IS", "2")) == "ad",
        },
    )


def select_filter(lab: Lab) -> Outcome:
    """The same choice by id and by label."""
    if not lab.has_choices:
        raise Open("no choice could be written")
    return choose(
        lab,
        "select_filter",
        {
            "id": lambda: lab.search(lab.condition("Kind", "IS", lab.choices[FIRST])) == "ad",
            "label": lambda: lab.search(lab.condition("Kind", "IS", FIRST)) == "ad",
        },
    )


def system_dates(lab: Lab) -> Outcome:
    """created_at after a moment long past, and after one to come: a form works if that finds all, and nothing."""
    past, future = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    forms: dict[str, Any] = {
        "millis": lambda moment: int(moment.timestamp() * 1000),
        "iso": lambda moment: moment.isoformat().replace("+00:00", ".000Z"),
    }

    def works(form: str) -> bool:
        return [
            lab.search(lab.condition("created_at", "GREATER_THAN", forms[form](one))) for one in (past, future)
        ] == [
            ALL,
            "",
        ]

    return choose(lab, "system_date_filter", {form: partial(works, form) for form in forms})


def relative_dates(lab: Lab) -> Outcome:
    """created_at against three relative dates: the records were created just now."""
    found = {}
    for word in ("PREDEFINED:TODAY", "RELATIVE_DATE:THIS:YEAR", "RELATIVE_DATE:PAST:7"):
        found[word] = lab.search(lab.condition("created_at", "IS", word))
    known = {None: "refused", ALL: "all", "": "none"}
    return noted("; ".join(f"IS {word}: {known.get(letters, letters)}" for word, letters in found.items()))


def operators(lab: Lab) -> Outcome:
    """One search for each, that finds some records and not all."""
    known, odd = set(), []
    for name, (field, kind, _, expected) in OPERATORS.items():
        if field not in lab.ids or (kind == _CHOICE and not lab.has_choices):
            odd.append(f"{name} could not be tried")
            known |= {name} & lab.dialect.operators
            continue
        found = _tried(lab, name)
        if found is None or set(found) == set(ALL):
            continue
        known.add(name)
        told = found.replace("c", "") if name in NEGATIVES else found
        if told != expected:
            odd.append(f"{name} finds {found or 'nothing'} and not {expected}")
    for name, expected in GROUPS.items():
        two = lab.condition("Note", "IS_NOT" if name == "AND" else "IS", "Banana")
        found = lab.search({"operator": name, "conditions": [lab.condition("Note", "IS", "apple pie"), two]})
        if found == expected:
            known.add(name)
    missing = sorted(OPERATORS_CURRENT - known)
    text = f"{len(known)} of {len(OPERATORS_CURRENT)} documented ones are known"
    text += f", but not {', '.join(missing)}" if missing else ""
    text += f"; {'; '.join(odd)}" if odd else ""
    if not known:
        raise Open(text)
    return Outcome(text, {"operators": frozenset(known)})


def negatives(lab: Lab) -> Outcome:
    """No request of its own: whether what the negative operators found has the record c, whose cells are empty."""
    found = {name: lab.operators[name] for name in NEGATIVES if lab.operators.get(name) is not None}
    matching = {name for name, letters in found.items() if letters and "c" in letters}
    if not found:
        raise Open("no negative operator is known")
    if matching and matching != set(found):
        raise Open(f"{', '.join(sorted(matching))} do, {', '.join(sorted(set(found) - matching))} do not")
    answer = "match" if matching else "do not match"
    return Outcome(f"negative operators {answer} an empty cell", {"negatives_match_empty": bool(matching)})


def case(lab: Lab) -> Outcome:
    """Text, and the label of a choice, in capitals."""
    trials = {
        "IS": (lab.condition("Note", "IS", "APPLE PIE"), "a"),
        "CONTAINS": (lab.condition("Note", "CONTAINS", "APPLE"), "a"),
        "IS on a SELECT by label": (lab.condition("Kind", "IS", FIRST.upper()), "ad"),
    }
    shown = []
    for name, (condition, expected) in trials.items():
        found = lab.search(condition)
        shown.append(
            f"{name} {'is refused' if found is None else 'ignores case' if found == expected else 'does not find it'}"
        )
    return noted("in capitals: " + "; ".join(shown))


def malformed(lab: Lab) -> Outcome:
    """Filters that make no sense: refused, every record, or none."""
    conditions: dict[str, Any] = {
        "an unknown operator": lab.condition("Note", "IS_LIKELY", "Banana"),
        "an unknown field": {"leftSide": NOWHERE, "operator": "IS", "rightSide": "Banana"},
        "a field by its name": {"leftSide": "Note", "operator": "IS", "rightSide": "Banana"},
        "no right side": lab.condition("Note", "IS"),
        "a filter on id": {"leftSide": "id", "operator": "IS", "rightSide": lab.records["a"]},
    }
    made_of = {what: lab.search_for(condition) for what, condition in conditions.items()}
    bare = {"filter": lab.condition("Note", "IS", "Banana"), "paging": {"limit": len(ALL)}}
    made_of["a filter without condition"] = lab.send("POST", f"{lab.path}/search", bare)
    answers = {None: "refused", ALL: "answered with every record", "": "answered with nothing", "b": "understood"}
    shown = []
    for what, made in made_of.items():
        letters = lab.letters(made) if made.ok else None
        shown.append(
            f"{what} is {answers.get(letters, f'answered with {letters}')}" + f" ({made.said})" * (not made.ok)
        )
    return noted("; ".join(shown))


def link_filter(lab: Lab) -> Outcome:
    """A link by id and by label; record b links to a target."""
    cell = lab.read("b", "Link")
    if not cell:
        raise Open("no link could be written")
    one = cell[0] if isinstance(cell, list) else cell
    trials = {
        "IS id": lab.condition("Link", "IS", one["id"]),
        "HAS_ANY_OF [id]": lab.condition("Link", "HAS_ANY_OF", [one["id"]]),
        "IS label": lab.condition("Link", "IS", one["label"]),
        "IS_ONE_OF [id]": lab.condition("Link", "IS_ONE_OF", [one["id"]]),
        "CONTAINS label": lab.condition("Link", "CONTAINS", one["label"]),
    }
    words = {None: "refused", "b": "finds it", "": "finds nothing"}
    found = {what: lab.search(condition) for what, condition in trials.items()}
    return noted("; ".join(f"{what}: {words.get(letters, letters)}" for what, letters in found.items()))


def _tried(lab: Lab, name: str) -> str | None:
    """What a search with an operator finds; asked once."""
    if name not in lab.operators:
        field, kind, operand, _ = OPERATORS[name]
        spellings: dict[str, Callable[[Any], Any]] = {_NUMBER: lab.number, _CHOICE: lab.choice}
        spelled = spellings.get(kind, lambda value: value)
        if isinstance(operand, tuple):
            lower, upper = map(spelled, operand)
            condition = lab.condition(field, name, lowerBound=lower, upperBound=upper)
        elif isinstance(operand, list):
            condition = lab.condition(field, name, list(map(spelled, operand)))
        else:
            condition = lab.condition(field, name, None if operand is None else spelled(operand))
        lab.operators[name] = lab.search(condition)
    return lab.operators[name]

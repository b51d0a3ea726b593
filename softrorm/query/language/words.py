"""The operators as they are written: by signs and in words, and how messages name those that a field takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from softrorm.query.language.names import field_is_called
from softrorm.query.operators import LOOKUPS, OPERATORS, Family, by_name

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike

EQUAL: Final = frozenset({"=", "==", "is", "equals"})
UNEQUAL: Final = frozenset({"!=", "<>", "is_not", "not_equals"})
WORDS: Final = {
    "<": by_name("LESS_THAN"),
    "<=": by_name("LESS_THAN_OR_EQUALS"),
    ">": by_name("GREATER_THAN"),
    ">=": by_name("GREATER_THAN_OR_EQUALS"),
    **{name: operator for name, operator in LOOKUPS.items() if name not in EQUAL | UNEQUAL},
    "not_in": by_name("IS_NOT_ONE_OF"),
    "between": by_name("IS_BETWEEN"),
    "not_between": by_name("IS_NOT_BETWEEN"),
    "within": by_name("IS_WITHIN"),
    "not_within": by_name("IS_NOT_WITHIN"),
    "not_contains": by_name("DOES_NOT_CONTAIN"),
    "not_starts_with": by_name("DOES_NOT_START_WITH"),
    "not_ends_with": by_name("DOES_NOT_END_WITH"),
    "is_null": by_name("IS_EMPTY"),
    "is_not_null": by_name("IS_NOT_EMPTY"),
}
"""The other operators, as signs and in words, with ``_`` for the blanks between these."""
MOST_WORDS: Final = max(name.count("_") + 1 for name in WORDS)
SEVERAL: Final = frozenset({Family.MANY_NAMED, Family.MANY_TEXT, Family.MANY_OTHER})
_SIGNS: Final = {operator.name: word for word, operator in WORDS.items() if not word[0].isalpha()}
_SIGNS.update({"IS": "=", "IS_NOT": "!="})


def taken(field: FieldLike) -> str:
    """The operators that a field takes, in a sentence."""
    return f"It takes {', '.join(operator_words(field))}."


def operator_words(field: FieldLike) -> list[str]:
    """The operators that a field takes, as they are written."""
    names = [operator.name for operator in OPERATORS if operator.takes(field.family)]
    plain = ["=", "!="] if field.family in SEVERAL else []
    return [*plain, *(_SIGNS.get(name) or name.lower().replace("_", " ") for name in names)]


def undjangoed(text: str, model: type[Any]) -> str:
    """What is said of a field and a look-up joined as in Django; nothing where there is no such field."""
    path = text.split("__")
    last = LOOKUPS.get(path[-1].lower())
    names = path if last is None else path[:-1]
    if len(path) == 1 or not names or not field_is_called(model, names[0]):
        return ""
    said = [] if last is None else [_SIGNS.get(last.name, last.name.lower().replace("_", " "))]
    right = " ".join([".".join(names), *said])
    return f"{text} is how a program spells it; in a filter as text write: {right}"

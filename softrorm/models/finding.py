"""Finding one of several databases, tables or fields by what was said: how it is matched, and what is said if it fails.

What a person types at a prompt is an id or a name, in any capitals. What a model declares is a name as it is, since
another one may be there in other capitals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar

from softrorm.client.errors import ConfigurationError
from softrorm.query.operators import nearest

T = TypeVar("T")


class Kind(NamedTuple):
    """A kind of thing that is looked for: what it is called in a message, its id, its name, and how it is shown."""

    thing: str
    id: Callable[[Any], str | None]
    name: Callable[[Any], str]
    shown: Callable[[Any], str]


_ID, _NAME = attrgetter("id"), attrgetter("name")
DATABASES = Kind("database", _ID, _NAME, _NAME)
TABLES = Kind("table", _ID, _NAME, _NAME)
FIELDS = Kind("field", _ID, _NAME, _NAME)

Way: TypeAlias = Callable[[Kind, Any, str], bool]
"""Whether a thing of a kind is the one that a text means."""


def by_id(kind: Kind, thing: Any, text: str) -> bool:
    """Whether the text is its id."""
    return kind.id(thing) == text


def by_name(kind: Kind, thing: Any, text: str) -> bool:
    """Whether the text is its name."""
    return kind.name(thing) == text


def by_name_in_any_capitals(kind: Kind, thing: Any, text: str) -> bool:
    """Whether the text is its name but for small and capital letters."""
    return kind.name(thing).casefold() == text.casefold()


TYPED: Sequence[Way] = (by_id, by_name, by_name_in_any_capitals)
"""How what a person types is matched; the next way only where none is found by the one before."""


def matching(text: str, known: Iterable[T], kind: Kind, ways: Sequence[Way] = TYPED) -> list[T]:
    """The things that a text may mean.

    Args:
        text: What was said.
        known: The things that are there.
        kind: What they are.
        ways: How they are matched; those of the first way that finds any.

    Makes no request.
    """
    known = list(known)
    found = ([thing for thing in known if way(kind, thing, text)] for way in ways)
    return next(filter(None, found), [])


def only(
    text: str,
    known: Iterable[T],
    kind: Kind,
    where: str,
    ways: Sequence[Way] = TYPED,
    *,
    missing: str = "",
    several: str = "",
) -> T:
    """The one thing that a text means.

    Args:
        text: What was said.
        known: The things that are there.
        kind: What they are.
        where: What they belong to, as a message begins: ``this account``.
        ways: As for :func:`matching`.
        missing: What to do where there is none, as a sentence.
        several: What to do where there are several; else to give the id.

    Raises:
        ConfigurationError: There is none, or there are several; the message names the nearest, or all of them.

    Makes no request.
    """
    known = list(known)
    found = matching(text, known, kind, ways)
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{kind.shown(thing)!r} ({kind.id(thing)})" for thing in found)
        give = "one of these names, or the id" if len({*map(kind.shown, found)}) == len(found) else "the id"
        what_to_do = several or f"Give {give}."
        raise ConfigurationError(f"{where} has {len(found)} {kind.thing}s called {text!r}: {listed}. {what_to_do}")
    names = [kind.shown(thing) for thing in known]
    near = nearest(text, dict.fromkeys([*map(kind.name, known), *names]))
    listed = ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")
    there = f"Its {kind.thing}s are {listed}." if names else f"It has no {kind.thing}s yet."
    raise ConfigurationError(f"{where} has no {kind.thing} {text!r}.{near} {there} {missing}".rstrip())

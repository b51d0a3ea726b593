"""Forms: what a strict sandbox refuses to write, although the value as such would do.

The facts name programs that send a choice by id and by label, links as ids and as objects, and so on, and nobody knows
which of them the service takes today (wire-facts 5.2). The sandbox takes them all; a strict one takes the form that its
habits name, so that what a program sends can be held against one dialect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.sandbox.celltypes import Refused
from softrorm.sandbox.problems import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.habits import Habits
    from softrorm.sandbox.model import Field


def in_form(value: Any, field: Field, habits: Habits) -> Any:
    """A written value that a strict sandbox takes, without what it does not look at.

    Args:
        value: What was written, not ``None``.
        field: The field.
        habits: The forms.

    Raises:
        Refused: It has another form.
    """
    check = FORMS.get(field.type)
    return check(value, field, habits) if check and habits.strict else value


def _select(value: Any, field: Field, habits: Habits) -> Any:
    wanted, other = ("id", "label") if habits.select_write == "id" else ("label", "id")
    choices = field.options["choices"]
    for item in _items(value):
        if item not in [choice[wanted] for choice in choices] and item in [choice[other] for choice in choices]:
            raise Refused(f"{brief(item)} is the {other} of a choice; right would be its {wanted}")
    return value


def _links(value: Any, field: Field, habits: Habits) -> Any:
    wanted = dict if habits.link_write == "objects" else str
    for item in _items(value):
        if not isinstance(item, wanted):
            right = '{"id": ..., "label": ...}' if wanted is dict else "a record id"
            raise Refused(f"{brief(item)} is no link; right would be {right}")
    return value


def _files(value: Any, field: Field, habits: Habits) -> Any:
    if habits.attachment_write == "list" and not isinstance(value, list):
        raise Refused(f"{brief(value)} is no list of files")
    if habits.attachment_write == "single" and isinstance(value, list) and len(value) == 1:
        raise Refused("one file stands in a list; right would be the file alone")
    if habits.stored_file_write == "id":
        return value
    # The id says nothing here: the address is downloaded as any other.
    bare = [{**item, "id": None} if isinstance(item, dict) else item for item in _items(value)]
    return bare if isinstance(value, list) else bare[0]


def _people(value: Any, field: Field, habits: Habits) -> Any:
    for item in _items(value):
        form = "object" if isinstance(item, dict) else "email" if "@" in str(item) else "id"
        if form != habits.user_write:
            raise Refused(f"{brief(item)} names a user by {form}; right would be by {habits.user_write}")
    return value


FORMS: dict[str, Callable[[Any, Field, Habits], Any]] = {
    "SELECT": _select,
    "LINKED_RECORD": _links,
    "ATTACHMENT": _files,
    "USER": _people,
}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

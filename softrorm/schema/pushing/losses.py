"""Losses: what the steps of a plan would destroy, counted in the records that are there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from softrorm.fields.choice import Checkbox
from softrorm.schema.compare import Difference

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.lock import Lock, LockedTable
    from softrorm.schema.pushing.plans import Step

EVERYTHING = "all its values"
"""What a step loses that removes a field, before it is counted."""
_CHECKBOX = Checkbox.api_type
_REQUIRED = str(Difference("required", "required", False, True))


def counted(step: Step, client: Client, lock: Lock) -> Step:
    """A step that says how many records lose something by it; where none does, it loses nothing.

    One that makes a field required says how many records are empty there.

    Args:
        step: The step.
        client: The client.
        lock: The ids of the tables and fields.

    Makes 1 request if the step loses something, and 1 if it makes a field required. Document: Search Records.
    """
    known = lock.tables.get(step.table)
    if known is not None and _REQUIRED in step.details:
        empty = _found(step, client, known, {"operator": "IS_EMPTY"})
        said = f"{_REQUIRED}, and {_records(empty)} {'has' if empty == 1 else 'have'} no value there"
        step = replace(step, details=tuple(said if empty and line == _REQUIRED else line for line in step.details))
    if known is None or not step.loses:
        return step
    values = {} if step.action == "delete_table" else _values(step, client)
    total = _found(step, client, known, values)
    records = _records(total)
    lost = {"delete_table": records, "delete_field": f"the values of {records}"}.get(step.action)
    up_to = "" if "leaving" in step.asked else "up to "
    return replace(step, loses=(lost or f"{step.loses}, in {up_to}{records}") if total else "")


def _found(step: Step, client: Client, known: LockedTable, values: dict[str, Any]) -> int:
    """How many records have such values in the field of a step; all of the table's for no values."""
    body: dict[str, Any] = {"paging": {"limit": 1}}
    if values:
        id = step.asked.get("id") or known.fields[step.attribute].id
        body["filter"] = {"condition": {"leftSide": id, **values}}
    return client.search_records(known.database, known.id, body).total


def _records(total: int) -> str:
    return f"{total} record{'' if total == 1 else 's'}"


def _values(step: Step, client: Client) -> dict[str, Any]:
    """What the records that lose something have in the field: one of the choices that go, or anything at all."""
    leaving = step.asked.get("leaving")
    if not leaving:
        # An empty checkbox is false (wire-facts 4.1), which nobody has set.
        return {"operator": "IS", "rightSide": True} if step.asked["was"] == _CHECKBOX else {"operator": "IS_NOT_EMPTY"}
    key = client.dialect.select_filter
    operator = "HAS_ANY_OF" if step.asked["several"] else "IS_ONE_OF"
    return {"operator": operator, "rightSide": [choice.get(key) or choice["label"] for choice in leaving]}

"""Losses: what the steps of a plan would destroy, counted in the records that are there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.lock import Lock
    from softrorm.schema.pushing.plans import Step

EVERYTHING = "all its values"
"""What a step loses that removes a field, before it is counted."""


def counted(step: Step, client: Client, lock: Lock) -> Step:
    """A step that says how many records lose something by it; where none does, it loses nothing.

    Args:
        step: The step.
        client: The client.
        lock: The ids of the tables and fields.

    Makes 1 request if the step loses something. Document: Search Records.
    """
    known = lock.tables.get(step.table)
    if known is None or not step.loses:
        return step
    condition: dict[str, Any] = {}
    if step.action != "delete_table":
        condition = {"leftSide": step.asked.get("id") or known.fields[step.attribute].id, **_values(step, client)}
    body = {"filter": {"condition": condition}} if condition else {}
    total = client.search_records(known.database, known.id, {**body, "paging": {"limit": 1}}).total
    records = f"{total} record{'' if total == 1 else 's'}"
    lost = {"delete_table": records, "delete_field": f"the values of {records}"}.get(step.action)
    up_to = "" if "leaving" in step.asked else "up to "
    return replace(step, loses=(lost or f"{step.loses}, in {up_to}{records}") if total else "")


def _values(step: Step, client: Client) -> dict[str, Any]:
    """What the records that lose something have in the field: one of the choices that go, or anything at all."""
    leaving = step.asked.get("leaving")
    if not leaving:
        return {"operator": "IS_NOT_EMPTY"}
    key = client.dialect.select_filter
    operator = "HAS_ANY_OF" if step.asked["several"] else "IS_ONE_OF"
    return {"operator": operator, "rightSide": [choice.get(key) or choice["label"] for choice in leaving]}

"""Two-way links: the inverse field of every record concerned, kept in step with each write (wire-facts 5.3).

A pair is two link fields that point at each other. When only one of them still does, writes stay on its own side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from softrorm.sandbox.celltypes import Scene
    from softrorm.sandbox.model import Field, Row, Table


def partner_of(at: Field, scene: Scene) -> tuple[Table | None, Field | None]:
    """The table a link field leads to, and the field there that mirrors it, if the pair is whole."""
    target = scene.store.tables.get(at.options["linkedTableId"])
    inverse = target.fields.get(at.options.get("inverseLinkFieldId") or "") if target else None
    if (
        inverse is None
        or inverse.type != "LINKED_RECORD"
        or inverse.options["inverseLinkFieldId"] != at.id
        or inverse.options["linkedTableId"] != scene.table.id
    ):
        return target, None
    return target, inverse


def write_links(row: Row, at: Field, links: list[str] | None, scene: Scene) -> None:
    """Set the links of a record, and make the other side agree.

    A record that is taken already, where the inverse field holds one, moves: its former holder loses it. Every other
    record that changes gets a new ``updatedAt``, and no new UPDATED_AT: no user edited it.

    Args:
        row: The record, which is in its table already.
        at: The link field.
        links: The new list of record ids, in order.
        scene: The record's table, and the moment.
    """
    old, new = row.cells.get(at.id) or [], links or []
    _set(row, at, new)
    target, inverse = partner_of(at, scene)
    if target is None or inverse is None:
        return
    for gone in [one for one in old if one not in new]:
        other = target.by_id.get(gone)
        if other is not None and row.id in (other.cells.get(inverse.id) or ()):
            _set(other, inverse, [one for one in other.cells[inverse.id] if one != row.id])
            _touch(target, other, row, scene)
    for added in [one for one in new if one not in old]:
        other = target.by_id.get(added)
        if other is None:
            continue
        holders = other.cells.get(inverse.id) or []
        if row.id in holders:
            continue
        if not inverse.multiple:
            for holder in holders:
                _release(holder, at, other.id, row, scene)
            holders = []
        _set(other, inverse, [*holders, row.id])
        _touch(target, other, row, scene)


def _release(holder_id: str, at: Field, link: str, writer: Row, scene: Scene) -> None:
    holder = scene.table.by_id.get(holder_id)
    if holder is not None:
        _set(holder, at, [one for one in holder.cells.get(at.id) or () if one != link])
        _touch(scene.table, holder, writer, scene)


def _set(row: Row, at: Field, links: list[str]) -> None:
    if links:
        row.cells[at.id] = links
    else:
        row.cells.pop(at.id, None)


def _touch(table: Table, row: Row, writer: Row, scene: Scene) -> None:
    if row is not writer:  # which has its own times, and is saved at the end of its write
        row.updated = scene.now
        scene.store.save_row(table, row)

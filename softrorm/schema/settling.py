"""Settling: what a create of a field leaves to be done, whoever asked for it.

Only name, type and options are documented for a create, so that the service may leave out the rest, and the field at
the other end of a link is its own work (wire-facts 8.3 and 14).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from softrorm.schema.design import INVERSE

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.resources import TableField


def left_out(asked: Mapping[str, Any], made: TableField) -> dict[str, Any]:
    """What an update has to send so that a field is as asked; nothing where it is.

    Args:
        asked: The field as ``create_field`` takes it, without the parts that do not matter.
        made: The field as the service answered it.

    Returns:
        Arguments of ``update_field``. Options are sent whole, since a part would drop the others (wire-facts 8.1).

    Makes no request.
    """
    changes = {
        name: value
        for name, value in asked.items()
        if name not in {"options", "default_value"} and getattr(made, name) != value
    }
    options = asked.get("options") or {}
    # Lists and objects are spelled anew by the service, and so say nothing of what it kept.
    plain = {name: value for name, value in options.items() if not isinstance(value, list | dict)}
    if "type" in changes or any(made.options.get(name) != value for name, value in plain.items()):
        changes["options"] = options
    if "default_value" in asked and made.default_value is None:
        changes["default_value"] = asked["default_value"]
    return changes


def other_end(client: Client, database: str, table: str, link: TableField) -> str | None:
    """The field at the other end of a link that was just made.

    Args:
        client: The client.
        database: The id of the link's database.
        table: The id of its table.
        link: The link as the service answered it.

    Returns:
        The id of the field; ``None`` if the service made none.

    Makes one request where the answer does not name it: it appears some milliseconds after the link (wire-facts 8.3).
    """
    told = link.options.get(INVERSE)
    found: str | None = told or client.get_field(database, table, str(link.id)).options.get(INVERSE)
    return found

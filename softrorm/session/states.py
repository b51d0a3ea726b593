"""States: where an object stands in a session, derived from facts each time it is asked for, never stored."""

from __future__ import annotations

from enum import Enum
from typing import Any

from softrorm.client.errors import InvalidState


class State(Enum):
    """What an object is to a session."""

    TRANSIENT = "never saved, and not in the session"
    PENDING = "never saved; the next commit creates it"
    PERSISTENT = "saved, and in the session"
    DELETING = "the next commit deletes it"
    DELETED = "deleted"
    DETACHED = "saved, and not in the session"
    UNKNOWN = "its create was sent and the answer never came"


def unknown_record(instance: Any) -> InvalidState:
    """The error for a move that an object of unknown fate cannot make."""
    return InvalidState(
        f"{instance!r} was sent to the service and the answer was lost, so it may be there: look for it, then settle "
        "it with session.resolve(obj, record_id), or session.resolve(obj, 'not created')."
    )

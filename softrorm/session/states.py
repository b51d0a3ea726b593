"""States: where an object stands in a session, derived from facts each time it is asked for, never stored."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """What an object is to a session."""

    TRANSIENT = "never saved, and not in the session"
    PENDING = "never saved; the next commit creates it"
    PERSISTENT = "saved, and in the session"
    DELETING = "the next commit deletes it"
    DELETED = "deleted"
    DETACHED = "saved, and not in the session"
    UNKNOWN = "its create was sent and the answer never came"

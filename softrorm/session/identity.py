"""The identity map: one record is one object.

Clean objects are held weakly, so that reading a large table does not fill the memory; objects that may have been
changed are held strongly until a commit or a rollback finds them clean.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from sys import getrefcount
from typing import Any


class IdentityMap:
    """The objects of a session by model and record id."""

    def __init__(self) -> None:
        self._known: weakref.WeakValueDictionary[tuple[type, str], Any] = weakref.WeakValueDictionary()
        self._held: dict[tuple[type, str], Any] = {}
        self._seen: dict[tuple[type, str], int] = {}
        self.commits = 0
        """Counts the commits, so that a record can be said to be older than a create."""

    @staticmethod
    def key(instance: Any) -> tuple[type, str]:
        """What tells records apart: the model and the id."""
        return type(instance), instance._record["id"]

    def get(self, model: type, id: str) -> Any:
        """The object for a record, or ``None``."""
        return self._known.get((model, id))

    def add(self, instance: Any) -> None:
        """Take an object in, weakly."""
        key = self.key(instance)
        self._known[key] = instance
        if instance._meta.natural_key:  # nothing else is ever looked up by what it holds
            self._seen.setdefault(key, self.commits)

    def made(self, instance: Any) -> None:
        """Take note that a record is known to be an object's own."""
        self._seen[self.key(instance)] = -1

    def is_another(self, model: type, id: str, commit: int) -> bool:
        """Whether no create of this commit can have made a record: it was seen before, or is an object's own."""
        seen = self._seen.get((model, id))
        return seen is not None and seen < commit

    def hold(self, instance: Any) -> None:
        """Keep an object alive: it may have been changed."""
        self._held[self.key(instance)] = instance

    def release(self, instance: Any) -> None:
        """Hold an object weakly again: it is clean."""
        self._held.pop(self.key(instance), None)

    def discard(self, instance: Any) -> None:
        """Forget an object."""
        key = self.key(instance)
        if self._known.get(key) is instance:
            del self._known[key]
        self._held.pop(key, None)

    def held(self) -> list[Any]:
        """The objects that may have been changed, in the order in which they were touched."""
        return list(self._held.values())

    def relax(self, instance: Any) -> None:
        """Hold a clean object weakly again, unless somebody has a list of it, which could be edited in place.

        Lists that nobody has are dropped, so that whoever asks for one touches the object again.
        """
        values = instance.__dict__
        lists = instance._meta.mutable & values.keys()
        if all(_unshared(values, name) for name in lists):
            for name in lists:
                del values[name]
            self.release(instance)

    def __contains__(self, instance: Any) -> bool:
        return instance._record is not None and self._known.get(self.key(instance)) is instance

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)


def _unshared(values: dict[str, Any], name: str) -> bool:
    """Whether the dict alone refers to a value. Two references: the dict's, and the one that counting takes.

    JSON with containers inside is taken for shared: somebody may have a part of it, which counting does not show.
    """
    value = values[name]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if any(isinstance(part, dict | list) for part in parts):
        return False
    del value, parts
    return getrefcount(values[name]) <= 2

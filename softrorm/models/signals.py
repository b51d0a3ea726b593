"""Signals: functions of the user's own that run before and after saves, deletes, loads and commits.

A receiver is connected to a signal, for one model or for all. What runs before a write may stop it by raising; what
runs after one cannot undo it, so its exceptions are logged and go no further. Bulk paths send the same signals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from softrorm.client.receivers import checked

R = TypeVar("R", bound=Callable[..., Any])


class Signal:
    """A moment that functions can be connected to.

    Args:
        name: What it is called in messages.
        after: Whether it comes after a write, so that receivers can change nothing any more.
    """

    def __init__(self, name: str, *, after: bool) -> None:
        self.name = name
        self.after = after
        self._receivers: list[tuple[type | None, Callable[..., Any]]] = []

    def connect(self, receiver: R, sender: type | None = None) -> R:
        """Have a function called; also a decorator.

        Args:
            receiver: Called with keywords only: ``sender`` and what the signal's users give.
            sender: Only for this model (or session class) and those derived from it; for all unless given.

        Returns:
            The receiver.

        Raises:
            ConfigurationError: The receiver is no function, or an async one.
        """
        checked(receiver, self.name)
        self._receivers = [*self._receivers, (sender, receiver)]
        return receiver

    def disconnect(self, receiver: Callable[..., Any]) -> None:
        """Have a function called no more."""
        # Compared by value: a bound method is another object each time it is named.
        self._receivers = [pair for pair in self._receivers if pair[1] != receiver]

    def __bool__(self) -> bool:
        return bool(self._receivers)

    def send(self, sender: type, **details: Any) -> None:
        """Call the receivers of a sender, in the order in which they were connected."""
        for wanted, receiver in self._receivers:
            if wanted is not None and not issubclass(sender, wanted):
                continue
            try:
                receiver(sender=sender, **details)
            except Exception:
                if not self.after:
                    raise
                import logging  # only when something is wrong already

                logging.getLogger("softrorm.signals").exception("a receiver of %s failed; the write stands", self.name)

    def __repr__(self) -> str:
        return f"<Signal {self.name}>"


pre_save = Signal("pre_save", after=False)
"""Before a create or an update: ``instance``, ``created`` (whether it will be), ``fields``."""
post_save = Signal("post_save", after=True)
"""After a create or an update: ``instance``, ``created``, ``fields``."""
pre_delete = Signal("pre_delete", after=False)
"""Before a delete: ``instance``."""
post_delete = Signal("post_delete", after=True)
"""After a delete: ``instance``."""
post_load = Signal("post_load", after=True)
"""After a record was read into an instance: ``instance``."""
pre_commit = Signal("pre_commit", after=False)
"""Before a session's commit: ``session``, ``plan``."""
post_commit = Signal("post_commit", after=True)
"""After a session's commit: ``session``, ``report``."""

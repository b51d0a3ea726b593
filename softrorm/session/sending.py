"""Sending: the requests of one operation, made in a worker's thread.

An operation has been made ready before, and no object is changed here. What a lost answer leads to stands in
:mod:`softrorm.models.settling`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from softrorm.client.errors import AmbiguousWrite, NotFound
from softrorm.client.retry import attempts_made
from softrorm.models import settling
from softrorm.session.plan import Operation
from softrorm.session.report import Fate


@dataclass(slots=True)
class Job:
    """An operation made ready.

    Attributes:
        operation: The operation.
        binding: Where the record lives.
        sent: The object's values that the operation takes care of, by attribute.
        writes: The values that are written, by attribute; others than ``sent`` where a conflict was settled.
        wire: The same as JSON, by field id.
        theirs: The record as it was read before the write, where conflicts are looked for.
    """

    operation: Operation
    binding: Any
    sent: dict[str, Any] = field(default_factory=dict)
    writes: dict[str, Any] = field(default_factory=dict)
    wire: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] | None = None


@dataclass(slots=True)
class Theirs:
    """The record that an update is about to change, as it is on the server now."""

    job: Job
    record: dict[str, Any]


@dataclass(slots=True)
class Written:
    """What came back of one operation.

    Attributes:
        fate: What became of it.
        sent: The values that were taken care of, by attribute.
        answer: The record as the service answered it, or ``None``.
        error: What went wrong.
        attempts: How often the write was sent.
    """

    fate: Fate
    sent: dict[str, Any]
    answer: dict[str, Any] | None = None
    error: BaseException | None = None
    attempts: int = 0


class Sender:
    """Makes the requests of operations.

    Args:
        pause: Seconds between two looks for a create whose answer was lost.
        sleep: Waits so many seconds.
        taken: Whether a record, by model and id, is known to be another object's.
        alike: The new objects, by identity, that share a natural key with another one of the same commit.
    """

    def __init__(
        self,
        *,
        pause: float,
        sleep: Callable[[float], object],
        taken: Callable[[type, str], bool],
        alike: Collection[int],
    ) -> None:
        self._pause = pause
        self._sleep = sleep
        self._taken = taken
        self._alike = alike

    def perform(self, job: Job) -> Written | Theirs:
        """Carry an operation out; whatever goes wrong is told in the result."""
        try:
            return _ACTIONS[job.operation.kind](self, job)
        except AmbiguousWrite as error:
            return Written("unknown", job.sent, error=error, attempts=error.attempts)
        except Exception as error:
            return Written("failed", job.sent, error=error, attempts=getattr(error, "attempts", 0))
        except BaseException as error:
            # The program is being ended, and nobody knows whether the request was on its way.
            return Written("unknown" if job.operation.kind == "create" else "failed", job.sent, error=error)

    def _create(self, job: Job) -> Written:
        instance = job.operation.instance
        answer, attempts = settling.create(
            instance,
            job.wire,
            job.binding,
            pause=self._pause,
            sleep=self._sleep,
            sent=job.sent,
            taken=partial(self._taken, type(instance)),
            look=id(instance) not in self._alike,
        )
        return Written("created", job.sent, answer, attempts=attempts)

    def _update(self, job: Job) -> Written | Theirs:
        place, instance = job.binding, job.operation.instance
        if job.operation.reads and job.theirs is None:
            theirs = place.client.get_record(place.database, place.table, instance._record["id"], fresh=True)
            return Theirs(job, theirs)
        answer = settling.update(instance, job.writes, job.wire, place, pause=self._pause, sleep=self._sleep)
        return Written("updated", job.sent, answer, attempts=attempts_made.get())

    def _delete(self, job: Job) -> Written:
        place = job.binding
        try:
            place.client.delete_record(place.database, place.table, job.operation.instance._record["id"])
        except NotFound as error:
            # It is gone, which is what was asked for; the error tells that somebody else did it.
            return Written("deleted", {}, attempts=error.attempts)
        return Written("deleted", {}, attempts=attempts_made.get())


_ACTIONS: dict[str, Callable[[Sender, Job], Written | Theirs]] = {
    "create": Sender._create,
    "update": Sender._update,
    "link": Sender._update,
    "delete": Sender._delete,
}

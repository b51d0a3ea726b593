"""One row of a bulk write: made ready in the caller's thread, sent in a worker's, and taken note of by the caller's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from softrorm.client.errors import InvalidValue, NotFound
from softrorm.models import settling, signals, state
from softrorm.models.bulk.report import Fate, RowResult
from softrorm.models.bulk.runner import Terms, Written
from softrorm.models.context import Context


@dataclass(slots=True, eq=False)
class Work:
    """One write of one row.

    Attributes:
        number: The row's place in the input.
        row: The row as it was given.
        instance: The object that is written.
        place: Where.
        sent: The values, by attribute.
        wire: The values as they are sent, by field id.
        key: The attributes of the natural key, where it is another than the model's own.
    """

    number: int
    row: Any
    instance: Any
    place: Any
    sent: dict[str, Any]
    wire: dict[str, Any]
    key: tuple[str, ...] = ()
    created: ClassVar[bool] = False

    def send(self, terms: Terms) -> Written:
        """Make the request; in a worker's thread."""
        raise NotImplementedError

    def conclude(self, written: Written) -> RowResult:
        """Take note of what came back; in the caller's thread."""
        if written.answer is not None:
            context = Context(self.place, [written.answer], self.instance._context.unit)
            state.take(self.instance, written.answer, self.sent, context)
            if signals.post_save:
                signals.post_save.send(
                    type(self.instance), instance=self.instance, created=self.created, fields=tuple(self.sent)
                )
        return self.result(written.fate, written.error, written.attempts)

    def result(self, fate: Fate, error: BaseException | None = None, attempts: int = 0) -> RowResult:
        """The row's result."""
        if fate == "unknown" and self.instance._record is None:
            state.mark_lost(self.instance, lost=True)
        return RowResult(self.number, self.row, fate, self.instance.id, error, attempts)


class Create(Work):
    """A new record."""

    __slots__ = ()
    created = True

    def send(self, terms: Terms) -> Written:
        """Send it; where the answer is lost, look for it by its natural key."""
        answer, attempts = settling.create(
            self.instance, self.wire, self.place, pause=terms.pause, sleep=terms.sleep, key=self.key, sent=self.sent
        )
        return Written("created", answer, attempts=attempts)


class Update(Work):
    """Changed fields of a record."""

    __slots__ = ()

    def send(self, terms: Terms) -> Written:
        """Send them; they are safe to repeat."""
        answer = settling.update(self.instance, self.sent, self.wire, self.place, pause=terms.pause, sleep=terms.sleep)
        return Written("updated", answer)


class Delete(Work):
    """The end of a record."""

    __slots__ = ()

    def send(self, terms: Terms) -> Written:
        """Delete it; that it is gone already is as good."""
        del terms
        try:
            self.place.client.delete_record(self.place.database, self.place.table, self.instance.id)
        except NotFound as error:
            return Written("deleted", attempts=error.attempts)
        return Written("deleted")

    def conclude(self, written: Written) -> RowResult:
        """Take note of what came back."""
        if written.error is None:
            state.bury(self.instance)
            if signals.post_delete:
                signals.post_delete.send(type(self.instance), instance=self.instance)
        return self.result(written.fate, written.error, written.attempts)


def saving(
    number: int,
    row: Any,
    instance: Any,
    place: Any,
    *,
    only: Collection[str] | None = None,
    key: tuple[str, ...] = (),
) -> Work | RowResult:
    """Make the save of an object ready: what is dirty, and nothing else.

    Args:
        number: The row's place in the input.
        row: The row as it was given.
        instance: The object.
        place: Where.
        only: Of what is dirty, just these attributes.
        key: The attributes of the natural key, where it is another than the model's own.

    Returns:
        The work, or its result where nothing is to be sent.

    Raises:
        InvalidValue: A required value is missing, or one that the field cannot hold. So may a receiver raise.
    """
    state.refuse_lost(instance)
    created = instance._record is None
    if signals.pre_save:
        signals.pre_save.send(type(instance), instance=instance, created=created, fields=tuple(_chosen(instance, only)))
    sent = _chosen(instance, only)
    if created:
        instance._refuse_missing(sent)
    elif not sent:
        return RowResult(number, row, "unchanged", instance.id)
    wire = instance._encoded(sent, place)
    # Values are kept as they were sent: an edit in place during the request is then seen as one.
    kept = {name: instance._meta.writable[name].detached(value) for name, value in sent.items()}
    return (Create if created else Update)(number, row, instance, place, kept, wire, key)


def deleting(number: int, row: Any, instance: Any, place: Any) -> Work:
    """Make the delete of an object ready; a receiver of ``pre_delete`` may stop it by raising."""
    if signals.pre_delete:
        signals.pre_delete.send(type(instance), instance=instance)
    return Delete(number, row, instance, place, {}, {})


def _chosen(instance: Any, only: Collection[str] | None) -> dict[str, Any]:
    dirty: dict[str, Any] = instance.dirty_fields
    return dirty if only is None else {name: value for name, value in dirty.items() if name in only}


def new_instance(model: Any, row: Any) -> Any:
    """The unsaved object of a row.

    Args:
        model: The model class.
        row: An unsaved object of the model, or a dict of attributes.

    Raises:
        InvalidValue: It is neither, or a value that its field cannot hold.
    """
    if isinstance(row, model):
        if row._record is not None:
            raise InvalidValue(f"{row!r} is saved already; new objects are created, saved ones updated.")
        return row
    if isinstance(row, dict):
        return model(**row)
    raise InvalidValue(f"A row is a {model.__name__} or a dict of its attributes, not {row!r} ({type(row).__name__}).")

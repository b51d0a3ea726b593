"""Membership: which objects are in a session, where each of them stands, and the moves from one state to the next.

Nothing here makes a request. An object's state is derived from facts each time it is asked for, so that a record which
was saved or deleted behind the session's back is seen as what it is.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from softrorm.client.errors import InvalidState
from softrorm.models import state
from softrorm.models.context import Context
from softrorm.models.model import Model
from softrorm.session.identity import IdentityMap
from softrorm.session.ownership import Owned, Ownership, in_turn
from softrorm.session.states import State

if TYPE_CHECKING:
    from softrorm.client.client import Client


class Lost(NamedTuple):
    """A create that was sent and never answered: the object, what was sent of it by attribute, and in which commit."""

    instance: Any
    sent: dict[str, Any]
    commit: int = 0


class Membership(Owned):
    """The objects of a session at one client.

    Args:
        client: The client; the default one unless given.
    """

    def __init__(self, client: Client | None) -> None:
        self._client = client
        self._map = IdentityMap()
        self._pending: dict[int, Any] = {}
        self._deleting: dict[int, Any] = {}
        self._unknown: dict[int, Lost] = {}
        # What was let go stays out until it is added again, whatever links to it or is assigned to it.
        self._let_go: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._own = Ownership()
        self._reading = threading.RLock()
        """Held while it is settled which object stands for a record: links are read whoever's turn it is."""

    @property
    def client(self) -> Client:
        """The session's client."""
        if self._client is None:
            from softrorm.client.default import default_client

            self._client = default_client()
        return self._client

    # --- what is in it --------------------------------------------------------------------------

    def state(self, instance: Any) -> State:
        """Where an object stands, derived from facts. Makes no request."""
        if not isinstance(instance, Model):
            raise TypeError(f"A session holds records, instances of a model, and not {instance!r}.")
        key, record = id(instance), instance._record
        if record is None:
            if key in self._unknown or state.is_lost(instance):
                return State.UNKNOWN
            return State.PENDING if key in self._pending else State.TRANSIENT
        if record.get("dangling"):
            return State.DELETED
        if key in self._deleting:
            return State.DELETING
        return State.PERSISTENT if instance in self._map else State.DETACHED

    def __contains__(self, instance: Any) -> bool:
        if self.state(instance) is State.UNKNOWN:
            return id(instance) in self._unknown
        return self.state(instance) in {State.PENDING, State.PERSISTENT, State.DELETING}

    def _in_state(self, wanted: State, instances: Iterable[Any]) -> list[Any]:
        return [one for one in instances if self.state(one) is wanted]

    @property
    def pending(self) -> list[Any]:
        """The objects that the next commit creates, but for those that they link to."""
        return self._in_state(State.PENDING, self._pending.values())

    @property
    def dirty(self) -> list[Any]:
        """The saved objects that the next commit updates."""
        return [one for one in self._in_state(State.PERSISTENT, self._map.held()) if one.is_dirty]

    @property
    def deleting(self) -> list[Any]:
        """The objects that the next commit deletes."""
        return self._in_state(State.DELETING, self._deleting.values())

    @property
    def unknown(self) -> list[Any]:
        """The objects whose create was sent and never answered; ``resolve()`` settles them."""
        return self._in_state(State.UNKNOWN, [lost.instance for lost in self._unknown.values()])

    # --- moves ----------------------------------------------------------------------------------

    @in_turn
    def add(self, instance: Any) -> None:
        """Take an object in: an unsaved one is created by the next commit, a saved one updated if it is dirty.

        Args:
            instance: A model instance. What it links to comes along when it is sent.

        Raises:
            InvalidState: It is deleted, its fate is unknown, it belongs to another client or to another session whose
                block is running, or another object stands for its record already.

        Makes no request.
        """
        self._let_go.pop(id(instance), None)
        match self.state(instance):
            case State.TRANSIENT:
                self._pending[id(instance)] = instance
            case State.DETACHED:
                self._attach(instance)
            case State.DELETING:
                del self._deleting[id(instance)]
                self._map.hold(instance)
            case State.PERSISTENT:
                self._map.hold(instance)
            case State.DELETED:
                raise InvalidState(f"{instance!r} is deleted and cannot be added; make a new one.")
            case State.UNKNOWN if id(instance) not in self._unknown:
                # It comes from elsewhere: here it can be settled.
                self._unknown[id(instance)] = Lost(instance, state.dirty(instance))
            case State.UNKNOWN:
                raise state.unknown_record(instance)
            case State.PENDING:
                pass

    def add_all(self, instances: Iterable[Any]) -> None:
        """Take several objects in, as :meth:`add` does. Makes no request."""
        for instance in instances:
            self.add(instance)

    @in_turn
    def delete(self, instance: Any) -> None:
        """Have an object deleted by the next commit; one that was never saved just leaves the session.

        Args:
            instance: A model instance.

        Raises:
            InvalidState: It was never saved and is not in the session, it is deleted, or its fate is unknown; or as
                for :meth:`add`.

        Makes no request.
        """
        match self.state(instance):
            case State.PENDING:
                del self._pending[id(instance)]
                self._let_go[id(instance)] = instance
            case State.PERSISTENT:
                self._deleting[id(instance)] = instance
            case State.DETACHED:
                self._attach(instance)
                self._deleting[id(instance)] = instance
            case State.TRANSIENT:
                raise InvalidState(f"{instance!r} is transient: it was never saved, so there is nothing to delete.")
            case State.DELETED:
                raise InvalidState(f"{instance!r} is deleted already.")
            case State.UNKNOWN:
                raise state.unknown_record(instance)
            case State.DELETING:
                pass

    @in_turn
    def expunge(self, instance: Any) -> None:
        """Let an object go: the session forgets it, and what it has unsent. Makes no request.

        Args:
            instance: An object of the session.

        Raises:
            InvalidState: It is not in the session.
        """
        if instance not in self:
            raise InvalidState(f"{instance!r} is {self.state(instance).name.lower()}: it is not in the session.")
        self._release(instance)
        self._let_go[id(instance)] = instance
        if instance._record is not None:
            state.join(instance, None, self._bind(type(instance)))

    @in_turn
    def rollback(self) -> None:
        """Forget what is unsent: new objects leave the session, edits and deletes are undone. Makes no request.

        A create whose answer was lost was sent, so its object stays ``unknown``.
        """
        self._pending.clear()
        self._deleting.clear()
        for instance in self._map.held():
            state.undo(instance)
            self._map.relax(instance)

    # --- the unit of work to the floors below ---------------------------------------------------

    def serves(self, client: Any) -> bool:
        """Whether records of a client belong to this session. Makes no request."""
        return client is self.client

    @in_turn
    def instances(self, meta: Any, rows: list[dict[str, Any]], binding: Any) -> list[Any]:
        """The objects for records that were read: the session's own where it has them. Makes no request."""
        context = Context(binding, rows, self)
        found = []
        for row in rows:
            with self._reading:
                instance = self._map.get(meta.model, row["id"])
                if instance is None:
                    [instance] = meta.instances([row], binding, context)
                    self._map.add(instance)
                elif not instance.is_loaded or not instance.is_dirty:
                    state.renew(instance, row, context)
            found.append(instance)
        return found

    def linked(self, target: Any, link: dict[str, Any], context: Any) -> Any:
        """The object that a link leads to: the session's own where it has it. Makes no request."""
        with self._reading:
            instance = self._map.get(target, link["id"])
            if instance is None:
                instance = target._linked(link, context)
                self._map.add(instance)
        return instance

    def touch(self, instance: Any) -> None:
        """Hold an object that may have been changed; one that was read elsewhere is taken in. Makes no request."""
        if self._own.claimed:
            self._touch_in_turn(instance)
        else:  # its block is over, and its objects are anybody's
            self._touch(instance)

    def _touch(self, instance: Any) -> None:
        if instance in self._map:
            self._map.hold(instance)
        elif self.state(instance) is State.DETACHED and id(instance) not in self._let_go:
            place = instance._context.binding
            if place is None or place.client is None or place.client is self.client:
                self._attach(instance)

    _touch_in_turn = in_turn(_touch)

    # --- inside ---------------------------------------------------------------------------------

    def _bind(self, model: Any) -> Any:
        return model._meta.binding(self.client)

    def _attach(self, instance: Any) -> None:
        """Take in an object that has a record."""
        known = self._map.get(type(instance), instance.id)
        if known is not None and known is not instance:
            raise InvalidState(
                f"The session has another object for the record of {instance!r}: one record is one object. Use "
                f"session.get({type(instance).__name__}, {instance.id!r})."
            )
        place, other = instance._context.binding, instance._context.unit
        if place is not None and place.client is not None and place.client is not self.client:
            raise InvalidState(
                f"{instance!r} was read through {place.client!r}, and this session is one of {self.client!r}: the "
                "record is not there."
            )
        if isinstance(other, Membership) and other is not self and instance in other:
            if other._own.entered:
                raise InvalidState(
                    f"{instance!r} belongs to another session whose block is running; expunge it there first."
                )
            other._release(instance)
        state.join(instance, self, self._bind(type(instance)))
        self._map.add(instance)
        self._map.hold(instance)

    def _release(self, instance: Any) -> None:
        for holder in (self._pending, self._deleting, self._unknown):
            holder.pop(id(instance), None)
        if instance._record is not None:
            self._map.discard(instance)

    def _catch_up(self) -> None:
        """See what was saved or deleted behind the session's back, by ``save()`` and ``delete()`` of the objects."""
        for instance in [*self._pending.values(), *(lost.instance for lost in self._unknown.values())]:
            if instance._record is not None:
                del (self._pending if id(instance) in self._pending else self._unknown)[id(instance)]
                if self.state(instance) is State.DETACHED and self._map.get(type(instance), instance.id) is None:
                    self._attach(instance)
        for instance in [*self._deleting.values(), *self._map.held()]:
            if self.state(instance) is State.DELETED:
                self._release(instance)

    def __iter__(self) -> Iterator[Any]:
        return iter([*self.pending, *self._map])

    def __repr__(self) -> str:
        counts = f"{len(self.pending)} new, {len(self.dirty)} dirty, {len(self.deleting)} to delete"
        return f"<Session of {self.client!r}: {len(self._map)} records, {counts}>"

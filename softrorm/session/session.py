"""Session: the unit of work. It holds objects, knows what changed, and sends it in one commit.

Softr has no transactions, so a commit can be half done. What this class promises instead: no write is lost, none is
done twice, and after a commit that failed the session is true: what was written is clean, what was not is still
dirty, and the next commit sends only that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from softrorm.client.errors import InvalidState, NotFound
from softrorm.models import settling, signals, state
from softrorm.models.context import Context
from softrorm.query.queryset import QuerySet
from softrorm.query.unit import Unit, current
from softrorm.session.executor import Executor, Written
from softrorm.session.identity import IdentityMap
from softrorm.session.plan import Operation, Plan, make_plan
from softrorm.session.relations import ids_before, link_fields, others_to_expire
from softrorm.session.report import CommitError, CommitReport
from softrorm.session.states import State, unknown_record

if TYPE_CHECKING:
    from softrorm.client.client import Client

M = TypeVar("M")


class Session:
    """A unit of work at one client.

    Args:
        client: The client; the default one unless given.
        workers: How many requests a commit runs at once; as many as the client keeps connections unless given.
        on_error: ``stop`` ends a commit at its first failure, ``continue`` goes on with all that does not depend on it.
        pause: Seconds between two looks for a create whose answer was lost.
        sleep: Waits so many seconds; tests give their own.

    As a context manager it makes the records that are read in its block its own, commits what is left when the block
    ends, and sends nothing when the block ends with an exception. A session serves one thread at a time.
    """

    def __init__(
        self,
        client: Client | None = None,
        *,
        workers: int | None = None,
        on_error: Literal["stop", "continue"] = "stop",
        pause: float = 1.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        if on_error not in {"stop", "continue"}:
            raise ValueError(f"on_error is 'stop' or 'continue', not {on_error!r}.")
        self._client = client
        self._workers = workers
        self._on_error: Literal["stop", "continue"] = on_error
        self._pause = pause
        self._sleep = sleep
        self._map = IdentityMap()
        self._pending: dict[int, Any] = {}
        self._deleting: dict[int, Any] = {}
        self._unknown: dict[int, Any] = {}
        self._owner = threading.get_ident()
        self._busy = threading.Lock()
        self._token: Token[Unit | None] | None = None

    # --- as a block -----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._owner = threading.get_ident()
        self._token = current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            if self._token is not None:
                current.reset(self._token)
                self._token = None

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
        key, record = id(instance), instance._record
        if key in self._unknown:
            return State.UNKNOWN
        if record is None:
            return State.PENDING if key in self._pending else State.TRANSIENT
        if record.get("dangling"):
            return State.DELETED
        if key in self._deleting:
            return State.DELETING
        return State.PERSISTENT if instance in self._map else State.DETACHED

    def __contains__(self, instance: Any) -> bool:
        return self.state(instance) in {State.PENDING, State.PERSISTENT, State.DELETING, State.UNKNOWN}

    @property
    def pending(self) -> list[Any]:
        """The objects that the next commit creates, but for those that they link to."""
        return list(self._pending.values())

    @property
    def dirty(self) -> list[Any]:
        """The saved objects that the next commit updates."""
        return [one for one in self._map.held() if id(one) not in self._deleting and one.is_dirty]

    @property
    def deleting(self) -> list[Any]:
        """The objects that the next commit deletes."""
        return list(self._deleting.values())

    @property
    def unknown(self) -> list[Any]:
        """The objects whose create was sent and never answered; ``resolve()`` settles them."""
        return list(self._unknown.values())

    def add(self, instance: Any) -> None:
        """Take an object in: an unsaved one is created by the next commit, a saved one updated if it is dirty.

        Args:
            instance: A model instance. What it links to comes along when it is sent.

        Raises:
            InvalidState: It is deleted, its fate is unknown, or another object stands for its record already.

        Makes no request.
        """
        self._check_thread()
        match self.state(instance):
            case State.TRANSIENT:
                self._pending[id(instance)] = instance
            case State.DETACHED:
                self._attach(instance)
                self._map.hold(instance)
            case State.DELETING:
                del self._deleting[id(instance)]
                self._map.hold(instance)
            case State.PERSISTENT:
                self._map.hold(instance)
            case State.DELETED:
                raise InvalidState(f"{instance!r} is deleted and cannot be added; make a new one.")
            case State.UNKNOWN:
                raise unknown_record(instance)
            case State.PENDING:
                pass

    def add_all(self, instances: Iterable[Any]) -> None:
        """Take several objects in, as :meth:`add` does. Makes no request."""
        for instance in instances:
            self.add(instance)

    def delete(self, instance: Any) -> None:
        """Have an object deleted by the next commit; one that was never saved just leaves the session.

        Args:
            instance: A model instance.

        Raises:
            InvalidState: It was never saved and is not in the session, it is deleted, or its fate is unknown.

        Makes no request.
        """
        self._check_thread()
        match self.state(instance):
            case State.PENDING:
                del self._pending[id(instance)]
            case State.PERSISTENT:
                self._deleting[id(instance)] = instance
            case State.DETACHED:
                self._attach(instance)
                self._deleting[id(instance)] = instance
            case State.TRANSIENT:
                raise InvalidState(f"{instance!r} was never saved, so there is nothing to delete.")
            case State.DELETED:
                raise InvalidState(f"{instance!r} is deleted already.")
            case State.UNKNOWN:
                raise unknown_record(instance)
            case State.DELETING:
                pass

    def expunge(self, instance: Any) -> None:
        """Let an object go: the session forgets it, and what it has unsent. Makes no request.

        Args:
            instance: An object of the session.

        Raises:
            InvalidState: It is not in the session.
        """
        self._check_thread()
        if instance not in self:
            raise InvalidState(f"{instance!r} is not in the session.")
        for holder in (self._pending, self._deleting, self._unknown):
            holder.pop(id(instance), None)
        if instance._record is not None:
            self._map.discard(instance)
            state.join(instance, None, self._bind(type(instance)))

    def rollback(self) -> None:
        """Forget what is unsent: new objects leave the session, edits and deletes are undone. Makes no request."""
        self._check_thread()
        self._pending.clear()
        self._deleting.clear()
        for instance in self._map.held():
            state.undo(instance)
            self._map.release(instance)

    # --- reading --------------------------------------------------------------------------------

    def query(self, model: type[M]) -> QuerySet[M]:
        """The records of a model, read into the session.

        Args:
            model: A model class.

        Makes no request until it is read.
        """
        self._check_thread()
        manager: Any = model
        return manager.objects.using(self.client)._clone(_unit=self)  # type: ignore[no-any-return]

    def get(self, model: type[M], id: str) -> M:
        """One record by id: the object that the session has, else read.

        Args:
            model: A model class.
            id: The record's id.

        Raises:
            Model.DoesNotExist: There is none.

        Makes one request, none where the session has the record.
        """
        self._check_thread()
        known = self._map.get(model, id)
        if known is not None and known.is_loaded:
            return known  # type: ignore[no-any-return]
        return self.query(model).get(id=id)

    def refresh(self, instance: Any) -> None:
        """Read an object's record anew; its unsent changes are dropped.

        Args:
            instance: A saved object of the session.

        Raises:
            InvalidState: It is not in the session, or not saved.
            Model.DoesNotExist: The record is gone.

        Makes one request.
        """
        self._check_thread()
        if self.state(instance) not in {State.PERSISTENT, State.DELETING}:
            stands = self.state(instance).name.lower()
            raise InvalidState(f"{instance!r} is {stands}; refresh() takes saved objects of the session.")
        instance.refresh(using=self.client)
        self._map.release(instance)

    # --- sending --------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """What a commit would send, in order; print it, or take it as JSON. Makes no request."""
        self._check_thread()
        return make_plan(
            self._pending.values(),
            self._map.held(),
            self._deleting.values(),
            unknown=set(self._unknown),
            rates=self.client.rates,
            checks=_checks_conflicts,
        )

    def flush(self, *, on_error: Literal["stop", "continue"] | None = None) -> CommitReport:
        """Send what is unsent; as :meth:`commit`, without its signals."""
        self._check_thread()
        if not self._busy.acquire(blocking=False):
            raise InvalidState("This session is in the middle of a commit.")
        try:
            self._settle_unknown()
            plan = self.plan()
            report = self._executor(on_error or self._on_error).run(plan)
            if report.ok:
                for instance, attribute in plan.covered:
                    # The other side's write made it so; what the service made of it is read when it is asked for.
                    instance.__dict__.pop(attribute, None)
                    state.expire(instance, attribute)
        finally:
            self._busy.release()
            for instance in self._map.held():
                if not instance.is_dirty:
                    self._map.release(instance)
        if not report.ok:
            raise CommitError(report)
        return report

    def commit(self, *, on_error: Literal["stop", "continue"] | None = None) -> CommitReport:
        """Send what is unsent: creates by their links, updates of dirty fields only, deletes last.

        Args:
            on_error: Instead of the session's own setting.

        Returns:
            The fate of every operation.

        Raises:
            CommitError: Something was not done; its report tells what, and the session holds what is left.

        Makes the requests that :meth:`plan` shows, concurrently inside the write budget; more where answers are lost.
        """
        if signals.pre_commit:
            signals.pre_commit.send(type(self), session=self, plan=self.plan())
        try:
            report = self.flush(on_error=on_error)
        except CommitError as error:
            signals.post_commit.send(type(self), session=self, report=error.report)
            raise
        signals.post_commit.send(type(self), session=self, report=report)
        return report

    def resolve(self, instance: Any, outcome: str) -> None:
        """Settle an object whose create was sent and never answered.

        Args:
            instance: An object in the state ``unknown``.
            outcome: The id of its record, or ``"not created"``, so that the next commit creates it.

        Raises:
            InvalidState: Its fate is not unknown.
            Model.DoesNotExist: There is no record with this id.

        Makes one request for an id, none for ``"not created"``.
        """
        self._check_thread()
        if id(instance) not in self._unknown:
            raise InvalidState(f"{instance!r} is {self.state(instance).name.lower()}; only unknown fates are resolved.")
        if outcome == "not created":
            del self._unknown[id(instance)]
            self._pending[id(instance)] = instance
            return
        binding = self._bind(type(instance))
        try:
            record = binding.client.get_record(binding.database, binding.table, outcome)
        except NotFound as error:
            raise instance.DoesNotExist(f"No {type(instance).__name__} has the id {outcome!r}.") from error
        self._adopt(instance, record, instance.dirty_fields)

    # --- the unit of work to the floors below ---------------------------------------------------

    def serves(self, client: Any) -> bool:
        """Whether records of a client belong to this session."""
        return client is self.client

    def instances(self, meta: Any, rows: list[dict[str, Any]], binding: Any) -> list[Any]:
        """The objects for records that were read: the session's own where it has them."""
        self._check_thread()
        context = Context(binding, rows, self)
        found = []
        for row in rows:
            instance = self._map.get(meta.model, row["id"])
            if instance is None:
                [instance] = meta.instances([row], binding, context)
                self._map.add(instance)
            elif not instance.is_loaded or not instance.is_dirty:
                state.renew(instance, row, context)
            found.append(instance)
        return found

    def linked(self, target: Any, link: dict[str, Any], context: Any) -> Any:
        """The object that a link leads to: the session's own where it has it."""
        instance = self._map.get(target, link["id"])
        if instance is None:
            instance = target._linked(link, context)
            self._map.add(instance)
        return instance

    def touch(self, instance: Any) -> None:
        """Hold an object that may have been changed; one that was read elsewhere is taken in."""
        self._check_thread()
        if instance in self._map:
            self._map.hold(instance)
        elif self.state(instance) is State.DETACHED and self._map.get(type(instance), instance.id) is None:
            place = instance._context.binding
            if place is None or place.client is self.client:
                self._attach(instance)
                self._map.hold(instance)

    # --- inside ---------------------------------------------------------------------------------

    def _check_thread(self) -> None:
        if threading.get_ident() != self._owner:
            raise InvalidState(
                "This session belongs to another thread. A session serves one thread at a time: give each thread its "
                "own, or enter it there with 'with session:'."
            )

    def _bind(self, model: Any) -> Any:
        return model._meta.binding(self.client)

    def _attach(self, instance: Any) -> None:
        known = self._map.get(type(instance), instance.id)
        if known is not None and known is not instance:
            raise InvalidState(
                f"The session has another object for the record of {instance!r}: one record is one object. Use "
                f"session.get({type(instance).__name__}, {instance.id!r})."
            )
        state.join(instance, self, self._bind(type(instance)))
        self._map.add(instance)

    def _executor(self, on_error: Literal["stop", "continue"]) -> Executor:
        return Executor(
            bind=self._bind,
            before=self._before,
            apply=self._apply,
            on_error=on_error,
            unknown=set(self._unknown),
            workers=self._workers or self.client.max_workers,
            pause=self._pause,
            sleep=self._sleep,
        )

    def _before(self, operation: Operation) -> None:
        instance = operation.instance
        if operation.kind == "delete":
            signals.pre_delete.send(type(instance), instance=instance)
        else:
            created = operation.kind == "create"
            signals.pre_save.send(type(instance), instance=instance, created=created, fields=operation.fields)

    def _apply(self, operation: Operation, written: Written) -> None:
        """Take note of what became of an operation; always in the session's own thread."""
        instance = operation.instance
        if written.fate == "unknown":
            self._pending.pop(id(instance), None)
            self._unknown[id(instance)] = instance
        elif written.fate == "deleted":
            self._deleting.pop(id(instance), None)
            self._map.discard(instance)
            state.bury(instance)
            signals.post_delete.send(type(instance), instance=instance)
        elif written.answer is not None:
            self._adopt(instance, written.answer, written.sent)
            created = operation.kind == "create"
            signals.post_save.send(type(instance), instance=instance, created=created, fields=tuple(written.sent))
        elif operation.kind == "create" and instance._record is None:
            # What came along with an object that links to it is the session's own from now on.
            self._pending[id(instance)] = instance

    def _adopt(self, instance: Any, answer: dict[str, Any], sent: dict[str, Any]) -> None:
        before = {field.attribute: ids_before(instance, field) for field in link_fields(type(instance))}
        place = self._bind(type(instance))
        state.take(instance, answer, sent, Context(place, [answer], self))
        for holder in (self._pending, self._unknown):
            holder.pop(id(instance), None)
        self._map.add(instance)
        self._map.hold(instance)
        for model, id_, inverse in others_to_expire(instance, sent, before):
            other = self._map.get(model, id_)
            if other is not None and other is not instance:
                state.expire(other, inverse.attribute)

    def _settle_unknown(self) -> None:
        """Look for the records of unknown fate that a natural key can find."""
        for instance in self.unknown:
            if settling.natural_key(instance) is None:
                continue
            found, certain = settling.find_created(
                instance, self._bind(type(instance)), pause=self._pause, sleep=self._sleep
            )
            if found is not None:
                self._adopt(instance, found, instance.dirty_fields)
            elif certain:
                del self._unknown[id(instance)]
                self._pending[id(instance)] = instance

    def __iter__(self) -> Iterator[Any]:
        return iter([*self._pending.values(), *self._map])

    def __repr__(self) -> str:
        counts = f"{len(self._pending)} new, {len(self.dirty)} dirty, {len(self._deleting)} to delete"
        return f"<Session of {self.client!r}: {len(self._map)} records, {counts}>"


def _checks_conflicts(model: Any) -> bool:
    return bool(model._meta.on_conflict != "overwrite")

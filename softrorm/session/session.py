"""Session: the unit of work. It holds objects, knows what changed, and sends it in one commit.

Softr has no transactions, so a commit can be half done. What this class promises instead: no write is lost, none is
done twice, and after a commit that failed the session is true: what was written is clean, what was not is still
dirty, and the next commit sends only that. What is in it, and the moves between states, are its base class's part.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import Token
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from softrorm.client.errors import APIError, InvalidState, NotFound, SoftrError
from softrorm.client.twins import Calls, twin
from softrorm.models import settling, signals, state
from softrorm.models.context import Context
from softrorm.query.queryset import QuerySet
from softrorm.query.unit import Unit, current
from softrorm.session.executor import Executor
from softrorm.session.membership import Lost, Membership
from softrorm.session.ownership import busily, in_turn
from softrorm.session.plan import Covered, Operation, Plan, make_plan
from softrorm.session.relations import declared_inverse, ids_before, ids_now, link_fields, others_to_expire
from softrorm.session.report import CommitError, CommitReport, Result
from softrorm.session.sending import Sender, Written
from softrorm.session.states import State

if TYPE_CHECKING:
    from softrorm.client.client import Client

M = TypeVar("M")
OnError = Literal["stop", "continue"]


class Session(Membership):
    """A unit of work at one client.

    Args:
        client: The client; the default one unless given.
        workers: How many requests a commit runs at once; as many as rate and latency call for unless given.
        on_error: ``stop`` ends a commit at its first failure, ``continue`` goes on with all that does not depend on it.
        pause: Seconds between two looks for a create whose answer was lost.
        sleep: Waits so many seconds; tests give their own.

    As a context manager it makes the records that are read in its block its own, commits what is left when the block
    ends, and sends nothing when the block ends with an exception. A session serves one thread at a time; ``async with``
    gives it to the event loop's.
    """

    def __init__(
        self,
        client: Client | None = None,
        *,
        workers: int | None = None,
        on_error: OnError = "stop",
        pause: float = 1.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(client)
        if workers is not None and workers < 1:
            raise ValueError(f"workers is how many requests run at once, 1 or more; not {workers!r}.")
        self._workers = workers
        self._on_error = _checked(on_error)
        self._pause = pause
        self._sleep = sleep
        self._busy = threading.Lock()
        self._token: Token[Unit | None] | None = None

    # --- as a block -----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._own.enter()
        self._token = current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._commit_all()
        finally:
            self._leave()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._acommit_all()
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._token is not None:
            with suppress(ValueError):  # a fixture or a dependency may end the block in another context
                current.reset(self._token)
            self._token = None
        self._own.leave()

    def _commit_all(self) -> None:
        """Commit until nothing is left: receivers of the commit's signals may have added to it."""
        for _ in range(MOST_ROUNDS):
            self.commit()
            if not self.plan():
                return
        raise InvalidState(
            f"After {MOST_ROUNDS} commits there is still something to send: a receiver of a signal adds to each."
        )

    _acommit_all = twin(_commit_all, writes=True)

    # --- reading --------------------------------------------------------------------------------

    def query(self, model: type[M]) -> QuerySet[M]:
        """The records of a model, read into the session.

        Args:
            model: A model class.

        Makes no request until it is read.
        """
        self._own.check()
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
        self._own.check()
        known = self._map.get(model, id)
        if known is not None and known.is_loaded and self.state(known) is not State.DELETED:
            return known  # type: ignore[no-any-return]
        return self.query(model).get(id=id)

    aget = twin(get)

    def refresh(self, instance: Any) -> None:
        """Read an object's record anew; its unsent changes are dropped.

        Args:
            instance: A saved object of the session.

        Raises:
            InvalidState: It is not in the session, or not saved.
            Model.DoesNotExist: The record is gone.

        Makes one request.
        """
        self._own.check()
        if self.state(instance) not in {State.PERSISTENT, State.DELETING}:
            stands = self.state(instance).name.lower()
            raise InvalidState(f"{instance!r} is {stands}; refresh() takes saved objects of the session.")
        instance.refresh(using=self.client)
        with self._own:
            self._map.relax(instance)

    arefresh = twin(refresh)

    # --- sending --------------------------------------------------------------------------------

    @in_turn
    def plan(self) -> Plan:
        """What a commit would send, in order; print it, or take it as JSON. Makes no request."""
        self._catch_up()
        return make_plan(
            self.pending,
            self._map.held(),
            self.deleting,
            unknown={*self._unknown, *self._let_go},
            rates=self.client.rates,
            shared_budget=self.client.dialect.shared_budget,
            checks=_checks_conflicts,
        )

    @busily
    def flush(self, *, on_error: OnError | None = None) -> CommitReport:
        """Send what is unsent; as :meth:`commit`, without its signals. Makes as many requests as that."""
        if not self._busy.acquire(blocking=False):
            raise InvalidState("This session is in the middle of a commit.")
        try:
            self._map.commits += 1
            self._settle_unknown()
            plan = self.plan()
            left = self.unknown
            try:
                report = self._executor(plan, _checked(on_error or self._on_error)).run(plan)
            finally:
                self._expire_covered(plan.covered)
        finally:
            self._busy.release()
            for instance in self._map.held():
                if not instance.is_dirty:
                    self._map.relax(instance)
        for instance in left:
            # Its create belongs to this commit as long as nobody knows what became of it.
            operation = Operation("create", instance, tuple(self._unknown[id(instance)].sent), 0)
            report.results.append(Result(operation, "unknown", state.unknown_record(instance)))
        if not report.ok:
            raise CommitError(report)
        return report

    aflush = twin(flush, writes=True)

    @busily
    def commit(self, *, on_error: OnError | None = None) -> CommitReport:
        """Send what is unsent: creates by their links, updates of dirty fields only, deletes last.

        Args:
            on_error: Instead of the session's own setting.

        Returns:
            The fate of every operation.

        Raises:
            CommitError: Something was not done; its report tells what, and the session holds what is left. Also where
                the fate of an object is still unknown since an earlier commit.

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

    acommit = twin(commit, writes=True)

    @busily
    def resolve(self, instance: Any, outcome: str) -> None:
        """Settle an object whose create was sent and never answered.

        Args:
            instance: An object in the state ``unknown``.
            outcome: The id of its record, or ``"not created"``, so that the next commit creates it.

        Raises:
            InvalidState: Its fate is not unknown.
            Model.DoesNotExist: There is no record with this id.

        Makes one request for an id, none for ``"not created"``. Where the record and the object differ, the next
        commit writes the object's values.
        """
        if self.state(instance) is not State.UNKNOWN:
            raise InvalidState(f"{instance!r} is {self.state(instance).name.lower()}; only unknown fates are resolved.")
        if outcome == "not created":
            self._send_again(instance)
            return
        binding = self._bind(type(instance))
        try:
            record = binding.client.get_record(binding.database, binding.table, outcome, fresh=True)
        except NotFound as error:
            raise instance.DoesNotExist(f"No {type(instance).__name__} has the id {outcome!r}.") from error
        self._adopt_found(self._unknown[id(instance)], record)

    aresolve = twin(resolve, writes=True)

    # --- inside ---------------------------------------------------------------------------------

    @property
    def _calls(self) -> Calls:
        return self.client._calls

    def _executor(self, plan: Plan, on_error: OnError) -> Executor:
        counted = Counter(key for operation in plan.operations if (key := _key_of(operation)) is not None)
        alike = {id(one.instance) for one in plan.operations if (key := _key_of(one)) and counted[key] > 1}
        return Executor(
            bind=self._bind,
            before=self._before,
            apply=self._apply,
            on_error=on_error,
            absent={*self._unknown, *self._let_go},
            workers=self._workers,
            client=self.client,
            sender=Sender(pause=self._pause, sleep=self._sleep, taken=self._is_another(self._map.commits), alike=alike),
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
        if written.answer is not None:
            self._adopt(instance, written.answer, written.sent)
        match written.fate:
            case "created" | "updated":
                created = operation.kind == "create"
                signals.post_save.send(type(instance), instance=instance, created=created, fields=tuple(written.sent))
            case "deleted":
                self._release(instance)
                state.bury(instance)
                signals.post_delete.send(type(instance), instance=instance)
            case "unknown":
                self._pending.pop(id(instance), None)
                self._unknown[id(instance)] = Lost(instance, written.sent, self._map.commits)
                state.mark_lost(instance, lost=True)
                self._doubt(instance, written.sent)
            case _:
                if instance._record is None and id(instance) not in self._unknown:
                    # What came along with an object that links to it is the session's own from now on.
                    self._pending[id(instance)] = instance
                elif operation.kind in {"update", "link"} and _may_have_arrived(written):
                    self._doubt(instance, written.sent)

    def _doubt(self, instance: Any, sent: Iterable[str]) -> None:
        """Take what is known of a write's fields, on both sides of its links, as unknown: it may have arrived."""
        fields = [field for field in link_fields(type(instance)) if field.attribute in sent]
        links = {field.attribute: (ids_before(instance, field), ids_now(instance, field)) for field in fields}
        self._expire_others(instance, links)
        state.doubt(instance, sent)

    def _expire_others(self, instance: Any, links: Mapping[str, tuple[set[str], set[str]]]) -> None:
        for stale, attribute in list(others_to_expire(instance, links, self._map)):
            state.expire(stale, attribute)

    def _adopt(self, instance: Any, answer: dict[str, Any], sent: dict[str, Any]) -> None:
        """Make an answer the snapshot of an object, and have what the write changed elsewhere read anew."""
        fields = [field for field in link_fields(type(instance)) if field.attribute in sent]
        before = {field.attribute: ids_before(instance, field) for field in fields}
        other = self._map.get(type(instance), answer["id"])
        if other is not None and other is not instance:
            self._replace(other, instance, sent)
        state.take(instance, answer, sent, Context(self._bind(type(instance)), [answer], self))
        for holder in (self._pending, self._unknown):
            holder.pop(id(instance), None)
        self._map.add(instance)
        self._map.made(instance)
        self._map.hold(instance)
        after = {field.attribute: (before[field.attribute], ids_before(instance, field)) for field in fields}
        self._expire_others(instance, after)

    def _replace(self, other: Any, instance: Any, sent: dict[str, Any]) -> None:
        """Let an object that was created take the place of the one its record was read into meanwhile."""
        for name, value in other.dirty_fields.items():
            if name not in instance.dirty_fields or name in sent:
                setattr(instance, name, value)
        self.expunge(other)

    def _adopt_found(self, lost: Lost, record: dict[str, Any]) -> None:
        """Adopt the record of a create whose answer was lost; what the record does not hold stays dirty."""
        instance, sent = lost.instance, lost.sent
        there = settling.arrived(instance, sent, record, self._bind(type(instance)).ids)
        self._adopt(instance, record, {name: sent[name] for name in there})

    def _settle_unknown(self) -> None:
        """Look for the records of unknown fate that a natural key can find."""
        for instance in self.unknown:
            lost = self._unknown[id(instance)]
            binding = self._bind(type(instance))
            try:
                found, certain = settling.find_created(
                    instance,
                    binding,
                    pause=self._pause,
                    sleep=self._sleep,
                    sent=lost.sent,
                    taken=partial(self._is_another(lost.commit), type(instance)),
                )
            except SoftrError:
                continue  # its fate stays unknown, and the report says so
            if found is not None:
                self._adopt_found(lost, found)
            elif certain:
                self._send_again(instance)

    def _send_again(self, instance: Any) -> None:
        del self._unknown[id(instance)]
        state.mark_lost(instance, lost=False)
        self._pending[id(instance)] = instance

    def _is_another(self, commit: int) -> Callable[[type, str], bool]:
        """Whether a record, by model and id, is known to be another object's than that of a create of this commit."""
        return lambda model, id: self._map.is_another(model, id, commit)

    def _expire_covered(self, covered: list[Covered]) -> None:
        """Have links read anew that the writes of their other sides made: the service says what came of it."""
        for instance, attribute, others in covered:
            inverse: Any = declared_inverse(instance._meta.writable[attribute])
            made = all(one._record is not None and inverse.attribute not in one.dirty_fields for one in others)
            if made and instance._record is not None:
                instance.__dict__.pop(attribute, None)
                state.expire(instance, attribute)


MOST_ROUNDS = 10
"""How often the end of a block commits what receivers of signals go on adding."""


def _key_of(operation: Operation) -> tuple[Any, ...] | None:
    """The natural key of a create, to be compared with those of others."""
    key = settling.natural_key(operation.instance) if operation.kind == "create" else None
    return None if key is None else (type(operation.instance), *(str(value).casefold() for value in key.values()))


def _checked(on_error: OnError) -> OnError:
    if on_error not in {"stop", "continue"}:
        raise ValueError(f"on_error is 'stop' or 'continue', not {on_error!r}.")
    return on_error


def _checks_conflicts(instance: Any) -> bool:
    # Of a link that was never loaded nothing is known that could have been changed.
    return bool(instance._meta.on_conflict != "overwrite") and "fields" in instance._record


def _may_have_arrived(written: Written) -> bool:
    """Whether a write that failed may have been carried out: all but one that was refused at its first attempt."""
    error = written.error
    if written.fate != "failed" or (isinstance(error, Exception) and written.attempts == 0):
        return False
    return not (isinstance(error, APIError) and error.status < 500 and written.attempts == 1)

"""Pushing: databases, tables and fields made and changed until they are as the models say.

``plan`` works out what is to be done and makes no write, ``apply`` does it, ``push`` does both.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from softrorm.client.errors import ConfigurationError, SoftrError
from softrorm.client.lock import Lock
from softrorm.client.twins import twin
from softrorm.models.binding import bind_locked
from softrorm.schema.groups import absent, file_of, groups, models_of
from softrorm.schema.pushing.changes import changes
from softrorm.schema.pushing.creation import creation
from softrorm.schema.pushing.losses import counted
from softrorm.schema.pushing.namesakes import namesakes
from softrorm.schema.pushing.plans import Plan, Step, Target, digest
from softrorm.schema.pushing.removal import removal
from softrorm.schema.pushing.renames import renames
from softrorm.schema.pushing.scene import Scene
from softrorm.schema.pushing.work import Work, refuse_stale
from softrorm.schema.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from softrorm.client.client import Client
    from softrorm.client.lock import LockedTable
    from softrorm.models import Model
    from softrorm.schema.groups import Group

__all__ = ["Plan", "Step", "apply", "known_of", "plan", "push", "refuse_stale"]

_SEE_LOCK = (
    "Either the address (--url, SOFTR_URL) or the lock file (--env, --lock) is that of another environment; or the "
    "database was deleted: then remove the lock file, and a push makes another."
)
_SEE_ID = (
    "Either the address (--url, SOFTR_URL) is that of another environment, or the id (Meta.database, --database) is."
)

LockFile = Lock | str | os.PathLike[str]


def plan(
    models: ModuleType | type[Model] | Iterable[ModuleType | type[Model]],
    client: Client,
    *,
    lock: LockFile | None = None,
    database: str | None = None,
    workspace: str | None = None,
    allow_destructive: bool = False,
) -> Plan:
    """Work out what has to be done for the tables to be as the models say. Writes nothing.

    Args:
        models: A module, or models, with every model that they link to.
        client: The client.
        lock: The lock of this environment, or its file, which need not be there yet. Without one, tables and fields
            that are not declared by id are found by name. That of the client unless given.
        database: The id or name of a database for all the models, instead of what their ``Meta`` says.
        workspace: The id of the workspace for a new database; see :func:`softrorm.schema.create_tables`.
        allow_destructive: Whether fields and tables that a push made and no model declares any more may be removed,
            and choices that no model declares, and whether types may change.

    Returns:
        The plan; ``print()`` shows it.

    Raises:
        ConfigurationError: Something cannot be made, or a model does not say where its table is; the message names
            the model or the attribute.

    Makes one request for each database; one more if one has to be found by name or a workspace for a new one; and one
    for each field or table that would lose values, or whose empty values would be refused, to count them. Document:
    Get Tables.
    """
    known, lock_file = known_of(client.lock if lock is None else lock), file_of(lock)
    made = Plan([], lock=known, lock_file=lock_file)
    for group in groups(models_of(models), client, known, database):
        if group.gone:
            said = absent(group, client, lock_file)
            raise ConfigurationError(f"{said[0].upper()}{said[1:]}. {_SEE_LOCK if group.by_lock else _SEE_ID}")
        if database:
            _refuse_others(group, known, client, lock_file)
        # In this order: the module of the scene says why.
        scene = Scene(group, known, client.dialect, destroy=allow_destructive)
        now, late = changes(scene)
        scene.remember()
        where = workspace_of(client, workspace) if group.id is None else None
        made.targets.append(Target(group.name, group.id, digest(group.tables)))
        steps = [*now, *creation(scene, where), *late, *removal(scene)]
        steps, held, narrowing = (
            [counted(step, client, known) for step in each] for each in (steps, scene.held, scene.narrowing)
        )
        made.steps += [*(step for step in narrowing if not step.loses), *steps]
        made.held += [*held, *(step for step in narrowing if step.loses)]
        made.notes += [*_alike(group), *scene.notes, *renames(scene), *namesakes(scene, steps)]
    return made


def apply(
    plan: Plan,
    client: Client,
    *,
    lock: LockFile | None = None,
    progress: Callable[[Step], object] | None = None,
) -> Lock:
    """Carry out a plan, exactly.

    Args:
        plan: The plan, as :func:`plan` made it or :meth:`Plan.from_json` read it.
        client: The client.
        lock: The lock to fill, or its file, which is written after every step: that which the plan was made with. That
            of the client unless given.
        progress: Called with each step before it is done.

    Returns:
        The lock, with the ids of all tables and fields.

    Raises:
        ConfigurationError: A database is not as it was when the plan was made, or the lock is that of another
            environment, which knows another database by the plan's name for it; nothing was done.
        APIError: The service refused a step; a note on the error says which. What was done before stays, and a new
            plan goes on from there.

    Makes one request for each database to see that it is unchanged, and for each step those that
    :mod:`softrorm.schema.pushing.work` names: mostly one or two. Document: Create Table, Add Table Field, Update Table
    Field; wire-facts 8.3.
    """
    known = known_of(client.lock if lock is None else lock)
    refuse_stale(plan, client, known)
    here = {target.id for target in plan.targets}
    for name, table in known.tables.items():
        if table.database not in here:
            plan.lock.tables.setdefault(name, table)  # of somebody else's push since the plan was made
    return _carry_out(plan, client, lock, progress)


def push(
    models: ModuleType | type[Model] | Iterable[ModuleType | type[Model]],
    client: Client,
    *,
    lock: LockFile | None = None,
    database: str | None = None,
    workspace: str | None = None,
    allow_destructive: bool = False,
) -> Plan:
    """Make the tables as the models say: code first. The models are bound to them for this client.

    What is missing is made, what differs is changed, and what would destroy something is left alone unless that is
    allowed. A push that was interrupted goes on when it is called again.

    Args:
        models: As for :func:`plan`.
        client: As for :func:`plan`.
        lock: As for :func:`plan`; a file is written after every step.
        database: As for :func:`plan`.
        workspace: As for :func:`plan`.
        allow_destructive: As for :func:`plan`.

    Returns:
        What was done, with what was held back.

    Raises:
        ConfigurationError: As for :func:`plan`.
        APIError: As for :func:`apply`.

    Makes the requests of :func:`plan`, and for each step those that :func:`apply` names.
    """
    chosen = models_of(models)
    made = plan(
        chosen,
        client,
        lock=lock,
        database=database,
        workspace=workspace,
        allow_destructive=allow_destructive,
    )
    done = _carry_out(made, client, lock, None)
    for model in chosen:
        meta = model._meta
        if meta.static_ids is None and _is_whole(model, done.tables.get(meta.name)):
            bind_locked(meta, client, done.tables[meta.name])
    return made


aplan = twin(plan)
aapply = twin(apply, writes=True)
apush = twin(push, writes=True)


def known_of(lock: LockFile | None) -> Lock:
    """A lock of one's own with what is known; a file that is not there yet knows nothing."""
    if isinstance(lock, Lock):
        return Lock.from_json(lock.to_json())
    return Lock.read(lock) if lock is not None and Path(lock).exists() else Lock()


def _alike(group: Group) -> Iterator[str]:
    """What to know before a second database is made whose name differs from another one's in nothing but capitals."""
    for name in group.others:
        if name.casefold() == group.name.casefold():
            yield (
                f"There is a database {name!r}, and {group.name!r} differs from it in capitals only. If it is the one "
                f"that is meant, set Meta.database_name = {name!r}, or give it as database= (--database)."
            )


def _refuse_others(group: Group, lock: Lock, client: Client, lock_file: str | None) -> None:
    """See that the lock is not that of another environment, whose ids it would lose."""
    for model in group.models:
        other = lock.tables.get(model.__name__)
        if other is not None and other.database != group.id:
            raise ConfigurationError(
                f"The lock{f' file {lock_file}' if lock_file else ''} knows {model.__name__} in the database "
                f"{other.database}, and not in {group.name!r} at {client.url}. Each environment has a lock file of its "
                "own: name another one as lock= (--env, --lock), or remove this one if that database is gone."
            )


def _carry_out(plan: Plan, client: Client, lock: LockFile | None, progress: Callable[[Step], object] | None) -> Lock:
    filled = Lock.from_json(plan.lock.to_json())
    lock = client.lock if lock is None else lock

    def save() -> None:
        if isinstance(lock, Lock):
            lock.databases, lock.tables = filled.databases, filled.tables
        elif lock is not None:
            filled.write(lock)

    save()  # what was found by name is known by id from now on, even if there is nothing to do
    work = Work(client, filled, {target.name: target.id for target in plan.targets}, save)
    for at, step in enumerate(plan.steps, 1):
        if progress is not None:
            progress(step)
        try:
            work.do(step)
        except SoftrError as error:
            error.add_note(
                f"Step {at} of {len(plan.steps)}, {' '.join(step.shown.split())}, was not finished. What was done "
                "before stays; push again to go on."
            )
            save()
            raise
    return filled


def _is_whole(model: type[Model], known: LockedTable | None) -> bool:
    return known is not None and all(field.id or name in known.fields for name, field in model._meta.own_fields.items())

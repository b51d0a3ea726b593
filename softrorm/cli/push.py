"""``softrorm push``: tables made and changed until they are as the models say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from softrorm.cli.asking import can_ask, confirm, need_person, yes_option
from softrorm.cli.connection import setting, with_client
from softrorm.cli.exits import Exit, Stop
from softrorm.cli.lines import print_lines
from softrorm.cli.locks import is_named, lock_options, strangers
from softrorm.cli.modules import load_module
from softrorm.cli.output import examples, note
from softrorm.client.errors import ConfigurationError
from softrorm.client.lock import NAME

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.schema.pushing import Plan, Step


@click.command(
    "push",
    epilog=examples(
        "softrorm push myapp.models --plan",
        "softrorm push myapp.models",
        "softrorm push myapp.models --env production --save-plan plan.json",
        "softrorm push --apply plan.json",
    ),
)
@click.argument("modules", metavar="[MODULE]...", nargs=-1)
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and write nothing.")
@click.option("--save-plan", metavar="FILE", help="Write the plan into a file, to be applied later, and do nothing.")
@click.option(
    "--apply",
    "apply_file",
    metavar="FILE",
    help="Do what a saved plan says, with its lock file, unless the schema changed since.",
)
@click.option("--database", metavar="DATABASE", help="Id or name of the database, instead of what the models say.")
@click.option("--workspace", metavar="ID", help="Where a new database is made; SOFTR_WORKSPACE unless given.")
@click.option(
    "--allow-destructive", is_flag=True, help="Also do what loses values: remove fields and tables, change types."
)
@click.option(
    "--new-lock", is_flag=True, help="Begin a lock file, though there are those of other environments beside it."
)
@yes_option
@lock_options
@with_client
def command(
    *,
    client: Client,
    modules: tuple[str, ...],
    only_plan: bool,
    save_plan: str | None,
    apply_file: str | None,
    database: str | None,
    workspace: str | None,
    allow_destructive: bool,
    new_lock: bool,
    yes: bool,
    lock: Path,
) -> None:
    """Make databases, tables and fields as the models in MODULE say.

    The plan is printed first: + is made, ~ changed, - removed. Nothing is removed or converted without
    --allow-destructive. The ids go into the lock file, which belongs into version control beside the models. A
    push that was interrupted goes on when it is started again.
    """
    from softrorm.schema import apply, plan
    from softrorm.schema.pushing import known_of, refuse_stale

    if bool(modules) == bool(apply_file):
        both = ", not both" if modules else ""
        raise click.UsageError(f"Give modules to make a plan for, or a saved plan as --apply FILE{both}.")
    made = _read(apply_file) if apply_file else None
    if made is not None:
        lock = _lock_of(made, lock)
    if not new_lock:
        _know_lock(lock, writes=not only_plan and not save_plan, yes=yes)
    if made is not None:
        refuse_stale(made, client, known_of(lock))
    else:
        loaded = [load_module(name) for name in modules]
        made = plan(
            loaded,
            client,
            lock=lock,
            database=database,
            workspace=workspace or setting("SOFTR_WORKSPACE"),
            allow_destructive=allow_destructive,
        )
    print_lines(str(made), {"+": "green", "~": "yellow", "-": "red"})
    if save_plan:
        Path(save_plan).write_text(json.dumps(made.to_json(), indent=1) + "\n", encoding="utf-8")
        begins = " --new-lock" if strangers(lock) else ""
        note(f"The plan is in {save_plan}; softrorm push --apply {save_plan}{begins} does it.")
    if only_plan or save_plan:
        return
    if made and not yes:
        _ask(made)
    try:
        apply(made, client, lock=lock, progress=_tell)
    except KeyboardInterrupt:
        again = "Make a new plan of" if apply_file else "Give the same command again for"
        note(f"Interrupted. {again} what is left.")
        raise click.exceptions.Exit(Exit.INTERRUPTED) from None
    note(f"Done; the ids are in {lock}." if made else f"The ids are in {lock}.")


def _tell(step: Step) -> None:
    of = f"{step.table}: " if step.action.endswith(("_field", "_link")) else ""
    note(f"{step.sign} {of}{step.shown} ...")


def _ask(made: Plan) -> None:
    need_person("do that", ", or --plan to see it only")
    lost = f" and lose what {len(made.losses)} of these steps remove" if made.losses else ""
    confirm(f"Do it{lost}?", refused="Nothing was done.")


def _know_lock(lock: Path, *, writes: bool, yes: bool) -> None:
    """See that a lock file is not begun by mistake, with the ids of an environment that has another one."""
    others = strangers(lock)
    if not others:
        return
    if not writes:
        note(f"{others} A field that was renamed is a new one to this plan.")
    elif yes or not can_ask():
        raise Stop(
            f"{others} A push by the wrong one takes a field that was renamed for a new one, so nothing was done. Say "
            "which one it is, as --env NAME or --lock FILE; for the first push of an environment give --new-lock.",
            Exit.USAGE,
        )
    else:
        note(others)
        confirm(f"Begin {lock}, for another environment?", refused="Nothing was done.")


def _lock_of(made: Plan, lock: Path) -> Path:
    """The lock file of a saved plan, which is that of its environment; another one that is named is refused."""
    own = Path(made.lock_file or NAME)
    if is_named() and lock.absolute() != own.absolute():
        raise Stop(
            f"This plan was made for {own}, and its ids are none of {lock}. Leave out --env and --lock to do it there, "
            "or make a plan with them for the other environment.",
            Exit.USAGE,
        )
    return own


def _read(file: str) -> Plan:
    from softrorm.schema.pushing import Plan

    try:
        return Plan.from_json(json.loads(Path(file).read_text(encoding="utf-8")))
    except ValueError:
        raise Stop(f"{file}: This is no plan that a push saved: it holds no JSON.", Exit.USAGE) from None
    except ConfigurationError as error:
        raise Stop(f"{file}: {error}", Exit.USAGE) from error

"""Which lock file a command uses: one per environment."""

from __future__ import annotations

from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.output import note
from softrorm.client.errors import ConfigurationError
from softrorm.client.lock import NAME, lock_path

if TYPE_CHECKING:
    from collections.abc import Callable


def lock_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options ``--lock`` and ``--env``, and call it with ``lock``, the file that they mean."""

    def command(*args: Any, lock: str | None, env: str | None, **options: Any) -> Any:
        if lock and env:
            raise click.UsageError("--lock and --env both say which lock file it is; give one of them.")
        return function(*args, lock=Path(lock or lock_path(env)), **options)

    update_wrapper(command, function)
    env_help = "The environment, such as staging, whose lock file is softr.NAME.lock.json."
    wrapped = click.option("--env", metavar="NAME", help=env_help)(command)
    return click.option(
        "--lock",
        type=click.Path(dir_okay=False),
        help=f"The file with the ids of tables and fields; {NAME} by default.",
    )(wrapped)


def is_named() -> bool:
    """Whether the command that runs was told a lock file, by ``--lock`` or ``--env``."""
    given = click.get_current_context().params
    return bool(given["lock"] or given["env"])


def strangers(file: Path) -> str:
    """What is said where a lock file is not there and those of other environments are; empty otherwise.

    Args:
        file: What the options said.
    """
    others = [] if file.exists() else sorted(other.name for other in file.parent.glob("softr*.lock.json"))
    if not others:
        return ""
    are = f"{' and '.join(others)} {'is' if len(others) == 1 else 'are'}"
    return f"There is no lock file {file}, while {are} beside it."


def lock_at(file: Path) -> Path | None:
    """The lock file to bind models through; ``None`` where the usual one is not there, and names do.

    A line on stderr says so where there are others beside it.

    Args:
        file: What the options said.

    Raises:
        ConfigurationError: It was named, and is not there: another environment's tables are not to take its place.
    """
    if file.exists():
        return file
    others = strangers(file)
    if file == Path(NAME):
        if others:
            note(f"{others} Tables and fields are found by name; --env NAME or --lock FILE says which one is meant.")
        return None
    there = f". {others}" if others else ""
    raise ConfigurationError(
        f"there is no lock file {file}; softrorm push writes it, by the same --env or --lock{there}"
    )

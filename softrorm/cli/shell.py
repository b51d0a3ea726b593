"""``softrorm shell``: Python with a client and models at hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import with_client
from softrorm.cli.exits import Exit
from softrorm.cli.locks import lock_at, lock_options
from softrorm.cli.output import examples
from softrorm.client.errors import SoftrError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

    from softrorm.client.client import Client

CODE = "<string>"  # what Python calls the file of code without one


@click.command(
    "shell",
    epilog=examples(
        "softrorm shell myapp.models",
        "softrorm shell myapp.models --env staging",
        "softrorm shell --database Tracker",
        'softrorm shell --database Tracker -c "print(Tasks.objects.count())"',
    ),
)
@click.argument("modules", metavar="[MODULE]...", nargs=-1)
@click.option("--database", metavar="DATABASE", help="Models of all tables of this database, made from its schema.")
@click.option("-c", "code", metavar="CODE", help="Run this and end.")
@lock_options
@with_client
def command(*, client: Client, modules: tuple[str, ...], database: str | None, code: str | None, lock: Path) -> None:
    """Start Python with models at hand.

    There is what the modules define, a client, and what queries are made of. IPython is used where it is installed.
    The client is the default one, so the models go through it; those declared by name find their tables through the
    lock file. In a pipe, what comes in is run.
    """
    from softrorm.client.default import set_default
    from softrorm.client.lock import lock_of

    client.lock = lock_of(lock_at(lock))
    set_default(client)
    names = {**_tools(), **_reflected(client, database), **_declared(modules), "client": client}
    if code is None and not is_terminal():
        code = sys.stdin.read()
    if code is not None:
        _execute(code, names)
        return
    _run(names, _banner(client, names, modules))


def is_terminal() -> bool:
    """Whether there is a person who types."""
    return sys.stdin.isatty()


def _execute(code: str, names: dict[str, Any]) -> None:
    """Run code as ``python -c`` does, its traceback without frames of this command."""
    try:
        exec(compile(code, CODE, "exec"), {"__name__": "__main__", **names})  # noqa: S102 - what the user asked for
    except (SoftrError, OSError, click.ClickException):
        raise
    except Exception as error:
        from softrorm.cli.modules import traceback_of

        click.echo(traceback_of(error, lambda file: file == CODE), err=True)
        raise click.exceptions.Exit(Exit.NO) from None


def _tools() -> dict[str, Any]:
    """What queries are made of."""
    import datetime

    import softrorm
    from softrorm.schema import reflect

    tools = ("Q", "Session", "past", "prefetch", "this", "today", "tomorrow", "upcoming", "yesterday", "fields")
    named = {name: getattr(softrorm, name) for name in tools}
    return {**named, "softrorm": softrorm, "reflect": reflect, "date": datetime.date, "datetime": datetime.datetime}


def _declared(modules: Iterable[str]) -> dict[str, Any]:
    from softrorm.cli.modules import load_module
    from softrorm.schema.groups import models_of

    named: dict[str, Any] = {}
    for module in map(load_module, modules):
        named.update((model.__name__, model) for model in models_of(module))
        named.update((name, getattr(module, name)) for name in _public(module))
    return named


def _public(module: ModuleType) -> list[str]:
    """The names that ``from module import *`` brings: Enums of choices, functions, managers and the like."""
    return list(getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")]))


def _reflected(client: Client, database: str | None) -> dict[str, Any]:
    if database is None:
        return {}
    from softrorm.schema.find import find_database
    from softrorm.schema.reflect import model_of

    place = find_database(client, database)
    models = [model_of(client, place.id, table) for table in client.schema(place.id)]
    return {model.__name__: model for model in models}


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and hasattr(value, "_meta") and not value._meta.abstract


def _banner(client: Client, names: dict[str, Any], modules: Sequence[str]) -> str:
    models = [name for name, value in names.items() if _is_model(value)]
    at_hand = ", ".join(models) or 'none: give a module, or --database; reflect(client, "Tasks") makes one of a table'
    lines = [
        f"Python {sys.version.split()[0]}, {client!r}",
        f"Models: {at_hand}",
        f"Also: client, reflect, Session, Q, fields, today ...{''.join(f', all of {module}' for module in modules)}",
    ]
    if models:
        # What only looks makes no request, so that a query shows no rows by itself.
        lines.append(f"A query is lazy: list({models[0]}.objects.all()[:5]) reads it, and so does .to_dicts()")
    return "\n".join(lines)


def _run(names: dict[str, Any], banner: str) -> None:
    start = _ipython()
    if start is None:
        import code

        _complete(names)
        code.interact(banner=banner, local=names, exitmsg="")
        return
    click.echo(banner)
    start(argv=["--no-banner"], user_ns=names)


def _ipython() -> Callable[..., None] | None:
    """What starts IPython, where it is installed."""
    try:
        from IPython import start_ipython
    except ImportError:
        return None
    return start_ipython  # type: ignore[no-any-return]


def _complete(names: dict[str, Any]) -> None:
    """Let the tabulator complete names, where the system has readline."""
    try:
        import readline
        import rlcompleter
    except ImportError:
        return
    readline.set_completer(rlcompleter.Completer(names).complete)
    readline.parse_and_bind("tab: complete")

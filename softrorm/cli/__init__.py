"""The softrorm command: one module per subcommand, imported when it is called.

Those modules import click and nothing else that is heavy until they run, so that ``softrorm --help`` answers at once.
What they share: ``connection`` finds the service and the key, ``output`` prints, ``exits`` ends.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from softrorm._version import __version__
from softrorm.cli.exits import told
from softrorm.cli.terminal import columns

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

WIDEST_HELP = 100

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Look around": {
        "databases": "List the databases.",
        "tables": "List the tables.",
        "fields": "List the fields of a table.",
        "query": "Print the records that match a filter.",
        "get": "Print one record.",
        "graph": "Draw tables and their links.",
    },
    "Change records": {
        "add": "Make one record, and print its id.",
        "set": "Change fields of one record.",
        "delete": "Delete records, after a question.",
        "shell": "Start Python with models at hand.",
    },
    "Data in and out": {
        "export": "Write a table into a file.",
        "import": "Make records of the rows of a file.",
        "backup": "Write a database into a folder.",
        "verify": "Compare the backup in FOLDER with its checksums.",
        "restore": "Make a database from a backup.",
    },
    "Models and tables": {
        "inspect": "Write models for live tables.",
        "check": "Compare models with the live tables.",
        "push": "Make databases, tables and fields as the models in MODULE say.",
    },
    "The service, and without it": {
        "probe": "Find out how the service behaves.",
        "sandbox": "Serve the API on a port, with no account.",
        "demo": "Model, load and query the world's time zones.",
        "completion": "Print a completion script.",
    },
}
"""The subcommands in the order of the help, with the first line of theirs, which so needs none of their modules."""

COMMANDS: Mapping[str, str] = {name: line for section in SECTIONS.values() for name, line in section.items()}

_MODULES = {"import": "importing"}  # where a module cannot be called as its command


class LazyGroup(click.Group):
    """Imports a subcommand's module when it is called, and ends as :mod:`softrorm.cli.exits` says."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of a name, or ``None``."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"softrorm.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The subcommands and options that a word may become."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=line) for name, line in COMMANDS.items() if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the subcommands into the help, section by section."""
        widest = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), line) for name, line in commands.items()])

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context, whose help fits the terminal: click's own is 48 letters wide at the least."""
        extra.setdefault("terminal_width", min(columns(), WIDEST_HELP) - 2)
        return super().make_context(info_name, args, parent, **extra)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand that arguments begin with; one that is not there is answered with the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand; what goes wrong becomes a message and an exit code."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # Names have letters that not every output can show.
                stream.reconfigure(errors="backslashreplace")
        with told():
            return super().invoke(ctx)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="softrorm")
def main() -> None:
    """The object mapper for Softr Databases.

    Start with "softrorm demo": it needs no account and no network. Elsewhere the API key comes from SOFTR_API_KEY,
    from a file .env in this folder, or from a prompt.
    """

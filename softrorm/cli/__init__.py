"""The softrorm command: one module per subcommand, imported when it is called or listed.

Those modules import click and nothing else that is heavy until they run, so that ``softrorm --help`` answers at once.
What they share: ``connection`` finds the service and the key, ``output`` prints, ``exits`` ends.
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

import click

from softrorm._version import __version__
from softrorm.cli.exits import told

COMMANDS = {
    "backup": "softrorm.cli.backup",
    "check": "softrorm.cli.check",
    "completion": "softrorm.cli.completion",
    "databases": "softrorm.cli.databases",
    "delete": "softrorm.cli.delete",
    "demo": "softrorm.cli.demo",
    "export": "softrorm.cli.export",
    "fields": "softrorm.cli.fields",
    "get": "softrorm.cli.get",
    "graph": "softrorm.cli.graph",
    "import": "softrorm.cli.importing",
    "inspect": "softrorm.cli.inspect",
    "probe": "softrorm.cli.probe",
    "push": "softrorm.cli.push",
    "query": "softrorm.cli.query",
    "restore": "softrorm.cli.restore",
    "sandbox": "softrorm.cli.sandbox",
    "set": "softrorm.cli.set",
    "shell": "softrorm.cli.shell",
    "tables": "softrorm.cli.tables",
    "verify": "softrorm.cli.verify",
}
"""The subcommands and their modules, each with a click command called ``command``."""


class LazyGroup(click.Group):
    """Imports a subcommand's module when it is asked for, and ends as :mod:`softrorm.cli.exits` says."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the subcommands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of a name, or ``None``."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found

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


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="softrorm")
def main() -> None:
    """The object mapper for Softr Databases.

    Start with "softrorm demo": it needs no account and no network.
    """

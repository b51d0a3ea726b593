"""The softrorm command: one module per subcommand, imported when it is called or listed.

Those modules import click and nothing else that is heavy until they run, so that ``softrorm --help`` answers at once.
"""

from __future__ import annotations

from importlib import import_module

import click

from softrorm._version import __version__
from softrorm.client.errors import SoftrError

COMMANDS = {"demo": "softrorm.cli.demo", "sandbox": "softrorm.cli.sandbox"}
"""The subcommands and their modules, each with a click command called ``command``."""


class LazyGroup(click.Group):
    """Imports a subcommand's module when it is asked for, and shows softrorm's errors as messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the subcommands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of a name, or ``None``."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand; what softrorm raises on purpose becomes a message and exit code 1."""
        try:
            return super().invoke(ctx)
        except SoftrError as error:
            raise click.ClickException("\n".join([str(error), *getattr(error, "__notes__", ())])) from error


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="softrorm")
def main() -> None:
    """The object mapper for Softr Databases.

    Start with "softrorm demo": it needs no account and no network.
    """

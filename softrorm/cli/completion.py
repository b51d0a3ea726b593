"""``softrorm completion``: the script that makes a shell complete the command's names and options."""

from __future__ import annotations

import click

from softrorm.cli.output import examples

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    epilog=examples(
        "softrorm completion bash > \\",
        "    ~/.local/share/bash-completion/completions/softrorm",
        "softrorm completion zsh > ~/.zfunc/_softrorm",
        "softrorm completion fish > ~/.config/fish/completions/softrorm.fish",
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print a completion script.

    It lets the shell complete softrorm's commands and options; put it where the examples say.
    """
    from click.shell_completion import get_completion_class

    from softrorm.cli import main

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has all three
    click.echo(kind(main, {}, "softrorm", "_SOFTRORM_COMPLETE").source())

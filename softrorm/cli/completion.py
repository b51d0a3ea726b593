"""``softrorm completion``: the script that makes a shell complete the command's names and options."""

from __future__ import annotations

import click

from softrorm.cli.output import examples

SHELLS = ("bash", "zsh", "fish")
MENDED = {
    # From the second time on, a function that was loaded from its file would register itself instead of answering.
    "zsh": ("$zsh_eval_context[-1] == loadautofunc", "$funcstack[1] == _softrorm"),
    # A description would end at its first comma.
    "fish": ('string split ","', 'string split -m 1 ","'),
}
"""What click's scripts have, and what is right; nothing where click has mended it."""


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

    It lets the shell complete softrorm's commands, options, choices and files; put it where the examples say.
    """
    from click.shell_completion import get_completion_class

    from softrorm.cli import main

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has all three
    click.echo(kind(main, {}, "softrorm", "_SOFTRORM_COMPLETE").source().replace(*MENDED.get(shell, ("", ""))))

"""Asking: whether the person at the terminal agrees to what a command is about to do.

One rule for all commands that write, remove or cost time: where there is a person they are asked, and elsewhere the
command refuses unless ``--yes`` answers for them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from softrorm.cli.exits import Exit, Stop
from softrorm.cli.output import note


def yes_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``-y``/``--yes``, which a command gets as ``yes``."""
    return click.option("-y", "--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")(function)


def can_ask() -> bool:
    """Whether there is a person who sees a question and can type an answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def need_person(what: str, otherwise: str = "") -> None:
    """Refuse to go on where a question will be asked and nobody is there.

    Args:
        what: What the command would do, such as ``delete``.
        otherwise: What could be given instead of ``--yes``, such as ``, or --plan to see the plan only``.

    Raises:
        Stop: There is no terminal.
    """
    if not can_ask():
        raise Stop(f"There is no terminal to ask at: give --yes to {what} without a question{otherwise}.", Exit.USAGE)


def confirm(question: str, *, refused: str) -> None:
    """Ask a person; ends the command where the answer is no.

    Args:
        question: The question, whose answer is no unless they say yes.
        refused: What to say where the answer is no.

    Raises:
        click.exceptions.Exit: The answer is no.
    """
    if not click.confirm(question, err=True):
        note(refused)
        raise click.exceptions.Exit(Exit.NO)

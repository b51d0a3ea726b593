"""How a command ends: its exit codes, and the one place that turns an error into a line on stderr and a code."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import click

from softrorm.cli import terminal
from softrorm.cli.output import note
from softrorm.client.errors import (
    APIError,
    ConfigurationError,
    DoesNotExist,
    InvalidQuery,
    InvalidValue,
    SoftrError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    NO = 1
    """The answer is no: there are differences, findings, refused rows, no such record."""
    USAGE = 2
    """The command was told something that cannot be."""
    FAILED = 3
    """The service, the network or the disk failed."""
    INTERRUPTED = 130
    """Ctrl-C, as shells count it: 128 and the number of the signal."""
    UNREAD = 141
    """Whoever read the output stopped, as ``head`` does: what shells count for a program that a closed pipe ended."""


_CODES: tuple[tuple[type[SoftrError], Exit], ...] = (
    (APIError, Exit.FAILED),
    (TransportError, Exit.FAILED),
    (DoesNotExist, Exit.NO),
    (ConfigurationError, Exit.USAGE),
    (InvalidQuery, Exit.USAGE),
    (InvalidValue, Exit.USAGE),
    (SoftrError, Exit.NO),
)


_DISK = {errno.ENOSPC, errno.EIO, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}


def code_of(error: SoftrError) -> Exit:
    """The exit code for an error of softrorm."""
    return next(code for kind, code in _CODES if isinstance(error, kind))


_OPENINGS = frozenset("a an after cannot give here it no nobody nothing only row that the there this to what".split())
"""The small words that messages begin with; what else is in small letters may be a name."""
PREFIX = "Error: "  # what click puts before a message


class Stop(click.ClickException):
    """Ends a command with a message on stderr.

    Args:
        message: What was wrong, and what would be right.
        code: The exit code.
    """

    def __init__(self, message: str, code: Exit = Exit.NO) -> None:
        super().__init__(message)
        self.exit_code: int = code  # type: ignore[misc]  # click reads it from the instance

    def format_message(self) -> str:
        """The message; on a terminal its sentences are wrapped between words, and lines that are indented stay."""
        return _wrapped(as_sentence(self.message))


def as_sentence(message: str) -> str:
    """A message with a capital letter at its start, unless it begins with a name: those keep their letters."""
    return message[:1].upper() + message[1:] if message.split(" ", 1)[0] in _OPENINGS else message


def _wrapped(message: str) -> str:
    """A message as it fits the terminal behind the prefix; whole where it goes elsewhere."""
    if not sys.stderr.isatty():
        return message
    room = terminal.columns() - 1
    lines = f"{PREFIX}{message}".splitlines()
    fitting = ([line] if line[:1].isspace() else terminal.wrapped(line, room) for line in lines)
    return "\n".join(part for parts in fitting for part in parts).removeprefix(PREFIX)


@contextmanager
def told() -> Iterator[None]:
    """Turn what goes wrong inside into a message and an exit code; bugs keep their traceback. Warnings are lines.

    Raises:
        Stop: In place of an error of softrorm, or of one about a file.
        click.UsageError: As it came, its message fit for the terminal.
        click.exceptions.Exit: In place of Ctrl-C, and where nobody reads the output any more.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: note(f"Warning: {message}")
            yield
    except click.UsageError as error:
        raise click.UsageError(_wrapped(as_sentence(error.format_message())), error.ctx) from error
    except SoftrError as error:
        raise Stop("\n".join([_said(error), *getattr(error, "__notes__", ())]), code_of(error)) from error
    except (KeyboardInterrupt, click.Abort):
        # The terminal shows ^C, or a question without its answer, on a line that has not ended.
        click.echo("\nInterrupted." if sys.stderr.isatty() else "Interrupted.", err=True)
        raise click.exceptions.Exit(Exit.INTERRUPTED) from None
    except BrokenPipeError:
        _give_up_output()
        raise click.exceptions.Exit(Exit.UNREAD) from None
    except OSError as error:
        if error.errno in _DISK:
            _give_up_output()
            raise Stop(f"what was asked for could not be written: {error.strerror}", Exit.FAILED) from error
        if error.filename is None:
            raise  # a bug
        raise Stop(f"{error.filename}: {error.strerror or error}", Exit.USAGE) from error


def _said(error: SoftrError) -> str:
    if isinstance(error, InvalidQuery) and sys.stderr.isatty():
        from softrorm.query.language import InvalidExpression

        if isinstance(error, InvalidExpression):
            return error.pointed(terminal.columns() - 10)
    return str(error)


def _give_up_output() -> None:
    """Throw away what Python still holds for a stdout that takes nothing, or else it fails once more at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

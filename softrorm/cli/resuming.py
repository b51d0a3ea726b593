"""Resuming: how a long job ends that was stopped, so that whoever stopped it knows what there is and how to go on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from softrorm.cli.exits import Exit, Stop
from softrorm.cli.output import note
from softrorm.cli.signals import stoppable
from softrorm.client.errors import APIError, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN = "Give the same command again to go on where it stopped."


@contextmanager
def resumable(advice: str = AGAIN) -> Iterator[None]:
    """End with advice where the block is interrupted, asked to stop, or left alone by the service or the network.

    Args:
        advice: What there is now, and how to go on.

    Raises:
        click.exceptions.Exit: In place of Ctrl-C, SIGTERM and a terminal that is closed.
        Stop: In place of an error of the service or the network.
    """
    try:
        with stoppable():
            yield
    except KeyboardInterrupt:
        note(f"Interrupted. {advice}".rstrip())
        raise click.exceptions.Exit(Exit.INTERRUPTED) from None
    except (APIError, TransportError) as error:
        raise Stop(f"{error}\n{advice}".rstrip(), Exit.FAILED) from error

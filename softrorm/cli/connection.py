"""How a command finds the service: the address, and the key, which never is an argument.

Other users of a machine can read the arguments of a process. So the key comes from ``SOFTR_API_KEY``, from a ``.env``
file in the working directory, or from a prompt that does not show it, and goes straight into the client. Nothing is
put into the environment, where programs that a command starts would find it.
"""

from __future__ import annotations

import math
import os
import re
import time
from contextlib import contextmanager
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.asking import can_ask
from softrorm.cli.output import note
from softrorm.client.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from softrorm.client.client import Client

KEY, URL, REDIS, DIALECT = "SOFTR_API_KEY", "SOFTR_URL", "SOFTR_REDIS", "SOFTR_DIALECT"
FILE = ".env"
PATIENCE = 4  # attempts at a request, about two seconds, before a person is told of them
LONG = 5.0  # seconds until the next attempt, of which one is told at once
TOLD_EVERY = 30.0  # seconds

_LINE = re.compile(r"\s*(?:export\s+)?(SOFTR_\w+)\s*=\s*(.*?)\s*")


def with_client(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--url``, and call it with a ``client`` that is closed at its end."""

    def command(*args: Any, url: str | None, **options: Any) -> Any:
        with open_client(url) as client:
            return function(*args, client=client, **options)

    return url_option(update_wrapper(command, function))


def url_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--url`` alone, for commands that may not need a client; see :func:`open_client`."""
    return click.option(
        "--url",
        metavar="URL",
        help=f"Where the service is; {URL} unless given. sandbox:FILE.db is a sandbox, which needs no account.",
    )(function)


@contextmanager
def open_client(url: str | None = None) -> Iterator[Client]:
    """A client for a command, closed at the end of the block.

    While a request is tried again and again a line says so: two minutes without a word look like a hang.

    Args:
        url: What ``--url`` said; else ``SOFTR_URL``, else the public service.

    Raises:
        ConfigurationError: There is no key, or the address or a setting will not do.

    Makes no request. Asks for the key where there is none and a person can be asked.
    """
    from softrorm.client.address import sandbox_file
    from softrorm.client.events import RetryEvent, on_retry

    last = -math.inf

    def tell(event: RetryEvent) -> None:
        nonlocal last
        if (event.attempt >= PATIENCE or event.wait >= LONG) and time.monotonic() - last > TOLD_EVERY:
            last = time.monotonic()
            note(f"{event.method} {event.path}: {event.reason}. Trying again; Ctrl-C stops.")

    file = sandbox_file(url or setting(URL) or "")
    is_new = file is not None and not file.exists()
    with _client(url) as client:
        if is_new:
            note(f"{client.url} is not there, so it is a new, empty sandbox.")
        on_retry.connect(tell, client)
        try:
            yield client
        finally:
            on_retry.disconnect(tell)
            if is_new and file:
                _drop_if_empty(client, file)


def _drop_if_empty(client: Client, file: Path) -> None:
    """Leave no file of a new sandbox that nothing was put into: its name is likely to be misspelt."""
    if client.sandbox is not None and not client.list_databases():
        client.sandbox.close()
        file.unlink(missing_ok=True)


def _client(url: str | None) -> Client:
    from softrorm.client.address import resolve
    from softrorm.client.client import Client
    from softrorm.client.dialect import dialect_of

    written = settings()
    spelling = os.environ.get(DIALECT) or written.get(DIALECT)
    dialect = dialect_of(spelling, DIALECT) if spelling else None
    chosen = url or os.environ.get(URL)
    address = chosen or written.get(URL)
    if address and address.strip().lower().startswith("sandbox:"):
        return Client(address, dialect=dialect)
    key = os.environ.get(KEY)
    if key and not chosen and address:
        # A folder that somebody else filled must not decide where the key of this account is sent.
        raise ConfigurationError(
            f"the address {address!r} comes from {FILE} and the key from the environment, and the key goes nowhere that"
            f" a file in a folder says: give --url or set {URL}, or put {KEY} into {FILE} as well"
        )
    if address:
        resolve(address, dialect)  # of an address that will not do one is told before a key is asked for
    secret = key or written.get(KEY) or _asked(address)
    redis = None if os.environ.get(REDIS) else written.get(REDIS)
    try:
        return Client(address, secret, dialect, redis=redis)
    finally:
        # Some tools show the variables of a traceback.
        del key, secret, redis, written


def setting(name: str) -> str | None:
    """A setting such as ``SOFTR_WORKSPACE``, from the environment, else from ``.env``."""
    return os.environ.get(name) or settings().get(name)


def settings(file: str | os.PathLike[str] = FILE) -> dict[str, str]:
    """The settings in a ``.env`` file whose names begin with ``SOFTR_``; ``{}`` where there is no such file.

    Args:
        file: Lines such as ``SOFTR_API_KEY=text``, with ``export`` before them, quotes around the text and comments
            after ``#`` or not.
    """
    from pathlib import Path

    try:
        text = Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    lines = (_LINE.fullmatch(line) for line in text.splitlines())
    return {match[1]: value for match in lines if match and (value := _unquoted(match[2]))}


def _unquoted(text: str) -> str:
    if text[:1] in {'"', "'"} and (end := text.find(text[0], 1)) > 0:
        return text[1:end]
    return re.sub(r"(^|\s+)#.*", "", text)


def _asked(address: str | None) -> str | None:
    if not can_ask():
        raise ConfigurationError(
            f"there is no API key: set {KEY} in the environment, or write {KEY}=... into a file {FILE} in this folder"
            " (a key is made in Softr under Settings > API). The address sandbox:FILE.db needs none."
        )
    from softrorm.client.address import DEFAULT_URL

    answer: str = click.prompt(f"API key for {address or DEFAULT_URL} (not shown)", hide_input=True, err=True)
    return answer

"""Where a client's requests go: the service, a loopback server, or a sandbox in this process.

The address decides whether the key may travel: https anywhere, plain http to this machine only. ``sandbox:``
addresses are looked up here as well, so that two clients of one file share one sandbox.
"""

from __future__ import annotations

import ipaddress
import os
import re
import threading
import weakref
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from softrorm.client.dialect import Dialect
from softrorm.client.errors import ConfigurationError

if TYPE_CHECKING:
    from softrorm.sandbox import Sandbox

DEFAULT_URL = "https://tables-api.softr.io/api/v1"
URL_VARIABLE = "SOFTR_URL"

# No user, no backslash, no blank: parsers disagree about where such a host ends, and the key follows the host.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?")
_EXAMPLES = f"give {DEFAULT_URL!r}, 'http://127.0.0.1:8000/api/v1', 'sandbox:' or 'sandbox:///path/to/file.db'"

_numbers = count(1)
_scopes: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
_files: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Address:
    """A resolved address.

    Attributes:
        url: How it is shown: the base address without a slash at the end, or the ``sandbox:`` address.
        sandbox: The sandbox in this process, or ``None`` for http.
        scope: What the rate budget of a token is shared within.
    """

    url: str
    sandbox: Sandbox | None
    scope: str


def resolve(url: str | Sandbox | None, dialect: Dialect | None) -> Address:
    """Find out where an address leads.

    Args:
        url: An address, a sandbox, or ``None`` for ``SOFTR_URL`` and then the public service.
        dialect: The dialect of a sandbox that has to be made.

    Raises:
        ConfigurationError: The address will not do; the message says what would.
    """
    if url is None:
        url = os.environ.get(URL_VARIABLE) or DEFAULT_URL
    if not isinstance(url, str):
        if not callable(getattr(url, "handle", None)):
            raise ConfigurationError(
                f"url= takes an address or a Sandbox; got {type(url).__name__}. Please {_EXAMPLES}"
            )
        return Address("sandbox:", url, _scope_of(url))
    url = url.strip()
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if scheme == "sandbox" and colon:
        sandbox = _open_sandbox(url, rest, dialect)
        return Address(url, sandbox, _scope_of(sandbox))
    base = _checked_base(url, scheme)
    return Address(base, None, base)


def sandbox_file(url: str) -> Path | None:
    """The file of a ``sandbox:`` address; ``None`` for memory, and for every other address."""
    scheme, _, rest = url.strip().partition(":")
    return Path(rest.removeprefix("//")).resolve() if rest and scheme.lower() == "sandbox" else None


def _checked_base(url: str, scheme: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        sound = (
            bool(_HOST.fullmatch(parts.netloc))
            and parts.port != 0
            and not parts.query
            and not parts.fragment
            and "\\" not in url
        )
    except ValueError:
        host, sound = "", False
    if scheme not in ("http", "https") or not sound or not url.isascii() or not url.isprintable() or " " in url:
        # Not shown: an address with a user part may hold a password.
        shown = repr(url) if "@" not in url else "one with '@' in it"
        raise ConfigurationError(f"the address {shown} is not one that requests can be sent to; {_EXAMPLES}")
    if scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"the address {url!r} is plain http, which would show the API key to the network between;"
            f" use https (plain http is for loopback: 127.0.0.1, ::1, localhost)"
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own: 127.0.0.0/8, ::1 or localhost."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _open_sandbox(url: str, rest: str, dialect: Dialect | None) -> Sandbox:
    from softrorm.sandbox import FileRefused, Sandbox

    if not rest:
        return Sandbox(dialect=dialect or Dialect.CURRENT)
    if rest.startswith("//") and not rest.startswith("///"):
        raise ConfigurationError(
            f"the address {url!r} names a host; the file of a sandbox is 'sandbox:///path/to/file.db'"
        )
    path = str(sandbox_file(url))
    with _lock:
        sandbox = _files.get(path)
        if sandbox is None or sandbox.closed:
            try:
                sandbox = _files[path] = Sandbox(path, dialect=dialect or Dialect.CURRENT)
            except FileRefused as error:
                raise ConfigurationError(f"the address {url!r} will not do. {error}") from error
        elif dialect is not None and sandbox.dialect != dialect:
            raise ConfigurationError(
                f"{url!r} is open in this process already, in dialect {sandbox.dialect.name!r};"
                f" a client of the same file cannot ask for {dialect.name!r}"
            )
        return sandbox


def _scope_of(sandbox: Any) -> str:
    with _lock:
        # Numbered and not named by id(): a new sandbox may get the id of one that is gone.
        return _scopes.setdefault(sandbox, f"sandbox {next(_numbers)}")

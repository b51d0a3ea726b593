"""The default client of the process: what models use unless told otherwise.

Set with :func:`configure`, or made on first use from ``SOFTR_URL`` and ``SOFTR_API_KEY``. Models need no client to be
defined, built or pickled; this is where one comes from when a request is due.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softrorm.client.client import Client

_lock = threading.Lock()
_client: Client | None = None


def configure(client: Client | None = None, **options: Any) -> Client:
    """Set the default client.

    Args:
        client: A client to use; or
        **options: what :class:`~softrorm.Client` takes, to make one: ``url``, ``api_key``, ``dialect``, ...

    Returns:
        The client that models now use unless told otherwise.

    Raises:
        ConfigurationError: The options will not do.

    Makes no request.
    """
    if client is None:
        from softrorm.client.client import Client

        try:
            client = Client(**options)
        finally:
            options.clear()  # some tools show the variables of a traceback, and one of these is the key
    elif options:
        raise TypeError(f"configure() takes a client or the options to make one, not both: {', '.join(options)}.")
    set_default(client)
    return client


def set_default(client: Client | None) -> None:
    """Make a client the default one; ``None`` goes back to making it from the environment. Makes no request."""
    global _client  # noqa: PLW0603 - one default per process is the point
    with _lock:
        _client = client


def default_client() -> Client:
    """The default client, made from the environment where none was configured.

    Raises:
        ConfigurationError: None was configured, and the environment names no key.

    Makes no request.
    """
    global _client  # noqa: PLW0603
    with _lock:
        if _client is None:
            from softrorm.client.client import Client

            _client = Client()
        return _client


def configured_client() -> Client | None:
    """The default client if there is one already; makes none, and no request."""
    return _client

"""Receivers: what may be connected to a hook of the client, or to a signal of the models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softrorm.client.errors import ConfigurationError


def checked(receiver: Callable[..., Any], name: str) -> None:
    """Refuse what nobody would hear of later: a receiver that cannot be called, or whose call does nothing by itself.

    Args:
        receiver: What is to be connected.
        name: What it is to be connected to.

    Raises:
        ConfigurationError: It is no function, or an async one, which nothing would await.
    """
    import inspect  # not worth its time before anybody connects

    if not callable(receiver):
        raise ConfigurationError(f"{name}.connect() takes a function, not {receiver!r}")
    if inspect.iscoroutinefunction(receiver):
        raise ConfigurationError(
            f"{name}.connect() takes a plain function, and {receiver.__qualname__}() is async: it is called in the "
            "thread that makes the request, where nothing awaits it. Let a plain function hand it to the event loop, "
            "by asyncio.run_coroutine_threadsafe()"
        )

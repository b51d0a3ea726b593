"""Lazy loads: what is not here yet is read when an attribute asks for it, but never behind an event loop's back.

A request made by reading an attribute would hold up every task of the loop that runs in the thread. So it is refused
there, before it is made, with what to await instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.client.default import default_client
from softrorm.client.errors import LazyLoadRefused
from softrorm.client.twins import in_event_loop
from softrorm.models.binding import is_bound
from softrorm.models.context import Unloaded, take_known

if TYPE_CHECKING:
    from softrorm.client.client import Client


def client_of(instance: Any) -> Client:
    """The client that an instance goes through: the one that it came through, or the model's own. Makes no request."""
    context = instance._context
    while isinstance(context, Unloaded):
        context = context._context
    place = context.binding
    if place is not None and place.client is not None:
        return place.client  # type: ignore[no-any-return]
    return instance._meta.known_client(None) or default_client()


def allow(instance: Any, attribute: str) -> None:
    """Let an attribute be loaded, unless an event loop would have to wait for it.

    Args:
        instance: A record of which something is not here yet.
        attribute: What is asked for.

    Raises:
        LazyLoadRefused: It takes a request, an event loop runs in this thread, and its client does not allow it.
    """
    if not in_event_loop():
        return
    client = client_of(instance)
    if client.lazy_in_loop or not _takes_request(instance, client):
        return
    link = instance._context._field if isinstance(instance._context, Unloaded) else None
    beforehand = "" if link is None else f"{link.model.__name__}.objects.prefetch({link.attribute!r}) beforehand, or "
    raise LazyLoadRefused(
        f"{type(instance).__name__}.{attribute} of {instance!r} is not here yet, and reading it would make a request "
        f"and hold up the event loop that runs in this thread. Load it with {beforehand}'await record.aload()' now. "
        "In a notebook, Client(lazy_in_loop=True) allows it."
    )


def _takes_request(instance: Any, client: Client) -> bool:
    """Whether what is missing has to be asked for; it may have come with the result already."""
    if instance.is_loaded or instance._context.result is None or not is_bound(instance._meta, client):
        return True
    return bool(take_known([instance]))

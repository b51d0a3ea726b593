"""A connection to Redis that may go away: what the shared budget and the caches reach Redis through.

Nothing that softrorm does needs Redis, so nothing may fail or stall for want of it. A call through the link
answers ``None`` where Redis cannot be reached; the outage is said once in the log, Redis is then left alone for
some seconds at a time, and its return is said once as well.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from softrorm.client.credentials import Secret
from softrorm.client.errors import ConfigurationError

if TYPE_CHECKING:
    import redis

Result = TypeVar("Result")

URL_VARIABLE = "SOFTR_REDIS"
PATIENCE = 1.0
"""Seconds that one call may take to connect, and to be answered: a hung Redis holds a request up no longer."""
TRY_EVERY = 5.0
"""Seconds between two tries while Redis is gone."""

logger = logging.getLogger("softrorm.client")
_links: weakref.WeakValueDictionary[tuple[object, ...], RedisLink] = weakref.WeakValueDictionary()
_links_lock = threading.Lock()


class RedisLink:
    """A Redis, and whether it can be reached. Thread-safe; made by :func:`link_to`.

    Args:
        connection: The client of Redis' own library; it connects when it is first used.
        clock: Seconds, monotonic.
    """

    def __init__(self, connection: redis.Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        import redis

        self._redis = connection
        self._clock = clock
        self._lock = threading.Lock()
        self._try_at: float | None = None  # None while Redis is there
        self._faults = (redis.RedisError, OSError)
        pool = getattr(connection, "connection_pool", None)
        options = getattr(pool, "connection_kwargs", {})
        self._password = str(options.get("password") or "")
        self._shown = options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"

    def __repr__(self) -> str:
        return f"<RedisLink to {self._shown}{'' if self.is_up else ', which is gone'}>"

    @property
    def is_up(self) -> bool:
        """Whether the last call reached Redis; also true before the first."""
        return self._try_at is None

    def call(self, action: Callable[[redis.Redis], Result]) -> Result | None:
        """Do something with Redis.

        Args:
            action: Gets the client of Redis' own library. It should be short, and harmless if it is done twice.

        Returns:
            What the action returned; ``None`` where Redis is gone: it failed, or failed some seconds ago.
        """
        if not self._is_worth_a_try():
            return None
        try:
            result = action(self._redis)
        except self._faults as error:
            self._lost(error)
            return None
        if self._try_at is not None:
            self._found()
        return result

    def _is_worth_a_try(self) -> bool:
        if self._try_at is None:
            return True
        with self._lock:
            now = self._clock()
            if self._try_at is not None and now < self._try_at:
                return False
            # One thread tries, and the others need not wait for what becomes of it.
            self._try_at = now + TRY_EVERY
            return True

    def _lost(self, error: Exception) -> None:
        with self._lock:
            known = self._try_at is not None
            self._try_at = self._clock() + TRY_EVERY
        if not known:
            # Redis repeats the arguments of a command that it does not know, and AUTH's is the password.
            words = str(error).replace(self._password, "***") if self._password else str(error)
            logger.warning(
                "Redis at %s cannot be used (%s: %s): this process goes on without it, with its redis_share= of the"
                " rates, and tries it again every %g s",
                self._shown,
                type(error).__name__,
                words,
                TRY_EVERY,
            )

    def _found(self) -> None:
        with self._lock:
            known = self._try_at is None
            self._try_at = None
        if not known:
            logger.warning("Redis at %s is back: the rates are shared again", self._shown)


def link_to(
    target: str | redis.Redis | None, *, clock: Callable[[], float] = time.monotonic, environment: bool = True
) -> RedisLink | None:
    """The link to a Redis: one per Redis, clock and process, so that an outage is found and said once. No request.

    Args:
        target: A ``redis://``, ``rediss://`` or ``unix://`` URL, a ``redis.Redis``, or ``None`` for ``SOFTR_REDIS``.
        clock: Seconds, monotonic.
        environment: Whether ``SOFTR_REDIS`` counts where no target is given.

    Returns:
        The link; ``None`` where no Redis is named.

    Raises:
        ConfigurationError: The package redis is not installed, or the target will not do.
    """
    if target is None and environment:
        target = os.environ.get(URL_VARIABLE) or None
    if target is None:
        return None
    connection = _connection(target)
    # By digest, since a URL may hold a password.
    place = (Secret(target).digest if isinstance(target, str) else id(connection), clock)
    with _links_lock:
        link = _links.get(place)
        if link is None:
            link = _links[place] = RedisLink(connection, clock=clock)
        return link


def _connection(target: str | redis.Redis) -> redis.Redis:
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise ConfigurationError(
            "redis= needs the package redis, which is not installed: pip install 'softrorm[redis]'"
        ) from None
    if isinstance(target, redis.Redis | redis.RedisCluster):
        return target
    wrong = type(target).__name__
    if isinstance(target, str):
        try:
            return redis.Redis.from_url(
                target,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 0),  # who is in need of a retry is better served by the budget at hand
                decode_responses=False,
            )
        except ValueError:
            # Not shown: the address may hold a password.
            wrong = "an address of another form"
    target = ""
    raise ConfigurationError(
        f"redis= takes a URL such as 'redis://host:6379/0' (or rediss://, unix://), or a redis.Redis; got {wrong}"
    )

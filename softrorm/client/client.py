"""Client: the API as it is on the wire, one method per endpoint.

The client puts the parts together: an address, a key, the transport, the retry loop, the rate budget and the
caches. It knows nothing of models. The endpoint methods come from :class:`SchemaEndpoints`,
:class:`FieldEndpoints` and :class:`RecordEndpoints`, and :class:`RawEndpoint` has one for all else.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, NoReturn, Self

from softrorm.client.address import resolve
from softrorm.client.cache import Cache
from softrorm.client.caching import Caching
from softrorm.client.credentials import Credentials
from softrorm.client.dialect import VARIABLE, Dialect, dialect_of
from softrorm.client.errors import ConfigurationError
from softrorm.client.exchange import Kind, Request
from softrorm.client.field_endpoints import FieldEndpoints
from softrorm.client.lock import Lock, lock_of
from softrorm.client.raw_endpoint import RawEndpoint, Tap
from softrorm.client.record_endpoints import RecordEndpoints
from softrorm.client.redis_link import link_to
from softrorm.client.resources import Database, Table
from softrorm.client.retry import Caller
from softrorm.client.schema_cache import SchemaCache
from softrorm.client.schema_endpoints import SchemaEndpoints
from softrorm.client.throttle import UNLIMITED, Budget, Throttle
from softrorm.client.transport import Transport
from softrorm.client.twins import Calls
from softrorm.client.watching import watch
from softrorm.client.workers import MOST_WORKERS, Workers

if TYPE_CHECKING:
    import redis as redis_library

    from softrorm.sandbox import Sandbox

_SANDBOX_KEY = "sandbox"
_START = 5.0
"""Seconds that the list of databases is kept: while a program that starts finds the databases of its models."""


class Client(SchemaEndpoints, FieldEndpoints, RecordEndpoints, RawEndpoint):
    """A connection to the Softr Database API, or to a sandbox of it. Thread-safe.

    Args:
        url: The base address: https, or plain http on loopback; ``sandbox:`` for a fresh sandbox in memory,
            ``sandbox:///path/to/file.db`` for one in a file (shared by all clients of that file in the process); or
            a ``Sandbox``. By default ``SOFTR_URL``, and then the public service.
        api_key: The key, or a callable that returns it; by default ``SOFTR_API_KEY``. A sandbox in the process
            needs none.
        dialect: How the service spells things: a ``Dialect``, the name of one (``current``, ``june-2025``), or a JSON
            file of one, such as ``softrorm probe`` writes; by default that of the sandbox given, else
            ``SOFTR_DIALECT``, which holds a name or a path, else ``Dialect.CURRENT``.
        rates: Reads and writes per second that the token may make; by default the dialect's. All clients of a
            token in a process share its budget, and the latest explicit ``rates`` win. A sandbox in the process
            is not slowed down unless it has a rate policy or ``rates`` are given.
        timeout: Seconds to connect, and seconds to wait for the next piece of an answer, per attempt; or one
            number for both.
        deadline: Seconds that a request may take altogether, with repeats and waits.
        max_workers: How many requests may be under way at once, and how many connections stay open. How many there
            are follows from the rates and the latency seen.
        burst: How many requests may follow each other at once after a rest, 1 to 8.
        schema_ttl: Seconds that a cached schema is good for.
        cache: Where answers about records are kept for a short time; nowhere unless given.
        redis: The Redis over which all processes and machines share the budget of the token, and tell each other's
            caches of their writes: a URL or a ``redis.Redis``; by default ``SOFTR_REDIS``, unless the sandbox is in
            the process. Needs the extra ``redis``.
        redis_share: The part of the rates that this process uses while Redis is gone, above 0 and up to 1.
        lazy_in_loop: Whether links load when they are first read also where an event loop runs, which holds it up
            for so long. For notebooks, whose loop has nothing else to do; elsewhere ``LazyLoadRefused`` says what to
            await instead.
        lock: The lock file that ``softrorm push`` wrote for this environment, or what is in it: models declared by
            name find their tables and fields through it, without a request.
        clock: Seconds, monotonic; for tests.
        sleep: Waits so many seconds; for tests.

    Raises:
        ConfigurationError: There is no key, or the address or a setting will not do.
    """

    def __init__(  # noqa: PLR0917 - the order is the public one
        self,
        url: str | Sandbox | None = None,
        api_key: str | Callable[[], str] | None = None,
        dialect: Dialect | str | PathLike[str] | None = None,
        rates: tuple[float, float] | None = None,
        timeout: float | tuple[float, float] = (5.0, 60.0),
        deadline: float = 120.0,
        *,
        max_workers: int = MOST_WORKERS,
        burst: int = 1,
        schema_ttl: float = 300.0,
        cache: Cache | None = None,
        redis: str | redis_library.Redis | None = None,
        redis_share: float = 0.25,
        lazy_in_loop: bool = False,
        lock: Lock | str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        try:
            dialect = _spoken(dialect, url)
            _check_cache(cache)
            address = resolve(url, dialect)
            # The key of an account has no business in the log of a sandbox.
            self._credentials = Credentials.find(api_key, fallback=_SANDBOX_KEY if address.sandbox else None)
            self.redis_link = link_to(redis, clock=clock, environment=address.sandbox is None)
        except ConfigurationError as error:
            raise error.with_traceback(None) from None
        finally:
            # Some tools show the variables of a traceback, and none may show the key or Redis' password.
            api_key = redis = None
        _check_settings(
            timeout=timeout,
            deadline=deadline,
            max_workers=max_workers,
            schema_ttl=schema_ttl,
            redis_share=redis_share,
        )
        self.timeout = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        self.deadline = deadline
        self.max_workers = max_workers
        self.lazy_in_loop = lazy_in_loop
        self.lock = lock_of(lock)
        self.url = address.url
        self.sandbox = address.sandbox
        spoken = getattr(address.sandbox, "dialect", None)
        self.dialect = dialect or (spoken if isinstance(spoken, Dialect) else Dialect.CURRENT)
        self.rates = rates or (self.dialect.reads_per_second, self.dialect.writes_per_second)
        self._paced = rates is not None or address.sandbox is None
        self._budget = Budget(
            address.scope,
            self.rates,
            explicit=rates is not None,
            shared=self.dialect.shared_budget,
            burst=burst,
            # Nobody else reaches a sandbox in this process.
            link=self.redis_link if address.sandbox is None else None,
            share=redis_share,
            clock=clock,
        )
        self._transport = Transport(
            address.url, self._credentials, service=address.sandbox, pool=max_workers, clock=clock
        )
        self._caller = Caller(self._transport, timeout=self.timeout, deadline=deadline, clock=clock, sleep=sleep)
        self.workers = Workers(max_workers, partial(self.concurrency, Kind.READ))
        self._calls = Calls(max_workers)
        self.database_cache: SchemaCache[tuple[Database, ...]] = SchemaCache(
            lambda _: tuple(self.list_databases()), ttl=min(schema_ttl, _START), clock=clock
        )
        self.schema_cache: SchemaCache[tuple[Table, ...]] = SchemaCache(self._load_schema, ttl=schema_ttl, clock=clock)
        self.cache = cache
        self._caching = Caching(
            cache,
            scope=address.scope,
            token=self._token,
            schema=self.schema_cache,
            link=self.redis_link if address.sandbox is None else None,
        )

    def close(self) -> None:
        """Close the idle connections and threads; a later call opens new ones. A sandbox stays as it is.

        Makes no request; what is under way goes on.
        """
        self._calls.close()
        self.workers.close()
        self._transport.close()

    def concurrency(self, kind: Kind) -> int:
        """How many requests of a kind have to be under way at once to use the rate up, by the latency seen.

        Args:
            kind: What the requests do.

        Returns:
            1 to ``max_workers``; 1 where nothing is gained by more, at a sandbox in this process without a rate policy.
        """
        if not self._is_paced:
            return 1
        rate = self.rates[0] if kind is Kind.READ else self.rates[1]
        return self._caller.latency.workers(rate, self.max_workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "dialect"):
            return "<Client that is being made>"  # in the traceback of an error that stopped it
        return f"<Client of {self.url} in dialect {self.dialect.name!r}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "a Client holds connections and the API key, so it cannot be pickled or copied;"
            " make one where it is needed (models and records pickle without theirs)"
        )

    def _call(self, request: Request, tap: Tap | None = None) -> dict[str, Any]:
        watching = watch(self, request)
        return self._caller.call(request, self._throttle(request), tap.over(watching) if tap else watching)

    def _token(self) -> str:
        return self._credentials.current().digest

    def _throttle(self, request: Request) -> Throttle:
        return self._budget.throttle(request.kind, self._credentials.current()) if self._is_paced else UNLIMITED

    @property
    def _is_paced(self) -> bool:
        # Asked for at each call: a sandbox can be given a rate policy while it runs.
        return self._paced or getattr(self.sandbox, "rate_policy", None) is not None


def _spoken(dialect: Dialect | str | PathLike[str] | None, url: object) -> Dialect | None:
    if dialect is not None:
        return dialect_of(dialect, "dialect=")
    # A sandbox that is given as an object knows its own.
    said = os.environ.get(VARIABLE) if url is None or isinstance(url, str) else None
    return dialect_of(said, VARIABLE) if said else None


def _check_cache(cache: object) -> None:
    if cache is not None and not isinstance(cache, Cache):
        raise ConfigurationError(f"cache= takes a Cache, such as Cache(ttl=30); got {cache!r}")


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


_SETTINGS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "timeout": (
        lambda value: (
            all(map(_is_seconds, value)) and len(value) == 2 if isinstance(value, tuple) else _is_seconds(value)
        ),
        "a number of seconds above zero, or two of them: (to connect, for each piece of the answer)",
    ),
    "deadline": (_is_seconds, "a number of seconds above zero"),
    "max_workers": (lambda value: isinstance(value, int) and value >= 1, "a whole number from 1"),
    "redis_share": (
        lambda value: _is_seconds(value) and value <= 1,
        "the part of the rates to use while Redis is gone: above 0 and up to 1",
    ),
    "schema_ttl": (lambda value: value == 0 or _is_seconds(value), "a number of seconds from zero"),
}


def _check_settings(**given: object) -> None:
    for name, value in given.items():
        fits, right = _SETTINGS[name]
        if not fits(value):
            raise ConfigurationError(f"{name}= takes {right}; got {value!r}")

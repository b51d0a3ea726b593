"""Sandbox: the whole API in one object, in this process, with no account and no network.

:meth:`Sandbox.handle` is the API as a pure function; the client's adapter, the server and the WSGI callable are thin
shells over it. What the service is known to do stands in the wire facts; where nobody knows, a dialect decides.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from softrorm.sandbox import jsontext
from softrorm.sandbox.app import BASE, Answer, App, decode, is_read
from softrorm.sandbox.faults import Faults
from softrorm.sandbox.habits import Habits
from softrorm.sandbox.problems import Problem, bad_request
from softrorm.sandbox.rates import Rates
from softrorm.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from softrorm.client.client import Client
    from softrorm.sandbox.faultkinds import Reply
    from softrorm.sandbox.server import Server


class LoggedRequest(NamedTuple):
    """A request as the sandbox saw it. The key is not kept.

    Attributes:
        method: The HTTP method.
        path: The path below ``/api/v1``, such as ``/databases``.
        query: The query.
        body: The decoded body, ``None`` if there was none or it was no JSON.
        status: The status of the answer, 0 if a fault let none arrive.
        at: When it arrived, in seconds of the sandbox's clock: the clock that the rate policies go by.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    at: float


class Sandbox:
    """An embedded Softr Databases service.

    All keys see the same data. Requests may come from any thread and are carried out one at a time.

    Args:
        file: An SQLite file that keeps the data, made if it is not there; ``None`` for memory alone. It is locked
            until the sandbox is closed: there is one sandbox for a file at a time, in this process and all others.
        dialect: What to do where the API has versions or nobody knows: any object with some attributes of
            :class:`softrorm.sandbox.habits.Habits`, such as a ``softrorm.client.dialect.Dialect``.
        rate_policy: How requests are counted: ``"sliding_log"``, ``"fixed_window"``, ``"sliding_counter"``,
            ``"token_bucket"``, or ``None`` for no limits. Too many are answered 429.
        clock: Returns epoch seconds; the system's clock unless given.
        retry_after: Whether a 429 carries ``Retry-After``. None was ever observed (wire-facts 13).
        sleep: Waits so many seconds, for the fault ``delay`` and the latency of a port; ``time.sleep`` unless given.
        log_limit: How many requests the log holds, the latest ones; ``None`` for all.
        keys: The API keys that are taken; a request with any other is answered 401. ``None`` for any key.
        rates: Reads and writes per second that the rate policy lets through; by default those of the dialect.
        strict: Whether to take what is written and filtered in the dialect's own form alone: by ``select_filter``,
            ``link_write``, ``update_method`` and their like. Else every form is taken that some program sends.

    Attributes:
        requests: The log, oldest first: a list of :class:`LoggedRequest` that may be cleared.
        faults: What goes wrong, on purpose: ``sandbox.faults.add("lost_answer", method="POST")``.
        clock: Returns epoch seconds; may be set while the sandbox runs.
        dialect: The dialect given.

    Raises:
        ValueError: There is no such rate policy, a rate is not above 0, or the log's limit is below 0.
        TypeError: The dialect is text, or the keys are one text, or not text.
        FileRefused: An ``OSError``; another sandbox has the file, or it cannot be opened, or is something else.
    """

    def __init__(
        self,
        file: str | Path | None = None,
        dialect: Any = None,
        rate_policy: str | None = None,
        clock: Callable[[], float] | None = None,
        *,
        retry_after: bool = False,
        sleep: Callable[[float], object] = time.sleep,
        log_limit: int | None = None,
        keys: Collection[str] | None = None,
        rates: tuple[float, float] | None = None,
        strict: bool = False,
    ) -> None:
        if log_limit is not None and log_limit < 0:
            raise ValueError(f"log_limit is {log_limit!r}; right would be None for no limit, or 0 or more.")
        if isinstance(dialect, (str, bytes)):
            raise TypeError(f"dialect is an object such as softrorm.Dialect.JUNE_2025, not text; got {dialect!r}.")
        if isinstance(keys, (str, bytes)) or not all(isinstance(key, str) for key in keys or ()):
            # What was given may be a key, so that the message must not show it.
            raise TypeError("keys is a list of API keys, each of them text, or None for any key.")
        self.requests: list[LoggedRequest] = []
        self._keys = None if keys is None else tuple(keys)
        self.dialect = dialect
        self.clock: Callable[[], float] = clock or time.time
        self.faults = Faults(self._now, sleep)
        self._sleep = sleep
        self._log_limit = log_limit
        self._habits = replace(_habits(dialect, rates), strict=strict)
        self.rate_policy = rate_policy
        self._retry_after = retry_after
        self._app = App(Store(file), self._habits, self._now)
        self.closed = False

    @property
    def rate_policy(self) -> str | None:
        """How requests are counted; setting it begins anew."""
        return self._rates.policy

    @rate_policy.setter
    def rate_policy(self, policy: str | None) -> None:
        self._rates = Rates(policy, self._habits)

    @property
    def workspace_id(self) -> str:
        """A workspace to create databases in; any other is taken too."""
        return self._app.store.workspace_id

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one HTTP request.

        Args:
            method: The HTTP method.
            path: The path, ``/api/v1`` included.
            query: The query, unquoted.
            headers: The headers, their names in any case.
            body: The body, ``None`` or empty for none.

        Returns:
            The status, the headers and the body of the answer.

        Raises:
            ConnectionResetError: A fault lets no answer arrive.
        """
        below = path.removeprefix(BASE) if path == BASE or path.startswith(f"{BASE}/") else path
        decoded, status, at = _decoded(body), 0, self.clock()
        work = partial(self._carry_out, method, path, query, decoded)
        try:
            # What is done late was let in before; so the key need not be kept until then.
            status, answered, payload = self.faults.around(method, below, partial(work, headers), partial(work, None))
        finally:
            self._log(LoggedRequest(method, below, dict(query), decoded[0], status, at))
        return status, answered, payload

    def _carry_out(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        decoded: tuple[Any, Problem | None],
        headers: Mapping[str, str] | None,
    ) -> Reply:
        """Do what a request asks for; without headers, it was let in before."""
        content, refusal = decoded
        answered: dict[str, str] = {}
        try:
            if headers is not None:
                self._admit(method, path, headers)
            if refusal is not None:
                raise refusal
            if path != BASE and not path.startswith(f"{BASE}/"):
                raise Problem("RESOURCE_NOT_FOUND", f"There is nothing at {path}; the API is below {BASE}.")
            answer = self._app.answer(method, path.removeprefix(BASE), query, content)
        except RecursionError:
            # Filters may nest without limit; a value that does has no field to go to.
            answer = Answer(400, bad_request("The body is nested too deep.").body())
        except Problem as problem:
            answer = Answer(problem.status, problem.body())
            if problem.code == "TOO_MANY_REQUESTS" and self._retry_after:
                answered["Retry-After"] = "1"
        if answer.payload is None:
            return answer.status, answered, b""
        return answer.status, {"Content-Type": "application/json", **answered}, jsontext.write(answer.payload)

    def _admit(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        token = next((value for name, value in headers.items() if name.lower() == "softr-api-key"), "")
        if not token.strip():
            raise Problem("UNAUTHORIZED", "The header Softr-Api-Key is missing or blank.")
        if self._keys is not None and token not in self._keys:
            raise Problem("UNAUTHORIZED", "This API key is none of those that are taken here.")
        with self._app.lock:
            admitted = self._rates.admit(token, self.clock(), read=is_read(method, path))
        if not admitted:
            raise Problem("TOO_MANY_REQUESTS", "Too many requests in the last second.")

    def _log(self, request: LoggedRequest) -> None:
        with self._app.lock:
            self.requests.append(request)
            if self._log_limit is not None:
                del self.requests[: max(0, len(self.requests) - self._log_limit)]

    def _now(self) -> float:
        # Looked up at each call, since the clock may be set.
        return self.clock()

    def load_schema(self, database: Any, tables: Iterable[Any]) -> None:
        """Take over a database and its tables as they stand elsewhere, with all ids, and no records.

        Args:
            database: What GET /databases/{id} answers as ``data``, or a ``Database`` of the client.
            tables: What GET /databases/{id}/tables answers as ``data``, or the client's ``Table`` objects. The ids of
                tables, default views, fields and choices stay, and links keep ``inverseLinkFieldId`` as it is. What is
                left out is as in a new one. Fields of a type that the sandbox does not know hold any JSON.

        Raises:
            SchemaRefused: A ``ValueError``; something is missing, of the wrong kind, or there twice, or the sandbox has
                the database already. Nothing was kept.

        Makes no request: it is no part of the API. Wire-facts 8.1 and 8.2.
        """
        self._app.load_schema(database, tables)

    def client(self, **options: Any) -> Client:
        """A client that talks to this sandbox, with no socket in between. Makes no request.

        Args:
            options: Those of :class:`softrorm.client.client.Client`, but for ``url``. Where only some keys are taken,
                the first of them is used unless ``api_key`` says otherwise.
        """
        from softrorm.client.client import Client

        if self._keys:
            options.setdefault("api_key", self._keys[0])
        return Client(url=self, **options)

    def serve(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        latency: float = 0.0,
        jitter: float = 0.0,
        seed: int | None = None,
    ) -> Server:
        """Listen on a port: ``with sandbox.serve() as server: Client(url=server.url)``.

        It listens from now on, and answers from the start of the ``with`` block, in a thread of its own; or
        call ``serve_forever()`` on it to answer from this thread.

        Args:
            port: The port, 0 for any free one.
            host: The address; only this machine reaches the one it has unless told otherwise.
            latency: Seconds that a request and its answer are under way together: a fifth of it before the request
                is judged. Requests of many connections are under way at the same time.
            jitter: The most seconds that the way there, and the way back, take longer, evenly spread.
            seed: What the jitter is drawn from; ``None`` for another one each time.

        Raises:
            OSError: The port is taken.
            ValueError: The latency or the jitter is no number of seconds, 0 or more.
        """
        from softrorm.sandbox.latency import Latency
        from softrorm.sandbox.server import Server

        return Server(self.handle, host, port, Latency(latency, jitter, seed, self._sleep), self.requests)

    @property
    def wsgi(self) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
        """The sandbox as a WSGI application, with the API below ``/api/v1``."""
        from softrorm.sandbox.server import wsgi

        return wsgi(self.handle)

    def reset(self) -> None:
        """Forget all data, the log and the faults; the workspace stays."""
        self.faults.forget()
        self._app.reset()
        self.requests.clear()

    def close(self) -> None:
        """Close the file, if there is one; what is written from now on stays in memory."""
        self._app.close()
        self.closed = True

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        store = self._app.store
        return f"<Sandbox: {len(store.databases)} databases, {len(store.tables)} tables>"


def _habits(dialect: Any, rates: tuple[float, float] | None) -> Habits:
    habits = Habits.of(dialect)
    if rates is None:
        return habits
    if not all(rate > 0 for rate in rates):
        raise ValueError(f"rates= takes two numbers above 0, (reads per second, writes per second); got {rates!r}")
    reads, writes = rates
    return replace(habits, reads_per_second=reads, writes_per_second=writes)


def _decoded(body: bytes | None) -> tuple[Any, Problem | None]:
    """The decoded body, or why it cannot be; missing keys and limits are complained of first."""
    try:
        return decode(body), None
    except Problem as problem:
        return None, problem

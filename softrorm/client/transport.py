"""The one seam to the network: a requests session that makes one attempt at a time.

It holds what the network needs (pool, proxies, certificates, the key's header) and turns whatever happens into
an answer or a failure in words. It never follows a redirect, keeps no cookies, repeats nothing, and lets no
exception of requests out: those hold the prepared request, and with it the key.
"""

from __future__ import annotations

import logging
import os
import ssl
import time
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import NewConnectionError

from softrorm._version import __version__
from softrorm.client.credentials import Credentials, Secret
from softrorm.client.exchange import Answer, Failure, Outcome, Request
from softrorm.client.inprocess import BASE_URL, InProcessAdapter, Service

KEY_HEADER = "Softr-Api-Key"
logger = logging.getLogger("softrorm.client")
logger.addHandler(logging.NullHandler())

_PIECE = 1 << 16
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"softrorm/{__version__}",
}
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TRUST_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        # requests would look into a redirect even when told not to follow it.
        return None


class Transport:
    """Sends requests below one base address.

    Proxies and the certificate bundle are read from the environment once, here: requests would look them up
    again for every call, at 0.4 ms each. Plain http (to loopback only) uses no proxy, which would see the key.

    Args:
        base: The base address, without a slash at the end; ignored with ``service``.
        credentials: Where the key comes from.
        service: A sandbox to talk to in this process, instead of the network.
        pool: How many connections stay open: as many as there are workers.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        base: str,
        credentials: Credentials,
        *,
        service: Service | None = None,
        pool: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._base = base if service is None else BASE_URL
        self._url = _normal(self._base)
        self._session = session = _Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.adapters.clear()
        self._pool = pool if service is None else 0
        if service is not None:
            session.mount("https://", InProcessAdapter(service))
            return
        self._scheme = scheme = f"{base.partition(':')[0].lower()}://"
        self._begin()
        if scheme == "https://":
            session.proxies.update(get_environ_proxies(base, no_proxy=None))
            session.verify = next((os.environ[name] for name in _TRUST_VARIABLES if os.environ.get(name)), True)

    def _begin(self) -> None:
        self._process = os.getpid()
        self._session.mount(self._scheme, HTTPAdapter(pool_connections=1, pool_maxsize=self._pool, max_retries=0))

    def send(
        self, request: Request, *, timeout: tuple[float, float], expires: float, attempt: int = 1
    ) -> Answer | Failure:
        """Make one attempt and log it, without headers, at DEBUG.

        Args:
            request: What to send.
            timeout: Seconds to connect, and seconds between two pieces of the answer.
            expires: The moment, on the client's clock, at which the answer must be complete.
            attempt: Which attempt at this request it is, for the log.
        """
        key = self._credentials.current()
        began = time.perf_counter()
        result = self._attempt(request, key, timeout, expires)
        if logger.isEnabledFor(logging.DEBUG):
            _log(request, result, time.perf_counter() - began, attempt)
        return result

    def close(self) -> None:
        """Close the idle connections; a later request opens new ones."""
        self._session.close()

    def __repr__(self) -> str:
        return f"<Transport to {self._base}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Transport holds connections and the API key, so it cannot be pickled or copied")

    def _attempt(self, request: Request, key: Secret, timeout: tuple[float, float], expires: float) -> Answer | Failure:
        query = f"?{urlencode(request.query)}" if request.query else ""
        headers = {**_HEADERS, KEY_HEADER: key.reveal()}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.method in _BODY_METHODS:
            headers["Content-Length"] = str(len(request.body or b""))
        # Its parts are put in as they are: prepare() would take each apart and check it, at a tenth of a page's cost.
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = request.method, self._url + request.path + query, request.body
        prepared.headers = requests.structures.CaseInsensitiveDict(headers)
        if self._pool and self._process != os.getpid():
            self._begin()  # a process that was forked off would read answers to the other one from its connections
        try:
            response = self._session.send(prepared, timeout=timeout, stream=True, allow_redirects=False)
            try:
                body = self._read(response, expires)
            finally:
                response.close()
        except (OSError, urllib3.exceptions.HTTPError) as error:
            # Told in words and not raised: the exception holds the prepared request, and that the key.
            outcome = self._outcome_of(error)
            return Failure(outcome, self._placed(outcome, key.hide(_describe(error))))
        if body is None:
            return Failure(Outcome.LOST, "the answer was still arriving when the deadline passed")
        if response.status_code >= 300:
            hidden = key.hide(body.decode("latin-1")).encode("latin-1")
            shown = {name: key.hide(value) for name, value in response.headers.items()}
            return Answer(
                response.status_code, response.reason or "", requests.structures.CaseInsensitiveDict(shown), hidden
            )
        return Answer(response.status_code, response.reason or "", response.headers, body)

    def _outcome_of(self, error: BaseException) -> Outcome:
        chain = _chain(error)
        if any(isinstance(link, ssl.SSLCertVerificationError) for link in chain):
            return Outcome.UNTRUSTED
        if not any(isinstance(link, _BEFORE_SENDING) for link in chain):
            return Outcome.LOST
        # Plain http leads nowhere but to this machine.
        return Outcome.NOT_LISTENING if self._base.startswith("http://") else Outcome.NOT_SENT

    def _placed(self, outcome: Outcome, why: str) -> str:
        """Why an attempt failed; with the place, where nobody was reached there, since it may be a wrong one."""
        if outcome not in (Outcome.NOT_SENT, Outcome.NOT_LISTENING):
            return why
        parts = urlsplit(self._base)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        told = f"no connection to {parts.hostname} port {port}: {why}"
        if outcome is Outcome.NOT_LISTENING:
            told += f"; is it running? `softrorm sandbox --port {port}` starts a sandbox there"
        return told

    def _read(self, response: requests.Response, expires: float) -> bytes | None:
        pieces: list[bytes] = []
        for piece in _pieces(response):
            if self._clock() > expires:
                return None
            pieces.append(piece)
        return b"".join(pieces)


def _log(request: Request, result: Answer | Failure, seconds: float, attempt: int) -> None:
    logger.debug(
        "%s %s -> %s in %.0f ms (attempt %d)",
        request.method,
        request.path,
        result.status if isinstance(result, Answer) else f"{result.outcome.name} ({result.text})",
        seconds * 1000,
        attempt,
        extra={
            "softrorm": {
                "method": request.method,
                "path": request.path,
                "attempt": attempt,
                "status": result.status if isinstance(result, Answer) else None,
                "seconds": seconds,
            }
        },
    )


def _normal(base: str) -> str:
    """A base address as it is sent: its host in ASCII, what needs to be quoted quoted."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(base, None)
    return str(prepared.url).rstrip("/")


_BEFORE_SENDING = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,  # raised only while there is no connection to the proxy yet
    NewConnectionError,
    ConnectionRefusedError,
)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    raw = response.raw
    if isinstance(raw, urllib3.HTTPResponse):
        # read1 returns after each packet, so that a server which drips bytes cannot outlast the deadline.
        return iter(lambda: raw.read1(_PIECE, decode_content=True), b"")
    return response.iter_content(_PIECE)  # a cassette's stub of a response


def _chain(error: BaseException) -> list[BaseException]:
    """The error and everything that it wraps, outermost first."""
    links: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        link = todo.pop(0)
        if isinstance(link, BaseException) and link not in links:
            links.append(link)
            todo += [getattr(link, "reason", None), *link.args, link.__cause__, link.__context__]
    return links


def _describe(error: BaseException) -> str:
    """The innermost reason: the outer ones repeat it in their own words, with the whole address."""
    chain = _chain(error)
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"the server's certificate is not trusted ({link.strerror})"
        if isinstance(link, (requests.Timeout, TimeoutError)):
            return f"no answer in time ({type(link).__name__})"
    system = [link for link in chain if isinstance(link, OSError) and link.strerror]
    return (
        f"{system[0].strerror} ({type(system[0]).__name__})" if system else f"{chain[-1]} ({type(chain[-1]).__name__})"
    )

"""Two thin shells over ``Sandbox.handle``: a server of the standard library, and a WSGI callable.

The server speaks HTTP/1.1 with keep-alive and sends each answer in one piece, since an answer in two would wait for
the peer's delayed acknowledgement. Beside the API it has one path of its own, ``/-/requests``: the sandbox's log, for
a program that is not in the same process.
"""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import sys
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from softrorm.sandbox.app import BASE, MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from softrorm.sandbox.latency import Latency
    from softrorm.sandbox.sandbox import LoggedRequest

    Handle = Callable[[str, str, dict[str, str], Mapping[str, str], bytes | None], tuple[int, dict[str, str], bytes]]

CHUNK = 1 << 16
LOG = "/-/requests"
RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""The socket option SO_LINGER, on and with no time: closing sends RST instead of FIN."""


class Server:
    """A sandbox on a port, served from a thread of its own between ``with`` and its end.

    Args:
        handle: The sandbox's function.
        host: The address to listen on.
        port: The port, 0 for any free one.
        latency: The way that requests and answers take.
        log: The sandbox's log, which a client may read and empty.

    Attributes:
        port: The port it listens on.
        url: The base address to give a client.
    """

    def __init__(self, handle: Handle, host: str, port: int, latency: Latency, log: list[LoggedRequest]) -> None:
        self._http = _Http((host, port), handle, latency, log)
        self.port: int = self._http.server_address[1]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}{BASE}"
        self._thread: threading.Thread | None = None
        self._started = False

    def start(self) -> Server:
        """Serve from a thread of its own, until :meth:`close`."""
        self._started = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve from this thread, until it is interrupted or another one calls :meth:`close`."""
        self._started = True
        try:
            self._http.serve_forever(0.05)
        finally:
            self._http.close_all()

    def close(self) -> None:
        """Stop, and close every connection."""
        if self._started:  # one that never ran would be waited for in vain
            self._http.shutdown()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._http.close_all()

    def __enter__(self) -> Server:
        return self.start() if self._thread is None else self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Http(ThreadingHTTPServer):
    """Keeps account of its connections, so that closing ends those that clients keep alive."""

    daemon_threads = True  # a program that forgets to close a server ends all the same
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handle: Handle, latency: Latency, log: list[LoggedRequest]) -> None:
        self.handle = handle
        self.latency = latency
        self.log = log
        self._open: set[socket.socket] = set()
        self._broken: set[socket.socket] = set()
        self._changed = threading.Condition()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def break_off(self, connection: socket.socket) -> None:
        """Have a connection end with a reset, as one does whose other end is gone."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        with self._changed:
            self._broken.add(connection)

    def shutdown_request(self, request: Any) -> None:
        if request in self._broken:
            self.close_request(request)  # a shutdown would end it in good order first
        else:
            super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._broken.discard(request)
            self._changed.notify_all()

    def server_bind(self) -> None:
        # HTTPServer would look its own name up, which takes seconds where there is no name server.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def close_all(self) -> None:
        self.server_close()
        with self._changed:
            for connection in self._open:
                with suppress(OSError):  # the client was first
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, timeout=2)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away is no error of the server's.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def answer(self) -> None:
        path, _, query = self.path.partition("?")
        body = self._read_body()
        if body is None:
            self.close_connection = True
            status, headers, content = 411, dict[str, str](), b""
        elif path == LOG:
            status, headers, content = self._log()
        else:
            self.server.latency.there()
            try:
                status, headers, content = self.server.handle(
                    self.command, path, _query(query), dict(self.headers.items()), body
                )
            except ConnectionResetError:
                self.server.break_off(self.connection)
                raise
            finally:
                self.server.latency.back()
        # A body that is shorter than announced ends with the connection.
        self.close_connection |= int(headers.get("Content-Length", len(content))) > len(content)
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", *(f"{name}: {value}" for name, value in headers.items())]
        if status != 204 and "Content-Length" not in headers:
            lines.append(f"Content-Length: {len(content)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + content)

    def _log(self) -> tuple[int, dict[str, str], bytes]:
        """The log without the bodies, for GET, or an empty one for DELETE."""
        if self.command == "DELETE":
            self.server.log.clear()
            return 204, {}, b""
        if self.command != "GET":
            return 405, {"Allow": "GET, DELETE"}, b""
        shown = [
            {"at": one.at, "method": one.method, "path": one.path, "status": one.status} for one in [*self.server.log]
        ]
        return 200, {"Content-Type": "application/json"}, json.dumps({"requests": shown}).encode()

    def _read_body(self) -> bytes | None:
        """The body, cut off just above what is too large anyway; ``None`` if nobody says how long it is."""
        if "Transfer-Encoding" in self.headers:
            return None
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            return None
        left = int(length)
        body = self.rfile.read(min(left, MOST_BYTES + 1))
        left -= len(body)
        # A client that is still sending would not see the answer, so the rest is read and dropped.
        while left > 0 and (dropped := self.rfile.read(min(left, CHUNK))):
            left -= len(dropped)
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the sandbox keeps its own log."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815


def wsgi(handle: Handle) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A sandbox as a WSGI application, to run under waitress, gunicorn or in a test.

    Args:
        handle: The sandbox's function.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(min(int(length), MOST_BYTES + 1)) if length.isdigit() else b""
        # WSGI hands out the path unquoted, byte by byte as Latin-1; the ids of this API need no quoting.
        path = (
            (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1").decode(errors="replace")
        )
        query = _query(environ.get("QUERY_STRING", ""))
        status, answered, content = handle(environ["REQUEST_METHOD"], path, query, headers, body)
        start_response(f"{status} {_phrase(status)}", list(answered.items()))
        return [content]

    return application


def _query(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"

"""The wire over real sockets on loopback: redirects, timeouts, cut answers, what the headers say."""

import gzip
import http.server
import json
import os
import socket
import threading
import time

import pytest
import requests
from urllib3.exceptions import NewConnectionError

from softrorm.client import AmbiguousWrite, APIError, Client, DeadlineExceeded, TransportError

PAGE = json.dumps({"data": [], "metadata": {"offset": 0, "limit": 200, "total": 0}}).encode()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, respond):
        self.seen = []
        self.respond = respond
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/api/v1"

    def handle_error(self, request, client_address):
        pass  # a client that went away is what some tests are about


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        self.server.respond(self)

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

    def answer(self, status=200, body=PAGE, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(respond=Handler.answer):
        server = Server(respond)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def connected(key):
    clients = []

    def make(server, **options):
        options = {"rates": (1e6, 1e6), "deadline": 5.0, **options}
        clients.append(Client(server.url, api_key=key, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_a_request_says_who_asks_for_what(serve, connected, key):
    server = serve()
    connected(server).search_records("d", "t", {"filter": {"condition": {"rightSide": "Ärger"}}})
    method, path, headers, body = server.seen[0]
    assert (method, path) == ("POST", "/api/v1/databases/d/tables/t/records/search")
    assert headers["Softr-Api-Key"] == key
    assert headers["User-Agent"].startswith("softrorm/")
    assert headers["Accept"] == "application/json"
    assert "gzip" in headers["Accept-Encoding"]
    assert headers["Content-Type"] == "application/json"
    assert body == '{"filter":{"condition":{"rightSide":"Ärger"}}}'.encode()


def test_a_get_has_no_content_type(serve, connected):
    server = serve()
    connected(server).list_records("d", "t")
    assert "Content-Type" not in server.seen[0][2]


def test_one_connection_serves_call_after_call(serve, connected):
    ports = set()

    def respond(handler):
        ports.add(handler.client_address)
        handler.answer()

    client = connected(serve(respond))
    for _ in range(5):
        client.list_records("d", "t")
    assert len(ports) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_is_forked_off_has_connections_of_its_own(serve, connected):
    ports = []

    def respond(handler):
        ports.append(handler.client_address[1])
        handler.answer()

    client = connected(serve(respond))
    client.list_databases()
    child = os.fork()
    if not child:
        try:
            client.list_databases()
        finally:
            os._exit(0)  # or it would run the other tests as well
    assert os.waitpid(child, 0)[1] == 0
    client.list_databases()
    here, there, again = ports
    assert here == again != there


def test_gzip_is_unpacked(serve, connected):
    server = serve(lambda handler: handler.answer(body=gzip.compress(PAGE), Content_Encoding="gzip"))
    assert connected(server).list_records("d", "t").total == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_so_the_key_stays_here(serve, connected, status):
    elsewhere = serve()
    server = serve(lambda handler: handler.answer(status, b"", Location=elsewhere.url + "/databases"))
    client = connected(server)
    for call in (client.list_databases, lambda: client.create_record("d", "t", {})):
        with pytest.raises(APIError, match="redirects to http"):
            call()
    assert elsewhere.seen == []
    assert len(server.seen) == 2


def test_an_answer_cut_short_is_asked_for_again(serve, connected):
    def respond(handler):
        if len(handler.server.seen) > 1:
            handler.answer()
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(PAGE)))
        handler.end_headers()
        handler.wfile.write(PAGE[:20])
        handler.close_connection = True

    server = serve(respond)
    assert connected(server, sleep=lambda _: None).list_records("d", "t") == []
    assert len(server.seen) == 2


def test_a_create_whose_connection_breaks_is_ambiguous(serve, connected):
    def respond(handler):
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    server = serve(respond)
    with pytest.raises(AmbiguousWrite) as raised:
        connected(server).create_record("d", "t", {"E08c0": "x"})
    assert raised.value.payload == {"fields": {"E08c0": "x"}}
    assert len(server.seen) == 1


def test_a_server_that_hangs_is_left_at_the_deadline(serve, connected):
    released = threading.Event()
    server = serve(lambda handler: released.wait(2))
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        connected(server, deadline=0.05).list_records("d", "t")
    assert time.monotonic() - began < 1
    released.set()


def test_a_server_that_drips_is_left_at_the_deadline(serve, connected):
    released = threading.Event()

    def respond(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not released.wait(0.01):
            handler.wfile.write(b" ")

    server = serve(respond)
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="still arriving"):
        connected(server, deadline=0.08, timeout=(1, 1)).list_records("d", "t")
    assert time.monotonic() - began < 1
    released.set()


def test_nobody_listening_is_told_apart_from_a_lost_answer(key):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api/v1"
        client = Client(url, api_key=key, deadline=0.05, rates=(1e6, 1e6))
        with pytest.raises(DeadlineExceeded, match="refused") as raised:
            client.create_record("d", "t", {})
    assert not raised.value.may_have_happened


def test_plain_http_goes_through_no_proxy(serve, connected, monkeypatch):
    proxy = serve()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url.removesuffix("/api/v1"))
    server = serve()
    connected(server).list_records("d", "t")
    assert (len(server.seen), len(proxy.seen)) == (1, 0)


def test_cookies_are_not_kept(serve, connected):
    server = serve(lambda handler: handler.answer(Set_Cookie="session=1"))
    client = connected(server)
    client.list_records("d", "t")
    client.list_records("d", "t")
    assert "Cookie" not in server.seen[1][2]


def test_a_client_serves_many_threads_at_once(serve, connected):
    server = serve()
    client = connected(server, max_workers=4)
    totals = []
    threads = [threading.Thread(target=lambda: totals.append(client.list_records("d", "t").total)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [0] * 12


def test_the_context_manager_closes_and_a_later_call_opens_again(serve, key):
    server = serve()
    with Client(server.url, api_key=key, rates=(1e6, 1e6)) as client:
        client.list_records("d", "t")
    client.list_records("d", "t")
    client.close()
    assert len(server.seen) == 2


def test_a_server_on_this_machine_that_does_not_listen_is_given_up_after_a_few_attempts():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    waits = []
    with (
        Client(f"http://127.0.0.1:{port}/api/v1", "key", sleep=waits.append, rates=(1e6, 1e6)) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.list_databases()
    assert caught.value.attempts == 4
    assert not caught.value.may_have_happened
    assert str(caught.value) == (
        f"GET /databases: no connection to 127.0.0.1 port {port}: Connection refused (ConnectionRefusedError); is it "
        f"running? `softrorm sandbox --port {port}` starts a sandbox there (the request was not carried out, sent 4 "
        "times)"
    )


def test_a_service_that_cannot_be_reached_is_named(monkeypatch, key):
    def unreachable(*_, **__):
        raise requests.ConnectionError(NewConnectionError(None, "failed"))

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", unreachable)
    client = Client("https://example.com/api/v1", key, deadline=0.01)
    with pytest.raises(DeadlineExceeded, match=r": no connection to example\.com port 443: .*failed") as raised:
        client.list_databases()
    assert "sandbox" not in str(raised.value)

"""The same over HTTP and WSGI: thin shells over one function."""

import http.client
import io
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from wsgiref.util import setup_testing_defaults

import pytest

from softrorm.sandbox import Sandbox

KEY = {"Softr-Api-Key": "k"}


def fetch(url, body=None, method=None, headers=KEY):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, dict(headers), method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        return answer.status, json.loads(answer.read() or b"null")


def test_a_served_sandbox_answers_below_its_url(sandbox):
    with sandbox.serve() as server:
        assert server.url == f"http://127.0.0.1:{server.port}/api/v1"
        status, payload = fetch(f"{server.url}/databases", {"workspaceId": "w", "name": "Büro & Co"})
        assert (status, payload["data"]["name"]) == (200, "Büro & Co")
        database = payload["data"]["id"]
        assert fetch(f"{server.url}/databases/{database}?force=true", method="DELETE") == (204, None)
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetch(f"{server.url}/databases", headers={})
        assert caught.value.code == 401
        assert json.loads(caught.value.read())["errorCode"] == "UNAUTHORIZED"
        caught.value.close()
    assert [one.path for one in sandbox.requests] == ["/databases", f"/databases/{database}", "/databases"]
    assert sandbox.requests[1].query == {"force": "true"}


def test_a_connection_serves_many_requests_without_delay(sandbox):
    with sandbox.serve() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        began = time.perf_counter()
        for _ in range(20):
            connection.request("POST", "/api/v1/databases", json.dumps({"workspaceId": "w", "name": "x"}), KEY)
            answer = connection.getresponse()
            assert (answer.status, answer.version) == (200, 11)
            answer.read()
        # Each would take 40 ms more if an answer went out in two pieces.
        assert time.perf_counter() - began < 0.4
        connection.close()


def test_closing_ends_connections_that_are_kept_alive_and_frees_the_port(sandbox):
    with sandbox.serve() as server:
        kept = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        kept.sendall(b"GET /api/v1/databases HTTP/1.1\r\nHost: x\r\nSoftr-Api-Key: k\r\n\r\n")
        assert kept.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
    assert kept.recv(1) == b""
    kept.close()
    with sandbox.serve(server.port) as again:
        assert again.port == server.port
    assert not [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]


def test_many_threads_may_talk_to_one_sandbox(api):
    table = api.table({"name": "No", "type": "AUTONUMBER"})

    def write():
        for _ in range(50):
            table.create(Name="x")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["fields"]["No"] for row in table.all()] == list(range(1, 201))


def test_serve_forever_answers_from_the_calling_thread_until_it_is_closed(sandbox):
    server = sandbox.serve()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    assert fetch(f"{server.url}/databases") == (200, {"data": []})
    server.close()
    thread.join(5)
    assert not thread.is_alive()


def test_a_port_that_is_taken_is_an_error(sandbox):
    with sandbox.serve() as server, pytest.raises(OSError):
        sandbox.serve(server.port)


@pytest.mark.parametrize("header", ["Transfer-Encoding: chunked", "Content-Length: many"])
def test_a_body_of_unknown_length_is_refused(sandbox, header):
    with sandbox.serve() as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as peer:
        peer.sendall(f"POST /api/v1/databases HTTP/1.1\r\nHost: x\r\nSoftr-Api-Key: k\r\n{header}\r\n\r\n".encode())
        assert peer.recv(4096).startswith(b"HTTP/1.1 411 ")
        assert peer.recv(1) == b""


def test_the_wsgi_application_answers_the_same(sandbox):
    def call(method, path, body=b"", query="", **more):
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, **more}
        environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        setup_testing_defaults(environ)
        seen = []
        content = b"".join(sandbox.wsgi(environ, lambda status, headers: seen.append((status, dict(headers)))))
        return (*seen[0], json.loads(content) if content else None)

    key = {"HTTP_SOFTR_API_KEY": "k"}
    status, headers, payload = call("POST", "/api/v1/databases", b'{"workspaceId":"w","name":"x"}', **key)
    assert (status, headers["Content-Type"]) == ("200 OK", "application/json")
    path = f"/api/v1/databases/{payload['data']['id']}"
    assert call("DELETE", path, query="force=true", **key) == ("204 No Content", {}, None)
    assert call("GET", "/api/v1/databases")[0] == "401 Unauthorized"


def test_importing_the_package_loads_neither_sqlite_nor_a_server():
    import subprocess
    import sys

    heavy = "sqlite3", "http.server", "requests", "pydantic"
    code = f"import sys, softrorm.sandbox.sandbox; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_the_public_names_are_these():
    import softrorm.sandbox

    assert softrorm.sandbox.__all__ == [
        "FakeClock",
        "Fault",
        "Faults",
        "FileRefused",
        "LoggedRequest",
        "Sandbox",
        "SchemaRefused",
        "Server",
    ]
    assert all(getattr(softrorm.sandbox, name) for name in softrorm.sandbox.__all__)
    assert softrorm.sandbox.Sandbox is Sandbox
    with pytest.raises(AttributeError):
        softrorm.sandbox.Anything  # noqa: B018


def test_a_sandbox_hands_out_clients_that_talk_to_it_without_a_socket(sandbox):
    client = sandbox.client()
    assert client.sandbox is sandbox
    client.list_databases()
    assert [one.path for one in sandbox.requests] == ["/databases"]

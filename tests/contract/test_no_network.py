"""The suite reaches no further than this machine: pyproject.toml switches pytest-socket on, and this shows it."""

import socket

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

from softrorm import Client
from softrorm.sandbox import Sandbox

# Newer versions of pytest-socket warn before they refuse; what counts here is that they refuse.
pytestmark = pytest.mark.filterwarnings("ignore:A test tried to use socket")

# Addresses for documentation (RFC 5737 and 3849), so that even a leak would reach nobody.
ELSEWHERE = [("192.0.2.1", 443), ("2001:db8::1", 443)]


@pytest.mark.parametrize("address", ELSEWHERE, ids=str)
def test_a_connection_to_elsewhere_is_refused(address):
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(address, timeout=0.05)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_on_this_machine_is_reached(host):
    with Sandbox().serve() as server, Client(f"http://{host}:{server.port}/api/v1", api_key="any") as client:
        assert client.list_databases() == []


@pytest.mark.disable_socket
def test_while_a_cassette_plays_there_are_no_sockets_at_all():
    with pytest.raises(SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9), timeout=0.05)


def test_a_request_that_a_cassette_does_not_have_is_refused(documented):
    client = documented("records/get_single_record")
    with pytest.raises(Exception, match="the cassette has"):
        client.create_record("e74de047-f727-4f98-aa2a-7bda298672d3", "1ngdhgT38Kv3Cl", {})
    client.get_record("e74de047-f727-4f98-aa2a-7bda298672d3", "1ngdhgT38Kv3Cl", "vQ9BI8QUVQiFua")

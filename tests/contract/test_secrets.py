"""The API key is found in one place, the header of a request: not in what is shown, logged, raised or pickled.

The parts of the client are looked at one by one in tests/unit/client; here a whole program is, over real HTTP, with
models, queries and failures of every kind. test_cassettes looks through the recordings.
"""

import copy
import dataclasses
import gc
import io
import logging
import pickle
import socket
import threading
import traceback
from pathlib import Path

import pytest

import softrorm
from softrorm import APIError, Client, Model, Q, SoftrError, TransportError, fields
from softrorm.client import default, events
from softrorm.sandbox import Sandbox

KEY = "tk-4f9a1c7e-not-to-be-seen-anywhere"
PACKAGE = Path(softrorm.__file__).parent
PARTS = (KEY, KEY[3:], KEY[:20])


class Task(Model):
    title = fields.SingleLineText(max_length=10)
    qty = fields.Number()

    class Meta:
        database_name = "Base"


@pytest.fixture
def log():
    """Everything that is logged anywhere, at DEBUG, by whatever library."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


class Demanding(Sandbox):
    """A sandbox that sees to it that the key did arrive, and can be told to repeat it in an error."""

    repeats = False

    def handle(self, method, path, query, headers, body):
        assert headers["Softr-Api-Key"] == KEY
        if self.repeats:
            said = f'{{"message": "who is {KEY}?", "errorCode": "FORBIDDEN", "details": {{"traceId": "{KEY}"}}}}'
            return 403, {"Content-Type": "application/json"}, said.encode()
        return super().handle(method, path, query, headers, body)


@pytest.fixture
def service():
    with Demanding() as sandbox, sandbox.serve() as server:
        sandbox.url = server.url
        yield sandbox


@pytest.fixture
def client(service):
    with Client(service.url, api_key=KEY, rates=(1000, 1000)) as client:
        base = client.create_database("Base", service.workspace_id)
        client.create_table(base.id, "Task", primary_field_name="Title", fields=[{"name": "Qty", "type": "NUMBER"}])
        yield default.configure(client)


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def seen_in(*shown):
    return [part for part in PARTS for text in shown if part in text]


def every_word_of(error):
    """An error in all its forms: its text, its parts, its traceback with the variables of the library's frames."""
    frames = error.__traceback__
    while frames and not Path(frames.tb_frame.f_code.co_filename).is_relative_to(PACKAGE):
        frames = frames.tb_next  # the test itself has the key
    told = traceback.TracebackException(type(error), error, frames, capture_locals=True)
    plain = traceback.format_exception(error)
    chain, link = [], error
    while link is not None:
        chain.append(f"{link!r} {link} {vars(link)} {link.args}")
        link = link.__cause__ or link.__context__
    return ["".join(told.format()), "".join(plain), *chain, pickle.dumps(error).decode("latin-1")]


def test_what_a_program_shows_does_not_show_it(client):
    task = Task(title="Paint", qty=1)
    task.save()
    tasks = Task.objects.using(client).filter(Q(qty__gt=0) | ~Q(title="x"))
    shown = [client, tasks, tasks.explain(), tasks.to_dict(), task, list(tasks), Task, Task._meta, Task.title]
    shown += [Task.bind(client), task.to_dict(), task.to_wire(), client.list_databases(), vars(client), vars(tasks)]
    shown += [vars(part) for part in vars(client).values() if hasattr(part, "__dict__")]
    assert not seen_in(*(form(one) for one in shown for form in (repr, str)))


def test_the_log_of_a_program_does_not_have_it(client, log):
    task = Task.objects.create(title="Paint")
    task.qty = 2
    task.save()
    list(Task.objects.filter(qty=2))
    with pytest.raises(softrorm.NotFound):
        client.get_table("none", "none")
    task.delete()
    lines = log.getvalue()
    assert "PATCH /databases/" in lines
    assert not seen_in(lines)
    assert "Softr-Api-Key" not in lines


def failures(service, client, closed_port):
    """A call that fails in each of the ways there are, with what it raises."""
    place = Task.bind(client)
    records = (place.database, place.table)
    quick = {"api_key": KEY, "deadline": 0.3, "timeout": (0.1, 0.1), "rates": (1000, 1000)}
    yield softrorm.NotFound, lambda: client.get_record(*records, "none")
    yield softrorm.BadRequest, lambda: client.create_record(*records, {place.ids["qty"]: "many"})
    yield softrorm.UnknownField, lambda: client.create_record(*records, {"zzzzz": 1})
    yield Task.DoesNotExist, lambda: Task.objects.get(id="none")
    yield Task.DoesNotExist, lambda: Task.objects.get(title="none")
    yield softrorm.InvalidValue, lambda: Task(title="far too long a title")
    yield softrorm.InvalidQuery, lambda: Task.objects.filter(titel="x")
    yield softrorm.ConfigurationError, lambda: Client("http://example.com", api_key=KEY)
    yield softrorm.ConfigurationError, lambda: Client("https://example.com", api_key=KEY + "\n" + KEY)
    yield softrorm.ConfigurationError, lambda: Client("https://example.com", api_key=KEY, max_workers=0)
    yield softrorm.ConfigurationError, lambda: softrorm.configure(url="http://example.com", api_key=KEY)
    yield softrorm.ConfigurationError, lambda: Client(service.url, api_key=lambda: KEY + "\n" + KEY).list_databases()
    yield TransportError, lambda: Client(f"http://127.0.0.1:{closed_port}/api/v1", **quick).list_databases()
    yield TransportError, lambda: client.search_records(*records, {"filter": {1, 2}})


def test_no_error_has_it_nor_its_traceback_nor_its_pickle(service, client, closed_port, log):
    for kind, call in failures(service, client, closed_port):
        with pytest.raises(SoftrError) as raised:
            call()
        assert not seen_in(*every_word_of(raised.value)), kind
        assert isinstance(raised.value, (kind, softrorm.InvalidValue))
        again = pickle.loads(pickle.dumps(raised.value))
        assert (type(again), str(again)) == (type(raised.value), str(raised.value))
    assert not seen_in(log.getvalue())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{",
    ],
    ids=["no answer", "half an answer", "no HTTP", "no JSON"],
)
@pytest.mark.parametrize(
    "call",
    [lambda client: client.list_databases(), lambda client: client.create_record("base", "table", {"E08c0": "x"})],
    ids=["read", "create"],
)
def test_no_broken_answer_brings_it_up(answer, call, log):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = []

        def serve():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    asked.append(peer.recv(65536))
                    peer.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        with (
            Client(url, api_key=KEY, deadline=0.4, rates=(1000, 1000)) as client,
            pytest.raises(TransportError) as raised,
        ):
            call(client)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert KEY.encode() in asked[0]  # it was sent, where it belongs
    assert not seen_in(*every_word_of(raised.value), log.getvalue())


def test_a_service_that_repeats_it_is_not_quoted(service, client, log):
    service.repeats = True
    with pytest.raises(APIError) as raised:
        client.list_databases()
    assert not seen_in(*every_word_of(raised.value), log.getvalue())


def test_no_event_and_no_capture_has_it(service, client, closed_port):
    told = []
    hooks = (events.on_request, events.on_response, events.on_retry, events.on_throttle)
    for hook in hooks:
        hook.connect(told.append)
    try:
        with softrorm.capture() as requests:
            Task.objects.bulk_create([Task(title="one"), Task(title="two")])
            list(Task.objects.filter(title="one"))
            service.faults.add("lost_answer", method="GET")
            client.list_databases()
            with pytest.raises(TransportError):
                Client(f"http://127.0.0.1:{closed_port}/api/v1", api_key=KEY, deadline=0.6).list_databases()
            with Client(service.url, api_key=KEY, rates=(50, 50)) as paced:
                paced.list_databases(), paced.list_databases()
            service.repeats = True
            with pytest.raises(APIError):
                client.list_databases()
    finally:
        for hook in hooks:
            hook.disconnect(told.append)
    assert {type(event).__name__ for event in told} == {"RequestEvent", "ResponseEvent", "RetryEvent", "ThrottleEvent"}
    assert len(requests) >= 6
    values = [[getattr(one, field.name) for field in dataclasses.fields(one)] for one in (*told, *requests)]
    assert not seen_in(*map(repr, (*told, *requests, values, requests, *requests.groups())), str(requests))
    assert not seen_in(pickle.dumps([*told, *requests]).decode("latin-1"))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_of_a_record_has_it(client, protocol):
    task = Task.objects.create(title="Paint", qty=1)
    task.qty = 2
    records = [task, *Task.objects.all(), Task(title="new")]
    data = pickle.dumps(records, protocol)
    assert not seen_in(data.decode("latin-1"))
    again = pickle.loads(data)
    assert [one.title for one in again] == ["Paint", "Paint", "new"]
    assert again[0].dirty_fields == {"qty": 2}


def test_no_pickle_or_copy_of_a_client_is_made(client):
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            way(client)


def test_nothing_that_lives_on_after_a_failure_holds_the_request_that_had_it(client):
    # requests' own exceptions hold the prepared request; one that was kept alive would show the header.
    with pytest.raises(TransportError):
        Client("http://127.0.0.1:9/api/v1", api_key=KEY, deadline=0.2).list_databases()
    gc.collect()
    held = [one for one in gc.get_objects() if type(one).__name__ == "PreparedRequest"]
    assert not seen_in(*(str(one.headers) for one in held))

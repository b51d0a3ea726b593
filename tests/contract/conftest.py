"""Cassettes: HTTP exchanges in files, one file per test, played to the real client below requests and urllib3.

``documented`` plays what the June 2025 document prints; ``recorded`` plays what was recorded from a sandbox or from a
live account, and records anew with ``--record`` or ``--live``. A request must equal the one in the file in method,
address, query and JSON, types included; sockets are shut while a file plays, and every exchange in it has to be asked
for. cassettes/README.md tells the rest.
"""

import json
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from vcr import VCR

from softrorm import Client, Dialect
from softrorm.client import default
from softrorm.client.address import DEFAULT_URL
from softrorm.sandbox import Sandbox

CASSETTES = Path(__file__).parents[2] / "cassettes"
KEY = "key-of-a-test"
WORKSPACE = "00000000-0000-4000-8000-000000000000"
UNPACED = (100_000, 100_000)


def pytest_generate_tests(metafunc):
    if "recorded" not in metafunc.fixturenames:
        return
    name = metafunc.function.__name__.removeprefix("test_")
    if metafunc.config.option.live:
        sources = ["live"]
    elif metafunc.config.option.record:
        sources = ["sandbox"]
    else:
        sources = ["sandbox", *(["live"] if (CASSETTES / "live" / f"{name}.yaml").exists() else [])]
    metafunc.parametrize("recorded", sources, indirect=True)


def pytest_collection_modifyitems(config, items):
    for item in items:
        used = getattr(item, "fixturenames", ())
        if "recorded" in used and config.option.live:
            item.add_marker("enable_socket")
        elif "documented" in used or ("recorded" in used and not config.option.record):
            item.add_marker("disable_socket")


def same_json(made, recorded):
    """Whether two bodies are the same JSON; 1, 1.0 and true are three things."""
    made, recorded = (
        body and json.dumps(json.loads(body), indent=1, sort_keys=True) for body in (made.body, recorded.body)
    )
    assert (made or None) == (recorded or None), f"sent {made}\nbut the cassette has {recorded}"


def player(**options):
    """A VCR that compares whole requests."""
    vcr = VCR(match_on=("method", "scheme", "host", "port", "path", "query", "same_json"), **options)
    vcr.register_matcher("same_json", same_json)
    return vcr


@pytest.fixture
def _passed(request):
    """Whether the test has passed: one that failed need not be told that it left a cassette half played."""
    failed = request.session.testsfailed
    return lambda: request.session.testsfailed == failed


@pytest.fixture
def documented(_passed):
    """Plays a documented exchange: ``client = documented("records/create_record")``, in the dialect of the document."""
    played = []

    def play(name, dialect=Dialect.JUNE_2025):
        path = CASSETTES / "documented" / f"{name}.yaml"
        assert path.exists(), f"there is no {path.relative_to(CASSETTES.parent)}"
        tape = player(record_mode="none").use_cassette(str(path))
        played.append((name, tape, tape.__enter__()))
        return default.configure(Client(api_key=KEY, dialect=dialect, rates=UNPACED))

    yield play
    for name, tape, cassette in reversed(played):
        tape.__exit__(None, None, None)
        assert cassette.all_played or not _passed(), (
            f"{name}: {cassette.play_count} of {len(cassette)} exchanges were asked for"
        )


class Recorder:
    """The cassette of one test, while it plays or is recorded.

    Attributes:
        url: Where the requests go.
        workspace: A workspace for scratch databases.
        client: A client with the right key, also the default one.
        database: The id of a scratch database, removed at the end.
    """

    def __init__(self, source, url, key, workspace, rates):
        self.source = source
        self.url = url
        self.key = key
        self.workspace = workspace
        self._rates = rates
        self._paused = False
        self.client = default.configure(self.new_client(key))

    def new_client(self, key):
        """A client with another key."""
        return Client(self.url, api_key=key, rates=self._rates, max_workers=1)

    @property
    def is_recording(self):
        return self.source is not None

    @contextmanager
    def unrecorded(self):
        """For the preparations of a recording: what is asked meanwhile stays out of the cassette."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False

    def request(self, request):
        """A request as it is kept: no key, no address of a server on some port, no workspace of an account."""
        if self._paused:
            return None
        request.uri = DEFAULT_URL + request.uri.removeprefix(self.url)
        request.headers = {name: value for name, value in request.headers.items() if name == "Content-Type"}
        if request.body:
            request.body = self._scrubbed(request.body)
        return request

    def response(self, response):
        """An answer as it is kept: the headers that mean something, and no workspace of an account."""
        kept = {name: value for name, value in response["headers"].items() if name in ("Content-Type", "Retry-After")}
        return {**response, "headers": kept, "body": {"string": self._scrubbed(response["body"]["string"])}}

    def _scrubbed(self, body):
        return body.replace(self.workspace.encode(), WORKSPACE.encode()).replace(self.key.encode(), b"***")

    def serialize(self, cassette):
        """The file: where it comes from, then what vcrpy writes, with bodies on one line each."""
        origin = {"recorded_from": "softrorm sandbox" if self.source == "sandbox" else urlsplit(self.url).hostname}
        return yaml.safe_dump({**origin, **cassette}, sort_keys=False, width=1_000_000)

    @staticmethod
    def deserialize(text):
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.fixture
def recorded(request, settings, pytestconfig, _passed):
    """Plays or records the exchanges of one test; gives a :class:`Recorder` with a scratch database."""
    name = request.function.__name__.removeprefix("test_")
    path = CASSETTES / request.param / f"{name}.yaml"
    if pytestconfig.option.live:
        missing = [name for name in ("SOFTR_API_KEY", "SOFTR_WORKSPACE") if name not in settings]
        if missing:
            pytest.skip(
                f"--live needs {' and '.join(missing)}: the key of an account and the id of a scratch workspace"
            )
        url = settings.get("SOFTR_URL", DEFAULT_URL).rstrip("/")
        yield from _record(path, Recorder("live", url, settings["SOFTR_API_KEY"], settings["SOFTR_WORKSPACE"], None))
    elif pytestconfig.option.record:
        with Sandbox(keys=[KEY]) as sandbox, sandbox.serve() as server:
            yield from _record(path, Recorder("sandbox", server.url, KEY, sandbox.workspace_id, UNPACED))
    else:
        assert path.exists(), (
            f"there is no {path.relative_to(CASSETTES.parent)}; make it with: pytest {request.path} --record"
        )
        yield from _play(path, Recorder(None, DEFAULT_URL, KEY, WORKSPACE, UNPACED), _passed)


def _record(path, recorder):
    path.unlink(missing_ok=True)
    vcr = player(record_mode="all", before_record_request=recorder.request, before_record_response=recorder.response)
    vcr.register_serializer("softrorm", recorder)
    with vcr.use_cassette(str(path), serializer="softrorm", decode_compressed_response=True):
        yield from _with_scratch_database(recorder)


def _play(path, recorder, passed):
    vcr = player(record_mode="none")
    vcr.register_serializer("softrorm", recorder)
    with vcr.use_cassette(str(path), serializer="softrorm") as cassette:
        yield from _with_scratch_database(recorder)
    assert cassette.all_played or not passed(), (
        f"{path.name}: {cassette.play_count} of {len(cassette)} exchanges were asked for"
    )


def _with_scratch_database(recorder):
    database = recorder.client.create_database("softrorm scratch", recorder.workspace)
    recorder.database = database.id
    try:
        yield recorder
    finally:
        recorder.client.delete_database(database.id, force=True)
        recorder.client.close()

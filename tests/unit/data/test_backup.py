"""Backing up: what the folder holds, that it can be checked, and that an interruption loses nothing."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import signal
import sys
import time
from contextlib import nullcontext, suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from softrorm import ConfigurationError
from softrorm.client.default import configure
from softrorm.data.archive import Archive, verify
from softrorm.data.backup import backup
from softrorm.schema import create_tables

_spec = importlib.util.spec_from_file_location("filing_backup", Path(__file__).with_name("filing.py"))
filing = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(filing)


@pytest.fixture(scope="module")
def server():
    with filing.FileServer().running() as server:
        yield server


@pytest.fixture
def plan(server):
    """A client of a database with five teams and twelve tasks, five of them with a file."""
    server.files.clear()
    server.asked.clear()
    with filing.FilingSandbox(server) as sandbox:
        client = configure(sandbox.client())
        create_tables(client, [filing.Team, filing.Task])
        filing.fill(client, server, tasks=12)
        yield client


def database(client):
    [found] = client.list_databases()
    return found


def back_up(client, folder, **options):
    return backup(client, database(client), folder, sleep=lambda _: None, **options)


def test_a_backup_holds_schema_records_and_files(plan, tmp_path):
    manifest = back_up(plan, tmp_path / "plan")
    archive = Archive(tmp_path / "plan")
    assert verify(tmp_path / "plan") == []
    assert manifest.missing == 0
    assert [kept.lines for kept in manifest.tables.values()] == [5, 12]
    schema = archive.schema()
    assert schema["tables"] == [table.to_wire() for table in plan.list_tables(database(plan).id)]
    tasks = filing.Task._meta.binding(plan)
    rows = list(archive.records(tasks.table))
    live = [row for page in [plan.list_records(tasks.database, tasks.table)] for row in page]
    files = tasks.ids["files"]
    for row in live:
        for file in row["fields"][files]:
            del file["url"]
    assert rows == live
    for file in archive.files():
        assert (tmp_path / "plan" / file["path"]).read_text("utf-8").startswith("file ")
        assert file["path"].endswith(".txt")
    # Files of the same content are stored once.
    assert len(list((tmp_path / "plan" / "files").rglob("*.txt"))) == 3


def test_links_and_keys_are_not_in_a_backup(plan, server, tmp_path):
    back_up(plan, tmp_path / "plan")
    for path in (tmp_path / "plan").rglob("*.json*"):
        assert b"X-Amz" not in path.read_bytes()
        assert server.url.encode() not in path.read_bytes()


def test_it_costs_a_request_a_page_one_a_count_and_one_for_the_schema(plan, tmp_path):
    found, requests = database(plan), plan.sandbox.requests
    del requests[:]
    backup(plan, found, tmp_path / "plan")
    assert len(requests) == 1 + 2
    del requests[:]
    backup(plan, found, tmp_path / "again", progress=lambda *_: None)
    assert len(requests) == 1 + 2 * 2


def test_an_interrupted_backup_goes_on_and_fetches_no_file_twice(plan, server, tmp_path, monkeypatch):
    seen = []

    def interrupted(done, total):
        seen.append((done, total))
        if done == 17:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(plan, tmp_path / "plan", progress=interrupted)
    assert seen == [(5, 17), (17, 17)]
    assert any("not finished" in one for one in verify(tmp_path / "plan"))
    with (tmp_path / "plan" / "files.jsonl").open("a") as file:
        file.write('{"id": "attachments/cut off')
    fetched = len(server.asked)
    assert back_up(plan, tmp_path / "plan").finished
    assert len(server.asked) == fetched == 5
    assert verify(tmp_path / "plan") == []


def test_a_file_whose_link_expired_is_asked_for_anew_and_one_that_is_gone_is_told(plan, server, tmp_path):
    kept = [path for path in server.files if path.startswith("attachments/")]
    server.files[kept[0]] = 403
    manifest = back_up(plan, tmp_path / "plan")
    assert manifest.missing == 1
    assert server.asked.count(kept[0]) == 3
    [missing] = [one for one in Archive(tmp_path / "plan").files() if "missing" in one]
    assert missing["missing"] == "answered 403, 3 times"
    assert verify(tmp_path / "plan") == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_whoever_interrupts_a_backup_does_not_wait_for_the_files_under_way(plan, tmp_path, monkeypatch):
    began = time.monotonic()
    under_way = count(1)

    def pieces(_):
        if next(under_way) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        while time.monotonic() < began + 10:
            yield b"piece"
            time.sleep(0.001)

    endless = SimpleNamespace(status_code=200, iter_content=pieces)
    with monkeypatch.context() as patched:
        patched.setattr("requests.Session.get", lambda *_, **__: nullcontext(endless))
        with pytest.raises(KeyboardInterrupt):
            back_up(plan, tmp_path / "plan")
    assert time.monotonic() < began + 5
    assert back_up(plan, tmp_path / "plan").missing == 0
    assert verify(tmp_path / "plan") == []
    assert not list((tmp_path / "plan").rglob("*.part"))


def test_a_disk_that_is_full_ends_the_backup_which_can_go_on(plan, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("softrorm.data.files.Fetcher._store", full)
        with pytest.raises(OSError, match="No space left"):
            back_up(plan, tmp_path / "plan")
    assert back_up(plan, tmp_path / "plan").missing == 0
    assert verify(tmp_path / "plan") == []


@pytest.mark.parametrize("writes", range(1, 9))
def test_a_backup_that_is_killed_at_any_write_goes_on(plan, tmp_path, monkeypatch, writes):
    left, replace = writes, Path.replace

    def killed(self, target):
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt  # before what was written gets its name
        return replace(self, target)

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(Path, "replace", killed)
        assert back_up(plan, tmp_path / "plan").finished
        pytest.skip("it was whole by then")
    assert back_up(plan, tmp_path / "plan").finished
    assert verify(tmp_path / "plan") == []


@pytest.mark.skipif(sys.platform == "win32", reason="nothing keeps two processes from one folder there")
def test_two_backups_into_one_folder_do_not_get_into_each_others_way(plan, tmp_path):
    (tmp_path / "plan").mkdir()
    with Archive(tmp_path / "plan").alone(), pytest.raises(ConfigurationError, match="is in use by another process"):
        back_up(plan, tmp_path / "plan")
    assert back_up(plan, tmp_path / "plan").finished


def test_an_empty_database_is_backed_up_too(client, tmp_path):
    found = client.create_database("Empty", client.sandbox.workspace_id)
    manifest = backup(client, found, tmp_path / "empty")
    assert (manifest.finished is not None, manifest.tables) == (True, {})
    assert verify(tmp_path / "empty") == []


def test_the_progress_of_a_backup_begins_where_the_last_one_ended(plan, tmp_path):
    def interrupted(done, _):
        if done == 17:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(plan, tmp_path / "plan", progress=interrupted)
    seen = []
    back_up(plan, tmp_path / "plan", progress=lambda *numbers: seen.append(numbers))
    assert seen == [(5, 17), (17, 17)]


def test_a_change_on_the_disk_is_seen(plan, tmp_path):
    root = tmp_path / "plan"
    back_up(plan, root)
    [first, *_] = [root / one["path"] for one in Archive(root).files()]
    first.write_bytes(b"other")
    tasks = Archive(root).records_file(filing.Task._meta.binding(plan).table)
    tasks.write_bytes(tasks.read_bytes()[:-10])
    (root / "schema.json").write_text("{}")
    wrong = verify(root)
    assert "schema.json is not what it was" in wrong
    assert f"records/{tasks.name} (Tasks) is not what it was" in wrong
    assert sum("(Note" in one for one in wrong) in {1, 2}
    first.unlink()
    assert any("is not there" in one for one in verify(root))


def test_a_folder_that_holds_something_else_is_left_alone(plan, tmp_path):
    (tmp_path / "thesis.txt").write_text("a year of work", "utf-8")
    with pytest.raises(ConfigurationError, match="is not empty and holds no backup"):
        back_up(plan, tmp_path)
    with pytest.raises(ConfigurationError, match="is no backup"):
        verify(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"name": "app"}), "utf-8")
    with pytest.raises(ConfigurationError, match="is not the manifest of a softrorm backup 1"):
        back_up(plan, tmp_path)


def test_a_backup_goes_on_only_where_nothing_else_is_meant(plan, tmp_path):
    root = tmp_path / "plan"

    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(plan, root, progress=interrupted)
    other = plan.create_database("Other", plan.sandbox.workspace_id)
    with pytest.raises(ConfigurationError, match="holds a backup of the database 'Plan'"):
        backup(plan, other, root)
    plan.delete_database(other.id)
    tasks = filing.Task._meta.binding(plan)
    plan.create_field(tasks.database, tasks.table, "New", "NUMBER")
    with pytest.raises(ConfigurationError, match="are not what they were"):
        back_up(plan, root)
    back_up(plan, tmp_path / "whole")
    with pytest.raises(ConfigurationError, match="holds a backup that was finished at"):
        back_up(plan, tmp_path / "whole")

"""``softrorm probe``: asks before it does anything, writes a report and a dialect, and cleans up when it is stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from softrorm import Client, Dialect
from softrorm.cli import main
from softrorm.sandbox import Sandbox
from softrorm.schema.probe.scratch import ABOUT, PREFIX


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOFTR_URL", "sandbox:lab.db")


@pytest.fixture
def at_a_terminal(monkeypatch):
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)


def run(*arguments, **options):
    return CliRunner().invoke(main, ["probe", *arguments], **options)


def left():
    return Client("sandbox:lab.db").list_databases()


def test_the_report_and_the_dialect_are_written_and_the_dialect_loads(tmp_path):
    answer = run("--yes")
    assert answer.exit_code == 0, answer.output
    assert re.search(r"^sort_key +settled +only sorting works$", answer.stdout, re.MULTILINE)
    dialect = Dialect.load("softr-dialect.json")
    assert dialect.nulls == "last"
    assert Client("sandbox:", dialect=dialect).dialect.negatives_match_empty is True
    assert (tmp_path / "softr-probe.md").read_text("utf-8").startswith("# What this service does")
    assert left() == []


def test_what_differs_is_told_beside_the_result():
    answer = run("--yes")
    assert "the scratch database is removed." in answer.stderr
    assert "The dialect differs from 'current' in:\n" in answer.stderr
    assert "  nulls: last instead of unknown\n" in answer.stderr


def test_json_is_the_whole_report():
    told = json.loads(run("--yes", "--json", "--dialect", "d.json", "--report", "r.md").stdout)
    assert Dialect.from_json(json.dumps(told["dialect"])) == Dialect.load("d.json")
    assert {one["verdict"] for one in told["findings"]} >= {"settled", "either works", "open", "noted", "not tried"}


def test_rows_and_a_file_settle_what_stays_open_without_them():
    answer = run("--yes", "--json", "--rows", "201", "--attachment", "https://example.com/a.png")
    verdicts = {one["key"]: one["verdict"] for one in json.loads(answer.stdout)["findings"]}
    assert [key for key, verdict in verdicts.items() if verdict in {"open", "not tried"}] == ["rates"]
    assert "at most 380 requests" in answer.stderr


def test_it_says_what_it_will_do_and_asks(at_a_terminal, tmp_path):
    answer = run("--workspace", "w-1", input="n\n")
    assert answer.exit_code == 1
    assert "In a scratch database in workspace w-1 at sandbox:lab.db, which is removed" in answer.stderr
    assert "at most 179 requests: about 45 s." in answer.stderr
    assert "Nothing was sent." in answer.stderr
    assert not list(tmp_path.glob("softr-*"))
    assert run(input="y\n").exit_code == 0


def test_where_nobody_can_be_asked_it_wants_yes():
    answer = run()
    assert answer.exit_code == 2
    assert "give --yes" in answer.stderr


def left_behind(minutes):
    """What a probe makes that was killed so many minutes ago."""
    moment = time.time() - 60 * minutes
    with Sandbox("lab.db", clock=lambda: moment) as sandbox:
        client = sandbox.client()
        database = client.create_database(f"{PREFIX} 0123abcd", sandbox.workspace_id, ABOUT)
        client.create_table(database.id, "Main")


def test_what_a_killed_probe_left_behind_is_removed_when_the_user_says_so(at_a_terminal):
    left_behind(minutes=90)
    answer = run(input="y\nn\n")
    assert answer.exit_code == 0
    assert "called 'softrorm probe 0123abcd' was left behind by a probe on 20" in answer.stderr
    assert [one.name for one in left()] == ["softrorm probe 0123abcd"]
    assert "Remove it? [Y/n]:" in run(input="y\n\n").stderr
    assert left() == []


def test_without_questions_it_is_removed_too():
    left_behind(minutes=90)
    assert "; it is removed." in run("--yes").stderr
    assert left() == []


def test_where_another_probe_may_be_at_work_nothing_is_removed():
    left_behind(minutes=10)
    answer = run("--yes")
    assert answer.exit_code == 0
    assert "called 'softrorm probe 0123abcd' is less than an hour old" in answer.stderr
    assert [one.name for one in left()] == ["softrorm probe 0123abcd"]


def test_without_a_yes_nothing_is_sent(at_a_terminal, tmp_path):
    with Sandbox() as sandbox, sandbox.serve() as server:
        for options in ({"input": "n\n"}, {"input": ""}):
            answer = run("--url", server.url, "--workspace", "w", env={"SOFTR_API_KEY": "key"}, **options)
            assert answer.exit_code != 0
        assert sandbox.requests == []


def test_a_key_that_may_make_no_database_is_told_and_nothing_is_left():
    with Sandbox(keys=["another"]) as sandbox, sandbox.serve() as server:
        answer = run("--url", server.url, "--workspace", "w", "--yes", env={"SOFTR_API_KEY": "key"})
        assert answer.exit_code == 3
        assert [one.method for one in sandbox.requests] == ["GET"]


def test_a_file_that_cannot_be_written_is_told_before_anything_is_sent():
    answer = run("--yes", "--report", "nowhere/r.md")
    assert answer.exit_code == 2
    assert "nowhere/r.md: there is no folder nowhere" in answer.stderr


def test_what_is_left_behind_ends_it_with_a_failure_that_names_it(monkeypatch):
    monkeypatch.setattr("softrorm.schema.probe.scratch.Scratch._delete", lambda self: 1 / 0)
    answer = run("--yes")
    [database] = left()
    assert answer.exit_code == 3
    assert f"database {database.id} called {database.name!r} could not be removed" in answer.stderr
    assert Dialect.load("softr-dialect.json")


def test_ctrl_c_removes_the_database_and_names_it_if_it_cannot(monkeypatch):
    def interrupt(lab, **switches):
        raise KeyboardInterrupt

    monkeypatch.setattr("softrorm.schema.probe.lab.Lab.settle", interrupt)
    answer = run("--yes")
    assert answer.exit_code == 130
    assert "The scratch database is removed.\nInterrupted.\n" in answer.stderr
    assert left() == []
    monkeypatch.setattr("softrorm.schema.probe.scratch.Scratch._delete", lambda self: 1 / 0)
    answer = run("--yes")
    assert answer.exit_code == 130
    assert f"database {left()[0].id} called" in answer.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_is_told_to_stop_removes_its_database(number, tmp_path):
    with Sandbox() as sandbox, sandbox.serve(latency=0.005) as server:
        environment = {**os.environ, "SOFTR_URL": server.url, "SOFTR_API_KEY": "sandbox"}
        command = [sys.executable, "-m", "softrorm", "probe", "--workspace", "w", "--yes"]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
        until = time.monotonic() + 20
        while len(sandbox.requests) < 15 and time.monotonic() < until:
            time.sleep(0.005)
        assert sandbox.client().list_databases()
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 130, said
        assert sandbox.client().list_databases() == []


def test_where_the_workspace_is_not_known_nothing_is_asked(monkeypatch):
    monkeypatch.setenv("SOFTR_URL", "https://softr.example/api/v1")
    monkeypatch.setenv("SOFTR_API_KEY", "key")
    answer = run()
    assert answer.exit_code == 2
    assert "--workspace or SOFTR_WORKSPACE" in answer.stderr
    assert "scratch database at" not in answer.stderr

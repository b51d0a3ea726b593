"""``softrorm sandbox`` as a process: what it prints, whom it serves, how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
from click.testing import CliRunner

from softrorm import Client, Dialect
from softrorm.cli import main

WORKSPACE = "7f1d7c9e-6d0f-4f6e-9a43-0a6f3a2c1b5d"


@contextmanager
def running(*options):
    """The command as a process with its address; interrupted at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "softrorm", "sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)


def test_the_first_line_is_an_address_that_clients_can_use():
    with running() as (process, url):
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/api/v1")
        with Client(url, "any key") as client:
            database = client.create_database("Made over HTTP", WORKSPACE)
            assert [one.id for one in client.list_databases()] == [database.id]
        process.send_signal(signal.SIGINT)
        rest, complaints = process.stdout.read(), process.stderr.read()
        process.wait(timeout=10)
    assert f"export SOFTR_URL={url} SOFTR_API_KEY=sandbox" in rest
    assert "    export SOFTR_WORKSPACE=" in rest
    assert (process.returncode, complaints) == (0, "Stopped.\n")


def test_a_file_keeps_the_data_from_one_run_to_the_next(tmp_path):
    file = str(tmp_path / "dev.sqlite")
    with running("--file", file) as (_, url), Client(url, "any key") as client:
        database = client.create_database("Kept", WORKSPACE)
    with running("--file", file) as (_, url), Client(url, "any key") as client:
        assert client.get_database(database.id).name == "Kept"


def test_being_terminated_is_an_orderly_end_too():
    with running() as (process, _):
        process.terminate()
        complaints = process.stderr.read()
        process.wait(timeout=10)
    assert (process.returncode, complaints) == (0, "Stopped.\n")


def test_dialect_and_rate_policy_reach_the_sandbox():
    with running("--dialect", "june-2025", "--rate-policy", "sliding_log") as (_, url), requests.Session() as session:
        session.headers["Softr-Api-Key"] = "any key"
        answers = [session.get(f"{url}/databases").status_code for _ in range(40)]
    # 20 a second in the dialect of June 2025; today's 40 would not have been reached.
    assert answers[:20] == [200] * 20
    assert 429 in answers


@pytest.mark.parametrize(("options", "status"), [([], 200), (["--strict"], 404)])
def test_a_strict_one_takes_the_forms_of_its_dialect_alone(options, status):
    with running("--dialect", "june-2025", *options) as (_, url), Client(url, "any key", dialect="june-2025") as client:
        database = client.create_database("Made over HTTP", WORKSPACE)
        table = client.create_table(database.id, "Notes", primary_field_name="Text")
        note = client.create_record(database.id, table.id, {})
        address = f"{url}/databases/{database.id}/tables/{table.id}/records/{note['id']}"
        answer = requests.patch(address, json={"fields": {}}, headers={"Softr-Api-Key": "any key"}, timeout=5)
    assert answer.status_code == status


def test_the_dialect_may_be_a_file_that_the_probe_wrote(tmp_path):
    file = tmp_path / "softr-dialect.json"
    file.write_text(replace(Dialect.CURRENT, page_size=1, name="found").to_json())
    with running("--dialect", str(file)) as (_, url), Client(url, "any key") as client:
        database = client.create_database("Made over HTTP", WORKSPACE)
        table = client.create_table(database.id, "Notes", primary_field_name="Text")
        for _ in range(2):
            client.create_record(database.id, table.id, {})
        assert len(client.list_records(database.id, table.id, limit=2)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "--dialect is 'no.json', which is no file; give current, june-2025, or the file that softrorm probe"),
        ("{", "no.json: a dialect is a JSON object of switches; this is no JSON"),
        ('{"sort": 1}', "no.json: a dialect has no switch 'sort'; there are: "),
    ],
)
def test_a_file_that_holds_no_dialect_is_wrong_usage(tmp_path, monkeypatch, text, said):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "no.json").write_text(text)
    answer = CliRunner().invoke(main, ["sandbox", "--dialect", "no.json"])
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_rates_and_latency_reach_the_sandbox():
    options = ["--rate-policy", "sliding_log", "--reads-per-second", "5", "--latency", "0.02", "--jitter", "0.001"]
    with running(*options) as (_, url), requests.Session() as session:
        session.headers["Softr-Api-Key"] = "any key"
        answers = [session.get(f"{url}/databases") for _ in range(6)]
        told = session.get(url.removesuffix("/api/v1") + "/-/requests").json()["requests"]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert all(one.elapsed.total_seconds() >= 0.02 for one in answers)
    assert [one["status"] for one in told] == [200] * 5 + [429]


def test_rates_without_a_policy_would_do_nothing_and_are_a_usage_error():
    answer = CliRunner().invoke(main, ["sandbox", "--reads-per-second", "20"])
    assert answer.exit_code == 2
    assert "--rate-policy sliding_log, fixed_window, sliding_counter, token_bucket" in answer.stderr


def test_a_port_that_is_taken_is_named_with_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = CliRunner().invoke(main, ["sandbox", "--port", str(port)])
    assert answer.exit_code == 2
    assert f"Cannot listen on 127.0.0.1 port {port}: " in answer.stderr
    assert "--port 0 picks a free port" in answer.stderr
    assert answer.stdout == ""


def test_a_file_that_is_no_database_is_refused(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("These are notes and no database.\n" * 100)
    answer = CliRunner().invoke(main, ["sandbox", "--file", str(file)])
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"Error: The file {str(file)!r} cannot keep a sandbox's data: ")
    assert file.read_text().startswith("These are notes")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "70000"),
        ("--rate-policy", "none at all"),
        ("--reads-per-second", "0"),
        ("--latency", "-1"),
    ],
)
def test_an_option_that_will_not_do_is_a_usage_error(option, value):
    answer = CliRunner().invoke(main, ["sandbox", option, value])
    assert answer.exit_code == 2
    assert f"Invalid value for '{option}'" in answer.stderr


def test_the_signal_handlers_are_put_back(tmp_path):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    CliRunner().invoke(main, ["sandbox", "--file", str(tmp_path / "nowhere" / "dev.sqlite")])
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before

"""How commands find the service, and that the key stays a secret."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from softrorm import ConfigurationError, Dialect
from softrorm.cli import connection
from softrorm.cli.connection import open_client, setting, settings
from softrorm.client.events import RetryEvent, on_retry
from softrorm.client.exchange import Kind

KEY = "key-that-nobody-may-see-4711"


def revealed(client):
    return client._credentials.current().reveal()


def test_the_key_comes_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv("SOFTR_API_KEY", KEY)
    with open_client() as client:
        assert revealed(client) == KEY
        assert client.url == "https://tables-api.softr.io/api/v1"


def test_or_from_a_file_in_the_working_directory(folder):
    Path(".env").write_text(f"SOFTR_API_KEY={KEY}\nSOFTR_URL=http://127.0.0.1:1/api/v1\n")
    with open_client() as client:
        assert (revealed(client), client.url) == (KEY, "http://127.0.0.1:1/api/v1")
    with open_client("http://localhost:2/api/v1") as client:
        assert (revealed(client), client.url) == (KEY, "http://localhost:2/api/v1")


def test_the_environment_goes_before_the_file(folder, monkeypatch):
    Path(".env").write_text("SOFTR_API_KEY=of-the-file\n")
    monkeypatch.setenv("SOFTR_API_KEY", KEY)
    with open_client() as client:
        assert revealed(client) == KEY


def test_a_folder_does_not_decide_where_the_key_of_the_environment_goes(folder, monkeypatch):
    Path(".env").write_text("SOFTR_URL=https://elsewhere.example/api/v1\n")
    monkeypatch.setenv("SOFTR_API_KEY", KEY)
    refused = pytest.raises(ConfigurationError, match="the key goes nowhere that a file in a folder says")
    with refused as error, open_client():
        pass
    assert KEY not in str(error.value)
    monkeypatch.setenv("SOFTR_URL", "https://chosen.example/api/v1")
    with open_client() as client:
        assert client.url == "https://chosen.example/api/v1"


def test_a_sandbox_needs_no_key_and_gets_none(folder, monkeypatch):
    monkeypatch.setenv("SOFTR_API_KEY", KEY)
    Path(".env").write_text("SOFTR_URL=sandbox:dev.db\n")
    with open_client() as client:
        assert revealed(client) == "sandbox"


@pytest.mark.parametrize("address", ["sandbox", "crm.db"])
def test_an_address_that_will_not_do_is_told_before_a_key_is_missed(folder, run, monkeypatch, address):
    monkeypatch.setenv("SOFTR_URL", address)
    answer = run("databases", code=2)
    assert f"address '{address}' is not one that requests can be sent to; give" in answer.stderr
    assert "API key" not in answer.stderr


def test_a_sandbox_whose_file_is_not_there_is_told_and_leaves_none_unless_something_is_put_into_it(folder, run):
    for command, code in ((["databases"], 0), (["tables", "Tracker"], 2)):
        answer = run(*command, "--url", "sandbox:cmr.db", code=code)
        assert answer.stderr.startswith("sandbox:cmr.db is not there, so it is a new, empty sandbox.\n")
        assert list(folder.iterdir()) == []
    with open_client("sandbox:cmr.db") as client:
        client.create_database("CRM", client.sandbox.workspace_id)
    assert "CRM" in run("databases", "--url", "sandbox:cmr.db").stdout


def test_at_a_terminal_a_person_is_asked_and_the_answer_is_not_shown(folder, monkeypatch):
    asked = {}

    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(connection.click, "prompt", lambda text, **how: asked.update(text=text, **how) or KEY)
    with open_client("https://chosen.example/api/v1") as client:
        assert revealed(client) == KEY
    assert asked == {
        "text": "API key for https://chosen.example/api/v1 (not shown)",
        "hide_input": True,
        "err": True,
    }


def test_without_a_key_and_a_terminal_the_message_says_where_to_put_one(folder, run):
    answer = run("databases", code=2)
    assert answer.stderr.startswith("Error: There is no API key: set SOFTR_API_KEY in the environment, or write SOFTR_")
    assert answer.stdout == ""


def test_the_dialect_is_a_name_or_what_the_probe_wrote(folder, monkeypatch):
    with open_client("sandbox:") as client:
        assert client.dialect == Dialect.CURRENT
    Path(".env").write_text("SOFTR_DIALECT=june-2025\n")
    with open_client("sandbox:") as client:
        assert client.dialect == Dialect.JUNE_2025
    Path("softr-dialect.json").write_text(replace(Dialect.CURRENT, page_size=100).to_json())
    monkeypatch.setenv("SOFTR_DIALECT", "softr-dialect.json")
    monkeypatch.setenv("SOFTR_API_KEY", KEY)
    with open_client("http://127.0.0.1:1/api/v1") as client:
        assert client.dialect.page_size == 100
    monkeypatch.setenv("SOFTR_DIALECT", "nowhere.json")
    refused = pytest.raises(
        ConfigurationError, match=r"SOFTR_DIALECT is 'nowhere\.json', which is no file; give current, june"
    )
    with refused, open_client("sandbox:"):
        pass


def test_a_request_that_is_tried_again_for_long_is_told_of(capsys):
    def failed(attempt, wait=0.5, reason="no connection"):
        event = RetryEvent(
            call=1, attempt=attempt, method="GET", path="/databases", query={}, body=None, kind=Kind.READ,
            wait=wait, reason=reason, status=None,
        )  # fmt: skip
        on_retry.send(client, event)
        return capsys.readouterr().err

    with open_client("sandbox:") as client:
        assert failed(3) == ""
        assert failed(4) == "GET /databases: no connection. Trying again; Ctrl-C stops.\n"
        assert failed(5) == ""  # not every time
    with open_client("sandbox:") as client:
        assert failed(1, wait=30.0, reason="429") == "GET /databases: 429. Trying again; Ctrl-C stops.\n"
    assert failed(9) == ""


@pytest.mark.parametrize("arguments", [["--api-key", KEY], [f"--api-key={KEY}"], ["--key", KEY]])
def test_no_command_takes_the_key_as_an_argument(folder, run, arguments):
    answer = run("databases", *arguments, code=2)
    assert "No such option" in answer.stderr
    assert KEY not in answer.output


def test_the_key_is_in_no_error_and_no_traceback(folder, monkeypatch):
    program = "import sys; sys.argv[1:] = ['databases']; from softrorm.cli import main; main(standalone_mode=False)"
    Path(".env").write_text(f"SOFTR_API_KEY={KEY}\nSOFTR_URL=http://127.0.0.1:9/api/v1\n")
    for url in ("http://127.0.0.1:9/api/v1", "ftp://nonsense"):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", program.replace("['databases']", f"['databases', '--url', '{url}']")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode
        assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("SOFTR_API_KEY=abc", "abc"),
        ("  export SOFTR_API_KEY = abc  # the test account", "abc"),
        ("SOFTR_API_KEY='a b # c'", "a b # c"),
        ('SOFTR_API_KEY="abc" # note', "abc"),
        ("export SOFTR_API_KEY='abc'\r", "abc"),
        ("SOFTR_API_KEY=abc\t\r", "abc"),
        ("SOFTR_API_KEY=first\nSOFTR_API_KEY=abc", "abc"),
        ("SOFTR_API_KEY=a#b", "a#b"),
        ("SOFTR_API_KEY=", None),
        ("SOFTR_API_KEY=''", None),
        ("# SOFTR_API_KEY=abc", None),
        ("OTHER=abc", None),
    ],
)
def test_files_of_settings_are_read_as_people_write_them(tmp_path, line, value):
    file = tmp_path / ".env"
    file.write_text(f"\ufeffFIRST=1\n\n{line}\n", "utf-8")
    assert settings(file) == ({} if value is None else {"SOFTR_API_KEY": value})


def test_a_file_that_cannot_be_read_has_no_settings(tmp_path):
    assert settings(tmp_path / "nowhere") == {}
    (tmp_path / "odd").write_bytes(b"SOFTR_API_KEY=\xff\xfe")
    assert settings(tmp_path / "odd") == {}
    assert settings(tmp_path) == {}


def test_other_settings_are_found_in_both_places(folder, monkeypatch):
    Path(".env").write_text("SOFTR_WORKSPACE=of-the-file\n")
    assert setting("SOFTR_WORKSPACE") == "of-the-file"
    monkeypatch.setenv("SOFTR_WORKSPACE", "of-the-environment")
    assert setting("SOFTR_WORKSPACE") == "of-the-environment"

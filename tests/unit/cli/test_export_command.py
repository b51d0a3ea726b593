"""``softrorm export``: what it writes where, and what it says."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from softrorm import Model, fields
from softrorm.cli import main
from softrorm.sandbox import Sandbox
from softrorm.schema import create_tables


class Note(Model):
    text = fields.SingleLineText()
    stars = fields.Number()

    class Meta:
        database_name = "Notes"
        table_name = "Notes"


@pytest.fixture
def softrorm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOFTR_URL", "sandbox:notes.db")
    with Sandbox("notes.db") as sandbox, sandbox.client() as client:
        create_tables(client, [Note])
        Note.objects.using(client).bulk_create([{"text": f"n{one}", "stars": one} for one in range(4)])
    return lambda *arguments: CliRunner().invoke(main, ["export", *arguments])


def test_records_that_satisfy_a_filter_go_into_a_file_in_an_order(softrorm, tmp_path):
    answer = softrorm("Notes", "-o", "notes.jsonl", "--where", "stars > 1", "--order=-Stars", "--fields", "text")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout == ""
    assert "2 records of Notes written to notes.jsonl." in answer.stderr
    lines = (tmp_path / "notes.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"Text": "n3"}, {"Text": "n2"}]


def test_stdout_gets_the_records_and_stderr_the_rest(softrorm):
    answer = softrorm("Notes", "-o", "-", "--fields", "Text,Stars")
    assert answer.stdout == "Text,Stars\nn0,0\nn1,1\nn2,2\nn3,3\n"
    assert "4 records" in answer.stderr


def test_a_wrong_ending_a_wrong_filter_and_a_wrong_table_are_wrong_usage(softrorm):
    for arguments, message in (
        (("Notes", "-o", "notes.doc"), "ends with .csv, .jsonl or .parquet"),
        (("Notes", "-o", "-", "--where", "starz > 1"), "starz"),
        (("Nots", "-o", "-"), "no table 'Nots'"),
    ):
        answer = softrorm(*arguments)
        assert answer.exit_code == 2, answer.output
        assert message in answer.stderr


def test_records_on_a_screen_are_not_mixed_with_a_progress_line(softrorm, monkeypatch):
    def never(label):
        raise AssertionError(label)

    monkeypatch.setattr("softrorm.cli.export.progress", never)
    monkeypatch.setattr("softrorm.cli.export.is_screen", lambda: True)
    answer = softrorm("Notes", "-o", "-", "--fields", "text")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.startswith("Text\n")


def test_an_interrupted_export_says_that_nothing_was_written(softrorm, tmp_path, monkeypatch):
    (tmp_path / "notes.csv").write_text("former", "utf-8")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("softrorm.data.export._write", interrupted)
    answer = softrorm("Notes", "-o", "notes.csv")
    assert answer.exit_code == 130
    assert answer.stderr == "Interrupted. Nothing was written to notes.csv; the same command begins anew.\n"
    assert (tmp_path / "notes.csv").read_text("utf-8") == "former"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
def test_a_reader_that_has_had_enough_ends_the_command_quietly(softrorm, tmp_path):
    import subprocess

    command = [sys.executable, "-m", "softrorm", "export", "Notes", "-o", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, "")

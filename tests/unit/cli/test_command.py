"""The softrorm command as a whole: its version, its help, its errors, and how little it imports to answer."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import softrorm
from softrorm import cli
from softrorm.query.language import InvalidExpression


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "softrorm", *arguments], capture_output=True, text=True, timeout=30, check=False
    )


def test_the_version_is_the_packages():
    answer = CliRunner().invoke(cli.main, ["--version"])
    assert (answer.exit_code, answer.output) == (0, f"softrorm, version {softrorm.__version__}\n")


def test_python_m_softrorm_is_the_same_command():
    answer = run("--version")
    assert (answer.returncode, answer.stdout) == (0, f"softrorm, version {softrorm.__version__}\n")


def test_help_lists_the_subcommands():
    answer = CliRunner().invoke(cli.main, ["--help"])
    assert answer.exit_code == 0
    for name in cli.COMMANDS:  # each with its first sentence, whole
        assert re.search(rf"^  {name} +[A-Z].*[^.]\.$", answer.output, re.MULTILINE), name


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in sorted(cli.COMMANDS))])
def test_help_imports_nothing_heavy(arguments):
    heavy = (
        "requests",
        "pydantic",
        "urllib3",
        "sqlite3",
        "http.server",
        "rich",
        "dateutil",
        "cachetools",
        "softrorm.models",
    )
    program = (
        "import sys; from softrorm.cli import main; main(sys.argv[1:], standalone_mode=False); "
        f"print('imported', [name for name in {heavy} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=30, check=True
    )
    assert answer.stdout.splitlines()[-1] == "imported []"


def test_the_help_says_of_each_command_what_its_own_help_begins_with():
    for name, line in cli.COMMANDS.items():
        command = cli.main.get_command(click.Context(cli.main), name)
        assert line == command.get_short_help_str(limit=200), name


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_help_fits_the_terminal_and_stays_readable_on_a_wide_one(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    for arguments in (["--help"], ["query", "--help"]):
        text = CliRunner().invoke(cli.main, arguments).output.partition("Examples:")[0]
        assert max(map(len, text.splitlines())) <= min(columns, 100)


@pytest.mark.parametrize("columns", ["1", "0", "-5", "many"])
def test_a_width_that_cannot_be_is_no_crash(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert "softrorm query" in CliRunner().invoke(cli.main, ["query", "--help"]).output


def test_help_imports_few_modules():
    program = (
        "import sys; before = set(sys.modules); from softrorm.cli import main; "
        "main(['--help'], standalone_mode=False); print(len(set(sys.modules) - before))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    # Each costs about half a millisecond, and the help has to be there in 150.
    assert int(answer.stdout.splitlines()[-1]) < 100


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_has_an_example_in_its_help(name):
    if name == "demo":
        pytest.skip("is an example itself")
    assert f"  softrorm {name}" in CliRunner().invoke(cli.main, [name, "--help"]).output


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_help_fits_a_terminal_of_80_columns(name):
    lines = CliRunner().invoke(cli.main, [name, "--help"], terminal_width=80).output.splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_an_unknown_subcommand_is_a_usage_error():
    answer = CliRunner().invoke(cli.main, ["dmeo"])
    assert answer.exit_code == 2
    assert "No such command 'dmeo'. Did you mean 'demo'?" in answer.stderr
    assert answer.stdout == ""


def terminal_like(system):
    """The module sys, its stderr a terminal."""

    class Terminal:
        stdout = property(lambda self: system.stdout)

        class stderr:
            isatty = staticmethod(lambda: True)

    return Terminal()


def ended_by(error, monkeypatch):
    @click.command("demo")
    def failing():
        raise error

    monkeypatch.setattr("softrorm.cli.demo.command", failing)
    return CliRunner().invoke(cli.main, ["demo"])


def test_errors_of_softrorm_become_a_message_on_stderr(monkeypatch):
    error = softrorm.ConfigurationError("there is no key")
    error.add_note("a note beside it")
    answer = ended_by(error, monkeypatch)
    assert answer.stderr == "Error: There is no key\na note beside it\n"
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("this account has no tables", "This account has no tables"),
        ("status takes a choice", "status takes a choice"),
        ("out.csv: Is a directory", "out.csv: Is a directory"),
        ("'x' is no name", "'x' is no name"),
    ],
)
@pytest.mark.parametrize("kind", [softrorm.ConfigurationError, click.UsageError])
def test_a_message_begins_with_a_capital_letter_unless_it_begins_with_a_name(monkeypatch, kind, message, shown):
    assert ended_by(kind(message), monkeypatch).stderr.endswith(f"Error: {shown}\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (softrorm.NotFound("no such table", status=404), 3),
        (softrorm.TransportError("connection reset", may_have_happened=False), 3),
        (softrorm.DoesNotExist("no such record"), 1),
        (softrorm.FilterIgnored("rows that the filter excludes"), 1),
        (softrorm.ConfigurationError("no key"), 2),
        (softrorm.InvalidQuery("no such field"), 2),
        (softrorm.InvalidValue("no number"), 2),
        (KeyboardInterrupt(), 130),
        (OSError(errno.ENOSPC, "No space left on device"), 3),
        (FileNotFoundError(2, "No such file or directory", "in.csv"), 2),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_the_exit_code_says_what_kind_of_end_it_was(error, code, monkeypatch):
    answer = ended_by(error, monkeypatch)
    assert answer.exit_code == code
    assert answer.stderr
    assert answer.stdout == ""


def test_what_click_refuses_is_wrapped_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("softrorm.cli.exits.sys", terminal_like(sys))
    error = click.BadParameter("'3' is none of a number of things that would be right", param_hint="--dialect")
    assert ended_by(error, monkeypatch).stderr.splitlines()[-3:] == [
        "Error: Invalid value for --dialect: '3'",
        "is none of a number of things that",
        "would be right",
    ]


def test_an_expression_is_shown_as_the_terminal_is_wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("softrorm.cli.exits.sys", terminal_like(sys))
    error = InvalidExpression("no field", "billable and billable and staus = Open and billable and x", 26, 31)
    assert ended_by(error, monkeypatch).stderr.splitlines() == [
        "Error: No field",
        "  ...d billable and staus = Open an...",
        "                    ^^^^^",
    ]


def test_after_ctrl_c_at_a_terminal_the_line_ends_first(monkeypatch):
    monkeypatch.setattr("softrorm.cli.exits.sys", terminal_like(sys))
    assert ended_by(KeyboardInterrupt(), monkeypatch).stderr == "\nInterrupted.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_output_that_cannot_be_written_is_a_message_and_exit_code_3():
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "softrorm", "completion", "bash"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert answer.stderr == "Error: What was asked for could not be written: No space left on device\n"
    assert answer.returncode == 3


def test_bugs_keep_their_traceback(monkeypatch):
    assert isinstance(ended_by(ZeroDivisionError(), monkeypatch).exception, ZeroDivisionError)

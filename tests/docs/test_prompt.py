"""The prompt on a page: its ``console`` blocks are typed in, and what the commands print is what stands below them.

A block runs in the folder of its page, a fresh one with the sandbox ``tracker.db``. A line that begins with ``$ ``
is a command: ``softrorm ...``, with ``>`` to put what it prints into a file, ``cat FILE``, ``export NAME=value``, or
``echo $?`` for the exit code of the one before; one that ends in ``&`` goes on by itself, and what it prints is its
first line. A ``\\`` at its end goes on in the next line. Below it stands what it
prints, stdout and stderr as they come; ``...`` stands for whatever differs, and alone on a line for any lines. Blocks
with ``title="name"`` are files, written before the first command runs.

Ids are random to everyone else; here they come from a seed, so that pages can show them.
"""

from __future__ import annotations

import random
import re
import shlex
import string
import subprocess
import sys
import uuid
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from softrorm import Model, fields
from softrorm.cli import main
from softrorm.client.default import set_default
from softrorm.sandbox import Sandbox
from softrorm.schema import create_tables

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r'^```\w+ title="([\w./-]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if BLOCK.search(page.read_text("utf-8"))]


class Project(Model):
    name = fields.SingleLineText(required=True)
    tasks = fields.LinkedRecords(to="Task", inverse="project")

    class Meta:
        database_name = "Tracker"
        table_name = "Projects"


class Task(Model):
    title = fields.SingleLineText(required=True)
    status = fields.Select(choices=["Open", "Important", "Urgent", "Done"])
    due = fields.Date(name="Due date")
    hours = fields.Number(description="Estimated effort")
    billable = fields.Checkbox()
    tags = fields.MultiSelect(choices=["website", "print", "press"])
    project = fields.LinkedRecord(to=Project)

    class Meta:
        database_name = "Tracker"
        table_name = "Tasks"


TASKS = [
    ("Draft the home page", "Done", date(2026, 3, 2), 6, True, ["website"]),
    ("Review the home page", "Urgent", date(2026, 3, 9), 1.5, True, ["website"]),
    ("Order business cards", "Important", date(2026, 4, 1), 0.5, False, ["print"]),
    ("Write the press release", "Urgent", date(2099, 1, 15), 4, True, ["press", "website"]),
    ("Plan the summer party", "Open", None, None, False, []),
]


@pytest.fixture
def tracker(tmp_path, monkeypatch):
    """The folder of the page, with its sandbox."""
    # A stream for each kind, so that how tables are made says nothing of the ids of records.
    draw = {count: random.Random(count) for count in (5, 14, 128)}
    monkeypatch.setattr(
        "softrorm.sandbox.ids._characters",
        lambda count: "".join(draw[count].choices(string.digits + string.ascii_letters, k=count)),
    )
    seeded = SimpleNamespace(uuid4=lambda: uuid.UUID(int=draw[128].getrandbits(128), version=4))
    monkeypatch.setattr("softrorm.sandbox.ids.uuid", seeded)
    monkeypatch.chdir(tmp_path)
    with Sandbox("tracker.db") as sandbox:
        client = sandbox.client()
        create_tables(client, [Project, Task])
        draw[14].seed("records")
        site = Project.objects.using(client).create(name="New site")
        for title, status, due, hours, billable, tags in TASKS:
            Task.objects.using(client).create(
                title=title,
                status=status,
                due=due,
                hours=hours,
                billable=billable,
                tags=tags,
                project=site if "website" in tags else None,
            )
    return tmp_path


def commands(text):
    """The commands of the blocks with what they print and the line that they stand in."""
    for block in BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n") + 1
        typed = None
        for shown in block[1].splitlines():
            if typed is not None and typed[0].endswith("\\"):
                typed[0] = typed[0][:-1] + shown.strip()
            elif shown.startswith("$ "):
                if typed is not None:
                    yield typed
                typed = [shown[2:], [], line]
            else:
                assert typed is not None, f"line {line} is output of no command"
                typed[1].append(shown)
            line += 1
        if typed is not None:
            yield typed


class Prompt:
    """Types commands in, and knows the exit code of the last one."""

    def __init__(self, monkeypatch):
        self._environment = monkeypatch
        self.code = 0
        self._servers = []

    def close(self):
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=10)

    def _serve(self, arguments):
        command = [sys.executable, "-m", "softrorm", *arguments]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._servers.append(server)
        return server.stdout.readline()

    def type(self, command):
        """What a command prints."""
        name, *arguments = shlex.split(command, comments=True)
        if name == "export":
            variable, _, value = arguments[0].partition("=")
            self._environment.setenv(variable, value)
            return ""
        if name == "echo":
            assert arguments == ["$?"], f"not known here: {command}"
            return f"{self.code}\n"
        if name == "cat":
            return Path(arguments[0]).read_text("utf-8")
        assert name == "softrorm", f"not known here: {command}"
        if arguments[-1:] == ["&"]:
            return self._serve(arguments[:-1])
        file = None
        if ">" in arguments[-2:-1]:
            *arguments, _, file = arguments
        answer = CliRunner().invoke(main, arguments, prog_name="softrorm")
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        self.code = answer.exit_code
        if file is None:
            return answer.output
        Path(file).write_text(answer.stdout, "utf-8")
        return answer.stderr


def pattern_of(lines):
    """What matches the shown output."""
    parts = []
    for line in lines:
        exact = ".*".join(map(re.escape, line.rstrip().split("...")))
        parts.append(r"(?:.*\n)*" if line.strip() == "..." else exact + r"[ ]*\n")
    return "".join(parts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_print_what_it_shows(page, tracker, monkeypatch):
    text = page.read_text("utf-8")
    for name, content in FILE.findall(text):
        if name != ".env":
            (tracker / name).parent.mkdir(parents=True, exist_ok=True)
            (tracker / name).write_text(content, "utf-8")
    prompt = Prompt(monkeypatch)
    try:
        for command, shown, line in commands(text):
            printed = prompt.type(command)
            if printed and not printed.endswith("\n"):
                printed += "\n"
            # Empty lines count for nothing: Markdown reads better with them than prompts do.
            got = "".join(f"{one.rstrip()}\n" for one in printed.splitlines() if one.strip())
            expected = [one for one in shown if one.strip()]
            assert re.fullmatch(pattern_of(expected), got), (
                f"{page.name}:{line} shows after $ {command}\n" + "\n".join(expected) + f"\nbut prints\n{got}"
            )
    finally:
        prompt.close()
        set_default(None)


def test_every_command_has_an_example_on_the_page():
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    typed = {shlex.split(command)[1] for command, *_ in commands(text) if command.startswith("softrorm ")}
    assert set(main.list_commands(None)) - typed == set()

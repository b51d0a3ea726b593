"""The prompt on a page: its ``console`` blocks are typed in, and what the commands print is what stands below them.

A block runs in the folder of its page, empty as it is to a reader. A line that begins with ``$ `` is a command:
``softrorm ...``, with ``>`` to put what it prints into a file, ``cat FILE``, ``export NAME=value``, or ``echo $?`` for
the exit code of the one before; one that ends in ``&`` goes on by itself, and what it prints is its first line. A
``\\`` at its end goes on in the next line. Below it stands what it prints, stdout and stderr as they come; ``...``
stands for whatever differs, and alone on a line for any lines. Blocks with ``title="name"`` are files, written before
the first command runs.

Ids are random. Those of databases, tables and fields come from a seed here, so that pages can show them; that of a
record is put, as a reader puts it, wherever the page has the one that it showed in its place when it was first seen.
"""

from __future__ import annotations

import random
import re
import shlex
import string
import subprocess
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from softrorm.cli import main
from softrorm.client.default import set_default

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r'^```\w+ title="([\w./-]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)
RECORD = re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])(?=\w*[a-z])\w{14}\b")
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if BLOCK.search(page.read_text("utf-8"))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the page, empty."""
    # A stream for each length, so that how fields are made says nothing of the ids of records.
    draw = {count: random.Random(count) for count in (5, 14, 128)}
    monkeypatch.setattr(
        "softrorm.sandbox.ids._characters",
        lambda count: "".join(draw[count].choices(string.digits + string.ascii_letters, k=count)),
    )
    seeded = SimpleNamespace(uuid4=lambda: uuid.UUID(int=draw[128].getrandbits(128), version=4))
    monkeypatch.setattr("softrorm.sandbox.ids.uuid", seeded)
    monkeypatch.chdir(tmp_path)
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


class Ids:
    """The ids of records that a page shows, and what they are in this run."""

    def __init__(self):
        self._known = {}

    def put_into(self, text):
        return RECORD.sub(lambda shown: self._known.get(shown[0], shown[0]), text)

    def learn(self, shown, printed):
        """Whether what a page shows was printed; takes note of ids that were not seen before."""
        new = []

        def pattern(piece):
            if not RECORD.fullmatch(piece):
                return re.escape(piece)
            if piece in self._known:
                return self._known[piece]
            if piece in new:
                return f"(?P=id{new.index(piece)})"
            new.append(piece)
            return rf"(?P<id{len(new) - 1}>\w{{14}})"

        parts = []
        for line in shown:
            exact = ".*".join(
                "".join(map(pattern, re.split(f"({RECORD.pattern})", part))) for part in line.rstrip().split("...")
            )
            parts.append(r"(?:.*\n)*" if line.strip() == "..." else exact + r"[ ]*\n")
        found = re.fullmatch("".join(parts), printed)
        if found:
            self._known.update({piece: found[f"id{at}"] for at, piece in enumerate(new)})
        return found is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_print_what_it_shows(page, folder, monkeypatch):
    text = page.read_text("utf-8")
    files = {folder / name: content for name, content in FILE.findall(text) if name != ".env"}
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    prompt, ids = Prompt(monkeypatch), Ids()
    try:
        for command, shown, line in commands(text):
            for file, content in files.items():
                if RECORD.search(content):
                    file.write_text(ids.put_into(content), "utf-8")
            printed = prompt.type(ids.put_into(command))
            if printed and not printed.endswith("\n"):
                printed += "\n"
            # Empty lines count for nothing: Markdown reads better with them than prompts do.
            got = "".join(f"{one.rstrip()}\n" for one in printed.splitlines() if one.strip())
            expected = [one for one in shown if one.strip()]
            assert ids.learn(expected, got), (
                f"{page.name}:{line} shows after $ {command}\n" + "\n".join(expected) + f"\nbut prints\n{got}"
            )
    finally:
        prompt.close()
        set_default(None)


def test_every_command_has_an_example_on_the_page():
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    typed = {shlex.split(command)[1] for command, *_ in commands(text) if command.startswith("softrorm ")}
    assert set(main.list_commands(None)) - typed == set()

"""Completion, in the shells themselves: what a person types up to the tabulator, and what stands there afterwards."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="the system has no pseudo-terminals")

PATIENCE = 20.0  # seconds, for a machine that is busy

TYPED = [
    ("que", "ry"),
    ("query --ex", "plain"),
    ("completion z", "sh"),
    ("import Tasks new-ta", "sks.csv"),
]
"""A command, an option, a choice and a file: what is typed, and what is to be added."""
WHOLE = [words + added for words, added in TYPED]


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with the command, the scripts that it prints, and a file; nothing of the user's own is read."""
    monkeypatch.chdir(tmp_path)
    command = tmp_path / "bin" / "softrorm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m softrorm "$@"\n')
    command.chmod(0o755)
    Path("new-tasks.csv").touch()
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "ZDOTDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("TERM", "dumb")
    return tmp_path


def script(shell):
    return subprocess.run(["softrorm", "completion", shell], stdout=subprocess.PIPE, text=True, check=True).stdout


@contextmanager
def terminal(*command):
    """A shell at a terminal: what writes to it, and what reads up to a text."""
    master, slave = pty.openpty()
    # A program that takes the terminal for its own and becomes the shell: to fork this process, with its threads, is
    # unsafe.
    become = (
        "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", become, *command], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)

    def write(text):
        os.write(master, text.encode())

    def read(wanted):
        seen, until = "", time.monotonic() + PATIENCE
        while wanted not in seen:
            ready, _, _ = select.select([master], [], [], max(0, until - time.monotonic()))
            assert ready, f"the shell showed no {wanted!r} but {seen!r}"
            seen += os.read(master, 4096).decode(errors="replace")
        return seen

    try:
        yield write, read
    finally:
        child.kill()
        child.wait()
        os.close(master)


def completed(write, read, words, added):
    """What the shell makes of words and the tabulator: the command itself is one that shows its arguments."""
    write(f"{words}\t")
    read(added)  # zsh completes nothing while there is more to read
    write("\n")
    return re.search("<<(.*?)>>", read(">>"))[1].strip()


SHOWN = "softrorm() { echo '<''<'\"$*\"'>''>'; }; "  # not in the way of the script, which asks the program


@needs("bash")
def test_bash_completes_commands_options_choices_and_files(home):
    Path("script").write_text(script("bash"))
    with terminal("bash", "--norc", "--noprofile", "-i") as (write, read):
        write(f"PS1=; {SHOWN}. ./script; echo rea''dy\n")
        read("ready")
        assert [completed(write, read, f"softrorm {words}", added) for words, added in TYPED] == WHOLE


@needs("zsh")
def test_zsh_completes_commands_options_choices_and_files(home):
    Path("functions").mkdir()
    Path("functions/_softrorm").write_text(script("zsh"))
    with terminal("zsh", "-f", "-i") as (write, read):
        write(f"PS1=; {SHOWN}fpath=(./functions $fpath); autoload -U compinit; compinit -u -D; echo rea''dy\n")
        read("ready")
        assert [completed(write, read, f"softrorm {words}", added) for words, added in TYPED] == WHOLE


@needs("fish")
def test_fish_completes_commands_options_choices_and_files(home):
    place = home / "fish" / "completions" / "softrorm.fish"
    place.parent.mkdir(parents=True)
    place.write_text(script("fish"))
    asked = "; ".join(f"complete -C 'softrorm {words}'; echo ==" for words, _ in TYPED)
    done = subprocess.run(["fish", "-c", asked], capture_output=True, text=True, timeout=PATIENCE * 2, check=True)
    lines = [part.strip().partition("\t")[0] for part in done.stdout.split("==\n")]
    assert lines[: len(TYPED)] == [whole.rpartition(" ")[2] for whole in WHOLE]
    assert done.stderr == ""


@needs("fish")
def test_fish_shows_what_a_command_does_to_its_end(home):
    Path("script").write_text(script("fish"))
    asked = "source script; complete -C 'softrorm delet'"
    done = subprocess.run(["fish", "--no-config", "-c", asked], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "delete\tDelete records, after a question.\n"


def test_the_program_answers_without_importing_the_commands_or_a_library_for_requests():
    program = (
        "import sys; from softrorm.cli import main\n"
        "try: main(prog_name='softrorm')\n"
        "finally: print([name for name in sys.modules if name in ('softrorm.cli.query', 'requests')])"
    )
    asked = {"_SOFTRORM_COMPLETE": "bash_complete", "COMP_WORDS": "softrorm\nque", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, **asked}, capture_output=True, text=True)
    assert done.stdout == "plain,query\n[]\n"

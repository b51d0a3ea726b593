"""Long jobs that are stopped: they end in order, say how to go on, and keep their progress in one line."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from softrorm.cli import progress


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_job_that_is_asked_to_stop_says_how_to_go_on(run, tracker, folder, monkeypatch, name):
    def stopped(*_, **__):
        os.kill(os.getpid(), getattr(signal, name))

    with monkeypatch.context() as patched:
        patched.setattr("softrorm.data.backup.sum_up", stopped)
        answer = run("backup", "Tracker", "copy", code=130)
    assert answer.stderr == "Interrupted. Give the same command again to go on where it stopped.\n"
    assert "2 tables, 3 records" in run("backup", "Tracker", "copy").stderr


@pytest.mark.parametrize("command", ["backup", "restore", "import", "export"])
def test_a_service_that_fails_is_told_with_what_there_is_now(run, tracker, folder, command):
    (folder / "tasks.csv").write_text("Title\nNew\n", "utf-8")
    run("backup", "Tracker", "before")
    arguments, advice = {
        "backup": (["Tracker", "copy"], "Give the same command again to go on where it stopped."),
        "restore": (["before", "--name", "Copy"], "Give the same command again to go on where it stopped."),
        "import": (["Tasks", "tasks.csv", "--yes"], "Give the same command again to go on where it stopped."),
        "export": (["Tasks", "-o", "out.csv"], "Nothing was written to out.csv; the same command begins anew."),
    }[command]
    failing = {"path": "/tables" if command == "restore" else "/records", "method": "POST"}
    with tracker.client.sandbox.faults.added("server_error", status=500, times=None, **failing):
        answer = run(command, *arguments, code=3)
    assert answer.stderr.endswith(f"{advice}\n")
    run(command, *arguments)


@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.parametrize("columns", [80, 40])
def test_a_line_of_progress_is_shorter_than_the_terminal_is_wide(capsys, monkeypatch, rich, columns):
    # One that wraps, as by the ^C that a terminal adds, is not drawn over.
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "DRAWN", 0.0)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    with progress.progress("Restoring records") as step:
        for done in range(3):
            step(1_000_000 + done, 2_000_000)
    told = capsys.readouterr().err
    assert "1,000,002" in told
    plain = progress.click.unstyle(told).replace("\x1b[?25l", "").replace("\x1b[?25h", "").replace("\x1b[2K", "")
    assert max(map(len, plain.replace("\r", "\n").splitlines())) <= columns - 7

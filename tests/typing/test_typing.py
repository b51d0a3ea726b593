"""The public surface as type checkers see it: mypy --strict and basedpyright (strict) over the files in samples/.

A sample line that must be refused ends in ``# error: mypy, pyright``, naming the checkers that have to report it; every
other line has to be free of reports, ``assert_type`` included.
"""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLES = sorted((HERE / "samples").glob("*.py"))
MARK = re.compile(r"# error: ([a-z]+(?:, [a-z]+)*)")


def run(*command, expected=(0, 1)):
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "MYPY_FORCE_COLOR": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in expected, done.stdout + done.stderr
    return done.stdout


def mypy():
    """Messages by file and line."""
    output = run(
        *("-m", "mypy", "--config-file", "pyproject.toml", "--strict", "--warn-unreachable"),
        *("--follow-imports=silent", f"--cache-dir={os.devnull}", "--show-absolute-path", "--no-error-summary"),
        *map(str, SAMPLES),
    )
    found = {}
    for line in output.splitlines():
        report = re.fullmatch(r"(.+?\.py):(\d+): (error|note): (.*)", line)
        assert report, line
        if report[3] == "error":
            found.setdefault((Path(report[1]).name, int(report[2])), []).append(report[4])
    return found


def pyright():
    """Messages by file and line."""
    report = json.loads(
        run("-m", "basedpyright", "--outputjson", "--project", str(HERE), "--pythonpath", sys.executable)
    )
    assert report["summary"]["filesAnalyzed"] == len(SAMPLES)
    found = {}
    for one in report["generalDiagnostics"]:
        found.setdefault((Path(one["file"]).name, one["range"]["start"]["line"] + 1), []).append(one["message"])
    return found


CHECKERS = {"mypy": mypy, "pyright": pyright}


@pytest.fixture(scope="module")
def reports():
    with ThreadPoolExecutor() as pool:
        running = {name: pool.submit(checker) for name, checker in CHECKERS.items()}
        return {name: future.result() for name, future in running.items()}


def marked(sample, checker):
    """The lines that the checker must refuse."""
    lines = sample.read_text(encoding="utf-8").splitlines()
    marks = {number: mark[1].split(", ") for number, line in enumerate(lines, 1) if (mark := MARK.search(line))}
    assert all(set(names) <= set(CHECKERS) for names in marks.values())
    return {number for number, names in marks.items() if checker in names}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_takes_every_line_but_the_marked_ones(checker, sample, reports):
    found = {line: messages for (file, line), messages in reports[checker].items() if file == sample.name}
    must_fail = marked(sample, checker)
    assert {line: messages for line, messages in found.items() if line not in must_fail} == {}
    assert sorted(must_fail - set(found)) == []


@pytest.mark.parametrize("checker", CHECKERS)
def test_errors_are_marked_in_the_samples_of_errors_and_only_there(checker):
    with_marks = {sample.stem for sample in SAMPLES if marked(sample, checker)}
    assert with_marks == {sample.stem for sample in SAMPLES if sample.stem.startswith("errors_")}


def test_the_library_takes_at_run_time_what_the_checkers_take_and_refuses_what_they_refuse():
    assert run(str(HERE / "at_runtime.py"), expected=(0,)) == ""

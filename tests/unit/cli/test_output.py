"""What commands print: tables for people, JSON and CSV for programs, and how far a long job is."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

import click
import pytest

from softrorm.cli import output, progress
from softrorm.cli.output import cell, examples, fitted, print_json, print_rows
from softrorm.cli.progress import Progress, span
from softrorm.cli.terminal import width, wrapped

ROWS = [(1, "Ella", None), (20, "Ludwig van", True)]


class Colour(Enum):
    RED = "red"


@pytest.fixture
def terminal(monkeypatch):
    """Make the output a terminal so many columns wide, with rich or without."""

    def made(columns, rich=False):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
        if not rich:
            monkeypatch.setitem(sys.modules, "rich.table", None)

    return made


def test_a_table_has_columns_as_wide_as_they_need_and_numbers_to_the_right(capsys):
    print_rows(("n", "name", "here"), ROWS)
    assert capsys.readouterr().out == " n  name        here\n 1  Ella\n20  Ludwig van  yes\n"


def test_letters_that_the_output_lacks_are_escaped_before_they_are_measured(monkeypatch):
    held = io.TextIOWrapper(io.BytesIO(), "latin-1")
    monkeypatch.setattr(sys, "stdout", held)
    print_rows(("name", "n"), [("Zoë 🚀", 1), ("Ella", 2)])
    held.flush()
    assert held.buffer.getvalue().decode("latin-1") == "name            n\nZoë \\U0001f680  1\nElla            2\n"


def test_a_table_without_rows_is_nothing(capsys):
    print_rows(("n",), [])
    assert capsys.readouterr().out == ""


def test_where_the_output_is_no_terminal_nothing_is_cut(capsys):
    print_rows(("text",), [("x" * 500,)], most=10)
    assert "x" * 500 in capsys.readouterr().out


def test_json_is_a_list_of_objects(capsys):
    print_rows(("n", "on", "cost"), [(1, date(2026, 1, 2), Decimal("1.50"))], "json")
    print_rows(("n",), iter([]), "json")
    first, second = capsys.readouterr().out.split("]\n")[:2]
    assert json.loads(first + "]") == [{"n": 1, "on": "2026-01-02", "cost": 1.5}]
    assert json.loads(second + "]") == []


def test_csv_quotes_what_needs_it(capsys):
    print_rows(("a", "b"), [('say "no"', "x,y\nz"), (None, ["p", "q"])], "csv")
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [["a", "b"], ['say "no"', "x,y\nz"], ["", "p; q"]]


def test_json_and_csv_print_rows_as_they_come(capsys):
    def rows():
        yield (1,)
        assert "1" in capsys.readouterr().out
        yield (2,)

    for form in ("json", "csv"):
        print_rows(("n",), rows(), form)


def test_one_value_is_indented_json(capsys):
    print_json({"at": datetime(2026, 1, 2, tzinfo=UTC), "name": "Zoë"})
    assert capsys.readouterr().out == '{\n  "at": "2026-01-02T00:00:00.000Z",\n  "name": "Zoë"\n}\n'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (2.0, "2"),
        (2.5, "2.5"),
        (Decimal("2.50"), "2.50"),
        ([1, "a"], "1, a"),
        (Colour.RED, "red"),
        ({"filename": "a.png", "url": "https://x"}, "a.png"),
        ({"a": 1}, '{"a": 1}'),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC), "2026-01-02 03:04:05Z"),
        ("two\nlines\x1b[31m\u202e", r"two\nlines\x1b[31m\u202e"),
        ("Zoë 状態", "Zoë 状態"),
        ("1\xa0000\u3000円 co\xadop 👩\u200d🚀", "1 000 円 coop 👩\u200d🚀"),
        ({"from": "2026-01-01", "to": "2026-01-31"}, "2026-01-01/2026-01-31"),
        ({"from": "2026-01-01", "to": None}, "2026-01-01/"),
    ],
)
def test_a_cell_is_text_that_steers_no_terminal(value, text):
    assert cell(value) == text


def test_widths_are_those_of_the_terminal():
    assert (width("abc"), width("状態"), width("e\u0301"), width("☎\ufe0f")) == (3, 4, 1, 1)
    assert fitted([4, 30, 50], 60) == [4, 28, 28]
    assert fitted([4, 30, 50], 5) == [4, 6, 6]
    assert fitted([36, 30, 50], 60, [True, False, False]) == [36, 12, 12]
    assert fitted([36, 30, 50], 30, [True, False, False]) == [18, 6, 6]


def test_wide_letters_are_wrapped_without_losing_any():
    assert wrapped("Web, 日本語, 🚀 launch", 10) == ["Web,", "日本語, 🚀", "launch"]
    assert wrapped("打ち合わせ", 5) == ["打ち", "合わ", "せ"]
    assert wrapped("one two", 80) == ["one two"]
    assert wrapped("", 5) == [""]


def test_on_a_narrow_terminal_long_cells_are_wrapped(terminal, capsys):
    terminal(30)
    print_rows(("id", "details"), [("a1", "one two three four five six seven eight"), ("b2", "short")])
    assert click.unstyle(capsys.readouterr().out).splitlines() == [
        "id  details",
        "a1  one two three four five",
        "    six seven eight",
        "b2  short",
    ]


def test_records_take_a_line_each_and_columns_that_do_not_fit_are_told_of(terminal, capsys):
    terminal(40)
    print_rows(("id", "title", "status", "notes"), [("a1", "x" * 30, "Open", "y" * 19)], most=20)
    shown, told = capsys.readouterr()
    assert click.unstyle(shown).splitlines() == [
        "id  title                 status",
        "a1  " + "x" * 17 + "...  Open",
    ]
    assert told == "1 column to the right left out: --fields chooses, --csv and --json have all.\n"


@pytest.mark.parametrize("most", [0, 20])
def test_rich_draws_the_same_table_within_the_width(terminal, capsys, most):
    pytest.importorskip("rich")
    terminal(40, rich=True)
    print_rows(("id", "title [x]"), [("a1", "[bold]" + "x" * 60)], most=most)
    lines = click.unstyle(capsys.readouterr().out).splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert "title [x]" in lines[0]
    assert "[bold]x" in lines[2]
    assert len(lines) == (3 if most else 4)


@pytest.mark.parametrize("rich", [True, False])
def test_the_id_of_a_database_and_numbers_are_whole_beside_long_texts(terminal, capsys, rich):
    terminal(80, rich)
    row = ("00f17433-aa87-4218-b6e2-86c66aee39d4", "Archive of all that was ever done", 1234567890123, "Notes " * 30)
    for most in (0, 32):
        print_rows(("id", "name", "tables", "description"), [row], most=most, least=6)
        shown = click.unstyle(capsys.readouterr().out)
        assert row[0] in shown
        assert "1234567890123" in shown
        assert max(map(width, shown.splitlines())) <= 80


def test_a_column_that_was_asked_for_is_narrowed_before_it_is_left_out(terminal, capsys):
    terminal(60)
    row = ["a text of many letters"] * 4
    print_rows("abcd", [row], most=32, least=10)
    assert click.unstyle(capsys.readouterr().out).split("\n")[1].count("a text o") == 4
    print_rows("abcd", [row], most=32)
    assert click.unstyle(capsys.readouterr().out).split("\n")[1].count("a text of ") == 3


def test_a_long_text_is_cut_at_once(terminal, capsys):
    terminal(80)
    print_rows(("id", "notes"), [("a", "字" * 200_000)], most=32)
    assert capsys.readouterr().out.splitlines()[1] == "a   " + "字" * 14 + "..."


def test_examples_keep_their_lines():
    assert examples("softrorm a", "softrorm b") == "\b\nExamples:\n  softrorm a\n  softrorm b"


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def shown_progress(every=1.0):
    clock, shown = Clock(), []
    return clock, shown, Progress("Importing", lambda text, *_: shown.append(text), every, clock)


def test_progress_tells_rate_and_time_left():
    clock, shown, step = shown_progress()
    for done in range(0, 1001, 100):
        step(done, 5000)
        clock.now += 1
    assert shown[0] == "100 of 5,000, 100/s, 49 s left"
    assert shown[-1] == "1,000 of 5,000, 100/s, 40 s left"


def test_progress_follows_a_rate_that_changes():
    clock, shown, step = shown_progress()
    done = 0
    for second in range(60):
        done += 100 if second < 30 else 10
        clock.now += 1
        step(done, 10_000)
    assert "10/s, 11 min left" in shown[-1]


def test_progress_is_not_shown_more_often_than_it_should(monkeypatch):
    clock, shown, step = shown_progress(every=10.0)
    for done in range(100):
        clock.now += 0.01
        step(done, 100)
    assert shown == []
    step.finish()
    assert shown == []


def test_progress_without_a_total_tells_no_time():
    clock, shown, step = shown_progress()
    step(0)
    clock.now = 60
    step(30)
    assert shown == ["30, 30/min"]


def test_what_an_earlier_run_did_says_nothing_of_the_rate():
    clock, shown, step = shown_progress()
    step(9_000, 10_000)
    clock.now = 10
    step(9_100, 10_000)
    assert shown == ["9,100 of 10,000, 10/s, 2 min left"]


def test_the_end_of_a_job_is_shown_with_the_rate_of_all_of_it():
    clock, shown, step = shown_progress()
    step(0, 400)
    clock.now = 2
    step(200, 400)
    clock.now = 2.5
    step(400, 400)
    step.finish()
    assert shown[-1] == "400 of 400, 160/s"


@pytest.mark.parametrize(
    ("seconds", "said"), [(8.4, "8 s"), (59.2, "59 s"), (61, "1 min"), (3599, "1 h 0 min"), (4800, "1 h 20 min")]
)
def test_lengths_of_time_are_said_as_people_say_them(seconds, said):
    assert span(seconds) == said


def test_in_a_log_progress_is_a_line_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LOGGED", 0.0)
    with progress.progress("Importing") as step:
        step(1, 2)
        step(2, 2)
    shown, told = capsys.readouterr()
    assert shown == ""
    assert [line.split(",")[0] for line in told.splitlines()] == ["Importing: 1 of 2", "Importing: 2 of 2"]


@pytest.mark.parametrize("rich", [True, False])
def test_on_a_terminal_progress_is_one_line(capsys, monkeypatch, rich):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "DRAWN", 0.0)
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    with progress.progress("Importing") as step:
        for done in range(1, 4):
            step(done, 3)
    shown, told = capsys.readouterr()
    assert shown == ""
    assert "Importing" in told
    assert "3 of 3" in told


def test_a_note_does_not_share_the_line_of_a_progress(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "DRAWN", 0.0)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with progress.progress("Importing") as step:
        step(1, 2)
        output.note("Trying again.")
        output.note("And again.")
    lines = [line.rstrip() for line in capsys.readouterr().err.split("\n")]
    assert lines[0].startswith("\rImporting: 1 of 2")
    assert lines[1:3] == ["Trying again.", "And again."]
    assert lines[3].startswith("\rImporting: 1 of 2")
    assert lines[4:] == [""]
    output.note("Afterwards.")
    assert capsys.readouterr().err == "Afterwards.\n"


def test_notes_are_wrapped_between_words_on_a_terminal_and_whole_elsewhere(capsys, terminal, monkeypatch):
    text = "row 80: 3 records have the key name=P0078\n  and such: wpOg5nTcgi1RYO"
    output.note(text)
    assert capsys.readouterr().err == f"{text}\n"
    terminal(24)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    output.note(text)
    assert capsys.readouterr().err == ("row 80: 3 records have\nthe key name=P0078\n  and such:\nwpOg5nTcgi1RYO\n")


@pytest.mark.parametrize("rich", [True, False])
def test_an_id_is_whole_however_long_the_rest_is(terminal, capsys, rich):
    terminal(80, rich)
    row = ("DKyi50xIpkcWBy", "A title that is quite long, as titles go", "word " * 40, "x" * 40)
    print_rows(("id", "Title", "Notes", "More"), [row], most=32)
    shown = click.unstyle(capsys.readouterr().out).splitlines()
    assert [line for line in shown if line.startswith("DKyi50xIpkcWBy  ")] != []
    assert max(map(width, shown)) <= 80

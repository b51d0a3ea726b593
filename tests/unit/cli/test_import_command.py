"""``softrorm import``: what it shows before it writes, what it refuses, and its exit codes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from softrorm import Client, Model, fields
from softrorm.cli import main
from softrorm.schema import create_tables


class Note(Model):
    text = fields.SingleLineText(required=True)
    stars = fields.Number(max=5)

    class Meta:
        database_name = "Notes"
        table_name = "Notes"


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """The query set of a table in a sandbox file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOFTR_URL", "sandbox:notes.db")
    with Client("sandbox:notes.db") as client:
        create_tables(client, [Note])
        yield Note.objects.using(client)


@pytest.fixture
def softrorm(notes):
    """``softrorm import Notes``, as in a script that agrees to everything."""
    return lambda *arguments, **how: CliRunner().invoke(main, ["import", "Notes", *arguments, "--yes"], **how)


def test_the_mapping_is_shown_with_the_first_rows(softrorm, notes, tmp_path):
    (tmp_path / "notes.csv").write_text("Text,Rating,id\na,1,x\nb,2,y\n", "utf-8")
    answer = softrorm("notes.csv", "--map", "Rating=stars")
    assert answer.exit_code == 0, answer.output
    assert [line.split("  ")[0] for line in answer.stdout.splitlines()] == ["column", "Text", "Rating", "id"]
    assert answer.stdout.splitlines()[2].split() == ["Rating", "Stars", "1", "2"]
    assert "(computed by Softr)" in answer.stdout.splitlines()[3]
    assert "Notes: 2 records created." in answer.stderr
    assert [(one.text, one.stars) for one in notes.order_by("text")] == [("a", 1), ("b", 2)]


def test_nothing_is_written_where_a_row_is_refused(softrorm, notes, tmp_path):
    (tmp_path / "notes.csv").write_text("Text,Stars\na,1\nb,9\nc,\n", "utf-8")
    answer = softrorm("notes.csv")
    assert answer.exit_code == 1
    assert "row 3, Stars: takes numbers up to 5, not 9" in answer.stderr
    assert "Nothing was written: 1 of 3 rows refused, listed in notes.csv.refused.csv" in answer.stderr
    assert notes.count() == 0
    assert (tmp_path / "notes.csv.refused.csv").exists()


def test_bad_rows_can_be_passed_by(softrorm, notes, tmp_path):
    (tmp_path / "notes.csv").write_text("Text,Stars\na,1\nb,9\nc,\n", "utf-8")
    answer = softrorm("notes.csv", "--skip-bad", "--report", "bad.csv")
    assert answer.exit_code == 1
    assert "Notes: 2 records created." in answer.stderr
    assert notes.count() == 2
    (tmp_path / "notes.csv").write_text("Text,Stars\nd,\n", "utf-8")
    assert softrorm("notes.csv", "--skip-bad", "--report", "bad.csv").exit_code == 0
    assert not (tmp_path / "bad.csv").exists()


def test_a_dry_run_writes_nothing(softrorm, notes, tmp_path):
    (tmp_path / "notes.csv").write_text("Text\na\n", "utf-8")
    answer = softrorm("notes.csv", "--dry-run")
    assert answer.exit_code == 0
    assert "1 row can be imported into Notes; nothing was written." in answer.stderr
    assert notes.count() == 0


def test_rows_update_what_has_their_key(softrorm, notes, tmp_path):
    notes.create(text="a", stars=1)
    (tmp_path / "notes.csv").write_text("Text,Stars\na,2\nb,3\n", "utf-8")
    answer = softrorm("notes.csv", "--upsert", "Text")
    assert answer.exit_code == 0, answer.output
    assert answer.stderr == "Notes: 1 record created, 1 updated.\n"


def test_an_interrupted_import_says_how_to_go_on(softrorm, notes, tmp_path, monkeypatch):
    from softrorm.data.importing import Import

    (tmp_path / "notes.csv").write_text("Text\n" + "a\n" * 10, "utf-8")
    write = Import.write

    def interrupted(self, refusals, *, skip_bad, progress):
        def stop(done, total):
            if done == 4:
                raise KeyboardInterrupt

        return write(self, refusals, skip_bad=skip_bad, progress=stop)

    monkeypatch.setattr(Import, "write", interrupted)
    answer = softrorm("notes.csv")
    assert answer.exit_code == 130
    assert "Give the same command again to go on where it stopped." in answer.stderr
    monkeypatch.setattr(Import, "write", write)
    answer = softrorm("notes.csv")
    assert answer.exit_code == 0
    assert "Going on where an earlier import" in answer.stderr
    assert "4 imported earlier" in answer.stderr
    assert notes.count() == 10


def test_a_terminal_is_asked_first(softrorm, notes, tmp_path, monkeypatch):
    (tmp_path / "notes.csv").write_text("Text\na\n", "utf-8")
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)
    answer = CliRunner().invoke(main, ["import", "Notes", "notes.csv"], input="n\n")
    assert answer.exit_code == 1
    assert "Import 1 row into Notes? [y/N]" in answer.stderr
    assert notes.count() == 0
    assert CliRunner().invoke(main, ["import", "Notes", "notes.csv"], input="y\n").exit_code == 0
    assert softrorm("notes.csv").exit_code == 0
    assert notes.count() == 2


def test_where_nobody_can_be_asked_nothing_is_sent_without_yes(notes, tmp_path):
    (tmp_path / "notes.csv").write_text("Text\na\n", "utf-8")
    answer = CliRunner().invoke(main, ["import", "Notes", "notes.csv"])
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr == (
        "Error: There is no terminal to ask at: give --yes to import without a question, or --dry-run to check the"
        " rows only.\n"
    )
    assert notes.count() == 0
    assert CliRunner().invoke(main, ["import", "Notes", "notes.csv", "--dry-run"]).exit_code == 0
    assert CliRunner().invoke(main, ["import", "Notes", "notes.csv", "-y"]).exit_code == 0
    assert notes.count() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["notes.csv", "--map", "Text"], '--map takes "Column=Field"'),
        (["notes.csv", "--timezone", "Mars"], "--timezone takes a zone"),
        (["missing.csv"], "does not exist"),
        (["notes.csv"], "column 'Txt': Notes has no field 'Txt'"),
    ],
)
def test_wrong_usage_says_what_would_be_right(softrorm, tmp_path, arguments, message):
    (tmp_path / "notes.csv").write_text("Txt\na\n", "utf-8")
    answer = softrorm(*arguments)
    assert answer.exit_code == 2
    assert message in answer.stderr


def test_rows_that_are_refused_while_others_are_written_are_named_too(softrorm, notes, tmp_path):
    notes.create(text="a", stars=1)
    notes.create(text="a", stars=2)
    (tmp_path / "notes.csv").write_text("Text,Stars\na,3\nb,9\nc,4\n", "utf-8")
    answer = softrorm("notes.csv", "--upsert", "Text", "--skip-bad")
    assert answer.exit_code == 1
    assert [line for line in answer.stderr.splitlines() if line.startswith("row 3,")] == [
        "row 3, Stars: takes numbers up to 5, not 9."
    ]
    assert [line for line in answer.stderr.splitlines() if line.startswith("row 2:")] != []
    assert "2 rows refused" in answer.stderr


def test_a_cell_that_is_required_is_refused_in_plain_words(softrorm, notes, tmp_path):
    (tmp_path / "notes.csv").write_text("Text,Stars\n,1\n", "utf-8")
    assert "row 2, Text: is required and cannot be empty.\n" in softrorm("notes.csv").stderr


def test_a_row_that_the_service_refuses_says_how_to_go_on_with_the_others(softrorm, notes, tmp_path):
    for stars in (1, 2):
        notes.create(text="b", stars=stars)
    (tmp_path / "notes.csv").write_text("Text,Stars\na,1\nb,2\nc,3\n", "utf-8")
    answer = softrorm("notes.csv", "--upsert", "Text")
    assert answer.exit_code == 1
    assert "Row 3 failed: 2 records have the key text='b'" in answer.stderr
    assert answer.stderr.endswith("With --skip-bad the same command goes on, and lists such rows to be corrected.\n")
    assert softrorm("notes.csv", "--upsert", "Text", "--skip-bad").exit_code == 1
    assert sorted(one.text for one in notes) == ["a", "b", "b", "c"]
    assert (tmp_path / "notes.csv.refused.csv").read_text("utf-8").endswith(",b,2\n")


def test_the_report_does_not_take_the_place_of_the_file(softrorm, tmp_path):
    (tmp_path / "notes.csv").write_text("Text\na\n", "utf-8")
    answer = softrorm("notes.csv", "--report", "./notes.csv")
    assert answer.exit_code == 2
    assert "--report is where refused rows are listed" in answer.stderr
    assert (tmp_path / "notes.csv").read_text("utf-8") == "Text\na\n"


def test_a_file_without_rows_is_said_to_have_none(softrorm, notes, tmp_path, monkeypatch):
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)
    (tmp_path / "notes.csv").write_text("Text,Stars\n", "utf-8")
    answer = softrorm("notes.csv")
    assert (answer.exit_code, answer.stderr) == (
        0,
        "notes.csv has no rows that can be imported; nothing was written.\n",
    )


def test_a_check_that_is_interrupted_has_written_nothing(softrorm, notes, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    (tmp_path / "notes.csv").write_text("Text\na\n", "utf-8")
    monkeypatch.setattr("softrorm.data.importing.Import.check", interrupted)
    answer = softrorm("notes.csv")
    assert (answer.exit_code, answer.stderr) == (130, "Interrupted. Nothing was written.\n")


def test_an_import_that_cannot_go_on_says_how_to_begin_anew(softrorm, notes, tmp_path, monkeypatch):
    from softrorm.data.importing import Import

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / "notes.csv").write_text("Text\na\nb\n", "utf-8")
    write = Import.write
    with monkeypatch.context() as patched:
        patched.setattr(Import, "write", lambda self, refusals, **_: write(self, refusals, progress=interrupted))
        assert softrorm("notes.csv").exit_code == 130
    (tmp_path / "notes.csv").write_text("Text\nc\nb\n", "utf-8")
    answer = softrorm("notes.csv")
    assert answer.exit_code == 2
    assert "or remove notes.csv.journal to begin anew" in answer.stderr


def test_where_all_rows_are_refused_nobody_is_told_to_import_the_others(softrorm, tmp_path):
    (tmp_path / "notes.csv").write_text("Text,Stars\na,9\nb,8\n", "utf-8")
    answer = softrorm("notes.csv", "--dry-run")
    assert answer.exit_code == 1
    assert answer.stderr.splitlines()[-1] == (
        "Error: Nothing was written: 2 of 2 rows refused, listed in notes.csv.refused.csv. Correct them."
    )


def test_an_export_that_was_edited_goes_back_by_its_ids(softrorm, notes, tmp_path):
    notes.create(text="a", stars=1)
    notes.create(text="b", stars=2)
    CliRunner().invoke(main, ["export", "Notes", "-o", "notes.csv"])
    text = (tmp_path / "notes.csv").read_text("utf-8")
    (tmp_path / "notes.csv").write_text(text.replace("b,2", "b,3") + ",c,4,,\n", "utf-8")
    assert softrorm("notes.csv", "--upsert", "id", "--dry-run").stderr == (
        "3 rows can be imported into Notes; nothing was written.\n"
    )
    answer = softrorm("notes.csv", "--upsert", "id")
    assert answer.stderr == "Notes: 1 record created, 1 updated, 1 unchanged.\n"
    assert "(the record's id)" in answer.stdout
    assert [(one.text, one.stars) for one in notes.order_by("text")] == [("a", 1), ("b", 3), ("c", 4)]


@pytest.mark.parametrize("columns", [80, 60])
def test_on_a_terminal_the_preview_takes_a_line_for_each_column(notes, tmp_path, monkeypatch, capsys, columns):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "dumb")
    long = "https://www.example.com/about/the-company?and=more"
    (tmp_path / "notes.csv").write_text(f"Text,Stars,updated_at\n{long},1,\n{long},2,\n{long},3,\n", "utf-8")
    with pytest.raises(SystemExit):
        main(["import", "Notes", "notes.csv", "--dry-run"])
    shown = capsys.readouterr().out.splitlines()
    text = next(line for line in shown if line.startswith("Text"))
    assert text.count("...") == 3
    assert max(map(len, shown)) <= columns
    assert [line.split()[0] for line in shown if line.strip(" ─")] == ["column", "Text", "Stars", "updated_at"]


def test_one_mistake_in_many_rows_is_told_once_while_the_report_has_each(softrorm, tmp_path):
    rows = [f"{n},{'1' if n % 4 == 0 else f'{n} pieces'}" for n in range(1, 61)]
    (tmp_path / "notes.csv").write_text("\n".join(["Text,Stars", *rows, "x,"]), "utf-8")
    answer = softrorm("notes.csv")
    assert answer.stderr.splitlines()[:-1] == [
        "row 2, Stars: takes a number such as 1234.5, not '1 pieces'.",
        "row 3, Stars: takes a number such as 1234.5, not '2 pieces'.",
        "row 4, Stars: takes a number such as 1234.5, not '3 pieces'.",
        "and 42 more rows, Stars: takes a number such as 1234.5, not '...'.",
    ]
    assert len((tmp_path / "notes.csv.refused.csv").read_text("utf-8").splitlines()) == 46


def test_values_that_are_shown_as_they_are_make_no_kinds_either(softrorm, tmp_path):
    rows = "".join(f"a,{number}\n" for number in range(6, 46))
    (tmp_path / "notes.csv").write_text(f"Text,Stars\n{rows},1\n", "utf-8")
    assert softrorm("notes.csv").stderr.splitlines()[2:-1] == [
        "row 4, Stars: takes numbers up to 5, not 8.",
        "and 37 more rows, Stars: takes numbers up to 5, not '...'.",
        "row 42, Text: is required and cannot be empty.",
    ]


def test_up_to_25_refusals_are_told_one_by_one(softrorm, tmp_path):
    (tmp_path / "notes.csv").write_text("Text,Stars\n" + "a,x\n" * 25, "utf-8")
    told = softrorm("notes.csv").stderr.splitlines()[:-1]
    assert [line.partition(":")[0] for line in told] == [f"row {number}, Stars" for number in range(2, 27)]

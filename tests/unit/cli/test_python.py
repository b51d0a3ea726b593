"""The commands that know modules: shell and graph; and the scripts for completion."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from softrorm.cli import shell
from softrorm.client.default import configured_client

MODELS = '''
from softrorm import Model, fields

class Book(Model):
    """A book."""

    title = fields.SingleLineText()
    author = fields.LinkedRecord(to="Author")

class Author(Model):
    name = fields.SingleLineText()
'''


@pytest.fixture
def module(folder, monkeypatch):
    """A module with models in the working directory, forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("library_models.py").write_text(MODELS)
    yield "library_models"
    sys.modules.pop("library_models", None)


# --- shell --------------------------------------------------------------------------------------


def test_shell_runs_code_with_a_client_and_reflected_models(tracker, run, capsys):
    code = "print(Tasks.objects.filter(Q(billable=True)).count(), client is configured, date(2026, 1, 2), today())"
    run("shell", "--database", "tracker", "-c", f"from softrorm.client.default import _client as configured; {code}")
    assert configured_client() is not None


def test_shell_prints_what_code_prints(tracker, run):
    answer = run("shell", "--database", "tracker", "-c", "print(Tasks.objects.get(title='Draft').hours)")
    assert answer.stdout == "6\n"
    assert run("shell", "-c", "print(reflect(client, 'Projects').objects.count())").stdout == "1\n"


def test_shell_has_the_models_of_modules(tracker, module, run):
    assert run("shell", module, "-c", "print(Book.__name__, Author.__name__)").stdout == "Book Author\n"


def test_shell_has_what_else_the_modules_define(tracker, module, run):
    Path("library_models.py").write_text(
        f"from enum import Enum\n{MODELS}\nclass Genre(Enum):\n    NOVEL = 'Novel'\n\n_hidden = client = 1\n"
    )
    code = "print(Genre.NOVEL.value, Book.__name__, '_hidden' in globals(), client.url)"
    assert run("shell", module, "-c", code).stdout == "Novel Book False sandbox:tracker.db\n"
    with Path("library_models.py").open("a") as file:
        file.write("\n__all__ = ['Genre']\n")
    sys.modules.pop(module)
    code = "print(Genre.NOVEL.value, Book.__name__, 'Enum' in globals())"
    assert run("shell", module, "-c", code).stdout == "Novel Book False\n"


def test_models_declared_by_name_are_bound_through_the_lock_file_of_the_environment(tracker, run, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("locked_models.py").write_text(
        "from softrorm import Model, fields\n\nclass Thing(Model):\n    title = fields.SingleLineText()\n\n"
        "    class Meta:\n        database_name = 'Things'\n"
    )
    code = "print(Thing.objects.count())"
    try:
        assert "this account has no database 'Things'" in run("shell", "locked_models", "-c", code, code=2).stderr
        run("push", "locked_models", "--yes", "--env", "staging")
        [made] = [one.id for one in tracker.client.list_databases() if one.name == "Things"]
        tracker.client.update_database(made, name="Renamed")
        assert run("shell", "locked_models", "--env", "staging", "-c", code).stdout == "0\n"
        answer = run("shell", "locked_models", "--env", "stagnig", "-c", code, code=2)
        assert answer.stderr.startswith("Error: There is no lock file softr.stagnig.lock.json; softrorm push writes it")
        assert run("check", "locked_models", "--env", "stagnig", code=2).stderr == answer.stderr
    finally:
        sys.modules.pop("locked_models", None)


def test_what_code_raises_is_shown_from_its_first_line_on(tracker, run):
    lines = run("shell", "-c", "1 / 0", code=1).stderr.splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", '  File "<string>", line 1, in <module>']
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert len(lines) == 3
    assert run("shell", "-c", "1 +", code=1).stderr.splitlines()[-1] == "SyntaxError: invalid syntax"


def test_shell_runs_what_comes_in_through_a_pipe(tracker, run):
    answer = run("shell", "--database", "tracker", input="print(Tasks.objects.count())\nprint(2)\n")
    assert answer.stdout == "2\n2\n"


@pytest.mark.parametrize(
    ("text", "last"), [("x = (", "SyntaxError: '(' was never closed"), ("import no_such", "No module named 'no_such'")]
)
@pytest.mark.parametrize("arguments", [["shell"], ["check"], ["push", "--plan"], ["graph", "--models"]])
def test_a_module_that_cannot_be_imported_is_wrong_usage_and_shown_without_our_frames(
    tracker, module, run, text, last, arguments
):
    Path("library_models.py").write_text(text)
    said = run(*arguments, module, code=2).stderr
    assert said.startswith("Error: library_models cannot be imported.\n")
    assert said.rstrip().endswith(last)
    assert "library_models.py" in said
    assert "click" not in said
    assert "softrorm/cli" not in said


def test_a_model_that_softrorm_refuses_is_named_with_its_line(tracker, module, run):
    Path("library_models.py").write_text(
        MODELS.replace("    author =", "    kind = fields.Select(choices=3)\n    author =")
    )
    said = run("check", module, code=2).stderr
    assert said.startswith("Error: choices is an Enum, a list of labels, or a dict of label to id, not 3.\n")
    assert said.endswith('library_models.py", line 8\n')


def test_a_package_that_cannot_be_imported_is_not_said_to_be_missing(tracker, run, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("broken_app").mkdir()
    Path("broken_app/__init__.py").write_text("import no_such")
    Path("broken_app/models.py").write_text(MODELS)
    said = run("check", "broken_app.models", code=2).stderr
    assert said.startswith("Error: broken_app.models cannot be imported.\nTraceback")
    assert said.endswith("ModuleNotFoundError: No module named 'no_such'\n")


def test_a_package_without_models_is_answered_with_its_module_of_models(tracker, run, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("shop_app").mkdir()
    Path("shop_app/__init__.py").write_text("")
    Path("shop_app/models.py").write_text(MODELS)
    try:
        assert "Did you mean shop_app.models?" in run("check", "shop_app", code=2).stderr
    finally:
        sys.modules.pop("shop_app", None)


def test_without_ipython_it_is_pythons_own_shell(tracker, run, monkeypatch):
    import code

    begun = {}
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.setattr(shell, "is_terminal", lambda: True)
    monkeypatch.setattr(code, "interact", lambda banner, local, exitmsg: begun.update(local, banner=banner))
    run("shell", "--database", "tracker")
    assert begun["Tasks"].__name__ == "Tasks"
    assert begun["client"].url == "sandbox:tracker.db"
    assert begun["banner"].splitlines()[1:] == [
        "Models: Projects, Tasks",
        "Also: client, reflect, Session, Q, fields, today ...",
        "A query is lazy: list(Projects.objects.all()[:5]) reads it, and so does .to_dicts()",
    ]


def test_with_ipython_it_is_that(tracker, run, monkeypatch):
    from types import ModuleType

    stand_in, begun = ModuleType("IPython"), {}
    stand_in.start_ipython = lambda argv, user_ns: begun.update(user_ns, argv=argv)
    monkeypatch.setitem(sys.modules, "IPython", stand_in)
    monkeypatch.setattr(shell, "is_terminal", lambda: True)
    answer = run("shell")
    assert begun["argv"] == ["--no-banner"]
    assert begun["client"].url == "sandbox:tracker.db"
    assert "Models: none: give a module, or --database" in answer.stdout


def test_ipython_itself_starts_with_the_models_and_the_client(module, monkeypatch):
    pytest.importorskip("IPython", reason="IPython is not installed, and takes long to install")
    monkeypatch.setenv("IPYTHONDIR", str(Path.cwd()))
    # It takes what comes in through a pipe too, which the command would run as a program.
    program = (
        "from softrorm.cli import main, shell; shell.is_terminal = lambda: True; "
        f"main(['shell', '{module}', '--url', 'sandbox:'])"
    )
    typed = (
        "place = softrorm.create_tables(client, [Book, Author], database_name='Library'); print(Book.objects.count())"
    )
    done = subprocess.run([sys.executable, "-c", program], input=typed, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "<Client of sandbox: in dialect 'current'>\nModels: Book, Author\n" in done.stdout
    assert "In [1]: 0\n" in done.stdout


def test_names_can_be_completed_with_the_tabulator(monkeypatch):
    readline = pytest.importorskip("readline")
    before = readline.get_completer()
    try:
        shell._complete({"unlikely_name": 1})
        assert readline.get_completer()("unlikely_na", 0) == "unlikely_name"
    finally:
        readline.set_completer(before)


# --- graph --------------------------------------------------------------------------------------


def test_a_live_database_is_drawn_as_mermaid(tracker, run):
    lines = run("graph", "tracker").stdout.splitlines()
    assert lines[0] == "erDiagram"
    assert lines[-1] == '    Projects |o--o{ Tasks : "Tasks / Project"'


def test_the_models_of_a_module_are_drawn_without_a_client(module, run):
    answer = run("graph", "--models", module)
    assert '    Book }o--o| Author : "Author"' in answer.stdout.splitlines()


def test_the_ending_of_the_file_says_what_is_drawn(module, run):
    run("graph", "--models", module, "-o", "models.mmd")
    answer = run("graph", "--models", module, "-o", "models.dot")
    assert answer.stderr == "Drawn into models.dot.\n"
    assert Path("models.mmd").read_text().startswith("erDiagram")
    assert Path("models.dot").read_text().startswith("digraph")
    assert "ends with .mmd, .dot or .svg" in run("graph", "--models", module, "-o", "models.png", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Give a DATABASE, or --models and a module"),
        (["Tracker", "--models", "x"], "Give a DATABASE, or --models and a module, not both"),
        (["--models", "nowhere_to_be_found"], "There is no module 'nowhere_to_be_found', neither in this folder nor"),
        (["--models", "nowhere.models"], "There is no module 'nowhere.models'"),
        (["--models", "app/models.py"], "Write app.models."),
        (["--models", "json"], "json has no models"),
    ],
)
def test_what_cannot_be_drawn_is_a_usage_error(tracker, run, arguments, said):
    answer = run("graph", *arguments, code=2)
    assert said in answer.stderr


def test_a_module_where_the_database_stands_is_answered_with_the_option_for_it(tracker, run, monkeypatch):
    hint = "To draw the models of a module write: softrorm graph --models crm.models\n"
    assert run("graph", "crm.models", code=2).stderr.endswith(hint)
    monkeypatch.delenv("SOFTR_URL")
    assert run("graph", "crm.models", code=2).stderr.endswith(hint)
    assert "--models" not in run("graph", "Crm", "--url", "sandbox:tracker.db", code=2).stderr


def test_a_database_without_tables_is_a_no(tracker, run):
    tracker.client.create_database("Empty", tracker.client.sandbox.workspace_id)
    assert "has no tables" in run("graph", "Empty", code=1).stderr

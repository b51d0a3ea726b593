"""What inspect does with a module that is there already: what a person wrote stays, the rest is added or marked."""

import sys
import types

import pytest

from softrorm import ConfigurationError
from softrorm.schema import inspect_database


def load(text):
    module = sys.modules["again"] = types.ModuleType("again")
    exec(compile(text, "again", "exec"), vars(module))
    del sys.modules["again"]
    return module


def added(before, after):
    """The lines that came, after a check that none of the old ones went."""
    rest = iter(after.splitlines())
    new = []
    for line in before.splitlines():
        for other in rest:
            if other == line:
                break
            new.append(other)
        else:
            pytest.fail(f"{line!r} went")
    return [*new, *rest]


def edited(tracker):
    """A module in which a person named and added things."""
    text = tracker.inspect()
    for old, new in [
        ("TasksStatus", "Progress"),
        ("    DONE = ", "    FINISHED = "),
        ("    due:", "    deadline:"),
        ("class Tasks(", "@register\n# Ours.\nclass Task("),
        ("[Tasks]", "[Task]"),
        ('to="Tasks"', 'to="Task"'),
        ("import TypedModel, fields\n", "import TypedModel, fields\n\n\ndef register(cls):\n    return cls\n"),
    ]:
        assert old in text
        text = text.replace(old, new)
    return text + "\n    @property\n    def is_late(self) -> bool:\n        return self.deadline is None  # so far\n"


def test_nothing_new_changes_nothing(tracker):
    text = edited(tracker)
    assert tracker.inspect(text) == text
    assert tracker.inspect(text.replace("\n", "\r\n")) == text.replace("\n", "\r\n")
    assert tracker.inspect(text.rstrip()) == text.rstrip()
    assert tracker.inspect(text + "\n\n# The end\n") == text + "\n\n# The end\n"


def test_a_new_field_comes_behind_the_others_of_its_class(tracker):
    text = edited(tracker)
    id = tracker.add("Cost", "CURRENCY").id
    again = tracker.inspect(text)
    declared = ["    cost: fields.Currency = fields.Currency(", f'        "{id}",', "        precision=2,"]
    assert added(text, again)[:3] == declared
    task = load(again).Task
    assert list(task._meta.own_fields) == ["title", "status", "deadline", "project", "cost"]
    assert again.index("cost:") < again.index("class Meta", again.index("class Task("))
    assert tracker.inspect(again) == again


def test_a_new_field_gets_a_name_that_the_class_has_not(tracker):
    text = edited(tracker)
    tracker.add("Is late", "CHECKBOX")
    tracker.add("Deadline", "DATETIME")
    names = load(tracker.inspect(text)).Task._meta.own_fields
    assert {"is_late_2", "deadline_2"} <= set(names)


def test_a_new_select_gets_its_enum_above_the_class_and_what_is_said_of_it(tracker):
    text = edited(tracker)
    tracker.add("Size", "SELECT", {"choices": [{"label": "S"}, {"label": "L"}]})
    again = tracker.inspect(text)
    assert "    L = " in again
    assert again.index("class TaskSize(fields.Choices):") < again.index("@register\n# Ours.\nclass Task(")
    assert load(again).Task.size.choices.__name__ == "TaskSize"
    assert tracker.inspect(again) == again


def test_a_new_choice_comes_behind_the_others_of_its_enum(tracker):
    text = edited(tracker)
    status = tracker.field("Status")
    choices = [*(one.to_wire() for one in status.options.choices), {"label": "On hold"}]
    tracker.client.update_field(tracker.database, tracker.task, status.id, options={"choices": choices})
    again = tracker.inspect(text)
    assert [line.partition(" = ")[0].strip() for line in added(text, again)] == ["ON_HOLD"]
    assert [one.name for one in load(again).Progress] == ["OPEN", "FINISHED", "ON_HOLD"]
    assert tracker.inspect(again) == again


def test_a_new_table_comes_at_the_end(tracker):
    text = edited(tracker)
    tracker.client.create_table(tracker.database, "Notes")
    again = tracker.inspect(text)
    assert again.startswith(text.rstrip())
    assert added(text, again)[:3] == ["", "", "class Notes(TypedModel):"]
    assert tracker.inspect(again) == again


def test_a_new_link_leads_to_the_class_by_its_new_name(tracker):
    text = edited(tracker)
    notes = tracker.client.create_table(tracker.database, "Notes")
    tracker.client.create_field(tracker.database, notes.id, "About", "LINKED_RECORD", {"linkedTableId": tracker.task})
    module = load(tracker.inspect(text))
    assert module.Notes.about.target is module.Task
    assert module.Notes.about.inverse == "notes"
    assert module.Task.notes.target is module.Notes


def test_what_is_gone_is_marked_and_stays(tracker):
    text = edited(tracker)
    status = tracker.field("Status")
    tracker.client.update_field(
        tracker.database, tracker.task, status.id, options={"choices": [status.options.choices[0].to_wire()]}
    )
    tracker.client.delete_field(tracker.database, tracker.task, tracker.field("Due").id)
    tracker.client.delete_field(
        tracker.database,
        tracker.tables["Projects"],
        tracker.client.table_schema(tracker.database, tracker.tables["Projects"]).field("Tasks").id,
    )
    again = tracker.inspect(text)
    assert added(text, again) == [
        "    # Gone from the table.",
        "    # Gone from the choices.",
        "    # Gone from the table.",
    ]
    at = again.splitlines()
    assert at[at.index("    # Gone from the choices.") + 1].startswith("    FINISHED = ")
    assert tracker.inspect(again) == again
    load(again)


def test_a_table_that_is_gone_is_marked_and_its_class_stays(tracker):
    text = edited(tracker)
    tracker.client.delete_table(tracker.database, tracker.task, force=True)
    again = tracker.inspect(text)
    assert "# Gone from the database.\n@register\n# Ours.\nclass Task(" in again
    assert tracker.inspect(again) == again


def test_marks_go_when_what_they_say_is_true_no_more(tracker):
    text = edited(tracker)
    kept = "\n".join(
        line
        for line in text.splitlines()
        for line in ((["    # Gone from the table."] if "deadline:" in line else []) + [line])
    )
    assert kept.count("Gone") == 1
    assert tracker.inspect(kept) == text.rstrip("\n")


def test_a_field_of_another_type_by_now_is_marked(tracker):
    text = edited(tracker)
    due = tracker.field("Due")
    tracker.client.update_field(tracker.database, tracker.task, due.id, type="LONG_TEXT", options={})
    again = tracker.inspect(text)
    assert added(text, again) == ["    # Now fields.LongText in the table."]
    assert tracker.inspect(again) == again
    tracker.client.update_field(tracker.database, tracker.task, due.id, type="NUMBER", options={})
    assert "    # Now fields.Number in the table.\n    deadline" in tracker.inspect(again)
    assert "LongText" not in tracker.inspect(again)


def test_a_renamed_field_keeps_its_attribute(tracker):
    text = edited(tracker)
    tracker.client.update_field(tracker.database, tracker.task, tracker.field("Due").id, "When")
    assert tracker.inspect(text) == text


def test_what_a_person_declared_otherwise_stays(tracker):
    text = edited(tracker)
    tracker.add("Took", "DURATION")
    again = tracker.inspect(text).replace("took: fields.Duration = ", "took: fields.Duration[timedelta | None] = ")
    again = again.replace(f'"{tracker.field("Took").id}"', f'"{tracker.field("Took").id}", unit="seconds"')
    assert tracker.inspect(again) == again


def test_models_declared_by_names_are_known_by_names(tracker):
    text = (
        "from softrorm import Model, fields\n\n\n"
        "class Project(Model):\n    name = fields.SingleLineText(required=True)\n"
        '    tasks = fields.LinkedRecords(to="Task")\n\n'
        '    class Meta:\n        database_name = "Tracker"\n        table_name = "Projects"\n\n\n'
        "class Task(Model):\n    headline = fields.SingleLineText(name='Title')\n    due = fields.DateTime()\n"
        '\n    class Meta:\n        database_name = "Tracker"\n        table_name = "Tasks"\n'
    )
    again = tracker.inspect(text)
    status, project = (tracker.field(name).id for name in ("Status", "Project"))
    new = [line.strip() for line in added(text, again)]
    assert f'status = fields.Select("{status}", choices=TaskStatus, default=TaskStatus.OPEN)' in new
    assert f'project = fields.LinkedRecord("{project}", to=Project, inverse="tasks")' in new
    assert tracker.inspect(again) == again
    load(again)


def test_what_is_declared_by_name_and_not_there_yet_is_not_gone(tracker):
    text = (
        "from __future__ import annotations\n\nfrom enum import Enum\n\nfrom softrorm import Model, fields\n\n\n"
        'class Status(Enum):\n    OPEN = "Open"\n    DONE = "Done"\n    LATER = "Later"\n\n\n'
        "class Project(Model):\n    name = fields.SingleLineText()\n    budget = fields.Currency()\n"
        '    state = fields.Select(choices=Status)\n\n    class Meta:\n        table_name = "Projects"\n'
    )
    again = tracker.inspect(text, tables=["Projects"])
    assert "Gone" not in again
    assert tracker.inspect(again, tables=["Projects"]) == again


def test_fields_of_a_base_class_are_known(tracker):
    title = tracker.field("Title").id
    text = tracker.inspect()
    [line] = [line for line in text.splitlines() if "    title:" in line]
    text = text.replace(line + "\n", "").replace("class Tasks(TypedModel)", "class Tasks(Titled)")
    declared = f'    name = fields.SingleLineText("{title}", required=True)'
    base = f"class Titled(TypedModel):\n{declared}\n\n    class Meta:\n        abstract = True\n\n\n"
    text = text.replace("class Projects(", base + "class Projects(")
    assert tracker.inspect(text) == text


def test_other_tables_than_those_asked_for_are_left_alone(tracker):
    text = edited(tracker)
    tracker.add("Cost", "CURRENCY")
    tracker.client.create_table(tracker.database, "Notes")
    assert tracker.inspect(text, tables=["Projects"]) == text


def test_a_class_without_fields_gets_them_when_its_table_is_asked_for(tracker):
    text = tracker.inspect(tables=["Tasks"])
    again = tracker.inspect(text)
    module = load(again)
    assert list(module.Projects._meta.own_fields) == ["name", "tasks"]
    assert "class Projects(TypedModel):\n    name: " in again
    assert tracker.inspect(again) == again


def test_imports_that_new_declarations_need_are_added_in_their_places(tracker):
    text = edited(tracker).replace(
        "from __future__ import annotations\n\n", "import json\nfrom datetime import datetime\n\n"
    )
    tracker.add("Start", "DATETIME", required=True)
    again = tracker.inspect(text)
    assert "import datetime as dt\nimport json\nfrom datetime import datetime\n\nfrom softrorm" in again
    assert "from __future__" not in again
    assert "start: fields.DateTime[dt.datetime] = " in again


def test_annotations_are_put_off_only_where_a_new_one_names_a_class_further_down(tracker):
    head = '"""Ours."""\nfrom softrorm import Model, fields\n\n\n'
    project = (
        "class Project(Model):\n    name: fields.SingleLineText[str] = fields.SingleLineText(required=True)\n\n"
        '    class Meta:\n        database_name = "Tracker"\n        table_name = "Projects"\n\n\n'
    )
    task = (
        "class Task(Model):\n    title: fields.SingleLineText[str] = fields.SingleLineText(required=True)\n\n"
        '    class Meta:\n        database_name = "Tracker"\n        table_name = "Tasks"\n\n\n'
    )
    only_above = tracker.inspect(head + project + task, tables=["Tasks"])
    assert "project: fields.LinkedRecord[Project | None] = " in only_above
    assert "status: fields.Select[TaskStatus | None] = " in only_above
    assert only_above.startswith(head)
    load(only_above)
    further_down = tracker.inspect(head + project + task)
    assert "tasks: fields.LinkedRecords[Task] = " in further_down
    assert further_down.startswith(
        '"""Ours."""\n\nfrom __future__ import annotations\n\nfrom softrorm import Model, fields\n'
    )
    load(further_down)


def test_a_module_of_several_databases_keeps_the_others(tracker):
    other = tracker.client.create_database("Other", tracker.client.sandbox.workspace_id)
    tracker.client.create_table(other.id, "Tasks")
    text = tracker.inspect()
    both = inspect_database(tracker.client, "Other", existing=text)
    assert both.startswith(text.rstrip())
    assert "class Tasks2(TypedModel):" in both
    assert tracker.inspect(both) == both
    assert inspect_database(tracker.client, "Other", existing=both) == both


def test_what_is_commented_out_is_left_out(tracker):
    text = edited(tracker)
    out = [tracker.add(name, "NUMBER").id for name in ("Cost", "Size")]
    status = tracker.field("Status")
    choices = [*(one.to_wire() for one in status.options.choices), {"label": "Later"}]
    later = tracker.client.update_field(tracker.database, tracker.task, status.id, options={"choices": choices})
    note = tracker.client.create_table(tracker.database, "Notes").id
    tracker.add("Note", "LINKED_RECORD", {"linkedTableId": note})
    text = text.replace("    deadline:", f'    # cost = fields.Number("{out[0]}")\n    deadline:')
    text = text.replace("    FINISHED", f"    # Not ours: '{later.options.choice('Later').id}'\n    FINISHED")
    text = text.rstrip() + f'\n    # nor "{out[1]}"\n\n\n# class Notes: table = "{note}"\n'
    again = tracker.inspect(text)
    [line, *_] = [line.strip() for line in added(text, again)]
    assert line.startswith("note: fields.Raw = fields.Raw(")  # a link to a table that is left out
    task = load(again).Task
    assert list(task._meta.own_fields) == ["title", "status", "deadline", "project", "note"]
    assert task.status.choices.__members__.keys() == {"OPEN", "FINISHED"}
    assert "class Notes(" not in again
    assert tracker.inspect(again) == again
    assert "class Notes(TypedModel):" in tracker.inspect(again, tables=["Notes"])
    # What the comments of one class say is no matter to the others.
    other = tracker.inspect().replace("    cost:", "    price:").replace("class Tasks(", f'# "{out[0]}"\nclass Tasks(')
    assert "cost" not in tracker.inspect(other)
    lines = [line for line in other.splitlines() if out[0] not in line or "#" in line]
    assert "    cost: fields.Number = " in tracker.inspect("\n".join(lines))


def test_a_table_whose_class_is_imported_from_another_module_stays_there(tracker):
    text = tracker.inspect()
    cut = text.index("\n\nclass TasksStatus")
    head = "if TYPE_CHECKING:\n    from app.tasks import Tasks\n"
    projects = text[:cut].replace("from softrorm", "from typing import TYPE_CHECKING\n\nfrom softrorm", 1).rstrip()
    projects = projects.replace("import TypedModel, fields\n", f"import TypedModel, fields\n\n{head}")
    assert tracker.inspect(projects + "\n") == projects + "\n"
    tracker.client.create_field(
        tracker.database, tracker.tables["Projects"], "Next", "LINKED_RECORD", {"linkedTableId": tracker.task}
    )
    assert '    next: fields.LinkedRecords[Tasks] = fields.LinkedRecords("' in tracker.inspect(projects + "\n")
    assert "class Tasks" not in tracker.inspect(projects + "\n")
    assert "class Tasks2(TypedModel)" in tracker.inspect(projects + "\n", tables=["Tasks"])


def test_a_lookup_shows_the_enum_of_the_field_that_it_shows_also_when_that_grows(tracker):
    text = edited(tracker)
    status, project = tracker.field("Status"), tracker.tables["Projects"]
    choices = [*(one.to_wire() for one in status.options.choices), {"label": "Later"}]
    tracker.client.update_field(tracker.database, tracker.task, status.id, options={"choices": choices})
    tasks = tracker.client.table_schema(tracker.database, project, refresh=True).field("Tasks").id
    path = {"linkedRecordFieldId": tracker.field("Project").id, "lookupFieldId": tasks}
    tracker.add("Others", "LOOKUP", path)
    path = {"linkedRecordFieldId": tasks, "lookupFieldId": status.id}
    tracker.client.create_field(tracker.database, project, "States", "LOOKUP", path)
    again = tracker.inspect(text)
    assert again.count("(fields.Choices)") == 1
    assert load(again).Task.status.choices.__members__.keys() == {"OPEN", "FINISHED", "LATER"}


OWN = """\
from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar

import softrorm
from softrorm import TypedModel
from softrorm import fields as f
from softrorm.fields import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable

DATABASE = "{database}"


class Base(TypedModel):
    \"\"\"What ours share.\"\"\"

    class Meta:
        abstract = True
        database = DATABASE


class State(str, enum.Enum):
    \"\"\"Ours.\"\"\"

    TODO = Choice("Open", "{open}")  # type: ignore[assignment]

    def is_open(self) -> bool:
        return self is State.TODO


class Thing(Base):
    LIMIT: ClassVar[int] = 3

    headline: f.SingleLineText[str] = f.SingleLineText("{title}", required=True)  # type: ignore  # ours
    state: f.Select[State | None] = f.Select(id="{status}", choices=State, description="x")

    @property
    def loud(self) -> str:
        return self.headline.upper()

    class Meta:
        table = "{task}"
        table_name = "Whatever"


class Short(softrorm.Model):
    text = softrorm.fields.SingleLineText("{title}")

    class Meta:
        database = DATABASE
        table = "{task}"


def loudly(things: Iterable[Thing]) -> list[str]:
    return [one.loud for one in things]
"""


def test_whatever_way_a_person_writes_it_stays(tracker):
    choices = tracker.field("Status").options
    text = OWN.format(
        database=tracker.database,
        task=tracker.task,
        open=choices.choice("Open").id,
        title=tracker.field("Title").id,
        status=tracker.field("Status").id,
    )
    again = tracker.inspect(text)
    new = [line.strip() for line in added(text, again)]
    assert f'DONE = Choice("Done", "{choices.choice("Done").id}")' in new
    assert f'due: f.DateTime = f.DateTime("{tracker.field("Due").id}")' in new
    assert "class Projects(TypedModel):" in new
    assert not [line for line in new if "import" in line or "Short" in line]
    assert "tasks: f.LinkedRecords[Thing] = f.LinkedRecords(" in again
    assert tracker.inspect(again) == again
    assert load(again).Thing.state.choices.DONE.value == "Done"


def test_what_is_no_python_is_refused_with_its_line(tracker):
    with pytest.raises(ConfigurationError, match=r"^the module, line 2 is no Python that can be read: "):
        tracker.inspect("x = 1\ndef\n")

"""A push: tables made and changed until they are as the models say, what it leaves alone, and how it goes on."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from datetime import UTC, datetime
from enum import Enum

import pytest

from softrorm import Model, SoftrError, fields
from softrorm.client.errors import ConfigurationError
from softrorm.client.lock import Lock
from softrorm.fields import Choice
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import aapply, acheck, aplan, apply, apush, check, plan, push
from softrorm.schema.pushing import Plan

WRITES = {"POST", "PUT", "DELETE", "PATCH"}


class Status(Enum):
    OPEN = "Open"
    DONE = "Done"


class Project(Model):
    """What somebody pays for."""

    title = fields.SingleLineText(required=True)
    tasks = fields.LinkedRecords(to="Task")
    hours = fields.Rollup(through="tasks", of="hours", function="SUM", returns=fields.Number())
    double = fields.Formula(formula="{Hours} * 2", returns=fields.Number())

    class Meta:
        database_name = "Work"


class Task(Model):
    done = fields.Checkbox(default=True)
    name = fields.SingleLineText(required=True, max_length=60, description="What to do")
    hours = fields.Number(name="Hours spent")
    status = fields.Select(choices=Status, default=Status.OPEN)
    due = fields.Date()
    project = fields.LinkedRecord(to=Project, inverse="tasks")
    parent = fields.LinkedRecord(to="self", inverse="children")
    children = fields.LinkedRecords(to="self")
    customer = fields.Lookup(through="project", of="double")

    class Meta:
        database_name = "Work"


def model(title, /, meta=(), **attributes):
    """A model as it is after somebody edited it: the lock knows it by its name."""
    options = type("Meta", (), {"database_name": "Work", **dict(meta)})
    return type(
        title, (Model,), {"__module__": __name__, "__qualname__": f"edited.{title}", "Meta": options, **attributes}
    )


class Named(Model):
    name = fields.SingleLineText()

    class Meta:
        database_name = "Work"


def table(client, name):
    [database] = client.list_databases()
    return next(one for one in client.list_tables(database.id) if one.name == name)


def shape(client):
    """The schema of the only database, with names in place of ids."""
    [database] = client.list_databases()
    tables = client.list_tables(database.id)
    names = {one.id: one.name for one in tables} | {
        field.id: f"{one.name}.{field.name}" for one in tables for field in one.fields
    }

    def named(value):
        if isinstance(value, dict):
            return {key: named(one) for key, one in value.items() if key not in {"createdAt", "updatedAt", "id"}}
        if isinstance(value, list):
            return [named(one) for one in value]
        return names.get(value, value) if isinstance(value, str) else value

    return {
        one.name: (one.description, named(one.primary_field_id), {f.name: named(f.to_wire()) for f in one.fields})
        for one in tables
    }


def test_a_push_makes_everything_from_nothing(client):
    print(push([Project, Task], client))

    project, task = table(client, "Project"), table(client, "Task")
    assert project.description == "What somebody pays for."
    assert task.field(task.primary_field_id).name == "Name"
    assert [one.name for one in project.fields] == ["Title", "Tasks", "Hours", "Double"]
    assert task.field("Project").options["inverseLinkFieldId"] == project.field("Tasks").id
    assert project.field("Tasks").options["inverseLinkFieldId"] == task.field("Project").id
    assert task.field("Customer").options["lookupFieldId"] == project.field("Double").id
    assert task.field("Status").default_value["label"] == "Open"


def test_a_short_text_titles_a_table_rather_than_a_long_one(client):
    notes, mail, name = fields.LongText(), fields.Email(), fields.SingleLineText()
    push([model("A", notes=notes, mail=mail, name=name), model("B", n=fields.Number(), text=fields.LongText())], client)
    primary = [table(client, one).field(table(client, one).primary_field_id).name for one in "AB"]
    assert primary == ["Mail", "Text"]


def test_a_plan_says_what_every_field_will_be(client):
    tag = model("Tag", order=fields.Number(min=0))
    task = model(
        "Task",
        name=fields.SingleLineText(required=True, max_length=60),
        status=fields.Select(choices=Status, default=Status.OPEN),
        tags=fields.LinkedRecords(to=tag),
        parent=fields.LinkedRecord(to="self", inverse="children"),
        children=fields.LinkedRecords(to="self"),
        due=fields.Date(),
        colors=fields.MultiSelect(choices=[str(number) for number in range(9)]),
        count=fields.Count(through="tags"),
        order=fields.Lookup(through="tags", of="order"),
        most=fields.Rollup(through="tags", of="order", function="MAX"),
        double=fields.Formula(formula="{Count} * 2"),
    )
    assert str(plan([tag, task], client)).splitlines() == [
        "+ database 'Work'",
        "  + table 'Tag' (Tag)",
        "      + Name: SINGLE_LINE_TEXT, primary: every table has one",
        "      + Order (order): NUMBER, min 0",
        "  + table 'Task' (Task)",
        "      + Name (name): SINGLE_LINE_TEXT, primary, required, maxLength 60",
        "      + Status (status): SELECT, Open | Done, default 'Open'",
        "      + Due (due): DATETIME, precision DATE",
        "      + Colors (colors): SELECT, several, 0 | 1 | 2 | 3 | 4 | 5 | ...",
        "      + Tags (tags): links to Tag",
        "          other end: a field of Tag that no model declares",
        "      + Parent (parent): link to Task",
        "          other end: Children (children): links to Task of Task",
        "      + Count (count): COUNT of tags",
        "      + Order (order): LOOKUP of tags.order",
        "      + Most (most): ROLLUP, MAX of tags.order",
        "      + Double (double): FORMULA, '{Count} * 2'",
        "1 database, 2 tables, 14 fields to add.",
    ]


def test_a_second_push_has_nothing_to_do(client, sandbox):
    lock = Lock()
    push([Project, Task], client, lock=lock)
    for known in (lock, Lock()):  # with the ids, and by name
        before = len(sandbox.requests)
        made = plan([Project, Task], client, lock=known)
        assert (made.steps, made.held, made.notes) == ([], [], [])
        assert str(made) == "Nothing to do: the tables are as the models say."
        assert {one.method for one in sandbox.requests[before:]} == {"GET"}
    assert check([Project, Task], client).findings == ()


def test_a_push_binds_the_models_without_a_request(client, assert_requests):
    push([Project, Task], client)
    with assert_requests(2):
        project = Project.objects.create(title="Garden")
        task = Task.objects.create(name="Dig", project=project)
    assert task.status is Status.OPEN


def test_a_plan_makes_no_write(client, sandbox):
    made = plan([Project, Task], client)
    assert made
    assert not {one.method for one in sandbox.requests} & WRITES
    push([Project, Task], client)
    sandbox.requests.clear()
    changed = [model("Project", title=fields.SingleLineText(name="Name")), model("Task", name=fields.Number())]
    made = plan(changed, client, allow_destructive=True, lock=made.lock)
    assert made
    assert {(one.method, one.path.rpartition("/")[2]) for one in sandbox.requests if one.method in WRITES} <= {
        ("POST", "search")
    }


def test_a_field_that_is_new_is_added_and_nothing_else_touched(client):
    lock = Lock()
    push([model("Task", name=fields.SingleLineText())], client, lock=lock)
    before = table(client, "Task").field("Name")
    made = push([model("Task", name=fields.SingleLineText(), due=fields.Date())], client, lock=lock)
    after = table(client, "Task")
    assert [step.shown for step in made.steps] == ["Due (due): DATETIME, precision DATE"]
    assert after.field("Name") == before
    assert after.field("Due").options["precision"] == "DATE"
    assert lock.tables["Task"].fields["due"].id == after.field("Due").id


def test_a_renamed_field_or_table_stays_the_same_one(client):
    lock = Lock()
    old = model("Task", name=fields.SingleLineText(), due=fields.Date())
    push([old], client, lock=lock)
    record = old.objects.create(name="Dig")
    ids = {one.name: one.id for one in table(client, "Task").fields}

    new = model("Task", meta={"table_name": "To do"}, name=fields.SingleLineText(name="What"), due=fields.Date())
    made = push([new], client, lock=lock)

    renamed = table(client, "To do")
    assert [line for step in made.steps for line in step.details] == [
        "name: 'Task' -> 'To do'",
        "name: 'Name' -> 'What'",
    ]
    assert renamed.field("What").id == ids["Name"]
    assert new.objects.get(id=record.id).name == "Dig"
    assert lock.tables["Task"].name == "To do"


def test_without_a_lock_a_new_name_is_a_new_field(client):
    push([model("Task", name=fields.SingleLineText(), due=fields.Date())], client)
    made = push([model("Task", name=fields.SingleLineText(), due=fields.Date(name="Deadline"))], client)
    assert [step.action for step in made.steps] == ["create_field"]
    assert {one.name for one in table(client, "Task").fields} == {"Name", "Due", "Deadline"}


def test_choices_keep_their_ids_when_they_are_added_renamed_and_moved(client):
    lock = Lock()
    push([model("Task", status=fields.Select(choices=Status))], client, lock=lock)
    before = {one.label: one.id for one in table(client, "Task").field("Status").options.choices}

    class Renamed(Enum):
        NEW = "New"
        DONE = "Finished"
        OPEN = "Open"

    task = model("Task", status=fields.Select(choices=Renamed))
    made = push([task], client, lock=lock)

    after = table(client, "Task").field("Status").options.choices
    assert [one.label for one in after] == ["New", "Finished", "Open"]
    assert {one.label: one.id for one in after if one.label != "New"} == {
        "Finished": before["Done"],
        "Open": before["Open"],
    }
    assert made.steps[0].details[:2] == ("+ choice 'New'", "choice: 'Done' -> 'Finished'")
    assert task(status=Renamed.DONE).to_wire() == {lock.tables["Task"].fields["status"].id: before["Done"]}
    assert not plan([task], client, lock=lock)


def test_choices_of_a_list_keep_their_ids_by_label_and_by_declared_id(client):
    push([model("Task", status=fields.Select(choices=["Open", "Done"]))], client)
    before = {one.label: one.id for one in table(client, "Task").field("Status").options.choices}
    push(
        [model("Task", status=fields.Select(choices=["Open", Choice("Finished", before["Done"], "red"), "New"]))],
        client,
    )
    after = {one.label: (one.id, one.color) for one in table(client, "Task").field("Status").options.choices}
    assert after["Open"][0] == before["Open"]
    assert after["Finished"] == (before["Done"], "red")
    assert len(after) == 3


def test_choices_with_one_label_or_none_are_told_apart_by_their_ids(client):
    odd = [Choice("", "id-0"), Choice("Done", "id-1"), Choice("Done", "id-2", "red")]
    one = fields.Select(choices=odd)
    assert one.schema_options()["choices"] == [
        {"label": "", "id": "id-0"},
        {"label": "Done", "id": "id-1"},
        {"label": "Done", "id": "id-2", "color": "red"},
    ]
    assert [one.spelled(each, "id", None) for each in odd] == ["id-0", "id-1", "id-2"]
    assert one.one("Done").id == "id-1"
    assert one.one(Choice("Done", "id-2")).id == "id-2"
    task = model("Task", status=one)
    push(task, client)
    assert [one.label for one in table(client, "Task").field("Status").options.choices] == ["", "Done", "Done"]
    made = plan(task, client, allow_destructive=True)
    assert (made.steps, made.held, check(task, client).findings) == ([], [], ())


def test_a_choice_that_is_declared_no_more_stays_until_that_is_allowed(client):
    push([model("Task", status=fields.Select(choices=["Open", "Done", "Later"]))], client)
    fewer = model("Task", status=fields.Select(choices=["Open", "New"]))
    many = model("Task", status=fields.Select(choices=["Open", "Done", "Later"]))
    for status in ("Done", "Done", "Later", "Open", None):
        many.objects.using(client).create(status=status)
    made = push([fewer], client)
    labels = [one.label for one in table(client, "Task").field("Status").options.choices]
    assert labels == ["Open", "New", "Done", "Later"]
    assert [line for step in made.held for line in step.details] == ["- choice 'Done'", "- choice 'Later'"]
    made = push([fewer], client, allow_destructive=True)
    bare = "of which a bare id is left"
    assert [step.loses for step in made.losses] == [f"choice 'Done', {bare}; choice 'Later', {bare}, in 3 records"]
    assert [one.label for one in table(client, "Task").field("Status").options.choices] == ["Open", "New"]


def test_a_choice_that_goes_is_no_default_any_more(client):
    lock = Lock()
    push([model("Task", status=fields.Select(choices=["Open", "Done"], default="Done"))], client, lock=lock)
    fewer = model("Task", status=fields.Select(choices=["New", "Open"]))
    push([fewer], client, lock=lock, allow_destructive=True)
    held = table(client, "Task").field("Status")
    assert ([one.label for one in held.options.choices], held.default_value) == (["New", "Open"], None)
    assert lock.tables["Task"].fields["status"].choices == {one.label: one.id for one in held.options.choices}


def test_a_changed_link_keeps_its_pair(client):
    lock = Lock()
    push([Project, Task], client, lock=lock)
    garden = Project.objects.create(title="Garden")
    Task.objects.create(name="Dig", project=garden)
    changed = [
        model(
            "Project", title=fields.SingleLineText(required=True), tasks=fields.LinkedRecords(to="Task", name="To do")
        ),
        model(
            "Task",
            name=fields.SingleLineText(required=True),
            project=fields.LinkedRecords(to="Project", inverse="tasks", name="Projects", description="For whom"),
        ),
    ]
    push(changed, client, lock=lock)

    task, project = table(client, "Task"), table(client, "Project")
    link, back = task.field("Projects"), project.field("To do")
    assert link.options["inverseLinkFieldId"] == back.id
    assert back.options["inverseLinkFieldId"] == link.id
    assert (link.allow_multiple_entries, link.description) == (True, "For whom")
    assert [one.name for one in changed[0].objects.get(id=garden.id).tasks] == ["Dig"]


def test_the_other_end_of_a_link_is_taken_over_when_it_is_declared_later(client):
    lock = Lock()
    one_way = [
        model("Project", title=fields.SingleLineText()),
        model("Task", project=fields.LinkedRecord(to="Project")),
    ]
    push(one_way, client, lock=lock)
    back = table(client, "Project").field("Task")
    both = [
        model("Project", title=fields.SingleLineText(), tasks=fields.LinkedRecords(to="Task", inverse="project")),
        model("Task", project=fields.LinkedRecord(to="Project")),
    ]
    push(both, client, lock=lock)
    assert table(client, "Project").field("Tasks").id == back.id == lock.tables["Project"].fields["tasks"].id
    assert len(table(client, "Project").fields) == 2
    # And given back when it is declared no more: there is no link without it.
    push(one_way, client, lock=lock, allow_destructive=True)
    assert table(client, "Project").field("Tasks").id == back.id


def test_what_a_model_leaves_open_is_left_as_it_is(client):
    push([model("Task", name=fields.SingleLineText(), status=fields.Select())], client)
    held = table(client, "Task")
    [database] = client.list_databases()
    client.update_field(database.id, held.id, held.field("Name").id, description="By hand", options={"maxLength": 9})
    choices = {"choices": [{"label": "a"}], "allowToAddNewChoice": True}
    client.update_field(database.id, held.id, held.field("Status").id, options=choices)
    client.create_field(database.id, held.id, "Extra", "NUMBER")
    assert not plan([model("Task", name=fields.SingleLineText(), status=fields.Select())], client)


def test_a_description_a_default_and_options_are_changed(client):
    lock = Lock()
    push(
        [model("Task", name=fields.SingleLineText(max_length=9, description="a"), n=fields.Number())], client, lock=lock
    )
    task = model(
        "Task", name=fields.SingleLineText(max_length=20, description=""), n=fields.Number(default=3, precision=1)
    )
    push([task], client, lock=lock)
    held = table(client, "Task")
    assert (held.field("Name").options["maxLength"], held.field("Name").description) == (20, "")
    assert (held.field("N").default_value, held.field("N").options["precision"]) == (3, 1)


def test_async_code_pushes_and_checks_as_well(client):
    async def both():
        lock = await aapply(await aplan([Project, Task], client), client)
        assert not (await apush([Project, Task], client, lock=lock)).steps
        assert (await acheck([Project, Task], client=client, lock=lock)).findings == ()
        with pytest.raises(TypeError):
            await aplan([Project, Task])

    asyncio.run(both())


# --- what may be a rename, and what may not be meant ----------------------------------------------------------


def test_a_plan_tells_how_to_rename_where_one_field_goes_and_one_of_its_type_comes(client):
    lock = Lock()
    push([model("Firm", name=fields.SingleLineText(), employees=fields.Number())], client, lock=lock)
    id = lock.tables["Firm"].fields["employees"].id
    renamed = model("Firm", name=fields.SingleLineText(), headcount=fields.Number())
    [note] = plan([renamed], client, lock=lock).notes
    assert note.startswith(
        "Firm.employees is declared no more, and Firm.headcount is new, both NUMBER. If it is the same"
    )
    assert f"Number({id!r}, name='Headcount')" in note
    by_id = model("Firm", name=fields.SingleLineText(), headcount=fields.Number(id, name="Headcount"))
    by_name = model("Firm", name=fields.SingleLineText(), headcount=fields.Number(name="Employees"))
    by_lock = Lock.from_json(lock.to_json())
    by_lock.tables["Firm"].fields["headcount"] = by_lock.tables["Firm"].fields.pop("employees")
    assert str(plan([by_name], client, lock=lock)) == "Nothing to do: the tables are as the models say."
    for edited, known in ((by_id, lock), (renamed, by_lock)):
        made = plan([edited], client, lock=known)
        assert ([step.details for step in made.steps], made.held) == ([("name: 'Employees' -> 'Headcount'",)], [])


def test_fields_of_other_types_or_several_at_once_are_no_rename(client):
    lock = Lock()
    push([model("Firm", name=fields.SingleLineText(), a=fields.Number(), b=fields.Email())], client, lock=lock)
    for edited in (
        model("Firm", name=fields.SingleLineText(), c=fields.Checkbox()),
        model("Firm", name=fields.SingleLineText(), a=fields.Number(), b=fields.Email(), c=fields.Email()),
        model("Firm", name=fields.SingleLineText(), b=fields.Email(), c=fields.Number(), d=fields.Number()),
    ):
        assert plan([edited], client, lock=lock).notes == []


def test_a_plan_tells_how_to_rename_a_choice_whose_label_changed(client):
    lock = Lock()
    push([model("Lead", name=fields.SingleLineText(), heat=fields.Select(choices=["hot", "cold"]))], client, lock=lock)
    id = lock.tables["Lead"].fields["heat"].choices["hot"]
    edited = model("Lead", name=fields.SingleLineText(), heat=fields.Select(choices=["Hot!", "cold"]))
    [note] = plan([edited], client, lock=lock).notes
    assert note.startswith("Lead.heat: the choice 'hot' is declared no more, and 'Hot!' is new.")
    assert f"Choice('Hot!', {id!r})" in note
    by_id = model("Lead", name=fields.SingleLineText(), heat=fields.Select(choices=[Choice("Hot!", id), "cold"]))
    made = plan([by_id], client, lock=lock)
    assert ([step.details for step in made.steps], made.held, made.notes) == ([("choice: 'hot' -> 'Hot!'",)], [], [])


def test_a_plan_says_how_many_records_are_empty_where_a_field_becomes_required(client, assert_requests):
    lock = Lock()
    push([model("Task", name=fields.SingleLineText(), hours=fields.Number())], client, lock=lock)
    known = lock.tables["Task"]
    for hours in ({}, {known.fields["hours"].id: 3}):
        client.create_record(known.database, known.id, {known.fields["name"].id: "x", **hours})
    strict = model("Task", name=fields.SingleLineText(), hours=fields.Number(required=True))
    with assert_requests(2):  # the schema, and the count
        made = plan([strict], client, lock=lock)
    assert made.steps[0].details == ("required: no -> yes, and 1 record has no value there",)
    titled = model("Task", name=fields.SingleLineText(required=True), hours=fields.Number())
    assert plan([titled], client, lock=lock).steps[0].details == ("required: no -> yes",)


def test_a_rollup_with_a_function_that_there_is_not_is_refused_before_any_write(client, sandbox):
    def linked(function):
        job = model(
            "Job",
            title=fields.SingleLineText(),
            tasks=fields.LinkedRecords(to="Do", inverse="job"),
            hours=fields.Rollup(through="tasks", of="hours", function=function, returns=fields.Number()),
        )
        return [job, model("Do", name=fields.SingleLineText(), hours=fields.Number(), job=fields.LinkedRecord(to=job))]

    message = r"Job\.hours: function='SUMM' is none that a ROLLUP has\. Did you mean 'SUM'\? It has SUM, MIN, "
    with pytest.raises(ConfigurationError, match=message):
        push(linked("SUMM"), client)
    assert not {one.method for one in sandbox.requests} & WRITES
    push(linked("SUM"), client)
    with pytest.raises(ConfigurationError, match=message):
        plan(linked("SUMM"), client)


# --- what loses something -------------------------------------------------------------------------------------


def test_a_field_that_is_declared_no_more_stays_until_that_is_allowed(client):
    lock = Lock()
    task = model("Task", name=fields.SingleLineText(), due=fields.SingleLineText())
    push([task], client, lock=lock)
    for due in ("soon", "later", None):
        task.objects.create(name="x", due=due)
    fewer = model("Task", name=fields.SingleLineText())

    made = push([fewer], client, lock=lock)
    assert (len(made.steps), [step.shown for step in made.held]) == (0, ["Due (due)"])
    assert "--allow-destructive" in str(made)

    made = push([fewer], client, lock=lock, allow_destructive=True)
    assert [step.loses for step in made.losses] == ["the values of 2 records"]
    assert [one.name for one in table(client, "Task").fields] == ["Name"]
    assert list(lock.tables["Task"].fields) == ["name"]


def test_a_field_that_no_push_made_is_never_removed(client):
    push([model("Task", name=fields.SingleLineText())], client)
    held = table(client, "Task")
    [database] = client.list_databases()
    client.create_field(database.id, held.id, "Extra", "NUMBER")
    made = plan([model("Task", name=fields.SingleLineText())], client, allow_destructive=True)
    assert (made.steps, made.held) == ([], [])


def test_a_type_changes_only_when_that_is_allowed(client):
    lock = Lock()
    task = model("Task", name=fields.SingleLineText(), size=fields.SingleLineText())
    push([task], client, lock=lock)
    record = task.objects.create(name="x", size="12")
    other = model("Task", name=fields.SingleLineText(), size=fields.Number(precision=0))
    made = push([other], client, lock=lock)
    assert (made.steps, [step.loses for step in made.held]) == ([], ["values that are no NUMBER, in up to 1 record"])
    assert table(client, "Task").field("Size").type == "SINGLE_LINE_TEXT"
    push([other], client, lock=lock, allow_destructive=True)
    assert table(client, "Task").field("Size").options["precision"] == 0
    assert other.objects.get(id=record.id).size == 12


def test_a_field_that_takes_too_many_values_is_narrowed_while_it_is_empty_and_held_when_it_is_not(client):
    lock = Lock()
    wide = model("Note", title=fields.SingleLineText(), tags=fields.MultiSelect(choices=["a", "b"]))
    narrow = model("Note", title=fields.SingleLineText(), tags=fields.Select(choices=["a", "b"]))
    push(wide, client, lock=lock)
    note = wide.objects.using(client).create(title="x", tags=["a", "b"])
    held = plan(narrow, client, lock=lock)
    assert not held.steps
    assert [step.loses for step in held.held] == ["all values of a cell but the first, in up to 1 record"]
    note.delete()
    push(narrow, client, lock=lock)
    assert not table(client, "Note").fields[-1].allow_multiple_entries


def test_a_link_that_leads_elsewhere_is_made_anew_with_both_ends(client):
    lock = Lock()
    push([Project, Task], client, lock=lock)
    area = model("Area", title=fields.SingleLineText())
    changed = [
        area,
        model("Project", title=fields.SingleLineText(required=True)),
        model("Task", name=fields.SingleLineText(), project=fields.LinkedRecord(to=area)),
    ]
    made = push(changed, client, lock=lock)
    assert table(client, "Task").field("Project").options["linkedTableId"] == table(client, "Project").id
    assert "linked table: 'Project' -> 'Area'" in str(made)
    push(changed, client, lock=lock, allow_destructive=True)
    assert table(client, "Task").field("Project").options["linkedTableId"] == table(client, "Area").id
    assert [one.name for one in table(client, "Project").fields] == ["Title"]
    assert not plan(changed, client, lock=lock)


@pytest.mark.parametrize("first", ["the link", "its other end"])
def test_links_that_lead_elsewhere_are_made_anew_with_what_is_computed_through_them(client, first):
    lock = Lock()

    def models(owner):
        shown = {"Area": fields.Email(name="Shown"), "Person": fields.Url(name="Shown")}
        area, person = (
            model(
                one, **({"jobs": fields.LinkedRecords(to="Job", inverse="owner")} if one == owner else {}), shown=kind
            )
            for one, kind in shown.items()
        )
        job = model(
            "Job",
            # Before the link that it reads through, since the order of attributes is no matter.
            shows=fields.Lookup(through="owner", of="shown"),
            title=fields.SingleLineText(),
            owner=fields.LinkedRecord(to={"Area": area, "Person": person}[owner]),
            text=fields.Formula(returns=fields.SingleLineText(), options={"formula": "{Shows} & {Owner}"}),
        )
        return [job, area, person] if first == "the link" else [area, person, job]

    push(models("Person"), client, lock=lock)
    before = {one.name: one.id for one in table(client, "Job").fields}
    held = push(models("Area"), client, lock=lock)
    assert (held.steps, held.notes) == ([], [])
    assert [step.shown for step in held.held] == [
        "Owner (owner), to be made anew",
        "Jobs (the other end)",
        "Shows (shows)",
    ]
    made = push(models("Area"), client, lock=lock, allow_destructive=True)
    assert made.notes == []
    assert not plan(models("Area"), client, lock=lock, allow_destructive=True)
    assert check(models("Area"), client, lock=lock).findings == ()
    job, area = table(client, "Job"), table(client, "Area")
    assert [one.name for one in table(client, "Person").fields] == ["Shown"]
    assert job.field("Owner").options["linkedTableId"] == area.id
    assert job.field("Owner").id != before["Owner"]
    shows = job.field("Shows")
    assert (shows.id, shows.options["linkedRecordFieldId"]) == (before["Shows"], job.field("Owner").id)
    assert shows.options["lookupFieldId"] == area.field("Shown").id
    assert job.field("Text").options["referencedFieldIds"] == [before["Shows"], job.field("Owner").id]


def test_what_is_computed_through_a_link_waits_with_it_until_its_other_end_may_be_made_anew(client):
    lock = Lock()
    area, parts = model("Area", name=fields.SingleLineText()), {"children": fields.LinkedRecords(to="self")}
    push(
        [model("Part", name=fields.SingleLineText(), whole=fields.LinkedRecord(to="self"), **parts), area],
        client,
        lock=lock,
    )
    moved = [
        model("Part", name=fields.SingleLineText(), whole=fields.LinkedRecord(to="Area"), **parts),
        model(
            "Area",
            name=fields.SingleLineText(),
            parts=fields.LinkedRecords(to="Part", inverse="whole"),
            count=fields.Count(through="parts"),
        ),
    ]
    held = push(moved, client, lock=lock)
    assert "Count (count): COUNT of parts" in [step.shown for step in held.held]
    push(moved, client, lock=lock, allow_destructive=True)
    assert not plan(moved, client, lock=lock, allow_destructive=True)


def test_a_link_whose_other_end_is_gone_is_made_anew_where_that_is_allowed(client):
    lock = Lock()
    push([Project, Task], client, lock=lock)
    Task.objects.using(client).create(name="Dig", project=Project.objects.using(client).create(title="Garden"))
    held, [database] = table(client, "Task"), client.list_databases()
    client.delete_field(database.id, held.id, held.field("Project").id)
    made = push([Project, Task], client, lock=lock)
    assert ("Tasks (tasks), to be made anew", "the values of 1 record") in [(one.shown, one.loses) for one in made.held]
    assert [one.kind for one in check(Project, client, lock=lock).errors] == []  # which alone does not tell
    assert "cut" in {one.kind for one in check([Project, Task], client, lock=lock).errors}
    push([Project, Task], client, lock=lock, allow_destructive=True)
    assert (
        table(client, "Task").field("Project").options["inverseLinkFieldId"]
        == lock.tables["Project"].fields["tasks"].id
    )
    assert check([Project, Task], client, lock=lock).findings == ()
    assert not plan([Project, Task], client, lock=lock, allow_destructive=True)


def test_a_name_that_somebody_changed_in_softr_is_told_from_one_that_the_model_changed(client):
    lock = Lock()
    push(model("Task", name=fields.SingleLineText(), size=fields.Number()), client, lock=lock)
    held, [database] = table(client, "Task"), client.list_databases()
    client.update_table(database.id, held.id, "To do")
    client.update_field(database.id, held.id, held.field("Size").id, "How big")
    made = plan(model("Task", name=fields.SingleLineText(name="What"), size=fields.Number()), client, lock=lock)
    changed = "name, changed in Softr since the last push: "
    assert str(made).splitlines()[1:-1] == [
        "  ~ table 'To do' (Task)",
        f"      {changed}'To do' -> 'Task'",
        "      ~ Name (name)",
        "          name: 'Name' -> 'What'",
        "      ~ How big (size)",
        f"          {changed}'How big' -> 'Size'",
    ]


def test_a_lookup_follows_its_link_from_several_values_to_one_and_back(client):
    lock = Lock()

    def models(kind, **more):
        person = model("Person", name=fields.SingleLineText(), files=fields.Attachment(), users=fields.User(many=True))
        shown = {name: fields.Lookup(through="who", of=name) for name in ("name", "files", "users")}
        return [person, model("Job", title=fields.SingleLineText(), who=kind(to=person), **shown)]

    for kind in (fields.LinkedRecords, fields.LinkedRecord, fields.LinkedRecords):
        push(models(kind), client, lock=lock)
        assert table(client, "Job").field("Name").allow_multiple_entries is kind.many
        assert check(models(kind), client, lock=lock).findings == ()
        assert str(plan(models(kind), client, lock=lock)) == "Nothing to do: the tables are as the models say."
    person, job = models(fields.LinkedRecords)
    job.objects.using(client).create(who=[person.objects.using(client).create(name=name) for name in "ab"])
    made = push(models(fields.LinkedRecord), client, lock=lock)
    assert not made.steps
    assert {step.attribute: step.loses for step in made.held} == {
        "who": "all values of a cell but the first, in up to 1 record",
        "name": "all results but the first, in up to 1 record",
    }


def test_a_plan_counts_what_would_be_lost_also_where_it_is_not_done(client):
    lock = Lock()
    task = model("Task", name=fields.SingleLineText(), due=fields.DateTime(), tags=fields.MultiSelect(choices=["a"]))
    push([task], client, lock=lock)
    task.objects.using(client).create(name="x", due=datetime(2026, 1, 1, 10, tzinfo=UTC), tags=["a"])
    task.objects.using(client).create(name="y")
    fewer = model("Task", name=fields.SingleLineText(), due=fields.Date(), tags=fields.MultiSelect(choices=["b"]))
    assert [step.loses for step in plan([fewer], client, lock=lock).held] == [
        "choice 'a', of which a bare id is left, in 1 record",
        "times of day, in up to 1 record",
    ]
    assert [step.loses for step in plan([model("Task", name=fields.SingleLineText())], client, lock=lock).held] == [
        "the values of 1 record",
        "the values of 1 record",
    ]


def test_a_table_goes_only_when_its_model_is_gone_from_its_module(client, monkeypatch):
    lock = Lock()
    first, second = model("First", name=fields.SingleLineText()), model("Second", name=fields.SingleLineText())
    here = sys.modules.setdefault(__name__, sys.modules[Model.__module__])
    monkeypatch.setattr(here, "Second", second, raising=False)
    push([first, second], client, lock=lock)
    second.objects.create(name="x")
    assert not plan([first], client, lock=lock, allow_destructive=True)
    monkeypatch.delattr(here, "Second")
    assert [step.shown for step in plan([first], client, lock=lock).held] == ["table 'Second' (Second)"]
    made = push([first], client, lock=lock, allow_destructive=True)
    assert [step.loses for step in made.losses] == ["1 record"]
    assert list(lock.tables) == ["First"]


# --- plans that are kept --------------------------------------------------------------------------------------


def test_a_saved_plan_is_applied_exactly(client):
    saved = json.loads(json.dumps(plan([Project, Task], client).to_json()))
    read = Plan.from_json(saved)
    assert str(read) == str(plan([Project, Task], client))
    lock = apply(read, client)
    with Sandbox() as other:
        direct = other.client()
        push([Project, Task], direct)
        assert shape(client) == shape(direct)
    assert lock.tables["Task"].fields["name"].id == table(client, "Task").field("Name").id


def test_a_saved_plan_leaves_what_others_pushed_elsewhere_in_the_lock(client, tmp_path):
    file = tmp_path / "softr.lock.json"
    made = plan([Project, Task], client, lock=file)
    push([model("Other", meta={"database_name": "Elsewhere"}, name=fields.SingleLineText())], client, lock=file)
    apply(made, client, lock=file)
    assert set(Lock.read(file).tables) == {"Other", "Project", "Task"}


@pytest.mark.parametrize("there", [False, True], ids=["a new database", "a known database"])
def test_a_plan_is_refused_when_the_schema_changed_since(client, sandbox, there):
    lock = Lock()
    if there:
        push([model("Task", name=fields.SingleLineText())], client, lock=lock)
    made = plan([Project, Task], client, lock=lock)
    if there:
        [database] = client.list_databases()
        client.create_table(database.id, "Other")
    else:
        client.create_database("Work", sandbox.workspace_id)
    sandbox.requests.clear()
    with pytest.raises(ConfigurationError, match="not as it was when the plan was made"):
        apply(made, client, lock=lock)
    assert not {one.method for one in sandbox.requests} & WRITES


@pytest.mark.parametrize("given", [{}, {"version": 7}, {"version": 1, "targets": 3}], ids=str)
def test_what_is_no_plan_is_refused(given):
    with pytest.raises(ConfigurationError, match="no plan that a push saved"):
        Plan.from_json(given)


# --- interruptions --------------------------------------------------------------------------------------------

SCHEMA = re.compile(r"^/databases(/[^/]+(/tables(/[^/]+(/fields(/[^/]+)?)?)?)?)?$")
"""The paths of schema writes, which searches are not."""


def second():
    """The models after an edit that does a bit of everything."""
    project = model(
        "Project",
        title=fields.SingleLineText(required=True, name="Name"),
        tasks=fields.LinkedRecords(to="Task", name="All tasks"),
        led=fields.LinkedRecords(to="Task", name="Leads"),
        owner=fields.Email(),
    )
    task = model(
        "Task",
        meta={"table_name": "To do"},
        name=fields.SingleLineText(required=True),
        status=fields.Select(choices=["Open", "Done", "New"]),
        project=fields.LinkedRecord(to=project, inverse="tasks"),
        boss=fields.LinkedRecord(to=project, inverse="led"),
        owners=fields.Lookup(through="project", of="owner"),
    )
    return [project, task]


def resumed(kind, number, lock):
    """The schema after two pushes that stopped at a write and were started again, and how many did stop."""
    clock, stopped = FakeClock(), []
    with Sandbox(clock=clock, sleep=clock.advance) as sandbox:
        client = sandbox.client(clock=clock, sleep=clock.advance, deadline=30.0)
        for models in ([Project, Task], second()):
            fault = sandbox.faults.add(kind, method=WRITES, path=SCHEMA, nth=range(number, 10**6))
            try:
                push(models, client, lock=lock, allow_destructive=True)
            except SoftrError as error:
                stopped.append(error)
            sandbox.faults.remove(fault)
            push(models, client, lock=lock, allow_destructive=True)
            assert not plan(models, client, lock=lock)
        assert all("push again to go on" in error.__notes__[-1] for error in stopped)
        return shape(client), len(stopped)


@pytest.fixture(scope="module")
def undisturbed():
    return resumed("reset_before", 10**5, Lock())[0]


@pytest.mark.parametrize("kind", ["reset_before", "lost_answer"])
def test_a_push_that_stopped_at_any_write_goes_on_where_it_stopped(kind, undisturbed, tmp_path):
    for number in range(1, 100):
        lock = Lock() if number % 2 else tmp_path / f"{number}.json"
        found, stopped = resumed(kind, number, lock)
        assert found == undisturbed, f"interrupted at write {number}"
        if not stopped:
            break
    else:
        pytest.fail("the pushes never came to their end")
    assert number > 15


def test_the_other_end_of_a_link_gets_its_name_after_a_stop_also_where_models_carry_the_ids_of_another_database():
    part = model(
        "Part",
        name=fields.SingleLineText("aB3dE"),
        whole=fields.LinkedRecord("kl5nP", to="self", inverse="all_parts"),
        all_parts=fields.LinkedRecords("xgETy", to="self"),
    )
    clock, lock = FakeClock(), Lock()
    with Sandbox(clock=clock, sleep=clock.advance) as sandbox:
        client = sandbox.client(clock=clock, sleep=clock.advance)
        naming = sandbox.faults.add("reset_before", method="PUT", path=SCHEMA, times=None)
        with pytest.raises(SoftrError):
            push([part], client, database="Copy", lock=lock)
        sandbox.faults.remove(naming)
        push([part], client, database="Copy", lock=lock)
        assert {"Whole", "All parts"} < {one.name for one in table(client, "Part").fields}


def test_the_lock_file_is_written_after_every_step(client, sandbox, tmp_path):
    file = tmp_path / "softr.lock.json"
    sandbox.faults.add("server_error", status=500, method="POST", path="/fields", times=None)
    with pytest.raises(SoftrError):
        push([Project, Task], client, lock=file)
    lock = Lock.read(file)
    assert set(lock.tables) == {"Project", "Task"}
    assert lock.tables["Task"].fields["name"].id == table(client, "Task").field("Name").id
    assert lock.databases == {"Work": client.list_databases()[0].id}


# --- where to -------------------------------------------------------------------------------------------------


def test_a_push_costs_what_its_parts_say(client, sandbox):
    push([Project, Task], client)
    # A look for the database and it, two tables, two primary fields with options, two links with their other ends
    # declared, and three fields that refer to others.
    assert len(sandbox.requests) == 2 + 2 + 2 * 2 + 2 * 3 + 3
    sandbox.requests.clear()
    push([Project, Task], client)
    assert len(sandbox.requests) == 2


def test_a_client_with_a_lock_needs_no_other(client, sandbox):
    push([Project, Task], client, lock=(lock := Lock()))
    knowing = sandbox.client(lock=lock)
    renamed = model("Task", name=fields.SingleLineText(name="What"))
    assert [step.action for step in push([renamed], knowing).steps] == ["update_field"]
    assert lock.tables["Task"].fields["name"].name == "What"


def test_models_that_name_no_database_need_to_be_told_one(client):
    class Lost(Model):
        name = fields.SingleLineText()

    with pytest.raises(ConfigurationError, match=r"Lost does not say which database .* Meta\.database_name"):
        push([Lost], client)
    lock = Lock()
    push([Lost], client, database="Found", lock=lock)
    assert [one.name for one in client.list_databases()] == ["Found"]
    assert not plan([Lost], client, lock=lock)  # which knows it by now


def test_a_lock_remembers_the_database_that_an_environment_has_in_place_of_the_models_own(client, sandbox):
    task = model("Task", name=fields.SingleLineText())
    staging, production = Lock(), Lock()
    push(task, client, lock=production)
    push(task, client, lock=staging, database="Staging")
    changed = [model("Task", name=fields.SingleLineText(), size=fields.Number()), model("New", n=fields.Number())]
    push(changed, client, lock=staging)
    ids = {one.name: one.id for one in client.list_databases()}
    assert [one.name for one in client.list_tables(ids["Work"])] == ["Task"]
    assert [one.name for one in client.list_tables(ids["Staging"])] == ["Task", "New"]
    assert f"Database 'Work' ('Staging', {ids['Staging']})" in str(plan(task, client, lock=staging))
    assert check(changed, client, lock=staging).findings == ()
    # Also for a model that the lock does not know yet.
    del staging.tables["New"]
    assert changed[1].objects.using(sandbox.client(lock=staging)).count() == 0
    with pytest.raises(ConfigurationError, match=r"The lock knows Task in the database .* Each environment has a lock"):
        plan(task, client, lock=production, database="Staging")


def test_a_lock_that_has_one_table_for_two_models_is_refused(client):
    models, lock = [model("Task", n=fields.Number()), model("Tag", n=fields.Number())], Lock()
    push(models, client, lock=lock)
    lock.tables["Tag"] = lock.tables["Task"]
    with pytest.raises(ConfigurationError, match=r"The lock has the table 'Task' .* for Task and for Tag"):
        plan(models, client, lock=lock)


def test_a_class_with_another_name_that_says_which_table_it_is_stays_the_same_one(client):
    lock = Lock()
    push(model("Task", title=fields.SingleLineText()), client, lock=lock)
    before = lock.tables["Task"].id
    job = model("Job", {"table_name": "Task"}, title=fields.SingleLineText())
    assert not push(job, client, lock=lock, allow_destructive=True)
    assert lock.tables["Job"].id == before


def test_an_attribute_with_another_name_that_says_which_field_it_is_stays_the_same_one(client):
    lock = Lock()
    push(model("Task", title=fields.SingleLineText(), size=fields.Number()), client, lock=lock)
    before = lock.tables["Task"].fields["size"].id
    assert not push(model("Task", title=fields.SingleLineText(), hours=fields.Number(name="Size")), client, lock=lock)
    assert {name: one.id for name, one in lock.tables["Task"].fields.items() if name != "title"} == {"hours": before}


def test_models_of_several_databases_go_each_to_its_own(client):
    here = model("Here", name=fields.SingleLineText())
    there = model("There", meta={"database_name": "Elsewhere"}, name=fields.SingleLineText())
    push([here, there], client)
    assert {one.name: [t.name for t in client.list_tables(one.id)] for one in client.list_databases()} == {
        "Work": ["Here"],
        "Elsewhere": ["There"],
    }


def test_models_by_id_are_made_elsewhere_with_new_ids(client):
    class Pinned(Model):
        name = fields.SingleLineText("aB3dE", name="Name")
        size = fields.Number("kl5nP", name="Size")

        class Meta:
            database = "e74de047-f727-4f98-aa2a-7bda298672d3"
            table = "kNjsEhYYcNjAsj"

    with pytest.raises(ConfigurationError, match=r"no database e74de047-.* at sandbox:"):
        push([Pinned], client)
    lock = Lock()
    push([Pinned], client, database="Staging", lock=lock)
    assert lock.tables["Pinned"].fields["size"].id == table(client, "Pinned").field("Size").id != "kl5nP"


def test_of_databases_of_one_name_the_ids_are_listed(client, sandbox):
    ids = [client.create_database("Work", sandbox.workspace_id).id for _ in range(2)]
    message = (
        rf"this account has 2 databases called 'Work': 'Work' \({ids[0]}\), 'Work' \({ids[1]}\)\. "
        r"Set Meta\.database to the id of one"
    )
    with pytest.raises(ConfigurationError, match=message):
        plan(Named, client)
    with pytest.raises(ConfigurationError, match=f"^Named: {message}"):
        Named.objects.using(client).count()
    assert plan(Named, client, database=ids[1]).targets[0].id == ids[1]


def test_of_tables_of_one_name_none_is_taken_and_no_third_one_made(client, sandbox):
    database = client.create_database("Work", sandbox.workspace_id).id
    ids = [client.create_table(database, "Named").id for _ in range(2)]
    message = rf"Named: its database has 2 tables called 'Named': 'Named' \({ids[0]}\), 'Named' \({ids[1]}\)\. Set "
    with pytest.raises(ConfigurationError, match=message):
        plan(Named, client)
    [finding] = check(Named, client).findings
    assert (finding.severity, finding.kind) == ("error", "contradiction")
    assert re.match(message, finding.what)


def test_a_plan_tells_of_a_database_whose_name_differs_in_capitals_only(client, sandbox):
    client.create_database("WORK", sandbox.workspace_id)
    client.create_database("Works", sandbox.workspace_id)
    [note] = plan(Named, client).notes
    assert note.startswith("There is a database 'WORK', and 'Work' differs from it in capitals only. ")
    assert "Meta.database_name = 'WORK'" in note


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (list, "no models"),
        (lambda: [int], "is no model"),
        (lambda: json, "module json has no models"),
        (lambda: [model("Task", a=fields.Number()), model("Task", b=fields.Number())], "Two models are called 'Task'"),
        (lambda: [model("A", b=fields.LinkedRecord(to=Project))], r"A\.b links to Project, which is not among"),
    ],
)
def test_what_cannot_be_pushed_is_refused_before_any_write(client, sandbox, models, message):
    with pytest.raises(ConfigurationError, match=message):
        push(models(), client)
    assert not {one.method for one in sandbox.requests} & WRITES


def test_a_plan_is_not_applied_with_the_lock_of_another_environment(client):
    task = model("Task", name=fields.SingleLineText())
    staging, production = Lock(), Lock()
    push([task], client, lock=staging, database="Staging")
    push([task], client, lock=production, database="Production")
    before = production.to_json()
    named = model("Task", name=fields.SingleLineText(), due=fields.Date())
    made = Plan.from_json(plan([named], client, lock=staging).to_json())
    with pytest.raises(
        ConfigurationError, match=r"for the database 'Work' \(.*the lock knows another one by that name"
    ):
        apply(made, client, lock=production)
    assert production.to_json() == before
    new = plan([task], client, lock=Lock())
    with pytest.raises(ConfigurationError, match=r"'Work' \(to be made\)"):
        apply(new, client, lock=production)
    assert set(apply(made, client, lock=staging).tables["Task"].fields) == {"name", "due"}


@pytest.mark.parametrize(
    "after",
    [
        lambda due: {"size": fields.Number(name="Due")},
        lambda due: {"due": fields.Date(due), "end": fields.Date(name="Due")},
        lambda due: {"due": fields.Date(due), "parent": fields.LinkedRecord(to="self", name="Due")},
        lambda due: {
            "due": fields.Date(due),
            "parent": fields.LinkedRecord(to="self", inverse="children"),
            "children": fields.LinkedRecords(to="self", name="Due"),
        },
    ],
)
def test_a_plan_tells_of_two_fields_that_would_have_one_name(client, after):
    lock = Lock()
    push([model("Task", name=fields.SingleLineText(), due=fields.Date(), size=fields.Number())], client, lock=lock)
    due = lock.tables["Task"].fields["due"].id
    made = plan([model("Task", name=fields.SingleLineText(), **after(due))], client, lock=lock)
    assert "The table of Task will have 2 fields called 'Due'" in "".join(made.notes)
    made = plan([model("Task", name=fields.SingleLineText(), **after(due))], client, lock=lock, allow_destructive=True)
    assert ("2 fields called 'Due'" in "".join(made.notes)) is (len(after(due)) > 1)


def test_names_that_are_given_away_or_exchanged_are_no_namesakes(client):
    lock = Lock()
    push([model("Task", name=fields.SingleLineText(), a=fields.Date(), b=fields.Date())], client, lock=lock)
    exchanged = model("Task", name=fields.SingleLineText(), a=fields.Date(name="B"), b=fields.Date(name="A"))
    given_on = model("Task", name=fields.SingleLineText(), a=fields.Date(name="B"))
    assert plan([exchanged], client, lock=lock).notes == []
    assert plan([given_on], client, lock=lock, allow_destructive=True).notes == []
    assert "2 fields called 'B'" in plan([given_on], client, lock=lock).notes[0]


def test_a_checkbox_that_nobody_set_is_no_loss(client):
    def lost():
        held = [plan([each], client, lock=lock, allow_destructive=True).losses for each in (bare, other)]
        return [[step.loses for step in steps] for steps in held]

    lock = Lock()
    full = model("Task", name=fields.SingleLineText(), done=fields.Checkbox())
    bare = model("Task", name=fields.SingleLineText())
    other = model("Task", name=fields.SingleLineText(), done=fields.Number())
    push([full], client, lock=lock)
    full.objects.create(name="x")
    assert lost() == [[], []]
    full.objects.create(name="y", done=True)
    assert lost() == [["the values of 1 record"], ["values that are no NUMBER, in up to 1 record"]]

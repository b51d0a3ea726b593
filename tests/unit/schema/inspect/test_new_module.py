"""What inspect writes of a database for the first time."""

import sys
import types

import pytest

from softrorm import ConfigurationError, Model, TypedModel, fields
from softrorm.sandbox import Sandbox
from softrorm.schema import create_tables, inspect_database


def load(text, name="inspected"):
    """The module of a text."""
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name, "exec"), vars(module))
    del sys.modules[name]
    return module


def lines(text, start):
    """The lines of a text that begin with these words, blanks aside."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith(start)]


def test_each_table_becomes_a_class_with_its_fields_by_id(tracker):
    module = load(tracker.inspect())
    task = module.Tasks
    assert issubclass(task, TypedModel)
    assert (task._meta.database, task._meta.table, task._meta.table_name) == (
        tracker.database,
        tracker.task,
        "Tasks",
    )
    assert {name: one.id for name, one in task._meta.own_fields.items()} == {
        name: tracker.field(name.capitalize()).id for name in ("title", "status", "due", "project")
    }
    assert type(task.due) is fields.DateTime
    assert module.Projects.name.required


def test_the_models_read_and_write_at_once(tracker):
    module = load(tracker.inspect())
    site = module.Projects.objects.using(tracker.client).create(name="Site")
    task = module.Tasks.objects.using(tracker.client).create(title="Draft", project=site)
    task.refresh()
    assert task.status is module.TasksStatus.OPEN
    assert [one.title for one in module.Tasks.objects.using(tracker.client).filter(project=site)] == ["Draft"]


def test_choices_are_an_enum_that_knows_their_ids(tracker):
    module = load(tracker.inspect())
    wire = {one.label: one.id for one in tracker.field("Status").options.choices}
    assert {one.name: (one.label, one.id) for one in module.TasksStatus} == {
        "OPEN": ("Open", wire["Open"]),
        "DONE": ("Done", wire["Done"]),
    }
    assert module.Tasks.status.default is module.TasksStatus.OPEN


def test_links_lead_to_classes_also_in_a_circle(tracker):
    text = tracker.inspect()
    module = load(text)
    assert module.Projects.tasks.target is module.Tasks
    assert module.Tasks.project.target is module.Projects
    assert 'to="Tasks"' in text
    assert "to=Projects, inverse" in text.replace("\n        ", " ")


def test_a_link_to_its_own_table_says_so(tracker):
    tracker.add("Parent", "LINKED_RECORD", {"linkedTableId": tracker.task}, allow_multiple_entries=False)
    text = tracker.inspect()
    assert 'to="self"' in text
    assert load(text).Tasks.parent.target.__name__ == "Tasks"


def test_a_link_to_a_table_that_is_gone_keeps_its_json(tracker):
    other = tracker.client.create_table(tracker.database, "Other")
    tracker.add("Other one", "LINKED_RECORD", {"linkedTableId": other.id})
    tracker.client.delete_table(tracker.database, other.id, force=True)
    assert type(load(tracker.inspect()).Tasks.other_one) is fields.Raw


def test_computed_fields_have_their_result_type_and_their_definition_by_attributes(tracker):
    link = tracker.field("Project").id
    name = tracker.client.table_schema(tracker.database, tracker.tables["Projects"]).field("Name").id
    number = {"type": "NUMBER", "options": {"precision": 2}}
    text_of = {"type": "SINGLE_LINE_TEXT", "options": {}}
    tracker.add("Twice", "FORMULA", {"formula": "{Title} & {Due}", "returnedField": number})
    tracker.add(
        "Project name", "LOOKUP", {"linkedRecordFieldId": link, "lookupFieldId": name, "returnedField": text_of}
    )
    tracker.add("Projects", "COUNT", {"linkedRecordFieldId": link})
    tracker.add(
        "Most",
        "ROLLUP",
        {"linkedRecordFieldId": link, "rollupFieldId": name, "function": "MAX", "returnedField": text_of},
    )
    text = tracker.inspect()
    task = load(text).Tasks
    assert (type(task.twice.returns), task.twice.returns.precision) == (fields.Number, 2)
    assert (task.project_name.through, task.project_name.of) == ("project", "name")
    assert task.most.options == {"linkedRecordFieldId": "project", "rollupFieldId": "name", "function": "MAX"}
    assert task.projects.options == {"linkedRecordFieldId": "project"}
    assert "twice: fields.Formula[int | float | None]" in text
    assert "project_name: fields.Lookup[str | None]" in text


def test_the_choices_that_a_lookup_shows_are_the_enum_of_the_field_it_shows(tracker):
    status = tracker.field("Status")
    projects = tracker.tables["Projects"]
    back = tracker.client.table_schema(tracker.database, projects).field("Tasks").id
    returned = {"type": "SELECT", "options": status.options.to_wire()}
    options = {"linkedRecordFieldId": back, "lookupFieldId": status.id, "returnedField": returned}
    tracker.client.create_field(tracker.database, projects, "States", "LOOKUP", options)
    module = load(tracker.inspect())  # in which Projects stands above Tasks
    assert module.Projects.states.returns.choices is module.Tasks.status.choices is module.TasksStatus


def test_a_type_that_nobody_knows_is_raw(tracker):
    database = tracker.client.get_database(tracker.database)
    tables = [table.to_wire() for table in tracker.client.list_tables(tracker.database)]
    [task] = [table for table in tables if table["name"] == "Tasks"]
    task["fields"].append({"id": "zzzzz", "name": "Mood", "type": "MOOD", "options": {"scale": 3}, "readonly": True})
    with Sandbox() as other:
        other.load_schema(database, tables)
        mood = load(inspect_database(other.client(), database.id)).Tasks.mood
    assert (type(mood), mood.api_type, mood.writable, mood.options) == (fields.Raw, "MOOD", False, {"scale": 3})


def test_descriptions_are_docstrings_and_keywords(tracker):
    tracker.client.update_table(tracker.database, tracker.task, description='Says """so""" and\n\nmore.')
    tracker.add("Cost", "CURRENCY", {"isoCode": "EUR"}, description="In all")
    text = tracker.inspect()
    task = load(text).Tasks
    assert task.__doc__.split() == ["Says", '"""so"""', "and", "more."]
    assert task.cost.description == "In all"
    assert load(text).Projects.__doc__ is None


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("class", "class_"),
        ("Save", "save_"),
        ("Fields", "fields_"),  # which the next declaration needs
        ("datetime", "datetime_"),
        ("List", "list_"),
        ("2nd phone", "field_2nd_phone"),
        ("🙂", "field"),
        ("TITLE", "title_2"),
    ],
)
def test_names_become_attributes_that_a_model_can_have(tracker, name, attribute):
    id = tracker.add(name, "NUMBER").id
    field = getattr(load(tracker.inspect()).Tasks, attribute)
    assert (field.id, field.name) == (id, name)


@pytest.mark.parametrize(
    ("name", "cls"),
    [("Tasks", "Tasks2"), ("class", "Class"), ("2026", "Table2026"), ("🙂", "Table"), ("Exception", "ExceptionTable")],
)
def test_names_become_classes_that_a_module_can_have(tracker, name, cls):
    id = tracker.client.create_table(tracker.database, name).id
    model = getattr(load(tracker.inspect()), cls)
    assert (model._meta.table, model._meta.table_name) == (id, name)


def test_what_every_new_field_has_is_left_out(tracker):
    tracker.add("Files", "ATTACHMENT")
    tracker.add("Phone", "PHONE", {"format": "NATIONAL"})
    text = tracker.inspect()
    assert lines(text, "files")[0].endswith(f'fields.Attachment("{tracker.field("Files").id}")')
    assert load(text).Tasks.phone.options == {"format": "NATIONAL"}


def test_chosen_tables_alone_and_a_class_without_fields_for_what_they_link_to(tracker):
    text = tracker.inspect(tables=["tasks"])
    module = load(text)
    assert list(module.Projects._meta.own_fields) == []
    assert module.Projects._meta.table == tracker.tables["Projects"]
    assert module.Tasks.project.target is module.Projects
    site = tracker.client.create_record(
        tracker.database,
        tracker.tables["Projects"],
        {tracker.client.table_schema(tracker.database, tracker.tables["Projects"]).field("Name").id: "Site"},
    )
    task = module.Tasks.objects.using(tracker.client).create(title="Draft", project=site["id"])
    task.refresh()
    assert str(task.project) == "Site"


def test_it_takes_two_requests(tracker, assert_requests):
    with assert_requests(2):
        tracker.inspect()


def test_a_database_or_table_that_is_not_there_is_answered_with_the_nearest(tracker):
    with pytest.raises(ConfigurationError, match=r"no database 'Traker'\. Did you mean 'Tracker'"):
        inspect_database(tracker.client, "Traker")
    with pytest.raises(ConfigurationError, match=r"no table 'Task'\. Did you mean 'Tasks'"):
        tracker.inspect(tables=["Task"])


def test_a_database_without_tables_is_a_module_without_classes(client):
    database = client.create_database("Empty", client.sandbox.workspace_id)
    assert inspect_database(client, database.id).startswith('"""Models of the Softr database "Empty".\n')


def test_code_first_models_and_inspected_ones_are_the_same_tables(client):
    class Card(Model):
        title = fields.SingleLineText()
        stars = fields.Rating(max=3)
        price = fields.Currency(precision=1, min=0, max=9.5)

    create_tables(client, [Card], database_name="Cards")
    card = load(inspect_database(client, "Cards")).Card
    assert (card.stars.max, card.price.precision, card.price.min, card.price.max) == (3, 1, 0, 9.5)


def test_the_primary_field_stands_first_as_a_push_takes_it(tracker):
    with Sandbox() as sandbox:
        tables = [{**one.to_wire(), "primaryFieldId": "A2222"} for one in tracker.client.schema(tracker.database)[:1]]
        names = [("A1111", "Code"), ("A2222", "Title")]
        tables[0]["fields"] = [{"id": id, "name": name, "type": "SINGLE_LINE_TEXT"} for id, name in names]
        sandbox.load_schema({"id": tracker.database, "name": "Tracker"}, tables)
        text = inspect_database(sandbox.client(), "Tracker")
    assert text.index('"A2222"') < text.index('"A1111"')

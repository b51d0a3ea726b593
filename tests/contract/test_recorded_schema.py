"""The schema over HTTP: scenarios that play from cassettes, and run unchanged against a sandbox or a live account."""

import pytest

from softrorm import BadRequest, Model, NotFound, fields


@pytest.fixture
def tasks(recorded):
    """A new table with nothing but its primary field."""
    return recorded.client.create_table(recorded.database, "Task", primary_field_name="Title")


def test_a_new_table_has_one_field_and_a_view(recorded, tasks):
    [title] = tasks.fields
    assert (title.name, title.type, title.id) == ("Title", "SINGLE_LINE_TEXT", tasks.primary_field_id)
    [view] = recorded.client.list_views(recorded.database, tasks.id)
    assert view.id == tasks.default_view_id
    assert [table.id for table in recorded.client.list_tables(recorded.database)] == [tasks.id]


def test_a_table_and_its_database_are_renamed(recorded, tasks):
    table = recorded.client.update_table(recorded.database, tasks.id, description="What is to be done")
    assert (table.name, table.description) == ("Task", "What is to be done")
    assert recorded.client.update_table(recorded.database, tasks.id, name="Chore").name == "Chore"
    database = recorded.client.update_database(recorded.database, description="Tried and thrown away")
    assert (database.name, database.description) == ("softrorm scratch", "Tried and thrown away")


def test_a_select_keeps_the_ids_of_its_choices_through_an_update(recorded, tasks):
    client = recorded.client
    choices = [{"label": "Urgent"}, {"label": "Done", "color": "green"}]
    made = client.create_field(recorded.database, tasks.id, "Status", "SELECT", {"choices": choices})
    urgent, done = made.options.choices
    assert urgent.id != done.id

    kept = [choice.to_wire() for choice in made.options.choices]
    options = {"choices": [*kept, {"label": "Later"}]}
    changed = client.update_field(recorded.database, tasks.id, made.id, name="State", options=options)
    assert (changed.id, changed.name) == (made.id, "State")
    assert [choice.id for choice in changed.options.choices[:2]] == [urgent.id, done.id]
    assert changed.options.choices[2].id

    client.delete_field(recorded.database, tasks.id, made.id)
    with pytest.raises(NotFound):
        client.get_field(recorded.database, tasks.id, made.id)


def test_a_link_has_two_ends_that_agree(recorded, tasks):
    client = recorded.client
    teams = client.create_table(recorded.database, "Team", primary_field_name="Name")
    link = client.create_field(recorded.database, tasks.id, "Team", "LINKED_RECORD", {"linkedTableId": teams.id})
    inverse = client.get_field(recorded.database, teams.id, link.options.inverse_link_field_id)
    assert inverse.options.linked_table_id == tasks.id
    assert inverse.options.inverse_link_field_id == link.id

    class Team(Model):
        name = fields.SingleLineText()
        tasks = fields.LinkedRecords(inverse.id, to="Task")

        class Meta:
            database = recorded.database
            table = teams.id

    class Task(Model):
        title = fields.SingleLineText()
        team = fields.LinkedRecord(link.id, to=Team)

        class Meta:
            database = recorded.database
            table = tasks.id

    sales = Team(name="Sales")
    sales.save()
    call = Task(title="Call back", team=sales)
    call.save()
    sales.refresh()
    assert [str(task) for task in sales.tasks] == ["Call back"]
    assert Task.objects.get(id=call.id).team.name == "Sales"

    call.team = None
    call.save()
    sales.refresh()
    assert sales.tasks == []


def test_a_link_to_a_deleted_record_stays_and_says_so(recorded, tasks):
    client = recorded.client
    link = client.create_field(recorded.database, tasks.id, "Blocks", "LINKED_RECORD", {"linkedTableId": tasks.id})

    class Task(Model):
        title = fields.SingleLineText()
        blocks = fields.LinkedRecords(link.id, to="self")

        class Meta:
            database = recorded.database
            table = tasks.id

    last = Task(title="Paint")
    last.save()
    first = Task(title="Plaster", blocks=[last])
    first.save()
    last.delete()
    first.refresh()
    [gone] = first.blocks
    assert (gone.id, str(gone)) == (last.id, "Paint")
    assert gone.is_dangling


def test_what_is_not_empty_is_deleted_by_force_alone(recorded, tasks):
    client = recorded.client
    client.create_record(recorded.database, tasks.id, {tasks.primary_field_id: "Paint"})
    with pytest.raises(BadRequest):
        client.delete_table(recorded.database, tasks.id)
    with pytest.raises(BadRequest):
        client.delete_database(recorded.database)
    client.delete_table(recorded.database, tasks.id, force=True)
    assert client.list_tables(recorded.database) == []

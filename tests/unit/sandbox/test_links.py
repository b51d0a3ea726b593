"""Links and their inverse (wire-facts 5.2, 5.3, 6, 8.3)."""

import pytest


@pytest.fixture
def pair(api):
    """Tasks, which have a project each, and projects, which have tasks."""
    tasks = api.table(name="Tasks")
    projects = api.table(database=tasks.database, name="Projects")
    tasks.add("Project", "LINKED_RECORD", options={"linkedTableId": projects.id}, allowMultipleEntries=False)
    return tasks, projects


def ids(cell):
    return [one["id"] for one in cell]


def test_a_new_link_makes_its_inverse_named_after_the_table_and_holding_several(api, pair):
    tasks, projects = pair
    link, inverse = tasks.field("Project"), projects.field("Tasks")
    assert inverse["type"] == "LINKED_RECORD"
    assert inverse["allowMultipleEntries"] is True
    assert inverse["options"]["linkedTableId"] == tasks.id
    assert inverse["options"]["inverseLinkFieldId"] == link["id"]
    assert link["options"]["inverseLinkFieldId"] == inverse["id"]


def test_a_link_defined_with_its_table_has_an_inverse_too(api):
    projects = api.table(name="Projects")
    link = {"name": "Project", "type": "LINKED_RECORD", "options": {"linkedTableId": projects.id}}
    tasks = api.table(link, database=projects.database, name="Tasks")
    assert tasks.field("Project")["options"]["inverseLinkFieldId"] == projects.field("Tasks")["id"]


def test_a_link_cannot_lead_into_another_database(api):
    tasks, elsewhere = api.table(), api.table()
    body = {"name": "x", "type": "LINKED_RECORD", "options": {"linkedTableId": elsewhere.id}}
    assert api.error("POST", f"{tasks.path}/fields", body)[:2] == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "form",
    [
        lambda id: id,
        lambda id: [id],
        lambda id: [{"id": id, "label": "whatever"}],
        lambda id: [{"id": id}],
        lambda id: {"id": id},
        lambda id: [id, id],
    ],
)
def test_links_are_written_in_all_forms(pair, form):
    tasks, projects = pair
    project = projects.create(Name="House")["id"]
    written = form(project)
    if isinstance(written, list) and len(written) == 2:
        assert tasks.refusal(Project=written) == ("VALIDATION_ERROR", "Project")
        task = tasks.create(Name="Paint")["id"]
        assert ids(projects.update(project, Tasks=[task, task])["fields"]["Tasks"]) == [task]
        return
    task = tasks.create(Name="Paint", Project=written)
    assert task["fields"]["Project"] == {"id": project, "label": "House"}
    assert projects.get(project)["fields"]["Tasks"] == [{"id": task["id"], "label": "Paint"}]


@pytest.mark.parametrize("cleared", [None, []])
def test_clearing_a_link_clears_the_other_side(pair, cleared):
    tasks, projects = pair
    project = projects.create(Name="House")["id"]
    task = tasks.create(Project=project)["id"]
    assert tasks.update(task, Project=cleared)["fields"]["Project"] is None
    assert projects.get(project)["fields"]["Tasks"] == []


@pytest.mark.parametrize("wrong", ["nobody00000000", ["nobody00000000"], 5, [None], {"label": "House"}])
def test_a_link_to_nothing_is_a_validation_error(pair, wrong):
    tasks, _ = pair
    assert tasks.refusal(Project=wrong) == ("VALIDATION_ERROR", "Project")


def test_labels_follow_the_primary_field_of_the_target(pair):
    tasks, projects = pair
    project = projects.create(Name="House")["id"]
    task = tasks.create(Project=project)["id"]
    projects.update(project, Name="Castle")
    assert tasks.get(task)["fields"]["Project"]["label"] == "Castle"
    projects.update(project, Name=None)
    assert tasks.get(task)["fields"]["Project"]["label"] == ""


def test_a_taken_record_moves_where_the_inverse_holds_one(pair, clock):
    tasks, projects = pair
    first, second = projects.create(Name="A")["id"], projects.create(Name="B")["id"]
    task = tasks.create(Project=first)["id"]
    other = tasks.create(Project=first)["id"]
    clock.now += 1
    projects.update(second, Tasks=[task])
    assert tasks.get(task)["fields"]["Project"]["id"] == second
    loser = projects.get(first)
    assert ids(loser["fields"]["Tasks"]) == [other]
    assert loser["updatedAt"] == "2026-11-22T10:00:01.250Z"


def test_the_order_of_links_is_that_of_their_insertion(pair):
    tasks, projects = pair
    project = projects.create(Name="A")["id"]
    made = [tasks.create(Name=str(number))["id"] for number in range(3)]
    for task in reversed(made):
        tasks.update(task, Project=project)
    assert ids(projects.get(project)["fields"]["Tasks"]) == made[::-1]
    order = [made[1], made[0], made[2]]
    assert ids(projects.update(project, Tasks=order)["fields"]["Tasks"]) == order


def test_a_change_on_the_other_side_moves_updated_at_but_is_no_edit(pair, clock):
    tasks, projects = pair
    projects.add("Edited", "UPDATED_AT")
    project = projects.create(Name="A")["id"]
    clock.now += 1
    tasks.create(Project=project)
    read = projects.get(project)
    assert read["updatedAt"] > read["createdAt"]
    assert read["fields"]["Edited"] is None


def test_a_deleted_record_stays_in_the_lists_with_its_last_label(pair):
    tasks, projects = pair
    project = projects.create(Name="House")["id"]
    task = tasks.create(Name="Paint", Project=project)["id"]
    kept = tasks.create(Name="Sweep", Project=project)["id"]
    tasks.delete(task)
    dangling = {"id": task, "label": "Paint"}
    cell = projects.get(project)["fields"]["Tasks"]
    assert cell == [dangling, {"id": kept, "label": "Sweep"}]
    # What was read may be written back.
    assert projects.update(project, Tasks=cell)["fields"]["Tasks"] == cell
    assert projects.update(project, Tasks=[kept])["fields"]["Tasks"] == [cell[1]]


def test_links_into_a_deleted_table_stay_too(api, pair):
    tasks, projects = pair
    task = tasks.create(Project=projects.create(Name="House")["id"])
    api("DELETE", projects.path, force="true")
    assert tasks.get(task["id"])["fields"]["Project"] == task["fields"]["Project"]


def test_a_table_linked_to_itself_has_both_fields(api):
    table = api.table(name="People")
    link = table.add("Boss", "LINKED_RECORD", options={"linkedTableId": table.id}, allowMultipleEntries=False)
    inverse = table.field("People")
    assert (link["options"]["inverseLinkFieldId"], inverse["options"]["inverseLinkFieldId"]) == (
        inverse["id"],
        link["id"],
    )
    boss = table.create(Name="Ann")["id"]
    worker = table.create(Name="Bob", Boss=boss)["id"]
    assert ids(table.get(boss)["fields"]["People"]) == [worker]
    table.update(boss, Boss=boss)
    assert ids(table.get(boss)["fields"]["People"]) == [worker, boss]
    table.update(boss, Boss=None)
    assert ids(table.get(boss)["fields"]["People"]) == [worker]


def test_a_put_without_the_inverse_breaks_the_pair(api, pair):
    tasks, projects = pair
    link, inverse = tasks.field("Project"), projects.field("Tasks")
    body = {"name": "Project", "type": "LINKED_RECORD", "options": {"linkedTableId": projects.id}}
    changed = api("PUT", f"{tasks.path}/fields/{link['id']}", body)
    assert changed["options"]["inverseLinkFieldId"] is None
    assert projects.field("Tasks")["options"]["inverseLinkFieldId"] == link["id"]
    project = projects.create(Name="House")["id"]
    task = tasks.create(Project=project)["id"]
    assert projects.get(project)["fields"]["Tasks"] == []
    projects.update(project, Tasks=[task])
    tasks.update(task, Project=None)
    assert ids(projects.get(project)["fields"]["Tasks"]) == [task]
    assert inverse["id"] == projects.field("Tasks")["id"]


def test_a_put_without_options_keeps_the_table_and_breaks_the_pair(api, pair):
    tasks, projects = pair
    link = tasks.field("Project")
    options = api("PUT", f"{tasks.path}/fields/{link['id']}", {"name": "P", "type": "LINKED_RECORD"})["options"]
    assert (options["linkedTableId"], options["inverseLinkFieldId"]) == (projects.id, None)


def test_a_deleted_link_leaves_its_partner_pointing_at_nothing(api, pair):
    tasks, projects = pair
    link = tasks.field("Project")
    project = projects.create(Name="House")["id"]
    task = tasks.create(Name="Paint", Project=project)["id"]
    api("DELETE", f"{tasks.path}/fields/{link['id']}")
    assert projects.field("Tasks")["options"]["inverseLinkFieldId"] == link["id"]
    assert projects.get(project)["fields"]["Tasks"] == [{"id": task, "label": "Paint"}]
    assert projects.update(project, Tasks=[])["fields"]["Tasks"] == []


@pytest.mark.parametrize(
    ("type", "value", "label"),
    [
        ("NUMBER", 5, "5"),
        ("CHECKBOX", True, "true"),
        ("SELECT", "Open", "Open"),
        ("DATETIME", "2026-01-19", "2026-01-19T00:00:00.000Z"),
        ("USER", "ann@a.org", "ann"),
        ("ATTACHMENT", "https://a.org/x.png", "x.png"),
        ("DATE_RANGE", {"from": "2026-01-19", "to": "2026-01-20"}, "2026-01-19 - 2026-01-20"),
    ],
)
def test_a_label_is_the_display_text_of_any_type_of_primary_field(api, pair, type, value, label):
    tasks, projects = pair
    api("PUT", f"{projects.path}/fields/{projects.schema['primaryFieldId']}", {"name": "Name", "type": type})
    project = projects.create(Name=value)["id"]
    assert tasks.create(Project=project)["fields"]["Project"]["label"] == label

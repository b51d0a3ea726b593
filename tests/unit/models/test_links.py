"""Links: what they know, what loads them, in how many requests, and what happens to those that lead nowhere."""

import pytest

from softrorm import ConfigurationError, Model, create_tables, fields


def project_with_tasks(world, count):
    project = world.Project.objects.create(name="P", budget=5)
    return project, [world.Task.objects.create(title=f"t{number}", project=project) for number in range(count)]


def test_a_link_knows_its_id_and_label_without_a_request(world, assert_requests):
    project, [task] = project_with_tasks(world, 1)
    task = world.Task.objects.get(id=task.id)
    with assert_requests(0):
        link = task.project
        assert (link.id, str(link), repr(link)) == (project.id, "P", f"<Project {project.id} 'P' (not loaded)>")
        assert (link == project, hash(link) == hash(project), isinstance(link, world.Project)) == (True, True, True)
        assert link.is_loaded is False
        assert link.is_dirty is False
        assert task.project is link


def test_reading_more_of_a_link_loads_that_link_of_the_whole_result(world, assert_requests):
    for number in range(12):
        project = world.Project.objects.create(name=f"P{number}", budget=number)
        for _ in range(2):
            world.Task.objects.create(title="x", project=project)
    tasks = list(world.Task.objects.all())
    with assert_requests(1):  # a scan is cheaper than twelve
        assert sum(task.project.budget for task in tasks) == 2 * sum(range(12))
        assert all(task.project.is_loaded for task in tasks)
        assert len({id(task.project) for task in tasks}) == 12  # one object per linked record


def test_links_of_records_that_are_saved_on_the_way_load_together_all_the_same(world, assert_requests):
    for number in range(12):
        world.Task.objects.create(title=f"t{number}", project=world.Project.objects.create(name=f"P{number}"))
    tasks = list(world.Task.objects.all())
    with assert_requests(13):  # twelve saves, and one load
        for number, task in enumerate(tasks):
            task.qty = number
            task.save()
            assert task.project.name == f"P{number}"
    with assert_requests(1):
        project, tasks[0].qty = tasks[0].project, 5
        tasks[0].save()
        assert tasks[0].project is project


def test_a_handful_of_links_is_read_one_by_one(world, assert_requests):
    project_with_tasks(world, 4)
    [first, *_] = list(world.Task.objects.all())
    with assert_requests(1) as seen:
        assert first.project.budget == 5
    assert seen[0].method == "GET"
    project = world.Project.objects.get()
    with assert_requests(1):
        assert [task.qty for task in project.tasks] == [None] * 4


def test_with_a_record_id_field_links_load_by_a_search(sandbox, client, assert_requests):
    from softrorm.schema import create_tables

    class Part(Model):
        name = fields.SingleLineText()
        record_id = fields.RecordId()

    class Machine(Model):
        name = fields.SingleLineText()
        parts = fields.LinkedRecords(to=Part)

    create_tables(client, [Part, Machine])
    parts = [Part.objects.create(name=f"p{number}") for number in range(6)]
    Machine.objects.create(name="m", parts=parts[:5])
    [machine] = Machine.objects.all()
    with assert_requests(1) as seen:
        assert [part.name for part in machine.parts] == ["p0", "p1", "p2", "p3", "p4"]
    assert seen[0].path.endswith("/search")
    with assert_requests(1):
        assert set(Part.objects.in_bulk([part.id for part in parts])) == {part.id for part in parts}


def test_a_link_to_a_deleted_record_stays_and_never_crashes_a_loop(world, assert_requests):
    project, tasks = project_with_tasks(world, 3)
    tasks[1].delete()
    project = world.Project.objects.get(id=project.id)
    with assert_requests(1):  # one page of the table is cheaper than three single reads
        assert [(task.title, task.is_dangling) for task in project.tasks] == [
            ("t0", False),
            ("", True),
            ("t2", False),
        ]
    gone = project.tasks[1]
    with assert_requests(0):
        assert (gone.qty, gone.tags, gone.project, gone.created_at) == (None, [], None, None)
        assert (str(gone), repr(gone)) == ("t1", f"<Task {gone.id} (deleted)>")
        assert not project.is_dirty
        project.tasks.remove(gone)
    project.save()
    assert len(world.Project.objects.get(id=project.id).tasks) == 2


def test_asking_whether_a_link_dangles_loads_it(world, assert_requests):
    project, [task] = project_with_tasks(world, 1)
    task.delete()
    [link] = world.Project.objects.get(id=project.id).tasks
    with assert_requests(1):
        assert link.is_dangling
        assert link.is_dangling


def test_a_link_that_is_set_by_id_loads_when_more_is_read(world, assert_requests):
    project, _ = project_with_tasks(world, 0)
    task = world.Task(title="x", project=project.id)
    with assert_requests(0):
        assert (task.project.id, str(task.project)) == (project.id, project.id)
    with assert_requests(1):
        assert task.project.name == "P"


def test_a_link_is_edited_before_it_is_loaded(world, assert_requests):
    _, [task] = project_with_tasks(world, 1)
    link = world.Task.objects.get(id=task.id).project
    with assert_requests(0):
        link.name = "New"
        assert link.dirty_fields == {"name": "New"}
        assert not link.is_loaded
    with assert_requests(1):
        assert link.budget == 5  # loads, and keeps what was set
    assert (link.name, link.dirty_fields) == ("New", {"name": "New"})
    with assert_requests(1) as seen:
        link.save()
    assert len(seen[0].body["fields"]) == 1
    assert (link.name, link.is_dirty) == ("New", False)


def test_an_unloaded_link_is_saved_with_what_was_set_alone(world, assert_requests):
    _, [task] = project_with_tasks(world, 1)
    link = world.Task.objects.get(id=task.id).project
    link.name = "New"
    with assert_requests(1) as seen:
        link.save()
    assert (seen[0].method, list(seen[0].body["fields"].values())) == ("PATCH", ["New"])
    with assert_requests(0):
        assert (link.is_loaded, link.name, link.budget, link.is_dirty) == (True, "New", 5, False)


def test_an_unloaded_link_is_deleted_without_reading_it(world, assert_requests):
    _, [task] = project_with_tasks(world, 1)
    link = world.Task.objects.get(id=task.id).project
    with assert_requests(1):
        link.delete()
        assert (link.is_dangling, link.budget, link.tasks, link.dirty_fields) == (True, None, [], {})


def test_links_compare_by_what_they_lead_to(world, assert_requests):
    first, [task] = project_with_tasks(world, 1)
    second = world.Project.objects.create(name="Q")
    task = world.Task.objects.get(id=task.id)
    with assert_requests(0):
        task.project = first
        assert not task.is_dirty
        task.project = second
        assert task.dirty_fields == {"project": second}
        task.project = first.id
        assert not task.is_dirty


def test_the_other_side_of_a_link_is_seen_when_it_is_read_anew(world):
    project, [task] = project_with_tasks(world, 1)
    project.refresh()
    assert project.tasks == [task]
    task.project = None
    task.save()
    project.refresh()
    assert project.tasks == []


class Node(Model):
    name = fields.SingleLineText("Name0")
    parent = fields.LinkedRecord("Paren", to="self")
    later = fields.LinkedRecord("Later", to="DefinedLater")
    table_of = fields.LinkedRecord("Table", to="LateTable00001")
    nowhere = fields.LinkedRecord("Nowhe", to="Nood")
    number = fields.LinkedRecord("Numbe", to=int)
    abstract = fields.LinkedRecord("Abstr", to=Model)

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "NodeTable00001"


class DefinedLater(Model):
    name = fields.SingleLineText("Name0")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "LateTable00001"


class Leaf(Node):
    class Meta:
        table = "NodeTable00002"


def test_a_link_names_its_model_by_class_name_self_or_table():
    assert Node.parent.target is Node
    assert Node.later.target is Node.table_of.target is DefinedLater


def test_self_is_the_model_that_inherits_the_link():
    assert Node.parent.target is Node

    class Twig(Node):
        pass

    assert Leaf.parent.target is Leaf
    assert Twig.parent.target is Twig


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("nowhere", r"^Node\.nowhere links to 'Nood', and no model has this name\. Did you mean 'Node'\? Import the"),
        ("number", r"^Node\.number links to int, which is no model with a table of its own\.$"),
        ("abstract", r"^Node\.abstract links to Model, which is no model with a table of its own\.$"),
    ],
)
def test_a_link_that_leads_to_no_model_says_so_when_it_is_used(attribute, message):
    with pytest.raises(ConfigurationError, match=message):
        Node(**{attribute: "aaaaaaaaaaaaaa"})


def test_of_several_models_of_one_name_the_one_beside_the_link_is_meant():
    def shop():
        class Item(Model):
            name = fields.SingleLineText()

        class Order(Model):
            item = fields.LinkedRecord(to="Item")

        return Item, Order

    (first, first_order), (second, second_order) = shop(), shop()
    assert second_order.item.target is second

    def stranger():
        class Basket(Model):
            __module__ = "elsewhere"
            item = fields.LinkedRecord(to="Item")

        return Basket

    with pytest.raises(ConfigurationError, match=r"^Basket\.item links to 'Item', which could be .*; give the class"):
        stranger().item.target  # noqa: B018
    assert first is not second
    assert first_order.item.target in {first, second}


def test_a_field_that_was_several_reads_its_old_list_as_one():
    node = Node.from_record(
        {"id": "n" * 14, "fields": {"Paren": [{"id": "p" * 14, "label": "P"}, {"id": "q" * 14, "label": "Q"}]}}
    )
    assert (node.parent.id, node.is_dirty) == ("p" * 14, False)
    node.parent = None
    assert node.to_wire() == {"Paren": []}


def test_links_read_off_line_know_their_labels():
    node = Node.from_record({"id": "n" * 14, "fields": {"Paren": {"id": "p" * 14, "label": "P"}}})
    assert (str(node.parent), node.parent == Node.from_record({"id": "p" * 14, "fields": {}})) == ("P", True)
    with pytest.raises(ConfigurationError):  # there is no client to load it with
        node.parent.name  # noqa: B018


def test_a_link_set_by_id_loads_through_the_client_of_its_record(sandbox):
    class Shelf(Model):
        name = fields.SingleLineText()

    class Box(Model):
        label = fields.SingleLineText()
        shelf = fields.LinkedRecord(to=Shelf)

    client = sandbox.client()  # not the default one
    create_tables(client, [Shelf, Box], database_name="Store")
    shelf = Shelf.objects.using(client).create(name="Top")
    box = Box.objects.using(client).create(label="Nails")
    box.shelf = shelf.id
    assert box.shelf.name == "Top"

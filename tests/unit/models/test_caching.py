"""Models at a client with a cache: what is answered from it, and what never is."""

from types import SimpleNamespace

import pytest

from softrorm import Cache, Client, Model, create_tables, fields
from softrorm.client import default


class Project(Model):
    name = fields.SingleLineText()
    tasks = fields.LinkedRecords(to="Task")


class Task(Model):
    title = fields.SingleLineText(required=True)
    tags = fields.MultiSelect(choices=["a", "b"])
    project = fields.LinkedRecord(to=Project, inverse="tasks")
    files = fields.Attachment()

    class Meta:
        natural_key = "title"


class Elsewhere:
    """The sandbox, reached by a way of its own: what goes through here is another process' doing."""

    def __init__(self, sandbox):
        self.handle = sandbox.handle


@pytest.fixture
def world(sandbox):
    """Two tasks of a project, a client with a cache, and another process that writes without anybody hearing of it."""
    with sandbox.client(cache=Cache()) as client, Client(Elsewhere(sandbox)) as other:
        default.configure(client)
        database = create_tables(client, [Project, Task], workspace=sandbox.workspace_id)
        Task.bind(other, database=database)
        project = Project.objects.create(name="P")
        tasks = [Task.objects.create(title=title, project=project) for title in ("one", "two")]
        yield SimpleNamespace(project=project.id, task=tasks[0].id, other=other, elsewhere=Task.objects.using(other))


READS = {
    "get(id=)": lambda tasks, id: tasks.get(id=id).title,
    "get()": lambda tasks, id: tasks.get(title__in=["one", "new"]).title,
    "first()": lambda tasks, id: tasks.order_by("title").first().title,
    "a list": lambda tasks, id: [task.title for task in tasks.all()],
    "count()": lambda tasks, id: tasks.filter(title="one").count(),
    "exists()": lambda tasks, id: tasks.filter(title="one").exists(),
    "in_bulk()": lambda tasks, id: tasks.in_bulk([id])[id].title,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_read_is_answered_again_without_a_request(world, assert_requests, read):
    with assert_requests(1):
        first = read(Task.objects, world.task)
    with assert_requests(0):
        assert read(Task.objects, world.task) == first


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_fresh_asks_the_service_and_what_it_answers_is_kept(world, assert_requests, read):
    before = read(Task.objects, world.task)
    other = world.elsewhere.get(id=world.task)
    other.title = "new"
    other.save()
    with assert_requests(0):
        assert read(Task.objects, world.task) == before
    with assert_requests(1):
        after = read(Task.objects.fresh(), world.task)
    assert after != before
    with assert_requests(0):
        assert read(Task.objects, world.task) == after


def test_links_of_cached_records_load_from_the_cache(world, assert_requests):
    assert {task.project.name for task in Task.objects.all()} == {"P"}
    with assert_requests(0):
        assert {task.project.name for task in Task.objects.all()} == {"P"}


def test_what_is_saved_is_read_back_at_once(world):
    def titles():
        return sorted(task.title for task in Task.objects.all())

    assert titles() == ["one", "two"]
    task = Task.objects.get(id=world.task)
    task.title = "new"
    task.save()
    assert (Task.objects.get(id=world.task).title, titles()) == ("new", ["new", "two"])
    three = Task.objects.create(title="three")
    assert titles() == ["new", "three", "two"]
    three.delete()
    Task.objects.filter(title="two").update(title="2")
    assert titles() == ["2", "new"]


def test_the_other_side_of_a_link_is_read_back_at_once(world):
    project = Project.objects.get(id=world.project)
    assert len(project.tasks) == 2
    Task.objects.create(title="three", project=project)
    assert len(Project.objects.get(id=world.project).tasks) == 3


def test_edits_in_place_stay_with_their_object(world):
    task = Task.objects.get(id=world.task)
    task.tags.append("a")
    task.project.name = "edited"
    again = Task.objects.get(id=world.task)
    assert (again.tags, again.project.name, again.is_dirty) == ([], "P", False)
    assert task.dirty_fields == {"tags": ["a"]}


def test_records_with_files_are_read_each_time(world, assert_requests):
    task = Task.objects.get(id=world.task)
    task.files = ["https://example.com/a.png"]
    task.save()
    for _ in range(2):
        with assert_requests(2):
            assert Task.objects.get(id=world.task).files[0].url
            assert any(one.files for one in Task.objects.all())


# --- never from the cache -------------------------------------------------------------------------


def test_refresh_reads_the_service(world, assert_requests):
    task = Task.objects.get(id=world.task)
    world.elsewhere.filter(title="one").update(title="new")
    with assert_requests(1):
        task.refresh()
    assert task.title == "new"
    assert Task.objects.get(id=world.task).title == "new"


@pytest.mark.parametrize(
    "scan",
    [
        lambda: list(Task.objects.iterator()),
        lambda: list(Task.objects.order_by("title").iterator()),
        lambda: Task.objects.all().to_dicts(),
    ],
    ids=["iterator()", "iterator() in an order", "to_dicts()"],
)
def test_scans_read_the_service(world, assert_requests, scan):
    with assert_requests(2):
        assert len(scan()) == len(scan()) == 2


def test_bulk_writes_go_by_what_is_there_now(world):
    matching = Task.objects.filter(title__startswith="t")
    assert len(matching) == 1
    world.elsewhere.create(title="three")
    assert int(matching.all().update(tags=["a"])) == 2
    world.elsewhere.create(title="third")
    assert int(matching.all().delete()) == 3


@pytest.mark.parametrize(
    "write",
    [
        lambda: Task.objects.get_or_create(title="three"),
        lambda: Task.objects.update_or_create(title="three", defaults={"tags": ["b"]}),
        lambda: Task.objects.upsert([{"title": "three", "tags": ["a"]}]),
    ],
    ids=["get_or_create", "update_or_create", "upsert"],
)
def test_what_another_process_created_is_not_created_again(world, write):
    assert not Task.objects.filter(title="three").exists()
    with pytest.raises(Task.DoesNotExist):
        Task.objects.get(title="three")
    world.elsewhere.create(title="three")
    write()
    assert Task.objects.fresh().filter(title="three").count() == 1


def test_a_lost_create_is_looked_for_at_the_service(world, sandbox):
    assert not Task.objects.filter(title="lost").exists()
    list(Task.objects.filter(title="lost"))
    with sandbox.faults.added("lost_answer", method="POST", path="records$"):
        report = Task.objects.bulk_create([{"title": "lost"}], pause=0.001)
    assert report.ok
    assert Task.objects.filter(title="lost").count() == 1

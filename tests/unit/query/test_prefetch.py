"""Prefetching: what links lead to, loaded for all records of a result at once, each record once."""

import pytest

import softrorm
from softrorm import InvalidQuery, Model, Session, create_tables, fields


class Person(Model):
    name = fields.SingleLineText()
    boss = fields.LinkedRecord(to="self")
    record_id = fields.RecordId()


class Project(Model):
    name = fields.SingleLineText()
    owner = fields.LinkedRecord(to=Person)
    tasks = fields.LinkedRecords(to="Task", inverse="project")


class Task(Model):
    title = fields.SingleLineText()
    project = fields.LinkedRecord(to=Project)
    assignee = fields.LinkedRecord(to=Person)
    watchers = fields.LinkedRecords(to=Person)
    blocks = fields.LinkedRecords(to="self")


class Note(Model):
    text = fields.SingleLineText()
    task = fields.LinkedRecord(to=Task)


@pytest.fixture
def world(sandbox, client):
    """Four persons in a circle of bosses, three projects with an owner each, nine tasks."""
    create_tables(client, [Person, Project, Task, Note])
    people = [Person.objects.create(name=f"p{number}") for number in range(4)]
    for number, person in enumerate(people):
        person.boss = people[(number + 1) % 4]
        person.save()
    projects = [Project.objects.create(name=f"P{number}", owner=people[number]) for number in range(3)]
    for number in range(9):
        Task.objects.create(
            title=f"t{number}",
            project=projects[number % 3],
            assignee=people[number % 4],
            watchers=[people[(number + 2) % 4], people[number % 4]],
        )
    sandbox.requests.clear()
    return sandbox


def test_links_are_loaded_with_the_records(world, assert_requests):
    with assert_requests(2):
        tasks = list(Task.objects.prefetch("project"))
    with assert_requests(0):
        assert [task.project.name for task in tasks] == ["P0", "P1", "P2"] * 3


def test_nothing_is_read_before_the_query_is(world, assert_requests):
    with assert_requests(0):
        Task.objects.prefetch("project").filter(title="t1").order_by("title")[:3]


def test_a_chain_of_links_costs_one_load_for_each(world, assert_requests):
    with assert_requests(4) as seen:
        tasks = list(Task.objects.prefetch("project__owner__boss"))
    # Persons have a RECORD_ID field. Of the three bosses two are owners, who are here already.
    assert [one.path.rpartition("/")[2] for one in seen[2:]] == ["search", seen[3].path.rpartition("/")[2]]
    assert seen[3].method == "GET"
    with assert_requests(0):
        assert [task.project.owner.boss.name for task in tasks[:3]] == ["p1", "p2", "p3"]


def test_links_of_one_level_to_the_same_table_load_together(world, assert_requests):
    with assert_requests(2):
        tasks = list(Task.objects.prefetch("assignee", "watchers"))
    with assert_requests(0):
        assert tasks[1].assignee.name == "p1"
        assert [person.name for person in tasks[1].watchers] == ["p3", "p1"]  # in the order of the links
        assert tasks[1].watchers[1] is tasks[1].assignee


def test_paths_that_share_a_beginning_share_its_load(world, assert_requests):
    with assert_requests(3):
        list(Task.objects.prefetch("project").prefetch("project__owner", "project"))


@pytest.mark.parametrize("path", ["project__tasks", "project__tasks__project__tasks"])
def test_a_way_back_to_the_result_needs_no_request(world, assert_requests, path):
    with assert_requests(2):
        tasks = list(Task.objects.prefetch(path))
    with assert_requests(0):
        assert [one.title for one in tasks[0].project.tasks] == ["t0", "t3", "t6"]
        assert tasks[0].project.tasks[1].project is tasks[0].project


def test_a_first_touch_that_leads_back_to_the_result_needs_no_request(world, assert_requests):
    tasks = list(Task.objects.all())
    with assert_requests(1):
        assert [one.title for task in tasks for one in task.project.tasks if one == task] == [
            task.title for task in tasks
        ]


def test_a_record_that_was_saved_since_is_read_anew_on_the_way_back(world, assert_requests):
    tasks = list(Task.objects.prefetch("project"))
    tasks[0].title = "new"
    tasks[0].save()
    with assert_requests(1):
        assert [one.title for one in tasks[3].project.tasks] == ["new", "t3", "t6"]


def test_a_record_that_links_to_itself_is_loaded_once(world, assert_requests):
    task = Task.objects.first()
    task.blocks = [task]
    task.save()
    with assert_requests(1):
        task = Task.objects.prefetch("blocks__blocks").first()
        assert task.blocks[0].blocks[0].title == "t0"


def test_links_that_lead_nowhere_dangle_and_end_their_path(world, assert_requests):
    Project.objects.filter(name="P1").get().delete()
    with assert_requests(3):
        tasks = list(Task.objects.prefetch("project__owner"))
    with assert_requests(0):
        assert [task.project.is_dangling for task in tasks[:3]] == [False, True, False]
        assert [task.project.owner and task.project.owner.name for task in tasks[:3]] == ["p0", None, "p2"]


def test_empty_links_cost_nothing(world, assert_requests):
    Task.objects.create(title="alone")
    with assert_requests(1):
        [task] = Task.objects.filter(title="alone").prefetch("project__owner", "watchers")
        assert (task.project, task.watchers) == (None, [])


@pytest.mark.parametrize(
    ("read", "requests"),
    [
        (lambda tasks: tasks.get(title="t1"), 2),
        (lambda tasks: tasks.first(), 2),
        (lambda tasks: tasks[2], 2),
        (lambda tasks: list(tasks[:2])[1], 3),
        (lambda tasks: next(iter(tasks.in_bulk([task.id for task in Task.objects.all()]).values())), 3),
        (lambda tasks: tasks.get(id=Task.objects.get(title="t1").id), 3),
    ],
)
def test_every_way_to_read_prefetches(world, assert_requests, read, requests):
    with assert_requests(requests):
        task = read(Task.objects.prefetch("project"))
        assert task.project.is_loaded


def test_a_stream_prefetches_for_each_chunk(world, assert_requests):
    names = []
    for task in Task.objects.prefetch("project").iterator(chunk_size=5):
        with assert_requests(0):
            names.append(task.project.name)
    assert names == ["P0", "P1", "P2"] * 3


def test_a_count_does_not_prefetch(world, assert_requests):
    with assert_requests(2):
        assert (Task.objects.prefetch("project").count(), Task.objects.prefetch("project").exists()) == (9, True)


def test_an_update_does_not_prefetch(world, assert_requests):
    with assert_requests(2):
        assert int(Task.objects.filter(title="t1").prefetch("project").update(title="t1!")) == 1


def test_in_a_session_one_record_is_one_object_and_none_is_read_twice(world, client, assert_requests):
    with Session(client) as session:
        with assert_requests(3):
            tasks = list(Task.objects.prefetch("project__tasks", "project__owner"))
        with assert_requests(0):
            assert tasks[3].project.tasks[0] is tasks[0]
            assert not session.dirty
        with assert_requests(1):
            again = list(Task.objects.prefetch("project__tasks__project"))
            assert all(one is other for one, other in zip(again, tasks, strict=True))


def test_what_was_edited_in_a_session_stays_edited(world, client):
    with Session(client) as session:
        [task] = Task.objects.filter(title="t1")
        task.project.name = "edited"
        list(Task.objects.prefetch("project"))
        assert task.project.name == "edited"
        session.rollback()


def test_records_that_are_here_already_are_prefetched_together(world, assert_requests):
    tasks = [Task.objects.get(title="t1"), Task.objects.get(title="t2"), *Task.objects.filter(title="t5")]
    with assert_requests(3):  # two projects, and a search for their owners
        softrorm.prefetch(tasks, "project__owner")
    with assert_requests(0):
        assert [task.project.owner.name for task in tasks] == ["p1", "p2", "p2"]
        softrorm.prefetch(tasks, "project__owner")
        softrorm.prefetch([], "project")


def test_links_themselves_and_records_of_several_models_are_prefetched(world, assert_requests):
    task = Task.objects.get(title="t1")
    with assert_requests(3):
        softrorm.prefetch([task.project], "owner__boss")
    person = Person.objects.get(name="p0")
    with assert_requests(1):  # all others are here already
        softrorm.prefetch([person, task.project.owner], "boss")
        softrorm.prefetch([task], "assignee__boss")
    with assert_requests(0):
        assert (person.boss.name, task.assignee.boss.name) == ("p1", "p2")


def test_a_new_record_is_prefetched_by_the_links_it_was_given(world, assert_requests):
    [project] = Project.objects.filter(name="P0")
    task = Task(title="new", project=project.id, watchers=[Person(name="unsaved")])
    with assert_requests(1):
        softrorm.prefetch([task], "project", "watchers")
    with assert_requests(0):
        assert task.project.name == "P0"


def test_records_of_several_models_share_the_load_of_a_table(world, assert_requests):
    class Memo(Note):
        class Meta:
            table_name = "Note"

    tasks = list(Task.objects.filter(title__in=["t0", "t1"]))
    Note.objects.create(text="n", task=tasks[0])
    Note.objects.create(text="m", task=tasks[1])
    Memo.bind(Note.objects._binding().client, database=Note.objects._binding().database)
    records = [Note.objects.get(text="n"), Memo.objects.get(text="m")]
    with assert_requests(3):  # two tasks one by one, and both persons by a search
        softrorm.prefetch(records, "task__assignee")
    assert [one.task.assignee.name for one in records] == ["p0", "p1"]


def test_a_fresh_query_prefetches_past_the_cache(world, sandbox, assert_requests):
    from softrorm import Cache, Client

    client = Client(sandbox, cache=Cache(ttl=60))
    place = Task.objects._binding()
    for model in (Person, Project, Task, Note):
        model.bind(client, database=place.database)
    tasks = Task.objects.using(client).prefetch("project")
    with assert_requests(2):
        list(tasks)
    with assert_requests(0):
        list(tasks.all())
    with assert_requests(2):
        list(tasks.fresh())


@pytest.mark.parametrize(
    ("model", "path", "message"),
    [
        (Task, "projekt", "prefetch('projekt'): Task has no link 'projekt'. Did you mean 'project'? The links of Task"),
        (Task, "title", "prefetch('title'): Task.title is no link. The links of Task are project, assignee, watchers,"),
        (Task, "project__ownr", "prefetch('project__ownr'): Project has no link 'ownr'. Did you mean 'owner'?"),
        (
            Person,
            "projects",
            "prefetch('projects'): Person declares no link 'projects'. Project.owner leads here; to go the other way, "
            "declare the field at its other end: projects = fields.LinkedRecords(to='Project').",
        ),
        (
            Task,
            "notes",
            "prefetch('notes'): Task declares no link 'notes'. Note.task leads here; to go the other way, declare the "
            "field at its other end: notes = fields.LinkedRecords(to='Note').",
        ),
        (Note, "", "prefetch() takes paths of links such as 'project__owner', not ''."),
        (Note, 5, "prefetch() takes paths of links such as 'project__owner', not 5."),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_at_once(model, path, message):
    with pytest.raises(InvalidQuery) as caught:
        model.objects.prefetch(path)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("records", ["project", 5, ["t"], [None]])
def test_what_is_no_record_is_refused(records):
    with pytest.raises(InvalidQuery, match=r"^prefetch\(\) takes records and then paths of links"):
        softrorm.prefetch(records, "project")


def test_explain_shows_what_will_be_loaded_and_what_it_costs(world, assert_requests):
    with assert_requests(0):
        shown = str(Task.objects.prefetch("project__owner", "watchers").explain())
    assert shown.split("\n")[1:] == [
        "-- One request per 200 records, until metadata.total is reached.",
        "-- Then project: the first page of the table, then its other pages or single reads, whichever are fewer: at "
        "most one more than there are records, and no more than the table has pages.",
        "-- Then watchers: searches on Person.record_id, 200 records each: 1 request per 200.",
        "-- Then project__owner: searches on Person.record_id, 200 records each: 1 request per 200.",
    ]
    loads = Task.objects.prefetch("project__owner")[:50].explain().loads
    assert [(path, plan.way, plan.requests) for path, plan in loads] == [
        ("project", "scan", 51),
        ("project__owner", "search", 1),
    ]


class Site(Model):
    name = fields.SingleLineText()


class Marked(Model):
    name = fields.SingleLineText()
    record_id = fields.RecordId()


class Job(Model):
    title = fields.SingleLineText()
    site = fields.LinkedRecord(to=Site)
    marked = fields.LinkedRecord(to=Marked)


@pytest.mark.parametrize("link", ["site", "marked"])
def test_a_thousand_tasks_with_120_projects_take_six_requests(client, sandbox, assert_requests, link):
    create_tables(client, [Site, Marked, Job])
    model = {"site": Site, "marked": Marked}[link]
    linked = [model.objects.create(name=f"n{number}") for number in range(120)]
    Job.objects.bulk_create({"title": f"t{number}", link: linked[number % 120]} for number in range(1000))
    sandbox.requests.clear()
    with assert_requests(6):  # five pages of tasks, and a search; or the only page of the other table
        names = [getattr(job, link).name for job in Job.objects.all()]
    assert sorted(set(names)) == sorted(one.name for one in linked)


def test_without_a_record_id_field_links_into_a_large_table_take_no_more_than_the_plan_says(
    client, sandbox, assert_requests
):
    create_tables(client, [Site, Marked, Job])
    Site.objects.bulk_create({"name": f"n{number}"} for number in range(1001))
    sites = list(Site.objects.order_by("-created_at"))
    Job.objects.bulk_create({"title": f"t{number}", "site": sites[number]} for number in range(3))
    sandbox.requests.clear()
    jobs = list(Job.objects.all())
    with assert_requests(4):  # one page, which has none of them, and then they one by one: six pages would be more
        assert [job.site.name for job in jobs] == [site.name for site in sites[:3]]

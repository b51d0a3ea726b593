"""Where an event loop runs nothing loads by itself: the error comes before the request and says what to await."""

import asyncio
import pickle

import pytest

from softrorm import Client, LazyLoadRefused, Model, aprefetch, fields
from softrorm.client.default import set_default
from softrorm.testing import assert_requests, mirror

DATABASE = "5b2f0c61-0000-4222-8333-444455556667"


class Person(Model):
    name = fields.SingleLineText("Name0")

    class Meta:
        database = DATABASE
        table = "AsyncTable0003"


class Project(Model):
    name = fields.SingleLineText("Name0")
    owner = fields.LinkedRecord("Owner", to=Person)

    class Meta:
        database = DATABASE
        table = "AsyncTable0002"


class Task(Model):
    title = fields.SingleLineText("Title")
    project = fields.LinkedRecord("Proje", to=Project)

    class Meta:
        database = DATABASE
        table = "AsyncTable0001"


@pytest.fixture
def world(sandbox):
    mirror(sandbox, Task, Project, Person)
    with sandbox.client() as client:
        set_default(client)
        ann = Person.objects.create(name="Ann")
        sites = [Project.objects.create(name=f"site {number}", owner=ann) for number in range(2)]
        for number in range(4):
            Task.objects.create(title=f"t{number}", project=sites[number % 2])
        sandbox.requests.clear()
        yield client


async def tasks(**options):
    return [task async for task in Task.objects.order_by("title")]


def test_an_unloaded_link_is_refused_before_any_request(world, sandbox):
    async def main():
        first = (await tasks())[0]
        assert first.project.id  # what the link itself says needs nothing
        assert first.project is not None
        with pytest.raises(LazyLoadRefused) as refused:
            first.project.name  # noqa: B018
        with pytest.raises(LazyLoadRefused, match=r"Project\.is_dangling"):
            first.project.is_dangling  # noqa: B018
        return first.project, refused.value

    with assert_requests(sandbox, 1):
        project, refused = asyncio.run(main())
    assert isinstance(refused, RuntimeError)
    assert str(refused) == (
        f"Project.name of {project!r} is not here yet, and reading it would make a request and hold up the event loop "
        "that runs in this thread. Load it with Task.objects.prefetch('project') beforehand, or 'await "
        "record.aload()' now. In a notebook, Client(lazy_in_loop=True) allows it."
    )


def test_the_same_read_loads_where_no_loop_runs(world):
    first = asyncio.run(tasks())[0]
    assert first.project.name == "site 0"


def test_aload_loads_the_link_of_all_records_of_the_result(world, sandbox):
    async def main():
        found = await tasks()
        await found[0].project.aload()
        return [task.project.name for task in found]

    with assert_requests(sandbox, 3):
        assert asyncio.run(main()) == ["site 0", "site 1", "site 0", "site 1"]


def test_load_makes_no_request_where_everything_is_here(world, sandbox):
    found = Task.objects.first()
    with assert_requests(sandbox, 0):
        found.load()
        Task(title="new").load()


def test_a_link_that_was_edited_names_aload_alone(world):
    async def main():
        task = Task(title="new", project="vQ9BI8QUVQiFua")
        with pytest.raises(LazyLoadRefused, match=r"Load it with 'await record\.aload\(\)' now"):
            task.project.name  # noqa: B018

    asyncio.run(main())


def test_prefetched_links_are_here(world):
    async def main():
        found = [task async for task in Task.objects.prefetch("project__owner")]
        again = await tasks()
        await aprefetch(again, "project")
        return {task.project.owner.name for task in found}, {task.project.name for task in again}

    assert asyncio.run(main()) == ({"Ann"}, {"site 0", "site 1"})


def test_a_record_that_came_with_the_result_is_no_request_and_is_not_refused(world, sandbox):
    async def main():
        found = [project async for project in Project.objects.prefetch("owner")]
        return found[0].owner.name

    with assert_requests(sandbox, 2):
        assert asyncio.run(main()) == "Ann"


def test_a_client_may_allow_it(sandbox, world):
    async def main():
        loading = Client(sandbox, lazy_in_loop=True)
        return (await Task.objects.using(loading).order_by("title").afirst()).project.name

    assert asyncio.run(main()) == "site 0"


def test_plain_methods_are_as_explicit_as_awaiting(world, sandbox):
    async def main():
        task = Task.objects.order_by("title")[0]
        task.title = "changed"
        task.save()
        task.refresh()
        return [one.title for one in Task.objects.order_by("title")]

    assert asyncio.run(main()) == ["changed", "t1", "t2", "t3"]


def test_other_threads_of_a_program_with_a_loop_load_as_ever(world):
    async def main():
        task = await Task.objects.order_by("title").afirst()
        return await asyncio.to_thread(lambda: task.project.name)

    assert asyncio.run(main()) == "site 0"


def test_an_unpickled_link_loads_through_the_default_client(world):
    async def main():
        task = pickle.loads(pickle.dumps(await Task.objects.order_by("title").afirst()))
        with pytest.raises(LazyLoadRefused):
            task.project.name  # noqa: B018
        await task.project.aload()
        return task.project.name

    assert asyncio.run(main()) == "site 0"

"""Twins for async code: they take what their methods take, and give what these give."""

from contextlib import aclosing
from typing import assert_type

from tracker import Project, Task

from softrorm import BulkReport, Client, CommitReport, QuerySet, Session, acreate_tables, aprefetch
from softrorm.client import Page
from softrorm.client.resources import Table
from softrorm.models.binding import Binding


async def reading() -> None:
    assert_type(await Task.objects.aget(id="vQ9BI8QUVQiFua"), Task)
    assert_type(await Task.objects.filter(urgent=True).aget(Task.qty > 1), Task)
    assert_type(await Task.objects.afirst(), Task | None)
    assert_type(await Task.objects.alast(), Task | None)
    assert_type(await Task.objects.acount(), int)
    assert_type(await Task.objects.aexists(), bool)
    assert_type(await Task.objects.ain_bulk(["vQ9BI8QUVQiFua"]), dict[str, Task])
    assert_type(await Task.objects[:5].acount(), int)


async def iterating(tasks: QuerySet[Task]) -> None:
    async for task in tasks.filter(qty=1):
        assert_type(task, Task)
    assert_type([task.title async for task in tasks], list[str])
    async for task in tasks.aiterator(chunk_size=50, ahead=2):
        assert_type(task, Task)
    async with aclosing(tasks.aiterator()) as stream:
        assert_type(await anext(stream), Task)


async def writing(task: Task, project: Project) -> None:
    await task.asave()
    await task.asave(fields=["title"], using=Client("sandbox:"))
    await task.adelete()
    await task.arefresh()
    await task.aload()
    assert_type(await Task.abind(Client("sandbox:"), database="x"), Binding)
    assert_type(await Task.objects.acreate(title="x"), Task)
    assert_type(await Task.objects.aget_or_create(title="x", defaults={"qty": 1}), tuple[Task, bool])
    assert_type(await Task.objects.aupdate_or_create(title="x"), tuple[Task, bool])
    assert_type(await Task.objects.abulk_create([task], on_error="continue"), BulkReport)
    assert_type(await Task.objects.filter(qty=1).aupdate(qty=2), BulkReport)
    assert_type(await Task.objects.filter(qty=1).adelete(), BulkReport)
    await aprefetch([task], "project")
    assert_type(await acreate_tables(Client("sandbox:"), [Task, Project]), str)


async def sessions(task: Task) -> None:
    async with Session() as session:
        assert_type(session, Session)
        session.add(task)
        assert_type(await session.aget(Task, "vQ9BI8QUVQiFua"), Task)
        await session.arefresh(task)
        assert_type(await session.acommit(on_error="stop"), CommitReport)


async def endpoints(client: Client) -> None:
    assert_type(await client.alist_records("database", "table", limit=5), Page)
    assert_type(await client.alist_tables("database"), list[Table])

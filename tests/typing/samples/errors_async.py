"""What twins do not take: each line is refused."""

from typing import assert_type

from tracker import Task

from softrorm import Client, Session


async def arguments(task: Task) -> None:
    await Task.objects.acount(1)  # error: mypy, pyright
    await Task.objects.ain_bulk(5)  # error: mypy, pyright
    await Task.objects.abulk_create([task], worker=3)  # error: mypy, pyright
    await task.asave(field=["title"])  # error: mypy, pyright
    await Client("sandbox:").aget_record("database", "table")  # error: mypy, pyright
    await Task.abind("sandbox:")  # error: mypy, pyright


async def results(task: Task, session: Session) -> None:
    assert_type(await Task.objects.acount(), str)  # error: mypy, pyright
    print((await Task.objects.afirst()).title)  # error: mypy, pyright
    print(Task.objects.aget(id="x").title)  # error: mypy, pyright
    for _ in Task.objects.aiterator():  # error: mypy, pyright
        pass
    print((await session.aget(Task, "x")).titel)  # error: mypy, pyright

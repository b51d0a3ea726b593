"""Conditions, query sets and what reading them gives."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any, assert_type

from tracker import Project, Status, Task

from softrorm import BulkReport, Client, Q, QuerySet, configure, past, today
from softrorm.query.conditions import Condition, Group, Not

now = datetime.now(UTC)


def conditions_on_fields(project: Project) -> None:
    assert_type(Task.due < now, Condition)
    assert_type(Task.due >= "2026-01-01", Condition)
    assert_type(Task.due > today(), Condition)
    assert_type(Task.due.is_between(now - timedelta(days=1), now), Condition)
    assert_type(Task.due == None, Condition)  # noqa: E711
    assert_type(Task.created_at < now, Condition)
    assert_type(Task.status == "Done", Condition)
    assert_type(Task.status != Status.DONE, Condition)
    assert_type(Task.status.is_one_of(["Done", Status.OPEN]), Condition)
    assert_type(Task.tags.has_any_of(["a", "b"]), Condition)
    assert_type(Task.qty > 1, Condition)
    assert_type(Task.effort > timedelta(hours=1), Condition)
    assert_type(Task.qty.is_one_of([1, 2.5]), Condition)
    assert_type(Task.title.contains("x"), Condition)
    assert_type(Task.title == "x", Condition)
    assert_type(Task.urgent == True, Condition)  # noqa: E712
    assert_type(Task.project == project, Condition)
    assert_type(Task.projects.has_all_of([project]), Condition)
    assert_type(Task.files.is_empty(), Condition)
    assert_type(Task.total > 3, Condition)
    assert_type(Task.owner == "ann@example.com", Condition)
    assert_type(Task.at.is_("12:30"), Condition)


def combinations() -> None:
    assert_type(Q(status="Done") & Q(due__lt=now), Group)
    assert_type(Q(status="Done") | (Task.due < now), Group)
    assert_type((Task.due < now) & Q(status="Done"), Group)
    assert_type(~Q(status="Done"), Not)
    Task.objects.filter(~Q(status="Done") & (Q(due__lt=now) | Q(due__is_empty=True)))
    Task.objects.filter(~~Q(status="Done"), ~(Task.qty > 1))


def query_sets(client: Client) -> None:
    assert_type(Task.objects, QuerySet[Task])
    assert_type(Task.objects.all(), QuerySet[Task])
    assert_type(Task.objects.filter(Task.due < now, status="Done"), QuerySet[Task])
    assert_type(Task.objects.exclude(status="Done"), QuerySet[Task])
    assert_type(Task.objects.order_by("-due", "title").reverse(), QuerySet[Task])
    assert_type(Task.objects.using(client).view("v1"), QuerySet[Task])
    assert_type(Task.objects.none(), QuerySet[Task])
    assert_type(Task.objects.filter()[:5], QuerySet[Task])
    assert_type(Task.objects.filter()[0], Task)
    assert_type(Project.objects.filter(), QuerySet[Project])
    assert_type(Task.objects.filter().to_dict(), dict[str, Any])


def reading() -> None:
    assert_type(Task.objects.get(id="vQ9BI8QUVQiFua"), Task)
    assert_type(Task.objects.first(), Task | None)
    assert_type(Task.objects.last(), Task | None)
    assert_type(Task.objects.count(), int)
    assert_type(Task.objects.exists(), bool)
    assert_type(len(Task.objects.all()), int)
    assert_type(list(Task.objects.all()), list[Task])
    assert_type(Task.objects.iterator(), Generator[Task, None, None])
    assert_type(Task.objects.in_bulk(["vQ9BI8QUVQiFua"]), dict[str, Task])
    assert_type(Task.objects.values("title"), list[dict[str, Any]])
    for task in Task.objects.filter(due__gt=past("month")):
        assert_type(task, Task)
        assert_type(task.due, datetime | None)
    assert_type([task.title for task in Task.objects.all()], list[str])


def writing(task: Task) -> None:
    assert_type(Task.objects.create(title="x"), Task)
    assert_type(Task.objects.get_or_create(title="x", defaults={"qty": 1}), tuple[Task, bool])
    assert_type(Task.objects.update_or_create(title="x", defaults={"qty": 1}), tuple[Task, bool])
    assert_type(Task.objects.filter(qty=1).update(qty=2), BulkReport)
    assert_type(Task.objects.filter(qty=1).delete(), BulkReport)
    assert_type(Task.objects.filter(qty=1).matches(task), bool)


def records(client: Client) -> None:
    task = Task.from_record({"id": "vQ9BI8QUVQiFua", "fields": {}})
    assert_type(task, Task)
    assert_type(task.is_dirty, bool)
    assert_type(task.dirty_fields, dict[str, Any])
    assert_type(task.to_wire(), dict[str, Any])
    assert_type(task.save(), None)
    task.save(fields=["title"], using=client)
    task.refresh()
    task.delete()
    try:
        Task.objects.get(title="x")
    except Task.DoesNotExist as error:
        assert_type(error.args, tuple[Any, ...])


def clients() -> None:
    assert_type(Client("sandbox:"), Client)
    assert_type(configure(url="sandbox:"), Client)
    assert_type(configure(Client(api_key="k")), Client)

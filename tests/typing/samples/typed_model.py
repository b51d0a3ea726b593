"""Constructor keywords: ``TypedModel`` knows them, and none is required; ``Model`` takes any."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import assert_type

from tracker import Project, Status, Task

from softrorm import Choice, Person, QuerySet, TypedModel, fields
from softrorm.fields.lists import EditableList


class Base(TypedModel):
    title: fields.SingleLineText[str] = fields.SingleLineText("aa001", required=True)

    class Meta:
        abstract = True


class Priority(fields.Choices):
    HIGH = "High", "0c5ab1a6-59f2-4a7c-8b4e-0d8ff0a4b7c1"
    LOW = "Low", "6f4c0b3c-2a51-4bde-9d0c-b1c6a7c0b1b2", "blueLight2"


class Ticket(Base):
    note: fields.SingleLineText = fields.SingleLineText("aa002")
    due: fields.DateTime = fields.DateTime("aa003")
    status: fields.Select[Status | None] = fields.Select("aa004", choices=Status)
    tags: fields.MultiSelect = fields.MultiSelect("aa005")
    project: fields.LinkedRecord[Project | None] = fields.LinkedRecord("aa006", to=Project)
    total: fields.Formula[int | float | None] = fields.Formula("aa007", returns=fields.Number())
    priority: fields.Select[Priority | None] = fields.Select("aa008", choices=Priority, default=Priority.LOW)
    owner: fields.User[Person | None] = fields.User("aa009")
    team: fields.User[list[Person], Iterable[Person | str]] = fields.User("aa010", many=True)
    crew: fields.User[list[Person]] = fields.User("aa011", many=True)
    files: fields.Lookup[list[fields.File]] = fields.Lookup("aa012", returns=fields.Attachment(), many=True)

    class Meta(Base.Meta):
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


def constructors(project: Project) -> None:
    Ticket()
    Ticket(title="x")
    Ticket(title="x", note=None, due=datetime.now(UTC), status=Status.DONE)
    Ticket(status="Done", tags=["a", Choice("b")], project=project)
    Ticket(project="vQ9BI8QUVQiFua")
    Ticket(priority=Priority.HIGH, owner="ann@example.com", team=["ann@example.com", Person(id="u1")])
    Ticket(priority="Low", owner=None, crew=[Person(id="u1")])
    Task(title="x", due=None)


def attributes(ticket: Ticket) -> None:
    assert_type(ticket.title, str)
    assert_type(ticket.note, str | None)
    assert_type(ticket.due, datetime | None)
    assert_type(ticket.status, Status | None)
    assert_type(ticket.tags, EditableList[Choice])
    assert_type(ticket.project, Project | None)
    assert_type(ticket.total, int | float | None)
    assert_type(ticket.priority, Priority | None)
    assert_type(Priority.LOW.label, str)
    assert_type(Priority.LOW.id, str | None)
    assert_type(ticket.owner, Person | None)
    assert_type(ticket.team, EditableList[Person])
    assert_type(ticket.crew, EditableList[Person])
    assert_type(ticket.files, list[fields.File])
    assert_type(ticket.id, str | None)
    assert_type(Ticket.objects, QuerySet[Ticket])
    assert_type(Ticket.from_record({"id": "r1", "fields": {}}), Ticket)
    ticket.title = "y"
    ticket.team = ["ann@example.com", Person(id="u1")]

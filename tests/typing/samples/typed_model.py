"""Constructor keywords: ``TypedModel`` knows them, and none is required; ``Model`` takes any."""

from datetime import UTC, datetime
from typing import assert_type

from tracker import Project, Status, Task

from softrorm import Choice, QuerySet, TypedModel, fields
from softrorm.fields.lists import EditableList


class Base(TypedModel):
    title: fields.SingleLineText[str] = fields.SingleLineText("aa001", required=True)

    class Meta:
        abstract = True


class Ticket(Base):
    note: fields.SingleLineText = fields.SingleLineText("aa002")
    due: fields.DateTime = fields.DateTime("aa003")
    status: fields.Select[Status | None] = fields.Select("aa004", choices=Status)
    tags: fields.MultiSelect = fields.MultiSelect("aa005")
    project: fields.LinkedRecord[Project | None] = fields.LinkedRecord("aa006", to=Project)
    total: fields.Formula[int | float | None] = fields.Formula("aa007", returns=fields.Number())

    class Meta(Base.Meta):
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


def constructors(project: Project) -> None:
    Ticket()
    Ticket(title="x")
    Ticket(title="x", note=None, due=datetime.now(UTC), status=Status.DONE)
    Ticket(status="Done", tags=["a", Choice("b")], project=project)
    Ticket(project="vQ9BI8QUVQiFua")
    Task(title="x", due=None)


def attributes(ticket: Ticket) -> None:
    assert_type(ticket.title, str)
    assert_type(ticket.note, str | None)
    assert_type(ticket.due, datetime | None)
    assert_type(ticket.status, Status | None)
    assert_type(ticket.tags, EditableList[Choice])
    assert_type(ticket.project, Project | None)
    assert_type(ticket.total, int | float | None)
    assert_type(ticket.id, str | None)
    assert_type(Ticket.objects, QuerySet[Ticket])
    assert_type(Ticket.from_record({"id": "r1", "fields": {}}), Ticket)
    ticket.title = "y"

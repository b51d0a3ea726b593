"""The models that the other samples use, and what each attribute is: on the class a field, on a record a value."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, assert_type

from softrorm import Choice, DateSpan, File, Model, Person, fields
from softrorm.fields.lists import EditableList


class Status(Enum):
    OPEN = "Open"
    DONE = "Done"


class Project(Model):
    name = fields.SingleLineText("aB3dE", required=True)
    tasks: fields.LinkedRecords["Task"] = fields.LinkedRecords("7qn0n", to="Task")
    parent: "fields.LinkedRecord[Project | None]" = fields.LinkedRecord("bb001", to="self")
    untyped = fields.LinkedRecords("bb002", to="Task")
    untyped_one = fields.LinkedRecord("bb003", to="Task")

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "kNjsEhYYcNjAsj"


class Task(Model):
    title = fields.SingleLineText("aa001", required=True)
    note = fields.SingleLineText("aa002", max_length=200)
    body = fields.LongText("aa003")
    email = fields.Email("aa004")
    phone = fields.Phone("aa005")
    website = fields.Url("aa006", required=True)
    address = fields.Address("aa007")

    qty = fields.Number("aa011", precision=2, min=0)
    weight = fields.Number("aa012", required=True)
    price = fields.Currency("aa013")
    fee = fields.Currency("aa014", required=True)
    share = fields.Percent("aa015")
    progress = fields.Progress("aa016")
    stars = fields.Rating("aa017", max=10)
    rank = fields.Rating("aa018", required=True)
    raw_effort = fields.Duration("aa019")
    effort = fields.Duration("aa020", unit="seconds")

    due = fields.DateTime("aa021")
    begin = fields.DateTime("aa022", required=True)
    day = fields.Date("aa023")
    first_day = fields.Date("aa024", required=True)
    at = fields.Time("aa025")
    period = fields.DateRange("aa026")

    status = fields.Select("aa031", choices=Status)
    state = fields.Select("aa032", choices=Status, required=True)
    kind = fields.Select("aa033", choices=["Bug", "Feature"])
    sort = fields.Select("aa034", choices={"Bug": "c1", "Feature": "c2"}, required=True)
    tags = fields.MultiSelect("aa035")
    stages = fields.MultiSelect("aa036", choices=Status)
    labels = fields.MultiSelect("aa037", choices=["Bug", "Feature"], allow_new=True)
    urgent = fields.Checkbox("aa038")

    project = fields.LinkedRecord("aa041", to=Project)
    owner_project = fields.LinkedRecord("aa042", to=Project, required=True)
    projects = fields.LinkedRecords("aa043", to=Project, inverse="tasks")

    files = fields.Attachment("aa051")
    owner = fields.User("aa052")
    team = fields.User("aa053", many=True)
    crew: "fields.User[list[Person]]" = fields.User("aa056", many=True)
    author = fields.CreatedBy("aa054")
    editor = fields.UpdatedBy("aa055")

    total = fields.Formula("aa061", returns=fields.Number())
    prices = fields.Lookup("aa062", returns=fields.Currency(), many=True)
    project_name = fields.Lookup("aa063", returns=fields.SingleLineText())
    newest = fields.Rollup("aa064", returns=fields.DateTime())
    anything = fields.Formula("aa065")
    tasks_count = fields.Count("aa066")
    number = fields.Autonumber("aa067")
    record_id = fields.RecordId("aa068")
    made = fields.CreatedAt("aa069")
    changed = fields.UpdatedAt("aa070")
    press = fields.Button("aa071")
    unknown = fields.Raw("aa072", type="HOLOGRAM")
    named = fields.DateTime("aa073", name="When", description="When it happens", options={"precision": "DATETIME"})

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


def values_of_records(task: Task, project: Project) -> None:
    assert_type(task.id, str | None)
    assert_type(task.created_at, datetime | None)
    assert_type(task.updated_at, datetime | None)

    assert_type(task.title, str)
    assert_type(task.note, str | None)
    assert_type(task.body, str | None)
    assert_type(task.email, str | None)
    assert_type(task.phone, str | None)
    assert_type(task.website, str)
    assert_type(task.address, Any)

    assert_type(task.qty, int | float | None)
    assert_type(task.weight, int | float)
    assert_type(task.price, Decimal | None)
    assert_type(task.fee, Decimal)
    assert_type(task.share, int | float | None)
    assert_type(task.progress, int | float | None)
    assert_type(task.stars, int | None)
    assert_type(task.rank, int)
    assert_type(task.raw_effort, int | float | None)
    assert_type(task.effort, timedelta | None)

    assert_type(task.due, datetime | None)
    assert_type(task.begin, datetime)
    assert_type(task.named, datetime | None)
    assert_type(task.day, date | None)
    assert_type(task.first_day, date)
    assert_type(task.at, time | None)
    assert_type(task.period, DateSpan | None)

    assert_type(task.status, Status | None)
    assert_type(task.state, Status)
    assert_type(task.kind, Choice | None)
    assert_type(task.sort, Choice)
    assert_type(task.tags, EditableList[Choice])
    assert_type(task.stages, EditableList[Status])
    assert_type(task.labels, EditableList[Choice])
    assert_type(task.urgent, bool)

    assert_type(task.project, Project | None)
    assert_type(task.owner_project, Project)
    assert_type(task.projects, EditableList[Project])
    assert_type(project.tasks, EditableList[Task])
    assert_type(project.parent, Project | None)
    assert_type(project.untyped, EditableList[Any])
    assert_type(project.untyped_one, Any)
    assert_type(project.tasks[0].due, datetime | None)

    assert_type(task.files, EditableList[File])
    assert_type(task.owner, Person | None)
    assert_type(task.team, EditableList[Person])
    assert_type(task.crew, EditableList[Person])
    assert_type(task.author, Person | None)
    assert_type(task.editor, Person | None)

    assert_type(task.total, int | float | None)
    assert_type(task.prices, list[Decimal])
    assert_type(task.project_name, str | None)
    assert_type(task.newest, datetime | None)
    assert_type(task.anything, Any)
    assert_type(task.tasks_count, int | None)
    assert_type(task.number, int | None)
    assert_type(task.record_id, str | None)
    assert_type(task.made, datetime | None)
    assert_type(task.changed, datetime | None)
    assert_type(task.press, Any)
    assert_type(task.unknown, Any)


def fields_of_the_class() -> None:
    assert_type(Task.due, fields.DateTime[datetime | None])
    assert_type(Task.begin, fields.DateTime[datetime])
    assert_type(Task.title, fields.SingleLineText[str])
    assert_type(Task.note, fields.SingleLineText[str | None])
    assert_type(Task.qty, fields.Number[int | float | None])
    assert_type(Task.price, fields.Currency[Decimal | None])
    assert_type(Task.status, fields.Select[Status | None])
    assert_type(Task.kind, fields.Select[Choice | None])
    assert_type(Task.tags, fields.MultiSelect[Choice])
    assert_type(Task.project, fields.LinkedRecord[Project | None])
    assert_type(Project.tasks, fields.LinkedRecords[Task])
    assert_type(Task.total, fields.Formula[int | float | None])


def a_bare_annotation_means_the_optional_value(
    text: fields.SingleLineText,
    moment: fields.DateTime,
    day: fields.Date,
    number: fields.Number,
    money: fields.Currency,
    stars: fields.Rating,
    choice: fields.Select,
    choices: fields.MultiSelect,
) -> None:
    assert_type(text, fields.SingleLineText[str | None])
    assert_type(moment, fields.DateTime[datetime | None])
    assert_type(day, fields.Date[date | None])
    assert_type(number, fields.Number[int | float | None])
    assert_type(money, fields.Currency[Decimal | None])
    assert_type(stars, fields.Rating[int | None])
    assert_type(choice, fields.Select[Choice | None])
    assert_type(choices, fields.MultiSelect[Choice])

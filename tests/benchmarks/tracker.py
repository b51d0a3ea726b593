"""The table that benchmarks read: a task tracker's, with twelve fields, one of each common type.

The ids are fixed, so that the same model reads pages made here and records that a sandbox keeps.
"""

import random
import string

from softrorm import Model, fields

STATUSES = {"Urgent": "6f3c2a10-1111-4222-8333-444455556666", "Done": "6f3c2a10-1111-4222-8333-444455557777"}
TAGS = {f"tag {n}": f"7f3c2a10-1111-4222-8333-44445555666{n}" for n in range(2)}
DATABASE = "e74de047-f727-4f98-aa2a-7bda298672d3"


class Project(Model):
    name = fields.SingleLineText("pname")

    class Meta:
        database = DATABASE
        table = "kNjsEhYYcNjAsj"


class Task(Model):
    title = fields.SingleLineText("title")
    notes = fields.LongText("notes")
    email = fields.Email("email")
    hours = fields.Number("hours")
    price = fields.Currency("price")
    stars = fields.Rating("stars")
    done = fields.Checkbox("done1")
    status = fields.Select("stats", choices=STATUSES)
    tags = fields.MultiSelect("tags1")
    due = fields.DateTime("due12")
    day = fields.Date("day12")
    project = fields.LinkedRecord("proj1", to=Project)

    class Meta:
        database = DATABASE
        table = "J563LaZ43bZSQy"


NAMES = tuple(Task._meta.own_fields)


def one_record(pick: random.Random) -> dict:
    """A record as a page holds it."""

    def id_(length: int) -> str:
        return "".join(pick.choices(string.ascii_letters + string.digits, k=length))

    label = pick.choice(list(STATUSES))
    moment = f"2026-{pick.randint(1, 12):02}-{pick.randint(1, 28):02}T{pick.randint(0, 23):02}:34:56.789Z"
    return {
        "id": id_(14),
        "fields": {
            "title": f"Call {id_(8)} back",
            "notes": " ".join(id_(pick.randint(2, 9)) for _ in range(40)),
            "email": f"{id_(6)}@example.com",
            "hours": pick.randint(0, 40),
            "price": pick.randint(1, 99999) / 100,
            "stars": pick.randint(0, 5),
            "done1": pick.random() < 0.5,
            "stats": {"id": STATUSES[label], "label": label},
            "tags1": [{"id": id, "label": label} for label, id in TAGS.items()],
            "due12": moment,
            "day12": moment[:10],
            "proj1": {"id": f"project{pick.randint(0, 19):07}", "label": "A project of some name"},
        },
        "createdAt": moment,
        "updatedAt": moment,
    }


def as_written(record: dict, project: str) -> dict:
    """The values of a record as a create sends them, linked to a project."""
    values = record["fields"]
    return {
        **values,
        "stats": values["stats"]["id"],
        "tags1": [tag["id"] for tag in values["tags1"]],
        "proj1": [project],
    }


def read_all(tasks: list[Task]) -> None:
    """Read each of the twelve attributes of each task once."""
    for task in tasks:
        task.title, task.notes, task.email, task.hours, task.price, task.stars  # noqa: B018
        task.done, task.status, task.tags, task.due, task.day, task.project  # noqa: B018


def schema() -> tuple[dict, list[dict]]:
    """The database and its two tables, as ``Sandbox.load_schema`` takes them."""

    def field(id: str, name: str, type: str, **more: object) -> dict:
        return {"id": id, "name": name, "type": type, "options": {}, **more}

    def choices(known: dict[str, str]) -> dict:
        return {"choices": [{"id": id, "label": label} for label, id in known.items()]}

    tasks = [
        field("title", "Title", "SINGLE_LINE_TEXT"),
        field("notes", "Notes", "LONG_TEXT"),
        field("email", "Email", "EMAIL"),
        field("hours", "Hours", "NUMBER"),
        field("price", "Price", "CURRENCY"),
        field("stars", "Stars", "RATING"),
        field("done1", "Done", "CHECKBOX"),
        field("stats", "Status", "SELECT", options=choices(STATUSES)),
        field("tags1", "Tags", "SELECT", options=choices(TAGS), allowMultipleEntries=True),
        field("due12", "Due", "DATETIME", options={"precision": "DATETIME"}),
        field("day12", "Day", "DATETIME", options={"precision": "DATE"}),
        field("proj1", "Project", "LINKED_RECORD", options={"linkedTableId": Project._meta.table}),
    ]
    return {"id": DATABASE, "name": "Tracker"}, [
        {
            "id": Project._meta.table,
            "name": "Projects",
            "primaryFieldId": "pname",
            "fields": [field("pname", "Name", "SINGLE_LINE_TEXT")],
        },
        {"id": Task._meta.table, "name": "Tasks", "primaryFieldId": "title", "fields": tasks},
    ]

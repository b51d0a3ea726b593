"""The mapper's own cost, against ``json.loads`` of the page that it reads: the bars of the design, section 4."""

import json
import random
import string
import subprocess
import sys
import timeit
import tracemalloc
from datetime import UTC, datetime

import pytest

from softrorm import Model, fields

STATUSES = {"Urgent": "6f3c2a10-1111-4222-8333-444455556666", "Done": "6f3c2a10-1111-4222-8333-444455557777"}


class Project(Model):
    name = fields.SingleLineText("pname")

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "kNjsEhYYcNjAsj"


class Task(Model):
    """Twelve fields, one of each common type, as a task tracker would have them."""

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
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


NAMES = tuple(Task._meta.own_fields)


def one_record(pick: random.Random) -> dict:
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
            "tags1": [{"id": f"7f3c2a10-1111-4222-8333-44445555666{n}", "label": f"tag {n}"} for n in range(2)],
            "due12": moment,
            "day12": moment[:10],
            "proj1": {"id": f"project{pick.randint(0, 19):07}", "label": "A project of some name"},
        },
        "createdAt": moment,
        "updatedAt": moment,
    }


@pytest.fixture(scope="module")
def page() -> bytes:
    pick = random.Random(1)
    rows = [one_record(pick) for _ in range(200)]
    return json.dumps({"data": rows, "metadata": {"offset": 0, "limit": 200, "total": 200}}).encode()


@pytest.fixture(scope="module")
def rows(page) -> list[dict]:
    return json.loads(page)["data"]


def objects(rows: list[dict]) -> list[Task]:
    return Task._meta.instances(rows, Task._meta.static_binding())


def read_all(tasks: list[Task]) -> None:
    for task in tasks:
        task.title, task.notes, task.email, task.hours, task.price, task.stars  # noqa: B018
        task.done, task.status, task.tags, task.due, task.day, task.project  # noqa: B018


def test_objects_from_a_decoded_page(meter, page, rows):
    meter.ratio(lambda: objects(rows), lambda: json.loads(page), bar=0.4)


def test_objects_from_a_decoded_page_with_every_attribute_read(meter, page, rows):
    meter.ratio(lambda: read_all(objects(rows)), lambda: json.loads(page), bar=1.5)


def test_bytes_a_record_beyond_the_page(meter, rows):
    objects(rows)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = objects(rows)
    size = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    meter.absolute(size / len(kept), "bytes", bar=300)


def nanoseconds(statement: str, **names: object) -> float:
    loops = 100_000
    empty = min(timeit.repeat("pass", number=loops, repeat=15))
    return (min(timeit.repeat(statement, globals=names, number=loops, repeat=15)) - empty) / loops * 1e9


def test_reading_an_attribute_again(meter, page, rows):
    task = objects(rows)[0]
    read_all([task])
    meter.scaled(lambda: nanoseconds("task.title", task=task), lambda: json.loads(page), "ns", bar=30)


@pytest.mark.parametrize(
    ("attribute", "value"), [("title", "Call back"), ("hours", 7), ("done", True), ("status", "Done")]
)
def test_assigning_an_attribute(meter, page, rows, attribute, value):
    task = objects(rows)[0]
    measure = lambda: nanoseconds(f"task.{attribute} = value", task=task, value=value)  # noqa: E731
    meter.scaled(measure, lambda: json.loads(page), "ns", bar=400)


def test_a_dirty_scan_over_twelve_fields_that_were_read(meter, page, rows):
    tasks = objects(rows)
    read_all(tasks)

    def microseconds() -> float:
        return meter.seconds(lambda: [task.dirty_fields for task in tasks]) / len(tasks) * 1e6

    meter.scaled(microseconds, lambda: json.loads(page), "us a record", bar=5)


def test_compiling_three_conditions(meter, page):
    query = Task.objects.filter(status__is_one_of=["Urgent", "Done"], hours__gt=3, due__lt=datetime.now(UTC))

    def microseconds() -> float:
        return meter.seconds(query.to_dict, loops=1000, rounds=15) * 1e6

    meter.scaled(microseconds, lambda: json.loads(page), "us", bar=5)


def test_importing_and_defining_a_model(meter):
    mine = "from softrorm import Model, fields\nclass M(Model):\n a = fields.Number('aaaaa')"
    yardstick = "import requests, pydantic\npydantic.BaseModel"

    def python(code: str):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    bare = meter.seconds(python("pass"), rounds=9)
    ours, theirs = meter.seconds(python(mine), rounds=9), meter.seconds(python(yardstick), rounds=9)
    ratio = (ours - bare) / (theirs - bare)
    print(f"\n{meter.name}: {ratio:.3f} x import requests, pydantic (bar 0.5); {(ours - bare) * 1e3:.0f} ms")
    assert ratio <= 0.5

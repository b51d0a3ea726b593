"""The mapper's own cost, against ``json.loads`` of the page that it reads: the bars of the design, section 4."""

import json
import subprocess
import sys
import timeit
import tracemalloc
from datetime import UTC, datetime

import pytest
from tracker import Task, read_all


@pytest.fixture(scope="module")
def rows(page) -> list[dict]:
    return json.loads(page)["data"]


def objects(rows: list[dict]) -> list[Task]:
    return Task._meta.instances(rows, Task._meta.static_binding())


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

"""Frames of 20,000 records with 8 fields, from rows that are there already, so that only our own work is timed.

The yardstick is ``json.loads`` of the same records, which every read pays before. Dicts made out of instances, which is
what a user would write without these methods, stand beside it.
"""

import json
import random
import string
import time

import pytest

from softrorm import Model, fields

RECORDS, PAGE = 20_000, 200


class Project(Model):
    name = fields.SingleLineText("pname")

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "kNjsEhYYcNjAsj"


class Task(Model):
    title = fields.SingleLineText("title")
    hours = fields.Number("hours")
    price = fields.Currency("price")
    done = fields.Checkbox("done1")
    status = fields.Select("stats")
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

    moment = f"2026-{pick.randint(1, 12):02}-{pick.randint(1, 28):02}T{pick.randint(0, 23):02}:34:56.789Z"
    values = {
        "title": f"Call {id_(8)} back",
        "hours": pick.randint(0, 80) / 2,
        "price": pick.randint(1, 99999) / 100,
        "done1": pick.random() < 0.5,
        "stats": {"id": "6f3c2a10-1111-4222-8333-444455556666", "label": pick.choice(["Open", "Urgent", "Done"])},
        "due12": moment,
        "day12": moment[:10],
        "proj1": {"id": f"project{pick.randint(0, 19):07}", "label": "A project of some name"},
    }
    return {"id": id_(14), "fields": values, "createdAt": moment, "updatedAt": moment}


@pytest.fixture(scope="module")
def text() -> str:
    pick = random.Random(1)
    return json.dumps([one_record(pick) for _ in range(RECORDS)])


@pytest.fixture(scope="module")
def query(text):
    """A query whose pages are in memory."""
    rows = json.loads(text)
    pages = [rows[at : at + PAGE] for at in range(0, RECORDS, PAGE)]

    class Given(type(Task.objects.all())):
        def _streamed(self, *_, **__):
            return iter(pages)

        def _binding(self):
            return self._meta.static_binding()

    return Given(Task)


def seconds(action, rounds=7):
    """The least time of a few rounds: what these take at most is a matter of the machine."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return min(taken)


def out_of_instances(query):
    meta = Task._meta
    for page in query._streamed():
        for task in meta.instances(page, meta.static_binding()):
            yield {name: getattr(task, name) for name in NAMES}


def test_columns_take_less_than_dicts_out_of_instances(query, text):
    mine, other = seconds(lambda: query.to_columns(*NAMES)), seconds(lambda: list(out_of_instances(query)))
    print(f"\nto_columns: {mine * 1e3:.0f} ms, dicts out of instances: {other * 1e3:.0f} ms ({mine / other:.2f} x)")
    assert mine <= other


@pytest.mark.parametrize(("package", "bar"), [("arrow", 2.5), ("pandas", 2.5), ("polars", 3)])
def test_a_frame_takes_little_beside_reading_its_json(query, text, package, bar):
    pytest.importorskip({"arrow": "pyarrow"}.get(package, package))
    parsed, read = seconds(lambda: json.loads(text)), seconds(lambda: query.to_columns(*NAMES))
    whole = seconds(lambda: getattr(query, f"to_{package}")(*NAMES))
    print(
        f"\nto_{package}: {whole * 1e3:.0f} ms for {RECORDS:,} x {len(NAMES)}, {read * 1e3:.0f} of them for decoding; "
        f"json.loads of the same takes {parsed * 1e3:.0f} ms: {whole / parsed:.2f} x (bar {bar})"
    )
    assert whole <= bar * parsed

"""A thousand tasks that link to 120 projects, `task.project.name` in a loop: what softrorm asks, and what a loop asks.

The naive way reads the tasks page by page and then the project of each by its id, one after the other. The service is
``softrorm sandbox`` in a process of its own, 100 ms away, with a rate policy that lets through what the document says.
The naive loop is timed over its first hundred tasks and reckoned up, since it takes two minutes; its requests are a
fact of the loop. Run by name: ``pytest tests/benchmarks/bench_links.py -s``.
"""

import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from softrorm import Client, Model, Q, capture, create_tables, fields
from softrorm.query.loading import LoadPlan
from softrorm.sandbox import Sandbox

TASKS, PROJECTS, SAMPLE = 1000, 120, 100


class Plain(Model):
    name = fields.SingleLineText()


class Marked(Model):
    name = fields.SingleLineText()
    record_id = fields.RecordId()


class Task(Model):
    title = fields.SingleLineText()
    plain = fields.LinkedRecord(to=Plain)
    marked = fields.LinkedRecord(to=Marked)


@contextmanager
def served(*options):
    """The address of a sandbox in a process of its own."""
    command = [sys.executable, "-m", "softrorm", "sandbox", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A file with a thousand tasks, made without a delay, and its service 100 ms away: a client of it."""
    file = str(tmp_path_factory.mktemp("links") / "links.db")
    with Sandbox(file) as sandbox:
        client = sandbox.client()
        database = create_tables(client, [Plain, Marked, Task])
        for model in (Plain, Marked):
            # More projects than are linked to, so that these stand on several pages.
            model.objects.using(client).bulk_create({"name": f"{model.__name__} {at}"} for at in range(3 * PROJECTS))
        plain, marked = ([one.id for one in model.objects.using(client)][::3] for model in (Plain, Marked))
        Task.objects.using(client).bulk_create(
            {"title": f"Task {at}", "plain": plain[at % PROJECTS], "marked": marked[at % PROJECTS]}
            for at in range(TASKS)
        )
    options = ("--file", file, "--latency", "0.1", "--rate-policy", "sliding_log")
    with served(*options) as url, Client(url, api_key="links") as client:
        for model in (Plain, Marked, Task):
            model.bind(client, database=database)
        yield client


def by_softrorm(client, link):
    """Seconds and requests of the loop, and the names that it read."""
    with capture() as seen:
        start = time.perf_counter()
        names = [getattr(task, link).name for task in Task.objects.using(client)]
        return time.perf_counter() - start, len(seen), names


def naively(client, link):
    """The seconds that one task of the naive loop takes."""
    place = Task._meta.binding(client)
    linked = {"plain": Plain, "marked": Marked}[link]._meta.binding(client)
    tasks = client.list_records(place.database, place.table, limit=SAMPLE)
    start = time.perf_counter()
    for task in tasks:
        client.get_record(linked.database, linked.table, task["fields"][place.ids[link]]["id"])
    return (time.perf_counter() - start) / SAMPLE


@pytest.mark.parametrize("link", ["marked", "plain"])
def test_links_of_a_thousand_tasks(world, link):
    pages = -(-TASKS // 200)
    seconds, asked, names = by_softrorm(world, link)
    assert len(set(names)) == PROJECTS
    plan = LoadPlan(PROJECTS, "Marked.record_id" if link == "marked" else None, 200)
    bound = pages + min(plan.requests, -(-3 * PROJECTS // 200))
    naive = pages + TASKS
    naive_seconds = TASKS * naively(world, link)
    print(
        f"\n{'With' if link == 'marked' else 'Without'} a RECORD_ID field: {asked} requests (bar {bound}) where a "
        f"naive loop makes {naive}: {naive / asked:.0f} times fewer; {seconds:.2f} s against {naive_seconds:.0f} s, "
        f"{naive_seconds / seconds:.0f} times faster"
    )
    assert asked <= bound
    if link == "marked":
        assert asked <= 6


def test_filtering_across_a_link(world):
    with capture() as seen:
        found = Task.objects.using(world).filter(Q(plain__name="Plain 3") | Q(marked__name="Marked 6")).count()
    print(f"\nTwo look-ups across links: {len(seen)} requests (bar 3) for {found} of {TASKS} tasks")
    assert len(seen) <= 3

"""A sandbox over HTTP, in a process of its own: what the benchmarks of requests measure against.

It lies 100 ms away and counts requests by one of the four rate policies, really answering 429. What arrived, and when,
is read from its log afterwards, so that the figures are the server's and not the client's.
"""

import json
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tracker import Project, Task, as_written, one_record, schema

from softrorm import Client
from softrorm.sandbox import Sandbox

POLICIES = ("sliding_log", "fixed_window", "sliding_counter", "token_bucket")
LATENCY = 0.1
PROJECTS = 120


class Seen(NamedTuple):
    """A request as it arrived: epoch seconds, method, path and status."""

    at: float
    method: str
    path: str
    status: int


class Served:
    """A running sandbox.

    Attributes:
        url: The base address.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._log = url.removesuffix("/api/v1") + "/-/requests"

    def client(self, **options: object) -> Client:
        """A client of it, with a budget of its own: each has a key that no other has."""
        return Client(self.url, api_key=f"key-{time.time_ns()}", **options)

    def requests(self) -> list[Seen]:
        """What arrived since the log was emptied, in the order of arrival."""
        with urllib.request.urlopen(self._log) as answer:
            found = json.load(answer)["requests"]
        return sorted(Seen(one["at"], one["method"], one["path"], one["status"]) for one in found)

    def forget(self) -> None:
        """Empty the log."""
        urllib.request.urlopen(urllib.request.Request(self._log, method="DELETE")).close()


@contextmanager
def serve(file: Path | None = None, **options: object) -> Iterator[Served]:
    """Start ``softrorm sandbox`` on a free port, and stop it at the end.

    Args:
        file: A sandbox's file to serve a copy of; an empty sandbox unless given.
        **options: Options of the command, such as ``rate_policy="sliding_log"``; ``None`` leaves one out.
    """
    command = [sys.executable, "-m", "softrorm", "sandbox", "--port", "0"]
    if file is not None:
        copy = file.with_name(f"served-{time.time_ns()}.db")
        shutil.copy(file, copy)
        command += ["--file", str(copy)]
    for name, value in options.items():
        if value is not None:
            command += [f"--{name.replace('_', '-')}", str(value)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Served(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
        if file is not None:
            copy.unlink()


def fill(file: Path, tasks: int, projects: int = PROJECTS) -> None:
    """Make a sandbox's file with so many tasks, each linked to one of the projects, made a second apart."""
    pick, now = random.Random(1), 1_780_000_000.0

    def clock() -> float:
        return now

    with Sandbox(file, clock=clock, log_limit=0) as sandbox:
        sandbox.load_schema(*schema())
        client = sandbox.client()
        place = (Project._meta.database, Project._meta.table)
        made = [client.create_record(*place, {"pname": f"Project {n}"})["id"] for n in range(projects)]
        for at in range(tasks):
            now += 1
            values = as_written(one_record(pick), made[at % projects])
            client.create_record(Task._meta.database, Task._meta.table, values)

"""A bulk create with a journal is killed with SIGKILL, again and again, and run again: all rows are there once."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from softrorm import Client
from softrorm.sandbox import Sandbox

PROGRAM = Path(__file__).with_name("importing.py")
ROWS_PER_KILL = 100
KILLS = int(os.environ.get("SOFTRORM_KILLS", "4"))
"""A few in the default run; the nightly one says 20."""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_all_rows_are_there_once_however_often_the_process_is_killed(tmp_path):
    chance, count = random.Random(KILLS), ROWS_PER_KILL * KILLS
    with Sandbox() as sandbox, sandbox.serve() as server, Client(server.url, api_key="key") as client:
        base = client.create_database("Base", sandbox.workspace_id)
        table = client.create_table(base.id, "Notes", primary_field_name="Text")
        arguments = [server.url, base.id, table.id, table.primary_field_id, str(count), str(tmp_path / "job.journal")]

        def posts():
            return sum(request.method == "POST" for request in list(sandbox.requests))

        def run(killed_after):
            """One run; killed shortly after so many further requests, unless it is to come to its end."""
            before = posts()
            with subprocess.Popen([sys.executable, str(PROGRAM), *arguments], stdout=subprocess.PIPE) as process:
                for _ in process.stdout:
                    if killed_after is not None and posts() - before >= killed_after:
                        time.sleep(chance.uniform(0, 0.01))
                        process.kill()
                        break
            return process.returncode

        for _ in range(KILLS):
            assert run(chance.randint(0, ROWS_PER_KILL // 2)) == -9
        assert run(None) == 0
        pages = [client.list_records(base.id, table.id, offset=offset) for offset in range(0, count + 200, 200)]
    texts = Counter(row["fields"][table.primary_field_id] for page in pages for row in page)
    assert texts == Counter(f"n{number // 3}" for number in range(count))

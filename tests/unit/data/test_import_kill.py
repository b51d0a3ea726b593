"""An import is killed with SIGKILL, again and again, and run again: the good rows are there once."""

import csv
import importlib.util
import io
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
from softrorm.schema import create_tables

PROGRAM = Path(__file__).with_name("importing.py")
KILLS = int(os.environ.get("SOFTRORM_KILLS", "2"))
ROWS = 5000 if KILLS >= 20 else 100 * KILLS

_spec = importlib.util.spec_from_file_location("subdivisions_killed", Path(__file__).with_name("subdivisions.py"))
shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shared)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_the_good_rows_of_a_file_are_there_once_however_often_the_import_is_killed(tmp_path):
    chance, file = random.Random(KILLS), tmp_path / "subdivisions.csv"
    wrong = shared.write_csv(file, bad=20, count=ROWS)
    with (
        Sandbox() as sandbox,
        sandbox.serve() as server,
        Client(server.url, api_key="key", rates=(2000, 2000)) as client,
    ):
        create_tables(client, [shared.Country, shared.Subdivision])
        rows = list(csv.reader(io.StringIO(file.read_text("utf-8"))))[1:]
        codes = {row[4] for row in rows} - {"XX"}
        shared.Country.objects.using(client).bulk_create({"code": code} for code in sorted(codes))

        def run(killed_after):
            """One run; killed shortly after so many rows more, unless it is to come to its end."""
            arguments = [sys.executable, str(PROGRAM), server.url, "Subdivisions", str(file)]
            with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
                for line in process.stdout:
                    if killed_after is not None and int(line.split()[0]) >= killed_after:
                        time.sleep(chance.uniform(0, 0.01))
                        process.kill()
                        break
            return process.returncode

        for times in range(KILLS):
            assert run(ROWS // (KILLS + 1) * (times + 1)) == -9
        assert run(None) == 0
        there = Counter(row["code"] for row in shared.Subdivision.objects.using(client).to_dicts("code"))
    expected = Counter(row[0] for row in rows if not row[0].startswith("BAD"))
    assert there == expected
    assert expected.total() == ROWS
    refused = (tmp_path / "subdivisions.csv.refused.csv").read_text("utf-8").splitlines()[1:]
    assert [int(line.split(",")[0]) for line in refused] == [row for row, *_ in wrong]
    assert not (tmp_path / "subdivisions.csv.journal").exists()

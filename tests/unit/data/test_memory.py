"""Memory: what moves data needs no more of it for more records, but for what docs/data.md says.

Measured is what Python holds when a quarter of the records is done and when all are: the difference, over the records
between, is what each costs. Records are worked out when they are asked for, so that the service itself holds none.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import tracemalloc
import urllib.parse
from collections import defaultdict
from contextlib import nullcontext, suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from softrorm import Dialect, create_tables
from softrorm.client.default import configure
from softrorm.data.archive import verify
from softrorm.data.backup import backup
from softrorm.data.export import export_records
from softrorm.data.importing import Import
from softrorm.data.refusals import Refusals
from softrorm.data.restore import restore
from softrorm.models.bulk.journal import Journal

_spec = importlib.util.spec_from_file_location("endless", Path(__file__).with_name("endless.py"))
endless = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(endless)

Thing = endless.Thing
READ, WRITTEN = 480, 160
NOTHING = 150
"""Bytes a record that count as none: a page more or less in memory. A record that is kept takes a thousand."""


class World:
    """A table with as many records as one likes."""

    def __init__(self, sandbox, client):
        self.sandbox, self.client = sandbox, client
        create_tables(client, [Thing])
        self.table = Thing._meta.binding(client).table

    def holds(self, count):
        self.sandbox.full.clear()
        self.sandbox.full[self.table] = count

    @property
    def database(self):
        return self.client.list_databases()[0]


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(Journal, "sync", lambda _: None)  # the disk takes longer than all the rest
    # The JSON library keeps the texts that it read last, up to some 16,000, which looks like growth before.
    monkeypatch.setattr("softrorm.client.answers.decode", json.loads)
    # Small pages, so that few records are many times what is in memory at once.
    monkeypatch.setattr("softrorm.data.refill.CHUNK", 10)
    monkeypatch.setattr("softrorm.data.compare.PAGE", 10)
    with suppress(ImportError):
        import_module("pyarrow.parquet")  # which takes its time while memory is traced
    tracemalloc.start()
    with endless.EndlessSandbox(dialect=replace(Dialect.CURRENT, page_size=10)) as sandbox:
        yield World(sandbox, configure(sandbox.client()))
    tracemalloc.stop()


class Meter:
    """What each record costs that is done after the first quarter; the progress of what is measured."""

    def __init__(self, records):
        self._quarter, self._rest = records // 4, records - records // 4
        self._records = records
        self._before = self._after = None

    def __call__(self, done, *_):
        if self._before is None and done >= self._quarter:
            self._before = held()
        if done >= self._records:
            self._after = held()

    @property
    def bytes_a_record(self):
        return (self._after - self._before) / self._rest


def held():
    """The bytes that Python holds, but for what it keeps to use again."""
    urllib.parse.clear_cache()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_an_export_needs_no_more_memory_for_more_records(world, tmp_path, monkeypatch, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
        monkeypatch.setattr("softrorm.data.targets.ROW_GROUP", 50)
    world.holds(READ)
    meter = Meter(READ)
    assert export_records(Thing.objects.all(), tmp_path / f"things.{form}", progress=meter) == READ
    assert meter.bytes_a_record < NOTHING


def test_an_export_in_an_order_remembers_the_ids(world, tmp_path):
    world.holds(READ)
    meter = Meter(READ)
    export_records(Thing.objects.order_by("amount"), tmp_path / "things.csv", progress=meter)
    assert 50 < meter.bytes_a_record < 150 + NOTHING


def write_rows(file, count):
    """A file of rows, such as an export makes."""
    rows = [
        {"Name": f"Thing {at}", "Amount": at, "Kind": "Small", "Notes": "What there is to say. " * 20}
        for at in range(count)
    ]
    match file.suffix:
        case ".csv":
            lines = ["Name,Amount,Kind,Notes", *(",".join(map(str, row.values())) for row in rows)]
            file.write_text("\n".join(lines), "utf-8")
        case ".jsonl":
            file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
        case ".parquet":
            pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
            pq.write_table(pa.Table.from_pylist(rows), file)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_checking_a_file_needs_no_more_memory_for_more_rows(world, tmp_path, form):
    file, meter = tmp_path / f"things.{form}", Meter(READ)
    write_rows(file, READ)
    job = Import(world.client, Thing, file)
    with Refusals() as refusals:
        assert job.check(refusals, meter) == READ
    assert meter.bytes_a_record < NOTHING


def test_refused_rows_are_not_kept_but_for_the_first(world, tmp_path):
    (tmp_path / "things.csv").write_text("Name,Amount\n" + "Cup,many\n" * READ, "utf-8")
    job = Import(world.client, Thing, tmp_path / "things.csv")
    meter = Meter(READ)
    with Refusals(tmp_path / "refused.csv") as refusals:
        assert job.check(refusals, meter) == 0
    assert refusals.rows == READ
    assert meter.bytes_a_record < NOTHING


@pytest.mark.parametrize(
    ("key", "there", "most"),
    [("", 0, 16 + NOTHING), ("name", 0, 190 + NOTHING), ("name", 10**6, NOTHING)],
    ids=["created", "upserted into a small table", "upserted into a large table"],
)
def test_writing_rows_remembers_little_of_each(world, tmp_path, key, there, most):
    """16 bytes of each row in the journal; a number for each key, where the table was read through before."""
    world.holds(there)
    write_rows(tmp_path / "things.csv", WRITTEN)
    job, meter = Import(world.client, Thing, tmp_path / "things.csv", key=key), Meter(WRITTEN)
    with Refusals() as refusals:
        job.check(refusals)
        assert job.write(refusals, progress=meter).done == WRITTEN
    assert meter.bytes_a_record < most


def test_an_export_that_comes_back_by_its_ids_needs_no_more_memory_for_more_rows(world, tmp_path, monkeypatch):
    monkeypatch.setattr("softrorm.data.present.FEW", 10)
    world.holds(READ)
    export_records(Thing.objects.all(), tmp_path / "things.csv")
    checked, written = Meter(READ), Meter(READ)
    job = Import(world.client, Thing, tmp_path / "things.csv", key="id")
    with Refusals() as refusals:
        assert job.check(refusals, checked) == READ
        assert job.write(refusals, progress=written).counts == {"unchanged": READ}
    assert checked.bytes_a_record < NOTHING
    assert written.bytes_a_record < NOTHING


def test_a_backup_and_its_verification_need_no_more_memory_for_more_records(world, tmp_path):
    world.holds(READ)
    saved, compared = Meter(READ), Meter(READ)
    backup(world.client, world.database, tmp_path / "copy", progress=saved)
    assert verify(tmp_path / "copy", progress=compared) == []
    assert saved.bytes_a_record < NOTHING
    assert compared.bytes_a_record < NOTHING


def test_a_restore_remembers_little_of_each_record(world, tmp_path):
    """16 bytes of each record in the journal of creates, and the id of each whose links were written."""
    world.holds(WRITTEN)
    backup(world.client, world.database, tmp_path / "copy")
    meters = defaultdict(lambda: Meter(WRITTEN))
    restored = restore(
        world.client, tmp_path / "copy", name="Again", stage=lambda label: nullcontext(meters[label]), pause=0
    )
    assert restored.ok, restored
    stages = {"Verifying the backup": 0, "Restoring records": 16, "Restoring links": 120, "Comparing": 0}
    assert {label: meters[label].bytes_a_record - most < NOTHING for label, most in stages.items()} == dict.fromkeys(
        stages, True
    )

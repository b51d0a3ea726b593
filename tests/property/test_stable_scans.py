"""A law: a stable scan hands out each record that is there throughout exactly once, whatever others do meanwhile.

The table holds 5,000 records, 500 of which were created in one moment. Between any two pages 10 records are added, 10
deleted and 10 edited. The default run makes few trials, ``--hypothesis-profile=nightly`` makes 40.
"""

import random
import shutil

import hypothesis
import pytest

from softrorm import Model, fields
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import create_tables

RECORDS, TIED, CHANGES = 5_000, 500, 10
NIGHTLY = hypothesis.settings.get_profile("nightly").max_examples


class Entry(Model):
    """Scanned by the moment of creation."""

    text = fields.SingleLineText()
    kept = fields.Checkbox()

    class Meta:
        table_name = "Entries"


class Numbered(Model):
    """The same table with a number for each record, which the scan goes by."""

    text = fields.SingleLineText()
    kept = fields.Checkbox()
    number = fields.Autonumber()

    class Meta:
        table_name = "Entries"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A sandbox's file with the records, the id of its database, and the moment at which it was finished."""
    file, clock, pick = tmp_path_factory.mktemp("scan") / "entries.sqlite", FakeClock(), random.Random(0)
    tied = pick.randrange(RECORDS - TIED)
    with Sandbox(file, clock=clock) as sandbox:
        client = sandbox.client()
        create_tables(client, [Numbered])
        place = Numbered._meta.binding(client)
        for at in range(RECORDS):
            if not tied < at < tied + TIED:
                clock.advance(pick.choice([0.001, 0.04, 0.5]))
            client.create_record(place.database, place.table, {place.ids["kept"]: True})
    return file, place.database, clock()


def pytest_generate_tests(metafunc):
    trials = 40 if hypothesis.settings().max_examples == NIGHTLY else 2
    metafunc.parametrize("seed", range(trials))


class Others:
    """Other programs that write to the table while it is read."""

    def __init__(self, client, place, clock, pick):
        self.client, self.place, self.clock, self.pick = client, place, clock, pick
        pages = (client.list_records(place.database, place.table, offset=at) for at in range(0, RECORDS, 200))
        self.there = [row["id"] for page in pages for row in page]
        self.throughout = set(self.there)

    def write(self):
        database, table, ids = self.place.database, self.place.table, self.place.ids
        for _ in range(CHANGES):
            self.clock.advance(self.pick.choice([0, 0.001, 1]))
            self.there.append(self.client.create_record(database, table, {ids["kept"]: True})["id"])
            gone = self.there.pop(self.pick.randrange(len(self.there)))
            self.client.delete_record(database, table, gone)
            self.throughout.discard(gone)
            edited = self.pick.choice(self.there)
            self.client.update_record(database, table, edited, {ids["text"]: str(self.clock())})


@pytest.mark.parametrize("model", [Entry, Numbered])
@pytest.mark.parametrize("ahead", [1, 6])
def test_a_stable_scan_misses_no_record_and_repeats_none(prepared, tmp_path, model, ahead, seed):
    file, database, now = prepared
    pick, clock = random.Random(seed), FakeClock(now + 1)
    copy = shutil.copy(file, tmp_path / "entries.sqlite")
    with Sandbox(copy, clock=clock) as sandbox:
        client = sandbox.client()
        others = Others(client, model.bind(client, database=database), clock, pick)
        seen = []
        for record in model.objects.filter(kept=True).using(client).iterator(ahead=ahead):
            if len(seen) % 200 == 0:
                others.write()
            seen.append(record.id)
        assert len(seen) == len(set(seen))
        assert others.throughout <= set(seen)
        assert RECORDS - len(others.throughout) > RECORDS // 200 * CHANGES / 2

"""Restoring: a backup, a restore and a backup of that are equal up to ids, also after interruptions."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from softrorm import ConfigurationError, Dialect, Model, fields
from softrorm.client.default import configure
from softrorm.client.errors import ValidationFailed
from softrorm.data.archive import Archive, verify
from softrorm.data.backup import backup
from softrorm.data.restore import restore
from softrorm.models.bulk.journal import Journal
from softrorm.schema import create_tables, reflect

_spec = importlib.util.spec_from_file_location("filing_restore", Path(__file__).with_name("filing.py"))
filing = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(filing)

RECORDS = int(os.environ.get("SOFTRORM_RECORDS", "500"))
VOLATILE = {"createdAt", "updatedAt", "defaultViewId", "workspaceId"}


@pytest.fixture
def server(tmp_path):
    with filing.FileServer(tmp_path).running() as server:
        yield server


@pytest.fixture
def client(server, monkeypatch):
    monkeypatch.setattr(Journal, "sync", lambda _: None)  # the disk takes longer than all the rest
    with filing.FilingSandbox(server) as sandbox:
        yield configure(sandbox.client())


@pytest.fixture
def plan(client, server):
    """A client of a database with five teams and twelve tasks, five of them with a file."""
    create_tables(client, [filing.Team, filing.Task])
    filing.fill(client, server, tasks=12)
    return client


def back_up(client, folder, id=None):
    found = client.list_databases()[-1] if id is None else client.get_database(id)
    manifest = backup(client, found, folder, sleep=lambda _: None)
    assert verify(folder) == []
    return manifest


def put_back(client, server, folder, **options):
    options.setdefault("files_base_url", f"{server.url}/{folder.name}")
    options.setdefault("name", f"From {folder.name}")
    return restore(client, folder, pause=0, **options)


def normal(folder):
    """All that a backup holds but the database's name, with the places of things in place of their ids."""
    archive = Archive(folder)
    schema = archive.schema()
    ids = {schema["database"]["id"]: "database"}
    for at, table in enumerate(schema["tables"]):
        ids[table["id"]] = f"table {at}"
        for one in table["fields"]:
            ids[one["id"]] = f"field {at} {one['name']}"
            ids |= {choice["id"]: f"choice {choice['label']}" for choice in one["options"].get("choices", ())}
        title = table["primaryFieldId"]
        ids |= {row["id"]: f"record {at} {row['fields'][title]}" for row in archive.records(table["id"])}
    for file in archive.files():
        ids[file["id"]] = f"file {file.get('sha256')}"

    def renamed(value):
        if isinstance(value, dict):
            return {ids.get(key, key): renamed(one) for key, one in value.items() if key not in VOLATILE}
        if isinstance(value, list):
            return [renamed(one) for one in value]
        return ids.get(value, value) if isinstance(value, str) else value

    def in_order(fields):
        # The service keeps fields in no order of their own.
        return sorted(fields, key=lambda one: one["name"])

    tables = [{**renamed(table), "fields": in_order(renamed(table["fields"]))} for table in schema["tables"]]
    records = [[renamed(row) for row in archive.records(table["id"])] for table in schema["tables"]]
    database = {key: value for key, value in renamed(schema["database"]).items() if key != "name"}
    return {"database": database, "tables": tables, "records": records}


def test_a_backup_of_a_restored_backup_is_equal_up_to_ids(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    restored = put_back(plan, server, tmp_path / "one")
    assert restored.notes == []
    assert restored.ok
    assert [(one.name, one.records, one.restored) for one in restored.tables] == [("Teams", 5, 5), ("Tasks", 12, 12)]
    back_up(plan, tmp_path / "two", restored.database)
    assert normal(tmp_path / "two") == normal(tmp_path / "one")
    assert (tmp_path / "one" / f"restored-{restored.database}").is_dir()


class Site(Model):
    name = fields.SingleLineText()
    photos = fields.LinkedRecords(to="Photo", inverse="site")

    class Meta:
        database_name = "Album"
        table_name = "Sites"


class Photo(Model):
    title = fields.SingleLineText()
    site = fields.LinkedRecord(to=Site)
    files = fields.Attachment()

    class Meta:
        database_name = "Album"
        table_name = "Photos"


def test_a_backup_can_be_restored_in_another_account(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    with filing.FilingSandbox(server) as elsewhere, elsewhere.client() as other:
        restored = put_back(other, server, tmp_path / "one", name=None)
        assert restored.ok, restored
        assert restored.name == "Plan"
        back_up(other, tmp_path / "two", restored.database)
    assert normal(tmp_path / "two") == normal(tmp_path / "one")


def test_it_is_the_same_in_the_dialect_of_2025(server, tmp_path):
    with filing.FilingSandbox(server, dialect=Dialect.JUNE_2025) as sandbox:
        old = configure(sandbox.client())
        create_tables(old, [filing.Team, filing.Task])
        filing.fill(old, server, tasks=12)
        back_up(old, tmp_path / "one")
        restored = put_back(old, server, tmp_path / "one")
        assert restored.ok, restored
        back_up(old, tmp_path / "two", restored.database)
    assert normal(tmp_path / "two") == normal(tmp_path / "one")


def test_answers_that_are_lost_on_the_way_make_no_record_twice(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    plan.sandbox.faults.add("lost_answer", path="/records", method=("POST", "PATCH"), nth=range(2, 60, 3))
    restored = put_back(plan, server, tmp_path / "one", name="Copy")
    assert restored.ok, restored


def test_thousands_of_linked_records_come_back(client, server, tmp_path):
    """``SOFTRORM_RECORDS=5000`` makes it five thousand."""
    create_tables(client, [Site, Photo])
    sites, photos = Site._meta.binding(client), Photo._meta.binding(client)
    name, title, site, files = sites.ids["name"], *(photos.ids[one] for one in ("title", "site", "files"))
    made = [client.create_record(sites.database, sites.table, {name: f"S{one}"})["id"] for one in range(40)]
    for one in range(RECORDS):
        values = {title: f"P{one}", site: [made[one * 7 % 40]]}
        if one < 100:
            server.files[f"source/{one}.png"] = f"pixels {one}".encode()
            values[files] = [{"url": f"{server.url}/source/{one}.png"}]
        client.create_record(photos.database, photos.table, values)
    back_up(client, tmp_path / "one")
    requests = client.sandbox.requests
    del requests[:]
    restored = put_back(client, server, tmp_path / "one")
    assert restored.ok, restored.notes
    writes = [one for one in requests if one.method in {"POST", "PATCH"} and "/records" in one.path]
    writes = [one for one in writes if not one.path.endswith("/search")]
    # One for each record; the links of each site's photos in one, and one for each photo with files.
    assert len(writes) == RECORDS + 40 + 40 + 100
    back_up(client, tmp_path / "two", restored.database)
    assert normal(tmp_path / "two") == normal(tmp_path / "one")


@pytest.mark.parametrize("stop", ["tables", "records", "links", "files", "Comparing"])
def test_an_interrupted_restore_goes_on_where_it_stopped(plan, server, tmp_path, stop):
    back_up(plan, tmp_path / "one")

    def interrupting(label):
        def interrupted(*_):
            if label.endswith(stop):
                raise KeyboardInterrupt

        if stop == "tables" and label.endswith("records"):
            raise KeyboardInterrupt
        return nullcontext(interrupted)

    with pytest.raises(KeyboardInterrupt):
        put_back(plan, server, tmp_path / "one", stage=interrupting)
    assert (tmp_path / "one" / "restore").is_dir()
    restored = put_back(plan, server, tmp_path / "one")
    assert restored.ok, restored
    assert len(plan.list_databases()) == 2
    back_up(plan, tmp_path / "two", restored.database)
    assert normal(tmp_path / "two") == normal(tmp_path / "one")


def test_a_restore_that_dies_after_every_schema_write_makes_nothing_twice(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    whole, left = plan.sandbox.handle, 0

    def dying(method, path, *rest):
        """Carries a write out and dies before it is noted, but for every other change of a field."""
        nonlocal left
        answer = whole(method, path, *rest)
        if method in {"POST", "PUT"} and "/records" not in path:
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
        return answer

    plan.sandbox.handle = dying
    for runs in range(80):
        left = runs % 2  # what is changed and not noted is changed again
        try:
            restored = put_back(plan, server, tmp_path / "one")
        except KeyboardInterrupt:
            continue
        break
    assert runs > 10
    assert restored.ok, restored
    assert len(plan.list_databases()) == 2
    del plan.sandbox.handle
    back_up(plan, tmp_path / "two", restored.database)
    assert normal(tmp_path / "two") == normal(tmp_path / "one")


def test_without_an_address_for_files_they_are_told_and_the_rest_is_restored(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    restored = put_back(plan, server, tmp_path / "one", files_base_url=None, name="Copy")
    assert not restored.ok
    assert all(one.ok for one in restored.tables)
    assert restored.notes == [
        "5 of 5 files are not given back, since the service fetches files from public addresses only; files.jsonl in "
        "the backup names them."
    ]
    assert plan.get_database(restored.database).name == "Copy"


def test_links_to_deleted_records_and_texts_that_are_no_choice_are_kept_as_far_as_they_can_be(plan, server, tmp_path):
    place, teams = filing.Task._meta.binding(plan), filing.Team._meta.binding(plan)
    [team] = filing.Team.objects.filter(name="Team 0")
    plan.delete_record(teams.database, teams.table, team.id)
    [task] = filing.Task.objects.filter(title="Task 3")
    plan.update_record(place.database, place.table, task.id, {place.ids["status"]: "No choice"})
    back_up(plan, tmp_path / "one")
    restored = put_back(plan, server, tmp_path / "one", name="Copy")
    assert restored.ok, restored
    again = reflect(plan, "Copy/Tasks").objects.using(plan).get(title="Task 3")
    assert str(again.status) == "No choice"
    assert reflect(plan, "Copy/Tasks").objects.using(plan).get(title="Task 0").team is None


def test_a_link_without_another_end_and_a_primary_field_of_another_type_come_back(client, server, tmp_path):
    base = client.create_database("Odd", client.sandbox.workspace_id)
    one = client.create_table(base.id, "One", primary_field_name="Number")
    client.update_field(base.id, one.id, one.primary_field_id, type="NUMBER")
    two = client.create_table(base.id, "Two", primary_field_name="Name", description="second")
    link = client.create_field(base.id, two.id, "One of one", "LINKED_RECORD", {"linkedTableId": one.id})
    client.delete_field(
        base.id, one.id, client.get_field(base.id, two.id, link.id).options.to_wire()["inverseLinkFieldId"]
    )
    client.update_field(base.id, two.id, link.id, allow_multiple_entries=False, description="which")
    record = client.create_record(base.id, one.id, {one.primary_field_id: 7})
    client.create_record(base.id, two.id, {two.primary_field_id: "a", link.id: record["id"]})
    back_up(client, tmp_path / "one")
    restored = put_back(client, server, tmp_path / "one", name="Copy")
    assert restored.ok, restored
    tables = {table.name: table for table in client.list_tables(restored.database)}
    assert [field.type for field in tables["One"].fields] == ["NUMBER"]
    assert tables["Two"].description == "second"
    again = tables["Two"].field("One of one")
    assert (again.allow_multiple_entries, again.description) == (False, "which")
    assert reflect(client, "Copy/Two").objects.using(client).get().one_of_one.number == 7


def test_what_the_service_refuses_is_told_and_the_rest_is_restored(plan, server, tmp_path, monkeypatch):
    back_up(plan, tmp_path / "one")
    schema = json.loads((tmp_path / "one" / "schema.json").read_text("utf-8"))
    for field in schema["tables"][1]["fields"]:
        if field["name"] in {"Double", "Hours"}:
            field["type"] = "ABACUS"  # a type that the service has no more
    (tmp_path / "one" / "schema.json").write_text(json.dumps(schema), "utf-8")
    monkeypatch.setattr("softrorm.data.restore.verify", lambda *_, **__: [])
    restored = put_back(plan, server, tmp_path / "one")
    assert not restored.ok
    assert all(one.ok for one in restored.tables)
    assert any(note.startswith("Tasks.Hours is not restored: the service refused it") for note in restored.notes)


def test_a_changed_record_is_found_by_the_comparison(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    seen = []

    def meddling(label):
        if label == "Comparing" and not seen:
            seen.append(label)
            tasks = reflect(plan, "Copy/Tasks").objects.using(plan)
            tasks.filter(title="Task 1").update(hours=99)
            tasks.create(title="New")
        return nullcontext(lambda *_: None)

    restored = put_back(plan, server, tmp_path / "one", name="Copy", stage=meddling)
    assert not restored.ok
    tasks = restored.tables[1]
    assert (tasks.records, tasks.restored, len(tasks.differing)) == (12, 13, 2)


def test_a_damaged_backup_is_not_restored(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    next((tmp_path / "one" / "records").iterdir()).write_text("", "utf-8")
    with pytest.raises(ConfigurationError, match="is not whole: records/"):
        put_back(plan, server, tmp_path / "one")
    assert len(plan.list_databases()) == 1


def test_an_unfinished_restore_goes_on_with_the_same_arguments_only(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")

    def interrupted(label):
        if label == "Restoring tables":
            raise KeyboardInterrupt
        return nullcontext(lambda *_: None)

    with pytest.raises(KeyboardInterrupt):
        put_back(plan, server, tmp_path / "one", stage=interrupted)
    with pytest.raises(ConfigurationError, match="holds an unfinished restore"):
        put_back(plan, server, tmp_path / "one", name="Other")


def test_a_restore_that_knew_no_workspace_can_be_told_one(plan, server, tmp_path, monkeypatch):
    back_up(plan, tmp_path / "one")

    def unknown(*_):
        raise ConfigurationError("needs a workspace")

    with monkeypatch.context() as patched:
        patched.setattr("softrorm.data.restore.workspace_of", unknown)
        with pytest.raises(ConfigurationError, match="needs a workspace"):
            put_back(plan, server, tmp_path / "one")
    assert put_back(plan, server, tmp_path / "one", workspace=plan.sandbox.workspace_id).ok


def test_every_stage_tells_how_far_it_is(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    told = {}

    def stage(label):
        return nullcontext(lambda *numbers: told.setdefault(label, []).append(numbers))

    assert put_back(plan, server, tmp_path / "one", stage=stage).ok
    last = {label: numbers[-1] for label, numbers in told.items()}
    fields = 2 + 16
    assert last == {
        "Verifying the backup": (17 + 5 + 5, 17 + 5 + 5),
        "Restoring tables": (fields, fields),
        "Restoring records": (17, 17),
        "Restoring links": (17, 17),
        "Restoring files": (17, 17),
        "Comparing": (17, 17),
    }


def test_what_is_refused_again_and_again_is_counted(plan, server, tmp_path, monkeypatch):
    monkeypatch.setattr("softrorm.data.refill.NOTED", 2)
    back_up(plan, tmp_path / "one")
    create = plan.create_record

    def refusing(database, table, fields, *rest):
        if "Team" not in str(fields):
            raise ValidationFailed("no", status=400, code="VALIDATION", method="POST", path="/records", attempts=1)
        return create(database, table, fields, *rest)

    monkeypatch.setattr(plan, "create_record", refusing)
    restored = put_back(plan, server, tmp_path / "one")
    assert [note.split(": ")[1] for note in restored.notes][-1] == "and 10 more records are not restored as they were."
    assert len(restored.notes) == 3


def test_a_disk_that_is_full_ends_the_restore_which_can_go_on(plan, server, tmp_path, monkeypatch):
    back_up(plan, tmp_path / "one")

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("softrorm.data.state.State.note_record", full)
        with pytest.raises(OSError, match="database or disk is full"):
            put_back(plan, server, tmp_path / "one")
    assert put_back(plan, server, tmp_path / "one").ok
    assert len(plan.list_databases()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="nothing keeps two processes from one folder there")
def test_two_restores_of_one_backup_do_not_get_into_each_others_way(plan, server, tmp_path):
    back_up(plan, tmp_path / "one")
    with Archive(tmp_path / "one").alone(), pytest.raises(ConfigurationError, match="is in use by another process"):
        put_back(plan, server, tmp_path / "one")

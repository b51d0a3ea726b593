"""Clients of the sandbox in this process."""

import gc
import weakref

import pytest

from softrorm.client import Client, ConfigurationError, Dialect, NotFound
from softrorm.sandbox import Sandbox


def make_table(client):
    database = client.create_database("Marketing DB", "w1")
    return database.id, client.create_table(database.id, "Project", primary_field_name="Name")


def test_a_sandbox_needs_no_account_and_serves_every_endpoint():
    with Client("sandbox:") as client:
        database_id, table = make_table(client)
        record = client.create_record(database_id, table.id, {table.primary_field_id: "First"})
        client.update_record(database_id, table.id, record["id"], {table.primary_field_id: "Second"})
        page = client.search_records(database_id, table.id, {"filter": {}, "paging": {"limit": 5}})
        assert [row["fields"][table.primary_field_id] for row in page] == ["Second"]
        assert page.total == 1
        client.delete_record(database_id, table.id, record["id"])
        with pytest.raises(NotFound):
            client.get_record(database_id, table.id, record["id"])
        assert client.list_views(database_id, table.id)[0].table_id == table.id
        assert client.table_schema(database_id, table.id).name == "Project"
        client.update_field(database_id, table.id, table.primary_field_id, name="Title")
        assert client.table_schema(database_id, table.id).field("Title").id == table.primary_field_id
        client.delete_database(database_id, force=True)
        assert database_id not in [database.id for database in client.list_databases()]


def test_each_memory_sandbox_is_a_fresh_one():
    one, other = Client("sandbox:"), Client("sandbox:")
    database_id, _ = make_table(one)
    with pytest.raises(NotFound):
        other.get_database(database_id)


def test_clients_of_one_file_share_one_sandbox_and_let_it_go(tmp_path):
    url = f"sandbox://{tmp_path}/dev file.db"
    one, other = Client(url), Client(url)
    assert one.sandbox is other.sandbox
    database_id, _ = make_table(one)
    assert other.get_database(database_id).name == "Marketing DB"
    sandbox = weakref.ref(one.sandbox)
    del one, other
    gc.collect()
    assert sandbox() is None
    assert (tmp_path / "dev file.db").exists()
    assert Client(url).get_database(database_id).name == "Marketing DB"


def test_a_relative_path_is_the_same_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Client("sandbox:dev.db").sandbox is Client(f"sandbox://{tmp_path}/dev.db").sandbox is not None


def test_a_sandbox_address_with_a_host_is_refused():
    with pytest.raises(ConfigurationError, match="sandbox:///path"):
        Client("sandbox://dev.db")


def test_a_file_that_cannot_keep_a_sandbox_is_refused_by_name(tmp_path):
    path = tmp_path / "bad.sqlite"
    path.write_text("notes " * 1000)
    with pytest.raises(ConfigurationError, match=r"bad\.sqlite' cannot keep a sandbox's data: file is not a database"):
        Client(f"sandbox://{path}")


def test_a_file_that_another_sandbox_has_is_refused_by_name(tmp_path):
    path = tmp_path / "dev.sqlite"
    with Sandbox(path), pytest.raises(ConfigurationError, match=r"dev\.sqlite' is in use"):
        Client(f"sandbox://{path}")
    assert Client(f"sandbox://{path}").list_databases() == []


def test_a_sandbox_that_a_client_makes_speaks_its_dialect():
    assert Client("sandbox:", dialect=Dialect.JUNE_2025).sandbox.dialect is Dialect.JUNE_2025
    assert Client("sandbox:").sandbox.dialect is Dialect.CURRENT


def test_one_file_is_not_opened_in_two_dialects(tmp_path):
    url = f"sandbox://{tmp_path}/dev.db"
    first = Client(url, dialect=Dialect.JUNE_2025)
    assert Client(url).dialect is Dialect.JUNE_2025
    with pytest.raises(ConfigurationError, match="june-2025"):
        Client(url, dialect=Dialect.CURRENT)
    assert first.sandbox is not None


def test_the_address_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("SOFTR_URL", "sandbox:")
    assert isinstance(Client().sandbox, Sandbox)


def test_a_sandbox_hands_out_clients():
    sandbox = Sandbox(dialect=Dialect.JUNE_2025)
    client = sandbox.client(max_workers=2)
    assert client.sandbox is sandbox
    assert client.dialect is Dialect.JUNE_2025
    database_id, _ = make_table(client)
    assert Client(sandbox).get_database(database_id).id == database_id


def test_a_file_that_was_closed_is_opened_anew(tmp_path):
    url = f"sandbox://{tmp_path}/dev.db"
    first = Client(url)
    database_id, _ = make_table(first)
    first.sandbox.close()
    again = Client(url)
    assert again.sandbox is not first.sandbox
    assert again.get_database(database_id).name == "Marketing DB"

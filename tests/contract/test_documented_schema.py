"""Databases, tables, views and fields: each request equals its example in the 2025 document, and its answer is read."""

from datetime import UTC, datetime

import pytest

from softrorm import BadRequest

DATABASE = "e74de047-f727-4f98-aa2a-7bda298672d3"
TABLE = "1ngdhgT38Kv3Cl"
FIELD = "E08c0"
WORKSPACE = "0b6a1d0e-5a6f-4a0e-9c53-6a1f0e1c7d11"
JUNE_1 = datetime(2025, 6, 1, 10, 42, 10, tzinfo=UTC)
JUNE_24 = datetime(2025, 6, 24, 12, 22, 7, 444000, tzinfo=UTC)
LINE = {"name": "string", "type": "SINGLE_LINE_TEXT", "options": {"minLength": 0, "maxLength": 50}}


def is_documented_database(database):
    assert (database.id, database.name, database.description, database.workspace_id) == ("string",) * 4
    assert (database.created_at, database.updated_at) == (JUNE_1, JUNE_1)
    return database.tables_count is None


def is_documented_table(table):
    assert (table.id, table.name, table.description) == ("string",) * 3
    assert (table.primary_field_id, table.default_view_id) == ("string",) * 2
    assert (table.created_at, table.updated_at) == (JUNE_1, JUNE_1)
    [field] = table.fields
    assert (field.id, field.name, field.type, field.default_value) == ("string",) * 4
    assert field.options.to_wire() == {}
    assert field.allow_multiple_entries
    assert field.readonly
    assert field.required
    assert field.locked
    return field.created_at == field.updated_at == JUNE_24


def is_documented_field(field):
    assert (field.id, field.name, field.type, field.default_value) == ("string", "string", "string", None)
    assert field.options.to_wire() == {}
    assert not any((field.allow_multiple_entries, field.readonly, field.required, field.locked))
    return field.created_at == field.updated_at == JUNE_1


def test_get_databases(documented):
    [database] = documented("databases/get_databases").list_databases()
    assert is_documented_database(database)


def test_get_single_database(documented):
    assert is_documented_database(documented("databases/get_single_database").get_database(DATABASE))


def test_create_a_database(documented):
    client = documented("databases/create_database")
    assert is_documented_database(client.create_database("Marketing DB", WORKSPACE, "Stores campaign data"))


def test_create_a_database_without_its_optional_description(documented):
    client = documented("databases/create_database_without_description")
    assert is_documented_database(client.create_database("string", "string"))


def test_update_database(documented):
    client = documented("databases/update_database")
    assert is_documented_database(client.update_database(DATABASE, "Updated Name", "Updated description"))


def test_delete_database(documented):
    assert documented("databases/delete_database").delete_database(DATABASE) is None


def test_delete_database_with_force(documented):
    assert documented("databases/delete_database_with_force").delete_database(DATABASE, force=True) is None


def test_delete_database_that_has_tables_is_a_bad_request(documented):
    client = documented("databases/delete_database_that_is_not_empty")
    with pytest.raises(BadRequest) as raised:
        client.delete_database(DATABASE)
    assert (raised.value.status, raised.value.code) == (400, None)


def test_get_tables(documented):
    [table] = documented("tables/get_tables").list_tables(DATABASE)
    assert is_documented_table(table)


def test_get_single_table(documented):
    assert is_documented_table(documented("tables/get_single_table").get_table(DATABASE, TABLE))


def test_get_table_views(documented):
    [view] = documented("tables/get_table_views").list_views(DATABASE, TABLE)
    assert (view.id, view.table_id, view.name, view.description) == ("string",) * 4
    # The one example whose timestamps have no fraction.
    assert view.created_at == view.updated_at == datetime(2025, 5, 9, 12, 14, 44, tzinfo=UTC)


def test_create_table(documented):
    client = documented("tables/create_table")
    table = client.create_table(DATABASE, "string", "string", primary_field_name="string", fields=[LINE])
    assert is_documented_table(table)


def test_create_table_with_specified_details(documented):
    client = documented("tables/create_table_with_specified_details")
    table = client.create_table(DATABASE, "My Table", "Table Description", primary_field_name="Email", fields=[LINE])
    assert is_documented_table(table)


def test_create_table_with_default_details_sends_no_body(documented):
    assert is_documented_table(documented("tables/create_table_with_default_details").create_table(DATABASE))


def test_update_table(documented):
    client = documented("tables/update_table")
    assert is_documented_table(client.update_table(DATABASE, TABLE, "Updated Table", "Updated description"))


def test_delete_table(documented):
    assert documented("tables/delete_table").delete_table(DATABASE, TABLE) is None


def test_delete_table_with_force(documented):
    assert documented("tables/delete_table_with_force").delete_table(DATABASE, TABLE, force=True) is None


def test_get_table_field(documented):
    assert is_documented_field(documented("fields/get_table_field").get_field(DATABASE, TABLE, FIELD))


def test_add_table_field(documented):
    client = documented("fields/add_table_field")
    assert is_documented_field(client.create_field(DATABASE, TABLE, "Field Name", "SINGLE_LINE_TEXT", {}))


def test_update_table_field_reads_the_field_and_sends_all_of_it(documented):
    client = documented("fields/update_table_field")
    options = {"minLength": 1, "maxLength": 256}
    field = client.update_field(DATABASE, TABLE, FIELD, "My Field", "SINGLE_LINE_TEXT", options)
    assert (field.name, field.options.to_wire()) == ("My Field", options)


def test_update_table_field_in_short_sends_the_options_too(documented):
    client = documented("fields/update_table_field_in_short")
    assert client.update_field(DATABASE, TABLE, FIELD, "My Field", "SINGLE_LINE_TEXT").name == "My Field"


def test_delete_table_field(documented):
    assert documented("fields/delete_table_field").delete_field(DATABASE, TABLE, FIELD) is None

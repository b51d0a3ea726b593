"""The sandbox's own cost: a search over a large table, and a request from end to end in the process."""

import random

import pytest

from softrorm.sandbox import Sandbox

ROWS = 100_000


@pytest.fixture(scope="module")
def table():
    """A table of 100,000 records, put there through the API's own requests."""
    pick = random.Random(1)
    with Sandbox() as sandbox:
        client = sandbox.client()
        database = client.create_database("Large", sandbox.workspace_id).id
        made = client.create_table(
            database,
            "Rows",
            primary_field_name="Name",
            fields=[{"name": "Number", "type": "NUMBER"}, {"name": "Done", "type": "CHECKBOX"}],
        )
        name, number, done = (field.id for field in made.fields)
        for at in range(ROWS):
            values = {name: f"row {at} {pick.random()}", number: pick.randint(0, 10_000), done: pick.random() < 0.5}
            client.create_record(database, made.id, values)
        sandbox.requests.clear()
        yield client, database, made.id, name, number, done


def test_three_conditions_and_a_sort_over_100_000_records(meter, table):
    client, database, table_id, name, number, done = table
    conditions = [
        {"leftSide": name, "operator": "CONTAINS", "rightSide": "ROW 1"},
        {"leftSide": number, "operator": "GREATER_THAN", "rightSide": 5000},
        {"leftSide": done, "operator": "IS", "rightSide": True},
    ]
    body = {
        "filter": {"condition": {"operator": "AND", "conditions": conditions}},
        "sorting": [{"sortingField": number, "sortType": "DESC"}],
        "paging": {"offset": 0, "limit": 200},
    }
    seconds = meter.seconds(lambda: client.search_records(database, table_id, body), rounds=15)
    meter.absolute(seconds * 1000, "ms", bar=100)


def test_one_record_by_id(meter, table):
    client, database, table_id, *_ = table
    record = client.list_records(database, table_id, limit=1)[0]["id"]
    seconds = meter.seconds(lambda: client.get_record(database, table_id, record), rounds=50, loops=10)
    meter.absolute(seconds * 1e6, "us", bar=1000)

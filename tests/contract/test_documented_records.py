"""Records, uploads and links: each request equals its example in the 2025 document, and its answer is read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from softrorm import Client, Dialect, File, Model, fields

DATABASE = "e74de047-f727-4f98-aa2a-7bda298672d3"
TABLE = "1ngdhgT38Kv3Cl"
RECORD = "vQ9BI8QUVQiFua"
JUNE_1 = datetime(2025, 6, 1, 10, 42, 10, tzinfo=UTC)
PICTURE = "https://picsum.photos/200/300"
# "Link a record" says PATCH where "Update Record" says PUT, so its examples are sent in a dialect that does.
PATCHING = replace(Dialect.JUNE_2025, update_method="PATCH")


class Team(Model):
    name = fields.SingleLineText("xgETy")

    class Meta:
        database = DATABASE
        table = "kNjsEhYYcNjAsj"


class Task(Model):
    """The fields that the examples name."""

    title = fields.SingleLineText("E08c0")
    status = fields.Select("kl5nP", choices={"Active": "dewqc"})
    state = fields.Select("oLv8D")
    photo = fields.Attachment("SSXUc")
    teams = fields.LinkedRecords("7qn0n", to=Team)
    value = fields.SingleLineText("fieldId")

    class Meta:
        database = DATABASE
        table = TABLE


def is_documented_record(wire):
    return wire == {
        "id": "string",
        "tableId": "string",
        "fields": {"fieldId": "value"},
        "createdAt": "2025-06-01T10:42:10.000Z",
        "updatedAt": "2025-06-01T10:42:10.000Z",
    }


def is_documented_instance(task):
    assert (task.id, task.value) == ("string", "value")
    assert not task.is_dirty
    return task.created_at == task.updated_at == JUNE_1


def stored(**cells):
    """The record of the examples as it was before, with these cells."""
    ids = {name: field.id for name, field in Task._meta.own_fields.items()}
    return Task.from_record({"id": RECORD, "fields": {ids[name]: cell for name, cell in cells.items()}})


def team(id, name):
    return Team.from_record({"id": id, "fields": {"xgETy": name}})


def test_get_records(documented):
    page = documented("records/get_records").list_records(DATABASE, TABLE, offset=0, limit=10)
    [record] = page
    assert is_documented_record(record)
    assert (page.offset, page.limit, page.total) == (0, 10, 1)


def test_a_slice_of_a_query_set_gets_records(documented):
    documented("records/get_records")
    [task] = Task.objects.all()[:10]
    assert is_documented_instance(task)


def test_search_records(documented):
    body = {"filter": {}, "sort": {}, "paging": {"offset": 0, "limit": 10}}
    page = documented("records/search_records").search_records(DATABASE, TABLE, body)
    [record] = page
    assert is_documented_record(record)
    assert (page.offset, page.limit, page.total) == (0, 10, 1)


def test_the_ordering_of_a_query_set_stands_under_the_documented_key():
    body = Task.objects.order_by("-title").using(Client(api_key="any", dialect=Dialect.JUNE_2025)).to_dict()
    assert body["sort"] == [{"sortingField": "E08c0", "sortType": "DESC"}]
    assert "sorting" not in body


def test_get_single_record(documented):
    assert is_documented_record(documented("records/get_single_record").get_record(DATABASE, TABLE, RECORD))


def test_get_by_id_gets_a_single_record(documented):
    documented("records/get_single_record")
    assert is_documented_instance(Task.objects.get(id=RECORD))


def test_create_record(documented):
    client = documented("records/create_record")
    assert is_documented_record(client.create_record(DATABASE, TABLE, {"E08c0": "Example", "kl5nP": "Active"}))


def test_saving_a_new_instance_creates_a_record(documented):
    documented("records/create_record")
    task = Task(title="Example", status="Active")
    task.save()
    assert is_documented_instance(task)


def test_update_record(documented):
    client = documented("records/update_record")
    assert is_documented_record(client.update_record(DATABASE, TABLE, RECORD, {"oLv8D": "Archived"}))


def test_saving_a_changed_instance_updates_the_record(documented):
    documented("records/update_record")
    task = stored(title="Example", state={"id": "pq213m", "label": "Draft"})
    task.state = "Archived"
    task.save()
    assert is_documented_instance(task)


def test_delete_record(documented):
    assert documented("records/delete_record").delete_record(DATABASE, TABLE, RECORD) is None


def test_deleting_an_instance_deletes_the_record(documented):
    documented("records/delete_record")
    record = stored(title="Example")
    record.delete()
    assert record.is_dangling


@pytest.mark.parametrize(
    ("example", "value"),
    [
        ("simple", PICTURE),
        ("short", File(PICTURE)),
        ("full", File(PICTURE, "landscape.jpeg", "image/jpeg")),
        ("first_example", PICTURE),
    ],
)
def test_a_file_is_uploaded_in_the_documented_form(documented, example, value):
    documented(f"uploads/{example}")
    task = stored(photo=[])
    task.photo = value
    task.save()
    assert is_documented_instance(task)


def test_the_second_upload_example_is_sent_as_it_is_printed_by_the_client(documented):
    # It calls the file's name "name", where the full form and the answers call it "filename".
    photo = {"name": "landscape.jpeg", "url": PICTURE, "type": "image/jpeg"}
    client = documented("uploads/second_example")
    assert is_documented_record(client.update_record(DATABASE, TABLE, RECORD, {"SSXUc": photo}))


def test_a_file_is_read_by_either_name():
    for key in ("name", "filename"):
        [photo] = stored(photo=[{"id": "1", "url": PICTURE, key: "landscape.jpeg", "type": "image/jpeg"}]).photo
        assert (photo.url, photo.filename, photo.type) == (PICTURE, "landscape.jpeg", "image/jpeg")


def test_linking_a_record_sends_its_id_and_label(documented):
    documented("links/link_a_record", PATCHING)
    task = stored(teams=[])
    task.teams = [team("vQ9BI8QUVQiFua", "Sales")]
    task.save()
    assert is_documented_instance(task)


def test_linking_a_record_in_place_sends_the_same(documented):
    documented("links/link_a_record", PATCHING)
    task = stored(teams=[])
    task.teams.append(team("vQ9BI8QUVQiFua", "Sales"))
    task.save()
    assert is_documented_instance(task)


def test_linking_several_records_sends_all_links_since_a_write_replaces_them(documented):
    documented("links/link_several_records", PATCHING)
    task = stored(teams=[{"id": "vQ9BI8QUVQiFua", "label": "Sales"}])
    task.teams.append(team("kNjsEhYYcNjAsj", "Support"))
    task.save()
    assert is_documented_instance(task)


@pytest.mark.parametrize("nothing", [[], None])
def test_deleting_all_links_sends_an_empty_list(documented, nothing):
    documented("links/delete_all_links", PATCHING)
    task = stored(teams=[{"id": "vQ9BI8QUVQiFua", "label": "Sales"}])
    task.teams = nothing
    task.save()
    assert is_documented_instance(task)


def test_links_that_the_document_shows_are_read():
    [sales] = stored(teams=[{"id": "vQ9BI8QUVQiFua", "label": "Sales"}]).teams
    assert (type(sales), sales.id, str(sales)) == (Team, "vQ9BI8QUVQiFua", "Sales")

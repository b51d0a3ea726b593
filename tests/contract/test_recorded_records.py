"""Records over HTTP: scenarios that play from cassettes, and run unchanged against a sandbox or a live account.

They use no random or present values of their own, so that a recording answers them; and they read nothing of the
account but the scratch database that the fixture makes.
"""

from datetime import date

import pytest

from softrorm import Model, NotFound, Q, Unauthorized, ValidationFailed, fields

GENRES = ["Novel", "Poetry", "Essay"]
COLUMNS = [
    {"name": "Pages", "type": "NUMBER", "options": {"precision": 0, "min": 1, "max": 5000}},
    {"name": "In print", "type": "CHECKBOX", "options": {}},
    {"name": "Genre", "type": "SELECT", "options": {"choices": [{"label": genre} for genre in GENRES]}},
    {"name": "Published", "type": "DATETIME", "options": {"precision": "DATE"}},
]


@pytest.fixture
def book(recorded):
    """A model of a table of books, bound by the names of its fields."""
    table_id = recorded.client.create_table(recorded.database, "Books", primary_field_name="Title", fields=COLUMNS).id

    class Book(Model):
        title = fields.SingleLineText(required=True)
        pages = fields.Number()
        in_print = fields.Checkbox()
        genre = fields.Select(choices=GENRES)
        published = fields.Date()

        class Meta:
            database = recorded.database
            table = table_id

    return Book


@pytest.fixture
def shelf(book):
    """Six books in this order."""
    for title, pages, genre in [
        ("Middlemarch", 880, "Novel"),
        ("Duino Elegies", 96, "Poetry"),
        ("Essays", 1040, "Essay"),
        ("Emma", 474, "Novel"),
        ("The Waste Land", 64, "Poetry"),
        ("Untold", None, None),
    ]:
        book(title=title, pages=pages, genre=genre).save()
    return book


def test_a_record_is_created_read_changed_and_deleted(book):
    emma = book(title="Emma", pages=474, genre="Novel", in_print=True, published=date(1815, 12, 23))
    emma.save()
    assert emma.id
    assert emma.created_at
    assert not emma.is_dirty

    read = book.objects.get(id=emma.id)
    assert read == emma
    assert (read.title, read.pages, read.genre, read.in_print) == ("Emma", 474, "Novel", True)
    assert read.published == date(1815, 12, 23)

    read.pages = 512
    read.genre = None
    read.save()  # the cassette has a PATCH with these two fields and nothing else
    read.save()  # and no request for this one
    emma.refresh()
    assert (emma.pages, emma.genre, emma.title) == (512, None, "Emma")

    emma.delete()
    with pytest.raises(book.DoesNotExist):
        book.objects.get(id=read.id)


def test_a_table_of_more_than_a_page_is_read_to_its_end(recorded, book):
    if recorded.is_recording:
        place = book.bind(recorded.client)
        with recorded.unrecorded():
            for number in range(203):
                recorded.client.create_record(place.database, place.table, {place.ids["title"]: f"Volume {number}"})
    volumes = list(book.objects.all())
    assert [volume.title for volume in volumes] == [f"Volume {number}" for number in range(203)]
    assert len({volume.id for volume in volumes}) == 203
    assert book.objects.count() == 203
    assert [volume.title for volume in book.objects.all()[200:210]] == ["Volume 200", "Volume 201", "Volume 202"]


def test_a_nested_filter_finds_what_it_says(shelf):
    long_or_verse = shelf.objects.filter(Q(pages__gt=800) | Q(genre="Poetry"), title__does_not_contain="LAND")
    assert {found.title for found in long_or_verse} == {"Middlemarch", "Duino Elegies", "Essays"}
    assert shelf.objects.filter(genre__is_one_of=["Novel", "Essay"], pages__is_between=(100, 900)).count() == 2


def test_exclude_is_the_complement_of_filter_empty_cells_included(shelf):
    assert {one.title for one in shelf.objects.exclude(genre="Novel")} == {
        "Duino Elegies",
        "Essays",
        "The Waste Land",
        "Untold",
    }
    assert shelf.objects.exclude(pages__gte=400).count() + shelf.objects.filter(pages__gte=400).count() == 6


def test_an_ordered_slice_comes_in_order(shelf):
    assert [one.title for one in shelf.objects.filter(pages__is_not_empty=True).order_by("-pages")[1:4]] == [
        "Middlemarch",
        "Emma",
        "Duino Elegies",
    ]
    assert shelf.objects.filter(pages__is_not_empty=True).order_by("pages").first().title == "The Waste Land"
    assert [one.title for one in shelf.objects.order_by("created_at")[:2]] == ["Middlemarch", "Duino Elegies"]


def test_fields_are_answered_by_name_when_asked_for(recorded, book):
    place = book.bind(recorded.client)
    emma = book(title="Emma", pages=474)
    emma.save()
    [row] = recorded.client.list_records(place.database, place.table, field_names=True)
    assert row["fields"]["Title"] == "Emma"
    assert row["fields"]["In print"] is False
    assert set(row["fields"]) == {"Title", "Pages", "In print", "Genre", "Published"}


def test_a_view_is_read_as_a_query_set(recorded, shelf):
    place = shelf.bind(recorded.client)
    [view] = recorded.client.list_views(place.database, place.table)
    assert shelf.objects.view(view.id)[:2][0].title == "Middlemarch"
    assert recorded.client.get_table(place.database, place.table).default_view_id == view.id


def test_a_record_or_table_that_is_not_there_is_not_found(recorded, book):
    place = book.bind(recorded.client)
    with pytest.raises(NotFound) as raised:
        recorded.client.get_record(place.database, place.table, "00000000000000")
    assert (raised.value.status, raised.value.code) == (404, "RESOURCE_NOT_FOUND")
    with pytest.raises(NotFound):
        recorded.client.get_table(place.database, "00000000000000")
    with pytest.raises(NotFound):
        recorded.client.delete_record(place.database, place.table, "00000000000000")


def test_a_value_that_breaks_a_rule_of_its_field_is_refused(recorded, book):
    place = book.bind(recorded.client)
    with pytest.raises(ValidationFailed) as raised:
        recorded.client.create_record(place.database, place.table, {place.ids["pages"]: 6000})
    assert (raised.value.status, raised.value.code) == (400, "VALIDATION_ERROR")
    assert book.objects.count() == 0


def test_a_wrong_key_is_unauthorized(recorded):
    with pytest.raises(Unauthorized) as raised:
        recorded.new_client("a-key-that-nobody-made").list_tables(recorded.database)
    assert (raised.value.status, raised.value.code) == (401, "UNAUTHORIZED")
    assert "a-key-that-nobody-made" not in str(raised.value)

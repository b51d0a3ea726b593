"""Exporting: what the files hold, how columns are called, and that nothing half is left."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from softrorm import ConfigurationError, InvalidQuery, InvalidValue, Model, fields
from softrorm.data.cells import cell_text, file_parts, split
from softrorm.data.export import export_records
from softrorm.data.sources import Source
from softrorm.schema import create_tables, reflect


class Shelf(Model):
    name = fields.SingleLineText()
    books = fields.LinkedRecords(to="Book", inverse="shelf")

    class Meta:
        database_name = "Library"
        table_name = "Shelves"


class Book(Model):
    title = fields.SingleLineText(required=True)
    price = fields.Currency()
    pages = fields.Number()
    out = fields.Checkbox()
    bought = fields.Date(name="Bought on")
    read_at = fields.DateTime()
    genres = fields.MultiSelect(choices=["Crime", "Old; rare"])
    cover = fields.Attachment()
    shelf = fields.LinkedRecord(to=Shelf)

    class Meta:
        database_name = "Library"
        table_name = "Books"


@pytest.fixture
def library(client):
    create_tables(client, [Shelf, Book])
    shelf = Shelf.objects.create(name="North")
    Book.objects.create(
        title='The "Moonstone",\nand more',
        price=Decimal("12.50"),
        pages=430,
        out=True,
        bought=date(2026, 1, 2),
        read_at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
        genres=["Crime", "Old; rare"],
        cover=[fields.File("https://files.example/cover.png", filename="front.png")],
        shelf=shelf,
    )
    Book.objects.create(title="Empty")
    return client


@pytest.fixture
def books(library):
    return reflect(library, "Books").objects.using(library)


def test_csv_has_names_first_and_typed_text(books, tmp_path):
    assert export_records(books.all(), tmp_path / "books.csv") == 2
    with (tmp_path / "books.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert list(first)[:3] == ["id", "Title", "Price"]
    assert first["Title"] == 'The "Moonstone",\nand more'
    assert (first["Price"], first["Pages"], first["Out"]) == ("12.5", "430", "true")
    assert (first["Bought on"], first["Read at"]) == ("2026-01-02", "2026-02-03T04:05:06.000Z")
    assert first["Genres"] == 'Crime; "Old; rare"'
    assert first["Cover"].startswith("front.png (https://")
    assert first["Shelf"] == Shelf.objects.get().id
    assert {second[name] for name in ("Price", "Pages", "Bought on", "Genres", "Cover", "Shelf")} == {""}
    assert second["Out"] == "false"


def test_json_lines_have_the_types_of_json(books, tmp_path):
    export_records(books.all(), tmp_path / "books.jsonl", attributes=["title", "price", "genres", "out", "bought_on"])
    first, second = map(json.loads, (tmp_path / "books.jsonl").read_text("utf-8").splitlines())
    assert first == {
        "Title": 'The "Moonstone",\nand more',
        "Price": 12.5,
        "Genres": ["Crime", "Old; rare"],
        "Out": True,
        "Bought on": "2026-01-02",
    }
    assert second == {"Title": "Empty", "Price": None, "Genres": [], "Out": False, "Bought on": None}


def test_parquet_has_the_types_of_the_fields(books, tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    export_records(books.all(), tmp_path / "books.parquet", links="label")
    table = pq.read_table(tmp_path / "books.parquet")
    assert {name: str(table.schema.field(name).type) for name in ("Price", "Bought on", "Read at", "Genres")} == {
        "Price": "decimal128(38, 10)",
        "Bought on": "date32[day]",
        "Read at": "timestamp[us, tz=UTC]",
        "Genres": "list<element: string>",
    }
    assert table.column("Shelf").to_pylist() == ["North", None]
    assert table.column("Price").to_pylist() == [Decimal("12.5"), None]


def test_parquet_is_written_in_row_groups_and_has_its_columns_where_no_record_matches(books, tmp_path, monkeypatch):
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("softrorm.data.targets.ROW_GROUP", 1)
    export_records(books.order_by("title")[:1], tmp_path / "one.parquet", attributes=["title"])
    export_records(books.none(), tmp_path / "none.parquet", attributes=["title"])
    assert pq.ParquetFile(tmp_path / "one.parquet").num_row_groups == 1
    assert pq.read_table(tmp_path / "none.parquet").to_pydict() == {"Title": []}


def test_columns_can_be_called_by_field_ids(books, library):
    stream = io.StringIO()
    export_records(books.all(), stream, attributes=["title"], ids=True)
    [field] = [one.id for one in reflect(library, "Books")._meta.own_fields.values() if one.name == "Title"]
    assert stream.getvalue().splitlines()[0] == field


def test_fields_of_one_name_are_called_by_their_ids(books, library):
    model = reflect(library, "Books")
    database, table = model._meta.database, model._meta.table
    ids = [library.create_field(database, table, "Title", "LONG_TEXT").id]
    ids.append(library.create_field(database, table, "id", "NUMBER").id)
    stream = io.StringIO()
    library.schema(database, refresh=True)
    export_records(reflect(library, "Books").objects.using(library).all(), stream)
    head = stream.getvalue().splitlines()[0].split(",")
    assert head.count("id") == 1
    assert "Title" not in head
    assert set(ids) < set(head)


def test_a_read_costs_a_request_a_page_and_one_to_count_for_progress(books, assert_requests):
    seen = []
    with assert_requests(1):
        export_records(books.all(), io.StringIO())
    with assert_requests(2):
        export_records(books.all(), io.StringIO(), progress=lambda *numbers: seen.append(numbers))
    assert seen == [(2, 2)]


def test_an_export_that_is_interrupted_leaves_no_file_and_keeps_the_former_one(books, tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("former", "utf-8")

    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_records(books.all(), file, progress=interrupted)
    assert [one.name for one in tmp_path.iterdir()] == ["books.csv"]
    assert file.read_text("utf-8") == "former"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_where_a_file_cannot_be_it_is_said_of_the_file_before_anything_is_read(books, tmp_path, assert_requests, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    books._binding()
    (tmp_path / "taken").mkdir()
    with assert_requests(0):
        with pytest.raises(FileNotFoundError) as missing:
            export_records(books.all(), tmp_path / "nowhere" / "books", form=form)
        with pytest.raises(IsADirectoryError) as taken:
            export_records(books.all(), tmp_path / "taken", form=form)
    assert missing.value.filename == str(tmp_path / "nowhere" / "books")
    assert taken.value.filename == str(tmp_path / "taken")


def test_a_link_on_the_disk_stays_one_and_what_it_leads_to_is_written(books, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "books.csv").symlink_to(tmp_path / "there" / "latest.csv")
    export_records(books.all(), tmp_path / "books.csv", attributes=["title"])
    assert (tmp_path / "books.csv").is_symlink()
    assert (tmp_path / "there" / "latest.csv").read_text("utf-8").endswith("Empty\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_written_to_and_not_replaced(books, tmp_path):
    pipe = tmp_path / "books.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as other:
        read = other.submit(pipe.read_text, "utf-8")
        export_records(books.all(), pipe, attributes=["title"])
        assert read.result(5).startswith("Title\n")
    assert [(one.name, one.is_fifo()) for one in tmp_path.iterdir()] == [("books.csv", True)]


def test_half_a_letter_becomes_an_escape_in_text_and_is_refused_in_parquet(books, tmp_path):
    Book.objects.create(title="odd \ud800")
    export_records(books.all(), tmp_path / "books.csv", attributes=["title"])
    export_records(books.all(), tmp_path / "books.jsonl", attributes=["title"])
    assert (tmp_path / "books.csv").read_text("utf-8").endswith("odd \\ud800\n")
    assert json.loads((tmp_path / "books.jsonl").read_text("utf-8").splitlines()[-1]) == {"Title": "odd \ud800"}
    pytest.importorskip("pyarrow")
    with pytest.raises(InvalidValue, match=r"half a letter such as '\\ud800'"):
        export_records(books.all(), tmp_path / "books.parquet", attributes=["title"])
    assert not list(tmp_path.glob("*.part*"))


def test_parquet_without_its_library_names_the_extra(books, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"^A Parquet file needs the package pyarrow.*'softrorm\[arrow\]'"):
        export_records(books.all(), tmp_path / "books.parquet")
    with pytest.raises(ConfigurationError, match=r"^A Parquet file needs the package pyarrow"):
        Source(tmp_path / "books.parquet")


@pytest.mark.parametrize(
    ("target", "options", "error", "message"),
    [
        ("books.xls", {}, ConfigurationError, r"books\.xls: the name of the file ends with \.csv"),
        (io.StringIO(), {"form": "parquet"}, ConfigurationError, "The form of a stream is csv or jsonl, not 'parquet'"),
        (io.StringIO(), {"links": "name"}, InvalidQuery, "links is 'id' or 'label'"),
        (io.StringIO(), {"attributes": ["titel"]}, InvalidQuery, "has no field 'titel'"),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(books, assert_requests, target, options, error, message):
    books._binding()
    with assert_requests(0), pytest.raises(error, match=message):
        export_records(books.all(), target, **options)


@pytest.mark.parametrize(
    "values", [["a", "b"], ["a; b", "c"], ['say "x"', "y"], ["two\nlines", "z"], [" blank ", "q"], []]
)
def test_a_cell_of_several_values_reads_as_it_was_written(values):
    assert split(cell_text(values)) == [value.strip() for value in values]


def test_a_file_in_a_cell_is_its_name_and_address():
    assert file_parts("a (1).png (https://x.example/a.png)") == ("https://x.example/a.png", "a (1).png")
    assert file_parts(" https://x.example/a.png ") == ("https://x.example/a.png", None)

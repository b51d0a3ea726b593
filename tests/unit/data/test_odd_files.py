"""Odd files: what spreadsheets and programs make of tables, read right or refused in words that help."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal

import pytest

from softrorm import ConfigurationError
from softrorm.data.sources import Source


def rows(path, content, **options):
    """The rows of a file with such a content: their numbers and their values, or why they cannot be read."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(row.number, row.problem or tuple(row.values.values())) for row in Source(path, **options).rows()]


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("\ufeffName,Amount\r\nCup,1\r\n", ("Cup", "1")),
        ('Name,Amount\r\n"two\r\nlines",1\r\n', ("two\r\nlines", "1")),
        ("Name,Amount\rCup,1\r", ("Cup", "1")),
        ("Name\tAmount\nCup, with saucer\t1\n", ("Cup, with saucer", "1")),
        ("Name;Amount\nCup;1,5\n", ("Cup", "1,5")),
        ('"Name";"Amount, in pieces, or so"\n"Cup";1\n', ("Cup", "1")),
        ('"Name\nof the thing";Amount\nCup;1\n', ("Cup", "1")),
        ('Name,Amount\n"say ""cup""",1\n', ('say "cup"', "1")),
        (f"Name,Amount\n{'x' * 300_000},1\n", ("x" * 300_000, "1")),
        (",".join(f"c{one}" for one in range(100)) + "\n" + ",".join("1" * 100) + "\n", ("1",) * 100),
    ],
    ids=["bom", "crlf", "cr", "tabs", "semicolons", "quoted comma", "quoted line", "quotes", "long", "wide"],
)
def test_csv_of_any_kind_is_read(tmp_path, content, values):
    assert rows(tmp_path / "things.csv", content) == [(2, values)]


def test_a_quotation_mark_that_is_not_closed_is_said_to_be(tmp_path):
    assert rows(tmp_path / "things.csv", 'Name,Amount\nCup,1\n"Pan,2\nJar,3\n') == [
        (2, ("Cup", "1")),
        (3, "cannot be read: a quotation mark is opened here and never closed"),
    ]


def test_a_quotation_mark_inside_of_a_quoted_cell_joins_no_rows(tmp_path):
    assert rows(tmp_path / "things.csv", 'Name,Amount\n"a "large" cup",1\nPan,2\n') == [
        (2, "cannot be read: something follows a closing quotation mark; a mark inside of a quoted cell is doubled"),
        (3, ("Pan", "2")),
    ]


def test_a_line_that_is_no_json_is_refused_however_odd_it_is(tmp_path):
    content = '{"Name": "Cup"}\n{"Name": ' + "[" * 100_000 + "\n[1]\n\n"
    (_, cup), (second, deep), (third, one) = rows(tmp_path / "things.jsonl", content)
    assert (cup, second, third) == (("Cup",), 2, 3)
    assert deep.startswith("is no JSON: ")
    assert one.startswith("is no JSON object such as")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "has no columns"),
        ("a.csv", "\n\n", "has no columns"),
        ("a.csv", '"Name,Amount\nCup,1\n', "The first row of .* cannot be read: a quotation mark is opened here"),
        ("a.csv", "Name,Name\n", "two columns called 'Name'"),
        ("a.csv", "Name\nM\xfcller\n".encode("latin-1"), r"is not encoded as utf-8\. Files of Excel .* often cp1252"),
        ("a.csv", "Name\nCup\n".encode("utf-16"), r"is not encoded as utf-8\. It begins as utf-16 does\.$"),
        ("a.parquet", "", "is no Parquet file, or is damaged"),
        ("a.parquet", "Name\nCup\n", "is no Parquet file, or is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path, name, content, message):
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    with pytest.raises(ConfigurationError, match=message):
        rows(tmp_path / name, content)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_which_cannot_be_read_twice_is_refused(tmp_path):
    os.mkfifo(tmp_path / "things.csv")
    with pytest.raises(ConfigurationError, match="has to be a file on a disk"):
        Source(tmp_path / "things.csv")


def test_parquet_has_plain_values_whatever_its_types(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=dt.UTC)
    nanoseconds = pa.array([1767323045123456789], pa.timestamp("ns", "UTC"))
    columns = {
        "Name": pa.array(["Cup"]).dictionary_encode(),
        "Price": pa.array([Decimal("1.50")], pa.decimal128(10, 2)),
        "At": nanoseconds,
        "Took": pa.array([1_500_000_001], pa.duration("ns")),
        "Parts": pa.array([{"a": [1, 2]}]),
        "Day": pa.array([dt.date(2026, 1, 2)]),
    }
    pq.write_table(pa.table(columns), tmp_path / "things.parquet")
    [row] = Source(tmp_path / "things.parquet").rows()
    took = dt.timedelta(seconds=1, microseconds=500_000)
    assert list(row.values.values()) == ["Cup", Decimal("1.50"), moment, took, {"a": [1, 2]}, dt.date(2026, 1, 2)]
    assert {type(row.values[name]) for name in ("At", "Took")} == {dt.datetime, dt.timedelta}


def test_damaged_parquet_is_refused_where_it_is_met(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "things.parquet"
    pq.write_table(pa.table({"Name": ["Cup"] * 100}), file)
    content = file.read_bytes()
    file.write_bytes(content[:6] + b"x" * 30 + content[36:])
    with pytest.raises(ConfigurationError, match=r"things\.parquet is no Parquet file, or is damaged"):
        list(Source(file).rows())

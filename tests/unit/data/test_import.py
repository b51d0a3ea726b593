"""Importing: what a row becomes, what is refused and how it is told, and that rows are written once."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pycountry
import pytest

from softrorm import BulkError, ConfigurationError, Model, fields
from softrorm.client.errors import Forbidden
from softrorm.data.export import export_records
from softrorm.data.importing import Import
from softrorm.data.refusals import Refusals
from softrorm.models.bulk import JournalError
from softrorm.models.bulk.journal import Journal
from softrorm.schema import create_tables, reflect

_spec = importlib.util.spec_from_file_location("subdivisions", Path(__file__).with_name("subdivisions.py"))
shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shared)


class Maker(Model):
    name = fields.SingleLineText()

    class Meta:
        database_name = "Shop"
        table_name = "Makers"


class Thing(Model):
    name = fields.SingleLineText(required=True)
    price = fields.Currency()
    amount = fields.Number()
    sold = fields.Checkbox()
    made_on = fields.Date()
    seen_at = fields.DateTime()
    size = fields.Select(choices=["Small", "Large"])
    tags = fields.MultiSelect(choices=["red", "green; blue"])
    photos = fields.Attachment()
    maker = fields.LinkedRecord(to=Maker)
    number = fields.Autonumber()

    class Meta:
        database_name = "Shop"
        table_name = "Things"


@pytest.fixture
def shop(client):
    create_tables(client, [Maker, Thing])
    for name in ("Acme", "Best", "Best"):
        Maker.objects.create(name=name)
    return client


def job(shop, path, **options):
    return Import(shop, reflect(shop, "Things"), path, **options)


def imported(shop, path, **options):
    """The things that an import of a file makes."""
    with Refusals() as refusals:
        work = job(shop, path, **options)
        work.check(refusals)
        assert refusals.first == []
        work.write(refusals)
    return list(Thing.objects.order_by("number"))


def refused(shop, path, **options):
    with Refusals() as refusals:
        job(shop, path, **options).check(refusals)
    return [(one.row, one.column, one.reason) for one in refusals.first]


# --- what a row becomes ---------------------------------------------------------------------------


def test_text_becomes_the_types_of_the_fields(shop, tmp_path):
    (tmp_path / "things.csv").write_text(
        "Name,Price,Amount,Sold,Made on,Seen at,Size,Tags,Photos,Maker\n"
        'Cup,12.50,-1e3,Yes,2026-01-31,2026-01-31T15:00:00+01:00,Small,"red; ""green; blue""",'
        f"a.png (https://files.example/1),{Maker.objects.get(name='Acme').id}\n"
        "Pan,,,,,,,,,\n",
        "utf-8-sig",
    )
    cup, pan = imported(shop, tmp_path / "things.csv")
    assert (cup.price, cup.amount, cup.sold) == (Decimal("12.5"), -1000, True)
    assert (cup.made_on, cup.seen_at) == (date(2026, 1, 31), datetime(2026, 1, 31, 14, tzinfo=UTC))
    assert (cup.size, cup.tags, cup.photos[0].filename) == ("Small", ["red", "green; blue"], "a.png")
    assert cup.maker.name == "Acme"
    assert (pan.price, pan.amount, pan.sold, pan.size, pan.tags, pan.maker) == (None, None, False, None, [], None)


def test_semicolons_between_cells_are_seen_in_the_first_row(shop, tmp_path):
    (tmp_path / "things.csv").write_text("Name;Amount;\nCup;7;\n", "utf-8")
    assert [(one.name, one.amount) for one in imported(shop, tmp_path / "things.csv")] == [("Cup", 7)]


def test_json_lines_keep_their_types_and_need_not_name_every_column(shop, tmp_path):
    lines = [
        {"Name": "Cup", "Amount": 2.5, "Sold": True, "Tags": ["red"]},
        {"Name": "Pan", "Price": 3, "Photos": [{"url": "https://files.example/2", "filename": "b.png"}]},
    ]
    (tmp_path / "things.jsonl").write_text("\n\n".join(map(json.dumps, lines)), "utf-8")
    cup, pan = imported(shop, tmp_path / "things.jsonl")
    assert (cup.amount, cup.sold, cup.tags, cup.price) == (2.5, True, ["red"], None)
    assert (pan.price, pan.photos[0].filename) == (3, "b.png")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_what_was_exported_can_be_imported(shop, tmp_path, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    Thing.objects.create(
        name=' "Cup",\n of tea',
        price=Decimal("0.1"),
        amount=3,
        sold=True,
        made_on=date(2026, 1, 1),
        seen_at=datetime(2026, 1, 1, tzinfo=UTC),
        size="Large",
        tags=["green; blue", "red"],
        photos=[fields.File("https://files.example/c", filename="c (1).png")],
        maker=Maker.objects.get(name="Acme"),
    )
    Thing.objects.create(name="Pan")
    file = tmp_path / f"things.{form}"
    export_records(Thing.objects.order_by("number"), file)
    things = imported(shop, file)
    names = [name for name in Thing._meta.writable if name != "photos"]
    rows = [[getattr(one, name) for name in names] + [[f.filename for f in one.photos]] for one in things]
    assert len(rows) == 4
    assert rows[:2] == rows[2:]


def test_instants_without_an_offset_need_a_zone(shop, tmp_path):
    (tmp_path / "things.csv").write_text("Name,Seen at\nCup,2026-07-01 12:00\nPan,2026-07-01\n", "utf-8")
    assert [row for row, *_ in refused(shop, tmp_path / "things.csv")] == [2, 3]
    cup, pan = imported(shop, tmp_path / "things.csv", timezone=ZoneInfo("Europe/Berlin"))
    assert (cup.seen_at.hour, pan.seen_at.hour) == (10, 22)


def test_links_are_found_by_label_when_asked(shop, tmp_path):
    (tmp_path / "things.csv").write_text("Name,Maker\nCup,Acme\nPan,Best\nJar,Acne\n", "utf-8")
    several, none = refused(shop, tmp_path / "things.csv", link_by="label")
    assert several[:2] == (3, "Maker")
    assert "takes one record of Makers, and 2 are called 'Best'" in several[2]
    assert "there is no 'Acne'. Did you mean 'Acme'?" in none[2]
    (tmp_path / "things.csv").write_text("Name,Maker\nCup,Acme\n", "utf-8")
    [cup] = imported(shop, tmp_path / "things.csv", link_by="label")
    assert cup.maker.name == "Acme"


def test_labels_among_ids_are_answered_with_how_to_link_by_them(shop, tmp_path):
    (tmp_path / "things.csv").write_text("Name,Maker\nCup,Acme\nPan,vQ9BI8QUVQiFua\n", "utf-8")
    assert [reason for *_, reason in refused(shop, tmp_path / "things.csv")] == [
        "takes the id of a record of Makers, and there is no 'Acme'. If it is a label, say --link-by label.",
        "takes the id of a record of Makers, and there is no 'vQ9BI8QUVQiFua'.",
    ]


def test_another_separator_than_the_one_expected_is_seen(shop, tmp_path):
    (tmp_path / "things.csv").write_text('Name,Tags\nCup,"red, green"\nPan,"red,""green; blue"""\n', "utf-8")
    one, two = (reason for *_, reason in refused(shop, tmp_path / "things.csv"))
    assert "separator" not in one
    assert two.endswith(" Between values ';' is expected; say --separator ',' for this file.")
    assert "separator" not in refused(shop, tmp_path / "things.csv", separator="|")[0][2]


@pytest.mark.parametrize("cell", ['"', 'red; "green', '"red; green'])
def test_several_values_with_a_quotation_mark_that_is_not_closed_are_refused(shop, tmp_path, cell):
    (tmp_path / "things.jsonl").write_text(json.dumps({"Name": "Cup", "Tags": cell}), "utf-8")
    assert [reason for *_, reason in refused(shop, tmp_path / "things.jsonl")] == [
        f"takes a closing quotation mark for each one that opens, not {cell!r}."
    ]


def test_a_key_that_is_a_link_is_told_by_its_label(shop, tmp_path):
    best = Maker.objects.filter(name="Best")[0]
    for name in ("Cup", "Pan"):
        Thing.objects.create(name=name, maker=best)
    (tmp_path / "things.csv").write_text(f"Name,Maker\nJar,{best.id}\n", "utf-8")
    with Refusals() as refusals, pytest.raises(BulkError, match=f"2 records have the key maker='{best.id}', such as"):
        job(shop, tmp_path / "things.csv", key="Maker").write(refusals)


def test_a_declared_model_takes_rows_as_a_reflected_one_does(shop, tmp_path):
    (tmp_path / "things.csv").write_text("Name,Maker,Made on\nCup,Acme,2026-01-31\n", "utf-8")
    with Refusals() as refusals:
        work = Import(shop, Thing, tmp_path / "things.csv", link_by="label")
        assert work.check(refusals) == 1
        work.write(refusals)
    assert Thing.objects.get().maker.name == "Acme"


def test_an_empty_cell_is_sent_where_a_default_would_stand_there(shop, tmp_path):
    things = shop.schema(Thing._meta.binding(shop).database)[1]
    shop.update_field(Thing._meta.binding(shop).database, things.id, things.field("Sold").id, default_value=True)
    shop.schema(Thing._meta.binding(shop).database, refresh=True)
    (tmp_path / "things.csv").write_text("Name,Sold\nCup,\n", "utf-8")
    assert [one.sold for one in imported(shop, tmp_path / "things.csv")] == [False]


# --- columns --------------------------------------------------------------------------------------


def test_columns_go_by_name_id_and_attribute_and_computed_ones_are_left_out(shop, tmp_path):
    amount = reflect(shop, "Things").amount.id
    (tmp_path / "things.csv").write_text(f"id,NAME,{amount},made_on,Number,Deadline\n", "utf-8")
    work = job(shop, tmp_path / "things.csv", columns={"Deadline": "Seen at"})
    assert {column: field.name for column, field in work.columns.fields.items()} == {
        "NAME": "Name",
        amount: "Amount",
        "made_on": "Made on",
        "Deadline": "Seen at",
    }
    assert list(work.columns.left_out) == ["id", "Number"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("Name,Prise\n", {}, r"column 'Prise': Things has no field 'Prise'\. Did you mean 'Price'"),
        ("Name,name\n", {"columns": {"name": "Name"}}, "columns 'Name' and 'name' would both go into"),
        ("Name,Name\n", {}, "two columns called 'Name'"),
        ("Amount\n", {}, r"No column goes into Things\.name, and the table requires it"),
        ("Name\n", {"columns": {"Nome": "Name"}}, "has no column 'Nome'; its columns are Name"),
        ("Name\n", {"columns": {"Name": "Number"}}, "'Name' cannot go into Things.number: the service computes it"),
        ("Name\n", {"key": "Amount"}, r"No column goes into Things\.amount, which is to be the key"),
        ("", {}, "has no columns"),
        ("Name\n", {"separator": "--"}, "one character"),
        ("Name\n", {"encoding": "latin-9000"}, "is no encoding"),
        ("Nam\xe9\n", {"encoding": "ascii"}, "is not encoded as ascii"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_what_to_give(shop, tmp_path, assert_requests, text, options, message):
    (tmp_path / "things.csv").write_text(text, "utf-8")
    reflect(shop, "Things")
    with pytest.raises(ConfigurationError, match=message):
        job(shop, tmp_path / "things.csv", **options)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Price", "$5", "takes a number such as 1234.5, not '$5'."),
        ("Price", "12345678901234567.89", "takes amounts of at most 15 digits"),
        ("Amount", "1,5", "takes a number such as 1234.5, not '1,5'."),
        ("Amount", "1_000", "takes a number"),
        ("Amount", "1e999", "takes a number"),
        ("Sold", "perhaps", "takes true, yes, 1, false, no, 0, not 'perhaps'."),
        ("Made on", "31.01.2026", "takes a day such as 2026-01-31, not '31.01.2026'."),
        ("Seen at", "soon", "takes an instant such as"),
        ("Size", "Smal", "Did you mean 'Small'?"),
        ("Tags", "red; pink", "not 'pink'"),
        ("Photos", "a.png", "takes the public address of a file"),
        ("Maker", "nobody", "takes the id of a record of Makers, and there is no 'nobody'"),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_refused_with_row_column_and_reason(shop, tmp_path, column, value, reason):
    with (tmp_path / "things.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["Name", column], ["Cup", ""], ["Pan", value]])
    [(row, where, why)] = refused(shop, tmp_path / "things.csv")
    assert (row, where) == (3, column)
    assert reason in why


def test_rows_that_cannot_be_read_are_refused_and_the_others_go_on(shop, tmp_path):
    (tmp_path / "things.csv").write_text("Name,Amount\nCup,1\n\nPan,2,3\nJar\nPot,4\n", "utf-8")
    assert refused(shop, tmp_path / "things.csv") == [
        (4, "", "has 3 cells, and there are 2 columns"),
        (5, "", "has 1 cell, and there are 2 columns"),
    ]
    (tmp_path / "things.jsonl").write_text('{"Name": "Cup"}\n{"Name": \n[1]\n', "utf-8")
    assert [row for row, *_ in refused(shop, tmp_path / "things.jsonl")] == [2, 3]


def test_all_that_is_wrong_in_a_row_is_told(shop, tmp_path):
    (tmp_path / "things.csv").write_text("Name,Amount,Sold\n,many,1\n", "utf-8")
    with Refusals(tmp_path / "refused.csv") as refusals:
        job(shop, tmp_path / "things.csv").check(refusals)
    assert (refusals.rows, refusals.count) == (1, 2)
    assert str(refusals.first[1]) == "row 2, Amount: takes a number such as 1234.5, not 'many'."
    assert (tmp_path / "refused.csv").read_text("utf-8").splitlines()[
        0
    ] == "refused row,refused because,Name,Amount,Sold"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_file_of_refused_rows_can_be_imported_once_it_is_corrected(shop, tmp_path, form):
    file, listed = tmp_path / f"things.{form}", tmp_path / "refused.csv"
    if form == "csv":
        file.write_text('Name,Amount,Tags\nCup,many,"red; ""green; blue"""\nPan,2\n\nJar,3,red\n', "utf-8")
    else:
        rows = [{"Name": "Cup", "Amount": "many", "Tags": ["red", "green; blue"]}, {"Name": "", "Amount": 2}]
        file.write_text("\n".join(map(json.dumps, [*rows, {"Name": "Jar"}])), "utf-8")
    with Refusals(listed) as refusals:
        work = job(shop, file)
        work.check(refusals)
        work.write(refusals, skip_bad=True)
    assert [one.name for one in Thing.objects.all()] == ["Jar"]
    listed.write_text(listed.read_text("utf-8").replace(",many,", ",7,").replace(",,2,", ",Pan,2,"), "utf-8")
    _, cup, pan = imported(shop, listed)
    assert (cup.name, cup.amount, cup.tags) == ("Cup", 7, ["red", "green; blue"])
    assert (pan.name, pan.amount, pan.tags) == ("Pan", 2, [])
    assert "refused because" in job(shop, listed).columns.left_out


def test_a_link_to_a_record_that_is_not_there_costs_one_look_at_the_table(shop, tmp_path, assert_requests):
    (tmp_path / "things.csv").write_text("Name,Maker\n" + "Cup,nobody\n" * 300, "utf-8")
    work = job(shop, tmp_path / "things.csv")
    with assert_requests(1), Refusals() as refusals:
        assert work.check(refusals) == 0
    assert refusals.rows == 300


# --- writing --------------------------------------------------------------------------------------


@pytest.fixture
def world(client, monkeypatch):
    # What a crash of the machine would lose is no matter here, and the disk takes longer than all the rest.
    monkeypatch.setattr(Journal, "sync", lambda _: None)
    create_tables(client, [shared.Country, shared.Subdivision])
    shared.Country.objects.bulk_create({"code": one.alpha_2} for one in pycountry.countries)
    return client


def of_the_world(world, path, **options):
    return Import(world, reflect(world, "Subdivisions"), path, link_by="label", **options)


def test_twenty_bad_rows_among_all_subdivisions_are_named_and_the_others_are_there_once(world, sandbox, tmp_path):
    file = tmp_path / "subdivisions.csv"
    wrong = shared.write_csv(file, bad=20)
    sandbox.requests.clear()
    with Refusals(tmp_path / "refused.csv") as refusals:
        work = of_the_world(world, file)
        assert work.check(refusals) == len(pycountry.subdivisions)
        assert not any(request.path.endswith("/records") and request.method == "POST" for request in sandbox.requests)
        told = [(one.row, one.column) for one in refusals.first]
        assert told == [(row, column) for row, column, _ in wrong]
        assert all(reason in one.reason for one, (_, _, reason) in zip(refusals.first, wrong, strict=True))
        with pytest.raises(ConfigurationError, match=r"20 rows of .* are wrong: row \d+, Name: is required"):
            work.write(refusals)
        report = work.write(refusals, skip_bad=True)
    assert report.counts == {"created": len(pycountry.subdivisions)}
    with (tmp_path / "refused.csv").open(encoding="utf-8", newline="") as written:
        assert [int(row["refused row"]) for row in csv.DictReader(written)] == [row for row, *_ in wrong]
    rows = shared.Subdivision.objects.to_dicts("code", "name", links="label")
    assert Counter(row["code"] for row in rows) == Counter(one.code for one in pycountry.subdivisions)
    assert not work.journal.exists()


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(world, tmp_path):
    file = tmp_path / "subdivisions.csv"
    shared.write_csv(file, bad=5, count=120)

    def interrupted(done, _):
        if done == 50:
            raise KeyboardInterrupt

    with Refusals() as refusals, pytest.raises(KeyboardInterrupt):
        of_the_world(world, file).write(refusals, skip_bad=True, progress=interrupted)
    with Refusals() as refusals:
        work = of_the_world(world, file)
        assert work.journal.exists()
        report = work.write(refusals, skip_bad=True)
    assert report.counts["earlier"] >= 50
    assert report.done == 120
    assert shared.Subdivision.objects.count() == 120
    assert not work.journal.exists()


def test_another_file_of_the_name_does_not_go_on_with_the_journal(world, tmp_path):
    file = tmp_path / "subdivisions.csv"
    shared.write_csv(file, count=20)

    def interrupted(*_):
        raise KeyboardInterrupt

    with Refusals() as refusals, pytest.raises(KeyboardInterrupt):
        of_the_world(world, file).write(refusals, progress=interrupted)
    file.write_text("Code,Name\n" + "other,one\n" * 20, "utf-8")
    with Refusals() as refusals, pytest.raises(JournalError):
        of_the_world(world, file).write(refusals)
    assert shared.Subdivision.objects.filter(code="other").count() == 0


def test_an_upsert_updates_what_has_the_key_and_creates_the_rest(shop, tmp_path):
    Thing.objects.create(name="Cup", amount=1, size="Small")
    (tmp_path / "things.csv").write_text("Name,Amount,Size\nCup,2,\nPan,3,Large\n,4,\n", "utf-8")
    with Refusals() as refusals:
        work = job(shop, tmp_path / "things.csv", key="Name")
        assert work.check(refusals) == 2
        assert work.write(refusals, skip_bad=True).counts == {"updated": 1, "created": 1}
    assert [(one.name, one.amount, one.size) for one in Thing.objects.order_by("amount")] == [
        ("Cup", 2, None),
        ("Pan", 3, "Large"),
    ]
    assert not work.journal.exists()


@pytest.fixture
def doomed(shop, tmp_path):
    """An import whose second row links to a record that goes away after the rows were checked."""
    makers = [one.id for one in Maker.objects.order_by("created_at")]
    lines = [f"{name},{maker}" for name, maker in zip(("Cup", "Pan", "Jar"), makers, strict=True)]
    (tmp_path / "things.csv").write_text("\n".join(["Name,Maker", *lines]), "utf-8")
    work = job(shop, tmp_path / "things.csv")
    with Refusals() as refusals:
        work.check(refusals)
    Maker.objects.get(id=makers[1]).delete()
    return work


def test_rows_that_the_service_refuses_are_reported_with_their_number(doomed):
    with Refusals() as refusals:
        report = doomed.write(refusals, skip_bad=True)
    assert report.counts == {"created": 2, "failed": 1}
    [refusal] = refusals.first
    assert refusal.row == 3
    assert "has no record" in refusal.reason
    assert not doomed.journal.exists()


def test_a_row_that_the_service_refuses_stops_the_import_which_can_go_on(doomed):
    with Refusals() as refusals, pytest.raises(BulkError, match="1 created, 1 failed, 1 skipped"):
        doomed.write(refusals)
    assert doomed.journal.exists()
    with Refusals() as refusals:
        assert doomed.write(refusals, skip_bad=True).counts == {"earlier": 1, "failed": 1, "created": 1}


def test_a_service_that_lets_nobody_in_stops_the_import_also_where_bad_rows_are_passed_by(shop, tmp_path, monkeypatch):
    (tmp_path / "things.csv").write_text("Name\nCup\nPan\nJar\n", "utf-8")
    work, create, sent = job(shop, tmp_path / "things.csv"), shop.create_record, []

    def refusing(*arguments):
        sent.append(arguments)
        if len(sent) == 2:
            raise Forbidden("no", status=403, code="FORBIDDEN", method="POST", path="/records", attempts=1)
        return create(*arguments)

    monkeypatch.setattr(shop, "create_record", refusing)
    with Refusals() as refusals, pytest.raises(Forbidden):
        work.write(refusals, skip_bad=True)
    assert (refusals.count, len(sent)) == (0, 2)
    with Refusals() as refusals:
        assert work.write(refusals, skip_bad=True).counts == {"earlier": 1, "created": 2}
    assert sorted(one.name for one in Thing.objects.all()) == ["Cup", "Jar", "Pan"]


def test_an_import_of_which_nothing_was_written_leaves_no_journal(shop, tmp_path):
    maker = Maker.objects.get(name="Acme")
    (tmp_path / "things.csv").write_text(f"Name,Maker\nCup,{maker.id}\n", "utf-8")
    work = job(shop, tmp_path / "things.csv")
    with Refusals() as refusals:
        work.check(refusals)
        maker.delete()
        with pytest.raises(BulkError):
            work.write(refusals)
    assert not work.journal.exists()

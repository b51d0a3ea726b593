"""Frames: records as plain data, and the types of their columns, which follow from the fields alone."""

import json
import pickle
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from softrorm import ConfigurationError, InvalidQuery, InvalidValue, Model, fields
from softrorm.client.page import Page

PERSON = {"id": "u1", "name": "Ada", "email": "ada@example.com", "avatarUrl": None}
FILE = {"id": "f1", "url": "https://example.com/a", "filename": "a.pdf", "type": "application/pdf", "size": 9}
LINK = {"id": "p1", "label": "Site"}
NOON, RAW_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC), "2026-11-22T12:00:00.000Z"
TEXT, NUMBER = fields.SingleLineText(), fields.Number()

# Attribute: the field, a raw value, the plain one, and what Arrow, pandas and polars call the column.
TEXTUAL = "string", "string", "String"
WHOLE, FLOAT = ("int64", "Int64", "Int64"), ("double", "float64", "Float64")
EXACT = "decimal128(38, 10)", "object", "Decimal(precision=38, scale=10)"
INSTANT = "timestamp[us, tz=UTC]", "datetime64[us, UTC]", "Datetime(time_unit='us', time_zone='UTC')"
DAY = "date32[day]", "datetime64[us]", "Date"
TEXTS = "list<item: string>", "object", "List(String)"
FILES = (
    "list<item: struct<id: string, filename: string, type: string, size: int64, url: string>>",
    "object",
    "List(Struct({'id': String, 'filename': String, 'type': String, 'size': Int64, 'url': String}))",
)
SAMPLES = {
    "line": (fields.SingleLineText("f0001"), "Launch", "Launch", TEXTUAL),
    "address": (fields.Address("f0002"), {"street": "High St", "no": 1, "zip": None}, "High St, 1", TEXTUAL),
    "done": (fields.Checkbox("f0003"), True, True, ("bool", "bool", "Boolean")),
    "hours": (fields.Number("f0004"), 3, 3, FLOAT),
    "pay": (fields.Currency("f0005"), 12.5, Decimal("12.5"), EXACT),
    "percent": (fields.Percent("f0006"), 2.5, 2.5, FLOAT),
    "stars": (fields.Rating("f0007"), 4, 4, WHOLE),
    "progress": (fields.Progress("f0008"), 60, 60, FLOAT),
    "counted": (fields.Duration("f0009"), 90, 90, FLOAT),
    "spent": (
        fields.Duration("f0010", unit="seconds"),
        1.5,
        timedelta(seconds=1.5),
        ("duration[us]", "timedelta64[us]", "Duration(time_unit='us')"),
    ),
    "at": (fields.DateTime("f0011"), RAW_NOON, NOON, INSTANT),
    "day": (fields.Date("f0012"), "2026-11-22", date(2026, 11, 22), DAY),
    "time": (fields.Time("f0013"), "09:30", "09:30:00", TEXTUAL),
    "range": (
        fields.DateRange("f0014"),
        {"from": "2026-11-22", "to": None},
        {"from": "2026-11-22", "to": None},
        TEXTUAL,
    ),
    "status": (fields.Select("f0015", choices=["Open"]), {"id": "c1", "label": "Open"}, "Open", TEXTUAL),
    "tags": (fields.MultiSelect("f0016"), [{"id": "c1", "label": "a"}, "b"], ["a", "b"], TEXTS),
    "project": (fields.LinkedRecord("f0017", to="self"), LINK, "p1", TEXTUAL),
    "projects": (fields.LinkedRecords("f0018", to="self"), [LINK, {"id": "p2", "label": None}], ["p1", "p2"], TEXTS),
    "owner": (fields.User("f0019"), PERSON, "ada@example.com", TEXTUAL),
    "team": (fields.User("f0020", many=True), [PERSON, {"id": "u2"}], ["ada@example.com", "u2"], TEXTS),
    "files": (fields.Attachment("f0021"), [FILE], [FILE], FILES),
    "names": (fields.Lookup("f0022", returns=TEXT, many=True), ["a", None, "b"], ["a", "b"], TEXTS),
    "all_tags": (fields.Lookup("f0023", returns=fields.MultiSelect(), many=True), ["a", "b"], ["a", "b"], TEXTS),
    "one_name": (fields.Lookup("f0024", returns=TEXT), ["a"], "a", TEXTUAL),
    "total": (fields.Rollup("f0025", returns=NUMBER), 8, 8, FLOAT),
    "due": (fields.Formula("f0026", returns=fields.Date()), "2026-11-22", date(2026, 11, 22), DAY),
    "unknown": (fields.Formula("f0027"), {"a": [1]}, {"a": [1]}, TEXTUAL),
    "linked": (fields.Count("f0028"), 2, 2, WHOLE),
    "number": (fields.Autonumber("f0029"), 7, 7, WHOLE),
    "code": (fields.RecordId("f0030"), "r1", "r1", TEXTUAL),
    "made": (fields.CreatedAt("f0031"), RAW_NOON, NOON, INSTANT),
    "maker": (fields.CreatedBy("f0032"), PERSON, "ada@example.com", TEXTUAL),
    "press": (fields.Button("f0033"), None, None, TEXTUAL),
    "raw": (fields.Raw("f0034"), "text", "text", TEXTUAL),
    "id": (None, "r1", "r1", TEXTUAL),
    "created_at": (None, RAW_NOON, NOON, INSTANT),
}
IN_FRAMES = {"range": '{"from": "2026-11-22", "to": null}', "unknown": '{"a": [1]}', "raw": '"text"'}


class Sampled(Model):
    locals().update({name: field for name, (field, *_) in SAMPLES.items() if field})

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


@pytest.fixture
def answers(client, monkeypatch):
    """``answers(row, ...)`` has the service answer these rows to whatever is asked."""

    def answers(*rows):
        page = Page(rows, offset=0, limit=200, total=len(rows))
        monkeypatch.setattr(client, "list_records", lambda *_, **__: page)
        monkeypatch.setattr(client, "search_records", lambda *_, **__: page)

    return answers


def record(id="r1", **raws):
    named = {SAMPLES[name][0].id: raw for name, raw in raws.items()}
    return {"id": id, "fields": named, "createdAt": RAW_NOON, "updatedAt": RAW_NOON}


FULL = record(**{name: raw for name, (field, raw, *_) in SAMPLES.items() if field})
EMPTY = record("r2", done=False, tags=[], projects=[], files=[], number=8)


def test_dicts_hold_pythons_own_types_that_go_anywhere(answers):
    answers(FULL)
    [got] = Sampled.objects.to_dicts(*SAMPLES)
    assert got == {name: plain for name, (_, _, plain, _) in SAMPLES.items()}
    assert {type(value).__module__ for value in got.values()} <= {"builtins", "datetime", "decimal"}
    assert pickle.loads(pickle.dumps(got)) == got
    json.dumps(got, default=str)


def test_empty_cells_are_none_and_empty_lists(answers):
    answers(EMPTY)
    [got] = Sampled.objects.to_dicts()
    lists = {"tags", "projects", "team", "files", "names", "all_tags"}
    assert {name for name, value in got.items() if value == []} == lists
    given = {name for name, value in got.items() if value is not None} - lists
    assert given == {"done", "number", "id", "created_at", "updated_at"}


def test_what_a_dict_holds_can_be_edited_without_reaching_what_was_read(answers):
    row = record(unknown={"a": [1]}, raw={"b": [2]}, number=1)
    answers(row)
    [got] = Sampled.objects.to_dicts("unknown", "raw")
    got["unknown"]["a"].append(2)
    got["raw"]["b"].append(3)
    assert row == record(unknown={"a": [1]}, raw={"b": [2]}, number=1)


def test_links_stand_by_id_or_by_label(answers):
    answers(FULL)
    assert Sampled.objects.to_dicts("project", "projects", links="label") == [
        {"project": "Site", "projects": ["Site", ""]}
    ]
    with pytest.raises(InvalidQuery, match="links is 'id' or 'label', what is to stand for a linked record, not 'x'"):
        Sampled.objects.to_dicts(links="x")


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "press"])
def test_a_column_is_typed_by_its_field_full_or_empty(answers, name):
    pa, pd, pl = (pytest.importorskip(library) for library in ("pyarrow", "pandas", "polars"))
    _, _, plain, types = SAMPLES[name]
    cell = IN_FRAMES.get(name, plain)
    for rows in [(FULL, EMPTY), (FULL,), (EMPTY,), ()]:
        answers(*rows)
        query = Sampled.objects.all()
        arrow, pandas, polars = query.to_arrow(name), query.to_pandas(name), query.to_polars(name)
        assert (str(arrow.schema.field(name).type), str(pandas.dtypes[name]), str(polars.schema[name])) == types
        assert arrow.num_rows == len(pandas) == polars.height == len(rows)
        if FULL in rows:
            assert arrow[name][0].as_py() == cell
            assert polars[name].to_list()[0] == cell
            shown = pandas[name][0]
            assert (shown.date() if type(plain) is date else shown) == cell
            if EMPTY in rows and name not in {"id", "created_at", "number", "done"}:
                empty = [] if isinstance(plain, list) else None
                assert arrow[name][1].as_py() == polars[name].to_list()[1] == empty
                assert pandas[name][1] == [] if empty == [] else pd.isna(pandas[name][1])
    assert pa
    assert pl


def test_all_attributes_come_in_the_order_of_the_model_unless_some_are_named(answers):
    pd = pytest.importorskip("pandas")
    answers(FULL, EMPTY)
    assert list(Sampled.objects.to_columns()) == list(Sampled._meta.fields)
    frame = Sampled.objects.to_pandas("stars", "id")
    pd.testing.assert_frame_equal(
        frame, pd.DataFrame({"stars": pd.array([4, None], "Int64"), "id": pd.array(["r1", "r2"], "string")})
    )


def test_an_empty_result_has_columns(answers):
    pl = pytest.importorskip("polars")
    answers()
    assert Sampled.objects.to_dicts() == []
    assert Sampled.objects.to_columns("stars", "at") == {"stars": [], "at": []}
    assert Sampled.objects.none().to_polars("stars").equals(pl.DataFrame({"stars": []}, schema={"stars": pl.Int64}))


def test_money_keeps_ten_decimals_in_a_frame_and_all_in_a_dict(answers):
    pytest.importorskip("pyarrow")
    answers(record(pay=3.6100000000000003, number=1))
    assert Sampled.objects.to_columns("pay") == {"pay": [Decimal("3.6100000000000003")]}
    assert Sampled.objects.to_arrow("pay")["pay"].to_pylist() == [Decimal("3.61")]


def test_instants_of_any_offset_are_instants_in_utc(answers):
    pytest.importorskip("polars")
    answers(record(at="2026-11-22T14:00:00+02:00", number=1))
    assert Sampled.objects.to_polars("at")["at"].to_list() == [NOON]


@pytest.mark.parametrize(
    ("raws", "message"),
    [
        ({"stars": 3.5}, "Sampled.stars: the service answered 3.5 (float), which cannot be read as a whole number"),
        ({"hours": "many"}, "Sampled.hours: the service answered 'many' (str), which cannot be read as a number"),
        ({"pay": "much"}, "Sampled.pay: the service answered 'much' (str), which cannot be read as a Decimal"),
        ({"line": 5}, "Sampled.line: the service answered 5 (int), which cannot be read as text"),
        ({"one_name": 5}, "Sampled.one_name: the service answered 5 (int), which cannot be read as text"),
        ({"linked": 1 << 63}, "Sampled.linked: the service answered 9223372036854775808 (int), which cannot be read"),
    ],
)
def test_a_value_that_is_none_of_its_fields_type_is_named(answers, raws, message):
    pytest.importorskip("pyarrow")
    answers(record(**raws, number=1))
    with pytest.raises(InvalidValue) as caught:
        Sampled.objects.to_arrow(*raws)
    assert message in str(caught.value)
    assert "declare the field as fields.Raw()" in str(caught.value)


@pytest.mark.parametrize("method", ["to_dicts", "to_columns", "to_arrow", "to_pandas", "to_polars"])
def test_an_unknown_attribute_is_refused_before_any_request(world, assert_requests, method):
    with assert_requests(0), pytest.raises(InvalidQuery, match=r"Task has no field 'qyt'. Did you mean 'qty'"):
        getattr(world.Task.objects, method)("qyt")


@pytest.mark.parametrize(
    ("method", "package", "extra"),
    [("to_arrow", "pyarrow", "arrow"), ("to_pandas", "pandas", "pandas"), ("to_polars", "polars", "polars")],
)
def test_a_library_that_is_not_there_is_named_with_its_extra(
    world, assert_requests, monkeypatch, method, package, extra
):
    monkeypatch.setitem(sys.modules, package, None)
    with assert_requests(0), pytest.raises(ConfigurationError) as caught:
        getattr(world.Task.objects, method)()
    assert f"{method}() needs the package {package}" in str(caught.value)
    assert f"pip install 'softrorm[{extra}]'" in str(caught.value)


def test_frames_agree_with_instances_and_take_a_request_a_page(world, assert_requests):
    world.fill(250)
    query = world.Task.objects.filter(qty__gte=20).order_by("-qty")
    expected = [{"title": task.title, "qty": task.qty, "due": task.due} for task in query]
    with assert_requests(2):
        assert query.to_dicts("title", "qty", "due") == expected
    with assert_requests(2):
        assert query.to_columns("qty") == {"qty": list(range(249, 19, -1))}
    with assert_requests(1):
        assert query[5:7].to_columns("qty") == {"qty": [244, 243]}


def test_without_an_order_a_frame_is_read_by_a_stable_scan(world, assert_requests):
    world.fill(3)
    with assert_requests(1) as seen:
        assert world.Task.objects.to_columns("title") == {"title": ["t0", "t1", "t2"]}
    assert seen[0].body["sorting"] == [{"sortingField": "created_at", "sortType": "ASC"}]


def test_dicts_can_be_written_back(world):
    project = world.Project.objects.create(name="Site")
    world.fill(2, status="Open", tags=["a"], project=project)
    rows = world.Task.objects.to_dicts("title", "qty", "due", "status", "tags", "project")
    world.Task.objects.bulk_create(world.Task(**row) for row in rows)
    assert world.Task.objects.to_dicts(*rows[0]) == rows * 2


def test_the_frames_of_two_tables_join_by_id(world):
    pytest.importorskip("polars")
    project = world.Project.objects.create(name="Site")
    world.fill(2, project=project)
    tasks = world.Task.objects.to_polars("title", "project")
    projects = world.Project.objects.to_polars("id", "name")
    joined = tasks.join(projects, left_on="project", right_on="id")
    assert joined["name"].to_list() == ["Site", "Site"]


def test_plain_data_and_aggregates_import_no_library_for_frames():
    code = """
import sys
from softrorm import Model, Sum, configure, fields
from softrorm.schema import create_tables
class Task(Model):
    qty = fields.Number()
    title = fields.SingleLineText()
create_tables(configure(url="sandbox:"), [Task])
Task.objects.create(qty=1)
print(Task.objects.to_dicts("qty"), Task.objects.aggregate(Sum("qty")))
print([name for name in ("pandas", "numpy", "polars", "pyarrow") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[{'qty': 1}] {'qty__sum': 1}", "[]"]

"""What is dirty follows from comparing what came with what is: no flags, nothing lost."""

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum

import pytest

from softrorm import Choice, InvalidValue, Model, fields

DONE, OPEN = "6f3c2a10-1111-4222-8333-444455556666", "7f3c2a10-1111-4222-8333-444455556666"


class Other(Model):
    name = fields.SingleLineText("Name0")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "StatTable00001"


class Task(Model):
    title = fields.SingleLineText("Title", required=True)
    note = fields.LongText("Note0")
    qty = fields.Number("Qty00")
    price = fields.Currency("Price")
    done = fields.Checkbox("Done0")
    due = fields.DateTime("Due00")
    status = fields.Select("Stat0", choices={"Done": DONE, "Open": OPEN})
    tags = fields.MultiSelect("Tags0")
    parent = fields.LinkedRecord("Paren", to=Other)
    others = fields.LinkedRecords("Other", to=Other)
    files = fields.Attachment("Files")
    odd = fields.Raw("Odd00")
    total = fields.Formula("Total")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "StatTable00002"


def record():
    return {
        "id": "rrrrrrrrrrrrrr",
        "fields": {
            "Title": "x",
            "Note0": None,
            "Qty00": 5,
            "Price": 12.1,
            "Done0": False,
            "Due00": "2026-01-09T12:00:00.000Z",
            "Stat0": {"id": DONE, "label": "Done"},
            "Tags0": [{"id": "id-a", "label": "a"}],
            "Paren": {"id": "aaaaaaaaaaaaaa", "label": "A"},
            "Other": [{"id": "aaaaaaaaaaaaaa", "label": "A"}, {"id": "bbbbbbbbbbbbbb", "label": "B"}],
            "Files": [{"id": "f1", "url": "https://s3/1", "filename": "a", "type": "t", "size": 1}],
            "Odd00": {"deep": [1, {"x": 2}]},
            "Total": ["a", "b"],
        },
        "createdAt": "2026-01-09T16:17:19Z",
        "updatedAt": "2026-01-09T16:17:19.123Z",
    }


@pytest.fixture
def task():
    return Task.from_record(record())


def test_reading_everything_changes_nothing(task):
    assert task.to_dict()["price"] == Decimal("12.1")
    assert (task.dirty_fields, task.is_dirty, task.to_wire()) == ({}, False, {})
    assert (task.created_at.microsecond, task.updated_at.microsecond) == (0, 123000)
    assert list(task.to_dict()) == list(Task._meta.fields)


@pytest.mark.parametrize(
    ("name", "value", "wire"),
    [
        ("title", "y", {"Title": "y"}),
        ("note", "n", {"Note0": "n"}),
        ("qty", None, {"Qty00": None}),
        ("qty", 5.5, {"Qty00": 5.5}),
        ("price", Decimal("0.10"), {"Price": 0.1}),
        ("done", True, {"Done0": True}),
        ("due", datetime(2027, 1, 1, tzinfo=UTC), {"Due00": "2027-01-01T00:00:00.000Z"}),
        ("status", "Open", {"Stat0": OPEN}),
        ("status", None, {"Stat0": None}),
        ("tags", ["b"], {"Tags0": ["b"]}),
        ("tags", [], {"Tags0": []}),
        ("parent", None, {"Paren": []}),
        ("parent", "bbbbbbbbbbbbbb", {"Paren": ["bbbbbbbbbbbbbb"]}),
        ("others", ["bbbbbbbbbbbbbb"], {"Other": ["bbbbbbbbbbbbbb"]}),
        ("files", "https://x.org/b", {"Files": [{"url": "https://x.org/b"}]}),
        ("odd", 5, {"Odd00": 5}),
    ],
)
def test_a_change_is_seen_sent_alone_and_gone_when_it_is_undone(task, name, value, wire):
    before = getattr(task, name)
    setattr(task, name, value)
    assert list(task.dirty_fields) == [name]
    assert task.to_wire() == wire
    setattr(task, name, before)
    assert not task.is_dirty


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("title", "x"),
        ("note", ""),
        ("qty", 5.0),
        ("price", 12.1),
        ("due", datetime(2026, 1, 9, 12, 0, 0, 999, tzinfo=UTC)),  # the wire keeps milliseconds
        ("status", "Done"),
        ("tags", ["a"]),
        ("parent", "aaaaaaaaaaaaaa"),
        ("others", ("aaaaaaaaaaaaaa", "bbbbbbbbbbbbbb")),
        ("odd", {"deep": [1, {"x": 2}]}),
    ],
)
def test_setting_what_is_there_is_no_change(task, name, same):
    setattr(task, name, same)
    assert not task.is_dirty


@pytest.mark.parametrize(
    ("edit", "wire"),
    [
        (lambda task: task.tags.append("b"), {"Tags0": ["id-a", "b"]}),
        (lambda task: task.tags.clear(), {"Tags0": []}),
        (lambda task: task.others.reverse(), {"Other": ["bbbbbbbbbbbbbb", "aaaaaaaaaaaaaa"]}),
        (lambda task: task.others.append("cccccccccccccc"), {"Other": ["aaaaaaaaaaaaaa", "bbbbbbbbbbbbbb", "c" * 14]}),
        (lambda task: task.files.clear(), {"Files": []}),
        (lambda task: task.odd["deep"].append(3), {"Odd00": {"deep": [1, {"x": 2}, 3]}}),
    ],
)
def test_edits_in_place_are_seen_and_never_reach_the_snapshot(task, edit, wire):
    edit(task)
    assert task.to_wire() == wire
    assert task._record == record()


def test_what_is_computed_can_be_edited_by_nobody_not_even_in_place(task):
    task.total.append("c")
    assert not task.is_dirty
    assert task._record == record()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda task: task.tags.append(5), r"^Task\.tags takes the label of a choice, not 5 \(int\)\.$"),
        (
            lambda task: task.others.__setitem__(0, 5),
            r"^Task\.others takes an instance of Other, or the id of one, not 5 \(int\)\.$",
        ),
        (lambda task: task.files.append("b.png"), r"^Task\.files takes addresses such as"),
    ],
)
def test_an_edit_in_place_is_checked_before_it_is_sent(task, edit, message):
    edit(task)
    assert task.is_dirty
    with pytest.raises(InvalidValue, match=message):
        task.to_wire()


def test_a_new_record_sends_what_it_was_given():
    new = Task(title="x", note=None, tags=())
    assert new.to_wire() == {"Title": "x", "Note0": None, "Tags0": []}
    assert (new.qty, new.done, new.others, new.id, new.created_at) == (None, False, [], None, None)
    assert new.to_wire() == {"Title": "x", "Note0": None, "Tags0": []}  # reading gives nothing
    new.others.append("aaaaaaaaaaaaaa")
    assert new.to_wire()["Other"] == ["aaaaaaaaaaaaaa"]
    assert Task().is_dirty


def test_a_type_nobody_knows_survives_a_round_trip(task):
    task.odd = task.odd
    assert task.to_wire() == {}
    copied = Task(title="y", odd=task.odd)
    assert copied.to_wire()["Odd00"] == {"deep": [1, {"x": 2}]}


def test_a_required_text_is_never_none():
    empty = Task.from_record({**record(), "fields": {**record()["fields"], "Title": None}})
    assert empty.title == ""
    for blank in ("", None):
        with pytest.raises(InvalidValue, match=r"^Task\.title is required and cannot be emptied with "):
            empty.title = blank


def test_a_field_that_the_answer_lacks_reads_as_empty():
    bare = Task.from_record({"id": "rrrrrrrrrrrrrr", "fields": {}})
    assert (bare.title, bare.tags, bare.done, bare.parent, bare.created_at) == ("", [], False, None, None)
    bare.tags.append("a")
    assert bare.to_wire() == {"Tags0": ["a"]}


@pytest.mark.parametrize("wrong", [None, {}, {"id": "x"}, {"fields": {}}, {"id": "x", "fields": []}, "x"])
def test_what_is_no_record_is_refused(wrong):
    with pytest.raises(InvalidValue, match=r"^Task\.from_record\(\) takes a record with 'id' and 'fields', not "):
        Task.from_record(wrong)


def test_a_value_that_cannot_be_read_says_so_and_hides_nothing_else():
    odd = Task.from_record({**record(), "fields": {**record()["fields"], "Due00": "soon"}})
    with pytest.raises(
        InvalidValue, match=r"^Task\.due: the service answered 'soon' \(str\), which cannot be read as a"
    ):
        odd.due  # noqa: B018
    assert (odd.title, repr(odd)) == (
        "x",
        "<Task rrrrrrrrrrrrrr title='x' qty=5 status=Choice('Done', id='" + DONE + "')>",
    )


class Plain(Enum):
    DONE = "Done"
    OPEN = "Open"


class Strings(StrEnum):
    DONE = "Done"
    OPEN = "Open"


class Mixed(str, Enum):  # noqa: UP042 - the form of Python 3.10
    DONE = "Done"
    OPEN = "Open"


class Choices(Choice, Enum):
    DONE = "Done", DONE, "#0f0"
    OPEN = "Open", OPEN


class Ready(fields.Choices):
    DONE = "Done", DONE, "#0f0"
    OPEN = "Open", OPEN


class Wrapped(Enum):
    DONE = Choice("Done", DONE)
    OPEN = Choice("Open", OPEN)


ENUMS = pytest.mark.parametrize("enum", [Plain, Strings, Mixed, Choices, Ready, Wrapped])


def with_enum(enum):
    class Card(Model):
        status = fields.Select("Stat0", choices=enum)
        tags = fields.MultiSelect("Tags0", choices=enum)
        title = fields.SingleLineText("Title")

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "StatTable00003"

    return Card


@ENUMS
def test_every_form_of_enum_reads_as_its_members(enum):
    card = with_enum(enum).from_record(record())
    assert card.status is enum.DONE
    assert not card.is_dirty
    card.status = enum.DONE
    assert not card.is_dirty
    card.status = "Open"
    assert card.status is enum.OPEN
    card.tags = [enum.DONE, "Open"]
    assert card.tags == [enum.DONE, enum.OPEN]


@ENUMS
def test_every_form_of_enum_is_written_by_id_where_it_knows_one_and_by_label_else(enum):
    card = with_enum(enum)(status=enum.OPEN, tags=[enum.DONE])
    known = enum in {Choices, Ready, Wrapped}
    assert card.to_wire() == {"Stat0": OPEN if known else "Open", "Tags0": [DONE if known else "Done"]}
    asked = with_enum(enum).objects.filter(status=enum.DONE).to_dict()["filter"]["condition"]
    assert asked["rightSide"] == (DONE if known else "Done")


@ENUMS
def test_a_text_takes_the_label_of_an_enum_that_is_text(enum):
    card = with_enum(enum)
    if issubclass(enum, str):
        assert card(title=enum.DONE).to_wire() == {"Title": "Done"}
        assert card.objects.filter(title=enum.DONE).to_dict()["filter"]["condition"]["rightSide"] == "Done"
    else:
        with pytest.raises(InvalidValue, match=r"^Card\.title takes text, not <"):
            card(title=enum.DONE)


def test_a_member_of_choices_is_its_label_and_knows_its_id_and_colour():
    assert (str(Ready.DONE), Ready.DONE.label, Ready.DONE.id, Ready.DONE.color) == ("Done", "Done", DONE, "#0f0")
    assert (f"{Ready.OPEN}", Ready.OPEN.color) == ("Open", None)
    assert Ready("Open") is Ready.OPEN
    assert pickle.loads(pickle.dumps(Ready.OPEN)) is Ready.OPEN


def test_the_member_of_another_enum_counts_as_its_label():
    assert with_enum(Plain)(status=Strings.OPEN).status is Plain.OPEN
    with pytest.raises(InvalidValue, match=r"^Card\.status takes one of 'Done', 'Open', not"):
        with_enum(Plain)(status=Enum("Odd", {"X": "Odd"}).X)


def test_a_choice_that_is_known_no_more_reads_as_it_is_and_may_stay():
    class Card(Model):
        status = fields.Select("Stat0", choices=["Open", "Done"])

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "StatTable00004"

    old = {"id": "rrrrrrrrrrrrrr", "fields": {"Stat0": {"id": "Offen", "label": "Offen"}}}
    card = Card.from_record(old)
    assert (card.status, card.status.id, card.is_dirty) == ("Offen", "Offen", False)
    other = Card(status=card.status)
    assert other.to_wire() == {"Stat0": "Offen"}
    with pytest.raises(InvalidValue, match=r"^Card\.status takes one of 'Open', 'Done', not 'Begonnen' \(str\)\.$"):
        Card(status="Begonnen")


def test_the_id_of_a_choice_serves_its_own_field_only():
    class Left(Model):
        status = fields.Select("StatL")

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "StatTable00005"

    class Right(Model):
        status = fields.Select("StatR")
        strict = fields.Select("Stric", choices=["A"])

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "StatTable00006"

    left = Left.from_record({"id": "rrrrrrrrrrrrrr", "fields": {"StatL": {"id": DONE, "label": "Done"}}})
    assert Left(status=left.status).to_wire() == {"StatL": DONE}
    assert Right(status=left.status).to_wire() == {"StatR": "Done"}
    with pytest.raises(InvalidValue, match=r"^Right\.strict takes one of 'A', not Choice\('Done'"):
        Right(strict=left.status)


def test_a_choice_read_from_a_declared_label_is_asked_for_by_its_id():
    class Card(Model):
        status = fields.Select("Stat0", choices=["Open", "Done"])

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "StatTable00007"

    card = Card.from_record({"id": "rrrrrrrrrrrrrr", "fields": {"Stat0": {"id": DONE, "label": "Done"}}})
    asked = Card.objects.filter(status=card.status).to_dict()["filter"]["condition"]
    assert asked["rightSide"] == DONE
    assert Card(status=card.status).to_wire() == {"Stat0": DONE}
    assert Card(status="Done").to_wire() == {"Stat0": "Done"}

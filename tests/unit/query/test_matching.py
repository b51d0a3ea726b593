"""``matches()`` judges a record in memory by the server's semantics."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from softrorm import Dialect, InvalidQuery, Model, Q, fields, today
from softrorm.sandbox import Sandbox


class Task(Model):
    title = fields.SingleLineText("Title")
    qty = fields.Number("Qty00")
    due = fields.DateTime("Due00")
    done = fields.Checkbox("Done0")
    status = fields.Select("Stat0", choices=["Done", "Open"])
    tags = fields.MultiSelect("Tags0")
    parent = fields.LinkedRecord("Paren", to="self")
    odd = fields.Raw("Odd00")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TaskTable00005"


NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)  # one name for all workers


@pytest.mark.parametrize(
    ("values", "asked", "expected"),
    [
        ({"title": "Ärger"}, Q(title="äRGER"), True),
        ({"title": "Straße"}, Q(title__contains="STRASS"), True),
        ({"title": "abc"}, Q(title__starts_with="B"), False),
        ({"title": "abc"}, Q(title__ends_with="C"), True),
        ({"qty": 5}, Q(qty__is_between=(5, 9)), True),
        ({"qty": 5}, Q(qty__is_not_between=(5, 9)), False),
        ({"qty": 0}, Q(qty=None), False),
        ({}, Q(qty=None), True),
        ({}, Q(qty__lt=5), False),
        ({}, Q(qty__is_not=5), True),
        ({}, ~Q(qty__lt=5), True),
        ({"done": True}, Q(done=True), True),
        ({}, Q(done__is_not=True), True),
        ({"due": NOW}, Q(due=today()), True),
        ({"due": NOW}, Q(due__lt=NOW + timedelta(seconds=1)), True),
        ({"status": "Done"}, Q(status__in=["Done", "Open"]), True),
        ({"status": "Done"}, Q(status__in=[]), False),
        ({"tags": ["a", "b"]}, Q(tags__has_all_of=["B", "a"]), True),
        ({"tags": ["a", "b"]}, Q(tags__has_none_of=["b"]), False),
        ({"tags": ["a"]}, Q(tags="a"), True),
        ({"tags": []}, Q(tags__has_all_of=[]), True),
        ({"parent": "aaaaaaaaaaaaaa"}, Q(parent="aaaaaaaaaaaaaa"), True),
        ({"title": "x", "qty": 1}, Q(title="x") & (Q(qty=2) | Q(done=True)), False),
        ({"odd": {"a": 1}}, Q(odd={"a": 1}), True),
        ({"odd": "Ä"}, Q(odd__contains="ä"), True),
    ],
    ids=repr,
)
def test_a_record_is_judged_as_the_server_would(values, asked, expected, client):
    assert Task.objects.filter(asked).matches(Task(**values)) is expected
    assert Task.objects.exclude(asked).matches(Task(**values)) is not expected


def test_what_negative_operators_say_of_empty_cells_is_the_dialects():
    skipping = replace(Dialect.CURRENT, negatives_match_empty=False)
    with Sandbox() as sandbox:
        query = Task.objects.filter(qty__is_not=5)
        assert query.matches(Task())
        assert not query.using(sandbox.client(dialect=skipping)).matches(Task())


def test_only_the_server_knows_what_a_raw_filter_means(client):
    raw = Task.objects.raw_filter({"leftSide": "Title", "operator": "IS", "rightSide": "x"})
    with pytest.raises(InvalidQuery, match=r"^matches\(\) cannot judge <raw "):
        raw.matches(Task(title="x"))
    assert not raw.filter(title="y").matches(Task(title="x"))  # one false condition decides
    with pytest.raises(InvalidQuery, match=r"^matches\(\) cannot judge <Task\.odd GREATER_THAN 5>"):
        Task.objects.filter(odd__gt=5).matches(Task(odd="text"))


def test_only_a_record_of_the_model_can_match(client):
    with pytest.raises(InvalidQuery, match=r"^matches\(\) takes an instance of Task, not 'x'\.$"):
        Task.objects.filter(qty=1).matches("x")

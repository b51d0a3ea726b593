"""The mapper's own reading of a filter and the sandbox's search, written apart, agree on random trees and records.

Each law runs in several dialects: the tree is compiled and searched by the sandbox on one side, and judged record by
record in memory on the other.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softrorm import Dialect, Model, Q, fields, past, this, today, tomorrow, upcoming, yesterday
from softrorm.query.operators import OPERATORS, Arity, Family
from softrorm.sandbox import Sandbox

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC)
DIALECTS = [
    Dialect.CURRENT,
    replace(Dialect.CURRENT, name="negatives match empty cells", negatives_match_empty=True),
    replace(Dialect.CURRENT, name="negatives skip empty cells", negatives_match_empty=False),
    replace(Dialect.JUNE_2025, sort_key="sorting"),
]


class Mood(Enum):
    GLAD = "Glad"
    SAD = "Sad"
    MAD = "Mäd"


class Row(Model):
    text = fields.SingleLineText(required=True)
    note = fields.LongText()
    number = fields.Number()
    price = fields.Currency()
    stars = fields.Rating()
    done = fields.Checkbox()
    mood = fields.Select(choices=Mood)
    tags = fields.MultiSelect(choices=["a", "B", "ä"])
    at = fields.DateTime()
    day = fields.Date()
    other = fields.LinkedRecord(to="Other")
    others = fields.LinkedRecords(to="Other")

    class Meta:
        table_name = "Rows"


class Other(Model):
    name = fields.SingleLineText()
    size = fields.Number()

    class Meta:
        table_name = "Others"


TEXTS = ["Ärger", "ärger im Büro", "büro", "Street", "STRASSE", "straße", "x", "ab", "b a"]
NUMBERS = [0, 1, -2, 2.5, 1000000, 0.1]
PRICES = [Decimal("0.1"), Decimal("12.50"), Decimal(3)]
INSTANTS = [TODAY + timedelta(hours=hours) for hours in (-24 * 400, -24 * 31, -25, -1, 0, 5, 23, 24, 24 * 8, 24 * 90)]
DAYS = [(TODAY + timedelta(days=days)).date() for days in (-400, -31, -8, -1, 0, 1, 6, 30, 100)]
RELATIVE = [
    *(today(), yesterday(), tomorrow(), past("week"), past("month"), past(7), this("month"), this("quarter")),
    *(upcoming("year"), upcoming(3), this("day")),
]


def schema_of(choice_labels):
    return {"choices": [{"label": label} for label in choice_labels]}


@pytest.fixture(scope="module", params=DIALECTS, ids=lambda dialect: dialect.name)
def rows(request):
    """A table of random rows, empties included, at a sandbox that speaks one dialect."""
    import random

    random_ = random.Random(7)
    with Sandbox(dialect=request.param) as sandbox:
        client = sandbox.client(dialect=request.param)
        database = client.create_database("Laws", sandbox.workspace_id).id
        sizes = [{"name": "Size", "type": "NUMBER"}]
        other = client.create_table(database, "Others", primary_field_name="Name", fields=sizes)
        table = client.create_table(
            database,
            "Rows",
            primary_field_name="Text",
            fields=[
                {"name": "Note", "type": "LONG_TEXT"},
                {"name": "Number", "type": "NUMBER"},
                {"name": "Price", "type": "CURRENCY", "options": {"precision": 2}},
                {"name": "Stars", "type": "RATING", "options": {"max": 5}},
                {"name": "Done", "type": "CHECKBOX"},
                {"name": "Mood", "type": "SELECT", "options": schema_of(m.value for m in Mood)},
                {"name": "Tags", "type": "SELECT", "options": schema_of("aBä"), "allowMultipleEntries": True},
                {"name": "At", "type": "DATETIME", "options": {"precision": "DATETIME"}},
                {"name": "Day", "type": "DATETIME", "options": {"precision": "DATE"}},
                {"name": "Other", "type": "LINKED_RECORD", "options": {"linkedTableId": other.id}},
                {
                    "name": "Others",
                    "type": "LINKED_RECORD",
                    "options": {"linkedTableId": other.id},
                    "allowMultipleEntries": True,
                },
            ],
        )
        Row.bind(client, database=database, table=table.id)
        Other.bind(client, database=database, table=other.id)
        targets = [Other(name=name, size=size) for name, size in [("p", 1), ("q", 3), ("r", None), (None, 5)]]
        for target in targets:
            target.save(using=client)

        def maybe(values):
            return random_.choice([None, *values])

        for number in range(45):
            Row(
                text=random_.choice(TEXTS) + str(number % 3),
                note=maybe(TEXTS),
                number=maybe(NUMBERS),
                price=maybe(PRICES),
                stars=maybe([0, 3, 5]),
                done=random_.random() < 0.5,
                mood=maybe(Mood),
                tags=random_.sample(["a", "B", "ä"], random_.randint(0, 3)),
                at=maybe(INSTANTS),
                day=maybe(DAYS),
                other=maybe(targets),
                others=random_.sample(targets, random_.randint(0, 4)),
            ).save(using=client)
        everything = Row.objects.using(client).prefetch("other", "others")
        yield everything, list(everything), targets


def operands(field, family, targets):
    """Right sides that a field's conditions may have."""
    pools = {
        Family.TEXT: [*TEXTS, "r", "ÄR", "ß", "1"],
        Family.NUMBER: [*PRICES, 3, 0.1] if field == "price" else [*NUMBERS, 3] if field == "number" else [0, 3, 5],
        Family.DATE: [*INSTANTS, *DAYS, *RELATIVE] if field in {"at", "created_at"} else [*DAYS, *RELATIVE],
        Family.BOOLEAN: [True, False],
        Family.ONE_NAMED: list(Mood) if field == "mood" else targets,
        Family.MANY_NAMED: ["a", "B", "ä"] if field == "tags" else targets,
    }
    return st.sampled_from(pools[family])


@st.composite
def conditions(draw, targets):
    known = {name: field for name, field in Row._meta.fields.items() if name not in {"id", "updated_at"}}
    known |= {f"{link}__{name}": Other._meta.fields[name] for link in ("other", "others") for name in ("name", "size")}
    name = draw(st.sampled_from(list(known)))
    family = known[name].family
    operator = draw(st.sampled_from([op for op in OPERATORS if op.takes(family)]))
    one = operands(name, family, targets)
    if name == "created_at" and (operator.arity is Arity.MANY or operator.name in {"IS", "IS_NOT"}):
        one = st.sampled_from([*INSTANTS, *RELATIVE])  # a whole day is refused there: the record's dates are instants
    if operator.arity is Arity.NONE:
        value = draw(st.booleans())
    elif operator.arity is Arity.ONE:
        value = draw(one)
    elif operator.arity is Arity.MANY:
        value = draw(st.lists(one, max_size=3))
    else:
        value = sorted((draw(one), draw(one)), key=low_end)
    return Q(**{f"{name}__{operator.lookup}": value})


def low_end(value):
    """Bounds in order; dates by their first instant."""
    if hasattr(value, "span"):
        return value.span().start
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


def trees(targets):
    return st.recursive(
        conditions(targets),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
            st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
            inner.map(lambda one: ~one),
        ),
        max_leaves=6,
    )


@given(data=st.data())
def test_a_search_answers_the_records_that_match_in_memory(rows, data):
    everything, records, targets = rows
    tree = data.draw(trees(targets))
    narrowed = everything.filter(tree)
    assert {row.id for row in narrowed} == {row.id for row in records if narrowed.matches(row)}


@given(data=st.data())
def test_filter_and_exclude_divide_the_table(rows, data):
    everything, records, targets = rows
    tree = data.draw(trees(targets))
    kept = {row.id for row in everything.filter(tree)}
    dropped = {row.id for row in everything.exclude(tree)}
    assert kept | dropped == {row.id for row in records}
    assert not kept & dropped


@given(data=st.data())
def test_de_morgan_holds_on_the_server(rows, data):
    everything, _, targets = rows
    left, right = data.draw(trees(targets)), data.draw(trees(targets))
    assert set(everything.filter(~(left & right))) == set(everything.filter(~left | ~right))

"""Limits of values and of declarations: what cannot work is refused where it is written."""

from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from softrorm import InvalidValue, Model, fields


@pytest.mark.parametrize(
    ("field", "given", "stored"),
    [
        (fields.Number("aaaaa", precision=2), 0.1 + 0.2, 0.3),
        (fields.Currency("aaaaa", precision=2), 0.1 + 0.2, Decimal("0.3")),
        (fields.Number("aaaaa", precision=0), 10**30, 10**30),
    ],
)
def test_what_adding_floats_leaves_is_rounded_away_and_large_numbers_are_no_trouble(field, given, stored):
    class Thing(Model):
        value = field

    assert Thing(value=given).value == stored


@pytest.mark.parametrize(
    ("field", "given"),
    [
        (fields.Currency("aaaaa", precision=2), Decimal("123456789012345678901234567890.5")),
        (fields.DateTime("aaaaa"), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))),
        (fields.Time("aaaaa"), time(9, 30, tzinfo=UTC)),
        (fields.Time("aaaaa"), time(9, 30, 1, 5)),
    ],
)
def test_values_that_the_wire_cannot_carry_are_refused_at_assignment(field, given):
    class Thing(Model):
        value = field

    with pytest.raises(InvalidValue, match=r"Thing\.value takes"):
        Thing(value=given)


@pytest.mark.parametrize(
    "declare",
    [
        lambda: fields.Number(precision=-1),
        lambda: fields.Number(min=3, max=1),
        lambda: fields.SingleLineText(max_length=0),
        lambda: fields.Select(choices="AB"),
        lambda: fields.Select(choices=["A", "B", "A"]),
    ],
)
def test_declarations_that_cannot_be_meant_are_refused(declare):
    with pytest.raises(InvalidValue):
        declare()

"""Conditions on dates: ISO text, instants, milliseconds, relative dates, system times (wire-facts 10)."""

import pytest

INSTANTS = {
    "a": "2026-11-20T23:59:59.999Z",
    "b": "2026-11-21T00:00:00Z",
    "c": "2026-11-21T23:59:59.999Z",
    "d": "2026-11-22T00:00:00Z",
}


@pytest.fixture
def table(api):
    table = api.table({"name": "Due", "type": "DATETIME"})
    for name, moment in INSTANTS.items():
        table.create(Name=name, Due=moment)
    table.create(Name="e")
    return table


@pytest.mark.parametrize(
    ("operator", "right", "found"),
    [
        ("IS", "2026-11-21", "bc"),
        ("IS_NOT", "2026-11-21", "ade"),
        ("GREATER_THAN", "2026-11-21", "d"),
        ("GREATER_THAN_OR_EQUALS", "2026-11-21", "bcd"),
        ("LESS_THAN", "2026-11-21", "a"),
        ("LESS_THAN_OR_EQUALS", "2026-11-21", "abc"),
        ("IS_ONE_OF", ["2026-11-20", "2026-11-22T00:00:00.000Z"], "ad"),
        ("IS", "2026-11-21T00:00:00Z", "b"),
        ("IS", "2026-11-21T01:00:00+01:00", "b"),
        ("GREATER_THAN", "2026-11-21T00:00:00Z", "cd"),
        ("IS", 1_795_219_200_000, "b"),
        ("IS", "1795219200000", "b"),
        ("LESS_THAN", 1_795_219_200_000.0, "a"),
        ("IS", "PREDEFINED:TODAY", "d"),
        ("IS", "PREDEFINED:YESTERDAY", "bc"),
        ("LESS_THAN", "PREDEFINED:TODAY", "abc"),
        ("IS", "PREDEFINED:TOMORROW", ""),
        ("IS", "RELATIVE_DATE:PAST:1", "bcd"),
        ("IS", "RELATIVE_DATE:NEXT:1", "d"),
        ("IS_WITHIN", "RELATIVE_DATE:THIS:WEEK", "abcd"),
        ("IS_NOT_WITHIN", "RELATIVE_DATE:PAST:DAY", "ade"),
        ("CONTAINS", "2026-11-21T23", "c"),
        ("IS_EMPTY", None, "e"),
    ],
)
def test_a_right_side_is_a_span_of_time(table, operator, right, found):
    assert "".join(table.names("Due", operator, right)) == found


@pytest.mark.parametrize(
    ("right", "first", "last"),
    [
        ("THIS:DAY", "2026-11-22", "2026-11-22"),
        ("PAST:DAY", "2026-11-21", "2026-11-21"),
        ("NEXT:DAY", "2026-11-23", "2026-11-23"),
        ("THIS:WEEK", "2026-11-16", "2026-11-22"),
        ("PAST:WEEK", "2026-11-09", "2026-11-15"),
        ("NEXT:WEEK", "2026-11-23", "2026-11-29"),
        ("THIS:MONTH", "2026-11-01", "2026-11-30"),
        ("PAST:MONTH", "2026-10-01", "2026-10-31"),
        ("NEXT:MONTH", "2026-12-01", "2026-12-31"),
        ("THIS:QUARTER", "2026-10-01", "2026-12-31"),
        ("PAST:QUARTER", "2026-07-01", "2026-09-30"),
        ("NEXT:QUARTER", "2027-01-01", "2027-03-31"),
        ("THIS:YEAR", "2026-01-01", "2026-12-31"),
        ("PAST:YEAR", "2025-01-01", "2025-12-31"),
        ("NEXT:YEAR", "2027-01-01", "2027-12-31"),
        ("PAST:7", "2026-11-15", "2026-11-22"),
        ("NEXT:7", "2026-11-22", "2026-11-29"),
    ],
)
def test_a_relative_date_is_a_span_of_whole_days_in_utc(right, first, last):
    from softrorm.sandbox import dates

    start, end = dates.span(f"RELATIVE_DATE:{right}", 1_795_341_600_250)
    assert (dates.instant_text(start), dates.instant_text(end)) == (f"{first}T00:00:00.000Z", f"{last}T23:59:59.999Z")


@pytest.mark.parametrize(
    "wrong",
    [
        "PREDEFINED:SOMEDAY",
        "RELATIVE_DATE:PAST",
        "RELATIVE_DATE:PAST:FORTNIGHT",
        "RELATIVE_DATE:THIS:7",
        "RELATIVE_DATE:LAST:WEEK",
        "2026-13-01",
        "",
        True,
        10**30,
        "9" * 17,
    ],
)
def test_a_right_side_that_is_no_date_is_a_bad_request(table, wrong):
    condition = table.condition("Due", "IS", wrong)
    assert table.search_error(filter={"condition": condition}) == (400, "BAD_REQUEST")


def test_a_field_of_dates_compares_days(api):
    table = api.table({"name": "Due", "type": "DATETIME", "options": {"precision": "DATE"}})
    table.create(Name="a", Due="2026-11-21")
    assert table.names("Due", "IS", "2026-11-21T15:00:00Z") == ["a"]
    assert table.names("Due", "GREATER_THAN", "2026-11-21T15:00:00Z") == []
    assert table.names("Due", "IS", "PREDEFINED:YESTERDAY") == ["a"]


def test_a_date_range_is_compared_by_its_start(api):
    table = api.table({"name": "Trip", "type": "DATE_RANGE"})
    table.create(Name="a", Trip={"from": "2026-11-21", "to": "2026-11-25"})
    table.create(Name="b", Trip={"to": "2026-11-25"})
    assert table.names("Trip", "IS", "2026-11-21") == ["a"]
    assert table.names("Trip", "GREATER_THAN", "2026-11-22") == ["b"]


def test_system_times_are_found_by_milliseconds_and_by_iso_text(api, clock):
    table = api.table()
    first = table.create(Name="a")["id"]
    clock.now += 86_400
    table.create(Name="b")
    table.update(first, Name="a2")
    millis = 1_795_341_600_250
    assert table.names("created_at", "IS", millis) == ["a2"]
    assert table.names("created_at", "GREATER_THAN", millis) == ["b"]
    assert table.names("created_at", "IS", "2026-11-22") == ["a2"]
    assert table.names("updated_at", "IS", "PREDEFINED:TODAY") == ["a2", "b"]
    assert table.names(order=["-created_at"]) == ["b", "a2"]
    assert table.names(order=["updated_at", "-created_at"]) == ["b", "a2"]

"""Relative dates: how they are spelled, built, and read in memory."""

from datetime import UTC, datetime, timedelta

import pytest

from softrorm import InvalidQuery, RelativeDate, past, this, today, tomorrow, upcoming, yesterday

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (today(), "PREDEFINED:TODAY"),
        (yesterday(), "PREDEFINED:YESTERDAY"),
        (tomorrow(), "PREDEFINED:TOMORROW"),
        (past("month"), "RELATIVE_DATE:PAST:MONTH"),
        (past(7), "RELATIVE_DATE:PAST:7"),
        (this("Quarter"), "RELATIVE_DATE:THIS:QUARTER"),
        (upcoming("year"), "RELATIVE_DATE:NEXT:YEAR"),
        (upcoming(30), "RELATIVE_DATE:NEXT:30"),
        (RelativeDate("PREDEFINED:LAST_WEEK"), "PREDEFINED:LAST_WEEK"),
    ],
)
def test_a_relative_date_is_its_spelling(built, text):
    assert str(built) == built.text == text
    assert built == RelativeDate(text)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: past("decade"),
        lambda: past(-3),
        lambda: past(True),
        lambda: this(7),
        lambda: upcoming(1.5),
        lambda: RelativeDate("PREDEFINED:NOON"),
        lambda: RelativeDate("RELATIVE_DATE:PAST"),
        lambda: RelativeDate("today"),
    ],
)
def test_what_the_api_does_not_spell_is_refused_with_what_it_does(wrong):
    with pytest.raises(InvalidQuery, match=r"is no relative date\. Right are PREDEFINED:TODAY\|YESTERDAY\|TOMORROW, "):
        wrong()


def day(month, day, year=2026):
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("relative", "start", "end"),
    [
        (today(), day(11, 22), day(11, 23)),
        (yesterday(), day(11, 21), day(11, 22)),
        (this("week"), day(11, 16), day(11, 23)),
        (past("week"), day(11, 9), day(11, 16)),
        (past("month"), day(10, 1), day(11, 1)),
        (upcoming("month"), day(12, 1), day(1, 1, 2027)),
        (this("quarter"), day(10, 1), day(1, 1, 2027)),
        (past("year"), day(1, 1, 2025), day(1, 1)),
        (past(7), day(11, 15), day(11, 23)),
        (upcoming(7), day(11, 22), day(11, 30)),
        (RelativeDate("PREDEFINED:NEXT_YEAR"), day(1, 1, 2027), day(1, 1, 2028)),
    ],
    ids=str,
)
def test_the_usual_reading_of_a_relative_date(relative, start, end):
    span = relative.span(NOW)
    assert (span.start, span.end) == (start, end)


def test_a_span_compares_with_instants_as_a_whole():
    span, moment = today().span(NOW), timedelta(milliseconds=1)
    inside = [span.start, NOW, span.end - moment]
    assert all(instant == span and instant <= span and instant >= span for instant in inside)
    assert not any(instant < span or instant > span or instant != span for instant in inside)
    assert span.start - moment < span
    assert span.end > span
    assert not span.end <= span


def test_a_span_is_counted_in_utc_whatever_zone_now_is_told_in():
    from zoneinfo import ZoneInfo

    assert today().span(datetime(2026, 11, 23, 0, 30, tzinfo=ZoneInfo("Europe/Prague"))).start == day(11, 22)

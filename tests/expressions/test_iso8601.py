"""Durations, dates and repetitions."""

from datetime import UTC, datetime, timedelta

import pytest

from bpmn_engine.expressions.iso8601 import (
    Duration,
    format_datetime,
    parse_datetime,
    parse_duration,
    parse_repetition,
)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT15M", Duration(exact=timedelta(minutes=15))),
        ("P1DT2H", Duration(days=1, exact=timedelta(hours=2))),
        ("P1Y2M", Duration(months=14)),
        ("P2W", Duration(days=14)),
        ("PT1.5H", Duration(exact=timedelta(hours=1.5))),
        ("PT0,5S", Duration(exact=timedelta(seconds=0.5))),
        ("-P1D", Duration(days=-1)),
        ("P0.5D", Duration(exact=timedelta(hours=12))),
    ],
)
def test_reads_what_users_write(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "P1H", "PT1D", "P1M2Y", "one hour", "P99999999999D"])
def test_refuses_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2 days", "P2D"),
        ("24h", "PT24H"),
        ("1H", "PT1H"),
        ("P1H", "PT1H"),
        ("P30 minutes", "PT30M"),
        ("1 day 2 hours", "P1DT2H"),
        ("1 day and 2 hours", "P1DT2H"),
        ("3 Monate", "P3M"),
        ("1,5 Stunden", "PT1.5H"),
    ],
)
def test_what_is_meant_by_words_is_proposed(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"is not an ISO 8601 duration; write {meant}$"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["soon", "2 moons", "2 hours 1 day", "2 days or so"])
def test_nothing_is_proposed_where_nothing_is_near(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as PT15M"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P9000000D", "PT999999999999S", f"P{'9' * 400}M", "P9000Y"])
def test_a_duration_beyond_the_calendar_is_refused_in_our_own_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"beyond the calendar|is too long"):
        parse_duration(text).after(datetime(2026, 1, 31, tzinfo=UTC))


def test_a_repetition_that_no_number_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="repeats too often"):
        parse_repetition(f"R{'9' * 5_000}/PT1H")


def test_31_january_plus_a_month_is_28_february() -> None:
    assert parse_duration("P1M").after(datetime(2026, 1, 31, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)


def test_24_hours_are_real_hours_and_a_day_is_a_calendar_day() -> None:
    before = parse_datetime("2026-03-28T12:00:00[Europe/Berlin]")

    assert parse_duration("P1D").after(before).hour == 12
    assert parse_duration("PT24H").after(before).hour == 13


def test_a_date_without_zone_is_utc_and_one_with_a_zone_keeps_it() -> None:
    assert parse_datetime("2026-01-31T09:00:00") == datetime(2026, 1, 31, 9, tzinfo=UTC)
    zoned = parse_datetime("2026-07-01T09:00:00[Europe/Berlin]")
    assert format_datetime(zoned) == "2026-07-01T09:00:00+02:00[Europe/Berlin]"
    assert parse_datetime(format_datetime(zoned)) == zoned


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-01-01T00:00:00[Mars/Base]", ""])
def test_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not"):
        parse_datetime(text)


def test_reads_repetitions() -> None:
    assert parse_repetition("R3/PT10S").count == 3
    assert parse_repetition("R/PT10S").count is None
    assert parse_repetition("R-1/PT10S").count is None
    assert parse_repetition("R2/2026-01-31T09:00:00Z/P1D").start == datetime(2026, 1, 31, 9, tzinfo=UTC)

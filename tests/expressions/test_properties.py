"""Properties of FEEL's values, beside Python's own where it has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bpmn_engine.expressions import compile_feel
from bpmn_engine.expressions.feel.comparing import equal, less
from bpmn_engine.expressions.feel.temporal import (
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    read_temporal,
)
from bpmn_engine.expressions.feel.temporal.arithmetic import OPERATORS
from bpmn_engine.expressions.feel.temporal.calendar import MAX_YEAR, from_days, to_days
from bpmn_engine.expressions.feel.text import to_text

NOW = datetime(2026, 1, 31, tzinfo=UTC)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
MOMENTS = st.datetimes(datetime(1972, 1, 2), datetime(2037, 12, 30))  # noqa: DTZ001 - the zone is added
NUMBERS = st.one_of(
    st.integers(-(10**33), 10**33),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6),
)
DATES = st.builds(Date.of_days, st.integers(to_days(-9999, 1, 1), to_days(9999, 12, 31)))
TIMES = st.builds(
    Time,
    st.integers(0, 86_400 * 10**9 - 1),
    st.one_of(st.none(), ZONES, st.integers(-18 * 60, 18 * 60).map(lambda n: n * 60)),
)
TEMPORALS = st.one_of(
    DATES,
    TIMES,
    st.builds(DateTime, DATES, TIMES),
    st.builds(DayTimeDuration, st.integers(-(10**18), 10**18)),
    st.builds(YearMonthDuration, st.integers(-(10**6), 10**6)),
)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)


@given(st.dates())
def test_days_are_counted_as_python_counts_them(day: date) -> None:
    ours = Date(day.year, day.month, day.day)

    assert ours.days == day.toordinal() - date(1970, 1, 1).toordinal()
    assert ours.weekday == day.isoweekday()
    assert str(ours) == day.isoformat()


@given(st.integers(to_days(-MAX_YEAR, 1, 1), to_days(MAX_YEAR, 12, 31)))
def test_every_day_has_a_date_and_every_date_its_day(day: int) -> None:
    assert to_days(*from_days(day)) == day


@given(TEMPORALS)
def test_the_text_of_a_temporal_value_reads_as_the_same_value(value: Any) -> None:
    assert read_temporal(str(value)) == value


@given(MOMENTS, ZONES, st.integers(-(10**9), 10**9))
def test_a_duration_added_to_a_moment_in_a_zone_is_real_time(moment: datetime, zone: str, seconds: int) -> None:
    there = moment.replace(tzinfo=ZoneInfo(zone))
    moved = OPERATORS["+"](DateTime.of_python(there), DayTimeDuration(seconds * 10**9))
    expected = there.astimezone(UTC) + timedelta(seconds=seconds)

    assert moved.to_python().astimezone(UTC) == expected
    assert OPERATORS["-"](moved, DateTime.of_python(there)) == DayTimeDuration(seconds * 10**9)


@given(DATES, st.integers(-5000, 5000))
def test_months_keep_the_day_or_take_the_last_one(day: Date, months: int) -> None:
    moved = day.plus_months(months)

    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or Date.of_days(moved.days + 1).day == 1


@given(st.lists(TEMPORALS, max_size=6))
def test_values_that_have_an_order_have_one_order(values: list[Any]) -> None:
    for a in values:
        for b in values:
            answers = [less(a, b), less(b, a), equal(a, b)]
            if None not in answers:
                assert answers.count(True) <= 1


@given(PLAIN)
def test_what_string_writes_of_a_list_is_the_list_again(value: Any) -> None:
    again = compile_feel(to_text([value]) or "").evaluate({}, NOW).value

    assert again == [value]


@given(NUMBERS, NUMBERS)
def test_numbers_are_computed_to_34_digits(a: Any, b: Any) -> None:
    names = {"a": a, "b": b}
    assert compile_feel("(a + b) - b = a").evaluate(names, NOW).value in (True, False)
    assert compile_feel("a + b = b + a").evaluate(names, NOW).value is True
    assert compile_feel("a < b or a = b or a > b").evaluate(names, NOW).value is True
    total = compile_feel("a * b").evaluate(names, NOW).value
    assert len(Decimal(total).normalize().as_tuple().digits) <= 34

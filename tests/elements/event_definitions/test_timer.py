"""Timers and their schedules."""

from datetime import UTC, datetime, timedelta

import pytest

from bpmn_engine.elements.event_definitions.schedule import first_of_cycle, following
from bpmn_engine.instance.state import Timer
from tests.diagrams import catch, diagram, timer
from tests.play import MORNING, Play


def _occurrences(text: str, count: int, now: datetime = MORNING) -> list[datetime]:
    occurrence = first_of_cycle(text, now)
    found = []
    while occurrence is not None and len(found) < count:
        found.append(occurrence.due_at)
        assert occurrence.schedule is not None
        occurrence = following(occurrence.schedule, occurrence.remaining, occurrence.due_at)  # type: ignore[assignment]
    return found


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    [
        ("date", "2026-02-01T12:00:00+01:00", datetime(2026, 2, 1, 11, tzinfo=UTC)),
        ("date", '=date and time("2026-02-01T12:00:00Z")', datetime(2026, 2, 1, 12, tzinfo=UTC)),
        ("duration", "PT15M", MORNING + timedelta(minutes=15)),
        ("duration", '=duration("P1D")', MORNING + timedelta(days=1)),
        ("duration", "${wait}", MORNING + timedelta(hours=2)),
        ("duration", "P1M", datetime(2026, 2, 28, 9, tzinfo=UTC)),
        ("duration", '=duration("P1M")', datetime(2026, 2, 28, 9, tzinfo=UTC)),
    ],
)
def test_falls_due_at_a_date_or_after_a_duration(kind: str, text: str, due: datetime) -> None:
    (wait,) = Play(diagram("start -> w -> end", catch("w", timer(kind, text))), wait="PT2H").waits(Timer)

    assert wait.due_at == due


def test_a_timer_without_value_is_an_incident() -> None:
    assert Play(diagram("start -> w -> end", catch("w", timer("duration", "=missing")))).incidents == [
        ("w", "EXTRACT_VALUE_ERROR")
    ]


def test_occurrence_n_of_a_cycle_is_start_plus_n_periods_never_previous_plus_period() -> None:
    days = [moment.date().isoformat() for moment in _occurrences("R/2026-01-31T09:00:00Z/P1M", 4)]

    assert days == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_cycle_without_start_begins_one_period_from_now() -> None:
    assert _occurrences("R2/PT1H", 5) == [MORNING + timedelta(hours=1), MORNING + timedelta(hours=2)]


def test_missed_firings_are_made_up_for_by_one_and_the_next_is_on_the_grid() -> None:
    first = first_of_cycle("R/2026-01-31T09:00:00Z/PT1H", MORNING)
    assert first.schedule is not None

    again = following(first.schedule, first.remaining, MORNING + timedelta(hours=5, minutes=10))

    assert again is not None
    assert again.due_at == MORNING + timedelta(hours=6)


def test_a_period_of_days_on_a_zoned_start_keeps_the_hour_of_the_wall_clock() -> None:
    found = _occurrences("R/2026-03-28T09:00:00[Europe/Berlin]/P1D", 2)

    assert [moment.astimezone(UTC).hour for moment in found] == [8, 7]


def test_a_period_of_hours_counts_real_time() -> None:
    found = _occurrences("R/2026-03-28T09:00:00[Europe/Berlin]/PT24H", 2)

    assert [moment.astimezone(UTC).hour for moment in found] == [8, 8]


def test_cron_runs_in_its_zone() -> None:
    found = _occurrences("CRON_TZ=Europe/Berlin 0 0 9 * * *", 2, datetime(2026, 3, 28, 0, tzinfo=UTC))

    assert [moment.hour for moment in found] == [8, 7]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 0 9 L * *", ["02-28", "03-31", "04-30"]),
        ("0 0 9 LW * *", ["02-27", "03-31", "04-30", "05-29"]),
        ("0 9 LW 2,8 *", ["02-27", "08-31"]),
        ("0 0 9 L-3 * ?", ["02-25", "03-28", "04-27"]),
        ("0 0 9 L-30 * *", ["03-01", "05-01", "07-01"]),
        ("0 0 9 * * 5L", ["02-27", "03-27", "04-24"]),
        ("0 0 9 ? * FRIL", ["02-27", "03-27", "04-24"]),
        ("0 0 9 * * 0L", ["02-22", "03-29"]),
        ("0 0 9 * * 7L", ["02-22", "03-29"]),
        ("0 0 9 15W * *", ["02-16", "03-16"]),
        ("0 0 9 * * MON#2", ["02-09", "03-09"]),
    ],
)
def test_cron_knows_the_last_days_of_a_month(text: str, days: list[str]) -> None:
    found = _occurrences(text, len(days), datetime(2026, 1, 31, 12, tzinfo=UTC))

    assert [f"{moment:%m-%d}" for moment in found] == days


def test_several_times_of_a_last_day_are_all_due() -> None:
    found = _occurrences("0 0 9,17 LW * *", 3, datetime(2026, 2, 27, 10, tzinfo=UTC))

    assert [f"{moment:%m-%d %H}" for moment in found] == ["02-27 17", "03-31 09", "03-31 17"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 61 9 * * *", "its minute is '61'"),
        ("0 0 9 LX * *", "its day of the month is 'LX'"),
        ("0 0 9 L-40 * *", "its day of the month is 'L-40'"),
        ("0 0 9 LW * FUNDAY", "its weekday is 'FUNDAY'"),
        ("0 0 9 1,LW * *", "its day of the month is '1,LW'"),
        ("every day", "write second, minute, hour"),
        ("0 0 9 30 2 *", "ever falls due"),
    ],
)
def test_a_cron_expression_that_cannot_be_read_is_explained_in_our_own_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        first_of_cycle(text, MORNING)

    assert "acceptable" not in str(refused.value)


def test_a_skipped_hour_runs_once() -> None:
    found = _occurrences("CRON_TZ=Europe/Berlin 30 2 * * *", 3, datetime(2026, 3, 28, 12, tzinfo=UTC))

    assert [(moment.day, moment.hour) for moment in found] == [(29, 1), (30, 0), (31, 0)]


def test_a_skipped_hour_and_the_one_after_it_run_once_together() -> None:
    found = _occurrences("CRON_TZ=Europe/Berlin 30 2,3 * * *", 3, datetime(2026, 3, 28, 12, tzinfo=UTC))

    assert [(moment.day, moment.hour) for moment in found] == [(29, 1), (30, 0), (30, 1)]


def test_a_doubled_hour_runs_once() -> None:
    found = _occurrences("CRON_TZ=Europe/Berlin 30 2 * * *", 2, datetime(2026, 10, 24, 12, tzinfo=UTC))

    assert [moment.day for moment in found] == [25, 26]


def test_a_doubled_hour_does_not_run_again_in_its_second_half() -> None:
    (due,) = _occurrences("CRON_TZ=Europe/Berlin 30 2 * * *", 1, datetime(2026, 10, 25, 1, 15, tzinfo=UTC))

    assert due == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "R0/PT1H",
        "R3/PT0S",
        "R/PT0.001S",
        "R2/PT0.999S",
        "R-2/PT1H",
        "sometimes",
        "61 * * * *",
        "CRON_TZ=Mars/Base 0 0 * * *",
    ],
)
def test_a_cycle_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        first_of_cycle(text, MORNING)

"""When the loop looks for what is due by itself."""

from __future__ import annotations

from datetime import timedelta

from bpmn_engine.runtime.schedule import Schedule
from tests.play import MORNING

POLL = timedelta(seconds=5)


class Watch:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def looked(watch: Watch) -> Schedule:
    """A schedule that has just looked."""
    schedule = Schedule(POLL, watch)
    schedule.begin()
    return schedule


def test_looks_at_once_when_it_is_new() -> None:
    assert Schedule(POLL, Watch()).is_due(MORNING)


def test_sleeps_for_the_poll_when_nothing_is_planned() -> None:
    schedule = looked(Watch())

    assert not schedule.is_due(MORNING)
    assert schedule.seconds_to_wait(MORNING, pinned=False) == 5


def test_the_earliest_plan_wins() -> None:
    schedule = looked(Watch())
    for seconds in (3, 1, 2):
        schedule.plan(MORNING + timedelta(seconds=seconds))

    assert schedule.seconds_to_wait(MORNING, pinned=False) == 1


def test_a_plan_is_due_at_its_moment_and_gone_after_the_look() -> None:
    schedule = looked(Watch())
    schedule.plan(MORNING)
    assert schedule.is_due(MORNING)

    schedule.begin()

    assert not schedule.is_due(MORNING)


def test_a_plan_that_is_made_during_a_look_is_kept() -> None:
    schedule = looked(Watch())
    schedule.plan(MORNING)
    schedule.begin()

    schedule.plan(MORNING)

    assert schedule.is_due(MORNING)


def test_a_request_during_a_look_leads_to_another_look() -> None:
    schedule = looked(Watch())
    schedule.begin()

    schedule.request()

    assert schedule.seconds_to_wait(MORNING, pinned=False) == 0


def test_planning_nothing_changes_nothing() -> None:
    schedule = looked(Watch())
    schedule.plan(MORNING + timedelta(seconds=1))

    schedule.plan(None)

    assert schedule.seconds_to_wait(MORNING, pinned=False) == 1


def test_the_safety_net_looks_after_the_poll_whatever_was_planned() -> None:
    watch = Watch()
    schedule = looked(watch)
    schedule.plan(MORNING + timedelta(days=1))

    watch.seconds += 5

    assert schedule.is_due(MORNING)


def test_with_a_pinned_clock_what_is_due_at_once_is_due_at_once() -> None:
    schedule = looked(Watch())

    schedule.plan(MORNING)

    assert schedule.seconds_to_wait(MORNING, pinned=True) == 0


def test_with_a_pinned_clock_a_later_plan_waits_for_the_jump() -> None:
    schedule = looked(Watch())

    schedule.plan(MORNING + timedelta(seconds=1))

    assert schedule.seconds_to_wait(MORNING, pinned=True) == 5


def test_a_clock_that_went_back_does_not_put_the_safety_net_off() -> None:
    watch = Watch()
    schedule = looked(watch)
    watch.seconds += 5

    assert schedule.is_due(MORNING - timedelta(days=1))

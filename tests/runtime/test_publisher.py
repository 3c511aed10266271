"""Long polls are woken one per job, and let go at the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bpmn_engine import StoreUnavailable
from bpmn_engine.instance.state import Instance, InstanceState
from bpmn_engine.runtime.observers import Commit
from bpmn_engine.runtime.publisher import Publisher, Waiter


class Polls:
    """Waiters by name, and who was woken."""

    def __init__(self, *names: str) -> None:
        self.publisher, self.woken = Publisher(), []
        self.waiters = {name: Waiter("a", lambda name=name: self.woken.append(name)) for name in names}
        for waiter in self.waiters.values():
            self.publisher.wait(waiter)


def test_a_job_wakes_the_one_that_has_waited_longest() -> None:
    polls = Polls("one", "two", "three")

    polls.publisher.jobs_ready({"a": 1})

    assert polls.woken == ["one"]


def test_as_many_are_woken_as_there_are_jobs() -> None:
    polls = Polls("one", "two", "three")

    polls.publisher.jobs_ready({"a": 2, "b": 5})

    assert polls.woken == ["one", "two"]


def test_one_that_waits_again_comes_last() -> None:
    polls = Polls("one", "two")
    polls.publisher.jobs_ready({"a": 1})
    polls.publisher.wait(polls.waiters["one"])

    polls.publisher.jobs_ready({"a": 1})

    assert polls.woken == ["one", "two"]


def test_one_that_waits_already_keeps_its_place() -> None:
    polls = Polls("one", "two")
    polls.publisher.wait(polls.waiters["one"])

    polls.publisher.jobs_ready({"a": 1})

    assert polls.woken == ["one"]


def test_one_that_leaves_after_it_was_woken_passes_its_turn_on() -> None:
    polls = Polls("one", "two")
    polls.publisher.jobs_ready({"a": 1})

    polls.publisher.leave(polls.waiters["one"])

    assert polls.woken == ["one", "two"]


def test_one_that_leaves_before_takes_nobodys_turn() -> None:
    polls = Polls("one", "two")

    polls.publisher.leave(polls.waiters["one"])

    assert polls.woken == []
    assert polls.publisher.waiting("a") == 1


def test_the_types_that_somebody_waits_for_are_known() -> None:
    polls = Polls("one")
    assert polls.publisher.awaited_types() == {"a"}

    polls.publisher.leave(polls.waiters["one"])

    assert polls.publisher.awaited_types() == frozenset()


def test_when_the_engine_stops_everybody_is_let_go() -> None:
    polls = Polls("one", "two")
    end = polls.publisher.end_of(1)

    polls.publisher.close()

    assert polls.woken == ["one", "two"]
    for future in (end, polls.publisher.end_of(2)):
        with pytest.raises(StoreUnavailable, match="stopping"):
            future.result(0)


def test_the_end_of_an_instance_is_told_to_all_who_wait_for_it() -> None:
    publisher = Publisher()
    futures = [publisher.end_of(1), publisher.end_of(1)]

    publisher.committed(Commit(1, datetime.now(UTC), [], [Instance(1, 1, state=InstanceState.COMPLETED)], {}))

    assert [future.result(0) for future in futures] == ["COMPLETED"] * 2

"""Waiting until an engine has nothing to do: what a first test of a process needs."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bpmn_engine import Engine, Registry, Resource, StoreUnavailable, TimedOut, handler_of
from tests.diagrams import boundary, catch, diagram, element, service, timer, user

APPROVAL = diagram(
    "start -> prepare -> approve -> book -> end; late -> remind -> over",
    service("prepare"),
    user("approve"),
    service("book"),
    boundary("late", "approve", timer("duration", "P2D")),
    service("remind"),
    element("endEvent", "over"),
)


def test_a_first_test_needs_neither_sleeps_nor_loops(database_url: str) -> None:
    done: list[str] = []
    handlers = Registry(
        *(handler_of(name, lambda name=name: done.append(name)) for name in ("prepare", "book", "remind"))
    )
    with Engine(database_url, handlers=handlers) as engine:
        engine.deploy(Resource("approval.bpmn", APPROVAL))
        first, second = engine.start("p"), engine.start("p")
        engine.settle()
        assert done == ["prepare", "prepare"]

        engine.complete(engine.tasks(instance_key=first)[0].key)
        engine.settle()
        assert done[2:] == ["book"]

        engine.clock.advance(timedelta(days=2))
        assert done[3:] == ["remind"]
        assert {engine.instance(key).state for key in (first, second)} == {"COMPLETED"}


def test_many_timers_and_what_follows_them_are_done_when_the_clock_has_moved(any_engine: Engine) -> None:
    any_engine.deploy(Resource("t.bpmn", diagram("start -> t -> end", catch("t", timer("duration", "PT1H")))))
    any_engine.clock.advance(timedelta())
    for _ in range(120):
        any_engine.start("p")

    any_engine.clock.advance(timedelta(hours=1))

    assert any_engine.instances(state="ACTIVE") == []


def test_a_handler_at_work_is_waited_for_and_said_when_it_takes_too_long() -> None:
    go_on = threading.Event()
    with Engine("sqlite://", handlers=Registry(handler_of("a", lambda: {"done": go_on.wait(10)}))) as engine:
        engine.deploy(Resource("a.bpmn", diagram("start -> a -> end", service("a"))))
        key = engine.start("p")
        with pytest.raises(TimedOut, match=r"After 0\.1 s .* they continue"):
            engine.settle(0.1)

        go_on.set()
        engine.settle()

        assert engine.instance(key).state == "COMPLETED"


def test_a_handler_may_move_the_clock() -> None:
    engines: list[Engine] = []
    handlers = Registry(handler_of("a", lambda: engines[0].clock.advance(timedelta(hours=1))))
    with Engine("sqlite://", handlers=handlers) as engine:
        engines.append(engine)
        engine.deploy(Resource("a.bpmn", diagram("start -> a -> end", service("a"))))
        key = engine.start("p")
        engine.settle()

        assert engine.instance(key).state == "COMPLETED"


def test_an_engine_that_stops_does_not_settle() -> None:
    engine = Engine("sqlite://", handlers=Registry())
    engine.close()

    with pytest.raises((StoreUnavailable, TimedOut)):
        engine.settle(0.2)

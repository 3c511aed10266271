"""A large definition that is not in memory is compiled beside the loop; what needs it waits, the others do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bpmn_engine import Engine, Registry, Resource
from bpmn_engine.runtime import catalog as definitions
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from tests.diagrams import call, catch, diagram, message, message_event, timer, user
from tests.runtime.test_engine import MORNING, eventually

PARENT = diagram("start -> c -> end", call("c", "child"), process_id="parent")
CHILD = diagram("start -> u -> end", user("u"), process_id="child")
WAITS = diagram("start -> m -> end", catch("m", message_event("go")), process_id="waits", shared=message("go", "=1"))
TIMED = diagram("start -> t -> end", catch("t", timer("duration", "PT1H")), process_id="timed")


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """No definition is compiled in a turn."""
    monkeypatch.setattr(definitions, "QUICK_BYTES", 0)


@pytest.fixture
def waiting(database_url: str) -> dict[str, int]:
    """Instances that an earlier engine has left."""
    with Engine(database_url, handlers=Registry()) as engine:
        engine.deploy(*(Resource(f"{n}.bpmn", data) for n, data in enumerate((PARENT, CHILD, WAITS, TIMED))))
        engine.clock.pin(MORNING)
        return {name: engine.start(name) for name in ("parent", "waits", "timed")}


@pytest.mark.usefixtures("all_are_large")
def test_requests_timers_and_messages_find_their_definitions_after_a_restart(
    database_url: str, waiting: dict[str, int]
) -> None:
    with Engine(database_url, handlers=Registry()) as engine:
        engine.clock.pin(MORNING + timedelta(minutes=1))
        engine.complete(engine.tasks()[0].key)
        engine.publish("go", "1")
        engine.clock.advance(timedelta(hours=2))

        eventually(lambda: not engine.instances(state="ACTIVE"), 10)
        assert {engine.find(PROCESS_INSTANCES, key).state for key in waiting.values()} == {"COMPLETED"}


@pytest.mark.usefixtures("all_are_large")
def test_a_start_waits_for_its_definition(database_url: str, waiting: dict[str, int]) -> None:
    with Engine(database_url, handlers=Registry()) as engine:
        keys = [engine.start("parent") for _ in range(3)]

        assert len(set(keys) | set(waiting.values())) == 6
        eventually(lambda: len(engine.tasks(state="CREATED")) == 4)

"""What an instance waits for, in sentences: Python, REST and the command line say the same."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from click.testing import CliRunner

from bpmn_engine import Engine, NotFound, Registry, Resource, handler_of
from bpmn_engine.cli import cli
from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    diagram,
    element,
    message,
    message_event,
    parallel,
    service,
    signal,
    signal_event,
    timer,
    user,
)
from tests.servers import serving

EVERYTHING = diagram(
    "start -> g; g -> u -> j; g -> w -> j; g -> m -> j; g -> s -> j; g -> c -> j; g -> x -> j; g -> j; j -> end; late -> end_2",
    parallel("g"),
    parallel("j"),
    user("u", '<zeebe:assignmentDefinition candidateGroups="legal"/>'),
    boundary("late", "u", timer("duration", "P2D")),
    service("w", '<zeebe:taskDefinition type="find-slot"/>'),
    catch("m", message_event("paid")),
    catch("s", signal_event("go")),
    catch("c", condition_event("=total > 100")),
    element("task", "x"),
    element("endEvent", "end_2"),
    shared=message("paid", "=order") + signal("go"),
)
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_each_wait_is_a_sentence() -> None:
    with Engine("sqlite://", handlers=Registry(handler_of("find-slott", lambda: None))) as engine:
        engine.clock.pin(NOW)
        engine.deploy(Resource("p.bpmn", EVERYTHING))
        key = engine.start("p", {"order": "A1", "total": 1})

        found = engine.waiting_for(key)

        sentences = {(one.element_id, one.sentence) for one in found}
        assert {
            ("u", "waits for group 'legal' to complete the task"),
            ("late", "waits until 2026-03-03T09:00:00+00:00"),
            (
                "w",
                "waits for a worker of job type 'find-slot'; there is no handler for it here, but one for 'find-slott'",
            ),
            ("m", "waits for message 'paid' with key 'A1'"),
            ("s", "waits for signal 'go'"),
            ("c", "waits until total > 100 is true"),
            ("j", "waits for the tokens that can still arrive on the other flows"),
        } == sentences
        with serving(engine) as address:
            rest = httpx.get(f"{address}/v2/process-instances/{key}/waiting-for").json()["items"]
            shown = CliRunner().invoke(cli, ["show", str(key), "--server", address]).output
        assert {(item["elementId"], item["sentence"]) for item in rest} == sentences
        assert "m waits for message 'paid' with key 'A1'." in shown


def test_what_has_ended_waits_for_nothing_and_what_never_was_is_not_found(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", diagram("start -> end")))

    assert any_engine.waiting_for(any_engine.start("p")) == []
    with pytest.raises(NotFound):
        any_engine.waiting_for(4711)

"""The intermediate catch event."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    catch,
    diagram,
    element,
    error_event,
    message,
    message_event,
    timer,
)
from tests.play import Play


def test_a_catch_event_waits_for_its_timer() -> None:
    play = Play(diagram("start -> wait -> end", catch("wait", timer("duration", "PT30M"))))

    assert play.active == ["wait"]

    play.advance(minutes=30)

    assert play.state == "COMPLETED"


def test_a_catch_event_waits_for_its_message() -> None:
    play = Play(diagram("start -> wait -> end", catch("wait", message_event("m")), shared=message("m", "=id")), id="x")

    play.correlate("wait", answer=42)

    assert play.state == "COMPLETED"
    assert play.variables["answer"] == 42


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        (element("endEvent", "x", error_event()), "throws an error without code"),
        (
            element("intermediateThrowEvent", "x", timer("duration", "PT1H")),
            "cannot be the definition of an intermediate throw event",
        ),
        (catch("x", ""), "waits for nothing"),
        (catch("x", timer("cycle", "R3/PT1H")), "cannot repeat"),
        (catch("x", "<bpmn:timerEventDefinition/>"), "needs one of timeDate"),
        (catch("x", timer("duration", "1 hour")), "is not an ISO 8601 duration"),
        (catch("x", message_event("nobody")), "refers to the message 'nobody'"),
        (catch("x", "<bpmn:signalEventDefinition/>"), "no signal"),
        (catch("x", timer("date", "soon")), "is not an ISO 8601 date"),
        (element("endEvent", "x", error_event("unknown")), "not in this file"),
        (element("endEvent", "x", error_event("unknown") + error_event("unknown")), "several event definitions"),
        (element("receiveTask", "x", attributes='instantiate="true"'), "not the first element"),
    ],
)
def test_what_makes_no_sense_or_is_not_run_is_refused(node: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> x", node))

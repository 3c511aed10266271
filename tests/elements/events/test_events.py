"""Start, end, catch and throw events."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Subscription
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    diagram,
    element,
    error,
    error_event,
    message,
    message_event,
    service,
    sub,
    timer,
)
from tests.play import Play

TERMINATE = "<bpmn:terminateEventDefinition/>"


def test_a_process_with_several_none_start_events_starts_all() -> None:
    assert Play(diagram("start_1 -> a -> end; start_2 -> b -> end", service("a"), service("b"))).active == ["a", "b"]


def test_a_process_without_start_event_starts_what_has_no_incoming_flow() -> None:
    assert Play(diagram("a -> c; b -> c", service("a"), service("b"))).active == ["a", "b"]


def test_an_instance_can_start_at_given_elements() -> None:
    assert Play(diagram("start -> a -> b -> end", service("a"), service("b")), start_at=["b"]).active == ["b"]


def test_a_none_throw_event_passes_the_token_on() -> None:
    play = Play(diagram("start -> milestone -> end", element("intermediateThrowEvent", "milestone")))

    assert play.completed == ["start", "milestone", "end"]


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


def test_a_terminate_end_ends_everything_else_in_its_scope() -> None:
    play = Play(
        diagram(
            "start -> a -> end; start -> b -> stop", service("a"), service("b"), element("endEvent", "stop", TERMINATE)
        )
    )

    play.complete("b")

    assert play.terminated == ["a"]
    assert play.state == "COMPLETED"


def test_a_terminate_end_inside_a_sub_process_ends_only_that() -> None:
    inner = sub("s", "start_s -> a -> end_s; start_s -> stop", service("a"), element("endEvent", "stop", TERMINATE))
    play = Play(diagram("start -> s -> after -> end", inner, service("after")))

    assert play.active == ["after"]


def test_an_error_end_is_caught_by_the_boundary_of_its_sub_process() -> None:
    inner = sub(
        "s", "start_s -> failed; start_s -> a -> end_s", service("a"), element("endEvent", "failed", error_event("NO"))
    )
    play = Play(
        diagram(
            "start -> s -> end; caught -> end_caught",
            inner,
            boundary("caught", "s", error_event("NO")),
            shared=error("NO"),
        )
    )

    assert set(play.terminated) == {"a", "failed", "s"}
    assert play.completed == ["start", "start_s", "caught", "end_caught"]


@pytest.mark.parametrize(
    ("shared", "node", "complaint"),
    [
        ('<bpmn:message id="m"/>', catch("x", message_event("m")), "has no name"),
        ('<bpmn:error id="e"/>', element("endEvent", "x", error_event("e")), "has no code"),
    ],
)
def test_a_message_without_name_and_an_error_without_code_are_refused(shared: str, node: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> x", node, shared=shared))


def test_a_message_name_may_be_an_expression_and_must_give_a_text() -> None:
    shared = '<bpmn:message id="m" name="=kind + &quot;-paid&quot;"/>'
    data = diagram("start -> wait -> end", catch("wait", message_event("m")), shared=shared)

    assert Play(data, kind="order").waits(Subscription)[0].name == "order-paid"
    assert Play(data).incidents == [("wait", "EXTRACT_VALUE_ERROR")]


def test_an_error_end_that_nobody_catches_is_an_incident() -> None:
    play = Play(diagram("start -> failed", element("endEvent", "failed", error_event("NO")), shared=error("NO")))

    assert play.incidents == [("failed", "UNHANDLED_ERROR_EVENT")]
    assert play.state == "ACTIVE"


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        (element("endEvent", "x", error_event()), "throws an error without code"),
        (
            element("intermediateThrowEvent", "x", timer("duration", "PT1H")),
            "cannot stand in an intermediate throw event",
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

"""Events with one definition or several, whatever their position."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    definition,
    diagram,
    element,
    end,
    error,
    error_event,
    escalation_event,
    extensions,
    link_event,
    message,
    message_event,
    parallel,
    service,
    signal,
    signal_event,
    throw,
    timer,
)
from tests.play import Play


def test_events_share_a_definition_that_stands_beside_the_process() -> None:
    shared = timer("duration", "PT1H").replace("EventDefinition>", 'EventDefinition id="hour">', 1)
    reference = "<bpmn:eventDefinitionRef>tns:hour</bpmn:eventDefinitionRef>"
    data = diagram("start -> a -> b -> end", catch("a", reference), catch("b", reference), shared=shared)

    play = Play(data)
    play.advance(hours=1)

    assert play.active == ["b"]


def test_any_definition_of_a_multiple_event_triggers_it() -> None:
    data = diagram(
        "start -> c -> end",
        catch("c", message_event("m") + timer("duration", "PT1H") + signal_event("s")),
        shared=message("m", "=1") + signal("s"),
    )
    by_message, by_time, by_signal = Play(data), Play(data), Play(data)
    by_message.correlate("c")
    by_time.advance(hours=1)
    by_signal.broadcast("s")

    assert {play.state for play in (by_message, by_time, by_signal)} == {"COMPLETED"}


def test_a_parallel_multiple_event_waits_for_all_of_them() -> None:
    data = diagram(
        "start -> c -> end",
        element("intermediateCatchEvent", "c", message_event("m") + signal_event("s"), 'parallelMultiple="true"'),
        shared=message("m", "=1") + signal("s"),
    )
    play = Play(data)
    play.correlate("c", x=1)
    assert play.active == ["c"]

    play.broadcast("s", y=2)

    assert play.state == "COMPLETED"
    assert play.variables == {"x": 1, "y": 2}


def test_a_non_interrupting_parallel_multiple_event_begins_anew() -> None:
    attributes = 'attachedToRef="a" cancelActivity="false" parallelMultiple="true"'
    data = diagram(
        "start -> a -> end; c -> b -> end",
        service("a"),
        service("b"),
        element("boundaryEvent", "c", message_event("m") + signal_event("s"), attributes),
        shared=message("m", "=key") + signal("s"),
    )
    play = Play(data, key="1")
    for _ in range(2):
        play.broadcast("s")
        play.correlate("c")

    assert play.active == ["a", "b", "b"]

    play.set(key=None)
    play.broadcast("s")
    play.correlate("c")
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]


def test_a_multiple_boundary_event_catches_errors_and_timers() -> None:
    data = diagram(
        "start -> a -> end; c -> b -> end",
        service("a"),
        service("b"),
        boundary("c", "a", error_event("NO") + timer("duration", "PT1H")),
        shared=error("NO"),
    )
    by_error, by_time = Play(data), Play(data)
    by_error.throw("a", "NO")
    by_time.advance(hours=1)

    assert by_error.active == by_time.active == ["b"]


def test_a_multiple_throw_event_does_all_of_them() -> None:
    play = Play(
        diagram(
            "start -> f; f -> s -> end; f -> t -> a -> end",
            parallel("f"),
            catch("s", signal_event("go")),
            service("a"),
            throw("t", signal_event("go") + message_event("m")),
            shared=signal("go") + message("m", "=7"),
        )
    )

    assert play.active == ["a"]
    assert [(sent.name, sent.correlation_key) for sent in play.published] == [("m", "7")]


@pytest.mark.parametrize(
    "node",
    [
        end("x", "<bpmn:terminateEventDefinition/>" + signal_event("s")),
        throw("x", extensions('<zeebe:taskDefinition type="mail"/>') + message_event("m") + signal_event("s")),
        element("intermediateCatchEvent", "x", link_event("l") + signal_event("s")),
        element("startEvent", "x", message_event("m") + signal_event("s"), 'parallelMultiple="true"'),
    ],
)
def test_what_cannot_be_combined_is_refused(node: str) -> None:
    flows = "x -> end" if "startEvent" in node else "start -> x"
    with pytest.raises(InvalidModel, match=r"combined|gather"):
        parse(diagram(flows, node, shared=signal("s") + message("m", "=1")))


@pytest.mark.parametrize("inner", [error_event("E"), definition("cancel")])
def test_what_cannot_be_non_interrupting_is_refused(inner: str) -> None:
    with pytest.raises(InvalidModel, match="cannot be the definition of a non-interrupting"):
        parse(diagram("start -> a -> end; x -> end", boundary("x", "a", inner, interrupting=False), shared=error("E")))


@pytest.mark.parametrize(
    ("inner", "complaint"),
    [
        (condition_event(""), "has no condition"),
        (signal_event("unknown"), "not in this file"),
        (escalation_event("unknown"), "not in this file"),
    ],
)
def test_an_incomplete_definition_is_refused(inner: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> a -> end; x -> end", boundary("x", "a", inner)))

"""The start event."""

import pytest

from tests.diagrams import (
    diagram,
    element,
    event_based,
    event_sub,
    extensions,
    mappings,
    message,
    message_event,
    service,
    start,
    timer,
)
from tests.play import Play


def test_a_process_with_several_none_start_events_starts_all() -> None:
    assert Play(diagram("start_1 -> a -> end; start_2 -> b -> end", service("a"), service("b"))).active == ["a", "b"]


def test_a_process_without_start_event_starts_what_has_no_incoming_flow() -> None:
    assert Play(diagram("a -> c; b -> c", service("a"), service("b"))).active == ["a", "b"]


def test_an_instance_can_start_at_given_elements() -> None:
    assert Play(diagram("start -> a -> b -> end", service("a"), service("b")), start_at=["b"]).active == ["b"]


@pytest.mark.parametrize("handled", [False, True], ids=["at once", "when the process is active"])
@pytest.mark.parametrize("node", ["start event", "receive task", "behind a gateway"])
def test_what_starts_a_process_comes_into_it_through_its_output_mappings_only(node: str, *, handled: bool) -> None:
    io = extensions(mappings(outputs={"total": "=price * 2"}))
    flows, nodes = {
        "start event": ("s -> a -> end", [element("startEvent", "s", io + message_event("mm"))]),
        "receive task": ("s -> a -> end", [element("receiveTask", "s", io, 'messageRef="mm" instantiate="true"')]),
        "behind a gateway": (
            "g -> s -> a -> end; g -> t -> end",
            [
                event_based("g", 'instantiate="true"'),
                element("intermediateCatchEvent", "s", io + message_event("mm")),
                element("intermediateCatchEvent", "t", message_event("nn")),
            ],
        ),
    }[node]
    if handled:
        nodes.append(event_sub("h", "start_h -> b", start("start_h", timer("duration", "PT1H")), service("b")))
    shared = message("mm", "=1") + message("nn", "=1")

    play = Play(diagram(flows, *nodes, service("a"), shared=shared), triggered="s", price=5)

    assert play.variables == {"total": 10}
    assert play.active == ["a"]

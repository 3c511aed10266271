"""Terminate."""

from tests.diagrams import (
    diagram,
    element,
    service,
    sub,
)
from tests.play import Play

TERMINATE = "<bpmn:terminateEventDefinition/>"


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

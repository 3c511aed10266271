"""Errors."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    catch,
    diagram,
    element,
    error,
    error_event,
    message_event,
)
from tests.play import Play


@pytest.mark.parametrize(
    ("shared", "node", "complaint"),
    [
        ('<bpmn:message id="m"/>', catch("x", message_event("m")), "has no name"),
        ('<bpmn:error id="e"/>', element("endEvent", "x", error_event("e")), "without code"),
    ],
)
def test_a_message_without_name_and_an_error_without_code_are_refused(shared: str, node: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> x", node, shared=shared))


def test_an_error_end_that_nobody_catches_is_an_incident() -> None:
    play = Play(diagram("start -> failed", element("endEvent", "failed", error_event("NO")), shared=error("NO")))

    assert play.incidents == [("failed", "UNHANDLED_ERROR_EVENT")]
    assert play.state == "ACTIVE"

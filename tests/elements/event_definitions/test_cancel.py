"""Cancel: a transaction is given up."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    definition,
    diagram,
    end,
    sub,
)
from tests.elements.subprocesses.test_transaction import booking
from tests.play import Play


def test_a_cancel_end_compensates_what_has_completed_then_leaves_by_the_cancel_boundary_event() -> None:
    play = Play(booking(), ok=False)
    play.complete("a")
    assert play.active == ["undo_a"]
    assert play.terminated == ["b"]

    play.complete("undo_a")

    assert play.active == ["sorry"]
    assert "booked" not in play.completed


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (diagram("start -> no", end("no", definition("cancel"))), "stands directly in a transaction"),
        (
            diagram("start -> s -> end; x -> end", sub("s", "start_s"), boundary("x", "s", definition("cancel"))),
            "is attached to a transaction",
        ),
        (
            booking().replace(
                b"cancelEventDefinition ></bpmn:cancelEventDefinition></bpmn:boundaryEvent>",
                b"errorEventDefinition/></bpmn:boundaryEvent>",
            ),
            "no cancel boundary event",
        ),
    ],
)
def test_a_cancel_event_without_its_transaction_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(data)

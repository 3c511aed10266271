"""docs/coverage.md says what the engine does."""

from pathlib import Path

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from bpmn_engine.parser.coverage import REFUSALS, coverage
from tests.diagrams import (
    definition,
    diagram,
    element,
    end,
    message,
    message_event,
    multi,
    service,
    signal,
    signal_event,
    start,
    throw,
)

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
TWO = message_event("m") + signal_event("s")

#: A diagram for each refusal of the page, in its order.
REFUSED = [
    element("userTask", "a", "<bpmn:resourceRole/>"),
    element("task", "a", "<bpmn:correlationSubscription/>"),
    service("a", inner=multi("=[1]").replace("isSequential", 'behavior="One" isSequential')),
    element("task", "a", "<bpmn:dataInputAssociation><bpmn:assignment/></bpmn:dataInputAssociation>"),
    throw("a", definition("compensate", waitForCompletion="false")),
    start("a", TWO).replace("isInter", 'parallelMultiple="true" isInter'),
    end("a", definition("terminate") + signal_event("s")),
    element("scriptTask", "a", "<bpmn:script>x</bpmn:script>", 'scriptFormat="groovy"'),
]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == coverage(), "make docs"


@pytest.mark.parametrize(("what", "node"), list(zip(REFUSALS, REFUSED, strict=True)), ids=list(REFUSALS))
def test_what_the_page_says_is_refused_is_refused_with_a_remedy(what: str, node: str) -> None:
    flows = "a -> end" if "startEvent" in node else "start -> a" if "endEvent" in node else "start -> a -> end"

    with pytest.raises(InvalidModel) as caught:
        parse(diagram(flows, node, shared=signal("s") + message("m", "=1")))

    assert all(problem.hint for problem in caught.value.problems if problem.severity == "error"), what


def test_nothing_of_the_page_is_called_ignored() -> None:
    assert "ignored" not in PAGE.read_text()

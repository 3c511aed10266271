"""Elements are built once: nothing can write to them while instances run."""

from __future__ import annotations

import pytest

from bpmn_engine.parser import load
from tests.diagrams import boundary, diagram, element, service, timer


def test_an_element_cannot_be_written_to_once_it_is_built() -> None:
    (process,) = load(
        diagram(
            "start -> a -> end; late -> over",
            service("a"),
            boundary("late", "a", timer("Duration", "PT1H")),
            element("endEvent", "over"),
        )
    )

    for built in process.elements.values():
        with pytest.raises(AttributeError, match=r"is built; 'inputs' cannot be set"):
            built.inputs = ()
    (waited,) = process.catcher("late").definitions
    with pytest.raises(AttributeError, match="is built"):
        waited.expression = None  # type: ignore[attr-defined]

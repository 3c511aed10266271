"""The task without a type."""

from __future__ import annotations

from bpmn_engine.elements.element import Element


class Task(Element):
    """Completes at once: the diagram does not say how it is done (BPMN 2.0.2, 10.3.3)."""

    tag = "task"
    noun = "Task"

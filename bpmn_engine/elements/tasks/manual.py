"""The manual task."""

from __future__ import annotations

from bpmn_engine.elements.element import Element


class ManualTask(Element):
    """Completes at once: it is done without any help of the engine (BPMN 2.0.2, 10.3.3.7)."""

    tag = "manualTask"
    noun = "Manual task"

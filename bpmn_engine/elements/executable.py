"""A process that can run: what was drawn, and the element for each flow node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmn_engine.model import Process

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element


@dataclass(frozen=True, slots=True)
class ExecutableProcess:
    """`elements` holds every flow node and, under the process id, the process itself."""

    model: Process
    elements: Mapping[str, Element]

    @property
    def id(self) -> str:
        """The process id."""
        return self.model.id

    @property
    def root(self) -> Element:
        """The process as a scope."""
        return self.elements[self.model.id]

"""A process that can run: what was drawn, and the element for each flow node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from bpmn_engine.model import Process

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.subprocesses.process import ProcessScope
    from bpmn_engine.instance.state import Token


@dataclass(frozen=True, slots=True)
class ExecutableProcess:
    """`elements` holds every flow node and, under the process id, the process itself."""

    model: Process
    elements: Mapping[str, Element]

    @property
    def id(self) -> str:
        """The process id."""
        return self.model.id

    def element(self, token: Token) -> Element:
        """The element that a token is in: for a run of a loop, what the loop repeats."""
        element = self.elements[token.element_id]
        if token.loop_counter is not None and element.activity is not None:
            return element.activity
        return element

    @property
    def scope(self) -> ProcessScope:
        """The process as a scope, by its own class."""
        return cast("ProcessScope", self.root)

    @property
    def root(self) -> Element:
        """The process as a scope."""
        return self.elements[self.model.id]

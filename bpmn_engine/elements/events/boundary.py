"""The boundary event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.event_definitions.error import ErrorDefinition
from bpmn_engine.elements.events.definitions import required_definition

if TYPE_CHECKING:
    from bpmn_engine.elements.executable import ExecutableProcess
    from bpmn_engine.elements.execution import Execution, ThrownError
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Subscription, Timer, Token
    from bpmn_engine.model import Problems


class BoundaryEvent(Element):
    """Waits as long as its activity is active; an interrupting one ends the activity (BPMN 2.0.2, 13.5.3)."""

    tag = "boundaryEvent"
    noun = "Boundary event"

    definition: Definition

    def read(self, source: Source) -> None:
        position = Position.BOUNDARY if self.node.interrupting else Position.NON_INTERRUPTING
        self.definition = required_definition(self, source, position, "a timer, message or error")

    def check(self, process: ExecutableProcess, problems: Problems) -> None:
        host = process.elements.get(self.node.attached_to or "")
        if host is None or self not in host.boundaries:
            problems.error(
                "unknown-reference",
                self.node,
                f"{self.label} is attached to '{self.node.attached_to or ''}', which is no activity of this process.",
                "Attach it to the border of an activity.",
            )

    # on behalf of the activity

    def arm(self, run: Execution, host: Token) -> Sequence[Change]:
        """What the activity's token waits for on behalf of this event."""
        return self.definition.arm(run, host.key)

    def trigger(self, run: Execution, token: Token, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
        self.definition.fired(run, wait, stay=not self.node.interrupting)
        if self.node.interrupting:
            run.terminate(token)
        handler = run.enter(self, token.scope_key)
        run.receive(handler, variables)

    # errors

    def catches(self, code: str) -> bool:
        """Whether this is an error event for that code."""
        return isinstance(self.definition, ErrorDefinition) and self.definition.catches(code)

    @property
    def exact(self) -> bool:
        """Whether it catches one code only."""
        return isinstance(self.definition, ErrorDefinition) and self.definition.code is not None

    def error_variables(self, error: ThrownError) -> dict[str, Any]:
        """The variables that carry the error's code and message."""
        return self.definition.variables(error) if isinstance(self.definition, ErrorDefinition) else {}

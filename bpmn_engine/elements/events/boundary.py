"""The boundary event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import AttachedEvent
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.triggers import arm_all, best_match, caught_variables, occurred, required_definitions

if TYPE_CHECKING:
    from bpmn_engine.elements.element import ExecutableProcess
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.elements.thrown import Match, Thrown
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token, Wait
    from bpmn_engine.model import Problems


class BoundaryEvent(AttachedEvent):
    """Waits as long as its activity is active; an interrupting one ends the activity (BPMN 2.0.2, 13.5.3).

    A compensation event waits for nothing: it says which activity undoes its own (see `compensation.py`).
    """

    tag = "boundaryEvent"
    noun = "Boundary event"

    definitions: tuple[Definition, ...] = ()

    def read(self, source: Source) -> None:
        interrupting = self.node.interrupting or self.node.is_compensation
        position = Position.BOUNDARY if interrupting else Position.BOUNDARY_NON_INTERRUPTING
        self.definitions = required_definitions(self, source, position, "a timer, message, error or another one")

    def check(self, process: ExecutableProcess, problems: Problems) -> None:
        host = process.elements.get(self.node.attached_to or "")
        if problems.known_as_wrong(self.node.attached_to or ""):
            return
        if host is None or self not in host.catchers:
            problems.error(
                "unknown-reference",
                self.node,
                f"{self.label} is attached to '{self.node.attached_to or ''}', which is not an activity in this "
                "process.",
                "Attach it to the border of an activity.",
            )

    # on behalf of the activity

    def arm(self, step: Step, token: Token) -> Sequence[Change]:
        return arm_all(self, step, token.key, token.scope_key)

    def trigger(self, step: Step, token: Token, wait: Wait, variables: dict[str, Any]) -> None:
        if occurred(self, step, token, wait, token.scope_key):
            self._occur(step, token, variables)
        else:
            step.write(token.scope_key, variables)

    def match(self, thrown: Thrown) -> Match:
        return best_match(self, thrown)

    def caught(self, step: Step, token: Token, thrown: Thrown) -> None:
        self._occur(step, token, caught_variables(self, thrown))

    def _occur(self, step: Step, host: Token, variables: Mapping[str, Any]) -> None:
        if self.node.interrupting:
            step.terminate(host)
        step.receive(step.enter(self, host.scope_key), variables)

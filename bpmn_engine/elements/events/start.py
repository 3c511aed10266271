"""The start event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import NO_TOKEN, AttachedEvent
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.triggers import arm_all, best_match, caught_variables, occurred, read_definitions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.elements.thrown import Match, Thrown
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token, Wait


class StartEvent(AttachedEvent):
    """Begins a process or sub-process, at once or when an event occurs (BPMN 2.0.2, 13.5.1 and 13.5.4)."""

    tag = "startEvent"
    noun = "Start event"

    definitions: tuple[Definition, ...] = ()

    def read(self, source: Source) -> None:
        assert self.scope is not None
        position = Position.START
        if self.scope.node.triggered_by_event:
            position = Position.SUB_START if self.node.interrupting else Position.SUB_START_NON_INTERRUPTING
        elif self.scope.scope is not None and self.node.event_definitions:
            source.error(
                "event-position",
                f"{self.label} stands in an embedded sub-process, so it cannot wait for something.",
                "Make it a none start event, or the sub-process an event sub-process.",
            )
            return
        self.definitions = read_definitions(self, source, position)

    def start_waits(self, step: Step) -> Sequence[Change]:
        return self.arm(step, NO_TOKEN)

    # in an event sub-process: on behalf of the scope around it

    def arm(self, step: Step, token: Token) -> Sequence[Change]:
        return arm_all(self, step, token.key, token.key)

    def trigger(self, step: Step, token: Token, wait: Wait, variables: dict[str, Any]) -> None:
        if occurred(self, step, token, wait, token.key):
            self._begin(step, token, variables)
        else:
            step.write(token.key, variables)

    def match(self, thrown: Thrown) -> Match:
        return best_match(self, thrown)

    def caught(self, step: Step, token: Token, thrown: Thrown) -> None:
        self._begin(step, token, caught_variables(self, thrown))

    def _begin(self, step: Step, scope: Token, variables: Mapping[str, Any]) -> None:
        """Run the event sub-process; its variables are its own (semantics.md 13 and 14)."""
        assert self.scope is not None
        if self.node.interrupting:
            step.terminate_children(scope)
            step.close_event_subprocesses(scope)
        token = step.enter(self.scope, scope.key)
        step.write_locals(token.key, variables)

"""Errors: thrown by an end event or a handler, caught by a boundary event or an event sub-process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.catching import throw
from bpmn_engine.elements.event_definitions.definition import Definition, Position
from bpmn_engine.elements.thrown import Match, Thrown
from bpmn_engine.errors import Failure

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class ErrorDefinition(Definition):
    """Catches one error code, or every error if it has none; always interrupting (BPMN 2.0.2, 10.5.7 and 13.5.4)."""

    tag = "errorEventDefinition"
    positions = frozenset({Position.SUB_START, Position.BOUNDARY, Position.END})

    code: str | None = None
    message = ""

    def read(self, source: Source, position: Position) -> None:
        error = source.reference(self.drawn.reference, self.event.label)
        self.code = error.attributes.get("errorCode") if error else None
        self.message = (error.extensions.error_message if error else None) or ""
        if error and not self.code:
            source.error("error-code", f"The error '{error.id}' of {self.event.label} has no code.", "Give it one.")
        if position is Position.END and not self.drawn.reference:
            source.error("error-code", f"{self.event.label} throws an error without code.", "Choose an error.")

    def match(self, thrown: Thrown) -> Match:
        if thrown.definition != self.tag or self.code not in (None, thrown.code):
            return Match.NONE
        return Match.ANY if self.code is None else Match.EXACT

    def variables(self, thrown: Thrown) -> dict[str, Any]:
        names = self.drawn.extensions
        pairs = ((names.error_code_variable, thrown.code), (names.error_message_variable, thrown.message))
        return {name: value for name, value in pairs if name}

    def throw(self, step: Step, token: Token) -> bool:
        code = self.code or ""
        thrown = Thrown(self.tag, code, self.message, step.instance.variables.get(token.key, {}))
        if throw(step, token, thrown) is None:
            raise Failure(
                "UNHANDLED_ERROR_EVENT",
                f"{self.event.label} throws the error '{code}', but no event around it catches it. Add a boundary "
                "event or an event sub-process, and move the instance to the new version.",
            )
        return False

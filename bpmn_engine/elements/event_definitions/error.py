"""Errors: thrown by an end event or a handler, caught by a boundary event or an event sub-process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.catching import throw
from bpmn_engine.elements.event_definitions.codes import code_of, fit, read_code
from bpmn_engine.elements.event_definitions.definition import Definition, Position
from bpmn_engine.elements.thrown import Match, Thrown
from bpmn_engine.errors import Failure

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.expressions import Expression
    from bpmn_engine.instance.state import Token


class ErrorDefinition(Definition):
    """Catches one error code, or every error if it has none; always interrupting (BPMN 2.0.2, 10.5.7 and 13.5.4)."""

    tag = "errorEventDefinition"
    positions = frozenset({Position.SUB_START, Position.BOUNDARY, Position.END})

    code: Expression | None = None
    message = ""

    def read(self, source: Source, position: Position) -> None:
        error = source.reference(self.drawn.reference, self.event.label)
        self.message = (error.extensions.error_message if error else None) or ""
        if error or self.drawn.reference is None:
            text = error.attributes.get("errorCode") if error else None
            self.code = read_code(text, source, self.event.label, "error", position)

    def match(self, thrown: Thrown) -> Match:
        return fit(self.code, self.tag, thrown)

    def variables(self, thrown: Thrown) -> dict[str, Any]:
        names = self.drawn.extensions
        pairs = ((names.error_code_variable, thrown.code), (names.error_message_variable, thrown.message))
        return {name: value for name, value in pairs if name}

    def throw(self, step: Step, token: Token) -> bool:
        assert self.code is not None
        code = code_of(step, self.code, token.key, self.event.label, "error")
        thrown = Thrown(self.tag, code, self.message, step.instance.variables.get(token.key, {}))
        if throw(step, token, thrown) is None:
            raise Failure(
                "UNHANDLED_ERROR_EVENT",
                f"{self.event.label} throws the error '{code}', but no event around it catches it. Add a boundary "
                "event or an event sub-process, and move the instance to the new version.",
            )
        return False

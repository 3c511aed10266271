"""The codes of errors and escalations: computed where they are thrown, fixed where they are caught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.dialects import expression
from bpmn_engine.elements.event_definitions.definition import Position
from bpmn_engine.elements.thrown import Match, Thrown
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression, Static, static

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step

THROWING = frozenset({Position.THROW, Position.END})


def read_code(text: str | None, source: Source, label: str, kind: str, position: Position) -> Expression | None:
    """The code of an `error` or `escalation`: an expression only where it is thrown, None (any) only where caught."""
    text = (text or "").strip()
    throws = position in THROWING
    if not text:
        if throws:
            source.error(
                f"{kind}-code", f"{label} throws an {kind} without code.", f"Choose an {kind} that has a code."
            )
        return None
    code = expression(text, source, f"{kind} code")
    if not throws and not isinstance(code, Static):
        source.error(
            f"{kind}-code",
            f"{label} catches an {kind} whose code '{text}' is an expression; nothing computes it before it is thrown.",
            f"Choose an {kind} with a fixed code, or none to catch every {kind}.",
        )
        return static(text)
    return code


def code_of(step: Step, code: Expression, key: int, label: str, kind: str) -> str:
    """Evaluate the code that a token throws; raise `Failure` if it is not a string."""
    value = step.evaluate(code, key)
    if not isinstance(value, str) or not value:
        raise Failure(
            "EXTRACT_VALUE_ERROR",
            f"{label}: the {kind} code '{code.text}' evaluates to {value!r}; expected a string. Correct the variables "
            "and resolve this incident.",
        )
    return value


def fit(code: Expression | None, tag: str, thrown: Thrown) -> Match:
    """Return how well a catching definition with this code fits what was thrown: no code catches all."""
    if thrown.definition != tag:
        return Match.NONE
    if code is None:
        return Match.ANY
    return Match.EXACT if code.text == thrown.code else Match.NONE

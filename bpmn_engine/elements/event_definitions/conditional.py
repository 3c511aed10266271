"""Conditions: wait until the variables make one true.

1. A condition is looked at when its wait begins, and after each write of a variable that it can see.
2. A non-interrupting one fires each time that it turns from false to true. What cannot be computed is not true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions.definition import WAITING, Definition, Position
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import static
from bpmn_engine.instance.changes import ConditionEvaluated, ConditionOpened
from bpmn_engine.instance.state import Condition, Kind
from bpmn_engine.instance.variables import scopes, visible
from bpmn_engine.model import ConditionFilter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step


class ConditionalDefinition(Definition):
    """Waits until its condition is true (BPMN 2.0.2, 10.5.5; semantics.md 17)."""

    tag = "conditionalEventDefinition"
    positions = WAITING
    catch_wait = Kind.CONDITION

    def read(self, source: Source, position: Position) -> None:
        self.condition = self.drawn.expressions.get("condition", static(""))
        self.filter = self.drawn.extensions.condition_filter or ConditionFilter()
        if not self.condition.text.strip():
            source.error("condition", f"{self.event.label} has no condition.", "Write one, such as =total > 100.")

    def arm(self, step: Step, key: int, outer_key: int) -> tuple[ConditionOpened]:
        return (ConditionOpened(Condition(next(step.keys), key, self.event.id, self.index)),)

    def holds(self, step: Step, names: Mapping[str, Any]) -> bool:
        """Whether the condition is true for these variables."""
        try:
            return self.condition.evaluate(names, step.now).value is True
        except Failure:
            return False

    def concerns(self, name: str, *, created: bool) -> bool:
        """Whether the write of a variable may have changed it."""
        kinds = self.filter.events
        return (not self.filter.variables or name in self.filter.variables) and (
            not kinds or ("create" if created else "update") in kinds
        )


def recheck_conditions(step: Step) -> None:
    """Evaluate new conditions and those that see a written variable; trigger those that have become true."""
    while step.new_conditions or step.written_variables:
        due, written = step.new_conditions, step.written_variables
        step.new_conditions, step.written_variables = [], []
        if written:
            due = [*due, *_concerned(step, written)]
        for key in dict.fromkeys(due):
            _look(step, key)


def _concerned(step: Step, written: list[tuple[int, str, bool]]) -> list[int]:
    found = []
    for key in step.instance.conditions:
        condition, definition = _of(step, key)
        visible_scopes = set(scopes(step.instance, condition.token_key))
        if any(
            scope in visible_scopes and definition.concerns(name, created=created) for scope, name, created in written
        ):
            found.append(key)
    return found


def _of(step: Step, key: int) -> tuple[Condition, ConditionalDefinition]:
    condition = step.instance.waits[key]
    assert isinstance(condition, Condition)
    definition = step.process.catcher(condition.element_id).definitions[condition.index]
    assert isinstance(definition, ConditionalDefinition)
    return condition, definition


def _look(step: Step, key: int) -> None:
    if key not in step.instance.conditions:  # an event that fired just now has closed it
        return
    condition, definition = _of(step, key)
    holds = definition.holds(step, visible(step.instance, condition.token_key))
    if holds != condition.holds:
        step.emit(ConditionEvaluated(key, holds))
        if holds:
            token = step.instance.tokens[condition.token_key]
            step.process.catcher(condition.element_id).trigger(step, token, condition, {})

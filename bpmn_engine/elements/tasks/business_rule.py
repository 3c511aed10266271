"""The business rule task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.dmn import Outcome, decide
from bpmn_engine.elements.element import Element
from bpmn_engine.elements.lookup import Rules, WantedDecision
from bpmn_engine.elements.tasks.work import work_of
from bpmn_engine.errors import Failure
from bpmn_engine.instance.changes import DecisionEvaluated
from bpmn_engine.instance.variables import json_value, visible

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Kind, Token
    from bpmn_engine.model import CalledDecision

_ERROR = "DECISION_EVALUATION_ERROR"


class BusinessRuleTask(Element):
    """Makes a decision of a deployed DMN model, or gives the work to a handler and waits (BPMN 2.0.2, 13.3.3)."""

    tag = "businessRuleTask"
    noun = "Business rule task"

    def read(self, source: Source) -> None:
        self.work = work_of(self.node)
        self.decision = self.node.extensions.decision

    def own_wait(self) -> Kind | None:
        return self.work.own_wait() if self.decision is None else None

    def activate(self, step: Step, token: Token) -> None:
        if self.decision is None:
            self.work.start(step, token)
            return
        rules = self._rules(step, token, self.decision)
        outcome = decide(rules.model, rules.decision, visible(step.instance, token.key), step.now)
        count = len(outcome.evaluated) + (outcome.failure is not None)
        keys = tuple(next(step.keys) for _ in range(count + 1))
        step.emit(DecisionEvaluated(step.now, keys, token.key, rules.key, outcome))
        if outcome.failure is not None:
            raise Failure(_ERROR, f"{self.label} makes the decision '{rules.decision.id}': {outcome.failure}")
        value = json_value(self._mapped(self.decision.mapping, rules, outcome))
        step.become_active(token)
        step.complete_with(token, {self.decision.result_variable: value} if self.decision.result_variable else {})

    def _rules(self, step: Step, token: Token, called: CalledDecision) -> Rules:
        decision_id = step.evaluate(called.decision_id, token.key)
        version = None if called.version is None else step.evaluate(called.version, token.key)
        if not isinstance(decision_id, str) or not decision_id:
            raise Failure(
                "CALLED_DECISION_ERROR",
                f"{self.label} makes the decision '{called.decision_id.text}', which evaluates to {decision_id!r}; "
                "expected the id of a decision.",
            )
        wanted = WantedDecision(decision_id, called.binding, None if version is None else str(version))
        rules = step.lookup.decision(step.instance, wanted)
        if rules is None:
            which = f"{called.binding}{f' {version}' if version is not None else ''}"
            raise Failure(
                "CALLED_DECISION_ERROR",
                f"{self.label} makes the decision '{decision_id}' ({which}), which is not deployed. Deploy it and "
                "resolve this incident.",
            )
        return rules

    def _mapped(self, mapping: str | None, rules: Rules, outcome: Outcome) -> Any:
        """Map the rules that matched to the value of the result variable."""
        if mapping is None:
            return outcome.value
        rows = _rows(rules, outcome)
        if mapping == "resultList":
            return rows
        if mapping == "collectEntries":
            return [self._single(row, mapping) for row in rows]
        if len(rows) > 1:
            raise Failure(_ERROR, f"{self.label} expects one result ({mapping}), but {len(rows)} rules match.")
        if not rows:
            return None
        return rows[0] if mapping == "singleResult" else self._single(rows[0], mapping)

    def _single(self, row: dict[str, Any], mapping: str) -> Any:
        if len(row) != 1:
            names = ", ".join(row)
            raise Failure(_ERROR, f"{self.label} expects one output for each rule ({mapping}), but there are: {names}.")
        return next(iter(row.values()))


def _rows(rules: Rules, outcome: Outcome) -> list[dict[str, Any]]:
    """The outputs by name of each rule that counted; without any, defaults and other values are rows of one output."""
    made, value = outcome.evaluated[-1], outcome.value
    if made.rules and not made.aggregated:
        return [{output.name: output.value for output in rule.outputs} for rule in made.rules]
    if value is None:
        return []
    of_table = made.kind == "decisionTable" and not made.aggregated and isinstance(value, list)
    return [
        row if isinstance(row, dict) else {rules.decision.variable: row} for row in (value if of_table else [value])
    ]

"""Evaluate and write variables, and keep what has happened: the part of a step that knows no elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.instance import changes
from bpmn_engine.instance.state import Incident, Instance, Token
from bpmn_engine.instance.variables import home, json_value, visible, with_path
from bpmn_engine.model import IoMapping, SequenceFlow
from bpmn_engine.model.problems import label


class Ledger:
    """The changes of one instance so far, which have happened to it already."""

    __slots__ = ("changes", "instance", "keys", "now", "written_variables")

    def __init__(self, instance: Instance, keys: Iterator[int], now: datetime) -> None:
        self.instance, self.keys, self.now = instance, keys, now
        self.changes: list[changes.Change] = []
        #: Scope, name and whether it is new, of each variable that a condition may see.
        self.written_variables: list[tuple[int, str, bool]] = []

    def emit(self, change: changes.Change) -> None:
        """Let something happen: what `apply` does, without the call, for nothing is done more often."""
        change.happen(self.instance)
        self.changes.append(change)

    def incident(self, token: Token, failure: Failure, job_key: int | None = None) -> None:
        """Stop the token until an operator resolves the incident."""
        incident = Incident(next(self.keys), token.key, token.element_id, failure.error_type, failure.message, job_key)
        self.emit(changes.IncidentRaised(self.now, incident))

    # expressions

    def evaluate(self, expression: Expression, key: int) -> Any:
        """The value of an expression as the token or scope with this key sees it."""
        return expression.evaluate(visible(self.instance, key), self.now).value

    def holds(self, flow: SequenceFlow, token: Token) -> bool:
        """Whether the condition of a conditional flow is true; a `Failure` if it is neither true nor false."""
        assert flow.condition is not None
        names = visible(self.instance, token.key)
        return self.truth(flow.condition, names, f"condition of {label(flow, 'sequence flow')}")

    def truth(self, condition: Expression, names: Mapping[str, Any], what: str) -> bool:
        """Whether a condition is true; a `Failure` if it is neither true nor false."""
        value, warnings = condition.evaluate(names, self.now)
        if not isinstance(value, bool):
            reason = f" ({'; '.join(warnings)})" if warnings else ""
            raise Failure(
                "CONDITION_ERROR",
                f"The {what} '{condition.text}' is neither true nor false but {value!r}{reason}. Correct the "
                "condition or the variables.",
            )
        return value

    # variables

    def write(self, key: int, variables: Mapping[str, Any]) -> None:
        """Write each variable to the nearest scope upwards that has it, else to the process."""
        for name, value in variables.items():
            self.write_local(home(self.instance, key, name), name, value)

    def write_local(self, scope_key: int, name: str, value: Any) -> None:
        """Write a variable to exactly this scope."""
        key = self.instance.variable_keys.get(scope_key, {}).get(name)
        if key is None:
            self.emit(changes.VariableSet(next(self.keys), scope_key, name, value, created=True))
        else:
            self.emit(changes.VariableSet(key, scope_key, name, value, created=False))
        if self.instance.conditions:
            self.written_variables.append((scope_key, name, key is None))

    def write_locals(self, scope_key: int, variables: Mapping[str, Any]) -> None:
        """Write variables to exactly this scope."""
        for name, value in variables.items():
            self.write_local(scope_key, name, value)

    def map_inputs(self, token: Token, mappings: tuple[IoMapping, ...]) -> None:
        """Create the token's local variables."""
        self.write_locals(token.key, self.mapped(token, mappings, {}))

    def map_outputs(self, token: Token, mappings: tuple[IoMapping, ...]) -> None:
        """Write upwards what the output mappings pick from the token's variables."""
        outside = visible(self.instance, token.scope_key)
        self.write(token.scope_key, self.mapped(token, mappings, outside))

    def mapped(self, token: Token, mappings: tuple[IoMapping, ...], existing: Mapping[str, Any]) -> dict[str, Any]:
        """The values of mappings in their order; each sees the results of those before it."""
        names, results = visible(self.instance, token.key), dict[str, Any]()
        for mapping in mappings:
            value = json_value(mapping.source.evaluate({**names, **results}, self.now).value)
            first, *rest = mapping.target.split(".")
            results[first] = with_path(results.get(first, existing.get(first)), rest, value) if rest else value
        return results

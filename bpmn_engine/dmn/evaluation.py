"""Evaluating a decision: first what it requires, each once, then its own logic (DMN 1.5, clause 10.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from bpmn_engine.dmn.item_types import received, stored
from bpmn_engine.dmn.model import (
    BusinessKnowledge,
    Decision,
    DecisionModel,
    DecisionService,
    ElementReference,
    InputData,
)
from bpmn_engine.dmn.tables import EvaluatedInput, MatchedRule, TableResult
from bpmn_engine.errors import Failure, NotFound
from bpmn_engine.expressions.feel.compiler.calls import call_named
from bpmn_engine.expressions.feel.limits import Evaluation, LimitExceeded
from bpmn_engine.expressions.feel.values import Function, Parameter, Signature


class EvaluatedDecision(NamedTuple):
    """A decision that was made on the way: its value, and for a table the inputs and the rules that matched."""

    id: str
    name: str
    kind: str
    value: Any
    inputs: tuple[EvaluatedInput, ...] = ()
    rules: tuple[MatchedRule, ...] = ()
    aggregated: bool = False


class Outcome(NamedTuple):
    """The value of a decision, with everything that led to it. `failure` is set if it has none."""

    value: Any
    evaluated: tuple[EvaluatedDecision, ...]
    warnings: tuple[str, ...]
    failure: str | None = None
    failed: Decision | None = None


def decide(
    model: DecisionModel,
    decision: Decision,
    variables: Mapping[str, Any],
    now: datetime,
    given: Mapping[str, Any] | None = None,
) -> Outcome:
    """Evaluate a decision with variables; that of an input in an imported model may be named `{namespace}name`.

    `given` are results of decisions of the model, by name, that are not computed.
    """
    results = {
        (model.namespace, known.id): given[known.name] for known in model.decisions if given and known.name in given
    }
    evaluator = _Evaluator(model, variables, Evaluation(now), results)
    try:
        value = evaluator.decision(model, decision)
        evaluator.evaluation.weigh(value)
    except Failure as failure:
        return Outcome(None, tuple(evaluator.trace), evaluator.warnings(), failure.message, evaluator.current)
    except (LimitExceeded, RecursionError) as error:
        reason = error if isinstance(error, LimitExceeded) else "it goes too deep"
        message = f"The decision '{decision.name}' was stopped: {reason}."
        return Outcome(None, tuple(evaluator.trace), evaluator.warnings(), message, evaluator.current)
    return Outcome(value, tuple(evaluator.trace), evaluator.warnings())


def call_service(
    model: DecisionModel, service: DecisionService, arguments: Mapping[str, Any], now: datetime
) -> Outcome:
    """Evaluate a decision service with arguments by name."""
    evaluator = _Evaluator(model, {}, Evaluation(now), {})
    try:
        return Outcome(evaluator.service(model, service, arguments), tuple(evaluator.trace), evaluator.warnings())
    except (Failure, LimitExceeded) as failure:
        return Outcome(None, tuple(evaluator.trace), evaluator.warnings(), str(failure), evaluator.current)


def call_knowledge(
    model: DecisionModel, knowledge: BusinessKnowledge, arguments: Mapping[str, Any], now: datetime
) -> Outcome:
    """Call a business knowledge model with arguments by name."""
    evaluator = _Evaluator(model, {}, Evaluation(now), {})
    try:
        function = evaluator.function(model, knowledge)
        value = call_named(function, dict(arguments), evaluator.evaluation) if function is not None else None
        return Outcome(value, (), evaluator.warnings())
    except (Failure, LimitExceeded) as failure:
        return Outcome(None, (), evaluator.warnings(), str(failure))


def find_decision(model: DecisionModel, id_or_name: str) -> Decision:
    """A decision by its id or its name; raise `NotFound`."""
    for decision in model.decisions:
        if id_or_name in (decision.id, decision.name):
            return decision
    known = ", ".join(decision.id for decision in model.decisions) or "none"
    raise NotFound(f"There is no decision '{id_or_name}'; the model has {known}.")


@dataclass
class _Evaluator:
    """The state of one evaluation: results so far, and the decisions made on the way."""

    model: DecisionModel
    variables: Mapping[str, Any]
    evaluation: Evaluation
    #: Results that are not computed, by the namespace and the id of their decision.
    given: Mapping[tuple[str, str], Any]
    trace: list[EvaluatedDecision] = field(default_factory=list)
    results: dict[tuple[str, str], Any] = field(default_factory=dict)
    functions: dict[tuple[str, str], Function] = field(default_factory=dict)
    imported: dict[str, _Evaluator] = field(default_factory=dict)
    current: Decision | None = None

    def warnings(self) -> tuple[str, ...]:
        return tuple(self.evaluation.warnings or ())

    def decision(self, model: DecisionModel, decision: Decision) -> Any:
        """The value of a decision, computed once."""
        key = model.namespace, decision.id
        if key not in self.results:
            if key in self.given:
                what = f"the value of '{decision.name}'"
                self.results[key] = stored(decision.type, self.given[key], what, self.evaluation)
            else:
                self.results[key] = None  # seen by a decision that requires itself; such a model is not deployed
                self.results[key] = self._made(model, decision)
        return self.results[key]

    def _made(self, model: DecisionModel, decision: Decision) -> Any:
        names = self._names(model, (*decision.inputs, *decision.decisions, *decision.knowledge))
        self.current = decision
        if decision.logic is None:
            return self.evaluation.null(f"the decision '{decision.name}' has no logic")
        before, self.evaluation.audit = self.evaluation.audit, []
        try:
            value = decision.logic.value(names, self.evaluation)
            table = _own(decision, self.evaluation.audit)
        finally:
            self.evaluation.audit = before
        self.trace.append(EvaluatedDecision(decision.id, decision.name, decision.kind, value, *(table or ())))
        return value

    def _names(self, model: DecisionModel, references: Iterable[ElementReference]) -> dict[str, Any]:
        """The variables in scope: those from outside, and what is required under its own name."""
        names = dict(self.variables)
        for reference in _own_last(model, references):
            self._put(names, reference.path, self._value(model, reference))
        return names

    def _put(self, names: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
        if len(path) == 1:
            names[path[0]] = value
        else:
            held = names.get(path[0])
            names[path[0]] = {**(held if isinstance(held, dict) else {}), path[1]: value}

    def _value(self, model: DecisionModel, reference: ElementReference) -> Any:
        found = model.find(reference)
        if found is None:
            return self.evaluation.null(f"there is no '{reference.id}'")
        home, node = found
        if isinstance(node, InputData):
            return self._input(reference, node)
        evaluator = self._within(reference)
        try:
            return evaluator.decision(home, node) if isinstance(node, Decision) else evaluator.function(home, node)
        finally:
            self.current = evaluator.current  # a failure is reported with the decision in which it happened

    def _within(self, reference: ElementReference) -> _Evaluator:
        """The evaluation that an imported model has of its own, if the variables have a context for the import."""
        name = reference.path[0]
        inside = self.variables.get(name) if len(reference.path) > 1 else None
        if not isinstance(inside, Mapping):
            return self
        if name not in self.imported:
            variables = {**self.variables, **inside}
            self.imported[name] = _Evaluator(self.model, variables, self.evaluation, self.given, self.trace)
        return self.imported[name]

    def _input(self, reference: ElementReference, node: InputData) -> Any:
        value = self._given(reference)
        if value is None:
            return self.evaluation.null(f"there is no input '{node.name}'")
        return stored(node.type, received(node.type, value), f"the input '{node.name}'", self.evaluation)

    def _given(self, reference: ElementReference) -> Any:
        """A variable, by the first of its names that has a value: with its namespace, by its path, alone."""
        name = reference.path[-1]
        value = self.variables.get(f"{{{reference.namespace}}}{name}")
        if value is None and len(reference.path) > 1:
            imported = self.variables.get(reference.path[0])
            value = imported.get(name) if isinstance(imported, Mapping) else None
        return self.variables.get(name) if value is None else value

    def function(self, model: DecisionModel, node: BusinessKnowledge | DecisionService) -> Any:
        """A knowledge model or a service as a function."""
        key = model.namespace, node.id
        if key not in self.functions:
            made = self._knowledge(model, node) if isinstance(node, BusinessKnowledge) else self._service(model, node)
            if not isinstance(made, Function):
                return self.evaluation.null(f"'{node.name}' is not a function")
            self.functions[key] = made
        return self.functions[key]

    def _knowledge(self, model: DecisionModel, node: BusinessKnowledge) -> Any:
        """The function of a knowledge model; when called it sees all that the model requires, itself included."""
        if node.logic is None:
            return None
        names: dict[str, Any] = {}
        function = node.logic.value(names, self.evaluation)
        names[node.name] = self.functions[model.namespace, node.id] = function
        for reference in _own_last(model, node.knowledge):
            self._put(names, reference.path, self._value(model, reference))
        return function

    def _service(self, model: DecisionModel, node: DecisionService) -> Function:
        names = self._parameters(model, node)

        def run(evaluation: Evaluation, *arguments: Any) -> Any:
            evaluation.enter()
            try:
                return self.service(model, node, dict(zip((name for name, _ in names), arguments, strict=True)))
            finally:
                evaluation.leave()

        signature = Signature(tuple(Parameter(name, declared) for name, declared in names), run)
        return Function(node.name, (signature,))

    def _parameters(self, model: DecisionModel, node: DecisionService) -> list[tuple[str, Any]]:
        """Names and types of a service's inputs: data first, then decisions."""
        found = [model.find(reference) for reference in (*node.input_data, *node.input_decisions)]
        return [
            (inner.name, inner.type)
            for _, inner in (place for place in found if place is not None)
            if isinstance(inner, InputData | Decision)
        ]

    def service(self, model: DecisionModel, node: DecisionService, arguments: Mapping[str, Any]) -> Any:
        """The value of a service: that of its only output, or a context of all of them."""
        data = [found[1].name for reference in node.input_data if (found := model.find(reference))]
        variables = {**self.variables, **{name: value for name, value in arguments.items() if name in data}}
        given: dict[tuple[str, str], Any] = {}
        for reference in node.input_decisions:
            if (found := model.find(reference)) is not None:
                name = found[1].name
                missing = f"the service '{node.name}' was not given '{name}'"
                value = arguments[name] if name in arguments else self.evaluation.null(missing)
                given[found[0].namespace, found[1].id] = value
        inner = _Evaluator(model, variables, self.evaluation, given, self.trace)
        try:
            values = {
                found[1].name: inner.decision(found[0], found[1])
                for reference in node.outputs
                if (found := model.find(reference)) and isinstance(found[1], Decision)
            }
        except (Failure, LimitExceeded, RecursionError):
            self.current = inner.current
            raise
        value = next(iter(values.values())) if len(values) == 1 else values
        return stored(node.type, value, f"the result of '{node.name}'", self.evaluation)


def _own_last(model: DecisionModel, references: Iterable[ElementReference]) -> list[ElementReference]:
    """Put references to the model's own elements last, for their names hide those of an import without a name."""
    return sorted(references, key=lambda reference: reference.namespace == model.namespace)


def _own(decision: Decision, audit: list[TableResult]) -> TableResult | None:
    """The result of the decision's own table, if its logic is one; nested tables are not reported."""
    return audit[-1] if decision.kind == "decisionTable" and audit else None

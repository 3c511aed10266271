"""The cases of the DMN Technology Compatibility Kit, and running one of them.

`TCK_DIR` says where the folder with `compliance-level-2` and `compliance-level-3` is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from bpmn_engine.dmn import (
    BusinessKnowledge,
    DecisionModel,
    DecisionService,
    Outcome,
    call_knowledge,
    call_service,
    decide,
    find_decision,
    read_together,
)
from bpmn_engine.dmn import Decision as DecisionNode
from bpmn_engine.errors import EngineError
from bpmn_engine.expressions.feel.temporal import read_date, read_datetime, read_duration, read_time

CASES = Path(os.environ.get("TCK_DIR") or Path(__file__).parents[3] / "shared" / "tck" / "cases")
LEVELS = ("compliance-level-2", "compliance-level-3")
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

_NS = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_READ = {"date": read_date, "time": read_time, "dateTime": read_datetime, "duration": read_duration}


@dataclass(frozen=True)
class Expectation:
    """One result of a case. `feel` is set where the node is a single FEEL expression that requires nothing else."""

    id: str
    level: str
    model: Path
    node: str
    invocable: str | None
    inputs: dict[str, Any]
    expected: Any
    error: bool
    feel: bool

    @property
    def of_null(self) -> bool:
        return self.expected is None


def expectations() -> Iterator[Expectation]:
    """Every result of every case of levels 2 and 3."""
    for level in LEVELS:
        for file in sorted((CASES / level).glob("*/*.xml")):
            yield from _of_file(level, file)


def _of_file(level: str, file: Path) -> Iterator[Expectation]:
    root = etree.parse(file).getroot()
    model = file.parent / root.findtext(f"{_NS}modelName", "").strip()
    for case in root.findall(f"{_NS}testCase"):
        inputs = {_name(node): _value(node) for node in case.findall(f"{_NS}inputNode")}
        for node in case.findall(f"{_NS}resultNode"):
            name = node.get("name")
            invocable = case.get("invocableName") if case.get("type") in ("decisionService", "bkm") else None
            yield Expectation(
                f"{level}/{file.parent.name}/{file.stem}#{case.get('id')}/{name}",
                level,
                model,
                name,
                invocable,
                inputs,
                _value(node.find(f"{_NS}expected")),
                node.get("errorResult") == "true",
                invocable is None and name in _plain(model),
            )


def _name(node: Any) -> str:
    """The name of an input, with its namespace where the case says one."""
    namespace = node.get("namespace")
    return f"{{{namespace}}}{node.get('name')}" if namespace else node.get("name")


def _value(element: Any) -> Any:
    """The value that an inputNode, expected, item or component holds."""
    if element is None:
        return None
    if components := element.findall(f"{_NS}component"):
        return {component.get("name"): _value(component) for component in components}
    items = element.find(f"{_NS}list")
    if items is not None:
        return None if items.get(_NIL) == "true" else [_value(item) for item in items.findall(f"{_NS}item")]
    scalar = element.find(f"{_NS}value")
    return None if scalar is None or scalar.get(_NIL) == "true" else _scalar(scalar)


def _scalar(element: Any) -> Any:
    text, kind = element.text or "", (element.get(_TYPE) or "").rpartition(":")[2]
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        return Decimal(text.strip())
    return _READ[kind](text.strip()) if kind in _READ else text


@cache
def _plain(model: Path) -> frozenset[str]:
    """The decisions of a model that are one FEEL expression without required decisions or knowledge."""
    root = etree.parse(model).getroot()
    ns = "{" + etree.QName(root).namespace + "}"
    return frozenset(
        decision.get("name")
        for decision in root.findall(f"{ns}decision")
        if decision.find(f"{ns}literalExpression") is not None
        and decision.find(f".//{ns}requiredDecision") is None
        and decision.find(f"{ns}knowledgeRequirement") is None
    )


@cache
def _model(file: Path) -> DecisionModel:
    """A model with its imports, and theirs, which are in its folder."""
    return read_together({other.name: other.read_bytes() for other in file.parent.glob("*.dmn")})[file.name]


def passes(case: Expectation) -> tuple[bool, Any]:
    """Whether a case passes, and what came out. An error of our own counts as null where an error is expected."""
    try:
        outcome = _evaluated(case)
    except EngineError as error:
        return case.error, error
    if outcome.failure is not None:
        return case.error, outcome.failure
    return same(case.expected, outcome.value), outcome.value


def _evaluated(case: Expectation) -> Outcome:
    model = _model(case.model)
    if case.invocable:
        invoked = next(node for node in model.nodes.values() if node.name == case.invocable)
        if isinstance(invoked, DecisionService):
            outcome = call_service(model, invoked, case.inputs, NOW)
            several = len(invoked.outputs) > 1 and outcome.value is not None
            return outcome._replace(value=outcome.value[case.node]) if several else outcome
        assert isinstance(invoked, BusinessKnowledge)
        return call_knowledge(model, invoked, case.inputs, NOW)
    decision = find_decision(model, case.node)
    known = {node.name for node in model.nodes.values() if isinstance(node, DecisionNode)}
    given = {name: value for name, value in case.inputs.items() if name in known}
    return decide(model, decision, case.inputs, NOW, given)


def same(expected: Any, actual: Any) -> bool:
    """Equality as the kit's own runners have it: numbers to within 1e-8, zones by their meaning."""
    if isinstance(expected, bool) or isinstance(actual, bool) or expected is None or actual is None:
        return expected is actual
    if isinstance(expected, Decimal):
        return isinstance(actual, int | Decimal) and abs(Decimal(actual) - expected) < Decimal("1e-8")
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(same(value, actual[key]) for key, value in expected.items())
        )
    return type(expected) is type(actual) and bool(expected == actual)

"""A small builder for decision models.

>>> model(decision("dish", table("FIRST", ["season"], ["dish"], ['"Winter"', '"Roast"'], ["-", '"Salad"'])))

`dish` is the decision's id and name; what it needs is named by `needs`. The first items of a rule are its conditions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from bpmn_engine.dmn import DecisionModel, Outcome, decide, find_decision, read_decisions

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
DMN15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(*parts: str, namespace: str = "test", version: str = DMN15, attributes: str = "") -> bytes:
    """A file."""
    return (
        f'<definitions xmlns="{version}" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="m" name="Model" '
        f'namespace="{namespace}" {attributes}>{"".join(parts)}</definitions>'
    ).encode()


def decision(name: str, logic: str, needs: Iterable[str] = (), type: str = "", inner: str = "") -> str:  # noqa: A002
    """A decision. `needs` are ids: `in:x` is an input, `bkm:x` knowledge, any other a decision."""
    typed = f'<variable name="{name}" typeRef={quoteattr(type)}/>' if type else ""
    return f"<decision id={quoteattr(name)} name={quoteattr(name)}>{inner}{typed}{''.join(map(_need, needs))}{logic}</decision>"


def _need(what: str) -> str:
    kind, _, key = what.rpartition(":")
    if kind == "bkm":
        return f'<knowledgeRequirement><requiredKnowledge href="#{key}"/></knowledgeRequirement>'
    tag = "requiredInput" if kind == "in" else "requiredDecision"
    return f'<informationRequirement><{tag} href="#{key}"/></informationRequirement>'


def data(name: str, type: str = "") -> str:  # noqa: A002
    """An input."""
    typed = f" typeRef={quoteattr(type)}" if type else ""
    return f'<inputData id="{name}" name="{name}"><variable name="{name}"{typed}/></inputData>'


def knowledge(name: str, parameters: dict[str, str], logic: str, needs: Iterable[str] = ()) -> str:
    """A business knowledge model."""
    formal = "".join(
        f'<formalParameter name="{parameter}"{f" typeRef={quoteattr(kind)}" if kind else ""}/>'
        for parameter, kind in parameters.items()
    )
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><encapsulatedLogic>{formal}{logic}</encapsulatedLogic>'
        f"{''.join(map(_need, needs))}</businessKnowledgeModel>"
    )


def literal(text: str, attributes: str = "") -> str:
    """An expression."""
    return f"<literalExpression {attributes}><text>{escape(text)}</text></literalExpression>"


def table(
    policy: str,
    inputs: Iterable[str],
    outputs: Iterable[str],
    *rules: list[str],
    aggregation: str = "",
    values: dict[str, str] | None = None,
    defaults: dict[str, str] | None = None,
    attributes: str = "",
) -> str:
    """A decision table; `values` are lists of possible values, `defaults` default outputs, by column."""
    values, defaults, inputs, outputs = values or {}, defaults or {}, list(inputs), list(outputs)
    columns = "".join(
        f'<input id="in{n}" label={quoteattr(text)}><inputExpression><text>{escape(text)}</text></inputExpression>'
        f"{_values('inputValues', values.get(text))}</input>"
        for n, text in enumerate(inputs, 1)
    )
    columns += "".join(
        f'<output id="out{n}" name="{name}">{_values("outputValues", values.get(name))}'
        f"{_values('defaultOutputEntry', defaults.get(name))}</output>"
        for n, name in enumerate(outputs, 1)
    )
    rows = "".join(
        f'<rule id="r{number}">'
        + "".join(
            f"<{tag}><text>{escape(cell)}</text></{tag}>"
            for tag, cell in zip(["inputEntry"] * len(inputs) + ["outputEntry"] * len(outputs), cells, strict=True)
        )
        + "</rule>"
        for number, cells in enumerate(rules, 1)
    )
    summed = f'aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable hitPolicy="{policy}" {summed} {attributes}>{columns}{rows}</decisionTable>'


def _values(tag: str, text: str | None) -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>" if text else ""


def made(source: bytes | DecisionModel, name: str = "d", /, **variables: Any) -> Outcome:
    """How a decision comes out; the model must be without problems."""
    read = read_decisions(source) if isinstance(source, bytes) else source
    assert [problem for problem in read.problems if problem.severity == "error"] == []
    return decide(read, find_decision(read, name), variables, NOW)


def value(source: bytes | DecisionModel, name: str = "d", /, **variables: Any) -> Any:
    """The value of a decision, which must have one."""
    outcome = made(source, name, **variables)
    assert outcome.failure is None
    return outcome.value

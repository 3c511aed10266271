"""The codes of errors and escalations."""

from typing import Any

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import boundary, definition, diagram, element, end, service, sub, throw
from tests.play import Play

KINDS = pytest.mark.parametrize("kind", ["error", "escalation"])
CODE = 'errorCode="{0}" escalationCode="{0}"'


def thrown(kind: str, code: str, caught: str, position: str = "end") -> bytes:
    """A sub-process that throws a code; a boundary event on it that catches one."""
    inner = definition(kind, **{f"{kind}Ref": "thrown"})
    flows, node = ("start_s -> x", end("x", inner)) if position == "end" else ("start_s -> x -> a", throw("x", inner))
    catcher = definition(kind, **{f"{kind}Ref": "caught"})
    return diagram(
        "start -> s -> end; up -> help -> end_2",
        sub("s", flows, node),
        boundary("up", "s", catcher),
        service("help"),
        shared=element(kind, "thrown", attributes=CODE.format(code)) + element(kind, "caught", attributes=caught),
    )


@pytest.mark.parametrize(("kind", "position"), [("error", "end"), ("escalation", "end"), ("escalation", "throw")])
@pytest.mark.parametrize("code", ["=code", "=&quot;N&quot; + letter", "${code}"])
def test_a_code_may_be_computed_where_it_is_thrown(kind: str, position: str, code: str) -> None:
    data = thrown(kind, code, CODE.format("NO"), position)

    assert Play(data, code="NO", letter="O").active == ["help"]
    assert Play(data, code="YES", letter="X").active != ["help"]


@KINDS
@pytest.mark.parametrize("value", [None, 5, ""])
def test_a_code_that_is_no_text_is_an_incident_that_can_be_retried(kind: str, value: Any) -> None:
    play = Play(thrown(kind, "=code", CODE.format("NO")), code=value)
    assert play.incidents == [("x", "EXTRACT_VALUE_ERROR")]

    play.set(code="NO")
    play.resolve()

    assert play.active == ["help"]


@KINDS
@pytest.mark.parametrize("caught", ["", CODE.format("")], ids=["none", "empty"])
def test_what_is_caught_without_a_code_is_everything(kind: str, caught: str) -> None:
    data = thrown(kind, "NO", caught)

    assert Play(data).active == ["help"]
    assert [warning.rule for warning in parse(data).warnings if warning.rule.startswith("uncaught")] == []


@KINDS
def test_a_computed_code_is_not_reported_as_uncaught(kind: str) -> None:
    warnings = parse(thrown(kind, "=code", CODE.format("NO"))).warnings

    assert [warning.rule for warning in warnings if warning.rule.startswith("uncaught")] == []


@KINDS
def test_a_code_that_is_caught_cannot_be_computed(kind: str) -> None:
    with pytest.raises(InvalidModel, match="is an expression"):
        parse(thrown(kind, "NO", CODE.format("=code")))


@KINDS
def test_a_code_that_is_no_expression_is_refused(kind: str) -> None:
    with pytest.raises(InvalidModel, match=f"{kind} code"):
        parse(thrown(kind, "=(", CODE.format("NO")))

"""The business rule task."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn_engine.errors import InvalidModel
from bpmn_engine.instance import changes
from bpmn_engine.instance.state import Incident
from bpmn_engine.parser import parse
from tests.diagrams import diagram, element, extensions, mappings, service
from tests.dmn.models import decision, literal, model, table
from tests.play import Play

RULES = model(
    decision("risk", table("FIRST", ["age"], ["level", "fee"], ["< 25", '"high"', "50"], ["-", '"low"', "10"])),
    decision("fees", table("RULE ORDER", ["age"], ["fee"], ["> 10", "1"], ["> 20", "2"])),
    decision("total", table("COLLECT", ["age"], ["fee"], ["> 10", "1"], ["> 20", "2"], aggregation="SUM")),
    decision("level", literal('if age < 25 then "high" else "low"')),
    decision("clash", table("UNIQUE", ["age"], ["y"], ["> 1", "1"], ["> 2", "2"])),
)


def decided(decision_id: str, *parts: str, result: str = "result", **attributes: str) -> bytes:
    more = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    called = f'<zeebe:calledDecision decisionId="{decision_id}" resultVariable="{result}" {more}/>'
    return diagram("start -> a -> end", element("businessRuleTask", "a", extensions(called, *parts)))


def mapped(decision_id: str, mapping: str) -> bytes:
    attributes = (
        f'camunda:decisionRef="{decision_id}" camunda:resultVariable="result" camunda:mapDecisionResult="{mapping}"'
    )
    return diagram("start -> a -> end", element("businessRuleTask", "a", attributes=attributes))


def test_a_business_rule_task_without_a_decision_is_a_job() -> None:
    play = Play(diagram("start -> a -> end", service("a", tag="businessRuleTask")))
    assert play.active == ["a"]

    play.complete("a", approved=True)

    assert play.variables == {"approved": True}


def test_makes_the_decision_and_goes_on() -> None:
    play = Play(decided("risk"), decisions=RULES, age=20)

    assert play.completed
    assert play.variables == {"age": 20, "result": {"level": "high", "fee": 50}}


def test_the_decision_sees_local_variables_and_its_result_goes_through_the_output_mapping() -> None:
    play = Play(decided("risk", mappings({"age": "=years"}, {"fee": "=result.fee"})), decisions=RULES, years=30)

    assert play.variables == {"years": 30, "fee": 10}


def test_which_decision_may_be_computed() -> None:
    assert Play(decided("=chosen"), decisions=RULES, age=30, chosen="level").variables["result"] == "low"


def test_what_was_decided_is_noted_for_the_audit() -> None:
    play = Play(decided("risk"), decisions=RULES, age=20)
    noted = next(change for change in play.history if isinstance(change, changes.DecisionEvaluated))

    assert [rule.id for rule in noted.outcome.evaluated[0].rules] == ["r1"]
    assert len(noted.keys) == 2


def test_a_decision_that_cannot_be_made_is_an_incident_that_names_rules_and_goes_on_when_resolved() -> None:
    play = Play(decided("clash"), decisions=RULES, age=20)

    incident = play.waits(Incident)[0]
    assert incident.error_type == "DECISION_EVALUATION_ERROR"
    assert "makes the decision 'clash': 'clash': rules 1 and 2 match together" in incident.message

    play.set(age=2)
    play.resolve()

    assert play.completed
    assert play.variables["result"] == 1


def test_a_decision_that_is_not_deployed_is_an_incident() -> None:
    incident = Play(decided("nothing", bindingType="deployment"), decisions=RULES).waits(Incident)[0]

    assert incident.error_type == "CALLED_DECISION_ERROR"
    assert "makes the decision 'nothing' (deployment), which is not deployed" in incident.message


def test_an_id_that_is_no_text_is_an_incident() -> None:
    assert "evaluates to None; expected the id" in Play(decided("=missing"), decisions=RULES).waits(Incident)[0].message


@pytest.mark.parametrize(
    ("decision_id", "mapping", "expected"),
    [
        ("level", "singleEntry", "low"),
        ("fees", "collectEntries", [1, 2]),
        ("fees", "resultList", [{"fee": 1}, {"fee": 2}]),
        ("risk", "singleResult", {"level": "low", "fee": 10}),
        ("risk", "resultList", [{"level": "low", "fee": 10}]),
        ("total", "singleEntry", 3),
        ("level", "resultList", [{"level": "low"}]),
        ("level", "singleResult", {"level": "low"}),
    ],
)
def test_maps_what_matched_as_camunda_7_does(decision_id: str, mapping: str, expected: Any) -> None:
    assert Play(mapped(decision_id, mapping), decisions=RULES, age=30).variables["result"] == expected


def test_no_match_is_mapped_to_nothing() -> None:
    assert Play(mapped("fees", "singleEntry"), decisions=RULES, age=1).variables["result"] is None
    assert Play(mapped("fees", "resultList"), decisions=RULES, age=1).variables["result"] == []


@pytest.mark.parametrize(
    ("decision_id", "mapping", "complaint"),
    [("fees", "singleEntry", "but 2 rules match"), ("risk", "singleEntry", "but there are: level, fee")],
)
def test_a_mapping_that_does_not_fit_is_an_incident(decision_id: str, mapping: str, complaint: str) -> None:
    assert complaint in Play(mapped(decision_id, mapping), decisions=RULES, age=30).waits(Incident)[0].message


def test_without_a_result_variable_the_decision_is_only_noted() -> None:
    silent = diagram("start -> a -> end", element("businessRuleTask", "a", attributes='camunda:decisionRef="level"'))
    play = Play(silent, decisions=RULES, age=1)

    assert play.completed
    assert play.variables == {"age": 1}


@pytest.mark.parametrize(
    ("drawn", "complaint"),
    [
        (
            element("businessRuleTask", "a", extensions('<zeebe:calledDecision decisionId="" resultVariable="x"/>')),
            "needs a decisionId",
        ),
        (
            element(
                "businessRuleTask",
                "a",
                extensions('<zeebe:calledDecision decisionId="d" resultVariable="x" bindingType="newest"/>'),
            ),
            "'newest'",
        ),
        (
            element("businessRuleTask", "a", attributes='camunda:mapDecisionResult="singleEntry"'),
            "no camunda:decisionRef",
        ),
        (
            element("businessRuleTask", "a", attributes='camunda:decisionRef="d" camunda:mapDecisionResult="all"'),
            "'all' is not a mapping",
        ),
        (
            element("serviceTask", "a", extensions('<zeebe:calledDecision decisionId="d" resultVariable="x"/>')),
            "a called decision that has no effect",
        ),
    ],
)
def test_what_is_drawn_wrongly_is_refused(drawn: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> a -> end", drawn))

"""Decisions over REST and through the official SDK."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import models as m
from camunda_orchestration_sdk.errors import BadRequestError, NotFoundError
from camunda_orchestration_sdk.runtime.eventual import ConsistencyOptions

from tests.api.test_rest import client, deploy, start  # noqa: F401 - the fixture
from tests.diagrams import diagram, element, extensions
from tests.dmn.models import decision, literal, model, table

SOON = ConsistencyOptions(wait_up_to_ms=15_000, poll_interval_ms=20)
RULES = model(
    decision("base", literal("age * 2")),
    decision("d", table("FIRST", ["base"], ["level"], ["> 50", '"old"'], ["> 0", '"young"']), needs=["base"]),
    decision("clash", table("UNIQUE", ["1"], ["y"], ["-", "1"], ["-", "2"])),
)
TASK = diagram(
    "start -> a -> end",
    element("businessRuleTask", "a", extensions('<zeebe:calledDecision decisionId="d" resultVariable="r"/>')),
)


def search(client: httpx.Client, what: str, **wanted: Any) -> Any:  # noqa: F811
    return client.post(f"/{what}/search", json={"filter": wanted}).json()["items"]


def test_a_deployment_tells_of_decisions_and_their_model(client: httpx.Client) -> None:  # noqa: F811
    deployed = deploy(client, RULES, "rules.dmn").json()["deployments"]

    decisions = [item["decisionDefinition"] for item in deployed if item["decisionDefinition"]]
    assert [found["decisionDefinitionId"] for found in decisions] == ["base", "d", "clash"]
    requirements = deployed[-1]["decisionRequirements"]
    assert requirements["decisionRequirementsId"] == "m"
    assert requirements["resourceName"] == "rules.dmn"
    assert {found["decisionRequirementsKey"] for found in decisions} == {requirements["decisionRequirementsKey"]}


def test_definitions_and_requirements_are_searched_got_and_read(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, RULES, "rules.dmn")
    deploy(client, RULES.replace(b"age * 2", b"age * 3"), "rules.dmn")

    latest = search(client, "decision-definitions", decisionDefinitionId="d", isLatestVersion=True)
    assert [found["version"] for found in latest] == [2]
    assert len(search(client, "decision-definitions", decisionRequirementsId="m")) == 6
    key = latest[0]["decisionDefinitionKey"]
    assert client.get(f"/decision-definitions/{key}").json() == latest[0]
    assert b"age * 3" in client.get(f"/decision-definitions/{key}/xml").content
    requirements = search(client, "decision-requirements", version=1)[0]
    root = f"/decision-requirements/{requirements['decisionRequirementsKey']}"
    assert client.get(root).json() == requirements
    assert b"age * 2" in client.get(f"{root}/xml").content


@pytest.mark.parametrize(
    "path",
    ["decision-definitions/1", "decision-definitions/1/xml", "decision-requirements/1", "decision-instances/1-1"],
)
def test_what_is_not_there_is_404(client: httpx.Client, path: str) -> None:  # noqa: F811
    assert client.get(f"/{path}").status_code == 404


def test_an_evaluation_says_how_it_came_about(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, RULES, "rules.dmn")

    made = client.post(
        "/decision-definitions/evaluation", json={"decisionDefinitionId": "d", "variables": {"age": 30}}
    ).json()

    assert made["output"] == '"old"'
    assert made["failureMessage"] is None
    first, last = made["evaluatedDecisions"]
    assert (first["decisionDefinitionId"], first["output"]) == ("base", "60")
    assert last["evaluatedInputs"] == [{"inputId": "in1", "inputName": "base", "inputValue": "60"}]
    assert last["matchedRules"][0]["ruleIndex"] == 1
    assert last["matchedRules"][0]["evaluatedOutputs"][0]["outputValue"] == '"old"'
    kept = client.get(f"/decision-instances/{last['decisionEvaluationInstanceKey']}").json()
    assert (kept["state"], kept["result"]) == ("EVALUATED", '"old"')
    assert kept["matchedRules"] == last["matchedRules"]


def test_a_decision_that_cannot_be_made_says_why(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, RULES, "rules.dmn")

    made = client.post("/decision-definitions/evaluation", json={"decisionDefinitionId": "clash"}).json()

    assert made["failedDecisionDefinitionId"] == "clash"
    assert "rules 1 and 2 match together" in made["failureMessage"]
    assert made["output"] == "null"
    failed = search(client, "decision-instances", state="FAILED")[0]
    assert failed["evaluationFailure"] == made["failureMessage"]


@pytest.mark.parametrize(
    "body", [{}, {"decisionDefinitionId": "d", "decisionDefinitionKey": "1"}, {"decisionDefinitionKey": "x"}]
)
def test_an_evaluation_needs_one_decision(client: httpx.Client, body: Any) -> None:  # noqa: F811
    assert client.post("/decision-definitions/evaluation", json=body).status_code == 400


def test_decisions_of_a_process_are_found_by_it(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, RULES, "rules.dmn")
    deploy(client, TASK)
    instance = start(client, variables={"age": 5})["processInstanceKey"]

    found = search(client, "decision-instances", processInstanceKey=instance)

    assert [made["decisionDefinitionId"] for made in found] == ["base", "d"]
    assert found[1]["result"] == '"young"'
    assert found[1]["processDefinitionKey"]
    assert (
        search(client, "decision-instances", decisionDefinitionType="DECISION_TABLE", processInstanceKey=instance)
        == found[1:]
    )


@pytest.mark.parametrize(
    ("body", "result", "warnings"),
    [
        ({"expression": "=1 + x", "variables": {"x": 2}}, 3, []),
        ({"expression": "x.y"}, None, ["there is no variable 'x'", "a null has no property 'y'"]),
        ({"expression": '= date("2026-01-31") + duration("P1M")'}, "2026-02-28", []),
        ({"expression": "[1, 2.5, {a: null}]"}, [1, 2.5, {"a": None}], []),
        ({"expression": "[1..3]"}, "[1..3]", []),
    ],
)
def test_an_expression_is_evaluated(client: httpx.Client, body: Any, result: Any, warnings: list[str]) -> None:  # noqa: F811
    answer = client.post("/expression/evaluation", json=body).json()

    assert answer["result"] == result
    assert [warning["message"] for warning in answer["warnings"]] == warnings


@pytest.mark.parametrize("expression", ["1 +", "for i in 1..1e12 return i", 'assert(1, false, "no")'])
def test_an_expression_without_value_is_400_and_says_why(client: httpx.Client, expression: str) -> None:  # noqa: F811
    answer = client.post("/expression/evaluation", json={"expression": expression})

    assert answer.status_code == 400
    assert json.loads(answer.content)["detail"]


def test_the_sdk_deploys_evaluates_and_finds_decisions(sdk: Any, tmp_path: Path) -> None:
    unique = f"d{uuid.uuid4().hex}"
    file = tmp_path / f"{unique}.dmn"
    file.write_bytes(RULES.replace(b'"d"', f'"{unique}"'.encode()).replace(b'id="m"', f'id="m{unique}"'.encode()))
    deployed = sdk.deploy_resources_from_files([file])
    assert unique in {found.decision_definition_id for found in deployed.decisions}

    data = m.DecisionEvaluationByID.from_dict({"decisionDefinitionId": unique, "variables": {"age": 40}})
    made = sdk.evaluate_decision(data=data)

    assert json.loads(made.output) == "old"
    assert made.evaluated_decisions[-1].matched_rules[0].rule_id == "r1"
    key = made.evaluated_decisions[-1].decision_evaluation_instance_key
    kept = sdk.get_decision_instance(key, consistency=SOON)
    assert kept.decision_definition_type.value == "DECISION_TABLE"
    assert kept.evaluated_inputs[0].input_value == "80"
    query = m.DecisionInstanceSearchQuery.from_dict({"filter": {"decisionEvaluationKey": made.decision_evaluation_key}})
    assert len(sdk.search_decision_instances(data=query, consistency=SOON).items) == 2
    definition = sdk.get_decision_definition(made.decision_definition_key, consistency=SOON)
    assert definition.decision_definition_id == unique
    assert "decisionTable" in str(sdk.get_decision_definition_xml(made.decision_definition_key, consistency=SOON))
    requirements = sdk.get_decision_requirements(made.decision_requirements_key, consistency=SOON)
    assert requirements.resource_name == file.name
    with pytest.raises(NotFoundError):
        sdk.evaluate_decision(data=m.DecisionEvaluationByID.from_dict({"decisionDefinitionId": "nobody"}))


def test_the_sdk_evaluates_expressions(sdk: Any) -> None:
    variables = m.ExpressionEvaluationRequestVariables.from_dict({"x": {}})
    request = m.ExpressionEvaluationRequest(expression="=x.y", variables=variables)
    result = sdk.evaluate_expression(data=request)

    assert result.result is None
    assert result.warnings[0].message == "the context has no entry 'y'"
    with pytest.raises(BadRequestError):
        sdk.evaluate_expression(data=m.ExpressionEvaluationRequest(expression="1 +"))


def test_a_decision_that_no_process_has_made_has_keys_that_a_client_can_read(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, RULES, "rules.dmn")
    body = {"decisionDefinitionId": "d", "variables": {"age": 30}}
    client.post("/decision-definitions/evaluation", json=body)

    made = search(client, "decision-instances")[0]

    keys = ("processDefinitionKey", "processInstanceKey", "elementInstanceKey")
    assert [made[name] for name in keys] == ["-1", "-1", "-1"]
    assert made["rootProcessInstanceKey"] is None

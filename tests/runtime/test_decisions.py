"""Decisions in the engine: versions, bindings, what is kept, on each database."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn_engine import Engine, InvalidArgument, InvalidModel, NotFound, Resource
from bpmn_engine.store.queries.resources import DECISION_DEFINITIONS, DECISION_INSTANCES, PROCESS_DEFINITIONS
from tests.diagrams import diagram, element, extensions
from tests.dmn.models import decision, knowledge, literal, model, table

IMPORT = '<import namespace="lib" name="lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'


def rules(result: str, inner: str = "") -> Resource:
    return Resource("rules.dmn", model(decision("d", literal(result), inner=inner)))


def tagged(tag: str) -> str:
    return f'<extensionElements><zeebe:versionTag value="{tag}"/></extensionElements>'


def task(**attributes: str) -> Resource:
    called = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    inner = extensions(f'<zeebe:calledDecision decisionId="d" resultVariable="r" {called}/>')
    return Resource("p.bpmn", diagram("start -> a -> end", element("businessRuleTask", "a", inner)))


def kept(engine: Engine) -> list[Any]:
    return engine.search(DECISION_INSTANCES).items


def test_a_process_makes_the_latest_version(any_engine: Engine) -> None:
    any_engine.deploy(task(), rules('"one"'))
    assert any_engine.run("p")["r"] == "one"

    any_engine.deploy(rules('"two"'))

    assert any_engine.run("p")["r"] == "two"


def test_an_unchanged_file_keeps_its_version(any_engine: Engine) -> None:
    first = any_engine.deploy(rules("1"))
    again = any_engine.deploy(rules("1"))
    changed = any_engine.deploy(rules("2"))

    assert [(item.kind, item.id, item.version) for item in first.items] == [
        ("decision", "d", 1),
        ("decision requirements", "m", 1),
    ]
    assert [item.key for item in again.items] == [item.key for item in first.items]
    assert [item.version for item in changed.items] == [2, 2]


def test_a_deployment_binding_stays_with_its_deployment(engine: Engine) -> None:
    engine.deploy(task(bindingType="deployment"), rules('"one"'))
    engine.deploy(rules('"two"'))

    assert engine.run("p")["r"] == "one"


def test_a_version_tag_is_found(engine: Engine) -> None:
    engine.deploy(task(bindingType="versionTag", versionTag="stable"), rules('"stable"', tagged("stable")))
    engine.deploy(rules('"next"', tagged("next")))

    assert engine.run("p")["r"] == "stable"


def test_a_version_by_its_number(engine: Engine) -> None:
    attributes = 'camunda:decisionRef="d" camunda:decisionRefBinding="version" camunda:decisionRefVersion="1" camunda:resultVariable="r" camunda:mapDecisionResult="singleEntry"'
    engine.deploy(
        Resource("p.bpmn", diagram("start -> a -> end", element("businessRuleTask", "a", attributes=attributes)))
    )
    engine.deploy(rules('"one"'))
    engine.deploy(rules('"two"'))

    assert engine.run("p")["r"] == "one"


def test_what_was_decided_is_kept_with_inputs_and_rules(any_engine: Engine) -> None:
    any_engine.deploy(
        task(),
        Resource(
            "rules.dmn",
            model(
                decision("base", literal("age * 2")),
                decision("d", table("FIRST", ["base"], ["y"], ["> 50", '"old"'], ["-", '"young"']), needs=["base"]),
            ),
        ),
    )
    instance = any_engine.start("p", {"age": 30})
    base, made = kept(any_engine)

    assert (base.decision_id, base.result, base.type, base.position) == ("base", "60", "LITERAL_EXPRESSION", 1)
    assert (made.decision_id, made.result, made.type, made.position) == ("d", '"old"', "DECISION_TABLE", 2)
    assert made.evaluation_key == base.evaluation_key
    assert made.instance_key == instance
    assert made.inputs == '[["in1","base","60"]]'
    assert made.rules == '[["r1",1,[["out1","y","\\"old\\""]]]]'
    assert made.root_definition_key == made.definition_key == base.root_definition_key


def test_a_failure_is_kept_too(any_engine: Engine) -> None:
    any_engine.deploy(
        task(), Resource("rules.dmn", model(decision("d", table("UNIQUE", ["1"], ["y"], ["-", "1"], ["-", "2"]))))
    )
    any_engine.start("p")

    assert kept(any_engine)[0].state == "FAILED"
    assert "rules 1 and 2" in kept(any_engine)[0].failure
    assert any_engine.incidents()[0].error_type == "DECISION_EVALUATION_ERROR"


def test_a_decision_is_made_without_a_process(any_engine: Engine) -> None:
    any_engine.deploy(rules("x + 1"))
    by_id = any_engine.decide("d", {"x": 1})
    by_key = any_engine.decide(key=by_id.definition.key, variables={"x": 2})

    assert (by_id.outcome.value, by_key.outcome.value) == (2, 3)
    assert [row.result for row in kept(any_engine)] == ["2", "3"]
    with pytest.raises(NotFound, match="no decision 'other'"):
        any_engine.decide("other")


def test_models_of_one_deployment_import_each_other_and_a_changed_import_makes_a_new_version(
    any_engine: Engine,
) -> None:
    main = Resource(
        "main.dmn",
        model(
            IMPORT,
            '<decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="lib#tax"/></knowledgeRequirement>'
            f"{literal('lib.tax(x)')}</decision>",
            namespace="main",
            attributes="",
        ).replace(b'id="m"', b'id="main"'),
    )

    def library(text: str) -> Resource:
        return Resource("lib.dmn", model(knowledge("tax", {"n": "number"}, literal(text)), namespace="lib"))

    any_engine.deploy(main, library("n * 2"))
    assert any_engine.decide("d", {"x": 5}).outcome.value == 10

    deployed = any_engine.deploy(main, library("n * 3"))

    assert {item.id: item.version for item in deployed.items} == {"m": 2, "d": 2, "main": 2}
    assert any_engine.decide("d", {"x": 5}).outcome.value == 15
    assert any_engine.decide("d", {"x": 5}, version=1).outcome.value == 10


def test_an_import_may_have_been_deployed_before(engine: Engine) -> None:
    engine.deploy(Resource("lib.dmn", model(decision("base", literal("7")), namespace="lib")))
    engine.deploy(
        Resource(
            "main.dmn",
            model(
                IMPORT,
                '<decision id="d" name="d"><informationRequirement><requiredDecision href="lib#base"/></informationRequirement>'
                f"{literal('lib.base * 2')}</decision>",
                namespace="main",
            ),
        )
    )

    decided = engine.decide("d")
    assert decided.outcome.value == 14
    assert [row.decision_id for row in kept(engine)] == ["base", "d"]


@pytest.mark.parametrize(
    ("resources", "complaint"),
    [
        ([rules("1 +")], "rules.dmn: An expression of 'd' cannot be read"),
        ([Resource("x.dmn", b"<x/>")], "x.dmn: .* is not a decision model"),
        (
            [rules("1"), Resource("other.dmn", model(decision("a", literal("b"), needs=["nobody"]), namespace="o"))],
            "needs 'nobody'",
        ),
        ([Resource("x.dmn", model(IMPORT))], "imported model 'lib' is not here"),
        ([Resource("x.dmn", model().replace(b' id="m"', b"").replace(b' name="Model"', b""))], "has neither id"),
    ],
)
def test_a_deployment_with_a_wrong_model_is_refused_as_a_whole(
    engine: Engine, resources: list[Resource], complaint: str
) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        engine.deploy(*resources, task())

    assert engine.search(DECISION_DEFINITIONS).items == []
    assert engine.search(PROCESS_DEFINITIONS).items == []


def test_one_decision_twice_in_a_deployment_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidArgument, match="The decision 'd' is in this deployment twice"):
        engine.deploy(rules("1"), Resource("other.dmn", model(decision("d", literal("2")), namespace="other")))


def test_another_engine_on_the_same_database_makes_the_decision(database_url: str) -> None:
    with Engine(database_url) as first:
        first.deploy(task(), rules("x * 2"))
    with Engine(database_url) as second:
        assert second.run("p", {"x": 4})["r"] == 8


def test_an_expression_sees_variables_and_a_scope(engine: Engine) -> None:
    engine.deploy(Resource("wait.bpmn", diagram("start -> a -> end", element("userTask", "a"))))
    instance = engine.start("p", {"x": 5, "y": 1})

    assert engine.evaluate("=x + y", {"x": 1, "y": 2}).value == 3
    assert engine.evaluate("x + y", {"y": 10}, scope_key=instance).value == 15
    with pytest.raises(InvalidArgument, match="expected a value"):
        engine.evaluate("1 +")
    with pytest.raises(NotFound):
        engine.evaluate("1", scope_key=1)

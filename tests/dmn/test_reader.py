"""Reading DMN files of all versions, and refusing others."""

from __future__ import annotations

import pytest

from bpmn_engine.dmn import NAMESPACES, read_decisions
from bpmn_engine.errors import InvalidModel
from tests.dmn.models import decision, literal, model, table, value


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_all_versions_are_read(namespace: str) -> None:
    source = model(decision("d", table("FIRST", ["x"], ["y"], ["> 1", '"big"'], ["-", '"small"'])), version=namespace)

    assert value(source, x=5) == "big"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (b"<definitions/>", "is not a decision model"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "is not a decision model"),
        (b"not xml", "not well-formed"),
        (b"<!DOCTYPE x><x/>", "DOCTYPE"),
    ],
)
def test_what_is_no_decision_model_is_refused(source: bytes, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        read_decisions(source)


@pytest.mark.parametrize(
    "language", ["feel", "FEEL", "http://www.omg.org/spec/FEEL/20140401", "https://www.omg.org/spec/DMN/20230324/FEEL/"]
)
def test_feel_has_several_names(language: str) -> None:
    assert value(model(decision("d", literal("1 + 1", f'expressionLanguage="{language}"')))) == 2


def test_the_language_of_the_file_is_that_of_its_expressions() -> None:
    read = read_decisions(model(decision("d", literal("x.y()")), attributes='expressionLanguage="groovy"'))

    assert "'groovy', which is not supported" in read.problems[0].message


def test_types_of_camunda_7_are_numbers() -> None:
    typed = model(decision("d", literal("x"), type="integer"))

    assert value(typed, x=5) == 5
    assert value(typed, x="5") is None


@pytest.mark.parametrize(
    "inner",
    ['<extensionElements><zeebe:versionTag value="v2"/></extensionElements>', ""],
)
def test_version_tags_are_read(inner: str) -> None:
    drawn = decision("d", literal("1"), inner=inner)
    if not inner:
        drawn = drawn.replace(
            "<decision ", '<decision xmlns:camunda="http://camunda.org/schema/1.0/dmn" camunda:versionTag="v2" '
        )

    assert read_decisions(model(drawn)).decisions[0].version_tag == "v2"


def test_a_decision_without_id_is_known_by_its_name() -> None:
    read = read_decisions(
        model('<decision name="my d"><literalExpression><text>1</text></literalExpression></decision>')
    )

    assert read.problems == ()
    assert [decision.id for decision in read.decisions] == ["my d"]


def test_a_decision_needs_an_id_or_a_name() -> None:
    read = read_decisions(model("<decision><literalExpression><text>1</text></literalExpression></decision>"))

    assert "has neither id nor name" in read.problems[0].message


@pytest.mark.parametrize(
    ("source", "severity", "complaint"),
    [
        (model(decision("d", "")), "warning", "'d' has no logic, so it is always null"),
        (
            model(
                '<import namespace="p" name="p" importType="http://www.dmg.org/PMML-4_3"/>', decision("d", literal("1"))
            ),
            "warning",
            "What is imported from 'p' is not read",
        ),
        (
            model(decision("d", table("FIRST", ["x"], ["y"], ["-", "1"]))).replace(
                b"<input ", b'<input xmlns:camunda="http://camunda.org/schema/1.0/dmn" camunda:inputVariable="v" '
            ),
            "error",
            "camunda:inputVariable, which is not supported. Write ? for it.",
        ),
    ],
)
def test_what_would_be_dropped_in_silence_is_told(source: bytes, severity: str, complaint: str) -> None:
    (problem,) = read_decisions(source).problems

    assert problem.severity == severity
    assert complaint in str(problem)

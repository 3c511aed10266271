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


def test_elements_without_an_id_as_the_schema_allows_are_known_by_their_names() -> None:
    source = model(
        '<inputData name="x"><variable name="x" typeRef="number"/></inputData>',
        '<decision name="the base"><informationRequirement><requiredInput href="#x"/></informationRequirement>'
        f"{literal('x * 2')}</decision>",
        '<decision name="d"><informationRequirement><requiredDecision href="#the base"/></informationRequirement>'
        f"{literal('the base + 1')}</decision>",
    ).replace(b' id="m"', b"")
    read = read_decisions(source)

    assert read.problems == ()
    assert (read.id, [found.id for found in read.decisions]) == ("Model", ["the base", "d"])
    assert value(read, x=3) == 7


def test_an_element_has_an_id_or_a_name() -> None:
    read = read_decisions(model(f"<decision>{literal('1')}</decision>"))

    assert [problem.message for problem in read.problems] == ["A <decision> has neither an id nor a name."]


def test_two_elements_without_an_id_do_not_have_one_name() -> None:
    read = read_decisions(model(f'<decision name="d">{literal("1")}</decision>' * 2))

    assert [problem.message for problem in read.problems] == ["The id 'd' is there twice."]


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
        (
            model(decision("d", "<literalExpression><importedValues namespace='n'/></literalExpression>")),
            "error",
            "Imported values are not supported.",
        ),
        (
            model(
                decision(
                    "d",
                    f"<context><contextEntry>{literal('1')}</contextEntry>"
                    f"<contextEntry><variable name='a'/>{literal('2')}</contextEntry></context>",
                )
            ),
            "error",
            "others come after it",
        ),
        (
            model(decision("d", table("FIRST", ["x"], ["y", "y"], ["-", "1", "2"]))),
            "error",
            "Two outputs have the name 'y'.",
        ),
        (
            model(decision("d", literal("1")), decision("e", literal("1")).replace('name="e"', 'name="d"')),
            "warning",
            "The name 'd' is there twice",
        ),
    ],
)
def test_what_would_be_dropped_in_silence_is_told(source: bytes, severity: str, complaint: str) -> None:
    (problem,) = read_decisions(source).problems

    assert problem.severity == severity
    assert complaint in str(problem)

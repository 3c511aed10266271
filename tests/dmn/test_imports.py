"""Imports, a test for each sentence of the standard about them (DMN 1.5, clauses 6.3.3, 7.3.3 and 10.4)."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn_engine.dmn import DecisionModel, DecisionService, call_service, decide, find_decision, read_together
from tests.dmn.models import DMN15, NOW, data, decision, knowledge, literal, model, table, value


def import_of(namespace: str, name: str) -> str:
    return f'<import namespace="{namespace}" name="{name}" importType="{DMN15}"/>'


def needing(kind: str, *references: str) -> str:
    holder = "knowledgeRequirement" if kind == "Knowledge" else "informationRequirement"
    return "".join(f'<{holder}><required{kind} href="{reference}"/></{holder}>' for reference in references)


def imported(top: bytes, *others: bytes) -> DecisionModel:
    """The model of a file that imports others."""
    files = {"top.dmn": top} | {f"{number}.dmn": other for number, other in enumerate(others)}
    models = read_together(files)
    assert [problem for each in models.values() for problem in each.problems] == []
    return models["top.dmn"]


PERSON = '<itemDefinition name="tPerson"><itemComponent name="full name"><typeRef>string</typeRef></itemComponent></itemDefinition>'
BOTTOM = model(
    PERSON,
    data("who", "string"),
    data("factor", "number"),
    decision("hello", literal('"bottom " + who'), needs=["in:who"]),
    decision("scaled", literal("factor * 2"), needs=["in:factor"]),
    knowledge("ten times", {"n": "number"}, literal("n * 10")),
    knowledge("twenty times", {"n": "number"}, literal("ten times(n) * 2"), needs=["bkm:ten times"]),
    '<decisionService id="scale" name="scale"><outputDecision href="#scaled"/><inputData href="#factor"/></decisionService>',
    namespace="bottom",
)


def middle(namespace: str) -> bytes:
    inner = literal("p.full name + string(below.twenty times(2))")
    return model(
        import_of("bottom", "below"),
        '<itemDefinition name="tPeople" isCollection="true"><typeRef>below.tPerson</typeRef></itemDefinition>',
        data("who", "string"),
        decision(
            "hello",
            literal(f'"{namespace} " + who + ", " + below.hello'),
            inner=needing("Input", "#who") + needing("Decision", "bottom#hello"),
        ),
        decision("sixty", literal("below.twenty times(3)"), inner=needing("Knowledge", "bottom#twenty times")),
        decision("eight", literal("below.scale(4)"), inner=needing("Knowledge", "bottom#scale")),
        '<businessKnowledgeModel id="named" name="named"><encapsulatedLogic>'
        f'<formalParameter name="p" typeRef="below.tPerson"/>{inner}</encapsulatedLogic>'
        f"{needing('Knowledge', 'bottom#twenty times')}</businessKnowledgeModel>",
        '<decisionService id="greet" name="greet"><outputDecision href="#hello"/><inputDecision href="bottom#hello"/>'
        '<inputData href="#who"/></decisionService>',
        namespace=namespace,
    )


def top(*parts: str) -> DecisionModel:
    first, second = import_of("left", "to the left"), import_of("right", "right")
    return imported(model(first, second, *parts, namespace="top"), middle("left"), middle("right"), BOTTOM)


def test_a_model_that_is_imported_has_imports_and_inputs_of_its_own() -> None:
    both = top(
        data("who", "string"),
        decision(
            "d",
            literal("[who, to the left.hello, right.hello]"),
            inner=needing("Input", "#who") + needing("Decision", "left#hello", "right#hello"),
        ),
    )

    by_path = {
        "who": "Ada",
        "to the left": {"who": "Bea", "below": {"who": "Cleo"}},
        "right": {"who": "Dora", "below": {"who": "Eve"}},
    }
    by_namespace = {"who": "Ada", "{left}who": "Bea", "{right}who": "Dora", "{bottom}who": "Cleo"}

    assert value(both, **by_path) == ["Ada", "left Bea, bottom Cleo", "right Dora, bottom Eve"]
    assert value(both, **by_namespace) == ["Ada", "left Bea, bottom Cleo", "right Dora, bottom Cleo"]
    assert value(both, who="Ada") == ["Ada", "left Ada, bottom Ada", "right Ada, bottom Ada"]


@pytest.mark.parametrize(
    ("text", "requirements", "expected"),
    [
        ("to the left.sixty", needing("Decision", "left#sixty"), 60),
        ("right.eight", needing("Decision", "right#eight"), 8),
        ('to the left.named({full name: "Ada"})', needing("Knowledge", "left#named"), "Ada40"),
        ('right.named(p: {full name: "Ada"})', needing("Knowledge", "right#named"), "Ada40"),
        ('right.greet("Ada", "me")', needing("Knowledge", "right#greet"), "right Ada, me"),
        ('[{full name: "Ada"}] instance of to the left.tPeople', "", True),
        ('[{name: "Ada"}] instance of to the left.tPeople', "", False),
    ],
)
def test_functions_and_types_of_an_import_use_what_that_imports(text: str, requirements: str, expected: Any) -> None:
    assert value(top(decision("d", literal(text), inner=requirements))) == expected


def test_what_an_import_imports_is_not_imported() -> None:
    needed = needing("Decision", "right#eight")

    assert value(top(decision("d", literal("right.below"), inner=needed))) is None
    assert value(top(decision("d", literal("below"), inner=needed))) is None


def test_names_are_unique_within_a_model_only() -> None:
    both = top(
        decision("hello", literal('"top"')),
        decision("d", literal("[hello, right.hello]"), needs=["hello"], inner=needing("Decision", "right#hello")),
    )
    outcome = decide(both, find_decision(both, "d"), {"who": "Ada"}, NOW, {"hello": "given"})

    assert outcome.value == ["given", "right Ada, bottom Ada"]


def test_a_service_is_given_the_decisions_that_it_names_not_others_of_that_name() -> None:
    read = imported(middle("right"), BOTTOM)
    greet = read.nodes["greet"]

    assert isinstance(greet, DecisionService)
    assert call_service(read, greet, {"who": "Ada", "hello": "me"}, NOW).value == "right Ada, me"


COMMON = model(
    '<itemDefinition name="tGrade"><typeRef>string</typeRef></itemDefinition>',
    '<itemDefinition name="v1.0 score"><typeRef>number</typeRef></itemDefinition>',
    decision("base", literal("7")),
    knowledge("twice", {"n": "number"}, literal("n * 2")),
    namespace="common",
)


@pytest.mark.parametrize("href", ["common#base", "#base"])
def test_an_import_without_a_name_fills_the_names_of_the_model(href: str) -> None:
    known = needing("Knowledge", href.replace("base", "twice"))
    d = decision("d", literal("twice(base)"), inner=needing("Decision", href) + known)

    assert value(imported(model(import_of("common", ""), d, namespace="top"), COMMON)) == 14


def test_an_import_without_a_name_hides_nothing_of_the_model() -> None:
    own = model(
        import_of("common", ""),
        '<itemDefinition name="tGrade"><typeRef>number</typeRef></itemDefinition>',
        '<decision id="own" name="base"><literalExpression><text>1</text></literalExpression></decision>',
        decision("d", literal("base"), inner=needing("Decision", "#own", "common#base"), type="tGrade"),
        namespace="top",
    )

    assert value(imported(own, COMMON)) == 1


def test_types_of_an_import_may_have_dots_and_may_be_named_by_a_prefix() -> None:
    dotted = decision("d", literal("5"), type="common.v1.0 score")
    prefixed = decision("d", literal("5"), type="c:tGrade")
    declared = 'xmlns:c="common"'

    assert value(imported(model(import_of("common", "common"), dotted, namespace="top"), COMMON)) == 5
    assert (
        value(imported(model(import_of("common", "its"), prefixed, namespace="top", attributes=declared), COMMON))
        is None
    )


def test_an_import_with_the_name_of_an_element_is_told() -> None:
    files = {
        "top.dmn": model(import_of("common", "base"), decision("base", literal("1")), namespace="top"),
        "common.dmn": COMMON,
    }
    (problem,) = read_together(files)["top.dmn"].problems

    assert (problem.severity, problem.message) == (
        "warning",
        "The import 'base' has the name of something else in the model.",
    )


@pytest.mark.parametrize("namespace", ["bottom", ""])
def test_a_service_may_have_outputs_and_inputs_of_an_import_without_a_name(namespace: str) -> None:
    service = (
        f'<decisionService id="s" name="s"><outputDecision href="{namespace}#hello"/>'
        f'<inputData href="{namespace}#who"/></decisionService>'
    )
    d = decision("d", literal('s("Ada")'), needs=["bkm:s"])

    assert value(imported(model(import_of("bottom", ""), service, d, namespace="top"), BOTTOM)) == "bottom Ada"


def test_a_table_calls_functions_of_imports_in_its_conditions_and_results() -> None:
    condition = 'right.named(p: {full name: ?}) = "Ada40"'
    rules = table("FIRST", ["x"], ["y"], [condition, "right.greet(x, x)"], ["-", "0"])
    called = decision("d", rules, inner=needing("Knowledge", "right#named", "right#greet"))

    assert value(top(called), x="Ada") == "right Ada, Ada"
    assert value(top(called), x="Bea") == 0

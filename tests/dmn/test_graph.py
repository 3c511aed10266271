"""Requirement graphs: what a decision sees, once for each, and across files."""

from __future__ import annotations

import pytest

from bpmn_engine.dmn import DecisionService, call_service, find_decision, read_decisions, read_together
from bpmn_engine.errors import InvalidModel, NotFound
from tests.dmn.models import NOW, data, decision, knowledge, literal, made, model, table, value

IMPORTING = '<import namespace="{0}" name="{1}" importType="' + "https://www.omg.org/spec/DMN/20230324/MODEL/" + '"/>'


def test_a_decision_sees_what_it_requires_and_each_is_made_once() -> None:
    graph = model(
        data("x"),
        decision("base", literal("x * 2"), needs=["in:x"]),
        decision("left", literal("base + 1"), needs=["base"]),
        decision("right", literal("base + 2"), needs=["base"]),
        decision("d", literal("left * right"), needs=["left", "right"]),
    )
    outcome = made(graph, x=2)

    assert outcome.value == 30
    assert [made.id for made in outcome.evaluated] == ["base", "left", "right", "d"]


def test_a_decision_does_not_see_decisions_that_it_does_not_require() -> None:
    graph = model(decision("other", literal("1")), decision("d", literal("other")))

    assert value(graph) is None


def test_process_variables_are_seen_without_being_drawn() -> None:
    assert value(model(decision("d", literal("total + 1"))), total=1) == 2


def test_the_result_of_a_required_decision_hides_a_variable_of_its_name() -> None:
    graph = model(decision("score", literal("10")), decision("d", literal("score"), needs=["score"]))

    assert value(graph, score=99) == 10


def test_a_failure_below_is_the_failure_of_the_whole_and_names_its_decision() -> None:
    conflict = table("UNIQUE", ["1"], ["y"], ["-", "1"], ["-", "2"])
    outcome = made(model(decision("below", conflict), decision("d", literal("below"), needs=["below"])))

    assert outcome.failed is not None
    assert outcome.failed.id == "below"
    assert outcome.evaluated == ()


def test_a_failure_in_an_imported_model_names_its_decision() -> None:
    below = model(
        data("x"),
        decision("clash", table("UNIQUE", ["x"], ["y"], ["-", "1"], ["-", "2"]), needs=["in:x"]),
        namespace="lib",
    )
    importing = model(
        IMPORTING.format("lib", "below"),
        '<decision id="d" name="d"><informationRequirement><requiredDecision href="lib#clash"/></informationRequirement>'
        f"{literal('below.clash')}</decision>",
        namespace="main",
    )
    read = read_together({"main.dmn": importing, "lib.dmn": below})["main.dmn"]

    for variables in ({"x": 1}, {"below": {"x": 1}}):
        outcome = made(read, **variables)
        assert outcome.failed is not None
        assert outcome.failed.id == "clash"


def test_knowledge_may_require_knowledge_and_call_itself() -> None:
    graph = model(
        knowledge("twice", {"n": "number"}, literal("n * 2")),
        knowledge("power", {"n": "number"}, literal("if n = 0 then 1 else twice(power(n - 1))"), needs=["bkm:twice"]),
        decision("d", literal("power(5)"), needs=["bkm:power"]),
    )

    assert value(graph) == 32


def test_knowledge_may_be_a_table() -> None:
    rated = table("FIRST", ["age"], ["rate"], ["< 25", "2"], ["-", "1"])
    graph = model(
        knowledge("rating", {"age": "number"}, rated),
        decision("d", literal("rating(a) + rating(b)"), needs=["bkm:rating"]),
    )

    assert value(graph, a=20, b=30) == 3


SERVICE = (
    '<decisionService id="s" name="s"><outputDecision href="#out"/><inputDecision href="#rate"/>'
    '<inputData href="#x"/></decisionService>'
)


def service() -> bytes:
    return model(
        data("x", "number"),
        decision("rate", literal("99"), type="number"),
        decision("out", literal("x * rate"), needs=["in:x", "rate"]),
        decision("d", literal("s(5, 3)"), needs=["bkm:s"]),
        SERVICE,
    )


def test_a_service_is_a_function_of_its_data_and_then_its_decisions() -> None:
    assert value(service()) == 15


def test_a_service_is_called_with_arguments_by_name() -> None:
    read = read_decisions(service())
    found = read.nodes["s"]

    assert isinstance(found, DecisionService)
    assert call_service(read, found, {"x": 2, "rate": 4}, NOW).value == 8
    assert call_service(read, found, {"x": 2}, NOW).value is None


def test_a_failure_after_a_service_is_that_of_the_decision_that_called_it() -> None:
    calling = table("UNIQUE", ["s(5, 3)"], ["y"], ["-", "1"], ["-", "2"])
    graph = service().replace(literal("s(5, 3)").encode(), calling.encode())
    outcome = made(graph)

    assert outcome.failed is not None
    assert outcome.failed.id == "d"


def test_an_import_is_reached_under_its_name() -> None:
    library = model(
        knowledge("tax rate", {"n": "number"}, literal("n / 10")), decision("base", literal("7")), namespace="lib"
    )
    importing = model(
        IMPORTING.format("lib", "common"),
        '<decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="lib#tax rate"/></knowledgeRequirement>'
        '<informationRequirement><requiredDecision href="lib#base"/></informationRequirement>'
        f"{literal('common.tax rate(50) + common.base')}</decision>",
        namespace="main",
    )
    models = read_together({"main.dmn": importing, "lib.dmn": library})

    assert list(models) == ["lib.dmn", "main.dmn"]
    assert value(models["main.dmn"]) == 12


def test_inputs_of_a_model_that_is_imported_twice_are_told_apart_by_the_way_to_it() -> None:
    def needing(namespace: str, name: str, key: str) -> str:
        return f'<informationRequirement><requiredDecision href="{namespace}#{key}"/></informationRequirement>'

    bottom = model(data("who", "string"), decision("hello", literal('"Hello " + who'), needs=["in:who"]), namespace="a")
    middle = model(
        IMPORTING.format("a", "below"),
        f'<decision id="say" name="say">{needing("a", "below", "hello")}{literal("below.hello")}</decision>',
        namespace="b",
    )
    top = model(
        IMPORTING.format("b", "left"),
        f'<decision id="d" name="d">{needing("b", "left", "say")}{literal("left.say")}</decision>',
        namespace="c",
    )
    models = read_together({"top.dmn": top, "middle.dmn": middle, "bottom.dmn": bottom})

    assert value(models["top.dmn"], left={"below": {"who": "Ada"}}) == "Hello Ada"
    assert value(models["top.dmn"], who="Grace") == "Hello Grace"
    assert value(models["top.dmn"], **{"{a}who": "Eve", "who": "Grace"}) == "Hello Eve"


def test_types_of_an_import_are_named_with_it() -> None:
    library = model('<itemDefinition name="tAge"><typeRef>number</typeRef></itemDefinition>', namespace="lib")
    importing = model(
        IMPORTING.format("lib", "common"),
        decision("d", literal("x instance of common.tAge"), type="boolean"),
        namespace="main",
    )

    assert value(read_together({"main.dmn": importing, "lib.dmn": library})["main.dmn"], x=5) is True


def test_parts_of_imported_types_are_read_in_paths() -> None:
    parts = '<itemDefinition name="tPerson"><itemComponent name="full name"><typeRef>string</typeRef></itemComponent></itemDefinition>'
    importing = model(
        IMPORTING.format("lib", "common"),
        data("x", "common.tPerson"),
        decision("d", literal("x.full name"), needs=["in:x"]),
        namespace="main",
    )

    assert (
        value(
            read_together({"main.dmn": importing, "lib.dmn": model(parts, namespace="lib")})["main.dmn"],
            x={"full name": "Ada"},
        )
        == "Ada"
    )


def test_a_model_that_is_imported_twice_is_a_problem() -> None:
    files = {
        "main.dmn": model(IMPORTING.format("lib", "a"), IMPORTING.format("lib", "b"), namespace="main"),
        "lib.dmn": model(namespace="lib"),
    }

    assert [problem.message for problem in read_together(files)["main.dmn"].problems] == [
        "The model 'lib' is imported twice."
    ]


def test_an_id_that_is_there_twice_is_a_problem() -> None:
    read = read_decisions(model(decision("d", literal("1")), decision("d", literal("2"))))

    assert [problem.message for problem in read.problems] == ["The id 'd' is there twice."]


def test_a_missing_import_and_a_missing_requirement_are_problems() -> None:
    read = read_decisions(model(IMPORTING.format("lib", "common"), decision("d", literal("1"), needs=["nobody"])))

    assert [problem.message for problem in read.problems] == [
        "The imported model 'lib' is not here.",
        "'d' needs 'nobody', which is not there.",
    ]


def test_files_that_import_each_other_are_refused() -> None:
    files = {
        "a.dmn": model(IMPORTING.format("b", "b"), namespace="a"),
        "b.dmn": model(IMPORTING.format("a", "a"), namespace="b"),
    }

    with pytest.raises(InvalidModel, match=r"a\.dmn → b\.dmn → a\.dmn"):
        read_together(files)


def test_a_decision_that_needs_itself_is_a_problem() -> None:
    read = read_decisions(model(decision("a", literal("b"), needs=["b"]), decision("b", literal("a"), needs=["a"])))

    assert [problem.message for problem in read.problems] == ["'a' needs its own result.", "'b' needs its own result."]
    assert made_anyway(read) is None


def made_anyway(read: object) -> object:
    from bpmn_engine.dmn import DecisionModel, decide

    assert isinstance(read, DecisionModel)
    return decide(read, read.decisions[0], {}, NOW).value


def test_a_decision_is_found_by_id_or_name() -> None:
    read = read_decisions(
        model('<decision id="d1" name="The Decision"><literalExpression><text>1</text></literalExpression></decision>')
    )

    assert find_decision(read, "d1") is find_decision(read, "The Decision")
    with pytest.raises(NotFound, match="the model has d1"):
        find_decision(read, "d2")


def test_a_decision_without_logic_is_null_with_a_warning() -> None:
    outcome = made(model(decision("d", "")))

    assert outcome.value is None
    assert outcome.warnings == ("the decision 'd' has no logic",)


def test_an_endless_decision_is_stopped() -> None:
    endless = model(knowledge("f", {"n": ""}, literal("f(n + 1)")), decision("d", literal("f(1)"), needs=["bkm:f"]))

    assert "levels deep" in (made(endless).failure or "")

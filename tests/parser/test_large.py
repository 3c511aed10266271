"""Large diagrams, of every shape that an algorithm may find hard: one that is not linear would not come to an end here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    compensate_event,
    content,
    diagram,
    element,
    end,
    error,
    error_event,
    event_sub,
    inclusive,
    parallel,
    start,
    sub,
    timer,
)

SIZE = 4_000


def _flow(number: int, source: str, target: str, condition: str = "") -> str:
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def _row(names: list[str], *nodes: str) -> bytes:
    flows = [_flow(number, *ends) for number, ends in enumerate(pairwise(names))]
    return diagram("", '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>', *nodes, *flows)


def _tasks(prefix: str, count: int = SIZE, attributes: str = "") -> list[str]:
    return [element("serviceTask", f"{prefix}{number}", attributes=attributes) for number in range(count)]


def _names(prefix: str, count: int = SIZE) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def row_of_tasks() -> bytes:
    return _row(["s", *_names("t"), "e"], *_tasks("t"))


def tasks_without_flows() -> bytes:
    return diagram("", *_tasks("t", 9_000))


def gateways_in_a_row(split: str, join: str, blocks: int = 750) -> bytes:
    parts = []
    for number in range(blocks):
        numbers = range(5 * number, 5 * number + 5)
        ends = (("a", "x"), ("a", "y"), ("x", "b"), ("y", "b"))
        parts += [element(split, f"a{number}", attributes=f'default="f{numbers[0]}"'), element(join, f"b{number}")]
        parts += [element("task", f"x{number}"), element("task", f"y{number}")]
        parts += [
            _flow(at, f"{source}{number}", f"{target}{number}", "=c" if source == "a" and target == "y" else "")
            for at, (source, target) in zip(numbers, ends, strict=False)
        ]
        parts.append(_flow(numbers[4], f"b{number}", f"a{number + 1}" if number + 1 < blocks else "e"))
    return diagram("s -> a0", '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>', *parts)


def wide_gateway(split: str, join: str) -> bytes:
    flows = [_flow(2 * number, "g", f"t{number}") + _flow(2 * number + 1, f"t{number}", "j") for number in range(SIZE)]
    return diagram("s -> g; j -> e", element("startEvent", "s"), split, join, *_tasks("t"), *flows)


def chain_of_boundary_events() -> bytes:
    events = [boundary(f"b{number}", f"t{number}", timer("duration", "PT1H")) for number in range(SIZE)]
    flows = [_flow(number, f"b{number}", f"t{number + 1}") for number in range(SIZE - 1)]
    return diagram("start -> t0", *_tasks("t"), *events, *flows)


def boundary_events_on_one_task() -> bytes:
    events = [boundary(f"b{number}", "a", timer("duration", "PT1H")) for number in range(SIZE)]
    return diagram("start -> a -> end", *events)


def handlers_of_compensation() -> bytes:
    parts = []
    for number in range(SIZE // 2):
        parts += [
            boundary(f"b{number}", f"t{number}", compensate_event()),
            f'<bpmn:association id="a{number}" sourceRef="b{number}" targetRef="h{number}"/>',
        ]
    handlers = _tasks("h", SIZE // 2, 'isForCompensation="true"')
    return _row(["s", *_names("t", SIZE // 2), "e"], *_tasks("t", SIZE // 2), *handlers, *parts)


def deep_nesting() -> bytes:
    inner = content("; ".join(_names("x", 100)))
    for level in range(49):
        inner = element("subProcess", f"s{level}", inner + content("; ".join(_names(f"y{level}_", 100))))
    return diagram("start -> outer -> end", element("subProcess", "outer", inner))


def errors_and_their_catchers() -> bytes:
    ends = "".join(end(f"e{number}", error_event(f"E{number}")) for number in range(SIZE))
    catchers = [boundary(f"b{number}", "sub", error_event(f"C{number}")) for number in range(SIZE // 2)]
    codes = [*_names("E"), *_names("C", SIZE // 2)]
    return diagram(
        "start -> sub -> end",
        element("subProcess", "sub", ends),
        *catchers,
        shared="".join(error(code) for code in codes),
    )


def event_sub_processes() -> bytes:
    handlers = [
        event_sub(f"h{number}", f"s{number} -> t{number}", start(f"s{number}", timer("duration", "PT1H")))
        for number in range(SIZE // 4)
    ]
    return diagram("start -> end", *handlers)


def circles() -> bytes:
    return diagram("", *(sub(f"s{number}", f"a{number} -> b{number} -> a{number}") for number in range(SIZE // 4)))


def properties_of_one_task() -> bytes:
    value = '<zeebe:properties><zeebe:property name="initialValue" value="1"/></zeebe:properties>'
    inner = f"<bpmn:extensionElements>{value}</bpmn:extensionElements>"
    return diagram(
        "start -> a -> end",
        element(
            "task",
            "a",
            "".join(
                f'<bpmn:property id="v{number}" name="v{number}">{inner}</bpmn:property>' for number in range(SIZE)
            ),
        ),
    )


LARGE: list[Callable[[], bytes]] = [
    row_of_tasks,
    tasks_without_flows,
    chain_of_boundary_events,
    boundary_events_on_one_task,
    handlers_of_compensation,
    deep_nesting,
    errors_and_their_catchers,
    event_sub_processes,
    circles,
    properties_of_one_task,
]


@pytest.mark.parametrize("draw", LARGE)
def test_a_large_diagram_is_read(draw: Callable[[], bytes]) -> None:
    assert parse(draw()).processes


@pytest.mark.parametrize("split", ["exclusiveGateway", "inclusiveGateway"])
@pytest.mark.parametrize("join", ["exclusiveGateway", "inclusiveGateway", "complexGateway", "parallelGateway", "task"])
def test_many_gateways_are_read(split: str, join: str) -> None:
    assert parse(gateways_in_a_row(split, join)).processes


@pytest.mark.parametrize(
    "join", [parallel("j"), inclusive("j"), element("exclusiveGateway", "j"), element("task", "j")]
)
def test_a_gateway_with_thousands_of_branches_is_read(join: str) -> None:
    assert parse(wide_gateway(parallel("g"), join)).processes


def test_lint_gives_up_where_it_would_follow_too_many_paths() -> None:
    small = parse(gateways_in_a_row("exclusiveGateway", "parallelGateway", 20)).warnings
    large = parse(gateways_in_a_row("exclusiveGateway", "parallelGateway", 750)).warnings

    assert [problem.rule for problem in small].count("wrong-join") == 20
    assert [problem.rule for problem in large].count("wrong-join") < 750


def test_lint_goes_on_with_its_other_rules() -> None:
    data = gateways_in_a_row("exclusiveGateway", "parallelGateway")

    warnings = parse(data.replace(b"</bpmn:process>", b'<bpmn:task id="lonely"/></bpmn:process>')).warnings

    assert ("unreachable", "lonely") in [(problem.rule, problem.element_id) for problem in warnings]


def test_a_file_full_of_mistakes_is_refused() -> None:
    flows = [_flow(number, "nowhere", "nowhere") for number in range(50_000)]

    with pytest.raises(InvalidModel, match="There are 99,000 more errors"):
        parse(diagram("start -> end", *flows))

"""Reading diagrams."""

import os
from pathlib import Path

import pytest

from bpmn_engine import InvalidModel, Problem
from bpmn_engine.elements import ELEMENTS
from bpmn_engine.model import Bounds
from bpmn_engine.parser import parse, read
from tests.diagrams import diagram, element, service, sub, timer

PROCESSES = Path(__file__).parents[2] / "processes"
MODELS = Path(__file__).parents[3] / "shared" / "models" / "miwg"

needs_models = pytest.mark.skipif(
    not MODELS.exists() and not os.environ.get("CI"), reason="the reference models are not beside the checkout"
)


def test_keeps_lines_names_lanes_and_documentation() -> None:
    data = diagram(
        "start -> a -> end",
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="Sales"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>',
        element("task", "a", "<bpmn:documentation>why</bpmn:documentation>", 'name="Ask"'),
    )
    definitions, problems = read(data)
    node = definitions.processes[0].nodes["a"]

    assert (node.name, node.lane, node.documentation, node.line) == ("Ask", "Sales", "why", 1)
    assert problems == []


def test_keeps_the_drawing() -> None:
    definitions, _ = read((PROCESSES / "order" / "order.bpmn").read_bytes())

    assert definitions.diagram.shapes["CheckInventory"] == Bounds(290, 120, 100, 80)
    assert definitions.diagram.edges["Flow_checked"].waypoints[0] == (390, 160)


def test_keeps_pools_message_flows_data_and_annotations() -> None:
    shared = (
        '<bpmn:collaboration id="c"><bpmn:participant id="pool" name="Shop" processRef="p"/>'
        '<bpmn:participant id="other"/><bpmn:messageFlow id="mf" sourceRef="other" targetRef="pool"/></bpmn:collaboration>'
        '<bpmn:dataStore id="store"/>'
    )
    data = diagram(
        "start -> end",
        '<bpmn:dataObject id="do"/>',
        '<bpmn:textAnnotation id="ta"><bpmn:text>note</bpmn:text></bpmn:textAnnotation>',
        shared=shared,
    )
    definitions, problems = read(data)

    assert definitions.collaborations[0].participants[0].process == "p"
    assert definitions.collaborations[0].message_flows[0].target == "pool"
    assert set(definitions.processes[0].artifacts) == {"do", "ta"}
    assert definitions.references["store"].tag == "dataStore"
    assert problems == []


def test_a_process_without_mark_is_executable() -> None:
    data = diagram("start -> end").replace(b'isExecutable="true"', b"")

    assert parse(data).processes[0].id == "p"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_reads_any_encoding(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        + diagram("start -> a -> end", element("task", "a", attributes='name="Prüfen"')).decode()
    )

    assert parse(text.encode(encoding)).processes[0].model.nodes["a"].name == "Prüfen"


def test_a_default_namespace_and_another_prefix_are_the_same() -> None:
    data = (
        diagram("start -> a -> end", service("a"))
        .replace(b"bpmn:", b"")
        .replace(b"xmlns:bpmn", b"xmlns")
        .replace(b"xmlns:bpmn=", b"xmlns=")
    )

    assert "a" in parse(data.replace(b"<definitions xmlns:bpmn=", b"<definitions xmlns=")).processes[0].elements


def test_a_flow_across_the_border_of_a_sub_process_is_refused() -> None:
    data = diagram("start -> s -> end; start -> a", sub("s", "start_s -> a", service("a")))

    with pytest.raises(InvalidModel, match="crosses the border"):
        parse(data.replace(b'<bpmn:task id="a"/>', b""))


def test_an_event_definition_in_a_task_is_refused() -> None:
    data = diagram("start -> a -> end", service("a", inner=timer("duration", "PT1H")))

    with pytest.raises(InvalidModel, match="<timerEventDefinition> is not an element of BPMN"):
        parse(data)


def test_a_shape_without_a_place_is_left_out() -> None:
    drawn = (
        '<d:BPMNShape xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:c="http://www.omg.org/spec/DD/20100524/DC" '
        'bpmnElement="start"><c:Bounds x="nan" y="1" width="inf" height="1"/></d:BPMNShape>'
    )

    assert parse(diagram("start -> end", shared=drawn)).definitions.diagram.shapes == {}


def test_an_empty_process_is_refused() -> None:
    with pytest.raises(InvalidModel, match="is empty"):
        parse(diagram(""))


def test_deeply_nested_sub_processes_are_refused() -> None:
    inner = sub("s0", "x")
    for n in range(1, 60):
        inner = sub(f"s{n}", "", inner)

    with pytest.raises(InvalidModel, match="nested 60 levels deep; at most 50"):
        parse(diagram("", inner))


@pytest.mark.parametrize("namespace", ["http://activiti.org/bpmn", "http://flowable.org/bpmn"])
def test_extensions_of_other_engines_are_refused(namespace: str) -> None:
    task = element("task", "a", attributes=f'xmlns:x="{namespace}" x:skipExpression="x"')

    with pytest.raises(InvalidModel, match="zeebe: or the camunda:"):
        parse(diagram("start -> a -> end", task))


def test_the_examples_have_neither_errors_nor_warnings() -> None:
    for file in sorted(PROCESSES.rglob("*.bpmn")):
        assert parse(file.read_bytes()).warnings == ()


def test_every_element_of_the_table_has_its_tag_and_its_docstring() -> None:
    for tag, kind in ELEMENTS.items():
        assert kind.tag == tag
        assert "BPMN 2.0.2" in (kind.__doc__ or "")


@needs_models
@pytest.mark.parametrize("name", [path.name for path in sorted(MODELS.glob("*.bpmn"))] if MODELS.exists() else [])
def test_files_of_other_editors_are_read_and_what_is_not_run_is_refused_with_a_reason(name: str) -> None:
    data = (MODELS / name).read_bytes()

    definitions, _ = read(data)

    assert definitions.processes
    assert all(problem.rule and problem.message for problem in _refused_for(data))


def _refused_for(data: bytes) -> tuple[Problem, ...]:
    try:
        return parse(data).warnings
    except InvalidModel as refused:
        return refused.problems

"""Ids that are used twice, and references that lead in a circle: a problem of the diagram, never one of the engine."""

from __future__ import annotations

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse, read
from tests.diagrams import (
    boundary,
    catch,
    compensate_event,
    content,
    diagram,
    element,
    event_sub,
    inclusive,
    link_event,
    message,
    parallel,
    service,
    sub,
    throw,
    timer,
    undo,
    user,
)

LATE = timer("duration", "PT1H")


def _refused(data: bytes) -> str:
    with pytest.raises(InvalidModel) as refused:
        parse(data)
    return str(refused.value)


TWICE = {
    "a task and its process": diagram("start -> p -> end"),
    "a sub-process and its process": diagram("start -> p -> end", sub("p", "start_p -> a -> end_p")),
    "an event sub-process and its process": diagram("start -> end", event_sub("p", "start_p -> end_p")),
    "a sub-process deep inside and its process": diagram(
        "start -> s", sub("s", "t", sub("t", "p", sub("p", "x -> y")))
    ),
    "a sub-process and the one around it": diagram("start -> s", sub("s", "", sub("s", "a -> b"))),
    "sub-processes in a circle": diagram("s; t", sub("s", "", sub("t", "a -> b"))).replace(
        b'<bpmn:task id="t"/>', sub("t", "", sub("s", "c -> d")).encode()
    ),
    "a task and the sub-process that it stands in": diagram("start -> s", sub("s", "s -> a")),
    "a gateway that joins and its process": diagram("start -> p; a -> p; p -> end", inclusive("p")),
    "a boundary event and its process": diagram("start -> a -> end", user("a"), boundary("p", "a", LATE)),
    "a boundary event and its activity": diagram("start -> a -> end", user("a"), boundary("b", "b", LATE)).replace(
        b'id="a"', b'id="b"'
    ),
    "two tasks": diagram("start -> a -> end").replace(
        b'<bpmn:task id="a"/>', b'<bpmn:task id="a"/><bpmn:task id="a"/>'
    ),
    "two sequence flows": diagram("start -> a -> end").replace(b"start-a", b"a-end"),
    "a sequence flow and its process": diagram("start -> a").replace(b'id="start-a"', b'id="p"'),
    "a sequence flow and a task": diagram("start -> a").replace(b'id="start-a"', b'id="a"'),
    "tasks of two processes": diagram("start -> a", shared='<bpmn:process id="q"><bpmn:task id="a"/></bpmn:process>'),
    "two processes": diagram("start -> a", shared='<bpmn:process id="p"><bpmn:task id="b"/></bpmn:process>'),
    "a process and a task of another": diagram("q", shared='<bpmn:process id="q"><bpmn:task id="p"/></bpmn:process>'),
    "a pool and its process": diagram(
        "start", shared='<bpmn:collaboration id="c"><bpmn:participant id="p" processRef="p"/></bpmn:collaboration>'
    ),
    "a message flow and a task": diagram(
        "start -> a",
        shared='<bpmn:collaboration id="c"><bpmn:messageFlow id="a" sourceRef="a" targetRef="a"/></bpmn:collaboration>',
    ),
    "a message and its process": diagram("start", shared=message("p")),
    "data and its process": diagram("start", '<bpmn:dataObject id="p"/>'),
    "an association and its process": diagram("start", '<bpmn:association id="p" sourceRef="p" targetRef="p"/>'),
    "a data association and its task": diagram("start -> a", service("a", inner='<bpmn:dataInputAssociation id="a"/>')),
    "a lane and its process": diagram(
        "start", '<bpmn:laneSet><bpmn:lane id="p"><bpmn:flowNodeRef>p</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    ),
    "an event definition and its event": diagram(
        "start -> c", catch("c", '<bpmn:linkEventDefinition id="c" name="L"/>')
    ),
    "the file and its process": diagram("start").replace(b'id="definitions"', b'id="p"'),
}


@pytest.mark.parametrize("name", TWICE)
def test_an_id_that_is_used_twice_is_refused(name: str) -> None:
    assert "is used twice" in _refused(TWICE[name])


@pytest.mark.parametrize("name", TWICE)
def test_a_file_with_an_id_that_is_used_twice_can_be_read(name: str) -> None:
    _, problems = read(TWICE[name])

    assert "duplicate-id" in [problem.rule for problem in problems]


def test_the_first_element_keeps_the_id() -> None:
    twice = element("task", "a", attributes='name="first"') + element("task", "a", attributes='name="second"')
    data = diagram("start -> a -> end").replace(b'<bpmn:task id="a"/>', twice.encode())

    definitions, _ = read(data)

    assert definitions.processes[0].nodes["a"].name == "first"


def test_what_stands_in_an_element_whose_id_is_taken_is_left_out() -> None:
    definitions, _ = read(diagram("start -> p; a", sub("p", "a -> inside")))

    assert set(definitions.processes[0].nodes) == {"start", "a"}


ATTACHED = {
    "itself": (diagram("start -> a -> end", boundary("b", "b", LATE)), "is not an activity"),
    "another boundary event": (
        diagram("start -> a -> end", user("a"), boundary("b", "a", LATE), boundary("c", "b", LATE)),
        "is not an activity",
    ),
    "boundary events in a circle": (
        diagram("start -> a -> end", boundary("b", "c", LATE), boundary("c", "b", LATE)),
        "is not an activity",
    ),
    "its process": (diagram("start -> a -> end", boundary("b", "p", LATE)), "is not an activity"),
    "the sub-process that it stands in": (
        diagram("start -> s -> end", sub("s", "a", boundary("b", "s", LATE))),
        "stands in another scope",
    ),
    "an activity inside a sub-process": (
        diagram("start -> s -> end", sub("s", "start_s -> a"), boundary("b", "a", LATE)),
        "stands in another scope",
    ),
    "an activity of another sub-process": (
        diagram("start -> s -> t", sub("s", "start_s -> a"), sub("t", "c", boundary("b", "a", LATE))),
        "stands in another scope",
    ),
    "nothing": (diagram("start -> a -> end", boundary("b", "", LATE)), "is not an activity"),
}


@pytest.mark.parametrize("name", ATTACHED)
def test_a_boundary_event_stands_on_an_activity_of_its_own_scope(name: str) -> None:
    data, words = ATTACHED[name]

    assert words in _refused(data)


CIRCLES = {
    "a flow": diagram("start -> a -> b -> a", service("a"), service("b")),
    "a flow from an element to itself": diagram("start -> a -> a", service("a")),
    "links": diagram("start -> t; c -> t", throw("t", link_event("L")), catch("c", link_event("L"))),
    "two links": diagram(
        "c -> t; d -> u",
        throw("t", link_event("L")),
        catch("c", link_event("M")),
        throw("u", link_event("M")),
        catch("d", link_event("L")),
    ),
    "boundary events behind each other": diagram(
        "start -> a; b -> c; d -> a", user("a"), boundary("b", "a", LATE), user("c"), boundary("d", "c", LATE)
    ),
    "joins": diagram("start -> g; g -> h; h -> g; h -> end", inclusive("g"), inclusive("h")),
    "associations": diagram(
        "start -> a -> end",
        service("a"),
        undo("a", "back"),
        '<bpmn:association sourceRef="back" targetRef="a"/>',
        '<bpmn:association sourceRef="a" targetRef="a"/>',
    ),
    "data": diagram(
        "start -> a -> end",
        '<bpmn:dataObject id="d"/>',
        service(
            "a",
            inner="<bpmn:dataInputAssociation><bpmn:sourceRef>d</bpmn:sourceRef><bpmn:targetRef>d</bpmn:targetRef>"
            "</bpmn:dataInputAssociation>",
        ),
    ),
    "handlers that undo each other": diagram(
        "start -> x",
        element("serviceTask", "a", attributes='isForCompensation="true"'),
        element("serviceTask", "b", attributes='isForCompensation="true"'),
        boundary("on_a", "a", compensate_event()),
        boundary("on_b", "b", compensate_event()),
        '<bpmn:association id="ab" sourceRef="on_a" targetRef="b"/><bpmn:association id="ba" sourceRef="on_b" targetRef="a"/>',
    ),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_a_circle_that_can_be_drawn_is_read(name: str) -> None:
    assert parse(CIRCLES[name]).processes


def test_a_flow_without_id_is_named_after_its_ends() -> None:
    data = diagram("start -> a -> end", user("a")).replace(b'id="start-a" ', b"")

    assert list(parse(data).processes[0].model.flows) == ["sequenceFlow_start_a", "a-end"]
    assert parse(data).warnings == ()


def test_made_up_ids_are_unique_and_the_same_whenever_a_file_is_read() -> None:
    flow = '<bpmn:sequenceFlow sourceRef="g" targetRef="a"/>'
    data = diagram("start -> g; a -> end", parallel("g"), flow, flow, '<bpmn:task name="sequenceFlow_g_a"/>')
    taken = data.replace(b'id="a-end"', b'id="sequenceFlow_g_a"')

    names = [list(parse(taken).processes[0].model.flows) for _ in range(2)]

    assert names[0] == names[1]
    assert {"sequenceFlow_g_a_2", "sequenceFlow_g_a_3"} <= set(names[0])


def test_elements_without_id_are_read_with_all_that_stands_in_them() -> None:
    inner = content("start_s -> a")
    parsed = parse(diagram("start -> end", f"<bpmn:subProcess>{inner}</bpmn:subProcess><bpmn:subProcess/>"))

    assert parsed.processes[0].model.nodes["a"].container == "subProcess_1"
    assert [problem.rule for problem in parsed.warnings].count("missing-id") == 2


def test_a_loop_on_something_that_is_no_activity_is_refused() -> None:
    data = diagram("start -> g -> end", element("exclusiveGateway", "g", "<bpmn:standardLoopCharacteristics/>"))

    assert "is repeated, but it is no activity" in _refused(data)


@pytest.mark.parametrize("join", ["inclusiveGateway", "complexGateway", "parallelGateway", "exclusiveGateway"])
@pytest.mark.parametrize(
    "ends", ['targetRef="g"', 'sourceRef="x" targetRef="g"', 'sourceRef="g"', 'sourceRef="g" targetRef="p"']
)
def test_a_flow_that_begins_or_ends_nowhere_is_refused(join: str, ends: str) -> None:
    data = diagram("start -> g -> end", element(join, "g"), f'<bpmn:sequenceFlow id="f" {ends}/>')

    assert " (f) " in _refused(data)

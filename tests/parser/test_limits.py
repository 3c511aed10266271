"""How much of a file is read: a refusal names what was found, what is allowed, and the setting."""

from __future__ import annotations

import pytest

from bpmn_engine import InvalidModel, Problem
from bpmn_engine.parser import Limits, load, parse, read
from tests.diagrams import diagram, element, exclusive, service, sub, timer, user


def _problem(data: bytes, limits: Limits) -> Problem:
    """The only problem of a file that is too large."""
    with pytest.raises(InvalidModel) as refused:
        parse(data, limits=limits)
    (problem,) = refused.value.problems
    return problem


def _nested(depth: int) -> bytes:
    inner = sub("s1", "x")
    for level in range(2, depth + 1):
        inner = sub(f"s{level}", "", inner)
    return diagram("", inner)


def test_a_file_with_too_many_elements_names_the_setting() -> None:
    problem = _problem(diagram("start -> a -> b -> end"), Limits(max_elements=4))

    assert problem.rule == "size"
    assert problem.message == ("The file has 5 elements; at most 4 are read (setting max_elements, BPMN_MAX_ELEMENTS).")


def test_flow_nodes_and_processes_count_wherever_they_stand() -> None:
    other = '<bpmn:process id="q" isExecutable="false"><bpmn:task id="b"/></bpmn:process>'
    data = diagram("start -> s -> end", sub("s", "start_s -> a -> end_s"), shared=other)

    assert "has 9 elements" in _problem(data, Limits(max_elements=8)).message
    assert parse(data, limits=Limits(max_elements=9)).processes


def test_sequence_flows_do_not_count_as_elements() -> None:
    flows = "; ".join("start -> a" for _ in range(20))

    assert parse(diagram(flows), limits=Limits(max_elements=3)).processes


def test_all_other_parts_together_may_be_ten_times_as_many() -> None:
    data = diagram("start", *("<bpmn:dataObject/>" for _ in range(29)))

    problem = _problem(data, Limits(max_elements=3))

    assert "has 32 elements with all flows, data and other parts; at most 30" in problem.message
    assert "10 times the setting max_elements, BPMN_MAX_ELEMENTS" in problem.message


def test_what_has_too_many_elements_is_refused_before_anything_else_is_looked_at() -> None:
    data = diagram("start -> a -> a -> nowhere", element("task", "a", "<bpmn:typo/>", 'misspelt="yes"'))

    assert _problem(data, Limits(max_elements=2)).rule == "size"


def test_nesting_that_is_too_deep_names_the_setting_and_the_sub_process() -> None:
    problem = _problem(_nested(6), Limits(max_nesting=5))

    assert (problem.rule, problem.element_id) == ("nesting", "s1")
    assert problem.message == (
        "Sub-processes are nested 6 levels deep; at most 5 are read (setting max_nesting, BPMN_MAX_NESTING)."
    )


def test_nesting_is_read_as_deep_as_the_xml_may_be() -> None:
    assert "s1" in parse(_nested(200), limits=Limits(max_nesting=200)).processes[0].elements


def test_sub_processes_beside_each_other_are_not_nested() -> None:
    data = diagram("", *(sub(f"s{n}", f"a{n}") for n in range(9)))

    assert parse(data, limits=Limits(max_nesting=1)).processes


def test_xml_that_is_too_deep_is_refused() -> None:
    with pytest.raises(InvalidModel, match="more than 256 levels"):
        load(_nested(300))


def test_a_file_with_too_many_bytes_names_the_setting() -> None:
    data = diagram("start -> end")

    problem = _problem(data, Limits(max_bytes=100))

    assert problem.message == (
        f"The file has {len(data):,} bytes; at most 100 are read (setting max_bytes, BPMN_MAX_BYTES)."
    )


@pytest.mark.parametrize("limits", [Limits(max_bytes=100), Limits(max_elements=1), Limits(max_nesting=1)])
def test_a_file_that_is_only_read_has_the_same_limits(limits: Limits) -> None:
    with pytest.raises(InvalidModel, match="at most"):
        read(_nested(3), limits=limits)


def test_what_was_accepted_before_is_loaded_without_limits() -> None:
    data = diagram("start -> end", *(element("task", f"t{n}") for n in range(10_000)))

    assert _problem(data, Limits()).rule == "size"
    assert len(load(data)[0].elements) == 10_003
    assert load(diagram(f"start -> {'x' * 300} -> end"))


def test_what_was_accepted_before_is_loaded_when_a_rule_has_become_stricter(caplog: pytest.LogCaptureFixture) -> None:
    event = element("boundaryEvent", "late", timer("duration", "PT1H"), 'attachedToRef="inside"')
    data = diagram(
        "start -> around -> end; late -> end", sub("around", "start2 -> inside -> end2", user("inside")), event
    )

    assert _problem(data, Limits()).rule == "attached-across-scopes"
    assert "late" in load(data, "old.bpmn")[0].elements
    assert "old.bpmn was deployed before, but would be refused today: Boundary event" in caplog.text


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        (f'id="{"x" * 256}"', "The id of a <task> has 256 characters; at most 255"),
        (f'id="a" name="{"x" * 4_001}"', "The name of a <task> has 4,001 characters; at most 4,000"),
        (f'id="a" messageRef="{"x" * 4_001}"', "The messageRef of a <task> has 4,001 characters"),
    ],
)
def test_an_id_or_name_that_is_a_text_is_refused(attributes: str, words: str) -> None:
    data = diagram("start", f"<bpmn:task {attributes}/>")

    assert words in _problem(data, Limits()).message


def test_a_long_expression_of_an_extension_is_no_name() -> None:
    mapping = f'<zeebe:ioMapping><zeebe:input source="= [{"1, " * 2_000} 1]" target="x"/></zeebe:ioMapping>'

    assert parse(diagram("start -> a -> end", service("a", mapping))).processes


def test_the_first_thousand_errors_are_listed_and_the_others_counted() -> None:
    with pytest.raises(InvalidModel) as refused:
        parse(diagram("start -> end", *("<bpmn:typo/>" for _ in range(1_500))))

    problems = refused.value.problems
    assert len(problems) == 1_001
    assert problems[-1].message == "There are 500 more errors; the first 1,000 are listed."


def test_many_warnings_do_not_hide_an_error() -> None:
    tasks = "; ".join(f"start -> t{n}" for n in range(1_500))
    unreachable = [exclusive(f"g{n}") for n in range(1_500)]
    flows = "; ".join(f"g{n} -> h{n} : =x; h{n} -> g{n}" for n in range(1_500))

    with pytest.raises(InvalidModel) as refused:
        parse(diagram(f"{tasks}; {flows}; end -> start", *unreachable))

    severities = [problem.severity for problem in refused.value.problems]
    assert severities == sorted(severities)
    assert 0 < severities.count("error") < 10
    assert severities.count("warning") == 1_001


def test_a_message_that_repeats_a_long_text_is_cut() -> None:
    flow = f'<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="{"x" * 3_000}"/>'

    with pytest.raises(InvalidModel) as refused:
        parse(diagram("a", user("a"), flow))

    assert max(len(problem.message) for problem in refused.value.problems) < 2_100


def test_a_document_type_in_another_encoding_is_refused() -> None:
    text = '<!DOCTYPE d [<!ENTITY e "x">]><d/>'.replace("<", "+ADw-").replace("!", "+ACE-")

    with pytest.raises(InvalidModel, match="has a DOCTYPE"):
        parse(b'<?xml version="1.0" encoding="UTF-7"?>' + text.encode())

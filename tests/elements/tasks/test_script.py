"""The script task."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Job
from bpmn_engine.parser import parse
from tests.diagrams import diagram, element, service
from tests.play import Play


def test_a_script_task_computes_feel() -> None:
    script = '<zeebe:script expression="=total * 1.19" resultVariable="gross"/>'

    play = Play(diagram("start -> a -> end", service("a", script, tag="scriptTask")), total=100)

    assert play.variables["gross"] == 119


def test_a_script_task_of_plain_bpmn_computes_feel() -> None:
    task = element(
        "scriptTask", "a", "<bpmn:script>total + 1</bpmn:script>", 'scriptFormat="feel" camunda:resultVariable="next"'
    )

    assert Play(diagram("start -> a -> end", task), total=1).variables["next"] == 2


def test_a_script_task_may_be_a_job() -> None:
    play = Play(diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="python"/>', tag="scriptTask")))

    assert [job.type for job in play.waits(Job)] == ["python"]


def test_a_script_in_another_language_is_refused() -> None:
    task = element("scriptTask", "a", "<bpmn:script>x++</bpmn:script>", 'scriptFormat="javascript"')

    with pytest.raises(InvalidModel, match="written in 'javascript'"):
        parse(diagram("start -> a -> end", task))


def test_a_script_that_fails_is_an_incident() -> None:
    script = '<zeebe:script expression="=assert(1, false)" resultVariable="x"/>'

    assert Play(diagram("start -> a -> end", service("a", script, tag="scriptTask"))).incidents == [
        ("a", "EXTRACT_VALUE_ERROR")
    ]


@pytest.mark.parametrize(
    "source",
    ["=function(x) x", "=[1..2]", "=date(&quot;9999-12-31&quot;) + duration(&quot;P1D&quot;) + assert(1, false)"],
)
def test_a_value_that_no_variable_can_hold_is_an_incident(source: str) -> None:
    script = f'<zeebe:script expression="{source}" resultVariable="x"/>'

    assert Play(diagram("start -> a -> end", service("a", script, tag="scriptTask"))).incidents == [
        ("a", "EXTRACT_VALUE_ERROR")
    ]

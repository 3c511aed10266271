"""Tasks that are done at once, and those that send, compute or receive."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Job, Subscription
from bpmn_engine.parser import parse
from tests.diagrams import diagram, element, message, service
from tests.play import Play


@pytest.mark.parametrize("tag", ["task", "manualTask"])
def test_task_and_manual_task_complete_at_once(tag: str) -> None:
    assert Play(diagram("start -> a -> end", element(tag, "a"))).completed == ["start", "a", "end"]


def test_a_send_task_is_a_job() -> None:
    play = Play(diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="mail"/>', tag="sendTask")))

    assert [job.type for job in play.waits(Job)] == ["mail"]

    play.complete("a")

    assert play.state == "COMPLETED"


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


RECEIVE = diagram(
    "start -> a -> end", element("receiveTask", "a", attributes='messageRef="paid"'), shared=message("paid", "=orderId")
)


def test_a_receive_task_waits_for_its_message() -> None:
    play = Play(RECEIVE, orderId="A1")

    (subscription,) = play.waits(Subscription)
    assert (subscription.name, subscription.correlation_key) == ("paid", "A1")

    play.correlate("a", amount=5)

    assert play.state == "COMPLETED"
    assert play.variables["amount"] == 5


def test_a_correlation_key_may_be_a_number() -> None:
    (subscription,) = Play(RECEIVE, orderId=42).waits(Subscription)

    assert subscription.correlation_key == "42"


def test_a_missing_correlation_key_is_an_incident() -> None:
    assert Play(RECEIVE).incidents == [("a", "EXTRACT_VALUE_ERROR")]


def test_without_a_drawn_key_the_business_id_counts_or_else_the_instance() -> None:
    data = diagram(
        "start -> a -> end", element("receiveTask", "a", attributes='messageRef="paid"'), shared=message("paid")
    )

    assert Play(data, business_id="B7").waits(Subscription)[0].correlation_key == "B7"
    assert Play(data).waits(Subscription)[0].correlation_key == "1"


def test_a_receive_task_without_message_is_refused() -> None:
    with pytest.raises(InvalidModel, match="has no message"):
        parse(diagram("start -> a -> end", element("receiveTask", "a")))


def test_a_business_rule_task_is_a_job() -> None:
    play = Play(diagram("start -> a -> end", service("a", tag="businessRuleTask")))
    assert play.active == ["a"]

    play.complete("a", approved=True)

    assert play.variables == {"approved": True}


def test_a_receive_task_can_start_the_process() -> None:
    node = element("receiveTask", "r", attributes='messageRef="paid" instantiate="true"')
    data = diagram("r -> a -> end", node, service("a"), shared=message("paid", "=id"))

    assert Play(data, triggered="r", id="1").active == ["a"]

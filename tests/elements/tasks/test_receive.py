"""The receive task."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Subscription
from bpmn_engine.parser import parse
from tests.diagrams import (
    catch,
    diagram,
    element,
    event_sub,
    message,
    message_event,
    multi,
    service,
    standard_loop,
    start,
)
from tests.play import Play

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


def test_a_receive_task_can_start_the_process() -> None:
    node = element("receiveTask", "r", attributes='messageRef="paid" instantiate="true"')
    data = diagram("r -> a -> end", node, service("a"), shared=message("paid", "=id"))

    assert Play(data, triggered="r", id="1").active == ["a"]


@pytest.mark.parametrize("loop", [multi(cardinality="2"), standard_loop(attributes='loopMaximum="2"')])
def test_a_receive_task_that_is_repeated_gets_its_messages(loop: str) -> None:
    play = Play(
        diagram("start -> r -> end", element("receiveTask", "r", loop, 'messageRef="m"'), shared=message("m", "=1"))
    )

    play.correlate("r")
    play.correlate("r")

    assert play.state == "COMPLETED"


def test_an_instance_that_starts_behind_an_instantiating_receive_task_waits_there() -> None:
    play = Play(
        diagram(
            "r -> k -> end",
            element("receiveTask", "r", "", 'messageRef="m" instantiate="true"'),
            catch("k", message_event("m2")),
            event_sub("h", "st -> x", start("st", message_event("m2"))),
            shared=message("m") + message("m2", "=1"),
        ),
        start_at=["k"],
    )

    assert play.active == ["k"]

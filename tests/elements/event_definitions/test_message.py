"""Messages that are sent."""

import pytest

from bpmn_engine.instance.state import Subscription
from tests.diagrams import (
    catch,
    diagram,
    element,
    end,
    extensions,
    mappings,
    message,
    message_event,
    throw,
)
from tests.play import Play


def test_a_throw_event_publishes_its_message_with_its_local_variables() -> None:
    play = Play(
        diagram(
            "start -> t -> end",
            throw("t", extensions(mappings({"total": "=amount * 2"})) + message_event("paid")),
            shared=message("paid", "=id"),
        ),
        id=7,
        amount=2,
    )

    assert [(sent.name, sent.correlation_key, sent.variables) for sent in play.published] == [
        ("paid", "7", {"total": 4})
    ]
    assert play.state == "COMPLETED"


def test_without_a_correlation_key_the_business_id_is_the_key() -> None:
    data = diagram("start -> t", end("t", message_event("paid")), shared=message("paid"))

    assert Play(data, business_id="B1").published[0].correlation_key == "B1"
    assert Play(data).published[0].correlation_key == ""


def test_a_send_task_publishes_its_message_or_gives_a_job_to_a_handler() -> None:
    sent = Play(
        diagram("start -> t -> end", element("sendTask", "t", attributes='messageRef="m"'), shared=message("m", "=1"))
    )
    assert sent.published[0].name == "m"

    job = '<zeebe:taskDefinition type="mail"/>'
    by_hand = Play(
        diagram(
            "start -> t -> end", element("sendTask", "t", extensions(job), 'messageRef="m"'), shared=message("m", "=1")
        )
    )
    assert by_hand.active == ["t"]
    assert Play(diagram("start -> t -> end", element("sendTask", "t"))).active == ["t"]


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
def test_a_message_event_with_a_job_waits_for_its_handler(tag: str) -> None:
    job = extensions('<zeebe:taskDefinition type="mail"/>')
    play = Play(diagram("start -> t", element(tag, "t", job + message_event("m")), shared=message("m", "=1")))
    assert play.active == ["t"]

    play.complete("t", sent=True)

    assert play.state == "COMPLETED"
    assert play.variables == {"sent": True}


def test_a_message_that_cannot_be_sent_is_an_incident() -> None:
    data = diagram("start -> t", end("t", message_event("paid")), shared=message("paid", "=id"))

    assert Play(data).incidents == [("t", "EXTRACT_VALUE_ERROR")]


def test_a_message_name_may_be_an_expression_and_must_give_a_text() -> None:
    shared = '<bpmn:message id="m" name="=kind + &quot;-paid&quot;"/>'
    data = diagram("start -> wait -> end", catch("wait", message_event("m")), shared=shared)

    assert Play(data, kind="order").waits(Subscription)[0].name == "order-paid"
    assert Play(data).incidents == [("wait", "EXTRACT_VALUE_ERROR")]

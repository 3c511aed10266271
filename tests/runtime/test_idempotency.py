"""Who repeats a request with its idempotency key gets the first answer, and nothing happens a second time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bpmn_engine import Conflict, Engine, InvalidArgument, NotFound, Resource
from bpmn_engine.runtime.requests.instances import CreateProcessInstance
from bpmn_engine.runtime.requests.messages import PublishMessage
from tests.asking import do
from tests.diagrams import catch, diagram, message, message_event, service

WAITS = diagram("start -> a -> end", service("a"))
LISTENS = diagram("start -> m -> end", catch("m", message_event("paid")), shared=message("paid", "=n"))


def test_a_repeated_start_returns_the_same_instance(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", WAITS))

    keys = [any_engine.start("p", {"n": 1}, idempotency_key="order-1") for _ in range(3)]

    assert len(set(keys)) == 1
    assert len(any_engine.instances()) == 1


def test_repeated_starts_in_one_batch_start_once(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", WAITS))

    futures = [any_engine.runtime.submit(CreateProcessInstance("p", idempotency_key="order-1")) for _ in range(20)]

    assert len({future.result(5).instance_key for future in futures}) == 1


def test_different_keys_start_different_instances(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", WAITS))

    assert any_engine.start("p", idempotency_key="1") != any_engine.start("p", idempotency_key="2")


def test_the_same_key_for_another_request_is_a_conflict(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", WAITS))
    any_engine.start("p", {"n": 1}, idempotency_key="order-1")

    with pytest.raises(Conflict, match="order-1"):
        any_engine.start("p", {"n": 2}, idempotency_key="order-1")


def test_a_rejected_request_may_be_repeated(any_engine: Engine) -> None:
    with pytest.raises(NotFound):
        any_engine.start("p", idempotency_key="order-1")
    any_engine.deploy(Resource("p.bpmn", WAITS))

    assert any_engine.start("p", idempotency_key="order-1")


def test_after_its_time_the_key_is_free_again(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", WAITS))
    first = any_engine.start("p", idempotency_key="order-1")

    any_engine.clock.advance(timedelta(days=2))

    assert any_engine.start("p", idempotency_key="order-1") != first


def test_a_repeated_start_that_waits_for_the_end_gets_it_also_when_it_is_long_over(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", diagram("start -> end")))
    any_engine.run("p", {"n": 1}, idempotency_key="order-1")

    assert any_engine.run("p", {"n": 1}, idempotency_key="order-1") == {"n": 1}


def test_a_repeated_publication_reaches_nobody_a_second_time(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", LISTENS))
    any_engine.start("p", {"n": "1"})
    first = any_engine.publish("paid", "1", idempotency_key="payment-1")
    any_engine.start("p", {"n": "1"})

    again = any_engine.publish("paid", "1", idempotency_key="payment-1")

    assert again == first
    assert len(any_engine.instances(state="ACTIVE")) == 1


def test_a_start_and_a_publication_may_have_the_same_key(any_engine: Engine) -> None:
    any_engine.deploy(Resource("p.bpmn", WAITS))
    any_engine.start("p", idempotency_key="1")

    assert do(any_engine, PublishMessage("paid", idempotency_key="1")).instance_keys == ()


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(any_engine: Engine, key: str) -> None:
    any_engine.deploy(Resource("p.bpmn", WAITS))

    with pytest.raises(InvalidArgument, match="expected 1 to 255"):
        any_engine.start("p", idempotency_key=key)

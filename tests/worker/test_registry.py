"""`@task` and the registry."""

from __future__ import annotations

import logging

import pytest

import bpmn_engine
from bpmn_engine.worker import handler_of
from bpmn_engine.worker.registry import Registry, registry, task


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Registry()
    for name in ("_handlers", "_types"):
        monkeypatch.setattr(registry, name, getattr(fresh, name))


def test_without_parentheses_the_name_of_the_function_is_the_job_type() -> None:
    @task
    def charge_card(total: int) -> dict[str, bool]:
        return {"paid": total < 5}

    @task(result="sum")
    def add_up() -> int:
        return 3

    assert registry.types == {"charge_card", "add_up"}
    assert registry.get("add_up").variables(3) == {"sum": 3}
    assert charge_card(4) == {"paid": True}


def test_a_second_function_for_a_type_is_said_and_the_same_again_is_not(caplog: pytest.LogCaptureFixture) -> None:
    def first() -> None: ...

    def second() -> None: ...

    handlers = Registry(handler_of("a", first))
    with caplog.at_level(logging.WARNING):
        handlers.add(handler_of("a", first))
        assert caplog.messages == []
        handlers.add(handler_of("a", second))

    assert len(caplog.messages) == 1
    assert "second from now on, no longer by" in caplog.messages[0]
    assert handlers.get("a").function is second


def test_the_public_names_are_listed() -> None:
    assert set(bpmn_engine.__all__) <= set(dir(bpmn_engine))

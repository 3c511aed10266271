"""Commands for operators, against a running engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bpmn_engine import Engine, Registry, Resource
from bpmn_engine.cli import cli
from tests.diagrams import catch, diagram, element, signal, signal_event, user
from tests.servers import serving

STUCK = diagram(
    "start -> g; g -> end : =x > 1; g -> end_b : =x < 0", element("exclusiveGateway", "g"), process_id="stuck"
)
TASK = diagram(
    "start -> u -> s -> end", user("u"), catch("s", signal_event("go")), process_id="task", shared=signal("go")
)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine at the address where the commands look."""
    with Engine("sqlite://", handlers=Registry()) as engine, serving(engine) as address:
        monkeypatch.setenv("BPMN_SERVER", address)
        engine.deploy(Resource("stuck.bpmn", STUCK), Resource("task.bpmn", TASK))
        yield engine


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def ok(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def shown(*arguments: object) -> Any:
    return json.loads(ok(*arguments, "--json"))


def test_incidents_are_listed_by_process_and_by_their_message(at: Engine) -> None:
    key = at.start("stuck", {"x": 1})

    assert [item["processInstanceKey"] for item in shown("incidents")] == [str(key)]
    assert "no condition is true" in ok("incidents", "--process", "stuck", "--error", "condition is true")
    assert shown("incidents", "--process", "task") == []
    assert shown("incidents", "--error", "50 % off*") == []
    assert len(shown("ps", "--incident")) == 1


def test_retry_chooses_incidents_and_says_by_its_exit_code_what_is_left(at: Engine) -> None:
    first, second, third = (at.start("stuck", {"x": 1}) for _ in range(3))
    for key in (first, second):
        ok("set", key, "--var", "x=2")

    assert ok("retry", first) == "1 incident resolved.\n"
    assert at.instance(first).state == "COMPLETED"
    assert ok("retry", "--process", "stuck") == "2 incidents resolved.\n"
    assert (at.instance(second).state, at.instance(third).state) == ("COMPLETED", "ACTIVE")
    assert (run("retry", first).exit_code, run("retry").exit_code) == (1, 2)
    assert len(at.incidents(instance_key=third, state="ACTIVE")) == 1  # raised anew, not resolved again


def test_variables_tasks_suspension_and_signals_have_commands(at: Engine) -> None:
    key = at.start("task", {"x": 1})
    (task,) = at.tasks()

    ok("set", key, "--var", "x=2", "--var", 'list=["a"]')
    ok("assign", task.key, "ada")
    assert (at.variables(key), at.tasks()[0].assignee) == ({"x": 2, "list": ["a"]}, "ada")
    ok("assign", task.key)
    assert at.tasks()[0].assignee is None

    ok("suspend", key)
    assert at.instance(key).state == "SUSPENDED"
    ok("resume", key)
    ok("complete", task.key)
    assert "is broadcast" in ok("signal", "go", "--var", "until=5")
    assert (at.instance(key).state, at.variables(key)["until"]) == ("COMPLETED", 5)
    assert run("set", key).exit_code == 2


def test_the_newest_instances_are_shown_newest_last(at: Engine) -> None:
    keys = [str(at.start("task")) for _ in range(4)]

    assert [item["processInstanceKey"] for item in shown("ps", "--limit", 2)] == keys[2:]

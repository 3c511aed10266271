"""No process keeps the others waiting, and none runs for ever without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bpmn_engine import Engine, Registry, Resource, Settings
from bpmn_engine.runtime.requests.instances import CreateProcessInstance
from bpmn_engine.runtime.requests.internal import StepComputed
from bpmn_engine.runtime.turn import Turn, TurnOutcome
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from bpmn_engine.store.writer import StaleInstance
from tests.diagrams import boundary, call, diagram, exclusive, multi, service, timer, user
from tests.runtime.test_engine import MORNING, eventually


def script(name: str, expression: str, result: str, inner: str = "") -> str:
    """A script task."""
    return service(
        name, f'<zeebe:script expression="{expression}" resultVariable="{result}"/>', tag="scriptTask", inner=inner
    )


#: Some 30 ms of work.
_SLOW = "=sum(for x in 1..300 return sum(for y in 1..100 return x * y))"
SLOW = diagram("start -> calc -> u -> end", script("calc", _SLOW, "total"), user("u"))
LOOP = diagram("start -> again -> t -> again", exclusive("again"), script("t", "=1 + 1", "n"))
QUICK = diagram("start -> end", process_id="quick")


def deploy(engine: Engine, *files: bytes) -> None:
    """Deploy diagrams."""
    engine.deploy(*(Resource(f"{number}.bpmn", data) for number, data in enumerate(files)))


@pytest.fixture
def bounded(database_url: str) -> Iterator[Engine]:
    """An engine whose instances enter 1,000 elements without a wait at most."""
    with Engine(database_url, handlers=Registry(), settings=Settings(run_limit=1000)) as engine:
        yield engine


def test_an_instance_that_never_waits_is_stopped_by_an_incident(bounded: Engine) -> None:
    deploy(bounded, LOOP)

    key = bounded.start("p")

    incident = eventually(lambda: bounded.incidents(instance_key=key), 10)[0]
    assert "without ever waiting" in incident.message
    assert "run_limit" in incident.message


def test_resolving_that_incident_lets_it_run_as_far_again(bounded: Engine) -> None:
    deploy(bounded, LOOP)
    key = bounded.start("p")
    first = eventually(lambda: bounded.incidents(instance_key=key), 10)[0]
    entered = len(bounded.elements(key))

    bounded.resolve(first.key)

    eventually(lambda: len(bounded.incidents(instance_key=key)) == 2, 10)
    assert len(bounded.elements(key)) > 1.5 * entered


def test_another_process_runs_beside_endless_loops(any_engine: Engine) -> None:
    deploy(any_engine, LOOP, QUICK)
    for _ in range(5):
        any_engine.start("p")

    for _ in range(20):
        any_engine.run("quick", timeout=5)


def heavy(engine: Engine) -> None:
    """Run the slow process until the engine has noticed that it is heavy."""
    for _ in range(20):
        if "p" in engine.runtime.loop.parts.shares.heavy:
            return
        engine.start("p")
    engine.runtime.loop.parts.shares.heavy.add("p")


def test_the_steps_of_a_heavy_process_are_computed_beside_the_loop_and_give_the_same(any_engine: Engine) -> None:
    deploy(any_engine, SLOW)
    heavy(any_engine)

    keys = [any_engine.start("p", {"n": n}) for n in range(5)]

    eventually(lambda: len(any_engine.tasks(instance_key=keys[-1])) == 1, 10)
    assert [any_engine.variables(key) for key in keys] == [{"n": n, "total": 228007500} for n in range(5)]


def test_what_happens_to_an_instance_while_its_step_is_computed_is_not_lost(any_engine: Engine) -> None:
    deploy(any_engine, SLOW)
    heavy(any_engine)
    keys = [any_engine.start("p", {"n": 0}) for _ in range(5)]

    for key in keys:
        any_engine.set_variables(key, {"n": 1})

    eventually(lambda: all(any_engine.tasks(instance_key=key) for key in keys), 10)
    assert [any_engine.variables(key) for key in keys] == [{"n": 1, "total": 228007500}] * 5


def test_an_instance_may_be_cancelled_while_its_step_is_computed(any_engine: Engine) -> None:
    deploy(any_engine, SLOW)
    heavy(any_engine)
    keys = [any_engine.start("p") for _ in range(5)]

    for key in keys:
        any_engine.cancel(key)

    assert {any_engine.find(PROCESS_INSTANCES, key).state for key in keys} == {"TERMINATED"}
    assert not [task for task in any_engine.tasks(state="CREATED") if task.instance_key in keys]


def test_heavy_steps_go_on_after_a_restart(database_url: str) -> None:
    with Engine(database_url, handlers=Registry()) as engine:
        deploy(engine, SLOW)
        heavy(engine)
        keys = [engine.start("p") for _ in range(20)]

    with Engine(database_url, handlers=Registry()) as engine:
        eventually(lambda: all(engine.tasks(instance_key=key) for key in keys), 20)


def test_a_long_list_is_begun_bit_by_bit_and_in_order(any_engine: Engine) -> None:
    each = multi("=items", inputElement="item", outputCollection="all", outputElement="=result")
    deploy(any_engine, diagram("start -> t -> end", script("t", "=item * 2", "result", each)))

    variables = any_engine.run("p", {"items": list(range(1500))}, timeout=60)

    assert variables["all"] == [2 * n for n in range(1500)]


def test_many_due_timers_of_one_process_do_not_hide_those_of_others(any_engine: Engine) -> None:
    any_engine.clock.pin(MORNING)
    late = boundary("late", "u", timer("duration", "PT1H"))
    deploy(
        any_engine,
        diagram("start -> u -> end; late -> end_late", user("u"), late, process_id="many"),
        diagram("start -> u -> end; late -> end_late", user("u"), late, process_id="few"),
    )
    for future in [any_engine.runtime.submit(CreateProcessInstance("many")) for _ in range(700)]:
        future.result(30)
    any_engine.start("few")

    any_engine.clock.advance(timedelta(hours=2))

    eventually(lambda: any_engine.instances(process_id="few")[0].state == "COMPLETED", 10)
    eventually(lambda: not any_engine.instances(state="ACTIVE"), 20)


def test_a_job_whose_locks_run_out_again_and_again_becomes_an_incident(any_engine: Engine) -> None:
    any_engine.clock.pin(MORNING)
    deploy(any_engine, diagram("start -> a -> end", service("a")))
    key = any_engine.start("p")

    for _ in range(5):
        assert any_engine.activate_jobs("a", worker="dies", timeout=timedelta(minutes=1))
        any_engine.clock.advance(timedelta(minutes=2))
    assert any_engine.activate_jobs("a") == []

    (incident,) = any_engine.incidents(instance_key=key)
    assert "'dies'" in incident.message
    job = any_engine.jobs(instance_key=key)[0]
    any_engine.set_retries(job.key, 3)
    any_engine.resolve(incident.key)
    (again,) = any_engine.activate_jobs("a")
    any_engine.complete_job(again.key)
    assert any_engine.find(PROCESS_INSTANCES, key).state == "COMPLETED"


def test_a_job_that_was_given_back_or_failed_has_not_lapsed(any_engine: Engine) -> None:
    any_engine.clock.pin(MORNING)
    deploy(any_engine, diagram("start -> a -> end", service("a")))
    any_engine.start("p")

    for _ in range(10):
        (job,) = any_engine.activate_jobs("a", worker="w")
        any_engine.fail_job(job.key, 3, backoff=timedelta())

    assert any_engine.activate_jobs("a")


def test_a_computed_step_whose_turn_is_rolled_back_is_written_whole_by_the_next(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = diagram(
        "start -> calc -> c -> end", script("calc", _SLOW, "total"), call("c", "quick"), process_id="caller"
    )
    deploy(any_engine, caller, QUICK)
    any_engine.runtime.loop.parts.shares.heavy.add("caller")
    write, rolled_back = Turn._hand_out, []

    def lose_the_first(self: Turn, outcome: TurnOutcome) -> None:
        if any(isinstance(request, StepComputed) for request, _ in outcome.answers) and len(rolled_back) < 3:
            rolled_back.append(outcome.key)
            raise StaleInstance
        write(self, outcome)

    monkeypatch.setattr(Turn, "_hand_out", lose_the_first)
    keys = [any_engine.start("caller") for _ in range(3)]

    eventually(lambda: all(any_engine.find(PROCESS_INSTANCES, key).state == "COMPLETED" for key in keys), 10)
    assert rolled_back


def test_commands_do_not_evade_the_limit_of_an_instance_that_never_waits(bounded: Engine) -> None:
    deploy(bounded, LOOP)
    key = bounded.start("p")

    def disturbed() -> bool:
        bounded.set_variables(key, {"x": 1})
        return bool(bounded.incidents(instance_key=key))

    eventually(disturbed, 10)

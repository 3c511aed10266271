"""The engine as a whole: loop, timers, messages, incidents, handlers; on both databases."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bpmn_engine import (
    AlreadyExists,
    BpmnError,
    Engine,
    InvalidArgument,
    Job,
    NotFound,
    Registry,
    Resource,
    Settings,
    Terminated,
    TimedOut,
    handler_of,
)
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Kind
from bpmn_engine.runtime.publisher import Waiter
from bpmn_engine.runtime.requests.instances import CreateProcessInstance, InstanceCommand
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from tests.asking import await_end, do
from tests.diagrams import (
    boundary,
    catch,
    diagram,
    element,
    error,
    error_event,
    exclusive,
    message,
    message_event,
    service,
    timer,
    user,
)

MORNING = datetime(2026, 1, 31, 9, tzinfo=UTC)


def eventually(condition: Callable[[], Any], patience: float = 1.0) -> Any:
    """Wait until a condition holds; the engine works in threads of its own."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.005)
    raise AssertionError("it did not happen in time")


def deployed(engine: Engine, data: bytes) -> Engine:
    """Deploy a diagram."""
    engine.deploy(Resource("p.bpmn", data))
    return engine


def add(handlers: Registry, name: str, function: Callable[..., Any]) -> None:
    """Register a handler."""
    handlers.add(handler_of(name, function))


def test_runs_handlers_to_the_end(any_engine: Engine, handlers: Registry) -> None:
    add(handlers, "double", lambda x: {"x": x * 2})
    deployed(any_engine, diagram("start -> double -> end", service("double")))

    assert any_engine.run("p", {"x": 21}) == {"x": 42}


def test_many_instances_share_transactions(any_engine: Engine, handlers: Registry) -> None:
    add(handlers, "a", lambda n: {"done": n})
    deployed(any_engine, diagram("start -> a -> end", service("a")))

    created = [any_engine.runtime.submit(CreateProcessInstance("p", variables={"n": n}, wait=True)) for n in range(200)]

    assert all(future.result(30).ended.result(30) == "COMPLETED" for future in created)


def test_a_rejected_request_does_not_spoil_its_batch(any_engine: Engine) -> None:
    deployed(any_engine, diagram("start -> u -> end", user("u")))
    requests = [
        any_engine.runtime.submit(CreateProcessInstance("p")),
        any_engine.runtime.submit(CreateProcessInstance("unknown")),
        any_engine.runtime.submit(CreateProcessInstance("p")),
    ]

    assert [future.exception(10) is None for future in requests] == [True, False, True]
    assert len(any_engine.instances()) == 2


def test_a_request_that_breaks_the_transaction_fails_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(engine, diagram("start -> u -> end", user("u")))
    original = commands.StartInstance.__init__

    def broken(self: Any, **fields: Any) -> None:
        original(self, **fields)
        if fields.get("business_id") == "broken":
            raise RuntimeError("a bug")

    monkeypatch.setattr(commands.StartInstance, "__init__", broken)
    requests = [
        engine.runtime.submit(CreateProcessInstance("p", business_id=name)) for name in ("fine", "broken", "good")
    ]

    assert [type(request.exception(10)) for request in requests] == [type(None), RuntimeError, type(None)]
    assert sorted(row.business_id for row in engine.instances()) == ["fine", "good"]


@pytest.mark.parametrize("business_id", ["lone \ud83d surrogate", "x" * 10])
def test_a_value_that_no_database_can_hold_is_refused_alone(any_engine: Engine, business_id: str) -> None:
    deployed(any_engine, diagram("start -> a -> end", service("a")))
    requests = [
        any_engine.runtime.submit(CreateProcessInstance("p", business_id=name))
        for name in ("fine", business_id, "good")
    ]

    answers = [future.exception(10) for future in requests]

    assert answers[0] is answers[2] is None
    assert isinstance(answers[1], InvalidArgument) is business_id.startswith("lone")


def test_a_number_that_no_column_can_hold_is_refused(any_engine: Engine) -> None:
    deployed(any_engine, diagram("start -> a -> end", service("a")))
    any_engine.start("p")
    (job,) = any_engine.activate_jobs("a")

    with pytest.raises(InvalidArgument, match="cannot be stored"):
        any_engine.fail_job(job.key, 10**20)
    any_engine.complete_job(job.key)


def test_an_exception_is_a_retry_and_then_an_incident(any_engine: Engine, handlers: Registry) -> None:
    calls = []

    def broken() -> None:
        calls.append(1)
        raise RuntimeError("the printer is on fire")

    add(handlers, "a", broken)
    deployed(any_engine, diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="a" retries="2"/>')))
    any_engine.clock.pin(MORNING)
    key = any_engine.start("p")

    eventually(lambda: any_engine.jobs(instance_key=key, retries=1))
    assert any_engine.incidents() == []

    any_engine.clock.advance(timedelta(seconds=10))
    (incident,) = eventually(lambda: any_engine.incidents(state="ACTIVE"))

    assert (incident.error_type, incident.element_id) == ("JOB_NO_RETRIES", "a")
    assert "the printer is on fire" in incident.message
    assert len(calls) == 2

    add(handlers, "a", lambda: None)
    any_engine.set_retries(incident.job_key, 1)
    any_engine.resolve(incident.key)
    eventually(lambda: any_engine.instances(state="COMPLETED"))


def test_a_bpmn_error_takes_the_error_path(any_engine: Engine, handlers: Registry) -> None:
    def refuse() -> None:
        raise BpmnError("NO", "none left", variables={"missing": 2})

    add(handlers, "a", refuse)
    data = diagram(
        "start -> a -> end; caught -> end_caught",
        service("a"),
        boundary("caught", "a", error_event("NO")),
        shared=error("NO"),
    )

    assert deployed(any_engine, data).run("p") == {"missing": 2}


def test_async_handlers_run_beside_each_other(engine: Engine, handlers: Registry) -> None:
    together = threading.Barrier(2, timeout=10)

    async def meet() -> dict[str, bool]:
        await asyncio.to_thread(together.wait)
        return {"met": True}

    add(handlers, "a", meet)
    add(handlers, "b", meet)
    deployed(engine, diagram("start -> a -> end; start -> b -> end", service("a"), service("b")))

    assert engine.run("p") == {"met": True}


def test_a_result_that_is_no_variable_is_a_failure(engine: Engine, handlers: Registry) -> None:
    add(handlers, "a", lambda: {"x": object()})
    deployed(engine, diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="a" retries="1"/>')))
    engine.start("p")

    (incident,) = eventually(lambda: engine.incidents(state="ACTIVE"))

    assert "cannot be a variable" in incident.message


def test_a_handler_of_another_process_asks_for_jobs(any_engine: Engine) -> None:
    deployed(any_engine, diagram("start -> a -> end", service("a")))
    key = any_engine.start("p", {"x": 1})

    (job,) = any_engine.activate_jobs("a", worker="w")
    assert (job.instance_key, job.variables, job.retries) == (key, {"x": 1}, 3)
    assert any_engine.activate_jobs("a") == []

    any_engine.complete_job(job.key, {"y": 2})
    assert any_engine.variables(key) == {"x": 1, "y": 2}
    with pytest.raises(NotFound):
        any_engine.complete_job(job.key)


def test_a_job_is_free_again_after_its_deadline(any_engine: Engine) -> None:
    deployed(any_engine, diagram("start -> a -> end", service("a")))
    any_engine.clock.pin(MORNING)
    any_engine.start("p")
    (job,) = any_engine.activate_jobs("a", timeout=timedelta(minutes=1))

    any_engine.extend_job(job.key, timedelta(minutes=5))
    any_engine.clock.advance(timedelta(minutes=2))
    assert any_engine.activate_jobs("a") == []

    any_engine.clock.advance(timedelta(minutes=4))
    assert [again.key for again in any_engine.activate_jobs("a")] == [job.key]


def test_timers_fire_when_the_clock_moves(any_engine: Engine) -> None:
    deployed(any_engine, diagram("start -> wait -> end", catch("wait", timer("duration", "P30D"))))
    any_engine.clock.pin(MORNING)
    any_engine.start("p")

    any_engine.clock.advance(timedelta(days=31))

    eventually(lambda: any_engine.instances(state="COMPLETED"))


def test_timers_fire_in_real_time(engine: Engine) -> None:
    deployed(engine, diagram("start -> wait -> end", catch("wait", timer("duration", "PT0.05S"))))

    engine.run("p", timeout=10)


def test_a_timer_start_event_starts_instances(any_engine: Engine) -> None:
    any_engine.clock.pin(MORNING)
    deployed(
        any_engine, diagram("start -> u -> end", element("startEvent", "start", timer("cycle", "R2/PT1H")), user("u"))
    )

    for hours, wanted in ((1, 1), (2, 2), (3, 2)):
        any_engine.clock.pin(MORNING + timedelta(hours=hours, minutes=1))
        eventually(lambda wanted=wanted: len(any_engine.instances()) == wanted)


def test_a_new_version_takes_over_the_timer_start(engine: Engine) -> None:
    engine.clock.pin(MORNING)
    for task in ("a", "b"):
        deployed(
            engine,
            diagram(f"start -> {task} -> end", element("startEvent", "start", timer("cycle", "R1/PT1H")), user(task)),
        )

    engine.clock.advance(timedelta(hours=2))

    eventually(lambda: [task.element_id for task in engine.tasks()] == ["b"])


def _waits_for_message(interrupting: bool = True) -> bytes:
    return diagram("start -> wait -> end", catch("wait", message_event("m")), shared=message("m", "=id"))


def test_a_message_reaches_the_instance_that_waits_for_its_key(any_engine: Engine) -> None:
    deployed(any_engine, _waits_for_message())
    first, second = (any_engine.start("p", {"id": name}) for name in ("a", "b"))

    published = any_engine.publish("m", "b", {"answer": 42})

    assert published.instance_keys == (second,)
    assert any_engine.variables(second)["answer"] == 42
    assert any_engine.find(PROCESS_INSTANCES, first).state == "ACTIVE"


def test_a_message_is_kept_for_its_time_to_live(any_engine: Engine) -> None:
    deployed(any_engine, _waits_for_message())
    any_engine.clock.pin(MORNING)
    any_engine.publish("m", "early", time_to_live=timedelta(hours=1))
    any_engine.publish("m", "late", time_to_live=timedelta(hours=1))

    early = any_engine.start("p", {"id": "early"})
    any_engine.clock.advance(timedelta(hours=2))
    late = any_engine.start("p", {"id": "late"})

    assert any_engine.find(PROCESS_INSTANCES, early).state == "COMPLETED"
    assert any_engine.find(PROCESS_INSTANCES, late).state == "ACTIVE"


def test_a_message_with_no_time_to_live_is_for_now_or_never(any_engine: Engine) -> None:
    deployed(any_engine, _waits_for_message())
    any_engine.publish("m", "a", time_to_live=timedelta())

    assert any_engine.find(PROCESS_INSTANCES, any_engine.start("p", {"id": "a"})).state == "ACTIVE"


def test_a_message_is_kept_for_a_day_by_default(any_engine: Engine) -> None:
    deployed(any_engine, _waits_for_message())
    any_engine.publish("m", "a")
    any_engine.clock.advance(timedelta(hours=23))
    assert any_engine.find(PROCESS_INSTANCES, any_engine.start("p", {"id": "a"})).state == "COMPLETED"

    any_engine.publish("m", "a")
    any_engine.clock.advance(timedelta(hours=25))
    assert any_engine.find(PROCESS_INSTANCES, any_engine.start("p", {"id": "a"})).state == "ACTIVE"


def test_a_message_reaches_one_instance_of_each_process(any_engine: Engine) -> None:
    any_engine.deploy(
        Resource("p.bpmn", _waits_for_message()), Resource("q.bpmn", _waits_for_message().replace(b'id="p"', b'id="q"'))
    )
    first, second = any_engine.start("p", {"id": "a"}), any_engine.start("p", {"id": "a"})
    other = any_engine.start("q", {"id": "a"})

    published = any_engine.publish("m", "a", time_to_live=timedelta(hours=1))

    assert set(published.instance_keys) == {first, other}
    assert any_engine.find(PROCESS_INSTANCES, second).state == "ACTIVE"


def test_a_buffered_message_is_taken_once_per_process(any_engine: Engine) -> None:
    deployed(any_engine, _waits_for_message())
    any_engine.publish("m", "a", time_to_live=timedelta(hours=1))

    first, second = any_engine.start("p", {"id": "a"}), any_engine.start("p", {"id": "a"})

    assert [any_engine.find(PROCESS_INSTANCES, key).state for key in (first, second)] == ["COMPLETED", "ACTIVE"]


def test_a_message_id_is_accepted_once_while_it_is_kept(any_engine: Engine) -> None:
    any_engine.clock.pin(MORNING)
    any_engine.publish("m", "a", time_to_live=timedelta(hours=1), message_id="1")

    with pytest.raises(AlreadyExists):
        any_engine.publish("m", "a", time_to_live=timedelta(hours=1), message_id="1")

    any_engine.clock.advance(timedelta(hours=2))
    any_engine.publish("m", "a", time_to_live=timedelta(hours=1), message_id="1")


def test_a_synchronous_message_that_reaches_nobody_is_refused(any_engine: Engine) -> None:
    deployed(any_engine, _waits_for_message())

    with pytest.raises(NotFound, match="Nothing waits"):
        do(any_engine, PublishMessage("m", "a", synchronous=True))


STARTED_BY_MESSAGE = diagram(
    "start -> u -> end", element("startEvent", "start", message_event("m")), user("u"), shared=message("m")
)


def test_a_message_start_without_key_always_starts(any_engine: Engine) -> None:
    deployed(any_engine, STARTED_BY_MESSAGE)

    for n in range(3):
        any_engine.publish("m", variables={"n": n})

    assert [any_engine.variables(row.key) for row in any_engine.instances()] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_a_message_start_with_key_has_one_running_instance_and_the_next_starts_when_it_ends(any_engine: Engine) -> None:
    deployed(any_engine, STARTED_BY_MESSAGE)
    for n in range(2):
        any_engine.publish("m", "k", {"n": n}, time_to_live=timedelta(hours=1))
    assert len(any_engine.instances()) == 1

    (task,) = any_engine.tasks(state="CREATED")
    any_engine.complete(task.key)

    (row,) = any_engine.instances(state="ACTIVE")
    assert any_engine.variables(row.key) == {"n": 1}


def test_a_process_that_only_a_message_starts_cannot_be_started_by_hand(any_engine: Engine) -> None:
    deployed(any_engine, STARTED_BY_MESSAGE)

    with pytest.raises(InvalidArgument, match="Publish the message"):
        any_engine.start("p")


def test_versions(any_engine: Engine) -> None:
    for tasks in ("a", "b", "b"):
        result = any_engine.deploy(Resource("p.bpmn", diagram(f"start -> {tasks} -> end", user(tasks))))

    assert [item.version for item in result.items] == [2]
    any_engine.start("p")
    any_engine.start("p", version=1)
    assert [task.element_id for task in any_engine.tasks()] == ["b", "a"]
    with pytest.raises(NotFound, match="version 9"):
        any_engine.start("p", version=9)


def test_an_older_file_becomes_the_newest_version_again(engine: Engine) -> None:
    one, two = (diagram(f"start -> {task} -> end", user(task)) for task in "ab")
    versions = [engine.deploy(Resource("p.bpmn", data)).items[0].version for data in (one, two, one)]

    assert versions == [1, 2, 3]


def test_a_cancelled_instance_leaves_nothing_open(any_engine: Engine) -> None:
    deployed(
        any_engine,
        diagram(
            "start -> a -> end; start -> u -> end; late -> end_l",
            service("a"),
            user("u"),
            boundary("late", "u", timer("duration", "PT1H")),
        ),
    )
    key = any_engine.start("p")

    any_engine.cancel(key)

    assert any_engine.find(PROCESS_INSTANCES, key).state == "TERMINATED"
    assert [job.state for job in any_engine.jobs()] == ["CANCELED"]
    assert [task.state for task in any_engine.tasks()] == ["CANCELED"]
    with pytest.raises(NotFound):
        any_engine.cancel(key)


def test_people_and_operators_have_calls_of_their_own(any_engine: Engine) -> None:
    data = diagram(
        "start -> a -> u -> end; caught -> u",
        service("a"),
        user("u"),
        boundary("caught", "a", error_event("NO")),
        shared=error("NO"),
    )
    key = deployed(any_engine, data).start("p")
    (job,) = any_engine.activate_jobs("a")

    any_engine.throw_error(job.key, "NO", "none left", {"missing": 2})
    any_engine.set_variables(key, {"x": 1})
    (task,) = any_engine.tasks(state="CREATED")
    any_engine.assign(task.key, "ada")

    assert any_engine.variables(key) == {"missing": 2, "x": 1}
    assert [row.key for row in any_engine.tasks(assignee="ada")] == [task.key]
    with pytest.raises(InvalidArgument):
        any_engine.assign(task.key, "")


def test_waiting_for_the_end_may_time_out_and_the_instance_goes_on(engine: Engine) -> None:
    deployed(engine, diagram("start -> u -> end", user("u")))

    with pytest.raises(TimedOut, match="it continues"):
        engine.run("p", timeout=0.01)
    assert len(engine.instances(state="ACTIVE")) == 1


def _eventually(found: Callable[[], list[Any]]) -> Any:
    deadline = time.monotonic() + 10
    while not (rows := found()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return rows[0]


@pytest.mark.parametrize("by", ["cancellation", "modification"])
def test_who_waits_for_an_end_is_told_at_once_that_the_instance_was_terminated(any_engine: Engine, by: str) -> None:
    deployed(any_engine, diagram("start -> u -> end", user("u")))
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(any_engine.run, "p", {"x": 1}, timeout=60)
        key = _eventually(lambda: any_engine.instances(state="ACTIVE")).key

        any_engine.cancel(key) if by == "cancellation" else any_engine.modify(key, terminate=("u",))

        with pytest.raises(Terminated, match=f"{key} was cancelled or terminated"):
            waiting.result(5)


def test_who_waits_for_the_listeners_of_a_task_is_told_at_once_that_it_was_cancelled(any_engine: Engine) -> None:
    listeners = '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="nobody"/></zeebe:taskListeners>'
    key = deployed(any_engine, diagram("start -> u -> end", user("u", listeners))).start("p")
    (task,) = any_engine.tasks()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(any_engine.complete, task.key)
        _eventually(lambda: [row for row in any_engine.tasks() if row.transition])

        any_engine.cancel(key)

        with pytest.raises(Terminated, match="was cancelled before its listeners"):
            waiting.result(5)


def test_a_straight_through_loop_is_bounded_per_transaction_and_goes_on(any_engine: Engine) -> None:
    script = '<zeebe:script expression="=n + 1" resultVariable="n"/>'
    data = diagram(
        "start -> m -> count -> g; g -> m : =n < 2000; g -> end : default",
        exclusive("m"),
        exclusive("g"),
        service("count", script),
    )

    assert deployed(any_engine, data).run("p", {"n": 0}, timeout=60)["n"] == 2000


def test_an_endless_loop_does_not_keep_others_from_running(engine: Engine) -> None:
    deployed(engine, diagram("start -> m -> g; g -> m : =true; g -> end : default", exclusive("m"), exclusive("g")))
    engine.deploy(Resource("q.bpmn", diagram("start -> end", process_id="q")))
    endless = engine.start("p")

    assert engine.run("q", timeout=30) == {}

    engine.cancel(endless)


def test_a_stop_does_not_wait_for_an_endless_loop(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'e.db'}"
    data = diagram("start -> m -> g; g -> m : =true; g -> end : default", exclusive("m"), exclusive("g"))
    with Engine(url, handlers=Registry()) as engine:
        key = deployed(engine, data).start("p")

    with Engine(url, handlers=Registry()) as again:
        seen = len(again.elements(key))
        eventually(lambda: len(again.elements(key)) > seen)
        again.cancel(key)


def test_a_timer_that_cannot_be_fired_does_not_hold_up_the_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(engine, diagram("start -> wait -> end", catch("wait", timer("duration", "PT1H"))))
    engine.clock.pin(MORNING)
    keys = [engine.start("p") for _ in range(3)]
    original = commands.TriggerTimer.__init__
    broken = engine.find(PROCESS_INSTANCES, keys[0])
    with engine.runtime.database.read() as connection:
        poison = connection.exec_driver_sql(f"SELECT key FROM timer WHERE instance_key = {broken.key}").scalar()

    def raising(self: Any, **fields: Any) -> None:
        original(self, **fields)
        if fields["timer_key"] == poison:
            raise RuntimeError("a bug")

    monkeypatch.setattr(commands.TriggerTimer, "__init__", raising)
    engine.clock.advance(timedelta(hours=2))

    eventually(lambda: len(engine.instances(state="COMPLETED")) == 2)
    assert engine.find(PROCESS_INSTANCES, keys[0]).state == "ACTIVE"


def test_an_instance_goes_on_in_another_engine_on_the_same_database(database_url: str, handlers: Registry) -> None:
    with Engine(database_url, handlers=Registry()) as first:
        deployed(first, diagram("start -> u -> a -> end", user("u"), service("a")))
        key = first.start("p", {"x": 1})

    add(handlers, "a", lambda x: {"y": x + 1})
    with Engine(database_url, handlers=handlers) as second:
        second.complete(second.tasks()[0].key)
        eventually(lambda: second.find(PROCESS_INSTANCES, key).state == "COMPLETED")
        assert second.variables(key) == {"x": 1, "y": 2}


def test_two_engines_share_a_database_and_see_each_others_changes(database_url: str) -> None:
    with Engine(database_url, handlers=Registry()) as first, Engine(database_url, handlers=Registry()) as second:
        deployed(first, diagram("start -> u -> v -> end", user("u"), user("v")))
        key = first.start("p")

        second.complete(second.tasks(state="CREATED")[0].key, {"by": "second"})
        first.complete(first.tasks(state="CREATED")[0].key)

        assert second.find(PROCESS_INSTANCES, key).state == "COMPLETED"


def test_a_stop_lets_running_handlers_finish_and_gives_the_others_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    started, finish = threading.Event(), threading.Event()

    def slow() -> None:
        started.set()
        finish.wait(10)

    with Engine(url, handlers=Registry(handler_of("a", slow))) as engine:
        deployed(engine, diagram("start -> a -> end", service("a")))
        keys = [engine.start("p") for _ in range(20)]
        started.wait(10)
        threading.Timer(0.2, finish.set).start()

    with Engine(url, handlers=Registry()) as after:
        states = [after.find(PROCESS_INSTANCES, key).state for key in keys]
        waiting = after.activate_jobs("a", limit=100)
    assert 0 < states.count("COMPLETED") < 20
    assert len(waiting) == states.count("ACTIVE")


def test_handlers_get_the_job_and_an_idempotency_key(engine: Engine, handlers: Registry) -> None:
    seen: list[Job] = []

    def handler(job: Job) -> None:
        seen.append(job)

    add(handlers, "a", handler)
    deployed(engine, diagram("start -> a -> end", service("a")))

    engine.run("p", business_id="B1", tags=("x",))

    assert (seen[0].element_id, seen[0].business_id, seen[0].tags) == ("a", "B1", ("x",))
    assert seen[0].key > 0


def test_more_jobs_than_the_handlers_have_room_for_are_all_done(tmp_path: Path) -> None:
    handlers = Registry(handler_of("a", lambda: None))
    with Engine(
        f"sqlite:///{tmp_path / 'e.db'}",
        handlers=handlers,
        settings=Settings(handler_threads=1, handler_backlog=100, batch_size=50),
    ) as engine:
        deployed(engine, diagram("start -> a -> end", service("a")))
        created = [engine.runtime.submit(CreateProcessInstance("p", wait=True)) for _ in range(500)]

        assert {future.result(30).ended.result(60) for future in created} == {"COMPLETED"}


def test_a_command_for_something_that_never_was_is_not_found(any_engine: Engine) -> None:
    for kind in (Kind.INSTANCE, Kind.JOB, Kind.USER_TASK, Kind.INCIDENT, Kind.ELEMENT_INSTANCE):
        with pytest.raises(NotFound):
            do(any_engine, InstanceCommand(commands.CancelInstance(), kind, 4711))


@pytest.mark.postgres
def test_a_node_hears_at_once_of_jobs_that_another_node_leaves(postgres_url: str, handlers: Registry) -> None:
    slow = Settings(poll=timedelta(minutes=5))
    add(handlers, "b", lambda: {"by": "second"})
    heard = threading.Event()
    with (
        Engine(postgres_url, handlers=Registry(), settings=slow) as first,
        Engine(postgres_url, handlers=handlers, settings=slow) as second,
    ):
        deployed(first, diagram("start -> a -> end; start -> b -> end", service("a"), service("b")))
        second.runtime.publisher.wait(Waiter("a", heard.set))
        key = first.start("p")

        assert heard.wait(20)
        eventually(lambda: first.variables(key) == {"by": "second"})


def test_waiting_for_the_end_notices_an_end_that_another_node_brings_about(database_url: str) -> None:
    with Engine(database_url, handlers=Registry()) as first, Engine(database_url, handlers=Registry()) as second:
        deployed(first, diagram("start -> u -> end", user("u")))
        created = do(first, CreateProcessInstance("p", wait=True))
        second.complete(second.tasks()[0].key)

        await_end(first, created, 20)

        assert first.instances()[0].state == "COMPLETED"

"""What instances bring about in each other: calls, messages, signals, conditions; suspension and migration. On both
databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bpmn_engine import Conflict, Denied, Engine, InvalidArgument, Job, NotFound, Registry, Resource, handler_of
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Kind
from bpmn_engine.runtime.requests.instances import CreateProcessInstance, InstanceCommand, MigrateProcessInstance
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.runtime.requests.signals import BroadcastSignal, EvaluateConditions
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES, USER_TASKS
from tests.asking import do
from tests.diagrams import (
    boundary,
    call,
    catch,
    condition_event,
    diagram,
    element,
    end,
    error,
    error_event,
    event_based,
    extensions,
    mappings,
    message,
    message_event,
    multi,
    service,
    signal,
    signal_event,
    start,
    sub,
    throw,
    timer,
    user,
)

MORNING = datetime(2026, 1, 31, 9, tzinfo=UTC)


def deploy(engine: Engine, *diagrams: bytes) -> list[int]:
    """Deploy diagrams, each as a file of its own; the keys of their definitions."""
    keys = []
    for data in diagrams:
        name = data.split(b'<bpmn:process id="')[1].split(b'"')[0].decode()
        keys += [item.key for item in engine.deploy(Resource(f"{name}.bpmn", data)).items]
    return keys


def done(engine: Engine, instance: int) -> list[str]:
    """The elements that an instance has completed, in the order in which they began."""
    return [row.element_id for row in engine.elements(instance, state="COMPLETED") if row.element_id != "p"]


def only(engine: Engine, process_id: str) -> Any:
    """The one instance of a process."""
    (row,) = engine.instances(process_id=process_id)
    return row


# call activities

CHILD = diagram("start -> u -> end", user("u"), process_id="child")


def test_a_call_survives_everything_in_between(any_engine: Engine) -> None:
    deploy(any_engine, CHILD, diagram("start -> c -> end", call("c", "child")))
    instance = any_engine.start("p", {"x": 1}, business_id="B1")
    child = only(any_engine, "child")
    assert (child.parent_key, child.root_key, child.business_id) == (instance, instance, "B1")

    any_engine.runtime.loop.cache.clear()
    any_engine.complete(any_engine.tasks()[0].key, {"y": 2})

    assert any_engine.find(PROCESS_INSTANCES, instance).state == "COMPLETED"
    assert any_engine.variables(instance) == {"x": 1, "y": 2}


def test_cancelling_the_parent_cancels_the_child_in_the_same_transaction(any_engine: Engine) -> None:
    deploy(any_engine, CHILD, diagram("start -> c -> end", call("c", "child")))
    instance = any_engine.start("p")

    any_engine.cancel(instance)

    assert only(any_engine, "child").state == "TERMINATED"
    assert any_engine.tasks(state="CREATED") == []


def test_the_version_is_chosen_when_the_call_begins(any_engine: Engine) -> None:
    parent = diagram("start -> c -> end", call("c", "child"))
    deploy(any_engine, CHILD, parent)
    any_engine.start("p")
    deploy(any_engine, CHILD.replace(b'"u"', b'"u2"'))
    any_engine.start("p")

    assert sorted(task.element_id for task in any_engine.tasks()) == ["u", "u2"]


def test_the_binding_deployment_takes_what_was_deployed_with_it(any_engine: Engine) -> None:
    parent = diagram("start -> c -> end", call("c", "child", bindingType="deployment"))
    any_engine.deploy(Resource("child.bpmn", CHILD), Resource("p.bpmn", parent))
    deploy(any_engine, CHILD.replace(b'"u"', b'"u2"'))

    any_engine.start("p")

    assert [task.element_id for task in any_engine.tasks()] == ["u"]


def test_the_bindings_version_tag_and_version(any_engine: Engine) -> None:
    tagged = CHILD.replace(
        b"<bpmn:startEvent", extensions('<zeebe:versionTag value="v1"/>').encode() + b"<bpmn:startEvent", 1
    )
    by_number = element(
        "callActivity",
        "c",
        attributes='calledElement="child" camunda:calledElementBinding="version" camunda:calledElementVersion="1"',
    )
    deploy(
        any_engine,
        tagged,
        CHILD.replace(b'"u"', b'"u2"'),
        diagram("start -> c -> end", call("c", "child", bindingType="versionTag", versionTag="v1")),
        diagram("start -> c -> end", by_number, process_id="q"),
    )
    any_engine.start("p")
    any_engine.start("q")

    assert [task.element_id for task in any_engine.tasks()] == ["u", "u"]


def test_a_process_that_starts_by_events_only_cannot_be_called(any_engine: Engine) -> None:
    deploy(any_engine, diagram("s -> end", start("s", timer("date", '=@"2099-01-01T00:00:00Z"')), process_id="child"))
    deploy(any_engine, diagram("start -> c -> end", call("c", "child")))

    any_engine.start("p")

    assert "no none start event" in any_engine.incidents()[0].message


def test_an_error_of_the_child_reaches_the_parent(any_engine: Engine) -> None:
    deploy(
        any_engine,
        diagram("start -> x", end("x", error_event("NO")), process_id="child", shared=error("NO")),
        diagram(
            "start -> c -> end; failed -> fix -> end",
            call("c", "child"),
            boundary("failed", "c", error_event("NO")),
            user("fix"),
            shared=error("NO"),
        ),
    )
    any_engine.start("p")

    assert [task.element_id for task in any_engine.tasks()] == ["fix"]
    assert only(any_engine, "child").state == "TERMINATED"


def test_a_hundred_children_of_one_parent(any_engine: Engine) -> None:
    node = call("c", "child", mappings({"n": "=n"})).replace(
        "</bpmn:callActivity>",
        multi("=for i in 1..100 return i", inputElement="n", outputCollection="all", outputElement="=m")
        + "</bpmn:callActivity>",
    )
    script = element("scriptTask", "s", extensions('<zeebe:script expression="=n * 2" resultVariable="m"/>'))
    deploy(any_engine, diagram("start -> s -> end", script, process_id="child"), diagram("start -> c -> end", node))

    variables = any_engine.run("p")

    assert variables["all"] == [2 * n for n in range(1, 101)]


def test_processes_that_call_each_other_without_end_do_not_hang_the_engine(any_engine: Engine) -> None:
    deploy(any_engine, diagram("start -> c -> end", call("c", "p")))

    any_engine.start("p")
    any_engine.settle()  # on a busy machine a hundred calls take more than the turn of the start

    assert "nested more than" in any_engine.incidents()[0].message


# messages between processes

SELLER = diagram(
    "m -> send -> end",
    start("m", message_event("order")),
    shared=message("order", "=id") + message("receipt", "=id"),
).replace(
    b'<bpmn:task id="send"/>',
    throw("send", extensions(mappings({"total": "=price * 2"})) + message_event("receipt")).encode(),
)
BUYER = diagram(
    "start -> buy -> wait -> end",
    element("sendTask", "buy", extensions(mappings({"price": "=price", "id": "=id"})), 'messageRef="order"'),
    catch("wait", message_event("receipt")),
    process_id="buyer",
    shared=message("order", "=id") + message("receipt", "=id"),
)


def test_two_pools_talk_by_messages(any_engine: Engine) -> None:
    deploy(any_engine, SELLER.replace(b'process id="p"', b'process id="seller"'), BUYER)

    variables = any_engine.run("buyer", {"id": "A1", "price": 21})

    assert variables["total"] == 42
    assert only(any_engine, "seller").state == "COMPLETED"


def test_a_message_that_nobody_waits_for_yet_is_kept(any_engine: Engine) -> None:
    receiver = diagram(
        "start -> w -> end", catch("w", message_event("note")), process_id="later", shared=message("note", "=1")
    )
    deploy(any_engine, diagram("start -> t", end("t", message_event("note")), shared=message("note", "=1")), receiver)
    any_engine.run("p")

    any_engine.run("later")

    assert only(any_engine, "later").state == "COMPLETED"


def test_of_many_who_wait_for_a_message_the_first_of_each_process_gets_it(any_engine: Engine) -> None:
    """More than are read at once; the instances that waited first are suspended."""
    catcher = ("start -> w -> end", catch("w", message_event("note")))
    deploy(any_engine, *(diagram(*catcher, process_id=name, shared=message("note", "=1")) for name in "ab"))
    waiting = {name: [any_engine.start(name) for _ in range(230)] for name in "ab"}
    for key in waiting["a"][:120]:
        ask(any_engine, key, commands.Suspend())

    first = any_engine.publish("note", "1")
    second = any_engine.publish("note", "1")

    assert first.instance_keys == (waiting["a"][120], waiting["b"][0])
    assert second.instance_keys == (waiting["a"][121], waiting["b"][1])


def test_two_processes_that_start_each_other_without_end_do_not_hang_the_engine(any_engine: Engine) -> None:
    data = diagram(
        "m -> t", start("m", message_event("again")), end("t", message_event("again")), shared=message("again")
    )
    deploy(any_engine, data)

    any_engine.publish("again")

    deploy(any_engine, diagram("start -> a -> end", process_id="other"))
    assert any_engine.run("other") == {}


# signals and conditions


def test_a_signal_reaches_every_instance_and_starts_processes(any_engine: Engine) -> None:
    deploy(
        any_engine,
        diagram("start -> s -> u -> end", catch("s", signal_event("go")), user("u"), shared=signal("go")),
        diagram("s -> v -> end", start("s", signal_event("go")), user("v"), process_id="started", shared=signal("go")),
    )
    for _ in range(3):
        any_engine.start("p")

    do(any_engine, BroadcastSignal("go", {"x": 1}))

    assert sorted(task.element_id for task in any_engine.tasks()) == ["u", "u", "u", "v"]
    assert any_engine.variables(only(any_engine, "started").key) == {"x": 1}


def test_a_signal_that_an_instance_throws_reaches_the_others(any_engine: Engine) -> None:
    deploy(
        any_engine,
        diagram("start -> s -> end", catch("s", signal_event("go")), shared=signal("go")),
        diagram("start -> t", end("t", signal_event("go")), process_id="thrower", shared=signal("go")),
    )
    waiting = any_engine.start("p")

    any_engine.run("thrower")

    assert any_engine.find(PROCESS_INSTANCES, waiting).state == "COMPLETED"


def test_a_signal_needs_a_name(engine: Engine) -> None:
    with pytest.raises(InvalidArgument, match="needs a name"):
        do(engine, BroadcastSignal(""))


def test_starts_are_those_of_the_newest_version(any_engine: Engine) -> None:
    old = diagram("s -> u -> end", start("s", signal_event("go")), user("u"), shared=signal("go"))
    deploy(any_engine, old, old.replace(b'"go"', b'"went"'))

    do(any_engine, BroadcastSignal("go"))
    assert any_engine.tasks() == []

    do(any_engine, BroadcastSignal("went"))
    assert len(any_engine.tasks()) == 1


def test_conditional_starts_are_asked_for_from_outside(any_engine: Engine) -> None:
    data = diagram("s -> u -> end", start("s", condition_event("=x > 1")), user("u"))
    (key,) = deploy(any_engine, data)

    assert do(any_engine, EvaluateConditions({"x": 1})).started == []
    assert do(any_engine, EvaluateConditions({"x": 2}, definition_key=key + 1)).started == []
    (started,) = do(any_engine, EvaluateConditions({"x": 2})).started

    assert (started.process_id, started.definition_key) == ("p", key)
    assert any_engine.variables(started.instance_key) == {"x": 2}


def test_several_start_events_each_start_an_instance_of_their_own(any_engine: Engine) -> None:
    data = diagram(
        "start -> u -> end; m -> u; s -> u; t -> u",
        user("u"),
        start("m", message_event("go")),
        start("s", signal_event("go")),
        start("t", timer("date", "2026-01-31T10:00:00Z")),
        shared=message("go").replace('id="go"', 'id="go"') + signal("other"),
    ).replace(b'signalRef="go"', b'signalRef="other"')
    any_engine.clock.pin(MORNING)
    deploy(any_engine, data)
    any_engine.start("p")
    any_engine.publish("go")
    do(any_engine, BroadcastSignal("other"))
    any_engine.clock.advance(timedelta(hours=2))

    assert len(wait_for_tasks(any_engine, 4)) == 4


def wait_for_tasks(engine: Engine, count: int) -> list[Any]:
    """Open tasks, when there are enough."""
    from tests.runtime.test_engine import eventually

    return eventually(lambda: (tasks := engine.tasks(state="CREATED")) and len(tasks) >= count and tasks)  # type: ignore[no-any-return]


def test_an_event_based_gateway_starts_a_process(any_engine: Engine) -> None:
    data = diagram(
        "g -> m -> u -> end; g -> n -> v -> end",
        event_based("g", 'instantiate="true" eventGatewayType="Parallel"'),
        catch("m", message_event("paid")),
        catch("n", message_event("sent")),
        user("u"),
        user("v"),
        shared=message("paid", "=id") + message("sent", "=id"),
    )
    deploy(any_engine, data)
    any_engine.publish("paid", "7", {"id": "7"})
    any_engine.publish("sent", "7", {"id": "7"})

    assert sorted(task.element_id for task in any_engine.tasks()) == ["u", "v"]
    assert len(any_engine.instances()) == 1


# suspension

BUSY = diagram(
    "start -> f; f -> a -> end; f -> t -> end; f -> m -> end; f -> s -> end",
    '<bpmn:parallelGateway id="f"/>',
    service("a"),
    catch("t", timer("duration", "PT1H")),
    catch("m", message_event("note")),
    catch("s", signal_event("go")),
    shared=message("note", "=1") + signal("go"),
)


def ask(engine: Engine, instance: int, command: commands.Command) -> None:
    """Ask something of an instance."""
    do(engine, InstanceCommand(command, Kind.INSTANCE, instance))


def test_while_suspended_jobs_are_held_back_timers_and_messages_wait_and_signals_are_lost(any_engine: Engine) -> None:
    any_engine.clock.pin(MORNING)
    deploy(any_engine, BUSY)
    instance = any_engine.start("p")
    ask(any_engine, instance, commands.Suspend())
    assert any_engine.find(PROCESS_INSTANCES, instance).state == "SUSPENDED"

    any_engine.clock.advance(timedelta(hours=2))
    any_engine.publish("note", "1", time_to_live=timedelta(hours=9))
    do(any_engine, BroadcastSignal("go"))
    assert any_engine.activate_jobs("a") == []
    assert done(any_engine, instance) == ["start", "f"]

    ask(any_engine, instance, commands.Resume())

    from tests.runtime.test_engine import eventually

    eventually(lambda: {"t", "m"} <= set(done(any_engine, instance)))
    assert "s" not in done(any_engine, instance)
    any_engine.complete_job(any_engine.activate_jobs("a")[0].key)
    assert "a" in done(any_engine, instance)


def test_a_suspended_instance_can_be_cancelled_and_its_variables_written(any_engine: Engine) -> None:
    deploy(any_engine, BUSY)
    instance = any_engine.start("p")
    ask(any_engine, instance, commands.Suspend())
    any_engine.set_variables(instance, {"x": 1})
    assert any_engine.variables(instance) == {"x": 1}

    any_engine.cancel(instance)

    assert any_engine.find(PROCESS_INSTANCES, instance).state == "TERMINATED"


def test_a_job_that_is_completed_meanwhile_counts(any_engine: Engine) -> None:
    deploy(any_engine, diagram("start -> a -> b -> end", service("a"), service("b")))
    instance = any_engine.start("p")
    job = any_engine.activate_jobs("a")[0]
    ask(any_engine, instance, commands.Suspend())
    any_engine.complete_job(job.key, {"x": 1})
    assert any_engine.activate_jobs("b") == []

    any_engine.runtime.loop.cache.clear()
    ask(any_engine, instance, commands.Resume())

    assert len(any_engine.activate_jobs("b")) == 1
    assert any_engine.variables(instance) == {"x": 1}


# migration


def test_an_instance_goes_on_as_another_version(any_engine: Engine) -> None:
    old = diagram("start -> u -> end; t -> end", user("u"), boundary("t", "u", timer("duration", "PT1H")))
    new = diagram(
        "start -> v -> w -> end; t -> end", user("v"), user("w"), boundary("t", "v", timer("duration", "PT1H"))
    )
    deploy(any_engine, old)
    instance = any_engine.start("p")
    (key,) = deploy(any_engine, new)

    do(any_engine, MigrateProcessInstance(instance, key, {"u": "v", "t": "t"}))
    any_engine.runtime.loop.cache.clear()
    any_engine.complete(any_engine.tasks()[0].key)

    assert any_engine.find(PROCESS_INSTANCES, instance).version == 2
    assert [task.element_id for task in any_engine.tasks(state="CREATED")] == ["w"]


def test_a_migration_that_does_not_fit_is_refused(any_engine: Engine) -> None:
    (key,) = deploy(any_engine, diagram("start -> u -> end", user("u")))
    instance = any_engine.start("p")

    with pytest.raises(Conflict, match="not mapped"):
        do(any_engine, MigrateProcessInstance(instance, key, {}))
    with pytest.raises(NotFound):
        do(any_engine, MigrateProcessInstance(instance, 99, {}))
    with pytest.raises(NotFound):
        do(any_engine, MigrateProcessInstance(99, key, {}))


def test_two_messages_in_one_batch_take_one_branch_and_the_late_one_is_kept(any_engine: Engine) -> None:
    shared = message("one", "=id") + message("two", "=id")
    data = diagram(
        "start -> g; g -> m -> u -> end; g -> n -> v -> end",
        event_based("g"),
        catch("m", message_event("one")),
        catch("n", message_event("two")),
        user("u"),
        user("v"),
        shared=shared,
    )
    deploy(any_engine, data)
    any_engine.start("p", {"id": "7"})

    ttl = timedelta(hours=1)
    answers = [any_engine.runtime.submit(PublishMessage(name, "7", time_to_live=ttl)) for name in ("two", "one")]
    reached = [len(answer.result(20).instance_keys) for answer in answers]

    assert reached == [1, 0]
    assert [task.element_id for task in any_engine.tasks()] == ["v"]
    with pytest.raises(NotFound, match="Nothing waits"):
        do(any_engine, PublishMessage("one", "7", synchronous=True))


def in_one_batch(engine: Engine, *requests: Any) -> list[Any]:
    """The answers to requests that the loop finds in its queue together."""
    answers: list[Any] = []
    first = engine.runtime.submit(PublishMessage("nobody waits for it", ""))
    first.add_done_callback(lambda _: answers.extend(engine.runtime.submit(request) for request in requests))
    return [answer.result(20) for answer in wait_for(lambda: len(answers) == len(requests) and answers)]


def test_a_start_takes_a_kept_message_before_one_that_is_published_in_the_same_batch(any_engine: Engine) -> None:
    shared = message("one", "=id") + message("two", "=id")
    data = diagram(
        "start -> g; g -> m -> u -> end; g -> n -> v -> end",
        event_based("g"),
        catch("m", message_event("one")),
        catch("n", message_event("two")),
        user("u"),
        user("v"),
        shared=shared,
    )
    deploy(any_engine, data)
    any_engine.publish("one", "7", time_to_live=timedelta(hours=1))

    in_one_batch(any_engine, CreateProcessInstance("p", variables={"id": "7"}), PublishMessage("two", "7"))

    assert [task.element_id for task in any_engine.tasks()] == ["u"]


def test_of_two_messages_a_start_in_the_batch_of_the_second_takes_the_first(any_engine: Engine) -> None:
    data = diagram("start -> m -> u -> end", catch("m", message_event("one")), user("u"), shared=message("one", "=id"))
    deploy(any_engine, data)
    any_engine.publish("one", "7", {"x": 1}, time_to_live=timedelta(hours=1))

    created, _ = in_one_batch(
        any_engine, CreateProcessInstance("p", variables={"id": "7"}), PublishMessage("one", "7", {"x": 2})
    )

    assert any_engine.variables(created.instance_key)["x"] == 1


# handlers as listeners


def test_handlers_listen_to_elements_and_to_user_tasks(tmp_path: Path) -> None:
    execution = '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="prepare"/></zeebe:executionListeners>'
    of_task = "".join(
        f'<zeebe:taskListener eventType="{event}" type="{kind}"/>'
        for event, kind in (("creating", "route"), ("completing", "check"))
    )
    data = diagram("start -> u -> end", user("u", execution, f"<zeebe:taskListeners>{of_task}</zeebe:taskListeners>"))

    def check(job: Job) -> None:
        if job.task and job.task.transition and not job.task.transition.variables:
            raise Denied("Say something.")

    handlers = Registry(
        handler_of("prepare", lambda: {"who": "ada"}),
        handler_of("route", lambda who: {"assignee": who, "priority": 77}),
        handler_of("check", check),
    )
    with Engine(f"sqlite:///{tmp_path / 'e.db'}", handlers=handlers) as engine:
        deploy(engine, data)
        instance = engine.start("p")
        (task,) = wait_for_tasks(engine, 1)
        assert (task.assignee, task.priority) == ("ada", 77)

        with pytest.raises(Conflict, match="A task listener has denied the change: Say something"):
            engine.complete(task.key)
        denied = engine.find(USER_TASKS, task.key)
        assert (denied.state, denied.denied) == ("CREATED", "Say something.")

        engine.complete(task.key, {"x": 1})
        assert wait_for(lambda: engine.find(PROCESS_INSTANCES, instance).state == "COMPLETED")


def wait_for(condition: Callable[[], Any]) -> Any:
    """What a condition gives once it is true."""
    from tests.runtime.test_engine import eventually

    return eventually(condition)


def test_operators_have_calls_of_their_own(any_engine: Engine) -> None:
    deploy(
        any_engine,
        diagram(
            "start -> u -> s -> v -> end", user("u"), user("v"), catch("s", signal_event("go")), shared=signal("go")
        ),
    )
    instance = any_engine.start("p")
    (target,) = deploy(
        any_engine,
        diagram(
            "start -> u -> s -> w -> end", user("u"), user("w"), catch("s", signal_event("go")), shared=signal("go")
        ),
    )

    any_engine.suspend(instance)
    any_engine.resume(instance)
    any_engine.modify(instance, move=(commands.Move("s", element_id="u"),))
    any_engine.migrate(instance, target, {"s": "s"})
    any_engine.runtime.loop.cache.clear()
    any_engine.signal("go")

    assert [task.element_id for task in any_engine.tasks(state="CREATED")] == ["w"]


def test_what_a_modification_opens_in_a_suspended_instance_waits_for_its_resumption(any_engine: Engine) -> None:
    any_engine.clock.pin(MORNING)
    inner = sub("s", "start_s -> x", user("x"))
    deploy(
        any_engine,
        diagram(
            "start -> u -> s -> end; late -> v -> end",
            user("u"),
            user("v"),
            inner,
            boundary("late", "s", timer("duration", "PT1H")),
        ),
    )
    instance = any_engine.start("p")
    any_engine.suspend(instance)
    any_engine.modify(instance, activate=[commands.Activation("x")], terminate=["u"])
    any_engine.clock.advance(timedelta(hours=2))
    assert any_engine.tasks(state="CREATED") == []

    any_engine.resume(instance)

    assert wait_for(lambda: [task.element_id for task in any_engine.tasks(state="CREATED")] == ["v"])


def test_every_start_without_an_event_of_a_process_that_only_events_start_is_refused(any_engine: Engine) -> None:
    data = diagram("m -> a -> end", start("m", message_event("order")), service("a"), shared=message("order"))
    any_engine.deploy(Resource("p.bpmn", data))

    futures = [any_engine.runtime.submit(CreateProcessInstance("p")) for _ in range(20)]

    assert {type(future.exception(5)) for future in futures} == {InvalidArgument}
    assert any_engine.instances() == []

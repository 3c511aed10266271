"""Execution listeners and task listeners."""

from typing import Any

import pytest

from bpmn_engine import Conflict, InvalidArgument, InvalidModel
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Job, UserTask
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    diagram,
    element,
    error,
    error_event,
    event_based,
    extensions,
    mappings,
    service,
    signal,
    signal_event,
    sub,
    timer,
    user,
)
from tests.diagrams import start as start_event
from tests.play import Play


def listeners(*pairs: str) -> str:
    """Execution listeners: "start:first" is event and job type."""
    drawn = "".join('<zeebe:executionListener eventType="{}" type="{}"/>'.format(*pair.split(":")) for pair in pairs)
    return f"<zeebe:executionListeners>{drawn}</zeebe:executionListeners>"


def task_listeners(*pairs: str) -> str:
    """Task listeners."""
    drawn = "".join('<zeebe:taskListener eventType="{}" type="{}"/>'.format(*pair.split(":")) for pair in pairs)
    return f"<zeebe:taskListeners>{drawn}</zeebe:taskListeners>"


def jobs(play: Play) -> list[str]:
    """The types of the open jobs."""
    return [job.type for job in play.waits(Job)]


def do(play: Play, job_type: str, **more: Any) -> None:
    """Complete the job of a type."""
    job = next(job for job in play.waits(Job) if job.type == job_type)
    play.do(commands.CompleteJob(job_key=job.key, **more))


# execution listeners


def test_start_listeners_run_one_after_the_other_before_the_element_is_active() -> None:
    play = Play(diagram("start -> a -> end", service("a", listeners("start:one", "start:two", "end:last"))))
    seen = []
    while play.state == "ACTIVE":
        seen += jobs(play)
        do(play, seen[-1])

    assert seen == ["one", "two", "a", "last"]


def test_what_a_start_listener_gives_is_local_what_an_end_listener_gives_is_not() -> None:
    play = Play(diagram("start -> a -> end", service("a", listeners("start:one", "end:last"))))
    do(play, "one", variables={"x": 1})
    assert play.locals("a") == {"x": 1}

    do(play, "a")
    do(play, "last", variables={"y": 2})

    assert play.variables == {"y": 2}


def test_end_listeners_run_after_the_output_mappings() -> None:
    play = Play(diagram("start -> a -> end", service("a", mappings(outputs={"r": "=result"}), listeners("end:last"))))

    do(play, "a", variables={"result": 3})

    assert play.variables == {"r": 3}
    assert jobs(play) == ["last"]


@pytest.mark.parametrize("tag", ["task", "exclusiveGateway", "intermediateThrowEvent"])
def test_elements_that_pass_straight_through_have_them_too(tag: str) -> None:
    play = Play(diagram("start -> a -> end", element(tag, "a", extensions(listeners("start:one", "end:last")))))
    do(play, "one")
    do(play, "last")

    assert play.state == "COMPLETED"


def test_a_process_and_a_sub_process_have_them() -> None:
    data = diagram("start -> s -> end", sub("s", "start_s", extensions(listeners("start:in", "end:out"))))
    data = data.replace(
        b'isExecutable="true" >', b'isExecutable="true" >' + extensions(listeners("start:begin", "end:finish")).encode()
    )
    play = Play(data)
    seen = []
    while play.state == "ACTIVE":
        seen += jobs(play)
        do(play, seen[-1])

    assert seen == ["begin", "in", "out", "finish"]
    assert play.state == "COMPLETED"


def test_a_listener_that_fails_is_an_incident_and_the_others_do_not_run_again() -> None:
    play = Play(diagram("start -> a -> end", service("a", listeners("start:one", "start:two"))))
    do(play, "one")
    two = play.waits(Job)[0]
    play.do(commands.FailJob(job_key=two.key, retries=0))
    assert play.incidents == [("a", "JOB_NO_RETRIES")]

    play.do(commands.UpdateJobRetries(job_key=two.key, retries=1))
    play.resolve()
    assert jobs(play) == ["two"]

    do(play, "two")
    assert jobs(play) == ["a"]


def test_a_listener_whose_type_cannot_be_computed_is_an_incident_that_can_be_retried() -> None:
    play = Play(diagram("start -> a -> end", service("a", listeners("start:one", "start:=which"))))
    do(play, "one")
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]

    play.set(which="two")
    play.resolve()

    assert jobs(play) == ["two"]


def test_an_execution_listener_may_throw_an_error() -> None:
    play = Play(
        diagram(
            "start -> s -> end; failed -> fix -> end",
            sub("s", "start_s -> a", service("a", listeners("start:one"))),
            boundary("failed", "s", error_event("NO")),
            service("fix"),
            shared=error("NO"),
        )
    )
    play.do(commands.ThrowJobError(job_key=play.waits(Job)[0].key, code="NO"))

    assert play.active == ["fix"]


def test_only_a_task_listener_can_deny() -> None:
    play = Play(diagram("start -> a -> end", service("a")))

    with pytest.raises(InvalidArgument, match="task listener"):
        do(play, "a", denied="no")


def test_the_listeners_of_the_camunda_dialect() -> None:
    drawn = extensions('<camunda:executionListener event="start" delegateExpression="${logger}"/>')
    play = Play(diagram("start -> a -> end", element("task", "a", drawn)))

    assert jobs(play) == ["logger"]


@pytest.mark.parametrize(
    ("drawn", "complaint"),
    [
        ('<camunda:executionListener event="take" class="X"/>', "for the event 'take'"),
        ('<camunda:executionListener event="start" expression="${x}"/>', "names a class or delegate"),
        ('<camunda:taskListener event="delete" class="X"/>', "for the event 'delete'"),
        (listeners("cancel:x"), "for the event 'cancel' is not supported"),
        (task_listeners("canceling:x"), "for the event 'canceling' is not supported"),
        (listeners("start:"), "has no type"),
    ],
)
def test_a_listener_that_is_not_run_is_refused(drawn: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> a -> end", user("a", drawn)))


# task listeners


def task(play: Play) -> UserTask:
    """The one user task."""
    found: UserTask = play.waits(UserTask)[0]
    return found


def test_a_completion_waits_for_its_listeners() -> None:
    play = Play(diagram("start -> u -> end", user("u", task_listeners("completing:one", "completing:two"))))
    play.do(commands.CompleteUserTask(task_key=task(play).key, variables={"x": 1}))
    assert play.variables == {}

    do(play, "one")
    assert jobs(play) == ["two"]

    do(play, "two")
    assert play.state == "COMPLETED"
    assert play.variables == {"x": 1}


def test_a_denied_completion_leaves_the_task_as_it_was() -> None:
    play = Play(diagram("start -> u -> end", user("u", task_listeners("completing:check"))))
    play.do(commands.CompleteUserTask(task_key=task(play).key, variables={"x": 1}))

    do(play, "check", denied="Not yet.")

    assert play.variables == {}
    assert task(play).transition is None

    play.do(commands.CompleteUserTask(task_key=task(play).key, variables={"x": 2}))
    do(play, "check")
    assert play.variables == {"x": 2}


def test_nobody_else_may_change_a_task_while_its_listeners_are_at_work() -> None:
    play = Play(diagram("start -> u -> end", user("u", task_listeners("completing:check"))))
    key = task(play).key
    play.do(commands.CompleteUserTask(task_key=key))

    for command in (
        commands.CompleteUserTask(task_key=key),
        commands.AssignUserTask(task_key=key, assignee="ada"),
        commands.UpdateUserTask(task_key=key, changes={"priority": 1}),
    ):
        with pytest.raises(Conflict, match="listeners have not answered"):
            play.do(command)


def test_a_task_is_created_then_assigned_each_with_its_listeners() -> None:
    drawn = task_listeners("creating:new", "assigning:give") + '<zeebe:assignmentDefinition assignee="ada"/>'
    play = Play(diagram("start -> u -> end", user("u", drawn)))
    assert (jobs(play), task(play).assignee) == (["new"], None)

    do(play, "new", corrections={"priority": 80})
    assert (jobs(play), task(play).assignee, task(play).priority) == (["give"], None, 80)

    do(play, "give", corrections={"assignee": "bob"})
    assert (jobs(play), task(play).assignee) == ([], "bob")


def test_an_assignment_may_be_denied_and_an_update_corrected() -> None:
    play = Play(diagram("start -> u -> end", user("u", task_listeners("assigning:give", "updating:change"))))
    play.do(commands.AssignUserTask(task_key=task(play).key, assignee="ada"))
    do(play, "give", denied="She is away.")
    assert task(play).assignee is None

    play.do(commands.UpdateUserTask(task_key=task(play).key, changes={"priority": 10}))
    do(play, "change", corrections={"priority": 20})
    assert task(play).priority == 20


def test_a_task_that_is_drawn_with_an_assignee_asks_first() -> None:
    drawn = task_listeners("assigning:give") + '<zeebe:assignmentDefinition assignee="ada"/>'
    play = Play(diagram("start -> u -> end", user("u", drawn)))

    do(play, "give")

    assert task(play).assignee == "ada"


def test_what_a_listener_cannot_do_is_refused() -> None:
    play = Play(diagram("start -> u -> end", user("u", task_listeners("creating:new"))))
    job = play.waits(Job)[0].key

    with pytest.raises(InvalidArgument, match="cannot correct 'name'"):
        play.do(commands.CompleteJob(job_key=job, corrections={"name": "x"}))
    with pytest.raises(Conflict, match="priority is 101"):
        play.do(commands.CompleteJob(job_key=job, corrections={"priority": 101}))
    with pytest.raises(Conflict, match="due date is 'soon'"):
        play.do(commands.CompleteJob(job_key=job, corrections={"due_at": "soon"}))
    with pytest.raises(InvalidArgument, match="cannot deny"):
        play.do(commands.CompleteJob(job_key=job, denied="no"))
    with pytest.raises(InvalidArgument, match="cannot throw"):
        play.do(commands.ThrowJobError(job_key=job, code="NO"))
    assert jobs(play) == ["new"]


def test_the_task_listeners_of_the_camunda_dialect() -> None:
    drawn = '<camunda:taskListener event="complete" class="com.acme.Check"/>'
    play = Play(diagram("start -> u -> end", user("u", drawn)))
    play.do(commands.CompleteUserTask(task_key=task(play).key))

    assert jobs(play) == ["com.acme.Check"]


def test_a_listener_that_cannot_be_asked_refuses_what_was_asked() -> None:
    play = Play(diagram("start -> u -> end", user("u", task_listeners("completing:=who"))))

    with pytest.raises(Conflict, match="job type"):
        play.do(commands.CompleteUserTask(task_key=task(play).key))
    assert task(play).transition is None


def test_an_event_behind_a_gateway_is_not_started_so_only_its_end_listener_runs() -> None:
    event = element(
        "intermediateCatchEvent", "t", extensions(listeners("start:one", "end:last")) + timer("duration", "PT1H")
    )
    play = Play(
        diagram(
            "start -> g; g -> t -> end; g -> u -> end", event_based("g"), event, catch("u", timer("duration", "PT2H"))
        )
    )
    play.advance(hours=1)
    assert jobs(play) == ["last"]

    do(play, "last")

    assert play.state == "COMPLETED"


def test_a_scope_that_is_created_by_a_modification_runs_its_end_listener_only() -> None:
    inner = sub("s", "start_s -> x", extensions(listeners("start:one", "end:last")), service("x"))
    play = Play(diagram("start -> a -> s -> end", service("a"), inner))
    play.do(commands.ModifyInstance(activate=(commands.Activation("x"),), terminate=("a",)))
    do(play, "x")
    assert jobs(play) == ["last"]

    do(play, "last")

    assert play.state == "COMPLETED"


def test_the_listeners_of_a_process_run_when_an_event_starts_it_too() -> None:
    data = diagram("m -> a -> end", start_event("m", signal_event("go")), service("a"), shared=signal("go"))
    both = extensions(listeners("start:begin", "end:finish")).encode()
    play = Play(data.replace(b'isExecutable="true" >', b'isExecutable="true" >' + both), triggered="m")
    seen = []
    while play.state == "ACTIVE":
        seen += jobs(play)
        do(play, seen[-1])

    assert seen == ["begin", "a", "finish"]


def test_a_listener_gets_the_headers_of_its_element() -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="to" value="ada"/></zeebe:taskHeaders>'
    play = Play(diagram("start -> a -> end", service("a", headers, listeners("start:one"))))

    assert play.waits(Job)[0].headers == {"to": "ada"}


def test_a_task_listener_on_something_else_is_refused() -> None:
    with pytest.raises(InvalidModel, match="a task listener that has no effect"):
        parse(diagram("start -> a -> end", service("a", task_listeners("creating:x"))))


def test_corrections_may_be_plain_values() -> None:
    play = Play(diagram("start -> u -> end", user("u", task_listeners("creating:new"))))

    do(play, "new", corrections={"candidate_groups": ["a", "b"], "due_at": "2026-02-01T09:00:00Z", "priority": 7})

    assert (task(play).candidate_groups, task(play).priority) == (("a", "b"), 7)
    assert task(play).due_at is not None

"""The service task."""

from datetime import timedelta

import pytest

from bpmn_engine import Conflict, InvalidArgument, NotFound
from bpmn_engine.instance import commands
from bpmn_engine.instance.changes import JobFailed
from bpmn_engine.instance.state import Incident, Job
from tests.diagrams import boundary, diagram, element, error, error_event, parallel, service, timer, user
from tests.play import Play

ONE = diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="charge" retries="2"/>'))


def test_creates_a_job_and_waits() -> None:
    (job,) = Play(ONE).waits(Job)

    assert (job.type, job.retries, job.element_id) == ("charge", 2, "a")


def test_completes_with_the_variables_of_the_job() -> None:
    play = Play(ONE)

    play.complete("a", paid=True)

    assert play.variables == {"paid": True}
    assert play.state == "COMPLETED"


def test_without_any_extension_the_element_id_is_the_job_type() -> None:
    (job,) = Play(diagram("start -> charge -> end", service("charge"))).waits(Job)

    assert (job.type, job.retries) == ("charge", 3)


def test_type_and_retries_may_be_expressions() -> None:
    play = Play(
        diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="=kind" retries="=n"/>')), kind="x", n=7
    )

    assert [(job.type, job.retries) for job in play.waits(Job)] == [("x", 7)]


@pytest.mark.parametrize(
    ("attributes", "job_type"),
    [
        ('camunda:type="external" camunda:topic="charge"', "charge"),
        ('camunda:delegateExpression="${inventoryChecker}"', "inventoryChecker"),
        ('camunda:class="com.example.Charge"', "com.example.Charge"),
    ],
)
def test_topic_delegate_and_class_of_the_camunda_dialect_name_the_handler(attributes: str, job_type: str) -> None:
    (job,) = Play(diagram("start -> a -> end", element("serviceTask", "a", attributes=attributes))).waits(Job)

    assert job.type == job_type


def test_an_expression_of_the_camunda_dialect_is_computed_at_once() -> None:
    task = element("serviceTask", "a", attributes='camunda:expression="${total * 2}" camunda:resultVariable="double"')

    assert Play(diagram("start -> a -> end", task), total=21).variables["double"] == 42


def test_a_failed_job_waits_with_one_retry_less() -> None:
    play = Play(ONE)

    play.fail("a", retries=1, message="no answer")

    assert [(job.retries, job.state) for job in play.waits(Job)] == [(1, "CREATED")]
    assert play.incidents == []


def test_no_retries_left_is_an_incident_at_the_task() -> None:
    play = Play(ONE)

    play.fail("a", message="no answer")

    assert [(i.element_id, i.error_type, i.message) for i in play.waits(Incident)] == [
        ("a", "JOB_NO_RETRIES", "no answer")
    ]
    with pytest.raises(Conflict):
        play.complete("a")


def test_resolving_needs_retries_first_and_then_the_job_can_be_completed() -> None:
    play = Play(ONE)
    play.fail("a")

    with pytest.raises(Conflict, match="no retries left"):
        play.resolve()

    play.do(commands.UpdateJobRetries(job_key=play.wait("a", Job).key, retries=1))
    play.resolve()
    play.complete("a")

    assert play.state == "COMPLETED"


def test_retries_must_be_positive() -> None:
    play = Play(ONE)

    with pytest.raises(InvalidArgument):
        play.do(commands.UpdateJobRetries(job_key=play.wait("a", Job).key, retries=0))


def _pause(play: Play) -> timedelta:
    failed = next(change for change in reversed(play.history) if isinstance(change, JobFailed))
    return failed.retry_at - failed.at


@pytest.mark.parametrize(
    "task",
    [
        service("a", '<zeebe:taskDefinition type="a" retries="12"/>'),
        service(
            "a",
            '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="l" retries="12"/>'
            "</zeebe:executionListeners>",
        ),
        element("endEvent", "a", '<bpmn:messageEventDefinition camunda:topic="x"/>'),
        user(
            "a",
            '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="l" retries="12"/></zeebe:taskListeners>',
        ),
    ],
    ids=["task", "execution listener", "message event", "task listener"],
)
def test_pauses_between_tries_double_up_to_five_minutes_and_none_is_more_than_a_fifth_shorter(task: str) -> None:
    play = Play(diagram("start -> a" if "endEvent" in task else "start -> a -> end", task))
    pauses = []

    for _ in range(11 if "12" in task else 2):
        play.fail("a", retries=play.wait("a", Job).retries - 1)
        pauses.append(_pause(play).total_seconds())

    for pause, longest in zip(pauses, (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300), strict=False):
        assert longest * 0.8 <= pause <= longest


def test_jobs_that_failed_together_are_not_tried_together_and_a_repeated_step_gives_the_same_pauses() -> None:
    data = diagram("start -> f; f -> a -> end; f -> b -> end", parallel("f"), service("a"), service("b"))
    plays = [Play(data), Play(data)]

    pauses = []
    for play in plays:
        for name in ("a", "b"):
            play.fail(name, retries=2)
            pauses.append(_pause(play))

    assert pauses[0] != pauses[1]
    assert pauses[:2] == pauses[2:]


def test_more_tries_from_an_operator_let_the_pauses_begin_anew() -> None:
    play = Play(ONE)
    play.fail("a", retries=1)
    play.do(commands.UpdateJobRetries(job_key=play.wait("a", Job).key, retries=9))

    play.fail("a", retries=8)

    assert _pause(play) <= timedelta(seconds=1)


def test_a_pause_is_found_although_the_retries_can_no_longer_be_computed() -> None:
    play = Play(diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="a" retries="=n"/>')), n=5)
    play.set(n="many")

    play.fail("a", retries=4)

    assert _pause(play) <= timedelta(seconds=1)


def test_a_job_without_retries_is_done_and_its_first_failure_is_an_incident() -> None:
    play = Play(diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="a" retries="0"/>')))
    assert play.incidents == []

    play.fail("a", retries=-1)

    assert play.incidents == [("a", "JOB_NO_RETRIES")]


def test_the_pause_may_be_drawn() -> None:
    task = service("a", "<camunda:failedJobRetryTimeCycle>R3/PT10S</camunda:failedJobRetryTimeCycle>")
    task = task.replace('id="a"', 'id="a" camunda:topic="x"')
    play = Play(diagram("start -> a -> end", task))

    play.fail("a", retries=2)

    assert _pause(play) == timedelta(seconds=10)


def test_the_worker_may_say_how_long_to_pause() -> None:
    play = Play(ONE)

    play.fail("a", retries=1, backoff=timedelta(minutes=5))

    assert _pause(play) == timedelta(minutes=5)


def test_the_variables_of_a_failure_stay_with_the_task() -> None:
    play = Play(ONE)

    play.fail("a", retries=1, variables={"attempt": 1})

    assert play.locals("a") == {"attempt": 1}


def test_a_business_error_goes_to_the_boundary_event() -> None:
    play = Play(
        diagram(
            "start -> a -> end; caught -> refund -> end_refund",
            service("a"),
            boundary("caught", "a", error_event("NO")),
            service("refund"),
            shared=error("NO"),
        )
    )

    play.throw("a", "NO", reason="empty")

    assert play.terminated == ["a"]
    assert play.active == ["refund"]
    assert play.variables == {"reason": "empty"}


def test_a_business_error_that_nobody_catches_is_an_incident_and_the_job_stays() -> None:
    play = Play(ONE)

    play.throw("a", "NO")

    assert play.incidents == [("a", "UNHANDLED_ERROR_EVENT")]
    assert [job.state for job in play.waits(Job)] == ["ERROR_THROWN"]

    play.resolve()
    play.complete("a")

    assert play.state == "COMPLETED"


def test_a_job_that_was_interrupted_is_not_found_and_has_no_effect() -> None:
    play = Play(
        diagram("start -> a -> end; late -> end_late", service("a"), boundary("late", "a", timer("duration", "PT1H")))
    )
    key = play.wait("a", Job).key
    play.advance(hours=1)
    before = list(play.history)

    for command in (
        commands.CompleteJob(job_key=key),
        commands.FailJob(job_key=key, retries=1),
        commands.ThrowJobError(job_key=key, code="X"),
    ):
        with pytest.raises(NotFound):
            play.do(command)

    assert play.history == before


def test_a_job_type_that_is_no_text_is_an_incident() -> None:
    play = Play(diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="=kind"/>')))

    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]


@pytest.mark.parametrize("retries", ["-1", "many", "=null"])
def test_retries_that_are_no_number_are_an_incident(retries: str) -> None:
    task = service("a", f'<zeebe:taskDefinition type="x" retries="{retries}"/>')

    assert Play(diagram("start -> a -> end", task)).incidents == [("a", "EXTRACT_VALUE_ERROR")]


def test_a_header_may_be_computed_but_not_one_that_is_meant_for_a_connector() -> None:
    headers = (
        '<zeebe:taskHeaders><zeebe:header key="to" value="=name"/><zeebe:header key="total" value="=total * 2"/>'
        '<zeebe:header key="none" value="=nothing"/><zeebe:header key="resultExpression" value="={id: body.id}"/></zeebe:taskHeaders>'
    )

    (job,) = Play(diagram("start -> a -> end", service("a", headers)), name="ada", total=2).waits(Job)

    assert job.headers == {"resultExpression": "={id: body.id}", "to": "ada", "total": "4", "none": ""}


def test_headers_go_with_the_job() -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="to" value="ada"/></zeebe:taskHeaders>'

    (job,) = Play(diagram("start -> a -> end", service("a", headers))).waits(Job)

    assert job.headers == {"to": "ada"}

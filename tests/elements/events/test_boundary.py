"""The boundary event."""

import pytest

from bpmn_engine import InvalidModel, NotFound
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Job, Subscription, Timer
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    condition_event,
    diagram,
    error,
    error_event,
    escalation,
    escalation_event,
    event_sub,
    mappings,
    message,
    message_event,
    multi,
    service,
    signal,
    signal_event,
    start,
    sub,
    timer,
    user,
)
from tests.play import Play


def _with(definition: str, *, interrupting: bool = True, shared: str = "") -> bytes:
    return diagram(
        "start -> a -> end; b -> handle -> end_b",
        service("a"),
        service("handle"),
        boundary("b", "a", definition, interrupting=interrupting),
        shared=shared,
    )


def test_an_interrupting_timer_ends_the_activity() -> None:
    play = Play(_with(timer("duration", "PT1H")))

    play.advance(minutes=59)
    assert play.active == ["a"]

    play.advance(minutes=1)
    assert play.active == ["handle"]
    assert play.terminated == ["a"]


def test_a_non_interrupting_timer_leaves_the_activity_running() -> None:
    play = Play(_with(timer("duration", "PT1H"), interrupting=False))

    play.advance(hours=5)

    assert play.active == ["a", "handle"]
    assert play.waits(Timer) == []


def test_a_cycle_fires_again_and_again_until_the_activity_ends() -> None:
    play = Play(_with(timer("cycle", "R3/PT1H"), interrupting=False))

    play.advance(hours=2)
    assert len([job for job in play.waits(Job) if job.element_id == "handle"]) == 2

    play.complete("a")
    assert play.waits(Timer) == []


def test_a_limit_of_repetitions_counts_firings() -> None:
    play = Play(_with(timer("cycle", "R3/PT1H"), interrupting=False))

    play.advance(days=2)

    assert len([job for job in play.waits(Job) if job.element_id == "handle"]) == 3


def test_everything_that_the_activity_waited_for_goes_with_it() -> None:
    play = Play(_with(timer("duration", "PT1H")))

    play.complete("a")

    assert play.instance.waits == {}
    assert play.state == "COMPLETED"


def test_an_interrupting_message_ends_the_activity_with_its_variables() -> None:
    play = Play(_with(message_event("stop"), shared=message("stop", "=id")), id="7")

    play.correlate("b", reason="called")

    assert play.active == ["handle"]
    assert play.variables["reason"] == "called"


def test_a_non_interrupting_message_stays_subscribed_until_its_host_ends() -> None:
    play = Play(_with(message_event("more"), interrupting=False, shared=message("more", "=id")), id="7")

    for _ in range(3):
        play.correlate("b")

    assert len([job for job in play.waits(Job) if job.element_id == "handle"]) == 3
    assert len(play.waits(Subscription)) == 1

    play.complete("a")
    assert play.waits(Subscription) == []


def test_its_correlation_key_is_evaluated_around_the_host() -> None:
    data = _with(message_event("stop"), shared=message("stop", "=id"))

    (subscription,) = Play(data, id="7").waits(Subscription)

    assert subscription.correlation_key == "7"


def test_a_boundary_event_that_cannot_be_armed_is_an_incident_and_nothing_waits() -> None:
    play = Play(_with(message_event("stop"), shared=message("stop", "=id")))

    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]
    assert play.waits(Job, Subscription) == []

    play.set(id="7")
    play.resolve()
    assert len(play.waits(Job, Subscription)) == 2


def test_on_a_sub_process_it_ends_everything_inside() -> None:
    play = Play(
        diagram(
            "start -> s -> end; late -> end_late",
            sub("s", "start_s -> a -> end_s; start_s -> u -> end_s", service("a"), user("u")),
            boundary("late", "s", timer("duration", "PT1H")),
        )
    )

    play.advance(hours=1)

    assert set(play.terminated) == {"a", "u", "s"}
    assert play.state == "COMPLETED"


def test_completion_timer_and_message_race_and_exactly_one_wins() -> None:
    play = Play(
        diagram(
            "start -> a -> end; late -> end_late; stop -> end_stop",
            service("a"),
            boundary("late", "a", timer("duration", "PT1H")),
            boundary("stop", "a", message_event("m")),
            shared=message("m", "=1"),
        )
    )
    subscription = play.wait("stop", Subscription).key

    play.complete("a")

    assert play.completed == ["start", "a", "end"]
    assert subscription not in play.instance.waits


def test_the_exact_error_code_beats_the_catch_all() -> None:
    data = diagram(
        "start -> a -> end; any -> end_any; exact -> end_exact",
        service("a"),
        boundary("any", "a", error_event()),
        boundary("exact", "a", error_event("NO")),
        shared=error("NO"),
    )
    exact, other = Play(data), Play(data)

    exact.throw("a", "NO")
    other.throw("a", "ELSE")

    assert "exact" in exact.completed
    assert "any" in other.completed


def test_an_error_is_caught_by_the_innermost_scope_that_catches_it() -> None:
    play = Play(
        diagram(
            "start -> outer -> end; on_outer -> end_outer",
            sub(
                "outer",
                "start_o -> inner -> end_o; on_inner -> end_inner",
                sub("inner", "start_i -> a -> end_i", service("a")),
                boundary("on_inner", "inner", error_event("NO")),
            ),
            boundary("on_outer", "outer", error_event("NO")),
            shared=error("NO"),
        )
    )

    play.throw("a", "NO")

    assert "on_inner" in play.completed
    assert "on_outer" not in play.completed


def test_code_and_message_of_an_error_become_variables_of_the_camunda_dialect() -> None:
    caught = '<bpmn:errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="text"/>'
    play = Play(diagram("start -> a -> end; any -> end_any", service("a"), boundary("any", "a", caught)))

    play.do(commands.ThrowJobError(job_key=play.wait("a", Job).key, code="NO", message="none left"))

    assert play.variables == {"code": "NO", "text": "none left"}


def test_a_non_interrupting_error_is_refused() -> None:
    with pytest.raises(InvalidModel, match="cannot be the definition of a non-interrupting boundary event"):
        parse(_with(error_event(), interrupting=False))


def test_an_interrupting_cycle_is_refused() -> None:
    with pytest.raises(InvalidModel, match="cannot repeat"):
        parse(_with(timer("cycle", "R3/PT1H")))


def test_one_that_is_attached_to_nothing_is_refused() -> None:
    with pytest.raises(InvalidModel, match="is not an activity in this process"):
        parse(
            diagram("start -> a -> end; b -> end_b", service("a"), boundary("b", "nowhere", timer("duration", "PT1H")))
        )


def test_one_that_waits_for_nothing_is_refused() -> None:
    with pytest.raises(InvalidModel, match="waits for nothing"):
        parse(_with(""))


@pytest.mark.parametrize(
    "definition",
    [
        message_event("note"),
        signal_event("go"),
        timer("duration", "PT1H"),
        condition_event("=x > 1"),
        escalation_event("LATE"),
    ],
)
def test_non_interrupting_is_legal_for_message_signal_timer_condition_and_escalation(definition: str) -> None:
    shared = message("note", "=1") + signal("go") + escalation("LATE")
    data = diagram(
        "start -> a -> end; x -> end_2", user("a"), boundary("x", "a", definition, interrupting=False), shared=shared
    )

    assert Play(data).active == ["a"]


def test_an_error_goes_to_the_event_sub_process_of_the_scope_before_the_boundary_of_its_activity() -> None:
    handler = event_sub("h", "start_h -> inside", start("start_h", error_event()), service("inside"))
    play = Play(
        diagram(
            "start -> s -> end; x -> outside",
            sub("s", "start_s -> a", service("a"), handler),
            boundary("x", "s", error_event("NO")),
            service("outside"),
            shared=error("NO"),
        )
    )

    play.throw("a", "NO")

    assert play.active == ["inside"]


def test_on_one_scope_the_exact_code_beats_the_catch_all_event_sub_process() -> None:
    handlers = [
        event_sub("h", "start_h -> any", start("start_h", error_event()), service("any")),
        event_sub("i", "start_i -> exact", start("start_i", error_event("NO")), service("exact")),
    ]
    data = diagram("start -> s -> end", sub("s", "start_s -> a", service("a"), *handlers), shared=error("NO"))
    one, other = Play(data), Play(data)

    one.throw("a", "NO")
    other.throw("a", "SOMETHING")

    assert (one.active, other.active) == (["exact"], ["any"])


def test_a_job_whose_token_was_interrupted_is_not_found_and_has_no_effect_at_all() -> None:
    play = Play(
        diagram(
            "start -> a -> end; late -> b -> end",
            service("a"),
            boundary("late", "a", timer("duration", "PT1H")),
            service("b"),
        )
    )
    job = play.wait("a", Job)
    play.advance(hours=1)
    before = play.instance.snapshot()

    for command in (
        commands.CompleteJob(job_key=job.key, variables={"x": 1}),
        commands.FailJob(job_key=job.key, retries=0),
        commands.ThrowJobError(job_key=job.key, code="NO"),
        commands.UpdateJobRetries(job_key=job.key, retries=3),
    ):
        with pytest.raises(NotFound):
            play.do(command)
    assert play.instance == before


def test_a_non_interrupting_boundary_message_stays_subscribed_n_messages_are_n_runs() -> None:
    play = Play(
        diagram(
            "start -> u -> end; m -> a -> end_2",
            user("u"),
            service("a"),
            boundary("m", "u", message_event("note"), interrupting=False),
            shared=message("note", "=1"),
        )
    )
    for n in range(3):
        play.correlate("m", n=n)

    assert play.active == ["a", "a", "a", "u"]


def test_the_correlation_key_of_a_boundary_event_is_evaluated_in_the_scope_around_its_host() -> None:
    play = Play(
        diagram(
            "start -> a -> end; m -> end",
            service("a", mappings({"id": '="inner"'})),
            boundary("m", "a", message_event("note")),
            shared=message("note", "=id"),
        ),
        id="outer",
    )

    assert play.waits(Subscription)[0].correlation_key == "outer"


def test_an_interrupting_boundary_event_on_a_multi_instance_activity_cancels_all_runs() -> None:
    play = Play(
        diagram(
            "start -> a -> end; late -> b -> end",
            service("a", inner=multi("=[1, 2, 3]")),
            service("b"),
            boundary("late", "a", timer("duration", "PT1H")),
        )
    )
    assert play.active == ["a", "a", "a"]

    play.advance(hours=1)

    assert play.active == ["b"]
    assert not play.waits(Timer)
    assert play.instance.loops == {}

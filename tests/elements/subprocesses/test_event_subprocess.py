"""The event sub-process."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Subscription
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    diagram,
    end,
    error,
    error_event,
    event_based,
    event_sub,
    extensions,
    mappings,
    message,
    message_event,
    multi,
    parallel,
    service,
    signal,
    signal_event,
    start,
    sub,
    timer,
)
from tests.play import Play


@pytest.mark.parametrize(
    "definition", [message_event("note"), signal_event("go"), timer("duration", "PT1H"), condition_event("=x > 1")]
)
def test_an_interrupting_one_cancels_everything_else_and_the_scope_ends_with_it(definition: str) -> None:
    play = Play(branches(definition), id="1")
    play.complete("b")
    assert play.active == ["a", "join"]

    trigger(play)
    assert play.active == ["fix"]
    assert not play.incidents

    play.complete("fix")
    assert play.state == "COMPLETED"


def branches(definition: str, *, interrupting: bool = True) -> bytes:
    """Two branches that join, and an event sub-process."""
    return diagram(
        "start -> f; f -> a -> join; f -> b -> join; join -> end",
        parallel("f"),
        parallel("join"),
        service("a"),
        service("b"),
        event_sub(
            "h", "start_h -> fix -> end_h", start("start_h", definition, interrupting=interrupting), service("fix")
        ),
        shared=message("note", "=id") + signal("go") + error("NO"),
    )


def trigger(play: Play) -> None:
    """Whatever the handler waits for, let it come."""
    if play.waits(Subscription):
        wait = play.waits(Subscription)[0]
        play.correlate(wait.element_id) if wait.name == "note" else play.broadcast("go")
    else:
        play.set(x=2)
        play.advance(hours=1)


def test_an_interrupting_one_fires_once_only() -> None:
    play = Play(branches(message_event("note")), id="1")
    play.correlate("start_h")

    assert not play.waits(Subscription)


def test_an_error_inside_its_handler_is_not_caught_by_the_same_scope_again() -> None:
    play = Play(branches(error_event("NO")), id="1")
    play.throw("a", "NO")
    assert play.active == ["fix"]

    play.throw("fix", "NO")

    assert play.incidents == [("fix", "UNHANDLED_ERROR_EVENT")]


def test_it_cancels_incidents_too() -> None:
    play = Play(branches(message_event("note")), id="1")
    play.fail("a", retries=0)

    play.correlate("start_h")

    assert play.incidents == []
    assert play.active == ["fix"]


def test_a_non_interrupting_one_has_one_instance_per_trigger_with_its_own_variables() -> None:
    play = Play(branches(message_event("note"), interrupting=False), id="1")
    play.correlate("start_h", n=1)
    play.correlate("start_h", n=2)

    handlers = [play.instance.variables.get(t.key) for t in play.instance.tokens.values() if t.element_id == "h"]
    assert handlers == [{"n": 1}, {"n": 2}]
    assert "n" not in play.variables


def test_the_scope_stays_open_until_all_of_them_end() -> None:
    play = Play(branches(signal_event("go"), interrupting=False), id="1")
    play.broadcast("go")
    play.complete("a")
    play.complete("b")
    assert play.state == "ACTIVE"

    play.complete("fix")

    assert play.state == "COMPLETED"


def test_a_cycle_timer_runs_it_again_and_again() -> None:
    play = Play(branches(timer("cycle", "R2/PT1H"), interrupting=False))

    play.advance(hours=5)

    assert play.active == ["a", "b", "fix", "fix"]


def test_the_end_of_its_scope_ends_its_wait() -> None:
    play = Play(
        diagram(
            "start -> s -> after -> end",
            service("after"),
            sub(
                "s",
                "start_s -> a -> end_s",
                service("a"),
                event_sub("h", "start_h -> fix", start("start_h", message_event("note")), service("fix")),
            ),
            shared=message("note", "=1"),
        )
    )
    assert play.waits(Subscription)

    play.complete("a")

    assert not play.waits(Subscription)
    assert play.active == ["after"]


def test_handlers_outlive_nothing_a_boundary_event_of_the_scope_ends_them() -> None:
    play = Play(
        diagram(
            "start -> s -> end; late -> b -> end",
            service("b"),
            boundary("late", "s", timer("duration", "PT1H")),
            sub(
                "s",
                "start_s -> a -> end_s",
                service("a"),
                event_sub(
                    "h", "start_h -> fix", start("start_h", message_event("note"), interrupting=False), service("fix")
                ),
            ),
            shared=message("note", "=1"),
        )
    )
    play.correlate("start_h")

    play.advance(hours=1)

    assert play.active == ["b"]
    assert not play.waits(Subscription)


def test_a_boundary_event_of_the_scope_still_works_while_its_handler_runs() -> None:
    play = Play(
        diagram(
            "start -> s -> end; late -> b -> end",
            service("b"),
            boundary("late", "s", timer("duration", "PT1H")),
            sub(
                "s",
                "start_s -> a -> end_s",
                service("a"),
                event_sub("h", "start_h -> fix", start("start_h", error_event()), service("fix")),
            ),
            shared=error("NO"),
        )
    )
    play.throw("a", "NO")
    assert play.active == ["fix"]

    play.advance(hours=1)

    assert play.active == ["b"]


def test_one_inside_another_waits_only_while_that_runs() -> None:
    inner = event_sub("i", "start_i -> deep", start("start_i", signal_event("go"), interrupting=False), service("deep"))
    play = Play(
        diagram(
            "start -> a -> end",
            service("a"),
            shared=signal("go") + error("NO"),
        ).replace(
            b"</bpmn:process>",
            event_sub("h", "start_h -> fix", start("start_h", error_event("NO")), service("fix"), inner).encode()
            + b"</bpmn:process>",
        )
    )
    play.broadcast("go")
    assert play.active == ["a"]

    play.throw("a", "NO")
    play.broadcast("go")

    assert play.active == ["deep", "fix"]


def test_each_run_of_a_multi_instance_sub_process_has_its_own() -> None:
    play = Play(
        diagram(
            "start -> s -> end",
            sub(
                "s",
                "start_s -> a -> end_s",
                multi("=[1, 2]", inputElement="item"),
                service("a"),
                event_sub("h", "start_h -> fix", start("start_h", error_event("NO")), service("fix")),
            ),
            shared=error("NO"),
        )
    )
    play.throw("a", "NO")

    assert play.active == ["a", "fix"]


def test_output_mappings_of_its_start_event_write_upwards() -> None:
    play = Play(
        diagram(
            "start -> a -> end",
            service("a"),
            event_sub(
                "h",
                "start_h -> fix",
                service("fix"),
                start("start_h", extensions(mappings(outputs={"reason": "=text"})) + message_event("note")),
            ),
            shared=message("note", "=1"),
        )
    )
    play.correlate("start_h", text="late")

    assert play.variables == {"reason": "late"}


def test_its_own_variables_are_seen_inside() -> None:
    play = Play(branches(message_event("note")), id="1")

    play.correlate("start_h", why="x")

    assert play.locals("h") == {"why": "x"}


def test_a_parallel_multiple_start_gathers_its_events() -> None:
    both = start("start_h", message_event("note") + signal_event("go")).replace(
        "isInter", 'parallelMultiple="true" isInter'
    )
    play = Play(
        diagram(
            "start -> a -> end",
            service("a"),
            event_sub("h", "start_h -> fix", both, service("fix")),
            shared=message("note", "=1") + signal("go"),
        )
    )
    play.correlate("start_h", x=1)
    assert play.active == ["a"]

    play.broadcast("go")

    assert play.active == ["fix"]


@pytest.mark.parametrize(
    ("handler", "complaint"),
    [
        (event_sub("h", "start_h -> fix"), "exactly one start event"),
        (event_sub("h", "start_h -> fix; start_2 -> fix", start("start_h", timer("duration", "PT1H"))), "exactly one"),
        (
            event_sub("h", "start_h -> fix", start("start_h", error_event(), interrupting=False)),
            "cannot be the definition of a non-inter",
        ),
        (event_sub("h", "start_h -> fix", multi("=[1]"), start("start_h", error_event())), "neither be repeated"),
    ],
)
def test_a_wrong_one_is_refused(handler: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> a -> end", handler))


def test_a_sequence_flow_to_it_is_refused() -> None:
    handler = event_sub("h", "start_h -> fix", start("start_h", error_event()))

    with pytest.raises(InvalidModel, match="is connected to"):
        parse(diagram("start -> h -> end", handler))


def test_a_start_event_that_waits_in_an_embedded_sub_process_is_refused() -> None:
    with pytest.raises(InvalidModel, match="embedded sub-process"):
        parse(diagram("start -> s -> end", sub("s", "x -> end_s", start("x", timer("duration", "PT1H")))))


def test_a_handler_whose_event_cannot_be_computed_is_an_incident_of_its_scope() -> None:
    play = Play(branches(message_event("note")))
    assert play.incidents == [("p", "EXTRACT_VALUE_ERROR")]

    play.set(id="1")
    play.resolve()

    assert play.active == ["a", "b"]


def test_an_error_end_event_is_caught_by_it() -> None:
    play = Play(
        diagram(
            "start -> x",
            end("x", error_event("NO")),
            event_sub("h", "start_h -> fix", start("start_h", error_event("NO")), service("fix")),
            shared=error("NO"),
        )
    )

    assert play.active == ["fix"]


NEEDS_ID = event_sub("h", "start_h -> fix", start("start_h", message_event("note")), service("fix"))


def test_an_instance_that_an_event_starts_waits_with_an_incident_until_its_handlers_can_be_computed() -> None:
    data = diagram(
        "m -> a -> end; start -> b -> end",
        start("m", signal_event("go")),
        service("a"),
        service("b"),
        NEEDS_ID,
        shared=message("note", "=id") + signal("go"),
    )
    play = Play(data, triggered="m")
    assert play.incidents == [("p", "EXTRACT_VALUE_ERROR")]
    assert play.active == ["m"]

    play.set(id="1")
    play.resolve()

    assert play.active == ["a"]
    assert Play(data, start_at=["a", "b"], id="1").active == ["a", "b"]


def test_a_gateway_that_starts_a_process_with_an_event_sub_process() -> None:
    data = diagram(
        "g -> m -> a -> end; g -> t -> end",
        event_based("g", 'instantiate="true"'),
        catch("m", message_event("note")),
        catch("t", timer("duration", "PT1H")),
        service("a"),
        NEEDS_ID,
        shared=message("note", "=id"),
    )

    assert Play(data, triggered="m", id="1").active == ["a"]


def test_its_end_listeners_run_when_nothing_can_trigger_it_any_more() -> None:
    listener = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="log"/></zeebe:executionListeners>'
    )
    handler = event_sub("h", "start_h -> fix", start("start_h", timer("duration", "PT1H")), service("fix"))
    late = boundary("late", "s", timer("duration", "PT9H"))
    play = Play(diagram("start -> s -> end; late -> end", sub("s", "start_s", extensions(listener), handler), late))
    assert [wait.element_id for wait in play.instance.waits.values()] == ["late", "s"]

    play.complete("s")

    assert play.state == "COMPLETED"


def test_once_a_scope_was_interrupted_none_of_its_other_handlers_may_begin() -> None:
    data = diagram(
        "start -> a -> end",
        service("a"),
        event_sub("h", "start_h -> fix", start("start_h", error_event()), service("fix")),
        event_sub("i", "start_i -> log", start("start_i", message_event("note"), interrupting=False), service("log")),
        shared=message("note", "=1"),
    )
    play = Play(data)
    assert play.waits(Subscription)

    play.throw("a", "NO")

    assert not play.waits(Subscription)

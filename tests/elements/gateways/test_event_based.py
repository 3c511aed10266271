"""The event-based gateway."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    diagram,
    element,
    event_based,
    message,
    message_event,
    service,
    signal,
    signal_event,
    timer,
)
from tests.play import Play

WAIT = diagram(
    "start -> g; g -> m -> a -> end; g -> s -> b -> end; g -> t -> c -> end; g -> r -> d -> end; g -> k -> e -> end",
    event_based("g"),
    catch("m", message_event("paid")),
    catch("s", signal_event("stop")),
    catch("t", timer("duration", "PT1H")),
    element("receiveTask", "r", attributes='messageRef="sent"'),
    catch("k", condition_event("=ready")),
    *map(service, "abcde"),
    shared=message("paid", "=id") + signal("stop") + message("sent", "=id"),
)


def test_the_first_event_wins_and_the_others_vanish() -> None:
    play = Play(WAIT, id="1")
    play.correlate("m", amount=5)

    assert play.active == ["a"]
    assert not [wait for wait in play.instance.waits.values() if wait.element_id in ("s", "t", "r", "k")]
    assert play.completed == ["start", "g", "m"]
    assert play.variables["amount"] == 5


def test_every_kind_of_event_can_win() -> None:
    by_signal, by_timer, by_task, by_condition = (Play(WAIT, id="1") for _ in range(4))
    by_signal.broadcast("stop")
    by_timer.advance(hours=1)
    by_task.correlate("r")
    by_condition.set(ready=True)

    assert [play.active for play in (by_signal, by_timer, by_task, by_condition)] == [["b"], ["c"], ["d"], ["e"]]


def test_equal_timers_take_one_branch() -> None:
    play = Play(
        diagram(
            "start -> g; g -> t -> end; g -> u -> end",
            event_based("g"),
            catch("t", timer("duration", "PT1H")),
            catch("u", timer("duration", "PT1H")),
        )
    )

    play.advance(hours=1)

    assert play.completed == ["start", "g", "t", "end"]


def test_a_condition_that_holds_already_wins_at_once() -> None:
    assert Play(WAIT, id="1", ready=True).active == ["e"]


def test_an_event_that_cannot_be_computed_is_an_incident_at_the_gateway() -> None:
    assert Play(WAIT).incidents == [("g", "EXTRACT_VALUE_ERROR")]


def test_as_the_start_of_a_process_any_of_its_events_starts_an_instance() -> None:
    data = diagram(
        "g -> m -> a -> end; g -> r -> b -> end",
        event_based("g", 'instantiate="true"'),
        catch("m", message_event("paid")),
        element("receiveTask", "r", attributes='messageRef="sent"'),
        service("a"),
        service("b"),
        shared=message("paid", "=id") + message("sent", "=id"),
    )

    assert Play(data, triggered="m", id="1").active == ["a"]
    assert Play(data, triggered="r", id="1").active == ["b"]


def test_as_a_parallel_start_the_first_event_starts_and_the_others_are_waited_for() -> None:
    data = diagram(
        "g -> m -> a -> end; g -> n -> b -> end",
        event_based("g", 'instantiate="true" eventGatewayType="Parallel"'),
        catch("m", message_event("paid")),
        catch("n", message_event("sent")),
        service("a"),
        service("b"),
        shared=message("paid", "=id") + message("sent", "=id"),
    )
    play = Play(data, triggered="n", id="1")
    assert play.active == ["b", "m"]

    play.complete("b")
    assert play.state == "ACTIVE"

    play.correlate("m")
    play.complete("a")
    assert play.state == "COMPLETED"


def test_a_condition_on_its_flows_is_not_asked_and_a_warning_says_so() -> None:
    waits = (event_based("g"), catch("m", timer("duration", "PT1H")), catch("n", timer("duration", "PT1M")))
    data = diagram("start -> g; g -> m -> end; g -> n : =x; n -> end", *waits)

    assert [warning.rule for warning in parse(data).warnings] == ["condition-ignored"]
    play = Play(data, x=False)
    play.advance(minutes=1)
    assert play.completed[-2:] == ["n", "end"]


@pytest.mark.parametrize(
    ("flows", "nodes", "complaint"),
    [
        ("start -> g; g -> m -> end", (event_based("g"), catch("m", timer("duration", "PT1H"))), "at least two"),
        ("start -> g; g -> a -> end; g -> b -> end", (event_based("g"),), "which cannot follow it"),
        (
            "start -> g; g -> m -> end; g -> n -> end",
            (
                event_based("g", 'eventGatewayType="Parallel"'),
                catch("m", timer("duration", "PT1H")),
                catch("n", timer("duration", "PT1H")),
            ),
            "does not start the process",
        ),
        (
            "start -> g; g -> m -> end; g -> n -> end",
            (
                event_based("g", 'instantiate="true"'),
                catch("m", timer("duration", "PT1H")),
                catch("n", timer("duration", "PT1H")),
            ),
            "no flow may lead into it",
        ),
        (
            "start -> g; g -> m -> end; g -> r -> end; late -> end",
            (
                event_based("g"),
                catch("m", timer("duration", "PT1H")),
                element("receiveTask", "r", attributes='messageRef="x"'),
                boundary("late", "r", timer("duration", "PT1H")),
            ),
            "without boundary events",
        ),
    ],
)
def test_what_it_cannot_wait_for_is_refused(flows: str, nodes: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram(flows, *nodes, shared=message("x", "=1")))

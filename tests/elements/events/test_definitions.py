"""Signals, escalations, conditions, links, multiple events, message throws: event definitions in their positions."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Subscription, Timer
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    definition,
    diagram,
    element,
    end,
    error,
    error_event,
    escalation,
    escalation_event,
    event_sub,
    extensions,
    link_event,
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
    throw,
    timer,
    user,
)
from tests.play import Play

# signals


def test_a_signal_reaches_everybody_who_waits_for_it_and_nobody_later() -> None:
    play = Play(
        diagram(
            "start -> f; f -> s -> end; f -> t -> end; f -> a -> late -> end", parallel("f"), service("a"),
            catch("s", signal_event("go")), catch("t", signal_event("go")), catch("late", signal_event("go")),
            shared=signal("go"),
        )
    )  # fmt: skip

    play.broadcast("go", x=1)
    play.complete("a")

    assert play.active == ["late"]
    assert play.variables["x"] == 1


def test_a_throw_event_broadcasts_its_local_variables() -> None:
    play = Play(
        diagram(
            "start -> f; f -> s -> end; f -> t -> end", parallel("f"), catch("s", signal_event("go")),
            throw("t", extensions(mappings({"x": "=1 + 1"})) + signal_event("go")), shared=signal("go"),
        )
    )  # fmt: skip

    assert play.state == "COMPLETED"
    assert play.variables == {"x": 2}


def test_an_end_event_broadcasts_too() -> None:
    data = diagram(
        "start -> f; f -> s -> done -> end; f -> t", parallel("f"), catch("s", signal_event("go")),
        end("t", signal_event("go")), shared=signal("go"),
    )  # fmt: skip

    assert "done" in Play(data).completed


def test_a_signal_name_may_be_an_expression() -> None:
    data = diagram(
        "start -> s -> end",
        catch("s", signal_event("go")),
        shared='<bpmn:signal id="go" name="=kind + &quot;-x&quot;"/>',
    )

    assert Play(data, kind="a").waits(Subscription)[0].name == "a-x"
    assert Play(data).incidents == [("s", "EXTRACT_VALUE_ERROR")]


# escalations


def escalating(catcher: str, *, interrupting: bool) -> Play:
    """A sub-process that escalates and goes on with a task."""
    return Play(
        diagram(
            "start -> s -> end; up -> help -> end_2",
            sub("s", "start_s -> esc -> a -> end_s", throw("esc", escalation_event("LATE")), service("a")),
            boundary("up", "s", escalation_event(catcher or None), interrupting=interrupting), service("help"),
            shared=escalation("LATE") + escalation("OTHER"),
        )
    )  # fmt: skip


def test_a_non_interrupting_catcher_lets_the_thrower_go_on() -> None:
    assert escalating("LATE", interrupting=False).active == ["a", "help"]


def test_an_interrupting_catcher_stops_the_thrower() -> None:
    assert escalating("LATE", interrupting=True).active == ["help"]


def test_a_catcher_without_code_catches_every_escalation() -> None:
    assert escalating("", interrupting=False).active == ["a", "help"]


def test_an_uncaught_escalation_changes_nothing() -> None:
    assert escalating("OTHER", interrupting=True).active == ["a"]


def test_an_escalation_end_event_ends_its_path() -> None:
    play = Play(
        diagram(
            "start -> s -> end; up -> help -> end_2", sub("s", "start_s -> esc", end("esc", escalation_event("LATE"))),
            boundary("up", "s", escalation_event("LATE"), interrupting=False), service("help"), shared=escalation("LATE"),
        )
    )  # fmt: skip

    assert play.active == ["help"]
    assert "s" in play.completed


def test_an_escalation_is_caught_by_an_event_sub_process_of_the_scope_first() -> None:
    play = Play(
        diagram(
            "start -> s -> end; up -> help -> end_2",
            sub(
                "s", "start_s -> esc -> a -> end_s", throw("esc", escalation_event("LATE")), service("a"),
                event_sub("h", "start_h -> b -> end_h", start("start_h", escalation_event(), interrupting=False), service("b")),
            ),
            boundary("up", "s", escalation_event("LATE"), interrupting=False), service("help"), shared=escalation("LATE"),
        )
    )  # fmt: skip

    assert play.active == ["a", "b"]


# conditions


def test_a_condition_is_looked_at_when_its_wait_begins_and_after_each_write() -> None:
    data = diagram("start -> k -> end", catch("k", condition_event("=x > 1")))
    play = Play(data, x=1)
    assert play.active == ["k"]

    play.set(x=2)

    assert play.state == "COMPLETED"
    assert Play(data, x=5).state == "COMPLETED"


def test_what_cannot_be_computed_is_not_true() -> None:
    play = Play(diagram("start -> k -> end", catch("k", condition_event("=assert(x, x != null) > 1"))))
    assert play.active == ["k"]

    play.set(x=2)

    assert play.state == "COMPLETED"


def test_an_interrupting_conditional_boundary_event_ends_its_activity() -> None:
    play = Play(
        diagram(
            "start -> a -> end; k -> b -> end",
            service("a"),
            service("b"),
            boundary("k", "a", condition_event("=x > 1")),
        )
    )

    play.set(x=2)

    assert play.active == ["b"]


def test_a_non_interrupting_one_fires_once_per_change_from_false_to_true() -> None:
    play = Play(
        diagram(
            "start -> a -> end; k -> b -> end_2", service("a"), service("b"),
            boundary("k", "a", condition_event("=x > 1"), interrupting=False),
        ),
        x=0,
    )  # fmt: skip
    for x in (2, 3, 1, 5):
        play.set(x=x)

    assert play.active == ["a", "b", "b"]


def test_a_job_that_writes_a_variable_makes_a_condition_true() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> end; f -> k -> end",
            parallel("f"),
            service("a"),
            catch("k", condition_event("=done")),
        )
    )

    play.complete("a", done=True)

    assert play.state == "COMPLETED"


def test_a_condition_sees_only_the_variables_of_its_scopes() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> end; f -> k -> end", parallel("f"), service("a", mappings({"done": "=true"})),
            catch("k", condition_event("=done")),
        )
    )  # fmt: skip

    assert play.active == ["a", "k"]


def test_a_filter_says_which_writes_count() -> None:
    attributes = 'camunda:variableName="x, y" camunda:variableEvents="update"'
    data = diagram(
        "start -> k -> end", catch("k", condition_event("=z > 1").replace("<bpmn:conditional", "<bpmn:conditional", 1))
    )
    data = data.replace(
        b"<bpmn:conditionalEventDefinition ", f"<bpmn:conditionalEventDefinition {attributes} ".encode()
    )
    play = Play(data, z=0)
    play.set(z=2)
    play.set(x=0)
    assert play.active == ["k"]

    play.set(x=1)

    assert play.state == "COMPLETED"


def test_the_filter_of_the_other_dialect() -> None:
    inner = extensions('<zeebe:conditionalFilter variableNames="x" variableEvents="create"/>')
    play = Play(diagram("start -> k -> end", catch("k", condition_event("=z > 1", inner))), z=0)
    play.set(z=2)
    assert play.active == ["k"]

    play.set(x=0)

    assert play.state == "COMPLETED"


def test_two_conditions_that_become_true_at_once_fire_one_catcher_of_an_activity() -> None:
    play = Play(
        diagram(
            "start -> a -> end; k -> b -> end; l -> c -> end", *map(service, "abc"),
            boundary("k", "a", condition_event("=x > 1")), boundary("l", "a", condition_event("=x > 0")),
        )
    )  # fmt: skip

    play.set(x=2)

    assert play.active == ["b"]


# links


def test_a_link_jumps_to_the_catch_event_of_its_name() -> None:
    data = diagram(
        "start -> a -> jump; land -> b -> end", service("a"), throw("jump", link_event("L")),
        catch("land", link_event("L")), service("b"),
    )  # fmt: skip
    play = Play(data)
    play.complete("a")

    assert play.active == ["b"]
    assert play.completed == ["start", "a", "jump", "land"]


def test_several_throw_events_may_lead_to_one_catch_event() -> None:
    data = diagram(
        "start -> f; f -> j1; f -> j2; land -> b -> end", parallel("f"), throw("j1", link_event("L")),
        throw("j2", link_event("L")), catch("land", link_event("L")), service("b"),
    )  # fmt: skip

    assert Play(data).active == ["b", "b"]


@pytest.mark.parametrize(
    ("nodes", "complaint"),
    [
        ((throw("j", link_event("L")),), "found none"),
        ((throw("j", link_event("L")), catch("k", link_event("L")), catch("m", link_event("L"))), "found 2: k, m"),
        ((throw("j", link_event("")),), "link without name"),
    ],
)
def test_a_link_without_exactly_one_other_end_is_refused(nodes: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> j; k -> a -> end; m -> a", *nodes) if len(nodes) > 1 else diagram("start -> j", *nodes))


def test_a_link_catch_event_that_nothing_leads_to_is_a_warning() -> None:
    assert "link" in [w.rule for w in parse(diagram("start -> end; k -> end", catch("k", link_event("L")))).warnings]


# multiple events


def test_any_definition_of_a_multiple_event_triggers_it() -> None:
    data = diagram(
        "start -> c -> end", catch("c", message_event("m") + timer("duration", "PT1H") + signal_event("s")),
        shared=message("m", "=1") + signal("s"),
    )  # fmt: skip
    by_message, by_time, by_signal = Play(data), Play(data), Play(data)
    by_message.correlate("c")
    by_time.advance(hours=1)
    by_signal.broadcast("s")

    assert {play.state for play in (by_message, by_time, by_signal)} == {"COMPLETED"}


def test_a_parallel_multiple_event_waits_for_all_of_them() -> None:
    data = diagram(
        "start -> c -> end",
        element("intermediateCatchEvent", "c", message_event("m") + signal_event("s"), 'parallelMultiple="true"'),
        shared=message("m", "=1") + signal("s"),
    )  # fmt: skip
    play = Play(data)
    play.correlate("c", x=1)
    assert play.active == ["c"]

    play.broadcast("s", y=2)

    assert play.state == "COMPLETED"
    assert play.variables == {"x": 1, "y": 2}


def test_a_non_interrupting_parallel_multiple_event_begins_anew() -> None:
    attributes = 'attachedToRef="a" cancelActivity="false" parallelMultiple="true"'
    data = diagram(
        "start -> a -> end; c -> b -> end", service("a"), service("b"),
        element("boundaryEvent", "c", message_event("m") + signal_event("s"), attributes),
        shared=message("m", "=key") + signal("s"),
    )  # fmt: skip
    play = Play(data, key="1")
    for _ in range(2):
        play.broadcast("s")
        play.correlate("c")

    assert play.active == ["a", "b", "b"]

    play.set(key=None)
    play.broadcast("s")
    play.correlate("c")
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]


def test_a_multiple_boundary_event_catches_errors_and_timers() -> None:
    data = diagram(
        "start -> a -> end; c -> b -> end", service("a"), service("b"),
        boundary("c", "a", error_event("NO") + timer("duration", "PT1H")), shared=error("NO"),
    )  # fmt: skip
    by_error, by_time = Play(data), Play(data)
    by_error.throw("a", "NO")
    by_time.advance(hours=1)

    assert by_error.active == by_time.active == ["b"]


def test_a_multiple_throw_event_does_all_of_them() -> None:
    play = Play(
        diagram(
            "start -> f; f -> s -> end; f -> t -> a -> end", parallel("f"), catch("s", signal_event("go")), service("a"),
            throw("t", signal_event("go") + message_event("m")), shared=signal("go") + message("m", "=7"),
        )
    )  # fmt: skip

    assert play.active == ["a"]
    assert [(sent.name, sent.correlation_key) for sent in play.published] == [("m", "7")]


@pytest.mark.parametrize(
    "node",
    [
        end("x", "<bpmn:terminateEventDefinition/>" + signal_event("s")),
        throw("x", extensions('<zeebe:taskDefinition type="mail"/>') + message_event("m") + signal_event("s")),
        element("intermediateCatchEvent", "x", link_event("l") + signal_event("s")),
        element("startEvent", "x", message_event("m") + signal_event("s"), 'parallelMultiple="true"'),
    ],
)
def test_what_cannot_be_combined_is_refused(node: str) -> None:
    flows = "x -> end" if "startEvent" in node else "start -> x"
    with pytest.raises(InvalidModel, match=r"combined|gather"):
        parse(diagram(flows, node, shared=signal("s") + message("m", "=1")))


# messages that are sent


def test_a_throw_event_publishes_its_message_with_its_local_variables() -> None:
    play = Play(
        diagram(
            "start -> t -> end", throw("t", extensions(mappings({"total": "=amount * 2"})) + message_event("paid")),
            shared=message("paid", "=id"),
        ),
        id=7, amount=2,
    )  # fmt: skip

    assert [(sent.name, sent.correlation_key, sent.variables) for sent in play.published] == [
        ("paid", "7", {"total": 4})
    ]
    assert play.state == "COMPLETED"


def test_without_a_correlation_key_the_business_id_is_the_key() -> None:
    data = diagram("start -> t", end("t", message_event("paid")), shared=message("paid"))

    assert Play(data, business_id="B1").published[0].correlation_key == "B1"
    assert Play(data).published[0].correlation_key == ""


def test_a_send_task_publishes_its_message_or_gives_a_job_to_a_handler() -> None:
    sent = Play(
        diagram("start -> t -> end", element("sendTask", "t", attributes='messageRef="m"'), shared=message("m", "=1"))
    )
    assert sent.published[0].name == "m"

    job = '<zeebe:taskDefinition type="mail"/>'
    by_hand = Play(
        diagram(
            "start -> t -> end", element("sendTask", "t", extensions(job), 'messageRef="m"'), shared=message("m", "=1")
        )
    )
    assert by_hand.active == ["t"]
    assert Play(diagram("start -> t -> end", element("sendTask", "t"))).active == ["t"]


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
def test_a_message_event_with_a_job_waits_for_its_handler(tag: str) -> None:
    job = extensions('<zeebe:taskDefinition type="mail"/>')
    play = Play(diagram("start -> t", element(tag, "t", job + message_event("m")), shared=message("m", "=1")))
    assert play.active == ["t"]

    play.complete("t", sent=True)

    assert play.state == "COMPLETED"
    assert play.variables == {"sent": True}


def test_a_message_that_cannot_be_sent_is_an_incident() -> None:
    data = diagram("start -> t", end("t", message_event("paid")), shared=message("paid", "=id"))

    assert Play(data).incidents == [("t", "EXTRACT_VALUE_ERROR")]


# boundary events in general


def test_a_non_interrupting_boundary_message_stays_subscribed_n_messages_are_n_runs() -> None:
    play = Play(
        diagram(
            "start -> u -> end; m -> a -> end_2", user("u"), service("a"),
            boundary("m", "u", message_event("note"), interrupting=False), shared=message("note", "=1"),
        )
    )  # fmt: skip
    for n in range(3):
        play.correlate("m", n=n)

    assert play.active == ["a", "a", "a", "u"]


def test_the_correlation_key_of_a_boundary_event_is_evaluated_in_the_scope_around_its_host() -> None:
    play = Play(
        diagram(
            "start -> a -> end; m -> end", service("a", mappings({"id": '="inner"'})),
            boundary("m", "a", message_event("note")), shared=message("note", "=id"),
        ),
        id="outer",
    )  # fmt: skip

    assert play.waits(Subscription)[0].correlation_key == "outer"


def test_an_interrupting_boundary_event_on_a_multi_instance_activity_cancels_all_runs() -> None:
    play = Play(
        diagram(
            "start -> a -> end; late -> b -> end", service("a", inner=multi("=[1, 2, 3]")), service("b"),
            boundary("late", "a", timer("duration", "PT1H")),
        )
    )  # fmt: skip
    assert play.active == ["a", "a", "a"]

    play.advance(hours=1)

    assert play.active == ["b"]
    assert not play.waits(Timer)
    assert play.instance.loops == {}


@pytest.mark.parametrize("inner", [error_event("E"), definition("cancel")])
def test_what_cannot_be_non_interrupting_is_refused(inner: str) -> None:
    with pytest.raises(InvalidModel, match="cannot stand in an non-interrupting"):
        parse(diagram("start -> a -> end; x -> end", boundary("x", "a", inner, interrupting=False), shared=error("E")))


@pytest.mark.parametrize(
    ("inner", "complaint"),
    [
        (condition_event(""), "has no condition"),
        (signal_event("unknown"), "not in this file"),
        (escalation_event("unknown"), "not in this file"),
    ],
)
def test_an_incomplete_definition_is_refused(inner: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> a -> end; x -> end", boundary("x", "a", inner)))


def test_an_escalation_without_code_cannot_be_thrown() -> None:
    with pytest.raises(InvalidModel, match="without code"):
        parse(diagram("start -> x", end("x", escalation_event())))


def test_a_signal_without_name_is_refused() -> None:
    with pytest.raises(InvalidModel, match="no signal with a name"):
        parse(diagram("start -> x", end("x", signal_event("s")), shared='<bpmn:signal id="s"/>'))

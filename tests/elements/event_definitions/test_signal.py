"""Signals."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Subscription
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    content,
    diagram,
    element,
    end,
    extensions,
    mappings,
    message,
    message_event,
    multi,
    parallel,
    service,
    signal,
    signal_event,
    sub,
    throw,
)
from tests.play import Play


def test_a_signal_reaches_everybody_who_waits_for_it_and_nobody_later() -> None:
    play = Play(
        diagram(
            "start -> f; f -> s -> end; f -> t -> end; f -> a -> late -> end",
            parallel("f"),
            service("a"),
            catch("s", signal_event("go")),
            catch("t", signal_event("go")),
            catch("late", signal_event("go")),
            shared=signal("go"),
        )
    )

    play.broadcast("go", x=1)
    play.complete("a")

    assert play.active == ["late"]
    assert play.variables["x"] == 1


def test_a_throw_event_broadcasts_its_local_variables() -> None:
    play = Play(
        diagram(
            "start -> f; f -> s -> end; f -> t -> end",
            parallel("f"),
            catch("s", signal_event("go")),
            throw("t", extensions(mappings({"x": "=1 + 1"})) + signal_event("go")),
            shared=signal("go"),
        )
    )

    assert play.state == "COMPLETED"
    assert play.variables == {"x": 2}


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("loop", ["", multi(cardinality="2")], ids=["once", "repeated"])
@pytest.mark.parametrize("position", ["end", "throw"])
def test_the_boundary_event_of_the_scope_that_its_last_event_throws_in_gets_it(
    position: str, loop: str, interrupting: bool
) -> None:
    last = {"end": end, "throw": throw}[position]("t", signal_event("go"))
    play = Play(
        diagram(
            "start -> s -> end; up -> help -> end_2",
            element("subProcess", "s", content("start_s -> t", last) + loop),
            boundary("up", "s", signal_event("go"), interrupting=interrupting),
            service("help"),
            shared=signal("go"),
        )
    )

    runs = 2 if loop and not interrupting else 1
    assert play.completed.count("up") == runs
    assert play.active == ["help"] * runs
    assert play.completed.count("s") == (0 if interrupting else 3 if loop else 1)


def test_the_boundary_event_of_a_call_gets_what_the_called_process_ends_with() -> None:
    child = diagram("start -> t", end("t", signal_event("go")), process_id="child", shared=signal("go"))
    play = Play(
        diagram(
            "start -> c -> end; up -> help -> end_2",
            element("callActivity", "c", attributes='calledElement="child"'),
            boundary("up", "c", signal_event("go")),
            service("help"),
            shared=signal("go"),
        ),
        calls={"child": child},
    )

    assert play.active == ["help"]


def test_who_waits_after_it_was_thrown_does_not_get_it() -> None:
    data = diagram(
        "start -> t -> s -> end", throw("t", signal_event("go")), catch("s", signal_event("go")), shared=signal("go")
    )

    assert Play(data).active == ["s"]


def test_an_event_that_its_signal_interrupts_has_sent_its_message_before() -> None:
    both = signal_event("go") + message_event("m")
    play = Play(
        diagram(
            "start -> s -> end; up -> help -> end_2",
            sub("s", "start_s -> t", end("t", both)),
            boundary("up", "s", signal_event("go")),
            service("help"),
            shared=signal("go") + message("m", "=id"),
        ),
        id="7",
    )

    assert play.active == ["help"]
    assert [(sent.name, sent.correlation_key) for sent in play.published] == [("m", "7")]


def test_an_end_event_broadcasts_too() -> None:
    data = diagram(
        "start -> f; f -> s -> done -> end; f -> t",
        parallel("f"),
        catch("s", signal_event("go")),
        end("t", signal_event("go")),
        shared=signal("go"),
    )

    assert "done" in Play(data).completed


def test_a_signal_name_may_be_an_expression() -> None:
    data = diagram(
        "start -> s -> end",
        catch("s", signal_event("go")),
        shared='<bpmn:signal id="go" name="=kind + &quot;-x&quot;"/>',
    )

    assert Play(data, kind="a").waits(Subscription)[0].name == "a-x"
    assert Play(data).incidents == [("s", "EXTRACT_VALUE_ERROR")]


def test_a_signal_without_name_is_refused() -> None:
    with pytest.raises(InvalidModel, match="no signal with a name"):
        parse(diagram("start -> x", end("x", signal_event("s")), shared='<bpmn:signal id="s"/>'))

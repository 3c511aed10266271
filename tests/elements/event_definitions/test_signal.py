"""Signals."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Subscription
from bpmn_engine.parser import parse
from tests.diagrams import (
    catch,
    diagram,
    end,
    extensions,
    mappings,
    parallel,
    service,
    signal,
    signal_event,
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

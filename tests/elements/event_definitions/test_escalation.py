"""Escalations."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    diagram,
    end,
    escalation,
    escalation_event,
    event_sub,
    service,
    start,
    sub,
    throw,
)
from tests.play import Play


def escalating(catcher: str, *, interrupting: bool) -> Play:
    """A sub-process that escalates and goes on with a task."""
    return Play(
        diagram(
            "start -> s -> end; up -> help -> end_2",
            sub("s", "start_s -> esc -> a -> end_s", throw("esc", escalation_event("LATE")), service("a")),
            boundary("up", "s", escalation_event(catcher or None), interrupting=interrupting),
            service("help"),
            shared=escalation("LATE") + escalation("OTHER"),
        )
    )


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
            "start -> s -> end; up -> help -> end_2",
            sub("s", "start_s -> esc", end("esc", escalation_event("LATE"))),
            boundary("up", "s", escalation_event("LATE"), interrupting=False),
            service("help"),
            shared=escalation("LATE"),
        )
    )

    assert play.active == ["help"]
    assert "s" in play.completed


def test_an_escalation_is_caught_by_an_event_sub_process_of_the_scope_first() -> None:
    play = Play(
        diagram(
            "start -> s -> end; up -> help -> end_2",
            sub(
                "s",
                "start_s -> esc -> a -> end_s",
                throw("esc", escalation_event("LATE")),
                service("a"),
                event_sub(
                    "h", "start_h -> b -> end_h", start("start_h", escalation_event(), interrupting=False), service("b")
                ),
            ),
            boundary("up", "s", escalation_event("LATE"), interrupting=False),
            service("help"),
            shared=escalation("LATE"),
        )
    )

    assert play.active == ["a", "b"]


@pytest.mark.parametrize("handler", [{"start_h": "LATE"}, {"start_h": ""}], ids=["code", "any"])
def test_a_handler_that_throws_on_is_not_asked_again_but_the_boundary_event_is(handler: dict[str, str]) -> None:
    catcher = start("start_h", escalation_event(handler["start_h"] or None), interrupting=False)
    play = Play(
        diagram(
            "start -> s -> end; up -> help -> end_2",
            sub(
                "s",
                "start_s -> esc -> a -> end_s",
                throw("esc", escalation_event("LATE")),
                service("a"),
                event_sub(
                    "h",
                    "start_h -> deep -> end_h",
                    catcher,
                    sub("deep", "start_d -> on", end("on", escalation_event("LATE"))),
                ),
            ),
            boundary("up", "s", escalation_event("LATE"), interrupting=False),
            service("help"),
            shared=escalation("LATE"),
        )
    )

    assert play.completed.count("h") == 1
    assert play.active == ["a", "help"]


def test_another_handler_of_the_same_scope_sees_what_a_handler_throws() -> None:
    play = Play(
        diagram(
            "start -> esc -> a -> end",
            throw("esc", escalation_event("LATE")),
            service("a"),
            event_sub(
                "h",
                "start_h -> on",
                start("start_h", escalation_event("LATE"), interrupting=False),
                end("on", escalation_event("WORSE")),
            ),
            event_sub(
                "g", "start_g -> b", start("start_g", escalation_event("WORSE"), interrupting=False), service("b")
            ),
            shared=escalation("LATE") + escalation("WORSE"),
        )
    )

    assert play.active == ["a", "b"]


def test_an_escalation_without_code_cannot_be_thrown() -> None:
    with pytest.raises(InvalidModel, match="without code"):
        parse(diagram("start -> x", end("x", escalation_event())))

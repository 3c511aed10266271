"""Migration of a running instance to another version."""

from __future__ import annotations

import pytest

from bpmn_engine import Conflict, InvalidArgument
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Condition, Subscription, Timer
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    compensate_event,
    condition_event,
    diagram,
    escalation,
    escalation_event,
    message,
    message_event,
    multi,
    parallel,
    service,
    sub,
    throw,
    timer,
    undo,
    user,
)
from tests.play import Play

OLD = diagram("start -> a -> b -> end", user("a"), service("b"))


def migrate(play: Play, target: bytes, **mapping: str) -> None:
    """Migrate an instance to another diagram."""
    process = parse(target).processes[0]
    play.do(commands.MigrateInstance(definition_key=2, target=process, mapping=mapping))
    play.process = process


def test_goes_on_as_the_new_version() -> None:
    play = Play(OLD)

    migrate(play, diagram("start -> a2 -> c -> end", user("a2"), service("c")), a="a2")

    assert play.instance.definition_key == 2
    play.complete("a2", x=1)
    assert play.active == ["c"]


def test_a_boundary_event_that_is_mapped_keeps_its_wait() -> None:
    old = diagram("start -> a -> end; t -> end", user("a"), boundary("t", "a", timer("duration", "PT1H")))
    play = Play(old)
    due = play.waits(Timer)[0].due_at
    play.advance(minutes=30)

    migrate(play, old.replace(b'"t"', b'"t2"'), a="a", t="t2")

    assert [(wait.element_id, wait.due_at) for wait in play.waits(Timer)] == [("t2", due)]


def test_one_that_is_not_mapped_ends_and_a_new_one_begins() -> None:
    old = diagram("start -> a -> end; t -> end", user("a"), boundary("t", "a", timer("duration", "PT1H")))
    new = diagram(
        "start -> a -> end; m -> end",
        user("a"),
        boundary("m", "a", message_event("note")),
        shared=message("note", "=1"),
    )
    play = Play(old)

    migrate(play, new, a="a")

    assert not play.waits(Timer)
    assert [wait.element_id for wait in play.waits(Subscription)] == ["m"]


def test_a_new_condition_that_holds_already_fires_at_once() -> None:
    new = diagram(
        "start -> a -> end; k -> b -> end", user("a"), service("b"), boundary("k", "a", condition_event("=x > 1"))
    )
    play = Play(OLD, x=2)

    migrate(play, new, a="a")

    assert play.active == ["b"]
    assert not play.waits(Condition)


def test_tokens_in_front_of_a_join_go_with_it() -> None:
    old = diagram(
        "start -> f; f -> a -> j; f -> b -> j; j -> end", parallel("f"), parallel("j"), service("a"), service("b")
    )
    play = Play(old)
    play.complete("a")

    migrate(play, old.replace(b'"j"', b'"k"'), b="b", j="k")
    play.complete("b")

    assert play.state == "COMPLETED"


def test_scopes_and_loops_go_with_their_content() -> None:
    old = diagram("start -> s -> end", sub("s", "start_s -> x -> end_s", multi("=[1, 2]"), service("x")))
    play = Play(old)
    play.complete("x")

    migrate(play, old.replace(b'"s"', b'"s2"').replace(b'"x"', b'"x2"'), s="s2", x="x2")
    play.complete("x2")

    assert play.state == "COMPLETED"


def test_what_has_completed_can_still_be_compensated() -> None:
    old = diagram(
        "start -> a -> b -> t -> end", service("a"), service("b"), undo("a", "undo_a"), throw("t", compensate_event())
    )
    play = Play(old)
    play.complete("a")

    with pytest.raises(Conflict, match="can be compensated, but is not mapped"):
        migrate(play, old, b="b")
    migrate(play, old.replace(b'"a"', b'"a2"'), b="b", a="a2")
    play.complete("b")

    assert play.active == ["undo_a"]


@pytest.mark.parametrize(
    ("old", "new", "mapping", "complaint"),
    [
        (OLD, OLD, {}, "'a' is not mapped"),
        (OLD, OLD, {"a": "b"}, "'a' is a user task, 'b' is a service task"),
        (OLD, diagram("start -> s -> end", sub("s", "a", user("a"))), {"a": "a"}, "stands in another scope"),
        (
            OLD,
            diagram(
                "start -> a -> end",
                service("a").replace("serviceTask", "userTask").replace("</", multi("=[1]") + "</", 1),
            ),
            {"a": "a"},
            "'a' is a",
        ),
        (
            diagram("start -> f; f -> u -> j; f -> j; j -> end", parallel("f"), parallel("j"), user("u")),
            diagram("start -> f; f -> u -> k -> j; f -> j; j -> end", parallel("f"), parallel("j"), user("u")).replace(
                b'id="f-j"', b'id="z"'
            ),
            {"u": "u", "j": "j"},
            "waits on the flow 'f-j'",
        ),
        (
            diagram("start -> a -> end; t -> end", user("a"), boundary("t", "a", timer("duration", "PT1H"))),
            diagram("start -> a -> c -> end; t -> end", user("a"), boundary("t", "c", timer("duration", "PT1H"))),
            {"a": "a", "t": "t"},
            "'t' does not stand on 'a'",
        ),
    ],
)
def test_an_instance_that_does_not_fit_is_refused_and_nothing_changes(
    old: bytes, new: bytes, mapping: dict[str, str], complaint: str
) -> None:
    play = Play(old)
    before = play.instance.snapshot()

    with pytest.raises(Conflict, match=complaint):
        migrate(play, new, **mapping)

    assert play.instance == before


def test_a_mapping_of_something_that_is_not_drawn_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="'a' to 'nobody'"):
        migrate(Play(OLD), OLD, a="nobody")


def test_a_boundary_event_that_cannot_be_computed_refuses_the_migration() -> None:
    new = diagram(
        "start -> a -> end; m -> end",
        user("a"),
        boundary("m", "a", message_event("note")),
        shared=message("note", "=id"),
    )
    play = Play(OLD)
    before = play.instance.snapshot()

    with pytest.raises(Conflict, match="correlation key"):
        play.do(commands.MigrateInstance(definition_key=2, target=parse(new).processes[0], mapping={"a": "a"}))

    assert play.instance == before


def test_an_event_is_not_mapped_to_one_that_waits_for_or_does_something_else() -> None:
    play = Play(diagram("start -> k -> end", catch("k", condition_event("=x > 1"))))

    with pytest.raises(Conflict, match="conditionalEventDefinition, 'k' is a catch event with timerEventDefinition"):
        migrate(play, diagram("start -> k -> end", catch("k", timer("duration", "PT1H"))), k="k")


@pytest.mark.parametrize("target", [throw("c", escalation_event("S")), throw("c")])
def test_an_event_that_waits_for_its_compensation_is_not_mapped_to_another_one(target: str) -> None:
    nodes = (service("a"), undo("a", "undo_a"))
    play = Play(diagram("start -> a -> c -> end", *nodes, throw("c", compensate_event())))
    play.complete("a")

    with pytest.raises(Conflict, match="'c' is a throw event with compensateEventDefinition"):
        migrate(
            play,
            diagram("start -> a -> c -> end", *nodes, target, shared=escalation("S")),
            a="a",
            c="c",
            undo_a="undo_a",
        )

    play.complete("undo_a")
    assert play.state == "COMPLETED"

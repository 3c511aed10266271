"""Modification of a running instance."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn_engine import InvalidArgument
from bpmn_engine.instance import commands
from tests.diagrams import boundary, diagram, event_sub, mappings, multi, service, start, sub, timer, user
from tests.play import Play

NESTED = diagram(
    "start -> a -> s -> b -> end",
    service("a"),
    service("b"),
    sub("s", "start_s -> t -> end_s", sub("t", "start_t -> x -> y -> end_t", service("x"), service("y"))),
    boundary("late", "s", timer("duration", "PT1H")),
).replace(
    b'<bpmn:sequenceFlow id="start-a"',
    b'<bpmn:sequenceFlow id="late-b" sourceRef="late" targetRef="b"/><bpmn:sequenceFlow id="start-a"',
)


def key(play: Play, element_id: str) -> int:
    """The token of an element."""
    return next(token.key for token in play.instance.tokens.values() if token.element_id == element_id)


def modify(play: Play, **what: object) -> None:
    """Modify an instance."""
    play.do(commands.ModifyInstance(**what))  # type: ignore[arg-type]


def test_activates_an_element_and_creates_the_scopes_around_it() -> None:
    play = Play(NESTED)

    modify(play, activate=(commands.Activation("y"),))

    assert play.active == ["a", "y"]
    assert [token.element_id for token in play.instance.tokens.values()] == ["p", "a", "s", "t", "y"]
    play.advance(hours=1)
    assert play.active == ["a", "b"]


def test_uses_the_scope_that_is_there() -> None:
    play = Play(NESTED)
    play.complete("a")

    modify(play, activate=(commands.Activation("y"),))

    assert play.active == ["x", "y"]


def test_gives_variables_to_the_process_a_scope_and_the_element() -> None:
    play = Play(NESTED)

    modify(play, activate=(commands.Activation("y", variables=(("", {"g": 1}), ("s", {"l": 2}), ("y", {"m": 3}))),))

    assert play.variables == {"g": 1}
    assert play.locals("s") == {"l": 2}
    assert play.locals("y") == {"m": 3}


def test_terminates_by_element_and_by_key_with_everything_inside() -> None:
    play = Play(NESTED)
    play.complete("a")
    modify(play, activate=(commands.Activation("b"),), terminate=("t",))
    assert play.active == ["b"]
    assert play.terminated == ["x", "t", "s"]

    modify(play, activate=(commands.Activation("a"),), terminate=(key(play, "b"),))
    assert play.active == ["a"]


def test_an_instance_whose_last_token_is_terminated_is_terminated() -> None:
    play = Play(NESTED)

    modify(play, terminate=("a",))

    assert play.state == "TERMINATED"


def test_moves_tokens_to_another_element() -> None:
    play = Play(NESTED)

    modify(play, move=(commands.Move("b", element_id="a"),))

    assert play.active == ["b"]


def test_a_move_inside_a_scope_stays_in_that_scope() -> None:
    play = Play(NESTED)
    play.complete("a")
    scope = key(play, "t")

    modify(play, move=(commands.Move("y", key=key(play, "x")),))

    assert play.active == ["y"]
    assert key(play, "t") == scope


@pytest.mark.parametrize("scope", ["sourceParent", "direct"])
def test_a_move_may_name_the_scope_of_its_target(scope: str) -> None:
    play = Play(NESTED)
    play.complete("a")
    ancestor = key(play, "t") if scope == "direct" else None

    modify(play, move=(commands.Move("y", element_id="x", scope=scope, ancestor=ancestor),))

    assert play.active == ["y"]


def test_several_instances_of_a_scope_need_a_name() -> None:
    data = diagram(
        "start -> s -> end", sub("s", "start_s -> x -> y -> end_s", multi("=[1, 2]"), service("x"), service("y"))
    )
    play = Play(data)

    with pytest.raises(InvalidArgument, match="2 active instances"):
        modify(play, activate=(commands.Activation("y"),))

    second = next(token.key for token in play.instance.tokens.values() if token.loop_counter == 2)
    modify(play, activate=(commands.Activation("y", ancestor=second),))
    assert play.active == ["x", "x", "y"]


def test_a_run_of_a_sequential_loop_that_is_terminated_makes_room_for_the_next() -> None:
    data = diagram(
        "start -> u -> b -> end",
        user("u").replace("</bpmn:userTask>", multi("=[1, 2]", sequential=True) + "</bpmn:userTask>"),
        service("b"),
    )
    play = Play(data)
    for counter in (1, 2):
        run = next(token for token in play.instance.tokens.values() if token.loop_counter == counter)
        modify(play, terminate=(run.key,), activate=(commands.Activation("b"),))

    assert play.active == ["b", "b"]


@pytest.mark.parametrize(
    ("what", "complaint"),
    [
        ({}, "at least one instruction"),
        ({"activate": (commands.Activation("nobody"),)}, "has no element 'nobody'"),
        ({"activate": (commands.Activation("p"),)}, "has no element 'p'"),
        ({"activate": (commands.Activation("h"),)}, "started by its event only"),
        ({"activate": (commands.Activation("x", ancestor=99),)}, "is no active scope"),
        ({"activate": (commands.Activation("a", variables=(("s", {}),)),)}, "is no scope around 'a'"),
        ({"terminate": ("x",)}, "has no active instance"),
        ({"terminate": (99,)}, "no active element instance with key 99"),
        ({"move": (commands.Move("b"),)}, "what is to be moved"),
        ({"activate": (commands.Activation("b"), commands.Activation("nobody"))}, "has no element"),
        ({"activate": (commands.Activation("m_x"),)}, "cannot be created from outside"),
    ],
)
def test_a_wrong_request_is_refused_and_changes_nothing(what: dict[str, object], complaint: str) -> None:
    data = diagram(
        "start -> a -> b -> end; c -> s -> m",
        service("a"),
        sub("s", "x", service("x")),
        sub("m", "m_x", multi("=[1]"), service("m_x")),
        event_sub("h", "start_h -> fix", start("start_h", timer("duration", "PT9H"))),
    )
    play = Play(data)
    before = play.instance.snapshot()

    with pytest.raises(InvalidArgument, match=complaint):
        modify(play, **what)

    assert play.instance == before


def test_a_scope_whose_mappings_fail_is_refused_and_changes_nothing() -> None:
    from bpmn_engine import Conflict

    io = "<bpmn:extensionElements>" + mappings({"v": "=assert(q, q != null)"}) + "</bpmn:extensionElements>"
    play = Play(diagram("start -> a -> s -> end", service("a"), sub("s", "x", io, service("x"))))
    before = play.instance.snapshot()

    with pytest.raises(Conflict):
        modify(play, activate=(commands.Activation("x"),), terminate=("a",))

    assert play.instance == before


def test_what_ends_with_its_scope_need_not_be_terminated_again() -> None:
    play = Play(NESTED)
    play.complete("a")

    modify(play, activate=(commands.Activation("b"),), terminate=("s", "t", "x"))

    assert play.active == ["b"]


def test_a_terminated_run_of_a_parallel_loop_counts_as_terminated() -> None:
    done = "<bpmn:completionCondition>=numberOfTerminatedInstances = 1</bpmn:completionCondition>"
    data = diagram("start -> a -> end", service("a", inner=multi("=[1, 2, 3]", done)))
    play = Play(data)
    first = next(token.key for token in play.instance.tokens.values() if token.loop_counter == 1)

    modify(play, terminate=(first,))
    play.complete("a")

    assert play.state == "COMPLETED"


def test_the_whole_instance_can_be_terminated_by_its_key() -> None:
    play = Play(NESTED)

    modify(play, terminate=(play.instance.key,))

    assert play.state == "TERMINATED"


def test_nothing_is_activated_in_a_scope_that_is_not_active_any_more() -> None:
    io = "<bpmn:extensionElements>" + mappings(outputs={"v": "=assert(q, q != null)"}) + "</bpmn:extensionElements>"
    play = Play(diagram("start -> s -> end", sub("s", "start_s -> x -> end_s", io, service("x"))))
    play.complete("x")
    assert play.incidents == [("s", "IO_MAPPING_ERROR")]

    with pytest.raises(InvalidArgument, match="is COMPLETING"):
        modify(play, activate=(commands.Activation("x"),))
    with pytest.raises(InvalidArgument, match="no active scope"):
        modify(play, activate=(commands.Activation("x", ancestor=key(play, "s")),))


def test_what_one_request_terminates_is_no_scope_for_what_it_activates() -> None:
    play = Play(NESTED)
    play.complete("a")
    old = key(play, "s")

    modify(play, terminate=("s",), activate=(commands.Activation("y"),))

    assert play.active == ["y"]
    assert key(play, "s") != old
    play.complete("y")
    assert play.active == ["b"]


def test_a_scope_that_is_moved_into_itself_begins_anew() -> None:
    play = Play(NESTED)
    play.complete("a")
    old = key(play, "s")

    modify(play, move=(commands.Move("y", element_id="s"),))

    assert play.active == ["y"]
    assert key(play, "s") != old


@pytest.mark.parametrize("named", ["s", "t"])
@pytest.mark.parametrize(
    "what",
    [
        lambda play: {"activate": (commands.Activation("y", ancestor=key(play, "t")),)},
        lambda play: {"move": (commands.Move("y", element_id="x", scope="direct", ancestor=key(play, "t")),)},
        lambda play: {"move": (commands.Move("y", element_id="x", scope="sourceParent"),)},
        lambda play: {"move": (commands.Move("y", element_id="x"),)},
    ],
    ids=["activate", "move direct", "move to parent", "move inferred"],
)
def test_a_scope_that_the_same_request_terminates_cannot_be_named_as_the_ancestor(named: str, what: Any) -> None:
    play = Play(NESTED)
    play.complete("a")
    before = play.instance.snapshot()

    with pytest.raises(InvalidArgument, match="which the same request terminates"):
        modify(play, terminate=(named,), **what(play))

    assert play.instance == before


def test_nothing_is_activated_in_an_instance_that_the_same_request_terminates() -> None:
    play = Play(NESTED)

    with pytest.raises(InvalidArgument, match="which the same request terminates"):
        modify(play, terminate=(play.instance.key,), activate=(commands.Activation("b"),))


def test_a_run_that_ends_leaves_the_other_run_as_the_one_that_is_meant() -> None:
    inner = sub("s", "start_s -> x -> y -> end_s", multi("=[1, 2]"), service("x"), service("y"))
    play = Play(diagram("start -> s -> end", inner))
    first = next(token.key for token in play.instance.tokens.values() if token.loop_counter == 1)

    modify(play, terminate=(first,), activate=(commands.Activation("y"),))

    assert play.active == ["x", "y"]


def test_several_activations_share_the_scope_that_they_create() -> None:
    play = Play(NESTED)
    play.complete("a")

    modify(play, terminate=("s",), activate=(commands.Activation("x"), commands.Activation("y")))

    assert play.active == ["x", "y"]
    assert [token.element_id for token in play.instance.tokens.values()].count("s") == 1


@pytest.mark.parametrize("at", ["p", "s"])
def test_inside_an_ancestor_that_is_named_the_scopes_are_new(at: str) -> None:
    play = Play(NESTED)
    play.complete("a")

    modify(play, activate=(commands.Activation("y", ancestor=key(play, at)),))

    scopes = [token.element_id for token in play.instance.tokens.values()]
    assert (scopes.count("s"), scopes.count("t")) == ((2, 2) if at == "p" else (1, 2))
    assert play.active == ["x", "y"]


def test_a_move_out_of_the_last_token_of_a_scope_keeps_the_scope_that_the_target_is_in() -> None:
    play = Play(NESTED)
    play.complete("a")
    old = key(play, "t")

    modify(play, terminate=("x",), activate=(commands.Activation("y"),))

    assert play.active == ["y"]
    assert key(play, "t") == old

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
    content,
    diagram,
    element,
    escalation,
    escalation_event,
    event_based,
    event_sub,
    extensions,
    mappings,
    message,
    message_event,
    multi,
    parallel,
    service,
    start,
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


MESSAGES = message("mm", "=1") + message("nn", "=1")
#: A host with two events beside it, in each of the three ways.
TWO_ON_A_TASK = diagram(
    "start -> a -> end; m -> x -> end_x; n -> y -> end_y",
    user("a"),
    boundary("m", "a", message_event("mm"), interrupting=False),
    boundary("n", "a", message_event("nn"), interrupting=False),
    service("x"),
    service("y"),
    shared=MESSAGES,
)
TWO_IN_A_SCOPE = diagram(
    "start -> a -> end",
    user("a"),
    event_sub("g", "m -> x", start("m", message_event("mm"), interrupting=False), service("x")),
    event_sub("h", "n -> y", start("n", message_event("nn"), interrupting=False), service("y")),
    shared=MESSAGES,
)
TWO_BEHIND_A_GATEWAY = diagram(
    "start -> a; a -> m -> x -> end; a -> n -> y -> end_y",
    event_based("a"),
    catch("m", message_event("mm")),
    catch("n", message_event("nn")),
    service("x"),
    service("y"),
    shared=MESSAGES,
)
HOSTS = pytest.mark.parametrize(
    "data", [TWO_ON_A_TASK, TWO_IN_A_SCOPE, TWO_BEHIND_A_GATEWAY], ids=["boundary", "event sub-process", "gateway"]
)


@HOSTS
def test_two_events_of_one_host_are_not_mapped_to_one(data: bytes) -> None:
    play = Play(data)
    before = play.instance.snapshot()

    with pytest.raises(Conflict, match="'m' and 'n' are both mapped to 'm'"):
        migrate(play, data, a="a", m="m", n="m")

    assert play.instance == before


@HOSTS
def test_events_that_change_places_take_their_waits_with_them(data: bytes) -> None:
    play = Play(data)

    migrate(play, data, a="a", m="n", n="m")
    assert {wait.element_id: wait.name for wait in play.waits(Subscription)} == {"n": "mm", "m": "nn"}
    play.correlate("n")

    assert "y" in play.active


@HOSTS
def test_an_event_that_is_left_out_ends_and_that_of_the_target_begins(data: bytes) -> None:
    play = Play(data)
    old = {wait.key for wait in play.waits(Subscription)}

    migrate(play, data, a="a", m="m")

    kept = {wait.element_id: wait.key in old for wait in play.waits(Subscription)}
    assert kept == {"m": True, "n": False}


@HOSTS
def test_an_event_is_not_mapped_to_one_of_another_kind_beside_its_host(data: bytes) -> None:
    other = data.replace(message_event("nn").encode(), timer("duration", "PT1H").encode())

    with pytest.raises(Conflict, match=r"'n' is an? .* with messageEventDefinition, 'n' is an? .* with timer"):
        migrate(Play(data), other, a="a", m="m", n="n")


def test_an_event_keeps_whether_it_interrupts() -> None:
    other = TWO_ON_A_TASK.replace(b'cancelActivity="false"', b'cancelActivity="true"')

    with pytest.raises(Conflict, match=r"'m' is a non-interrupting boundary .* 'm' is an interrupting"):
        migrate(Play(TWO_ON_A_TASK), other, a="a", m="m", n="n")


def test_an_event_that_is_known_on_one_host_begins_to_wait_on_another() -> None:
    old = diagram(
        "start -> f; f -> a -> end; f -> b -> end; m -> end",
        parallel("f"),
        user("a"),
        user("b"),
        boundary("m", "a", message_event("mm")),
        shared=MESSAGES,
    )
    new = diagram(
        "start -> f; f -> a -> end; f -> b -> end; m -> end; n -> end",
        parallel("f"),
        user("a"),
        user("b"),
        boundary("m", "a", message_event("mm")),
        boundary("n", "b", message_event("nn")),
        shared=MESSAGES,
    )
    play = Play(old)

    migrate(play, new, a="a", b="b", m="m")

    assert sorted(wait.element_id for wait in play.waits(Subscription)) == ["m", "n"]


HANDLED = diagram(
    "start -> a -> end",
    user("a"),
    event_sub("h", "m -> x -> end_h", start("m", message_event("mm")), service("x")),
    shared=MESSAGES,
)


def test_in_a_scope_that_was_interrupted_no_event_sub_process_begins_to_wait() -> None:
    play = Play(HANDLED)
    play.correlate("m")

    migrate(play, TWO_IN_A_SCOPE.replace(b'isInterrupting="false"', b'isInterrupting="true"'), h="g", x="x")

    assert play.waits(Subscription) == []
    play.complete("x")
    assert play.state == "COMPLETED"


def test_an_event_sub_process_that_runs_keeps_whether_it_interrupts() -> None:
    play = Play(HANDLED)
    play.correlate("m")

    with pytest.raises(Conflict, match="'h' is an interrupting event sub-process, 'g' is a non-interrupting"):
        migrate(play, TWO_IN_A_SCOPE, h="g", x="x")


def test_the_start_of_an_event_sub_process_goes_where_the_event_sub_process_goes() -> None:
    play = Play(TWO_IN_A_SCOPE)
    play.correlate("m")

    with pytest.raises(Conflict, match="does not start the event sub-process that 'g' is mapped to"):
        migrate(play, TWO_IN_A_SCOPE, a="a", g="h", x="y", m="m", n="n")


def test_in_a_scope_that_is_completing_only_its_boundary_events_begin_to_wait() -> None:
    io = extensions(mappings(outputs={"v": "=assert(q, q != null)"}))
    old = diagram("start -> s -> end", sub("s", "start_s -> x -> end_s", io, service("x")))
    handler = event_sub("h", "n -> y", start("n", message_event("nn")))
    new = diagram(
        "start -> s -> end; m -> end",
        sub("s", "start_s -> x -> end_s", io, service("x"), handler),
        boundary("m", "s", message_event("mm")),
        shared=MESSAGES,
    )
    play = Play(old)
    play.complete("x")

    migrate(play, new, s="s")

    assert [wait.element_id for wait in play.waits(Subscription)] == ["m"]


def _listening(*events: str) -> str:
    listeners = "".join(f'<zeebe:executionListener eventType="{event}" type="{event}"/>' for event in events)
    return f"<zeebe:executionListeners>{listeners}</zeebe:executionListeners>"


@pytest.mark.parametrize("before", [(), ("start",), ("start", "start", "end")], ids=len)
@pytest.mark.parametrize("after", [(), ("start",), ("start", "start"), ("start", "end", "end")], ids=len)
def test_a_token_asks_the_listeners_of_the_target_that_are_still_to_come(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    out = mappings(outputs={"result": "=x + 1"})
    play = Play(diagram("start -> a -> b -> end", service("a", _listening(*before), out), service("b")))
    for _ in range(before.count("start")):
        play.complete("a")

    migrate(play, diagram("start -> a -> b -> end", service("a", _listening(*after), out), service("b")), a="a")
    play.complete("a", x=1)
    for _ in range(after.count("end")):
        assert play.active == ["a"]
        play.complete("a")

    assert play.variables["result"] == 2
    assert play.active == ["b"]


def test_a_join_that_has_lost_the_flow_it_waited_for_fires() -> None:
    def joined(names: str) -> bytes:
        flows = "; ".join(f"f -> {name} -> j" for name in names)
        return diagram(f"start -> f; {flows}; j -> z -> end", parallel("f"), parallel("j"), *map(service, names + "z"))

    play = Play(
        diagram(
            "start -> f; f -> a -> j; f -> b -> j; f -> c -> d; c -> j; d -> end; j -> z -> end",
            parallel("f"),
            parallel("j"),
            *map(service, "abcdz"),
        )
    )
    for name in "ab":
        play.complete(name)
    play.do(commands.ModifyInstance(terminate=("c",)))

    migrate(play, joined("ab"), j="j")

    assert play.active == ["z"]


def test_two_joins_may_become_one_and_keep_all_their_tokens() -> None:
    old = diagram(
        "start -> f; f -> a -> j; f -> b -> j; f -> c -> k; f -> d -> k; j -> end; k -> end",
        parallel("f"),
        parallel("j"),
        parallel("k"),
        *map(service, "abcd"),
    )
    new = (
        diagram(
            "start -> f; f -> a -> j; f -> b -> j; f -> c -> j; f -> d -> j; j -> z -> end",
            parallel("f"),
            parallel("j"),
            *map(service, "abcdz"),
        )
        .replace(b'"c-j"', b'"c-k"')
        .replace(b'"d-j"', b'"d-k"')
    )
    play = Play(old)
    play.complete("a")
    play.complete("c")

    migrate(play, new, b="b", d="d", j="j", k="j")
    play.complete("b")
    assert play.active == ["d", "j", "j", "j"]
    play.complete("d")

    assert play.active == ["z"]


def test_what_waits_for_its_turn_must_be_a_choice_in_the_target_too() -> None:
    def ad_hoc(flows: str) -> bytes:
        lists = extensions('<zeebe:adHoc activeElementsCollection="=[&quot;x&quot;, &quot;y&quot;]"/>')
        inner = content(flows, lists, service("x"), service("y"))
        return diagram("start -> s -> end", element("adHocSubProcess", "s", inner, 'ordering="Sequential"'))

    with pytest.raises(Conflict, match="'y' waits for its turn, but 'y' cannot be chosen"):
        migrate(Play(ad_hoc("x; y")), ad_hoc("x -> y"), s="s", x="x", y="y")
    play = Play(ad_hoc("x; y"))
    migrate(play, ad_hoc("x; y; z"), s="s", x="x", y="y")
    play.complete("x")
    assert play.active == ["y"]


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        (diagram("start -> a -> b -> end", service("a"), service("b")), "nothing undoes 'a'"),
        (diagram("start -> a -> b -> end", user("a"), service("b"), undo("a", "undo_a")), "'a' is a service task"),
    ],
)
def test_what_can_be_undone_must_be_so_in_the_target(target: bytes, complaint: str) -> None:
    old = diagram("start -> a -> b -> end", service("a"), service("b"), undo("a", "undo_a"))
    play = Play(old)
    play.complete("a")

    with pytest.raises(Conflict, match=complaint):
        migrate(play, target, a="a", b="b")


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

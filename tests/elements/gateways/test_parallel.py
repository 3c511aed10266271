"""The parallel gateway."""

from bpmn_engine.parser import parse
from tests.diagrams import diagram, exclusive, parallel, service
from tests.play import Play

FORK_AND_JOIN = diagram(
    "start -> fork; fork -> a -> join; fork -> b -> join; join -> c -> end",
    parallel("fork"),
    parallel("join"),
    service("a"),
    service("b"),
    service("c"),
)
TWO_TOKENS_ON_ONE_FLOW = diagram(
    "start -> fork; fork -> x -> merge; fork -> y -> merge; merge -> join; fork -> z -> join; join -> c -> end",
    parallel("fork"),
    exclusive("merge"),
    parallel("join"),
    service("x"),
    service("y"),
    service("z"),
    service("c"),
)


def test_takes_all_outgoing_flows() -> None:
    assert Play(FORK_AND_JOIN).active == ["a", "b"]


def test_waits_for_every_incoming_flow() -> None:
    play = Play(FORK_AND_JOIN)

    play.complete("a")

    assert play.active == ["b", "join"]
    assert play.on_flows == ["a-join"]

    play.complete("b")

    assert play.active == ["c"]


def test_two_tokens_on_one_flow_do_not_fire_it() -> None:
    play = Play(TWO_TOKENS_ON_ONE_FLOW)

    play.complete("x")
    play.complete("y")

    assert play.on_flows == ["merge-join", "merge-join"]
    assert "c" not in play.active


def test_excess_tokens_stay_on_their_flow_and_keep_the_scope_open() -> None:
    play = Play(TWO_TOKENS_ON_ONE_FLOW)

    for task in ("x", "y", "z", "c"):
        play.complete(task)

    assert play.on_flows == ["merge-join"]
    assert play.state == "ACTIVE"


def test_needs_a_full_new_set_in_each_turn_of_a_loop() -> None:
    play = Play(
        diagram(
            "start -> again; again -> fork; fork -> a -> join; fork -> b -> join; join -> g; g -> again : =turn < 2; "
            "g -> end : default",
            exclusive("again"),
            parallel("fork"),
            parallel("join"),
            service("a"),
            service("b"),
            exclusive("g"),
        ),
        turn=1,
    )

    play.complete("a")
    play.complete("b")

    assert play.active == ["a", "b"]

    play.complete("a", turn=2)

    assert play.active == ["b", "join"]

    play.complete("b")

    assert play.state == "COMPLETED"


def test_a_condition_on_its_flows_is_not_asked_and_a_warning_says_so() -> None:
    data = diagram("start -> g; g -> a : =x; g -> b; a -> end; b -> end", parallel("g"), service("a"), service("b"))

    (warning,) = [warning for warning in parse(data).warnings if warning.rule == "condition-ignored"]
    assert "takes all flows" in warning.message
    assert Play(data, x=False).active == ["a", "b"]

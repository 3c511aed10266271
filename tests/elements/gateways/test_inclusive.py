"""The inclusive gateway."""

import pytest

from tests.diagrams import (
    boundary,
    call,
    catch,
    diagram,
    error,
    error_event,
    event_based,
    exclusive,
    inclusive,
    link_event,
    message,
    message_event,
    parallel,
    service,
    sub,
    throw,
    timer,
    user,
)
from tests.play import Play

ORDER = diagram(
    "start -> split; split -> a : =x > 1; split -> b : =x > 2; split -> c : default; "
    "a -> join; b -> join; c -> join; join -> done -> end",
    inclusive("split"),
    inclusive("join"),
    service("a"),
    service("b"),
    service("c"),
    service("done"),
)


@pytest.mark.parametrize(("x", "taken"), [(1, ["c"]), (2, ["a"]), (3, ["a", "b"])])
def test_takes_every_flow_whose_condition_holds_else_the_default(x: int, taken: list[str]) -> None:
    assert Play(ORDER, x=x).active == taken


def test_waits_while_a_token_can_still_arrive() -> None:
    play = Play(ORDER, x=3)

    play.complete("a")
    assert play.active == ["b", "join"]

    play.complete("b")
    assert play.active == ["done"]


def test_does_not_wait_for_a_flow_that_was_not_taken() -> None:
    play = Play(ORDER, x=2)

    play.complete("a")

    assert play.active == ["done"]


def test_split_without_true_condition_and_without_default_is_an_incident_that_can_be_retried() -> None:
    play = Play(diagram("start -> g; g -> a : =x > 1; g -> b : =x > 2; a -> end; b -> end", inclusive("g")), x=0)
    assert play.incidents == [("g", "CONDITION_ERROR")]

    play.set(x=2)
    play.resolve()

    assert play.completed == ["start", "g", "a", "end"]


def test_the_condition_of_the_default_flow_is_never_evaluated() -> None:
    data = diagram("start -> g; g -> a : =x > 1; g -> b : =assert(x, false); a -> end; b -> end", inclusive("g"))
    data = data.replace(b'<bpmn:inclusiveGateway id="g" >', b'<bpmn:inclusiveGateway id="g" default="g-b">')

    assert Play(data, x=0).completed == ["start", "g", "b", "end"]


def test_a_token_that_ends_elsewhere_lets_it_go_on() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> b -> g; g -> join : =back; g -> away : default; "
            "join -> done -> end; away -> end_2",
            parallel("split"),
            inclusive("join"),
            service("a"),
            service("b"),
            exclusive("g"),
            service("away"),
            service("done"),
        ),
        back=False,
    )
    play.complete("a")
    assert play.active == ["b", "join"]

    play.complete("b")

    assert play.active == ["away", "done"]


def test_a_token_that_is_cancelled_elsewhere_lets_it_go_on() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> s -> join; late -> away -> end_2; join -> done -> end",
            parallel("split"),
            inclusive("join"),
            service("a"),
            sub("s", "start_s -> b -> end_s", service("b")),
            boundary("late", "s", timer("duration", "PT1H")),
            service("away"),
            service("done"),
        )
    )
    play.complete("a")

    play.advance(hours=1)

    assert play.active == ["away", "done"]


def test_a_join_after_a_sub_process_waits_for_it() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> s -> join; join -> done -> end",
            parallel("split"),
            inclusive("join"),
            service("a"),
            sub("s", "start_s -> b -> end_s", service("b")),
            service("done"),
        )
    )
    play.complete("a")
    assert play.active == ["b", "join"]

    play.complete("b")

    assert play.active == ["done"]


def test_a_join_after_a_call_activity_waits_for_it() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> c -> join; join -> done -> end",
            parallel("split"),
            inclusive("join"),
            service("a"),
            call("c", "sub"),
            service("done"),
        ),
        calls={"sub": diagram("start -> b -> end", service("b"), process_id="sub")},
    )
    play.complete("a")
    assert "done" not in play.active

    play.child("sub").complete("b")

    assert play.active == ["done"]


def test_a_join_behind_a_boundary_event_waits_for_its_activity() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> b -> end_2; late -> join; join -> done -> end",
            parallel("split"),
            inclusive("join"),
            service("a"),
            service("b"),
            boundary("late", "b", timer("duration", "PT1H")),
            service("done"),
        )
    )
    play.complete("a")
    assert play.active == ["b", "join"]

    play.complete("b")

    assert play.active == ["done"]


def test_a_join_after_an_event_based_gateway_waits_for_the_event() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> g; g -> m -> join; g -> t -> end_2; join -> done -> end",
            parallel("split"),
            inclusive("join"),
            service("a"),
            event_based("g"),
            catch("m", message_event("go")),
            catch("t", timer("duration", "PT1H")),
            service("done"),
            shared=message("go", "=1"),
        )
    )
    play.complete("a")
    assert play.active == ["g", "join"]

    play.advance(hours=1)

    assert play.active == ["done"]


def test_a_join_behind_a_link_waits_for_the_jump() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> b -> jump; land -> join; join -> done -> end",
            parallel("split"),
            inclusive("join"),
            service("a"),
            service("b"),
            throw("jump", link_event("L")),
            catch("land", link_event("L")),
            service("done"),
        )
    )
    play.complete("a")
    assert play.active == ["b", "join"]

    play.complete("b")

    assert play.active == ["done"]


def test_a_join_in_a_loop_needs_a_full_new_set_each_turn() -> None:
    play = Play(
        diagram(
            "start -> merge -> split; split -> a -> join; split -> b -> join; join -> again; "
            "again -> merge : =n < 2; again -> end : default",
            exclusive("merge"),
            parallel("split"),
            inclusive("join"),
            service("a"),
            service("b"),
            exclusive("again"),
        ),
        n=1,
    )
    play.complete("a")
    play.complete("b")
    assert play.active == ["a", "b"]

    play.complete("a", n=2)
    assert play.active == ["b", "join"]

    play.complete("b")
    assert play.state == "COMPLETED"


def test_a_token_that_could_also_reach_a_flow_that_has_one_is_not_waited_for() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> merge -> join; split -> b -> g; g -> merge : =x; g -> join : default; "
            "join -> done -> end",
            parallel("split"),
            exclusive("merge"),
            exclusive("g"),
            inclusive("join"),
            service("a"),
            service("b"),
            service("done"),
        ),
        x=False,
    )

    play.complete("a")

    assert play.active == ["b", "done"]


def test_an_error_inside_a_branch_takes_its_other_way_to_the_join() -> None:
    play = Play(
        diagram(
            "start -> split; split -> a -> join; split -> b -> join; failed -> fix -> join; join -> done -> end",
            parallel("split"),
            inclusive("join"),
            service("a"),
            service("b"),
            service("fix"),
            boundary("failed", "b", error_event("NO")),
            service("done"),
            shared=error("NO"),
        )
    )
    play.complete("a")
    play.throw("b", "NO")
    assert play.active == ["fix", "join"]

    play.complete("fix")

    assert play.active == ["done"]


def test_a_flow_without_condition_is_a_warning() -> None:
    from bpmn_engine.parser import parse

    data = diagram("start -> g; g -> a : =x > 1; g -> b; a -> end; b -> end", inclusive("g"), user("a"), user("b"))

    assert [problem.rule for problem in parse(data).warnings] == ["missing-condition"]

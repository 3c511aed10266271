"""The complex gateway."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import complex_gateway, diagram, element, parallel, service
from tests.play import Play


def votes(condition: str = "=activationCount >= 2", after: str = "g -> done -> end") -> bytes:
    """Three voters in front of a complex gateway."""
    return diagram(
        f"start -> f; f -> a -> g; f -> b -> g; f -> c -> g; {after}",
        parallel("f"),
        complex_gateway("g", condition),
        *map(service, ("a", "b", "c", "done", "late")),
    )


def test_starts_when_its_activation_condition_holds_and_takes_the_rest_in_silence() -> None:
    play = Play(votes())
    play.complete("b")
    assert play.active == ["a", "c", "g"]

    play.complete("c")
    assert "done" in play.active

    play.complete("done")
    assert play.state == "ACTIVE"

    play.complete("a")
    assert play.completed.count("done") == 1
    assert play.state == "COMPLETED"


def test_the_condition_sees_the_tokens_of_each_flow() -> None:
    play = Play(votes("=`b-g` = 1"))

    play.complete("a")
    assert "done" not in play.active

    play.complete("b")
    assert "done" in play.active


def test_conditions_of_its_flows_see_whether_it_starts_or_is_reset() -> None:
    play = Play(
        votes(after="g -> done : =waitingForStart; g -> late : =not(waitingForStart); done -> end; late -> end")
    )
    play.complete("a")
    play.complete("b")
    play.complete("done")
    assert "late" not in play.active

    play.complete("c")

    assert play.active == ["late"]


def test_a_condition_that_does_not_ask_for_the_start_is_asked_at_the_start_only() -> None:
    play = Play(votes(after="g -> done : =total > 1; g -> late : default; done -> end; late -> end"), total=5)

    for name in ("a", "b", "done", "c"):
        play.complete(name)

    assert play.completed.count("done") == 1
    assert play.state == "COMPLETED"


def test_a_token_that_cannot_come_any_more_is_not_waited_for() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> g; f -> b -> g; f -> c -> x; x -> g : =yes; x -> end_2 : default; g -> done -> end",
            parallel("f"),
            complex_gateway("g", "=activationCount >= 2"),
            element("exclusiveGateway", "x"),
            *map(service, ("a", "b", "c", "done")),
        ),
        yes=False,
    )
    for name in ("a", "b", "c", "done"):
        play.complete(name)

    assert play.state == "COMPLETED"


def test_without_a_condition_it_joins_like_a_parallel_gateway() -> None:
    play = Play(votes(""))
    play.complete("a")
    play.complete("b")
    assert "done" not in play.active

    play.complete("c")

    assert play.active == ["done"]


def test_a_second_token_on_a_flow_counts_for_the_next_start() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> g; f -> x -> a; f -> b -> g; g -> done -> end",
            parallel("f"),
            complex_gateway("g", ""),
            *map(service, ("a", "b", "done")),
        )
    )
    play.complete("a")
    play.complete("a")
    assert "done" not in play.active

    play.complete("b")

    assert play.completed.count("g") == 1
    assert play.on_flows == ["a-g"]


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_that_can_be_retried() -> None:
    play = Play(votes("=limit"))
    play.complete("a")
    assert play.incidents == [("g", "CONDITION_ERROR")]

    play.complete("b")
    play.set(limit=True)
    play.resolve()

    assert "done" in play.active


def test_at_the_start_the_default_flow_is_taken_if_no_condition_holds() -> None:
    play = Play(votes(after="g -> done : =false; g -> late : default; done -> end; late -> end"))
    play.complete("a")
    play.complete("b")

    assert "late" in play.active

    play.complete("late")
    play.complete("c")
    assert play.state == "COMPLETED"


def test_the_condition_as_an_attribute_is_refused() -> None:
    gateway = element("complexGateway", "g", attributes='activationCondition="x"')

    with pytest.raises(InvalidModel, match="as an attribute"):
        parse(diagram("start -> g -> end", gateway))

"""The standard loop."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import boundary, diagram, service, standard_loop, sub, timer
from tests.play import Play


def looping(loop: str) -> bytes:
    """A service task in a loop."""
    return diagram("start -> a -> b -> end", service("a", inner=loop), service("b"))


def test_runs_again_while_the_condition_holds_looked_at_after_each_run() -> None:
    play = Play(looping(standard_loop("=x < 3")), x=9)
    assert play.active == ["a"]

    play.complete("a", x=1)
    assert play.active == ["a"]

    play.complete("a", x=3)
    assert play.active == ["b"]


def test_with_test_before_it_may_not_run_at_all() -> None:
    loop = standard_loop("=x < 3", 'testBefore="true"')

    assert Play(looping(loop), x=3).active == ["b"]
    assert Play(looping(loop), x=1).active == ["a"]


def test_the_maximum_bounds_it() -> None:
    play = Play(looping(standard_loop("=true", 'loopMaximum="2"')))
    play.complete("a")
    play.complete("a")

    assert play.active == ["b"]
    assert Play(looping(standard_loop(attributes='loopMaximum="0"'))).active == ["b"]


def test_a_maximum_alone_is_a_number_of_runs() -> None:
    play = Play(looping(standard_loop(attributes='loopMaximum="3"')))
    for _ in range(3):
        assert play.active == ["a"]
        play.complete("a")

    assert play.active == ["b"]


def test_the_condition_sees_the_number_of_runs() -> None:
    play = Play(looping(standard_loop("=loopCounter < 2")))
    play.complete("a")
    play.complete("a")

    assert play.active == ["b"]


def test_a_condition_that_is_no_truth_value_is_an_incident() -> None:
    play = Play(looping(standard_loop("=again")))
    play.complete("a")
    assert play.incidents == [("a", "CONDITION_ERROR")]

    play.set(again=False)
    play.resolve()

    assert play.active == ["b"]


def test_a_boundary_event_ends_the_whole_loop() -> None:
    play = Play(
        diagram(
            "start -> s -> end; late -> b -> end",
            sub("s", "start_s -> x -> end_s", standard_loop("=true"), service("x")),
            boundary("late", "s", timer("duration", "PT1H")),
            service("b"),
        )
    )
    play.complete("x")

    play.advance(hours=1)

    assert play.active == ["b"]


@pytest.mark.parametrize(
    ("loop", "complaint"),
    [(standard_loop(), "would never end"), (standard_loop(attributes='loopMaximum="many"'), "expected a whole number")],
)
def test_a_loop_without_end_is_refused(loop: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(looping(loop))

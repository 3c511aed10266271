"""The exclusive gateway."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import diagram, exclusive, service
from tests.play import Play

TWO_WAYS = diagram("start -> g; g -> a : =x > 1; g -> b : default; a -> end_a; b -> end_b", exclusive("g"))


def test_takes_the_flow_whose_condition_is_true() -> None:
    assert Play(TWO_WAYS, x=2).completed == ["start", "g", "a", "end_a"]


def test_takes_the_default_flow_if_no_condition_is_true() -> None:
    assert Play(TWO_WAYS, x=1).completed == ["start", "g", "b", "end_b"]


def test_takes_the_first_of_several_true_conditions() -> None:
    play = Play(diagram("start -> g; g -> a : =x > 1; g -> b : =x > 0; a -> end; b -> end", exclusive("g")), x=2)

    assert "b" not in play.completed


def test_no_true_condition_and_no_default_is_an_incident_that_can_be_retried() -> None:
    play = Play(diagram("start -> g; g -> a : =x > 1; g -> b : =x < 0; a -> end; b -> end", exclusive("g")), x=1)

    assert play.incidents == [("g", "CONDITION_ERROR")]

    play.set(x=5)
    play.resolve()

    assert play.completed == ["start", "g", "a", "end"]
    assert play.state == "COMPLETED"


def test_the_condition_of_the_default_flow_is_never_evaluated() -> None:
    play = Play(diagram("start -> g; g -> a : =x; g -> b : default; a -> end; b -> end", exclusive("g")), x=False)

    assert "b" in play.completed


def test_a_condition_that_is_not_a_boolean_is_an_incident() -> None:
    assert Play(TWO_WAYS, x="many").incidents == [("g", "CONDITION_ERROR")]


def test_merges_without_waiting() -> None:
    play = Play(diagram("start -> a -> g; start -> b -> g; g -> c -> end", exclusive("g"), service("c")))

    assert [token.element_id for token in play.instance.tokens.values()].count("c") == 2


def test_a_flow_without_condition_beside_others_is_refused() -> None:
    with pytest.raises(InvalidModel, match="no condition and is not the default flow"):
        parse(diagram("start -> g; g -> a : =x > 1; g -> b; a -> end; b -> end", exclusive("g")))


def test_conditions_of_the_camunda_dialect() -> None:
    data = diagram(
        "start -> g; g -> a : ${order.total >= 100 and vip}; g -> b : default; a -> end; b -> end", exclusive("g")
    )

    assert "a" in Play(data, order={"total": 100}, vip=True).completed

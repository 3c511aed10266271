"""Conditions."""

from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    diagram,
    extensions,
    mappings,
    parallel,
    service,
)
from tests.play import Play


def test_a_condition_is_looked_at_when_its_wait_begins_and_after_each_write() -> None:
    data = diagram("start -> k -> end", catch("k", condition_event("=x > 1")))
    play = Play(data, x=1)
    assert play.active == ["k"]

    play.set(x=2)

    assert play.state == "COMPLETED"
    assert Play(data, x=5).state == "COMPLETED"


def test_what_cannot_be_computed_is_not_true() -> None:
    play = Play(diagram("start -> k -> end", catch("k", condition_event("=assert(x, x != null) > 1"))))
    assert play.active == ["k"]

    play.set(x=2)

    assert play.state == "COMPLETED"


def test_an_interrupting_conditional_boundary_event_ends_its_activity() -> None:
    play = Play(
        diagram(
            "start -> a -> end; k -> b -> end",
            service("a"),
            service("b"),
            boundary("k", "a", condition_event("=x > 1")),
        )
    )

    play.set(x=2)

    assert play.active == ["b"]


def test_a_non_interrupting_one_fires_once_per_change_from_false_to_true() -> None:
    play = Play(
        diagram(
            "start -> a -> end; k -> b -> end_2",
            service("a"),
            service("b"),
            boundary("k", "a", condition_event("=x > 1"), interrupting=False),
        ),
        x=0,
    )
    for x in (2, 3, 1, 5):
        play.set(x=x)

    assert play.active == ["a", "b", "b"]


def test_a_job_that_writes_a_variable_makes_a_condition_true() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> end; f -> k -> end",
            parallel("f"),
            service("a"),
            catch("k", condition_event("=done")),
        )
    )

    play.complete("a", done=True)

    assert play.state == "COMPLETED"


def test_a_condition_sees_only_the_variables_of_its_scopes() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> end; f -> k -> end",
            parallel("f"),
            service("a", mappings({"done": "=true"})),
            catch("k", condition_event("=done")),
        )
    )

    assert play.active == ["a", "k"]


def test_a_filter_says_which_writes_count() -> None:
    attributes = 'camunda:variableName="x, y" camunda:variableEvents="update"'
    data = diagram(
        "start -> k -> end", catch("k", condition_event("=z > 1").replace("<bpmn:conditional", "<bpmn:conditional", 1))
    )
    data = data.replace(
        b"<bpmn:conditionalEventDefinition ", f"<bpmn:conditionalEventDefinition {attributes} ".encode()
    )
    play = Play(data, z=0)
    play.set(z=2)
    play.set(x=0)
    assert play.active == ["k"]

    play.set(x=1)

    assert play.state == "COMPLETED"


def test_the_filter_of_the_other_dialect() -> None:
    inner = extensions('<zeebe:conditionalFilter variableNames="x" variableEvents="create"/>')
    play = Play(diagram("start -> k -> end", catch("k", condition_event("=z > 1", inner))), z=0)
    play.set(z=2)
    assert play.active == ["k"]

    play.set(x=0)

    assert play.state == "COMPLETED"


def test_two_conditions_that_become_true_at_once_fire_one_catcher_of_an_activity() -> None:
    play = Play(
        diagram(
            "start -> a -> end; k -> b -> end; l -> c -> end",
            *map(service, "abc"),
            boundary("k", "a", condition_event("=x > 1")),
            boundary("l", "a", condition_event("=x > 0")),
        )
    )

    play.set(x=2)

    assert play.active == ["b"]

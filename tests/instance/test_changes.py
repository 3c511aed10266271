"""Changes and `apply`."""

from bpmn_engine.instance.changes import apply
from bpmn_engine.instance.state import Instance
from tests.diagrams import boundary, diagram, mappings, message, message_event, parallel, service, sub, timer, user
from tests.play import Play

BUSY = diagram(
    "start -> fork; fork -> a -> join; fork -> u -> join; fork -> s -> join; join -> end; more -> c -> end_c",
    parallel("fork"),
    parallel("join"),
    service("a", mappings({"x": "=1"})),
    user("u"),
    service("c"),
    sub("s", "start_s -> b -> end_s", service("b")),
    boundary("late", "a", timer("cycle", "R3/PT1H"), interrupting=False),
    boundary("more", "s", message_event("note"), interrupting=False),
    shared=message("note", "=id"),
)


def test_folding_the_changes_gives_the_state_that_was_reached() -> None:
    play = Play(BUSY, id="1")
    play.fail("a", retries=1)
    play.advance(hours=1)
    play.correlate("more")
    play.complete("u")
    play.complete("b", y=2)

    folded = Instance(1, 1)
    for change in play.history:
        apply(folded, change)

    assert folded == play.instance


def test_an_ended_instance_has_nothing_left() -> None:
    play = Play(BUSY, id="1")
    for element_id in ("u", "b", "a"):
        play.complete(element_id)

    assert play.state == "COMPLETED"
    assert play.instance.tokens == play.instance.waits == play.instance.joins == play.instance.variables == {}
    assert not play.instance.ready

"""The intermediate throw event."""

from tests.diagrams import (
    diagram,
    element,
)
from tests.play import Play


def test_a_none_throw_event_passes_the_token_on() -> None:
    play = Play(diagram("start -> milestone -> end", element("intermediateThrowEvent", "milestone")))

    assert play.completed == ["start", "milestone", "end"]

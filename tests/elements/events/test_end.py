"""The end event."""

from tests.diagrams import (
    boundary,
    diagram,
    element,
    error,
    error_event,
    service,
    sub,
)
from tests.play import Play


def test_an_error_end_is_caught_by_the_boundary_of_its_sub_process() -> None:
    inner = sub(
        "s", "start_s -> failed; start_s -> a -> end_s", service("a"), element("endEvent", "failed", error_event("NO"))
    )
    play = Play(
        diagram(
            "start -> s -> end; caught -> end_caught",
            inner,
            boundary("caught", "s", error_event("NO")),
            shared=error("NO"),
        )
    )

    assert set(play.terminated) == {"failed", "s"}
    assert play.completed == ["start", "start_s", "caught", "end_caught"]

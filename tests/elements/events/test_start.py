"""The start event."""

from tests.diagrams import (
    diagram,
    service,
)
from tests.play import Play


def test_a_process_with_several_none_start_events_starts_all() -> None:
    assert Play(diagram("start_1 -> a -> end; start_2 -> b -> end", service("a"), service("b"))).active == ["a", "b"]


def test_a_process_without_start_event_starts_what_has_no_incoming_flow() -> None:
    assert Play(diagram("a -> c; b -> c", service("a"), service("b"))).active == ["a", "b"]


def test_an_instance_can_start_at_given_elements() -> None:
    assert Play(diagram("start -> a -> b -> end", service("a"), service("b")), start_at=["b"]).active == ["b"]

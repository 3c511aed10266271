"""The manual task."""

from tests.diagrams import diagram, element
from tests.play import Play


def test_a_manual_task_completes_at_once() -> None:
    assert Play(diagram("start -> a -> end", element("manualTask", "a"))).completed == ["start", "a", "end"]

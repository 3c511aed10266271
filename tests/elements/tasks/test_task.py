"""The task without a type."""

from tests.diagrams import diagram, element
from tests.play import Play


def test_a_task_completes_at_once() -> None:
    assert Play(diagram("start -> a -> end", element("task", "a"))).completed == ["start", "a", "end"]

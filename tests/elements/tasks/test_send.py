"""The send task."""

from bpmn_engine.instance.state import Job
from tests.diagrams import diagram, service
from tests.play import Play


def test_a_send_task_is_a_job() -> None:
    play = Play(diagram("start -> a -> end", service("a", '<zeebe:taskDefinition type="mail"/>', tag="sendTask")))

    assert [job.type for job in play.waits(Job)] == ["mail"]

    play.complete("a")

    assert play.state == "COMPLETED"

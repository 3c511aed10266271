"""The business rule task."""

from tests.diagrams import diagram, service
from tests.play import Play


def test_a_business_rule_task_is_a_job() -> None:
    play = Play(diagram("start -> a -> end", service("a", tag="businessRuleTask")))
    assert play.active == ["a"]

    play.complete("a", approved=True)

    assert play.variables == {"approved": True}

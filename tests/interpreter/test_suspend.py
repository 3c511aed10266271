"""Suspension and resumption (SEMANTICS 34); what the runtime parks is tested in tests/runtime."""

import pytest

from bpmn_engine import Conflict
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Job
from tests.diagrams import diagram, service, user
from tests.play import Play


def test_a_suspended_instance_takes_results_in_but_no_step() -> None:
    play = Play(diagram("start -> a -> b -> end", service("a"), service("b")))
    play.do(commands.Suspend())

    play.complete("a", x=1)
    assert play.variables == {"x": 1}
    assert play.active == ["a"]

    play.do(commands.Resume())
    assert play.active == ["b"]


def test_a_job_that_fails_meanwhile_fails() -> None:
    play = Play(diagram("start -> a -> end", service("a")))
    play.do(commands.Suspend())

    play.fail("a", retries=0)

    assert play.incidents == [("a", "JOB_NO_RETRIES")]


def test_cancel_and_variable_writes_still_work() -> None:
    play = Play(diagram("start -> u -> end", user("u")))
    play.do(commands.Suspend())
    play.set(x=1)
    assert play.variables == {"x": 1}

    play.do(commands.CancelInstance())

    assert play.state == "TERMINATED"


def test_people_hear_that_it_is_suspended() -> None:
    play = Play(diagram("start -> u -> end", user("u")))
    play.do(commands.Suspend())

    with pytest.raises(Conflict, match="suspended; resume it first"):
        play.complete("u")
    with pytest.raises(Conflict, match="suspended"):
        play.do(commands.Suspend())


def test_only_a_suspended_instance_can_be_resumed() -> None:
    play = Play(diagram("start -> a -> end", service("a")))

    with pytest.raises(Conflict, match="is not suspended"):
        play.do(commands.Resume())
    assert play.waits(Job)

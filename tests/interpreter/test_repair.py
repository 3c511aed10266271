"""What a repair asks of the core: to say that a token is stuck, and to wait for an event anew."""

import pytest

from bpmn_engine.errors import Conflict
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Timer, TokenState, UserTask
from tests.diagrams import boundary, diagram, timer, user
from tests.play import Play

LATE = diagram(
    "start -> work -> end; late -> end_late", user("work"), boundary("late", "work", timer("duration", "=wait"))
)


def stuck(play: Play) -> None:
    """Report the one active activity."""
    (token,) = [token for token in play.instance.tokens.values() if token.element_id == "work"]
    play.do(commands.ReportStuck(token_key=token.key, error_type="UNKNOWN", message="it waits without a user task."))


def test_what_has_lost_its_work_begins_anew_when_its_incident_is_resolved() -> None:
    play = Play(LATE, wait="PT1H")
    (task,) = play.waits(UserTask)
    del play.instance.waits[task.key]
    del play.instance.tokens[task.token_key].waits[task.key]
    stuck(play)

    play.resolve()

    (again,) = play.waits(UserTask)
    assert again.key != task.key
    assert len(play.waits(Timer)) == 1


def test_what_has_its_work_only_loses_the_incident() -> None:
    play = Play(LATE, wait="PT1H")
    (task,) = play.waits(UserTask)
    stuck(play)

    play.resolve()

    assert play.waits(UserTask) == [task]
    assert play.instance.tokens[task.token_key].state is TokenState.ACTIVE


def test_an_event_is_waited_for_anew_once() -> None:
    play = Play(LATE, wait="PT1H")
    (old,) = play.waits(Timer)

    play.do(commands.RenewWait(token_key=old.token_key, element_id="late"))

    (new,) = play.waits(Timer)
    assert new.key != old.key


def test_an_event_that_cannot_be_computed_any_more_is_left_as_it_is() -> None:
    play = Play(LATE, wait="PT1H")
    (old,) = play.waits(Timer)
    play.do(commands.SetVariables(variables={"wait": "soon"}))

    with pytest.raises(Conflict):
        play.do(commands.RenewWait(token_key=old.token_key, element_id="late"))

    assert play.waits(Timer) == [old]

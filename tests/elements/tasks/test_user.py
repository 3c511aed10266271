"""The user task."""

from datetime import UTC, datetime, timedelta

import pytest

from bpmn_engine import Conflict, InvalidArgument, InvalidModel
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import UserTask
from bpmn_engine.parser import parse
from tests.diagrams import diagram, element, user
from tests.play import MORNING, Play

DRAWN = diagram(
    "start -> u -> end",
    user(
        "u",
        '<zeebe:assignmentDefinition assignee="=boss" candidateGroups="sales, support" candidateUsers="=[&quot;ada&quot;]"/>',
        '<zeebe:taskSchedule dueDate="=now() + duration(&quot;P2D&quot;)" followUpDate="2026-02-01T00:00:00Z"/>',
        '<zeebe:priorityDefinition priority="80"/>',
        '<zeebe:formDefinition formId="review"/>',
    ),
)


def test_evaluates_assignment_dates_priority_and_form() -> None:
    (task,) = Play(DRAWN, boss="bob").waits(UserTask)

    assert (task.assignee, task.candidate_users, task.candidate_groups) == ("bob", ("ada",), ("sales", "support"))
    assert task.due_at == MORNING + timedelta(days=2)
    assert task.follow_up_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert (task.priority, task.form_id) == (80, "review")


def test_the_camunda_dialect_says_the_same() -> None:
    attributes = 'camunda:assignee="${boss}" camunda:candidateGroups="sales,support" camunda:formKey="review" camunda:dueDate="${due}"'
    data = diagram("start -> u -> end", element("userTask", "u", attributes=attributes))

    (task,) = Play(data, boss="bob", due="2026-02-01T00:00:00Z").waits(UserTask)

    assert (task.assignee, task.candidate_groups, task.form_key) == ("bob", ("sales", "support"), "review")
    assert task.due_at == datetime(2026, 2, 1, tzinfo=UTC)


def test_completes_with_variables() -> None:
    play = Play(diagram("start -> u -> end", user("u")))

    play.complete("u", approved=True)

    assert play.state == "COMPLETED"
    assert play.variables == {"approved": True}


def test_can_be_assigned_and_unassigned() -> None:
    play = Play(diagram("start -> u -> end", user("u")))
    key = play.wait("u", UserTask).key

    play.do(commands.AssignUserTask(task_key=key, assignee="ada"))
    assert play.wait("u", UserTask).assignee == "ada"

    play.do(commands.AssignUserTask(task_key=key, assignee=None))
    assert play.wait("u", UserTask).assignee is None


def test_is_not_taken_from_somebody_without_override() -> None:
    play = Play(diagram("start -> u -> end", user("u")))
    key = play.wait("u", UserTask).key
    play.do(commands.AssignUserTask(task_key=key, assignee="ada"))

    with pytest.raises(Conflict, match="assigned to 'ada'"):
        play.do(commands.AssignUserTask(task_key=key, assignee="bob", allow_override=False))

    play.do(commands.AssignUserTask(task_key=key, assignee="ada", allow_override=False))


def test_fields_can_be_changed() -> None:
    play = Play(diagram("start -> u -> end", user("u")))
    key = play.wait("u", UserTask).key

    play.do(commands.UpdateUserTask(task_key=key, changes={"priority": 90, "candidate_groups": ("x",)}))

    task = play.wait("u", UserTask)
    assert (task.priority, task.candidate_groups) == (90, ("x",))
    with pytest.raises(InvalidArgument):
        play.do(commands.UpdateUserTask(task_key=key, changes={"priority": 101}))


def test_a_due_date_may_be_a_day() -> None:
    play = Play(
        diagram("start -> u -> end", user("u", '<zeebe:taskSchedule dueDate="=date(&quot;2026-02-01&quot;)"/>'))
    )

    assert play.wait("u", UserTask).due_at == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "part",
    [
        '<zeebe:assignmentDefinition assignee="=[1]"/>',
        '<zeebe:assignmentDefinition candidateGroups="=5"/>',
        '<zeebe:taskSchedule dueDate="=&quot;tomorrow&quot;"/>',
        '<zeebe:priorityDefinition priority="=&quot;high&quot;"/>',
        '<zeebe:priorityDefinition priority="=101"/>',
    ],
)
def test_what_cannot_be_evaluated_is_an_incident(part: str) -> None:
    assert Play(diagram("start -> u -> end", user("u", part))).incidents == [("u", "EXTRACT_VALUE_ERROR")]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ('<zeebe:taskSchedule dueDate="morgen"/>', "The due date is 'morgen'"),
        ('<zeebe:taskSchedule followUpDate="2 days"/>', "The follow-up date is '2 days'"),
        ('<zeebe:priorityDefinition priority="high"/>', "The priority is 'high'; expected a number"),
    ],
)
def test_a_field_that_can_never_be_read_is_refused_with_the_diagram(part: str, words: str) -> None:
    with pytest.raises(InvalidModel, match=words):
        parse(diagram("start -> u -> end", user("u", part)))

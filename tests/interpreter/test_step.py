"""The step: commands, the agenda and its budget."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import count

import pytest

from bpmn_engine import InvalidArgument, NotFound
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Instance
from bpmn_engine.interpreter import take_step
from bpmn_engine.parser import parse
from tests.diagrams import diagram, exclusive, service, sub, user
from tests.play import MORNING, Play

ENDLESS = diagram("start -> m -> g; g -> m : =true; g -> end : default", exclusive("m"), exclusive("g"))


def test_the_same_input_gives_the_same_changes() -> None:
    first, second = (
        Play(diagram("start -> a -> end; start -> u -> end", service("a"), user("u")), x=1) for _ in range(2)
    )

    assert first.history == second.history


def test_a_step_moves_no_more_tokens_than_its_budget_and_goes_on_in_the_next() -> None:
    process, instance, keys = parse(ENDLESS).processes[0], Instance(1, 1), count(2)

    take_step(process, instance, commands.StartInstance(at=MORNING), keys, budget=10)
    assert instance.ready
    reached = max(instance.tokens)

    take_step(process, instance, commands.Continue(at=MORNING), keys, budget=10)
    assert max(instance.tokens) > reached
    assert len(instance.tokens) == 2


def test_a_long_straight_line_does_not_recurse() -> None:
    names = " -> ".join(f"t{n}" for n in range(5000))

    assert Play(diagram(f"start -> {names} -> end")).instance.ready


def test_cancelling_ends_everything() -> None:
    play = Play(diagram("start -> a -> end; start -> u -> end", service("a"), user("u")))

    play.do(commands.CancelInstance())

    assert play.state == "TERMINATED"
    assert play.instance.tokens == {}


@pytest.mark.parametrize(
    "command",
    [
        commands.CompleteJob(job_key=99),
        commands.CompleteUserTask(task_key=99),
        commands.AssignUserTask(task_key=99, assignee="x"),
        commands.TriggerTimer(timer_key=99),
        commands.CorrelateMessage(subscription_key=99),
        commands.ResolveIncident(incident_key=99),
        commands.SetVariables(variables={}, scope_key=99),
    ],
)
def test_a_command_for_nothing_is_rejected_and_changes_nothing(command: commands.Command) -> None:
    play = Play(diagram("start -> u -> end", user("u")))
    before = list(play.history)

    with pytest.raises(NotFound):
        play.do(command)

    assert play.history == before


def test_variables_that_are_no_json_are_rejected() -> None:
    play = Play(diagram("start -> u -> end", user("u")))

    for value in (object(), float("nan"), {1: 2}):
        with pytest.raises(InvalidArgument):
            play.complete("u", x=value)
    assert play.state == "ACTIVE"


def test_variables_can_be_written_to_one_scope_only() -> None:
    play = Play(diagram("start -> u -> end", user("u")), x=1)
    key = next(token.key for token in play.instance.tokens.values() if token.element_id == "u")

    play.do(commands.SetVariables(variables={"x": 2}, scope_key=key, local=True))

    assert (play.locals("u"), play.variables) == ({"x": 2}, {"x": 1})


def test_dates_and_tuples_become_json() -> None:
    play = Play(diagram("start -> u -> end", user("u")))

    play.complete("u", at=MORNING, span=timedelta(hours=1), pair=(1, 2.5), state=Colour.RED)

    assert play.variables == {"at": "2026-01-31T09:00:00Z", "span": "PT1H", "pair": [1, Decimal("2.5")], "state": "red"}


class Colour(StrEnum):
    RED = "red"


def test_variables_that_are_nested_too_deeply_are_rejected() -> None:
    play = Play(diagram("start -> u -> end", user("u")))
    deep: list[object] = []
    for _ in range(200):
        deep = [deep]

    with pytest.raises(InvalidArgument, match="levels deep"):
        play.complete("u", x=deep)


@pytest.mark.parametrize("element_id", ["nowhere", "b", "inner"])
def test_an_instance_cannot_start_at_what_is_not_there(element_id: str) -> None:
    data = diagram("start -> a -> end; start -> s -> end", service("a"), sub("s", "start_s -> inner", service("inner")))

    with pytest.raises(InvalidArgument, match=element_id):
        Play(data, start_at=[element_id])

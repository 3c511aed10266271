"""Drive a played instance by a list of numbers: each chooses one of the things that could happen next."""

from __future__ import annotations

from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Incident, Job, JobState, Subscription, SubscriptionKind, Timer, UserTask, Wait
from tests.play import Play


def possible(play: Play, *, unruly: bool = True) -> list[commands.Command]:
    """Everything that could happen next, in the order of its keys; `unruly` adds failures, errors and writes."""
    found: list[commands.Command] = []
    for key in sorted(play.instance.waits):
        found += _commands(play.instance.waits[key], unruly=unruly)
    if unruly and not play.instance.ended:
        found += [commands.SetVariables(variables={"x": value}) for value in (0, 5)]
    return found


def _commands(wait: Wait, *, unruly: bool) -> list[commands.Command]:
    if isinstance(wait, Job):
        if wait.state is not JobState.CREATED:
            return [commands.UpdateJobRetries(job_key=wait.key, retries=1)]
        wild = (
            [commands.FailJob(job_key=wait.key, retries=0), commands.ThrowJobError(job_key=wait.key, code="E")]
            if unruly
            else []
        )
        return [commands.CompleteJob(job_key=wait.key, variables={"y": wait.key} if unruly else {}), *wild]
    if isinstance(wait, UserTask):
        return [commands.CompleteUserTask(task_key=wait.key)]
    if isinstance(wait, Timer):
        return [commands.TriggerTimer(timer_key=wait.key)]
    if isinstance(wait, Subscription):
        caught = commands.CatchSignal if wait.kind is SubscriptionKind.SIGNAL else commands.CorrelateMessage
        return [caught(subscription_key=wait.key, variables={"z": wait.key})]
    if isinstance(wait, Incident):
        return [commands.ResolveIncident(incident_key=wait.key)]
    return []


def drive(play: Play, choices: list[int], *, unruly: bool = True) -> None:
    """Let things happen until the instance has ended or the choices are used up."""
    for choice in choices:
        choices = possible(play, unruly=unruly)
        if not choices:
            return
        attempt(play, choices[choice % len(choices)])


def attempt(play: Play, command: commands.Command) -> bool:
    """Carry out a command; a rejected one must leave the instance as it was."""
    from bpmn_engine.errors import Rejected

    before = play.instance.snapshot()
    try:
        play.do(command)
    except Rejected:
        assert play.instance == before
        return False
    return True

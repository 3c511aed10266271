"""Waits of tokens: jobs, user tasks, timers, subscriptions, conditions; and incidents, which they are stuck with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bpmn_engine.instance.changes.beyond import CallCanceled
from bpmn_engine.instance.changes.change import Change, WaitClosed
from bpmn_engine.instance.changes.structure import add_wait, is_ready, remove_wait, replace_job
from bpmn_engine.instance.state import (
    Call,
    Condition,
    Incident,
    Instance,
    Job,
    JobState,
    Subscription,
    Timer,
    UserTask,
    Wait,
)


@dataclass(slots=True)
class JobCreated(Change):
    at: datetime
    job: Job

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.job)
        instance.ready.pop(self.job.token_key, None)


@dataclass(slots=True)
class JobCompleted(WaitClosed):
    pass


@dataclass(slots=True)
class JobFailed(Change):
    """`retry_at` is when a worker may have it again; without retries the job is FAILED."""

    at: datetime
    key: int
    retries: int
    message: str
    retry_at: datetime

    def happen(self, instance: Instance) -> None:
        state = JobState.CREATED if self.retries > 0 else JobState.FAILED
        replace_job(instance, self.key, retries=self.retries, state=state)


@dataclass(slots=True)
class JobErrorThrown(Change):
    """A business error for which the diagram has no catcher; the job waits for an operator."""

    at: datetime
    key: int
    code: str
    message: str

    def happen(self, instance: Instance) -> None:
        replace_job(instance, self.key, state=JobState.ERROR_THROWN)


@dataclass(slots=True)
class JobRetriesUpdated(Change):
    key: int
    retries: int

    def happen(self, instance: Instance) -> None:
        replace_job(instance, self.key, retries=self.retries)


@dataclass(slots=True)
class JobReleased(Change):
    """A job that was stuck may be activated again."""

    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        replace_job(instance, self.key, state=JobState.CREATED)


@dataclass(slots=True)
class JobCanceled(WaitClosed):
    pass


@dataclass(slots=True)
class UserTaskCreated(Change):
    at: datetime
    task: UserTask

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.task)


@dataclass(slots=True)
class UserTaskUpdated(Change):
    at: datetime
    task: UserTask

    def happen(self, instance: Instance) -> None:
        instance.waits[self.task.key] = self.task


@dataclass(slots=True)
class UserTaskCompleted(WaitClosed):
    pass


@dataclass(slots=True)
class UserTaskCanceled(WaitClosed):
    pass


@dataclass(slots=True)
class TimerScheduled(Change):
    timer: Timer

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.timer)


@dataclass(slots=True)
class TimerRescheduled(Change):
    """A repeating timer fired and waits for its next occurrence."""

    timer: Timer

    def happen(self, instance: Instance) -> None:
        instance.waits[self.timer.key] = self.timer


@dataclass(slots=True)
class TimerEnded(WaitClosed):
    """It fired for the last time, or its token does not wait for it any more."""


@dataclass(slots=True)
class SubscriptionOpened(Change):
    subscription: Subscription

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.subscription)


@dataclass(slots=True)
class SubscriptionClosed(WaitClosed):
    pass


@dataclass(slots=True)
class ConditionOpened(Change):
    condition: Condition

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.condition)


@dataclass(slots=True)
class ConditionEvaluated(Change):
    """The value of a condition has changed."""

    key: int
    holds: bool

    def happen(self, instance: Instance) -> None:
        condition = instance.waits[self.key]
        assert isinstance(condition, Condition)
        instance.waits[self.key] = replace(condition, holds=self.holds)


@dataclass(slots=True)
class ConditionClosed(WaitClosed):
    pass


@dataclass(slots=True)
class IncidentRaised(Change):
    at: datetime
    incident: Incident

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.incident)
        instance.ready.pop(self.incident.token_key, None)


@dataclass(slots=True)
class IncidentResolved(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        token = instance.tokens[instance.waits[self.key].token_key]
        remove_wait(instance, self.key)
        if is_ready(instance, token):
            instance.ready[token.key] = None


#: What happens to each kind of wait that is ended from outside, with the time and the key.
CANCELED: Mapping[type[Wait], Callable[[datetime, int], Change]] = {
    Job: JobCanceled,
    UserTask: UserTaskCanceled,
    Timer: TimerEnded,
    Subscription: SubscriptionClosed,
    Condition: ConditionClosed,
    Call: CallCanceled,
    Incident: IncidentResolved,
}

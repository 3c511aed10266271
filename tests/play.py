"""Play one process instance in memory: the core alone, with a clock in the test's hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bpmn_engine.instance import changes as c
from bpmn_engine.instance import commands as q
from bpmn_engine.instance.state import Incident, Instance, Job, Subscription, Timer, TokenState, UserTask
from bpmn_engine.interpreter import step
from bpmn_engine.parser import parse

MORNING = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


class Play:
    """A started instance. What the tests look at is what an analyst sees."""

    def __init__(
        self, data: bytes, /, *, at: datetime = MORNING, start_at: Iterable[str] = (), business_id: str | None = None,
        **variables: Any,
    ) -> None:  # fmt: skip
        self.process = parse(data).processes[0]
        self.instance = Instance(1, 1)
        self.now = at
        self.keys = count(2)
        self.history: list[c.Change] = []
        self.names: dict[int, str] = {1: self.process.id}
        self.do(q.StartInstance(variables=variables, start_at=tuple(start_at), business_id=business_id))

    def do(self, command: q.Command) -> list[c.Change]:
        """Carry out a command."""
        command.at = self.now
        happened = step(self.process, self.instance, command, self.keys)
        for change in happened:
            if isinstance(change, c.TokenCreated):
                self.names[change.key] = change.element_id
        self.history += happened
        return happened

    # what happens from outside

    def complete(self, element_id: str, **variables: Any) -> None:
        """Complete the oldest job or user task of an element."""
        wait = self.wait(element_id, Job, UserTask)
        if isinstance(wait, Job):
            self.do(q.CompleteJob(job_key=wait.key, variables=variables))
        else:
            self.do(q.CompleteUserTask(task_key=wait.key, variables=variables))

    def fail(self, element_id: str, retries: int = 0, message: str = "", **more: Any) -> None:
        """Fail the oldest job of an element."""
        self.do(q.FailJob(job_key=self.wait(element_id, Job).key, retries=retries, message=message, **more))

    def throw(self, element_id: str, code: str, **variables: Any) -> None:
        """Throw a business error from the oldest job of an element."""
        self.do(q.ThrowJobError(job_key=self.wait(element_id, Job).key, code=code, variables=variables))

    def correlate(self, element_id: str, **variables: Any) -> None:
        """Give a message to the oldest subscription of an element."""
        key = self.wait(element_id, Subscription).key
        self.do(q.CorrelateMessage(subscription_key=key, variables=variables))

    def advance(self, **span: float) -> None:
        """Let time pass; timers that fall due on the way fire, each at its moment."""
        until = self.now + timedelta(**span)
        while due := [timer for timer in self.waits(Timer) if timer.due_at <= until]:
            timer = min(due, key=lambda timer: timer.due_at)
            self.now = max(self.now, timer.due_at)
            self.do(q.TriggerTimer(timer_key=timer.key))
        self.now = until

    def resolve(self) -> None:
        """Resolve the oldest incident."""
        self.do(q.ResolveIncident(incident_key=self.waits(Incident)[0].key))

    def set(self, **variables: Any) -> None:
        """Write variables from outside."""
        self.do(q.SetVariables(variables=variables))

    # what an analyst sees

    def waits(self, *kinds: type) -> list[Any]:
        """What tokens wait for, oldest first."""
        return [wait for wait in self.instance.waits.values() if isinstance(wait, kinds)]

    def wait(self, element_id: str, *kinds: type) -> Any:
        """The oldest wait of an element."""
        return next(wait for wait in self.waits(*kinds) if wait.element_id == element_id)

    @property
    def completed(self) -> list[str]:
        """The elements that have completed, in order; the process itself is left out."""
        return self._ended(c.TokenCompleted)

    @property
    def terminated(self) -> list[str]:
        """The elements that were terminated, in order."""
        return self._ended(c.TokenTerminated)

    def _ended(self, kind: type) -> list[str]:
        return [self.names[change.key] for change in self.history if type(change) is kind and change.key != 1]

    @property
    def active(self) -> list[str]:
        """The elements that have a token, without scopes around others."""
        tokens = self.instance.tokens.values()
        return sorted(token.element_id for token in tokens if not token.children and token.key != 1)

    @property
    def on_flows(self) -> list[str | None]:
        """The flows on which tokens wait."""
        return [token.flow_id for token in self.instance.tokens.values() if token.state is TokenState.WAITING]

    @property
    def state(self) -> str:
        """The state of the instance."""
        return self.instance.state.value

    @property
    def variables(self) -> dict[str, Any]:
        """The process variables; the last ones if it has ended."""
        values: dict[str, Any] = {}
        for change in self.history:
            if isinstance(change, c.VariableSet) and change.scope_key == 1:
                values[change.name] = change.value
        return values

    def locals(self, element_id: str) -> dict[str, Any]:
        """The local variables of an element's token."""
        key = next(token.key for token in self.instance.tokens.values() if token.element_id == element_id)
        return self.instance.variables.get(key, {})

    @property
    def incidents(self) -> list[tuple[str, str]]:
        """Element and type of each open incident."""
        return [(incident.element_id, incident.error_type) for incident in self.waits(Incident)]

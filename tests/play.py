"""Play process instances in memory: the core alone, with a clock in the test's hand.

A called process is played too (`calls`), signals reach all that are played, messages that it sends are in `published`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bpmn_engine.dmn import DecisionModel, find_decision, read_decisions
from bpmn_engine.elements import Caller, Rules, Wanted, WantedDecision
from bpmn_engine.elements.catching import find_in_callers
from bpmn_engine.elements.thrown import Thrown
from bpmn_engine.errors import NotFound
from bpmn_engine.instance import changes, commands
from bpmn_engine.instance.state import (
    Incident,
    Instance,
    InstanceState,
    Job,
    Subscription,
    SubscriptionKind,
    Timer,
    TokenState,
    UserTask,
)
from bpmn_engine.interpreter import take_step
from bpmn_engine.parser import parse
from tests.transitions import States

MORNING = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


class Play:
    """A started instance. What the tests look at is what an analyst sees."""

    def __init__(
        self,
        data: bytes,
        /,
        *,
        at: datetime = MORNING,
        start_at: Iterable[str] = (),
        business_id: str | None = None,
        triggered: str | None = None,
        calls: Mapping[str, bytes] | None = None,
        decisions: bytes | None = None,
        **variables: Any,
    ) -> None:
        self.prepare(data, calls or {}, None, at)
        self.decisions = read_decisions(decisions) if decisions else None
        started = commands.StartInstance(
            variables=variables, start_at=tuple(start_at), business_id=business_id, triggered=triggered
        )
        self.do(started)

    def prepare(self, data: bytes, calls: Mapping[str, bytes], parent: Play | None, at: datetime) -> None:
        """Everything but the start."""
        self.process = parse(data).processes[0]
        self.calls, self.parent, self.now = calls, parent, at
        self.instance = Instance(1, 1)
        self.keys: Iterator[int] = count(2)
        self.history: list[changes.Change] = []
        self.states = States()
        self.names: dict[int, str] = {1: self.process.id}
        self.children: list[Play] = []
        self.published: list[changes.MessagePublished] = []
        self.decisions: DecisionModel | None = None

    def do(self, command: commands.Command, budget: int = 1000) -> list[changes.Change]:
        """Carry out a command, and what it brings about."""
        command.at = self.now
        happened = take_step(self.process, self.instance, command, self.keys, self, budget)
        for change in happened:
            if isinstance(change, changes.TokenCreated):
                self.names[change.key] = change.element_id
        self.history += happened
        self.states.follow(happened)
        for change in happened:
            if type(change) in _EFFECTS:
                _EFFECTS[type(change)](self, change)
        return happened

    # what a step looks up

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """Definitions are numbered from 1 in the order of `calls`."""
        return list(self.calls).index(wanted.process_id) + 1 if wanted.process_id in self.calls else None

    def decision(self, instance: Instance, wanted: WantedDecision) -> Rules | None:
        """A decision of the model that the play was given."""
        try:
            return (
                Rules(1, self.decisions, find_decision(self.decisions, wanted.decision_id)) if self.decisions else None
            )
        except NotFound:
            return None

    def caught_by_callers(self, instance: Instance, thrown: Thrown) -> bool | None:
        """What an event around the calls does with something thrown."""
        catch = find_in_callers(instance, thrown, self._caller)
        return None if catch is None else catch.event.node.interrupting

    def _caller(self, instance: Instance) -> Caller | None:
        """The caller of one of these instances."""
        play: Play | None = self
        while play is not None and play.instance is not instance:
            play = play.parent
        parent = play.parent if play else None
        return Caller(parent.process, parent.instance) if parent else None

    def child(self, process_id: str) -> Play:
        """The newest instance of a called process."""
        return next(child for child in reversed(self.children) if child.process.id == process_id)

    # what happens from outside

    def complete(self, element_id: str, **variables: Any) -> None:
        """Complete the oldest job or user task of an element."""
        wait = self.wait(element_id, Job, UserTask)
        if isinstance(wait, Job):
            self.do(commands.CompleteJob(job_key=wait.key, variables=variables))
        else:
            self.do(commands.CompleteUserTask(task_key=wait.key, variables=variables))

    def fail(self, element_id: str, retries: int = 0, message: str = "", **more: Any) -> None:
        """Fail the oldest job of an element."""
        self.do(commands.FailJob(job_key=self.wait(element_id, Job).key, retries=retries, message=message, **more))

    def throw(self, element_id: str, code: str, **variables: Any) -> None:
        """Throw a business error from the oldest job of an element."""
        self.do(commands.ThrowJobError(job_key=self.wait(element_id, Job).key, code=code, variables=variables))

    def correlate(self, element_id: str, **variables: Any) -> None:
        """Give a message to the oldest subscription of an element."""
        key = self.wait(element_id, Subscription).key
        self.do(commands.CorrelateMessage(subscription_key=key, variables=variables))

    def advance(self, **span: float) -> None:
        """Let time pass; timers that fall due on the way fire, each at its moment."""
        until = self.now + timedelta(**span)
        while due := [timer for timer in self.waits(Timer) if timer.due_at <= until]:
            timer = min(due, key=lambda timer: timer.due_at)
            self.now = max(self.now, timer.due_at)
            self.do(commands.TriggerTimer(timer_key=timer.key))
        self.now = until

    def resolve(self) -> None:
        """Resolve the oldest incident."""
        self.do(commands.ResolveIncident(incident_key=self.waits(Incident)[0].key))

    def set(self, **variables: Any) -> None:
        """Write variables from outside."""
        self.do(commands.SetVariables(variables=variables))

    def broadcast(self, name: str, **variables: Any) -> None:
        """Broadcast a signal to this instance."""
        for wait in self.waits(Subscription):
            if wait.kind is SubscriptionKind.SIGNAL and wait.name == name and wait.key in self.instance.waits:
                self.do(commands.CatchSignal(subscription_key=wait.key, variables=variables))

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
        return self._ended(changes.TokenCompleted)

    @property
    def terminated(self) -> list[str]:
        """The elements that were terminated, in order."""
        return self._ended(changes.TokenTerminated)

    def _ended(self, kind: type) -> list[str]:
        ended = [change.key for change in self.history if type(change) is kind]
        return [self.names[key] for key in ended if key != self.instance.key]

    @property
    def active(self) -> list[str]:
        """The elements that have a token, without scopes around others."""
        tokens = self.instance.tokens.values()
        return sorted(token.element_id for token in tokens if not token.children and token.scope_key)

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
            if isinstance(change, changes.VariableSet) and change.scope_key == self.instance.key:
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


def _call(play: Play, change: changes.ProcessCalled) -> None:
    child = Play.__new__(Play)
    data = list(play.calls.values())[change.definition_key - 1]
    child.prepare(data, play.calls, play, play.now)
    child.instance = Instance(
        change.call.key,
        change.definition_key,
        parent_key=play.instance.key,
        parent_token_key=change.call.token_key,
        root_key=play.instance.root_key,
        depth=play.instance.depth + 1,
    )
    child.names[change.call.key] = child.process.id
    child.keys = play.keys
    play.children.append(child)
    child.do(commands.StartInstance(variables=change.variables, business_id=change.business_id))


def _cancel(play: Play, change: changes.CallCanceled) -> None:
    child = next(child for child in play.children if child.instance.key == change.key)
    if not child.instance.ended:
        child.do(commands.CancelInstance(by_caller=True))


def _end(play: Play, change: changes.InstanceEnded) -> None:
    if play.parent is not None and play.instance.key in play.parent.instance.waits:
        if change.state is InstanceState.COMPLETED:
            play.parent.do(commands.CompleteCall(call_key=play.instance.key, variables=change.variables))
        else:
            play.parent.do(commands.CallTerminated(call_key=play.instance.key))


def _throw(play: Play, change: changes.ThrownToCaller) -> None:
    assert play.parent is not None
    thrown = {"definition": change.definition, "code": change.code, "message": change.message}
    play.parent.do(commands.CatchFromCall(call_key=play.instance.key, variables=change.variables, **thrown))


def _broadcast(play: Play, change: changes.SignalBroadcast) -> None:
    root = play
    while root.parent is not None:
        root = root.parent
    others = [root]
    for other in others:
        others += other.children
        if other is not play:
            other.broadcast(change.name, **change.variables)


_EFFECTS: dict[type[changes.Change], Any] = {
    changes.ProcessCalled: _call,
    changes.CallCanceled: _cancel,
    changes.InstanceEnded: _end,
    changes.ThrownToCaller: _throw,
    changes.MessagePublished: lambda play, change: play.published.append(change),
    changes.SignalBroadcast: _broadcast,
}

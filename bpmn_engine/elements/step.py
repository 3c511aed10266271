"""What an element may do while an instance runs: evaluate, emit changes, move tokens.

1. Tokens that can go on by themselves are in `instance.ready`, the agenda; `interpreter/agenda.py` works through it.
2. A token is activating (inputs are mapped, start listeners run), active (it waits), completing (outputs are mapped,
   end listeners run) and gone.
3. A scope is done when its last child has ended: see `leave`.
4. `moved`, `written` and `fresh` note what joins, ad-hoc sub-processes and conditional events must look at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bpmn_engine.elements import compensation
from bpmn_engine.elements.element import Element
from bpmn_engine.elements.executable import ExecutableProcess
from bpmn_engine.elements.world import Alone, World
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.instance import changes
from bpmn_engine.instance.state import (
    Call,
    Condition,
    Incident,
    Instance,
    Job,
    Subscription,
    Timer,
    Token,
    TokenState,
    UserTask,
    Wait,
)
from bpmn_engine.instance.variables import home, json_value, visible, with_path
from bpmn_engine.model import IoMapping, SequenceFlow
from bpmn_engine.model.problems import label


class Step:
    """One step of one instance. `changes` holds what has happened so far."""

    __slots__ = ("changes", "fresh", "instance", "keys", "moved", "now", "process", "world", "written")

    def __init__(
        self,
        process: ExecutableProcess,
        instance: Instance,
        keys: Iterator[int],
        now: datetime,
        world: World | None = None,
    ) -> None:
        self.process, self.instance, self.keys, self.now = process, instance, keys, now
        self.world = world or Alone()
        self.changes: list[changes.Change] = []
        self.moved: dict[int, None] = {}
        self.written: list[tuple[int, str, bool]] = []
        self.fresh: list[int] = []

    def emit(self, change: changes.Change) -> None:
        """Let something happen: what `apply` does, without the call, for nothing is done more often."""
        change.happen(self.instance)
        self.changes.append(change)

    def element(self, token: Token) -> Element:
        """The element that a token is in: for a run of a loop, what the loop repeats."""
        element = self.process.elements[token.element_id]
        return element if token.loop_counter is None else element.activity or element

    # expressions

    def evaluate(self, expression: Expression, key: int) -> Any:
        """The value of an expression as the token or scope with this key sees it."""
        return expression.evaluate(visible(self.instance, key), self.now).value

    def holds(self, flow: SequenceFlow, token: Token) -> bool:
        """Whether the condition of a conditional flow is true; a `Failure` if it is neither true nor false."""
        assert flow.condition is not None
        names = visible(self.instance, token.key)
        return self.truth(flow.condition, names, f"condition of {label(flow, 'sequence flow')}")

    def truth(self, condition: Expression, names: Mapping[str, Any], what: str) -> bool:
        """Whether a condition is true; a `Failure` if it is neither true nor false."""
        value, warnings = condition.evaluate(names, self.now)
        if not isinstance(value, bool):
            reason = f" ({'; '.join(warnings)})" if warnings else ""
            raise Failure(
                "CONDITION_ERROR",
                f"The {what} '{condition.text}' is neither true nor false but {value!r}{reason}. Correct the "
                "condition or the variables.",
            )
        return value

    # variables

    def write(self, key: int, variables: Mapping[str, Any]) -> None:
        """Write each variable to the nearest scope upwards that has it, else to the process."""
        for name, value in variables.items():
            self.write_local(home(self.instance, key, name), name, value)

    def write_local(self, scope_key: int, name: str, value: Any) -> None:
        """Write a variable to exactly this scope."""
        key = self.instance.variable_keys.get(scope_key, {}).get(name)
        if key is None:
            self.emit(changes.VariableSet(next(self.keys), scope_key, name, value, created=True))
        else:
            self.emit(changes.VariableSet(key, scope_key, name, value, created=False))
        if self.instance.conditions:
            self.written.append((scope_key, name, key is None))

    def write_locals(self, scope_key: int, variables: Mapping[str, Any]) -> None:
        """Write variables to exactly this scope."""
        for name, value in variables.items():
            self.write_local(scope_key, name, value)

    def receive(self, token: Token, variables: Mapping[str, Any]) -> None:
        """Take over the variables of a job, task, message or error: local if output mappings pick from them."""
        if self.element(token).outputs:
            self.write_locals(token.key, variables)
        elif variables:
            self.write(token.key, variables)

    def map_inputs(self, token: Token, mappings: tuple[IoMapping, ...]) -> None:
        """Create the token's local variables."""
        self.write_locals(token.key, self.mapped(token, mappings, {}))

    def map_outputs(self, token: Token, mappings: tuple[IoMapping, ...]) -> None:
        """Write upwards what the output mappings pick from the token's variables."""
        outside = visible(self.instance, token.scope_key)
        self.write(token.scope_key, self.mapped(token, mappings, outside))

    def mapped(self, token: Token, mappings: tuple[IoMapping, ...], existing: Mapping[str, Any]) -> dict[str, Any]:
        """The values of mappings in their order; each sees the results of those before it."""
        return map_values(mappings, visible(self.instance, token.key), existing, self.now)

    # tokens

    def enter(
        self, element: Element, scope_key: int, flow_id: str | None = None, loop_counter: int | None = None
    ) -> Token:
        """A new token in an element; the agenda will activate it."""
        key = next(self.keys)
        self.emit(
            changes.TokenCreated(self.now, key, element.id, scope_key, TokenState.ACTIVATING, flow_id, loop_counter)
        )
        return self.instance.tokens[key]

    def passed(self, element: Element, scope_key: int, flow_id: str | None = None) -> Token:
        """A new token in an event that has occurred already: it does not wait."""
        token = self.enter(element, scope_key, flow_id)
        self.skip_start(token)
        self.emit(changes.TokenActivated(token.key))
        return token

    def skip_start(self, token: Token) -> None:
        """A token that becomes active in another way than by its activation: no start listener is asked."""
        listeners = self.element(token).start_listeners
        if listeners:
            self.emit(changes.ListenerCompleted(token.key, len(listeners)))

    def wait_on(self, flow: SequenceFlow, scope_key: int) -> None:
        """A new token that waits on a flow in front of a joining gateway."""
        key = next(self.keys)
        self.emit(changes.TokenCreated(self.now, key, flow.target, scope_key, TokenState.WAITING, flow.id))

    def queue(self, element: Element, scope_key: int) -> int:
        """A new token that waits until its scope lets it begin (see `queued`); its key."""
        key = next(self.keys)
        self.emit(changes.TokenCreated(self.now, key, element.id, scope_key, TokenState.WAITING, None))
        return key

    def queued(self, scope: Token) -> list[Token]:
        """The tokens of a scope that may not begin yet, oldest first."""
        tokens = (self.instance.tokens[key] for key in scope.children or ())
        return [token for token in tokens if token.state is TokenState.WAITING and token.flow_id is None]

    def waiting(self, element: Element, scope_key: int) -> Mapping[str, Mapping[int, None]]:
        """The tokens that wait in front of a gateway, by the flow that they wait on; flows without are absent."""
        return self.instance.joins.get(scope_key, {}).get(element.id, {})

    def consume(self, element: Element, scope_key: int) -> None:
        """Take the oldest waiting token from each flow in front of a gateway."""
        for key in [next(iter(tokens)) for tokens in self.waiting(element, scope_key).values()]:
            self.emit(changes.TokenConsumed(self.now, key))

    def activated(self, token: Token, *waits: changes.Change) -> None:
        """The token waits from now on: for these, and for its boundary events and event sub-processes."""
        armed = [change for event in self.element(token).catchers for change in event.arm(self, token)]
        self.emit(changes.TokenActivated(token.key))
        self.open((*waits, *armed))

    def open(self, waits: Iterable[changes.Change]) -> None:
        """Let these waits begin; a condition may hold already."""
        for change in waits:
            self.emit(change)
            if isinstance(change, changes.ConditionOpened):
                self.fresh.append(change.condition.key)

    def complete(self, token: Token) -> None:
        """The token's work is done: it moves on at once, or by the agenda if more is to be done that may fail."""
        element = self.element(token)
        if element.immediate and not self.instance.suspended:
            element.complete(self, token)
        else:
            self.emit(changes.TokenCompleting(token.key))

    def finish(self, token: Token, variables: Mapping[str, Any]) -> None:
        """The work was done outside and gave these variables."""
        self.receive(token, variables)
        self.complete(token)

    def leave(self, token: Token, flows: Iterable[SequenceFlow]) -> None:
        """End the token, take the flows; a scope without tokens is drained."""
        self._cancel_waits(token)
        if self.element(token).compensable:
            compensation.note(self, token)
        self.emit(changes.TokenCompleted(self.now, token.key))
        for flow in flows:
            self.process.elements[flow.target].arrive(self, flow, token.scope_key)
        self.settle(token.scope_key)

    def settle(self, scope_key: int) -> None:
        """A token of a scope has gone: was it the last, or does somebody wait for that?"""
        scope = self.instance.tokens[scope_key]
        if scope.children:
            if scope_key in self.instance.joins or self.element(scope).watches:
                self.moved[scope_key] = None
        elif scope.compensates is not None:
            compensation.go_on(self, scope)
        else:
            self.element(scope).drained(self, scope)

    def terminate(self, token: Token) -> None:
        """Take a token away with everything inside it."""
        self.terminate_children(token)
        self._cancel_waits(token)
        compensation.forget(self, token.key)
        if token.compensates is not None:
            compensation.forget(self, token.compensates)
        if token.key in self.instance.loops:
            self.emit(changes.LoopEnded(token.key))
        self.element(token).terminate(self, token)
        self.emit(changes.TokenTerminated(self.now, token.key))
        self.moved[token.scope_key] = None

    def terminate_children(self, scope: Token, but: int = 0) -> None:
        """Take away all tokens inside a scope, one perhaps excepted."""
        for key in list(scope.children or ()):
            if key != but:
                self.terminate(self.instance.tokens[key])

    def _cancel_waits(self, token: Token) -> None:
        for key in list(token.waits or ()):
            self.cancel_wait(key)

    def close_handlers(self, scope: Token) -> None:
        """The event sub-processes of a scope may not begin any more."""
        starts = {event.id for event in self.element(scope).catchers if event.node.tag == "startEvent"}
        for key in list(scope.waits or ()):
            if self.instance.waits[key].element_id in starts:
                self.cancel_wait(key)

    def cancel_wait(self, key: int) -> None:
        """Nobody waits for this any more."""
        self.emit(_CANCELED[type(self.instance.waits[key])](self.now, key))

    def incident(self, token: Token, failure: Failure, job_key: int | None = None) -> None:
        """The token is stuck."""
        self.emit(
            changes.IncidentRaised(
                self.now,
                Incident(next(self.keys), token.key, token.element_id, failure.error_type, failure.message, job_key),
            )
        )


def map_values(
    mappings: tuple[IoMapping, ...], names: Mapping[str, Any], existing: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The values of mappings in their order; each sees `names` and the results of those before it."""
    results: dict[str, Any] = {}
    for mapping in mappings:
        value = json_value(mapping.source.evaluate({**names, **results}, now).value)
        first, *rest = mapping.target.split(".")
        results[first] = with_path(results.get(first, existing.get(first)), rest, value) if rest else value
    return results


#: What happens to each kind of wait when nobody waits for it any more.
_CANCELED: Mapping[type[Wait], Callable[[datetime, int], changes.Change]] = {
    Job: changes.JobCanceled,
    UserTask: changes.UserTaskCanceled,
    Timer: changes.TimerEnded,
    Subscription: changes.SubscriptionClosed,
    Condition: changes.ConditionClosed,
    Call: changes.CallCanceled,
    Incident: changes.IncidentResolved,
}

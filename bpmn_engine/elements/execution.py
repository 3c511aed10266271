"""What an element may do while an instance runs: evaluate, emit changes, move tokens.

1. Tokens that can go on by themselves are in `instance.ready`, the agenda; `interpreter/step.py` works through it.
2. A token is activating (inputs are mapped), active (it waits), completing (outputs are mapped) and gone.
3. A scope is done when its last child has ended: see `leave`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.executable import ExecutableProcess
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.instance import changes as c
from bpmn_engine.instance.changes import apply
from bpmn_engine.instance.state import (
    Incident,
    Instance,
    Job,
    Subscription,
    Timer,
    Token,
    TokenState,
    UserTask,
)
from bpmn_engine.instance.variables import home, json_value, visible, with_path
from bpmn_engine.model import IoMapping, SequenceFlow
from bpmn_engine.model.problems import label

if TYPE_CHECKING:
    from bpmn_engine.elements.events.boundary import BoundaryEvent


class ThrownError(NamedTuple):
    """A business error on its way to a catcher."""

    code: str
    message: str
    variables: Mapping[str, Any]


class Execution:
    """One step of one instance. `changes` holds what has happened so far."""

    __slots__ = ("changes", "instance", "keys", "now", "process")

    def __init__(self, process: ExecutableProcess, instance: Instance, keys: Iterator[int], now: datetime) -> None:
        self.process, self.instance, self.keys, self.now = process, instance, keys, now
        self.changes: list[c.Change] = []

    def emit(self, change: c.Change) -> None:
        """Let something happen."""
        apply(self.instance, change)
        self.changes.append(change)

    def element(self, token: Token) -> Element:
        """The element that a token is in."""
        return self.process.elements[token.element_id]

    # expressions

    def evaluate(self, expression: Expression, key: int) -> Any:
        """The value of an expression as the token or scope with this key sees it."""
        return expression.evaluate(visible(self.instance, key), self.now).value

    def holds(self, flow: SequenceFlow, token: Token) -> bool:
        """Whether the condition of a conditional flow is true; a `Failure` if it is neither true nor false."""
        assert flow.condition is not None
        value, warnings = flow.condition.evaluate(visible(self.instance, token.key), self.now)
        if not isinstance(value, bool):
            reason = f" ({'; '.join(warnings)})" if warnings else ""
            raise Failure(
                "CONDITION_ERROR",
                f"The condition '{flow.condition.text}' of {label(flow, 'sequence flow')} is neither true nor false "
                f"but {value!r}{reason}. Correct the condition or the variables.",
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
            self.emit(c.VariableSet(next(self.keys), scope_key, name, value, created=True))
        else:
            self.emit(c.VariableSet(key, scope_key, name, value, created=False))

    def receive(self, token: Token, variables: Mapping[str, Any]) -> None:
        """Take over the variables of a job, task, message or error: local if output mappings pick from them."""
        if self.element(token).outputs:
            for name, value in variables.items():
                self.write_local(token.key, name, value)
        elif variables:
            self.write(token.key, variables)

    def map_inputs(self, token: Token, mappings: tuple[IoMapping, ...]) -> None:
        """Create the token's local variables."""
        for name, value in self._mapped(token, mappings, {}).items():
            self.write_local(token.key, name, value)

    def map_outputs(self, token: Token, mappings: tuple[IoMapping, ...]) -> None:
        """Write upwards what the output mappings pick from the token's variables."""
        outside = visible(self.instance, token.scope_key)
        self.write(token.scope_key, self._mapped(token, mappings, outside))

    def _mapped(self, token: Token, mappings: tuple[IoMapping, ...], existing: Mapping[str, Any]) -> dict[str, Any]:
        """The values of mappings in their order; each sees the results of those before it."""
        names = visible(self.instance, token.key)
        results: dict[str, Any] = {}
        for mapping in mappings:
            value = json_value(mapping.source.evaluate({**names, **results}, self.now).value)
            first, *rest = mapping.target.split(".")
            results[first] = with_path(results.get(first, existing.get(first)), rest, value) if rest else value
        return results

    # tokens

    def enter(self, element: Element, scope_key: int, flow_id: str | None = None) -> Token:
        """A new token in an element; the agenda will activate it."""
        key = next(self.keys)
        self.emit(c.TokenCreated(self.now, key, element.id, scope_key, TokenState.ACTIVATING, flow_id))
        return self.instance.tokens[key]

    def wait_on(self, flow: SequenceFlow, scope_key: int) -> None:
        """A new token that waits on a flow in front of a joining gateway."""
        key = next(self.keys)
        self.emit(c.TokenCreated(self.now, key, flow.target, scope_key, TokenState.WAITING, flow.id))

    def waiting(self, element: Element, scope_key: int) -> Mapping[str, Mapping[int, None]]:
        """The tokens that wait in front of a gateway, by the flow that they wait on; flows without are absent."""
        return self.instance.joins.get((scope_key, element.id), {})

    def consume(self, key: int) -> None:
        """Take a waiting token from its flow."""
        self.emit(c.TokenConsumed(self.now, key))

    def activated(self, token: Token, *waits: c.Change) -> None:
        """The token waits from now on: for these and for its boundary events."""
        armed = [change for boundary in self.element(token).boundaries for change in boundary.arm(self, token)]
        self.emit(c.TokenActivated(token.key))
        for change in (*waits, *armed):
            self.emit(change)

    def complete(self, token: Token) -> None:
        """The token's work is done: it moves on at once, or by the agenda if outputs or conditions may fail."""
        element = self.process.elements[token.element_id]
        if element.outputs or element.conditional:
            self.emit(c.TokenCompleting(token.key))
        else:
            element.complete(self, token)

    def finish(self, token: Token, variables: Mapping[str, Any]) -> None:
        """The work was done outside and gave these variables."""
        self.receive(token, variables)
        self.complete(token)

    def leave(self, token: Token, flows: Iterable[SequenceFlow]) -> None:
        """End the token, take the flows; a scope without tokens is drained."""
        self._cancel_waits(token)
        self.emit(c.TokenCompleted(self.now, token.key))
        for flow in flows:
            self.process.elements[flow.target].arrive(self, flow, token.scope_key)
        self.settle(token.scope_key)

    def settle(self, scope_key: int) -> None:
        """Tell a scope if its last token has gone."""
        scope = self.instance.tokens.get(scope_key)
        if scope is not None and not scope.children and scope.state is TokenState.ACTIVE:
            self.element(scope).drained(self, scope)

    def terminate(self, token: Token) -> None:
        """Take a token away with everything inside it."""
        self.terminate_children(token)
        self._cancel_waits(token)
        self.element(token).terminate(self, token)
        self.emit(c.TokenTerminated(self.now, token.key))

    def terminate_children(self, scope: Token) -> None:
        """Take away all tokens inside a scope."""
        for key in list(scope.children or ()):
            self.terminate(self.instance.tokens[key])

    def _cancel_waits(self, token: Token) -> None:
        for key in list(token.waits or ()):
            self.cancel_wait(key)

    def cancel_wait(self, key: int) -> None:
        """Nobody waits for this any more."""
        self.emit(_CANCELED[type(self.instance.waits[key])](self.now, key))

    # errors

    def error(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> ThrownError:
        """A business error to throw."""
        return ThrownError(code, message, variables or {})

    def throw(self, token: Token, error: ThrownError) -> bool:
        """Take a business error to its catcher, innermost scope first; False if nobody catches it (10.5.7)."""
        at: Token | None = token
        while at is not None:
            catcher = self._catcher(self.element(at), error.code)
            if catcher is not None:
                self.terminate(at)
                handler = self.enter(catcher, at.scope_key)
                self.receive(handler, {**catcher.error_variables(error), **error.variables})
                return True
            at = self.instance.tokens.get(at.scope_key)
        return False

    def _catcher(self, element: Element, code: str) -> BoundaryEvent | None:
        """The error boundary event of an activity: an exact code beats a catch-all."""
        matching = [boundary for boundary in element.boundaries if boundary.catches(code)]
        return max(matching, key=lambda boundary: boundary.exact, default=None)

    def incident(self, token: Token, failure: Failure, job_key: int | None = None) -> None:
        """The token is stuck."""
        self.emit(
            c.IncidentRaised(
                self.now,
                Incident(next(self.keys), token.key, token.element_id, failure.error_type, failure.message, job_key),
            )
        )


_CANCELED: dict[type, Any] = {
    Job: c.JobCanceled,
    UserTask: c.UserTaskCanceled,
    Timer: lambda at, key: c.TimerEnded(key),
    Subscription: lambda at, key: c.SubscriptionClosed(key),
    Incident: c.IncidentResolved,
}

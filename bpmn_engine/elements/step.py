"""Move tokens: what an element may do while an instance runs, beside evaluating and emitting (`Ledger`).

1. Tokens that can go on by themselves are in `instance.ready`, the agenda; `interpreter/agenda.py` works through it.
2. A token is activating (inputs are mapped, start listeners run), active (it waits), completing (outputs are mapped,
   end listeners run) and gone.
3. A scope is done when its last child has ended: see `leave`.
4. What others must look at after the element is done is noted here and taken up by the agenda: joins and ad-hoc
   sub-processes (`scopes_to_recheck`), conditional events (`written_variables`, `new_conditions`) and scopes that are
   being undone (`scopes_to_undo`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.ledger import Ledger
from bpmn_engine.elements.lookup import Lookup, NoLookup
from bpmn_engine.instance import changes
from bpmn_engine.instance.state import (
    Call,
    Compensation,
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
from bpmn_engine.model import SequenceFlow

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element, ExecutableProcess


class Step(Ledger):
    """One step of one instance."""

    __slots__ = ("lookup", "new_conditions", "process", "scopes_to_recheck", "scopes_to_undo")

    def __init__(
        self,
        process: ExecutableProcess,
        instance: Instance,
        keys: Iterator[int],
        now: datetime,
        lookup: Lookup | None = None,
    ) -> None:
        super().__init__(instance, keys, now)
        self.process = process
        self.lookup: Lookup = lookup or NoLookup()
        self.scopes_to_recheck: dict[int, None] = {}
        self.scopes_to_undo: dict[int, None] = {}
        self.new_conditions: list[int] = []

    def element(self, token: Token) -> Element:
        """The element that a token is in: for an iteration of a loop, what the loop repeats."""
        element = self.process.elements[token.element_id]
        return element if token.loop_counter is None else element.activity or element

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

    def enter_triggered(self, element: Element, scope_key: int, flow_id: str | None = None) -> Token:
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

    def consume_join(self, element: Element, scope_key: int) -> None:
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
                self.new_conditions.append(change.condition.key)

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
        """End the token, take the flows; the scope may be done then."""
        self._cancel_waits(token)
        element = self.element(token)
        if element.compensable:
            self._record_compensation(token, element)
        self.emit(changes.TokenCompleted(self.now, token.key))
        for flow in flows:
            self.process.elements[flow.target].arrive(self, flow, token.scope_key)
        self.check_scope_end(token.scope_key)

    def check_scope_end(self, scope_key: int) -> None:
        """Let a scope go on if no token is left in it; else let those look again who wait for its tokens."""
        scope = self.instance.tokens[scope_key]
        if scope.children:
            if scope_key in self.instance.joins or self.element(scope).watches:
                self.scopes_to_recheck[scope_key] = None
        elif scope.compensates is not None:
            self.scopes_to_undo[scope_key] = None
        else:
            self.element(scope).children_ended(self, scope)

    def terminate(self, token: Token) -> None:
        """Take a token away with everything inside it."""
        self.terminate_children(token)
        self._cancel_waits(token)
        self.forget_compensation(token.key)
        if token.compensates is not None:
            self.forget_compensation(token.compensates)
        if token.key in self.instance.loops:
            self.emit(changes.LoopEnded(token.key))
        self.element(token).terminate(self, token)
        self.emit(changes.TokenTerminated(self.now, token.key))
        self.scopes_to_recheck[token.scope_key] = None

    def terminate_children(self, scope: Token, but: int = 0) -> None:
        """Take away all tokens inside a scope, one perhaps excepted."""
        for key in list(scope.children or ()):
            if key != but:
                self.terminate(self.instance.tokens[key])

    def _cancel_waits(self, token: Token) -> None:
        for key in list(token.waits or ()):
            self.cancel_wait(key)

    def close_event_subprocesses(self, scope: Token) -> None:
        """End the waits of a scope's event sub-processes: they may not begin any more."""
        starts = {event.id for event in self.element(scope).catchers if event.node.is_start}
        for key in list(scope.waits or ()):
            if self.instance.waits[key].element_id in starts:
                self.cancel_wait(key)

    def cancel_wait(self, key: int) -> None:
        """Nobody waits for this any more."""
        self.emit(_CANCELED[type(self.instance.waits[key])](self.now, key))

    def receive(self, token: Token, variables: Mapping[str, Any]) -> None:
        """Take over the variables of a job, task, message or error: local if output mappings pick from them."""
        if self.element(token).outputs:
            self.write_locals(token.key, variables)
        elif variables:
            self.write(token.key, variables)

    # compensation; see `compensation.py`

    def _record_compensation(self, token: Token, element: Element) -> None:
        """Record how a completed activity can be undone, if there is anything to undo."""
        nested = token.key in self.instance.compensations
        if token.compensates is not None or element.node.triggered_by_event:
            self.forget_compensation(token.key)
            return
        if not (nested or element.compensation_activity or any(inner.undoes for inner in element.content)):
            return
        keeps = nested or token.loop_counter is not None or element.content
        variables = dict(self.instance.variables.get(token.key, {})) if keeps else {}
        key = next(self.keys)
        self.emit(
            changes.CompensationNoted(
                Compensation(key, token.scope_key, token.key, token.element_id, token.loop_counter, variables)
            )
        )

    def forget_compensation(self, scope_key: int) -> None:
        """Drop what was recorded in a scope: it will never be undone."""
        for record in list(self.instance.compensations.get(scope_key, {}).values()):
            self.forget_compensation(record.token_key)
            self.emit(changes.CompensationTaken(record.key, scope_key))


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

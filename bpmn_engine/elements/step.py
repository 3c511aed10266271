"""The operations of a running element: evaluate, emit changes, move tokens.

1. Tokens that can proceed on their own are in `instance.ready`, the agenda; `interpreter/agenda.py` works through it.
2. A token is activating (inputs are mapped, start listeners run), active (it waits), completing (outputs are mapped,
   end listeners run) and gone.
3. A scope is done when its last child has ended: see `leave`.
4. What others must look at after the element is done is noted here and taken up by the agenda: joins and ad-hoc
   sub-processes (`scopes_to_recheck`), conditional events (`written_variables`, `new_conditions`) and scopes that are
   being compensated (`scopes_to_compensate`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.lookup import Lookup, NoLookup
from bpmn_engine.errors import Failure, InvalidArgument
from bpmn_engine.expressions import Expression
from bpmn_engine.instance import changes
from bpmn_engine.instance.changes.structure import has_begun
from bpmn_engine.instance.state import Compensation, Incident, Instance, InstanceState, Token, TokenState
from bpmn_engine.instance.variables import home, json_value, visible, with_path
from bpmn_engine.model import IoMapping, SequenceFlow
from bpmn_engine.model.problems import flow_label

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element, ExecutableProcess


class Step:
    """One step of one instance. `changes` holds what has happened so far."""

    __slots__ = (
        "advancing",
        "changes",
        "instance",
        "keys",
        "lookup",
        "new_conditions",
        "now",
        "process",
        "scopes_to_compensate",
        "scopes_to_recheck",
        "written_variables",
    )

    def __init__(
        self,
        process: ExecutableProcess,
        instance: Instance,
        keys: Iterator[int],
        now: datetime,
        lookup: Lookup | None = None,
    ) -> None:
        self.process, self.instance, self.keys, self.now = process, instance, keys, now
        self.lookup: Lookup = lookup or NoLookup()
        self.changes: list[changes.Change] = []
        self.scopes_to_recheck: dict[int, None] = {}
        self.scopes_to_compensate: dict[int, None] = {}
        #: Scope, name and whether it is new, of each variable that a condition may see.
        self.written_variables: list[tuple[int, str, bool]] = []
        self.new_conditions: list[int] = []
        #: The key of the token that the agenda moves just now.
        self.advancing = 0

    def emit(self, change: changes.Change) -> None:
        """Let a change happen: as `apply` does, without the call, for nothing is done more often."""
        change.happen(self.instance)
        self.changes.append(change)

    def element(self, token: Token) -> Element:
        """Return the element that a token is in: for an iteration of a loop, what the loop repeats."""
        element = self.process.elements[token.element_id]
        return element if token.loop_counter is None else element.activity or element

    # expressions

    def evaluate(self, expression: Expression, key: int) -> Any:
        """Evaluate an expression as the token or scope with this key sees it."""
        return expression.evaluate(visible(self.instance, key), self.now).value

    def holds(self, flow: SequenceFlow, token: Token) -> bool:
        """Whether the condition of a conditional flow is true; a `Failure` if it is neither true nor false."""
        assert flow.condition is not None
        names = visible(self.instance, token.key)
        value = flow.condition.evaluate(names, self.now).value
        if isinstance(value, bool):
            return value
        ends = (self.process.model.called(end) for end in (flow.source, flow.target))
        return self.truth(flow.condition, names, f"condition of {flow_label(flow, *ends)}")

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
            self.written_variables.append((scope_key, name, key is None))

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
        """Create the local variables of a token from its input mappings."""
        self.write_locals(token.key, self.mapped(token, mappings, {}))

    def map_outputs(self, token: Token, mappings: tuple[IoMapping, ...]) -> None:
        """Write upwards what the output mappings pick from the token's variables; a loop's own names stay in a run."""
        outside, loop = visible(self.instance, token.scope_key), self.element(token).loop
        if loop is None:
            self.write(token.scope_key, self.mapped(token, mappings, outside))
            return
        inside = self.instance.variables.get(token.key, {})
        own = {name: inside[name] for name in loop.run_names if name in inside}
        results = self.mapped(token, mappings, {**outside, **own})
        self.write_locals(token.key, {name: value for name, value in results.items() if name in loop.run_names})
        self.write(token.scope_key, {name: value for name, value in results.items() if name not in loop.run_names})

    def mapped(self, token: Token, mappings: tuple[IoMapping, ...], existing: Mapping[str, Any]) -> dict[str, Any]:
        """The values of mappings in their order; each sees the results of those before it."""
        names, results = visible(self.instance, token.key), dict[str, Any]()
        for mapping in mappings:
            try:
                value = json_value(mapping.source.evaluate({**names, **results}, self.now).value)
            except (Failure, InvalidArgument) as wrong:
                raise Failure("IO_MAPPING_ERROR", f"The mapping to '{mapping.target}': {wrong}") from None
            first, *rest = mapping.target.split(".")
            results[first] = with_path(results.get(first, existing.get(first)), rest, value) if rest else value
        return results

    # tokens

    def enter(
        self, element: Element, scope_key: int, flow_id: str | None = None, loop_counter: int | None = None
    ) -> Token:
        """Put a new token into an element; the agenda activates it."""
        key, state = next(self.keys), TokenState.ACTIVATING
        self.emit(changes.TokenCreated(self.now, key, element.id, scope_key, state, flow_id, loop_counter))
        return self.instance.tokens[key]

    def enter_triggered(self, element: Element, scope_key: int, flow_id: str | None = None) -> Token:
        """Put a new token into an event that has occurred already: it does not wait."""
        token = self.enter(element, scope_key, flow_id)
        self.skip_start(token)
        self.emit(changes.TokenActivated(token.key))
        return token

    def skip_start(self, token: Token) -> None:
        """Skip the start listeners of a token that becomes active in another way than by its activation."""
        listeners = self.element(token).start_listeners
        if listeners:
            self.emit(changes.ListenerCompleted(token.key, len(listeners)))

    def become_active(self, token: Token, *waits: changes.Change) -> None:
        """Let the token wait: for these, and for its boundary events and event sub-processes."""
        catchers = self.element(token).catchers
        armed = [change for event in catchers for change in event.arm(self, token)] if catchers else ()
        self.emit(changes.TokenActivated(token.key))
        self.open(waits)
        self.open(armed)

    def open(self, waits: Iterable[changes.Change]) -> None:
        """Open waits; a condition among them may hold already."""
        for change in waits:
            self.emit(change)
            if isinstance(change, changes.ConditionOpened):
                self.new_conditions.append(change.condition.key)

    def complete(self, token: Token) -> None:
        """Complete the token's work: it moves on at once, or by the agenda if more is to be done that may fail."""
        element = self.element(token)
        if element.leaves_at_once and self.instance.state is not InstanceState.SUSPENDED:
            element.complete(self, token)
        else:
            self.emit(changes.TokenCompleting(token.key))

    def complete_with(self, token: Token, variables: Mapping[str, Any]) -> None:
        """Take over the variables that the work has given, and complete."""
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
        """Continue a scope if no token is left in it; else recheck the joins that wait for its tokens."""
        scope = self.instance.tokens[scope_key]
        if scope.children:
            if scope_key in self.instance.joins or self.element(scope).watches:
                self.scopes_to_recheck[scope_key] = None
        elif scope.compensates is not None:
            self.scopes_to_compensate[scope_key] = None
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
        reached = token.key == self.advancing or has_begun(self.instance, token)
        self.emit((changes.TokenTerminated if reached else changes.TokenConsumed)(self.now, token.key))
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
        """Cancel a wait."""
        self.emit(changes.CANCELED[type(self.instance.waits[key])](self.now, key))

    def incident(self, token: Token, failure: Failure, job_key: int | None = None) -> None:
        """Stop the token until an operator resolves the incident."""
        incident = Incident(next(self.keys), token.key, token.element_id, failure.error_type, failure.message, job_key)
        self.emit(changes.IncidentRaised(self.now, incident))

    # compensation; see `compensation.py`

    def _record_compensation(self, token: Token, element: Element) -> None:
        """Record how a completed activity can be undone, if there is anything to undo."""
        nested = token.key in self.instance.compensations
        if token.compensates is not None or element.node.triggered_by_event:
            self.forget_compensation(token.key)
            return
        if not (
            nested or element.compensation_activity or any(inner.catches_compensation for inner in element.content)
        ):
            return
        keeps = nested or token.loop_counter is not None or element.content
        variables = dict(self.instance.variables.get(token.key, {})) if keeps else {}
        key, counter = next(self.keys), token.loop_counter
        record = Compensation(key, token.scope_key, token.key, token.element_id, counter, variables)
        self.emit(changes.CompensationRecorded(record))

    def forget_compensation(self, scope_key: int) -> None:
        """Drop what was recorded in a scope: it will never be undone."""
        for record in list(self.instance.compensations.get(scope_key, {}).values()):
            self.forget_compensation(record.token_key)
            self.emit(changes.CompensationRemoved(record.key, scope_key))

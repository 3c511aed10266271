"""Migrate a running instance to another process definition.

1. Every element with a token must be mapped to one of the same kind, in the scope that its own scope is mapped to; what
   must be equal is in `fitness.py`. All is checked first; a refusal has changed nothing and names all that is
   in the way.
2. What a token waits for on behalf of an event (on it, in its scope or behind its gateway) stays if that event is
   mapped, and ends if it is not; events that are new in the target begin to wait.
3. In a scope that an event sub-process has interrupted, and in one that is completing, no event sub-process begins to
   wait any more.
4. A token keeps its phase: the listeners that it has still to ask are those of the target.
5. Joins look again: they may have lost the flow that they waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bpmn_engine.elements import Catcher, Element, ExecutableProcess, Step
from bpmn_engine.errors import Conflict, InvalidArgument
from bpmn_engine.instance.changes import InstanceMigrated
from bpmn_engine.instance.commands import MigrateInstance
from bpmn_engine.instance.state import Instance, Token, TokenState
from bpmn_engine.interpreter.fitness import awaited, element_at, interrupts_its_scope, problems_of

_WAITS_OPEN = (TokenState.ACTIVE, TokenState.COMPLETING)


def migrate(step: Step, command: MigrateInstance) -> None:
    """Check, then migrate; raise `InvalidArgument` for a wrong plan, `Conflict` for an instance that does not fit."""
    target: ExecutableProcess = command.target
    mapping = {**command.mapping, step.process.id: target.id}
    for source_id, target_id in command.mapping.items():
        if source_id not in step.process.elements or target_id not in target.elements:
            raise InvalidArgument(f"The mapping '{source_id}' to '{target_id}' names an element that does not exist.")
    problems = list(dict.fromkeys(problems_of(step, target, mapping)))
    if problems:
        raise Conflict(" ".join(problems))
    new = {token.key: _new_events(step, target, token, mapping) for token in _open(step.instance)}
    listeners = dict(_listeners(step.process, target, step.instance, mapping))
    for key, wait in list(step.instance.waits.items()):
        if wait.element_id not in mapping:
            step.cancel_wait(key)
    step.emit(InstanceMigrated(step.now, command.definition_key, mapping, listeners))
    step.process = target
    for key, events in new.items():
        token = step.instance.tokens[key]
        for event in events:
            step.open(event.arm(step, token))
    step.scopes_to_recheck.update(dict.fromkeys(step.instance.joins))


def _open(instance: Instance) -> Iterator[Token]:
    """The tokens that wait for events."""
    return (token for token in instance.tokens.values() if token.state in _WAITS_OPEN and token.compensates is None)


def _new_events(step: Step, target: ExecutableProcess, token: Token, mapping: Mapping[str, str]) -> list[Catcher]:
    """The events of the target for which a token begins to wait: those to which none is mapped."""
    here = element_at(step.process, token, token.element_id)
    there = element_at(target, token, mapping[token.element_id])
    known = {mapping[event.id] for event in awaited(here) if event.id in mapping}
    ends = token.state is TokenState.COMPLETING or _is_interrupted(step, token)
    return [event for event in awaited(there) if event.id not in known and not (ends and event.node.is_start)]


def _is_interrupted(step: Step, scope: Token) -> bool:
    inside = (step.instance.tokens[key] for key in scope.children or ())
    return any(interrupts_its_scope(step.element(token)) for token in inside)


def _listeners(
    process: ExecutableProcess, target: ExecutableProcess, instance: Instance, mapping: Mapping[str, str]
) -> Iterator[tuple[int, int]]:
    """The number of listeners that each token has behind it, in terms of the target."""
    for token in instance.tokens.values():
        here: Element = element_at(process, token, token.element_id)
        there: Element = element_at(target, token, mapping[token.element_id])
        before, after = len(here.start_listeners), len(there.start_listeners)
        if token.compensates is not None or token.state is TokenState.WAITING:
            continue
        if token.state is TokenState.ACTIVATING:
            count = min(token.listeners, after)
        else:
            count = after + max(token.listeners - before, 0)
        if count != token.listeners:
            yield token.key, count

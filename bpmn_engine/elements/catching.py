"""Errors and escalations on their way to a catcher (BPMN 2.0.2, 10.5.7; semantics.md 18 to 20).

1. The search goes from the throwing token outwards: on each scope first its event sub-processes, then the boundary
   events of its activity, then the scope around it, and so on across call activities.
2. On one scope an exact code beats a catch-all.
3. What happens inside an interrupting event sub-process is not caught by another one of the same scope: it fires once.
   What happens inside a non-interrupting one is not caught by itself: a handler that throws on means the scopes around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from bpmn_engine.elements.element import AttachedEvent, Element, ExecutableProcess
from bpmn_engine.elements.thrown import Match, Thrown
from bpmn_engine.instance.changes import ThrownToCaller, TokenActivated

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Instance, Token


class Catch(NamedTuple):
    """A catching event and the token that it stands on."""

    token: Token
    event: AttachedEvent


class Caller(NamedTuple):
    """The instance whose call activity started another one."""

    process: ExecutableProcess
    instance: Instance


def throw(step: Step, token: Token, thrown: Thrown) -> bool | None:
    """Take an error or escalation to its catcher: None if nothing catches it, else whether it interrupts the thrower.

    A catcher in a calling instance acts after this step; an interrupted thrower waits until then.
    """
    catch = find(step.process, step.instance, token, thrown)
    if catch is not None:
        catch.event.caught(step, catch.token, thrown)
        return token.key not in step.instance.tokens
    interrupts = step.lookup.caught_by_callers(step.instance, thrown)
    if interrupts is not None:
        step.emit(ThrownToCaller(*thrown))
        if interrupts and token.key in step.instance.ready:
            step.emit(TokenActivated(token.key))
    return interrupts


def find_in_callers(instance: Instance, thrown: Thrown, caller_of: Callable[[Instance], Caller | None]) -> Catch | None:
    """The catcher around the call activity that started an instance, or around that of its caller, and so on."""
    while (caller := caller_of(instance)) is not None:
        at = caller.instance.tokens.get(instance.parent_token_key or 0)
        catch = find(*caller, at, thrown) if at is not None else None
        if catch is not None:
            return catch
        instance = caller.instance
    return None


def find(process: ExecutableProcess, instance: Instance, token: Token, thrown: Thrown) -> Catch | None:
    """The catcher inside one instance, None if there is none."""
    at: Token | None = token
    inside: Element | None = None
    while at is not None:
        element = process.element(at)
        if at.compensates is None:
            handler = inside if inside is not None and inside.node.triggered_by_event else None
            once = handler is not None and _interrupting(handler)
            starts = () if once else (event for event in element.catchers if event.node.is_start)
            starts = (event for event in starts if event.scope is not handler)
            boundaries = (event for event in element.catchers if event.node.is_boundary)
            event = _best(starts, thrown) or _best(boundaries, thrown)
            if event is not None:
                return Catch(at, event)
        inside, at = element, instance.tokens.get(at.scope_key)
    return None


def _interrupting(event_subprocess: Element) -> bool:
    return all(start.node.interrupting for start in event_subprocess.content if start.node.is_start)


def _best(events: Iterable[AttachedEvent], thrown: Thrown) -> AttachedEvent | None:
    matches = [(event.match(thrown), event) for event in events]
    match, event = max(matches, key=lambda pair: pair[0], default=(Match.NONE, None))
    return event if match else None

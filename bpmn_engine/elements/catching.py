"""Errors and escalations on their way to a catcher (BPMN 2.0.2, 10.5.7; SEMANTICS 18 to 20).

1. The search goes from the throwing token outwards: on each scope first its event sub-processes, then the boundary
   events of its activity, then the scope around it, and so on across call activities.
2. On one scope an exact code beats a catch-all.
3. What happens inside an interrupting event sub-process is not caught by another one of the same scope: it fires once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bpmn_engine.instance.changes import ThrownToCaller, TokenActivated

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.executable import ExecutableProcess
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Instance, Token


class Thrown(NamedTuple):
    """A business error or an escalation; `definition` is the BPMN name of its event definition."""

    definition: str
    code: str
    message: str = ""
    variables: Mapping[str, Any] = {}


class Catching(Protocol):
    """A boundary event, or the start event of an event sub-process."""

    def rank(self, thrown: Thrown) -> int:
        """0: it does not catch this; 1: it catches everything; 2: it catches exactly this code."""
        ...

    def caught(self, step: Step, token: Token, thrown: Thrown) -> None:
        """Let the event occur at `token`, the activity or scope that it stands on."""
        ...

    @property
    def interrupting(self) -> bool:
        """Whether it ends the activity or scope that it stands on."""
        ...


class Catch(NamedTuple):
    """A catcher and the token that it stands on."""

    token: Token
    event: Catching


def throw(step: Step, token: Token, thrown: Thrown) -> bool | None:
    """Take an error or escalation to its catcher: None if nobody catches it, else whether it interrupts the thrower."""
    catch = find(step.process, step.instance, token, thrown)
    if catch is not None:
        catch.event.caught(step, catch.token, thrown)
        return token.key not in step.instance.tokens
    return _throw_to_caller(step, token, thrown)


def _throw_to_caller(step: Step, token: Token, thrown: Thrown) -> bool | None:
    """If somebody around the call catches it, the caller is told after this step; an interrupted thrower waits."""
    instance = step.instance
    while (caller := step.world.caller(instance)) is not None:
        at = caller.instance.tokens.get(instance.parent_token_key or 0)
        catch = find(*caller, at, thrown) if at is not None else None
        if catch is not None:
            step.emit(ThrownToCaller(*thrown))
            if catch.event.interrupting and token.key in step.instance.ready:
                step.emit(TokenActivated(token.key))
            return catch.event.interrupting
        instance = caller.instance
    return None


def find(process: ExecutableProcess, instance: Instance, token: Token, thrown: Thrown) -> Catch | None:
    """The catcher inside one instance, None if there is none."""
    at: Token | None = token
    inside: Element | None = None
    while at is not None:
        element = process.element(at)
        if at.compensates is None:
            starts, boundaries = _catchers(element)
            once = inside is not None and inside.node.by_event and _interrupting(inside)
            event = (None if once else _best(starts, thrown)) or _best(boundaries, thrown)
            if event is not None:
                return Catch(at, event)
        inside, at = element, instance.tokens.get(at.scope_key)
    return None


def _interrupting(handler: Element) -> bool:
    return all(start.node.interrupting for start in handler.content if start.node.tag == "startEvent")


def _catchers(element: Element) -> tuple[list[Any], list[Any]]:
    starts = [event for event in element.catchers if event.node.tag == "startEvent"]
    return starts, [event for event in element.catchers if event.node.tag == "boundaryEvent"]


def _best(events: Iterable[Any], thrown: Thrown) -> Catching | None:
    ranked = [(event.rank(thrown), event) for event in events]
    rank, event = max(ranked, key=lambda pair: pair[0], default=(0, None))
    return event if rank else None

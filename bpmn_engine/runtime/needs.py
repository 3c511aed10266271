"""Derives from a compiled diagram which rows an active token must have.

1. An element that gives work away has the row of that work: a job, a user task, a call.
2. A scope has a token inside it. An ad-hoc sub-process may be empty until an operator activates an element.
3. An event has what its definitions wait for as long as its host is active: a boundary event on its activity, the start
   of an event sub-process on the scope around it, an event behind a gateway on the gateway.
4. A timer that interrupts nothing may have fired for the last time, and of a parallel multiple event parts may have
   come: those need nothing.
5. Once an interrupting event sub-process has begun, its scope waits for no other one.
6. Any other element passes its token on at once, so an active token there has children (handlers of a compensation), or
   is stuck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bpmn_engine.elements import Catcher, Element, Loop
from bpmn_engine.elements.event_definitions import Definition
from bpmn_engine.elements.loops.multi_instance import MultiInstance
from bpmn_engine.instance.state import Kind
from bpmn_engine.store.checks.missing import Need


def needs_of(element: Element) -> Iterator[Need]:
    """Everything that an active token in this element must have."""
    yield from _own(element)
    yield from _caught(element)


def _own(element: Element) -> Iterator[Need]:
    if isinstance(element, Loop):
        yield Need(Kind.ELEMENT_INSTANCE)
        if isinstance(element, MultiInstance):
            yield Need(Kind.LOOP)
    elif events := element.awaited_events():
        for event in events:
            yield from _awaited(event)
    elif not element.idles:
        yield Need(element.own_wait() or Kind.ELEMENT_INSTANCE)


def _awaited(event: Catcher) -> Iterator[Need]:
    """The rows of an event that a token itself waits for; of a parallel multiple event parts may have come."""
    if not event.definitions:
        yield Need(Kind.SUBSCRIPTION, event.id)
    elif not event.node.parallel_multiple:
        yield from _counted(event)


def _counted(event: Catcher, unless: tuple[str, ...] = ()) -> Iterator[Need]:
    """A row for each definition of an event; a timer that interrupts nothing may have fired for the last time."""
    kinds = (definition.catch_wait for definition in event.definitions if isinstance(definition, Definition))
    for kind, count in Counter(kinds).items():
        if kind is not None and (kind is not Kind.TIMER or event.node.interrupting):
            yield Need(kind, event.id, count, unless)


def _caught(element: Element) -> Iterator[Need]:
    """The rows of an element's boundary events and event sub-processes."""
    begun = tuple(
        event.scope.id
        for event in element.catchers
        if event.node.is_start and event.node.interrupting and event.scope is not None
    )
    for event in element.catchers:
        if not event.node.parallel_multiple:
            yield from _counted(event, begun if event.node.is_start else ())

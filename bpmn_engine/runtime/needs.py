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
from typing import Any

from bpmn_engine.elements import Element
from bpmn_engine.elements.event_definitions import Definition
from bpmn_engine.elements.events.triggers import is_parallel
from bpmn_engine.elements.loops.multi_instance import MultiInstance
from bpmn_engine.elements.tasks.work import Work
from bpmn_engine.store.checks.missing import Need

#: The row that a definition's wait has.
_KINDS = {
    "messageEventDefinition": "subscription",
    "signalEventDefinition": "subscription",
    "conditionalEventDefinition": "condition",
    "timerEventDefinition": "timer",
}
_WORK = {"userTask": Need("user task"), "callActivity": Need("call")}
#: Elements whose active token may have nothing at all.
_FREE = ("adHocSubProcess", "complexGateway")


def needs_of(element: Element) -> Iterator[Need]:
    """Everything that an active token in this element must have."""
    yield from _own(element)
    yield from _caught(element)


def _own(element: Element) -> Iterator[Need]:
    tag = element.node.tag
    if element.activity is not None:
        yield Need("token")
        if isinstance(element, MultiInstance):
            yield Need("loop")
    elif tag in _FREE:
        return
    elif tag in _WORK:
        yield _WORK[tag]
    elif events := _awaited(element):
        for event in events:
            yield from _event(event)
    else:
        yield Need("job") if _gives_job(element) else Need("token")


def _awaited(element: Element) -> tuple[Element, ...]:
    """The events for which the element itself waits."""
    tag = element.node.tag
    if tag == "eventBasedGateway":
        events: tuple[Element, ...] = getattr(element, "events", ())
        return events
    is_link = any(drawn.tag == "linkEventDefinition" for drawn in element.node.event_definitions)
    return (element,) if tag == "receiveTask" or (tag == "intermediateCatchEvent" and not is_link) else ()


def _event(event: Element) -> Iterator[Need]:
    """The rows of an event for which its element itself waits."""
    if event.node.tag == "receiveTask":
        yield Need("subscription", event.id)
    elif is_parallel(event):
        return
    else:
        yield from _counted(event, event.definitions)


def _counted(event: Element, definitions: tuple[Definition, ...], unless: tuple[str, ...] = ()) -> Iterator[Need]:
    counts = Counter(_KINDS[found.tag] for found in definitions if found.tag in _KINDS)
    for kind, count in counts.items():
        yield Need(kind, event.id, count, unless)


def _caught(element: Element) -> Iterator[Need]:
    """The rows of an element's boundary events and event sub-processes."""
    begun = tuple(
        event.scope.id
        for event in element.catchers
        if event.node.tag == "startEvent" and event.node.interrupting and event.scope is not None
    )
    for event in element.catchers:
        if is_parallel(event):
            continue
        stay = tuple(
            found for found in event.definitions if event.node.interrupting or found.tag != "timerEventDefinition"
        )
        yield from _counted(event, stay, begun if event.node.tag == "startEvent" else ())


def _gives_job(element: Element) -> bool:
    """Whether the element creates a job."""
    if getattr(element, "decision", None) is not None:
        return False
    works = [getattr(element, "work", None), *map(_sent, (element, *element.definitions))]
    return any(isinstance(work, Work) and work.script is None for work in works)


def _sent(sender: Any) -> Any:
    return getattr(getattr(sender, "sending", None), "work", None)

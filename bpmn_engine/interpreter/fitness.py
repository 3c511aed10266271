"""The fitness of an instance for a migration: what must be equal in kind on both sides.

1. An element with a token: its type, the definitions of its event, its loop, and that it stands in the scope to which
   its own scope is mapped. An event sub-process keeps whether it interrupts.
2. An event that waits beside its element (on it, in its scope, behind its gateway): its definitions, whether it
   interrupts, and that it stands where its host is mapped to. Two events of one host are not mapped to one: what waits
   for either of them would take the same path.
3. A token in front of a join: its flow leads to the target of the join. One that waits for its turn in an ad-hoc
   sub-process: the target can be chosen there.
4. An activity that has completed and can be undone: the same type, and something that undoes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bpmn_engine.elements import Catcher, Element, ExecutableProcess, Step
from bpmn_engine.elements.subprocesses.ad_hoc import AdHocSubProcess
from bpmn_engine.instance.state import Compensation, Token, TokenState


def problems_of(step: Step, target: ExecutableProcess, mapping: Mapping[str, str]) -> Iterator[str]:
    """All that keeps an instance from being migrated, as sentences."""
    for token in step.instance.tokens.values():
        yield from _misfits(step.process, target, token, mapping)
        if token.element_id in mapping:
            yield from _event_misfits(step.process, target, token, mapping)
            yield from _unfit_choice(step, target, token, mapping)
    for records in step.instance.compensations.values():
        for record in records.values():
            yield from _undo_misfits(step.process, target, record, mapping)


def element_at(process: ExecutableProcess, token: Token, element_id: str) -> Element:
    """The element with this id as a token is in it: for an iteration of a loop, what the loop repeats."""
    element = process.elements[element_id]
    return element if token.loop_counter is None else element.activity or element


def awaited(element: Element) -> Sequence[Catcher]:
    """The events for which a token in an element waits beside what the element itself is."""
    behind = [event for event in element.awaited_events() if event.id != element.id]
    return [*element.catchers, *behind]


def interrupts_its_scope(element: Element) -> bool:
    """Whether it is an event sub-process that ends everything else in its scope."""
    starts = [inner.node for inner in element.content if inner.node.is_start]
    return element.node.triggered_by_event and all(start.interrupting for start in starts)


def _misfits(
    process: ExecutableProcess, target: ExecutableProcess, token: Token, mapping: Mapping[str, str]
) -> Iterator[str]:
    source = process.elements[token.element_id]
    if token.element_id not in mapping:
        yield f"The active element '{token.element_id}' is not mapped."
        return
    new = target.elements[mapping[token.element_id]]
    if _kind(new) != _kind(source):
        yield f"'{source.id}' is {_words(source)}, '{new.id}' is {_words(new)}."
    elif source.scope is not None and (new.scope is None or new.scope.id != mapping.get(source.scope.id)):
        yield f"'{new.id}' stands in another scope than '{source.id}' does."
    elif token.state is TokenState.WAITING and token.flow_id not in {None, *(flow.id for flow in new.node.incoming)}:
        yield f"A token waits on the flow '{token.flow_id}', which does not lead to '{new.id}'."


def _kind(element: Element) -> tuple[object, ...]:
    """The type of an element, what its event waits for or does, and how it is repeated: the same in the target."""
    node, loop = element.node, element.node.loop
    repeated = (loop.tag, loop.attributes.get("isSequential")) if loop else None
    events = [drawn.tag for drawn in node.event_definitions]
    return element.tag, node.triggered_by_event, events, repeated, interrupts_its_scope(element)


def _words(element: Element) -> str:
    node, noun = element.node, element.noun.lower()
    if node.triggered_by_event or node.is_boundary or (node.is_start and node.event_definitions):
        interrupts = interrupts_its_scope(element) if node.triggered_by_event else node.interrupting
        noun = f"{'' if interrupts else 'non-'}interrupting {noun}"
    events = " and ".join(drawn.tag for drawn in node.event_definitions)
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}{f' with {events}' if events else ''}"


def _event_misfits(
    process: ExecutableProcess, target: ExecutableProcess, token: Token, mapping: Mapping[str, str]
) -> Iterator[str]:
    host = element_at(target, token, mapping[token.element_id])
    there = {event.id for event in awaited(host)}
    taken: dict[str, str] = {}
    for event in awaited(element_at(process, token, token.element_id)):
        if event.id not in mapping:
            continue
        new = target.elements[mapping[event.id]]
        if new.id in taken:
            yield f"'{taken[new.id]}' and '{event.id}' are both mapped to '{new.id}'; leave one of them out."
        taken[new.id] = event.id
        if new.id not in there:
            yield f"'{new.id}' does not stand on '{host.id}'."
        elif _event_kind(new) != _event_kind(event):
            yield f"'{event.id}' is {_words(event)}, '{new.id}' is {_words(new)}."
        elif event.node.is_start and mapping.get(event.node.container, new.node.container) != new.node.container:
            yield f"'{new.id}' does not start the event sub-process that '{event.node.container}' is mapped to."


def _event_kind(event: Element) -> tuple[object, ...]:
    return _kind(event), event.node.interrupting, event.node.parallel_multiple


def _unfit_choice(step: Step, target: ExecutableProcess, token: Token, mapping: Mapping[str, str]) -> Iterator[str]:
    """A token of an ad-hoc sub-process that waits for its turn."""
    scope = step.instance.tokens.get(token.scope_key)
    if scope is None or token.state is not TokenState.WAITING or token.flow_id is not None:
        return
    there = target.elements.get(mapping.get(scope.element_id, ""))
    there = there and element_at(target, scope, there.id)
    if isinstance(there, AdHocSubProcess) and mapping[token.element_id] not in there.choices:
        yield f"'{token.element_id}' waits for its turn, but '{mapping[token.element_id]}' cannot be chosen there."


def _undo_misfits(
    process: ExecutableProcess, target: ExecutableProcess, record: Compensation, mapping: Mapping[str, str]
) -> Iterator[str]:
    source = process.elements[record.element_id]
    new = target.elements.get(mapping.get(source.id, ""))
    if new is None:
        yield f"'{source.id}' has completed and can be compensated, but is not mapped."
    elif _kind(new) != _kind(source):
        yield f"'{source.id}' is {_words(source)}, '{new.id}' is {_words(new)}."
    elif _can_be_undone(source) and not _can_be_undone(new):
        yield f"'{source.id}' has completed and can be compensated, but nothing undoes '{new.id}'."


def _can_be_undone(element: Element) -> bool:
    return element.compensable or (element.activity is not None and element.activity.compensable)

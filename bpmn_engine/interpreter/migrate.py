"""Migrate a running instance to another process definition.

1. Every element with a token must be mapped to one of the same kind, in the scope that its own scope is mapped to.
2. What a token waits for on behalf of a boundary event or event sub-process stays if that event is mapped, and ends if
   it is not; events that are new in the target begin to wait.
3. Everything is checked first; a refusal has changed nothing and names every element that is in the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bpmn_engine.elements import Element, ExecutableProcess, Step
from bpmn_engine.errors import Conflict, InvalidArgument
from bpmn_engine.instance.changes import Change, InstanceMigrated
from bpmn_engine.instance.commands import MigrateInstance
from bpmn_engine.instance.state import Token, TokenState


def migrate(step: Step, command: MigrateInstance) -> None:
    """Check, then migrate; raise `InvalidArgument` for a wrong plan, `Conflict` for an instance that does not fit."""
    target: ExecutableProcess = command.target
    mapping = {**command.mapping, step.process.id: target.id}
    for source_id, target_id in command.mapping.items():
        if source_id not in step.process.elements or target_id not in target.elements:
            raise InvalidArgument(f"The mapping '{source_id}' to '{target_id}' names an element that does not exist.")
    problems = list(dict.fromkeys(_problems(step, target, mapping)))
    if problems:
        raise Conflict(" ".join(problems))
    ended = [key for token in step.instance.tokens.values() for key in _unmapped_waits(step, token, mapping)]
    for key in ended:
        step.cancel_wait(key)
    step.emit(InstanceMigrated(step.now, command.definition_key, mapping))
    step.process = target
    for token in list(step.instance.tokens.values()):
        if token.state in (TokenState.ACTIVE, TokenState.COMPLETING) and token.compensates is None:
            step.open(_new_waits(step, token, set(mapping.values())))


def _problems(step: Step, target: ExecutableProcess, mapping: Mapping[str, str]) -> Iterator[str]:
    for token in step.instance.tokens.values():
        yield from _misfits(step.process, target, token, mapping)
        for key in token.waits or ():
            wait = step.instance.waits[key]
            if wait.element_id != token.element_id and wait.element_id in mapping:
                host = target.elements[mapping[token.element_id]] if token.element_id in mapping else None
                if host is not None and not _waits_for(host, mapping[wait.element_id]):
                    yield f"'{mapping[wait.element_id]}' does not stand on '{host.id}'."
    for records in step.instance.compensations.values():
        for record in records.values():
            if mapping.get(record.element_id) not in target.elements:
                yield f"'{record.element_id}' has completed and can be compensated, but is not mapped."


def _misfits(
    process: ExecutableProcess, target: ExecutableProcess, token: Token, mapping: Mapping[str, str]
) -> Iterator[str]:
    source = process.elements[token.element_id]
    if token.element_id not in mapping:
        yield f"The active element '{token.element_id}' is not mapped."
        return
    new = target.elements[mapping[token.element_id]]
    if _kind(new) != _kind(source):
        yield f"'{source.id}' is a {_words(source)}, '{new.id}' is a {_words(new)}."
    elif source.scope is not None and (new.scope is None or new.scope.id != mapping.get(source.scope.id)):
        yield f"'{new.id}' stands in another scope than '{source.id}' does."
    elif token.state is TokenState.WAITING and token.flow_id not in {None, *(flow.id for flow in new.node.incoming)}:
        yield f"A token waits on the flow '{token.flow_id}', which does not lead to '{new.id}'."


def _kind(element: Element) -> tuple[object, ...]:
    """The type of an element, what its event waits for or does, and how it is repeated: the same in the target."""
    node, loop = element.node, element.node.loop
    repeated = (loop.tag, loop.attributes.get("isSequential")) if loop else None
    return element.tag, node.triggered_by_event, [drawn.tag for drawn in node.event_definitions], repeated


def _words(element: Element) -> str:
    events = " and ".join(drawn.tag for drawn in element.node.event_definitions)
    return f"{element.noun.lower()} with {events}" if events else element.noun.lower()


def _waits_for(host: Element, element_id: str) -> bool:
    catchers = host.activity.catchers if host.activity is not None else ()
    behind = {flow.target for flow in host.outgoing}
    return element_id in behind or any(event.id == element_id for event in (*host.catchers, *catchers))


def _unmapped_waits(step: Step, token: Token, mapping: Mapping[str, str]) -> list[int]:
    return [key for key in token.waits or () if step.instance.waits[key].element_id not in mapping]


def _new_waits(step: Step, token: Token, known: set[str]) -> list[Change]:
    return [
        change for event in step.element(token).catchers if event.id not in known for change in event.arm(step, token)
    ]

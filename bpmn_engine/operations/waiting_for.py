"""Sentences for people about what the tokens of an instance wait for."""

from __future__ import annotations

from collections.abc import Iterator, Set
from difflib import get_close_matches
from typing import NamedTuple

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.elements.event_definitions.conditional import ConditionalDefinition
from bpmn_engine.instance.state import (
    Call,
    Condition,
    Incident,
    Instance,
    Job,
    Subscription,
    SubscriptionKind,
    Timer,
    Token,
    TokenState,
    UserTask,
    Wait,
)


class WaitingFor(NamedTuple):
    """One thing that a token waits for.

    `element_id` and `element_name` are those of the element or event that waits; `element_instance_key` is the token's.
    `sentence` begins in lower case, as in "waits for message 'paid' with key 'A1'".
    """

    element_id: str
    element_name: str
    element_instance_key: int
    sentence: str


def waiting_for(process: ExecutableProcess, instance: Instance, types: Set[str]) -> list[WaitingFor]:
    """Return what the tokens of a live instance wait for, oldest first; `types` have a handler here."""
    found = []
    for token in instance.tokens.values():
        for element_id, sentence in _of_token(process, instance, token, types):
            name = process.elements[element_id].node.name
            found.append(WaitingFor(element_id, name, token.key, sentence))
    return found


def _of_token(
    process: ExecutableProcess, instance: Instance, token: Token, types: Set[str]
) -> Iterator[tuple[str, str]]:
    if token.state is TokenState.WAITING:
        yield token.element_id, "waits for the tokens that can still arrive on the other flows"
    for key in token.waits or ():
        wait = instance.waits[key]
        yield wait.element_id, _sentence(process, wait, types)


def _sentence(process: ExecutableProcess, wait: Wait, types: Set[str]) -> str:
    match wait:
        case Job():
            return f"waits for a worker of job type '{wait.type}'{_worker_hint(wait.type, types)}"
        case UserTask():
            return f"waits for {_people(wait)} to complete the task"
        case Timer():
            again = ", again and again" if wait.schedule else ""
            return f"waits until {wait.due_at.isoformat(timespec='seconds')}{again}"
        case Subscription():
            if wait.kind is SubscriptionKind.SIGNAL:
                return f"waits for signal '{wait.name}'"
            return f"waits for message '{wait.name}' with key '{wait.correlation_key}'"
        case Condition():
            definition = process.catcher(wait.element_id).definitions[wait.index]
            assert isinstance(definition, ConditionalDefinition)
            return f"waits until {definition.condition.text} is true"
        case Call():
            return f"waits for the called instance {wait.key}"
        case Incident():
            return f"is stuck: {wait.message}"


def _worker_hint(job_type: str, types: Set[str]) -> str:
    if not types or job_type in types:
        return ""
    near = get_close_matches(job_type, sorted(types), 1)
    return f"; there is no handler for it here{f', but one for {near[0]!r}' if near else ''}"


def _people(task: UserTask) -> str:
    if task.assignee is not None:
        return f"'{task.assignee}'"
    groups = [f"group '{group}'" for group in task.candidate_groups]
    candidates = [f"'{user}'" for user in task.candidate_users]
    return " or ".join([*candidates, *groups]) or "anybody"

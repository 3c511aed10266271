"""The structure of the state. The changes use it, and the store to rebuild an instance from its rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bpmn_engine.instance.state import (
    Compensation,
    Condition,
    Incident,
    Instance,
    Job,
    JobKind,
    Token,
    TokenState,
    Wait,
)


def add_token(instance: Instance, token: Token) -> None:
    """Put a token into its scope and, if it waits on a flow, in front of its join."""
    instance.tokens[token.key] = token
    scope = instance.tokens.get(token.scope_key)
    if scope is not None:
        if scope.children is None:
            scope.children = {}
        scope.children[token.key] = None
    if token.state is TokenState.WAITING and token.flow_id is not None:
        join = instance.joins.setdefault(token.scope_key, {}).setdefault(token.element_id, {})
        join.setdefault(token.flow_id, {})[token.key] = None


def add_wait(instance: Instance, wait: Wait) -> None:
    """Let a token wait for something."""
    instance.waits[wait.key] = wait
    token = instance.tokens[wait.token_key]
    if token.waits is None:
        token.waits = {}
    token.waits[wait.key] = None
    if isinstance(wait, Condition):
        instance.conditions[wait.key] = None


def add_compensation(instance: Instance, compensation: Compensation) -> None:
    """Remember how to undo a completed activity."""
    instance.compensations.setdefault(compensation.scope_key, {})[compensation.key] = compensation


def is_ready(instance: Instance, token: Token) -> bool:
    """Whether a token can proceed on its own: neither stuck nor waiting for a listener."""
    if token.state not in (TokenState.ACTIVATING, TokenState.COMPLETING):
        return False
    waits = (instance.waits[key] for key in token.waits or ())
    return not any(isinstance(wait, Incident) or _listening(wait) for wait in waits)


def has_begun(instance: Instance, token: Token) -> bool:
    """Whether anything was done for a token; else it has not reached its element and leaves no trace there."""
    if token.state is TokenState.ACTIVATING:
        return bool(token.listeners) or token.key not in instance.ready
    return token.state is not TokenState.WAITING


def _listening(wait: Wait) -> bool:
    return isinstance(wait, Job) and wait.kind is JobKind.EXECUTION_LISTENER


def remove_token(instance: Instance, key: int) -> None:
    """Take a token out of its scope, with its variables."""
    token = instance.tokens.pop(key)
    instance.ready.pop(key, None)
    instance.variables.pop(key, None)
    instance.variable_keys.pop(key, None)
    scope = instance.tokens.get(token.scope_key)
    if scope is not None and scope.children is not None:
        del scope.children[key]
        scope.children = scope.children or None
    if token.state is TokenState.WAITING and token.flow_id is not None:
        _leave_join(instance, token, token.flow_id)


def _leave_join(instance: Instance, token: Token, flow_id: str) -> None:
    joins = instance.joins[token.scope_key]
    join = joins[token.element_id]
    del join[flow_id][token.key]
    if not join[flow_id]:
        del join[flow_id]
    if not join:
        del joins[token.element_id]
    if not joins:
        del instance.joins[token.scope_key]


def remove_wait(instance: Instance, key: int) -> None:
    """Take a wait away from its token."""
    token = instance.tokens[instance.waits.pop(key).token_key]
    instance.conditions.pop(key, None)
    assert token.waits is not None
    del token.waits[key]
    token.waits = token.waits or None


def replace_job(instance: Instance, key: int, **fields: Any) -> None:
    """Set fields of a job."""
    job = instance.waits[key]
    assert isinstance(job, Job)
    instance.waits[key] = replace(job, **fields)

"""The instance, its tokens and its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bpmn_engine.instance.changes.change import Change
from bpmn_engine.instance.changes.structure import add_token, remove_token
from bpmn_engine.instance.state import Instance, InstanceState, Token, TokenState


@dataclass(slots=True)
class InstanceStarted(Change):
    at: datetime
    business_id: str | None
    tags: tuple[str, ...]
    start_key: str | None

    def happen(self, instance: Instance) -> None:
        instance.business_id, instance.tags, instance.start_key = self.business_id, self.tags, self.start_key


@dataclass(slots=True)
class InstanceEnded(Change):
    """`variables` are the last ones of the process, for whoever called it."""

    at: datetime
    state: InstanceState
    variables: Mapping[str, Any] = field(default_factory=dict)

    def happen(self, instance: Instance) -> None:
        instance.state = self.state


@dataclass(slots=True)
class InstanceSuspended(Change):
    at: datetime

    def happen(self, instance: Instance) -> None:
        instance.state = InstanceState.SUSPENDED


@dataclass(slots=True)
class InstanceResumed(Change):
    at: datetime

    def happen(self, instance: Instance) -> None:
        instance.state = InstanceState.ACTIVE


@dataclass(slots=True)
class InstanceMigrated(Change):
    """The instance continues with another definition; `elements` maps the ids of what is active.

    `listeners` are the counts of the tokens for which it differs in the target.
    """

    at: datetime
    definition_key: int
    elements: Mapping[str, str]
    listeners: Mapping[int, int] = field(default_factory=dict)

    def happen(self, instance: Instance) -> None:
        instance.definition_key = self.definition_key
        for key, count in self.listeners.items():
            instance.tokens[key].listeners = count
        for token in instance.tokens.values():
            token.element_id = self.elements.get(token.element_id, token.element_id)
        for key, wait in instance.waits.items():
            instance.waits[key] = replace(wait, element_id=self.elements.get(wait.element_id, wait.element_id))
        for records in instance.compensations.values():
            for key, record in records.items():
                records[key] = replace(record, element_id=self.elements.get(record.element_id, record.element_id))
        for scope_key, joins in instance.joins.items():
            renamed: dict[str, dict[str, dict[int, None]]] = {}
            for name, flows in joins.items():  # two gateways may have become one
                renamed.setdefault(self.elements.get(name, name), {}).update(flows)
            instance.joins[scope_key] = renamed


@dataclass(slots=True)
class TokenCreated(Change):
    """`state` is ACTIVATING in a flow node, WAITING on the flow in front of a join."""

    at: datetime
    key: int
    element_id: str
    scope_key: int
    state: TokenState
    flow_id: str | None
    loop_counter: int | None = None
    compensates: int | None = None

    def happen(self, instance: Instance) -> None:
        token = Token(
            self.key, self.element_id, self.scope_key, self.state, self.flow_id, self.loop_counter, self.compensates
        )
        add_token(instance, token)
        if self.state is TokenState.ACTIVATING:
            instance.ready[self.key] = None
        if self.loop_counter is not None and (loop := instance.loops.get(self.scope_key)):
            loop.started = max(loop.started, self.loop_counter)


@dataclass(slots=True)
class TokenActivated(Change):
    key: int

    def happen(self, instance: Instance) -> None:
        instance.tokens[self.key].state = TokenState.ACTIVE
        instance.ready.pop(self.key, None)


@dataclass(slots=True)
class TokenActivating(Change):
    """The token begins its activity anew."""

    key: int

    def happen(self, instance: Instance) -> None:
        instance.tokens[self.key].state = TokenState.ACTIVATING
        instance.ready[self.key] = None


@dataclass(slots=True)
class TokenCompleting(Change):
    key: int

    def happen(self, instance: Instance) -> None:
        instance.tokens[self.key].state = TokenState.COMPLETING
        instance.ready[self.key] = None


@dataclass(slots=True)
class ListenerCompleted(Change):
    """The number of listeners of a token that have completed or are skipped; the token is ready again."""

    key: int
    listeners: int

    def happen(self, instance: Instance) -> None:
        instance.tokens[self.key].listeners = self.listeners
        instance.ready[self.key] = None


@dataclass(slots=True)
class TokenEnded(Change):
    """A token leaves the instance, with its variables."""

    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        remove_token(instance, self.key)


@dataclass(slots=True)
class TokenCompleted(TokenEnded):
    pass


@dataclass(slots=True)
class TokenTerminated(TokenEnded):
    pass


@dataclass(slots=True)
class TokenConsumed(TokenEnded):
    """The token has not reached its element: its join took it from its flow, or what it waited in has ended."""


@dataclass(slots=True)
class VariableSet(Change):
    """`created`: the scope had no variable of that name before."""

    key: int
    scope_key: int
    name: str
    value: Any
    created: bool

    def happen(self, instance: Instance) -> None:
        instance.variables.setdefault(self.scope_key, {})[self.name] = self.value
        if self.created:
            instance.variable_keys.setdefault(self.scope_key, {})[self.name] = self.key

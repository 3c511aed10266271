"""Compiled decision models, and making decisions with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from bpmn_engine.dmn import DecisionModel, Outcome, decide, find_decision, read_together
from bpmn_engine.elements import Rules
from bpmn_engine.errors import NotFound
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.runtime.cache import Recent
from bpmn_engine.store import decisions as stored


class Compiled(NamedTuple):
    """A decision model, and the rows of its decisions and those of the models that it imports, by their ids."""

    model: DecisionModel
    definitions: Mapping[str, Row[Any]]


class Decided(NamedTuple):
    """A decision that was made: its definition, its outcome, and the keys under which it is stored."""

    definition: Row[Any]
    requirements: Row[Any]
    definitions: Mapping[str, Row[Any]]
    outcome: Outcome
    keys: tuple[int, ...]


class DecisionCatalog:
    """The compiled decision models that this node has used last. A model never changes."""

    def __init__(self, size: int) -> None:
        self._compiled: Recent[Compiled] = Recent(size)

    def compiled(self, connection: Connection, requirements_key: int) -> Compiled:
        """The compiled model of a deployed file."""
        found = self._compiled.get(requirements_key)
        if found is None:
            found = self._read(connection, requirements_key)
            self._compiled.put(requirements_key, found)
        return found

    def _read(self, connection: Connection, key: int) -> Compiled:
        row = stored.requirements_by_key(connection, key)
        if row is None:
            raise NotFound(f"There is no decision model with key {key}.")
        definitions: dict[str, Row[Any]] = {}

        def imported(namespace: str) -> DecisionModel | None:
            other = stored.requirements_of(connection, namespace, row.deployment_key)
            if other is None or other.key == key:
                return None
            read = self.compiled(connection, other.key)
            definitions.update(read.definitions)
            return read.model

        model = read_together({row.resource_name: row.content}, imported)[row.resource_name]
        definitions.update({found.decision_id: found for found in stored.decisions_in(connection, key)})
        return Compiled(model, definitions)

    def rules(self, connection: Connection, row: Row[Any]) -> Rules:
        """The decision of a definition, with its model."""
        model = self.compiled(connection, row.requirements_key).model
        return Rules(row.key, model, find_decision(model, row.decision_id))

    def definitions(self, connection: Connection, definition_key: int) -> Mapping[str, Row[Any]]:
        """The rows of all decisions that an evaluation of this one may include."""
        row = stored.decision_by_key(connection, definition_key)
        return self.compiled(connection, row.requirements_key).definitions if row else {}

    def make(
        self, connection: Connection, row: Row[Any], variables: Mapping[str, Any], now: datetime
    ) -> tuple[Outcome, Compiled]:
        """Make a decision with variables from outside."""
        rules = self.rules(connection, row)
        outcome = decide(rules.model, rules.decision, json_variables(variables), now)
        return outcome, self.compiled(connection, row.requirements_key)

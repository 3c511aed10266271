"""Compiled decision models, and making decisions with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bpmn_engine.dmn import DecisionModel, Outcome, decide, find_decision, read_together
from bpmn_engine.elements import Rules
from bpmn_engine.errors import NotFound
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.runtime.cache import Recent
from bpmn_engine.store import decisions as stored
from bpmn_engine.store.versions import DECISIONS, REQUIREMENTS, DecisionVersion, RequirementsVersion


class Compiled(NamedTuple):
    """A decision model, and its decisions and those of the models that it imports, by their ids."""

    requirements: RequirementsVersion
    model: DecisionModel
    definitions: Mapping[str, DecisionVersion]


class Decided(NamedTuple):
    """A decision that was made: its definition, its outcome, and the keys under which it is stored."""

    definition: DecisionVersion
    requirements: RequirementsVersion
    definitions: Mapping[str, DecisionVersion]
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
        requirements, content = REQUIREMENTS.by_key(connection, key), stored.requirements_source(connection, key)
        if requirements is None or content is None:
            raise NotFound(f"There is no decision model with key {key}.")
        definitions: dict[str, DecisionVersion] = {}

        def imported(namespace: str) -> DecisionModel | None:
            other = stored.requirements_of(connection, namespace, requirements.deployment_key)
            if other is None or other == key:
                return None
            read = self.compiled(connection, other)
            definitions.update(read.definitions)
            return read.model

        name = requirements.resource_name
        model = read_together({name: content}, imported)[name]
        definitions.update({found.decision_id: found for found in DECISIONS.contained(connection, key)})
        return Compiled(requirements, model, definitions)

    def rules(self, connection: Connection, definition: DecisionVersion) -> Rules:
        """The decision of a definition, with its model."""
        model = self.compiled(connection, definition.requirements_key).model
        return Rules(definition.key, model, find_decision(model, definition.decision_id))

    def definitions(self, connection: Connection, definition_key: int) -> Mapping[str, DecisionVersion]:
        """The rows of all decisions that an evaluation of this one may include."""
        definition = DECISIONS.by_key(connection, definition_key)
        return self.compiled(connection, definition.requirements_key).definitions if definition else {}

    def make(
        self, connection: Connection, definition: DecisionVersion, variables: Mapping[str, Any], now: datetime
    ) -> tuple[Outcome, Compiled]:
        """Make a decision with variables from outside."""
        rules = self.rules(connection, definition)
        outcome = decide(rules.model, rules.decision, json_variables(variables), now)
        return outcome, self.compiled(connection, definition.requirements_key)

"""Deployed decision models, and the decisions that were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from bpmn_engine.dmn import EvaluatedDecision, Outcome
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.expressions.feel.text import to_text
from bpmn_engine.instance.variables import json_value
from bpmn_engine.store import tables
from bpmn_engine.store.json import dumps
from bpmn_engine.store.versions import DecisionVersion

#: The kinds of decision logic as the database has them; any other is UNKNOWN.
TYPES = {"decisionTable": "DECISION_TABLE", "literalExpression": "LITERAL_EXPRESSION"}


def add_requirements(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a decision model."""
    connection.execute(insert(tables.decision_requirements), row)


def add_decisions(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the decisions of a model."""
    connection.execute(insert(tables.decision_definition), list(rows))


def requirements_source(connection: Connection, key: int) -> bytes | None:
    """The content of the file that a decision model came from."""
    model, resource = tables.decision_requirements, tables.resource
    joined = model.join(resource, model.c.resource_key == resource.c.key)
    content: bytes | None = connection.scalar(select(resource.c.content).select_from(joined).where(model.c.key == key))
    return content


def requirements_of(connection: Connection, namespace: str, deployment_key: int | None = None) -> int | None:
    """The key of the latest model of a namespace, or of the one that was the latest at a deployment."""
    table = tables.decision_requirements
    found = select(table.c.key).where(table.c.namespace == namespace)
    if deployment_key is not None:
        found = found.where(table.c.deployment_key <= deployment_key)
    key: int | None = connection.scalar(found.order_by(table.c.key.desc()).limit(1))
    return key


class StoredEvaluation(NamedTuple):
    """A decision that was made, and the definitions of those on the way by their ids.

    `keys` are those of the evaluation and of the row of each decision on the way.
    """

    keys: tuple[int, ...]
    root_definition_key: int
    definitions: Mapping[str, DecisionVersion]
    outcome: Outcome


def instance_rows(evaluation: StoredEvaluation, **common: Any) -> list[dict[str, Any]]:
    """The rows to insert for an evaluation: one for each decision on the way, the one that failed last."""
    keys, root, definitions, outcome = evaluation
    made: list[tuple[EvaluatedDecision, str, str | None]] = [
        (decision, "EVALUATED", None) for decision in outcome.evaluated
    ]
    if outcome.failure is not None and outcome.failed is not None:
        failed = outcome.failed
        made.append((EvaluatedDecision(failed.id, failed.name, failed.kind, None), "FAILED", outcome.failure))
    return [
        {
            "key": key,
            "evaluation_key": keys[0],
            "position": position,
            "definition_key": definitions[decision.id].key if decision.id in definitions else root,
            "root_definition_key": root,
            "type": TYPES.get(decision.kind, "UNKNOWN"),
            "state": state,
            "failure": failure,
            "result": value_text(decision.value),
            "inputs": dumps([[item.id, item.name, value_text(item.value)] for item in decision.inputs]),
            "rules": dumps(
                [
                    [rule.id, rule.number, [[item.id, item.name, value_text(item.value)] for item in rule.outputs]]
                    for rule in decision.rules
                ]
            ),
            **common,
        }
        for position, (key, (decision, state, failure)) in enumerate(zip(keys[1:], made, strict=False), 1)
    ]


def value_text(value: Any) -> str:
    """A FEEL value as JSON text; what JSON cannot hold, such as a range, as FEEL writes it."""
    try:
        return dumps(json_value(value))
    except InvalidArgument:
        return dumps(to_text(value))


def add_evaluation(connection: Connection, evaluation: StoredEvaluation, at: datetime) -> None:
    """Keep a decision that was made without a process."""
    rows = instance_rows(evaluation, instance_key=None, token_key=None, evaluated_at=at)
    if rows:
        connection.execute(insert(tables.decision_instance), rows)

"""Deployed decision models, and the decisions that were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from bpmn_engine.dmn import EvaluatedDecision, Outcome
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.expressions.feel.text import to_text
from bpmn_engine.instance.variables import json_value
from bpmn_engine.store import tables
from bpmn_engine.store.json import dumps

#: How the kinds of logic are kept; any other is UNKNOWN.
TYPES = {"decisionTable": "DECISION_TABLE", "literalExpression": "LITERAL_EXPRESSION"}


def add_requirements(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a decision model."""
    connection.execute(insert(tables.decision_requirements), row)


def add_decisions(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the decisions of a model."""
    connection.execute(insert(tables.decision_definition), list(rows))


def decision_by_key(connection: Connection, key: int) -> Row[Any] | None:
    """A decision."""
    table = tables.decision_definition
    return connection.execute(select(table).where(table.c.key == key)).first()


def decisions_in(connection: Connection, requirements_key: int) -> list[Row[Any]]:
    """The decisions of a model."""
    table = tables.decision_definition
    return list(
        connection.execute(select(table).where(table.c.requirements_key == requirements_key).order_by(table.c.key))
    )


def requirements_by_key(connection: Connection, key: int) -> Row[Any] | None:
    """A model with its file."""
    return connection.execute(_with_file().where(tables.decision_requirements.c.key == key)).first()


def requirements_in(connection: Connection, resource_key: int) -> Row[Any] | None:
    """The model of a file, with the file."""
    return connection.execute(_with_file().where(tables.decision_requirements.c.resource_key == resource_key)).first()


def requirements_of(connection: Connection, namespace: str, deployment_key: int | None = None) -> Row[Any] | None:
    """The latest model of a namespace, with its file; or the one that was the latest at a deployment."""
    table = tables.decision_requirements
    found = _with_file().where(table.c.namespace == namespace)
    if deployment_key is not None:
        found = found.where(table.c.deployment_key <= deployment_key)
    return connection.execute(found.order_by(table.c.key.desc()).limit(1)).first()


def _with_file() -> Any:
    joined = tables.decision_requirements.join(
        tables.resource, tables.decision_requirements.c.resource_key == tables.resource.c.key
    )
    return select(tables.decision_requirements, tables.resource.c.content).select_from(joined)


def instance_rows(
    keys: tuple[int, ...], root: Any, definitions: Mapping[str, Row[Any]], outcome: Outcome, **common: Any
) -> list[dict[str, Any]]:
    """The rows of one evaluation: one for each decision on the way, the one that failed last."""
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


def add_instances(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Keep decisions that were made without a process."""
    if rows:
        connection.execute(insert(tables.decision_instance), rows)

"""Tokens: they live inside a scope of a running instance, and a running instance has a root token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, insert, not_, null, or_, select, update

from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import BrokenRow, Check, Span, instance_of, live, live_token, queried, the_instance

_INSTANCE = tables.process_instance


@dataclass(frozen=True, slots=True)
class TokenOfEnded(BrokenRow):
    """A live token; `found` is the key of its instance, if that exists."""

    found: int | None
    ended_at: datetime | None


def _of_ended(span: Span) -> Select[Any]:
    joined = tables.token.outerjoin(_INSTANCE, _INSTANCE.c.key == tables.token.c.instance_key)
    return (
        select(
            tables.token.c.key,
            tables.token.c.instance_key,
            tables.token.c.element_id,
            _INSTANCE.c.process_id,
            _INSTANCE.c.ended_at,
            _INSTANCE.c.key.label("found"),
        )
        .select_from(joined)
        .where(live(tables.token), or_(_INSTANCE.c.key.is_(None), not_(live(_INSTANCE))))
        .where(*span.of(tables.token.c.instance_key))
    )


def _terminate(connection: Connection, row: BrokenRow, now: datetime) -> str:
    """Terminate a token that cannot go on; what it waits for is found next."""
    values = {"state": "TERMINATED", "ended_at": now}
    connection.execute(update(tables.token).where(tables.token.c.key == row.key).values(values))
    return "It was terminated."


OF_ENDED = Check(
    "token of an ended instance",
    "The tokens of an instance end with it.",
    queried(TokenOfEnded, _of_ended),
    lambda row: (
        f"Token {row.key} at '{row.element_id}' is live, but {the_instance(row)} "
        f"{'has ended' if row.found else 'does not exist'}."
    ),
    lambda connection, row, now: _terminate(connection, row, row.ended_at or now),
)


@dataclass(frozen=True, slots=True)
class HomelessToken(BrokenRow):
    """A token whose scope is gone."""

    scope_key: int


def _homeless(span: Span) -> Select[Any]:
    """Live tokens whose scope is gone; a root token that is missing is found by `ROOTLESS`."""
    joined = tables.token.join(_INSTANCE, and_(_INSTANCE.c.key == tables.token.c.instance_key, live(_INSTANCE)))
    unscoped = and_(tables.token.c.scope_key == 0, tables.token.c.key != tables.token.c.instance_key)
    lost = and_(
        tables.token.c.scope_key.not_in([0, tables.token.c.instance_key]),
        ~live_token(tables.token.c.scope_key, tables.token.c.instance_key),
    )
    return (
        select(
            tables.token.c.key,
            tables.token.c.instance_key,
            tables.token.c.element_id,
            _INSTANCE.c.process_id,
            tables.token.c.scope_key,
        )
        .select_from(joined)
        .where(live(tables.token), or_(unscoped, lost))
        .where(*span.of(tables.token.c.instance_key))
    )


HOMELESS = Check(
    "token without a scope",
    "A token lives in a live scope of its instance.",
    queried(HomelessToken, _homeless),
    lambda row: (
        f"{instance_of(row)} has a token at '{row.element_id}' ({row.key}) whose scope {row.scope_key} has "
        "ended or does not exist."
    ),
    _terminate,
)


@dataclass(frozen=True, slots=True)
class RootlessInstance(BrokenRow):
    """An instance, the end of its root token, if there was one, and whether that scope has tokens."""

    started_at: datetime
    root_state: str | None
    root_ended_at: datetime | None
    has_children: bool


def _rootless(span: Span) -> Select[Any]:
    """Select live instances without a live root token, and the end of that token."""
    child = tables.token.alias()
    children = exists(
        select(child.c.key).where(
            child.c.instance_key == _INSTANCE.c.key, child.c.scope_key == _INSTANCE.c.key, live(child)
        )
    )
    return (
        select(
            _INSTANCE.c.key,
            _INSTANCE.c.key.label("instance_key"),
            _INSTANCE.c.process_id,
            null().label("element_id"),
            _INSTANCE.c.started_at,
            tables.token.c.state.label("root_state"),
            tables.token.c.ended_at.label("root_ended_at"),
            children.label("has_children"),
        )
        .select_from(_INSTANCE.outerjoin(tables.token, tables.token.c.key == _INSTANCE.c.key))
        .where(live(_INSTANCE), ~live_token(_INSTANCE.c.key, _INSTANCE.c.key))
        .where(*span.of(_INSTANCE.c.key))
    )


def _say_rootless(row: RootlessInstance) -> str:
    if row.root_state is not None:
        return f"{instance_of(row)} counts as running, but its process has ended ({row.root_state.lower()})."
    return f"{instance_of(row)} counts as running, but it has no token for its process."


def _root(connection: Connection, row: RootlessInstance, now: datetime) -> str:
    if row.root_state is None and row.has_children:
        connection.execute(
            insert(tables.token).values(
                {
                    "key": row.key,
                    "instance_key": row.key,
                    "element_id": row.process_id,
                    "type": "process",
                    "scope_key": 0,
                    "listeners": 0,
                    "state": "ACTIVE",
                    "started_at": row.started_at,
                }
            )
        )
        return "The token of its process was added."
    state = "COMPLETED" if row.root_state == "COMPLETED" else "TERMINATED"
    values = {"state": state, "ended_at": row.root_ended_at or now, "unfinished": False}
    connection.execute(update(_INSTANCE).where(_INSTANCE.c.key == row.key).values(values))
    return f"It was ended ({state.lower()})."


ROOTLESS = Check(
    "instance without a token",
    "A running instance has a token for its process.",
    queried(RootlessInstance, _rootless),
    _say_rootless,
    _root,
)

TOKENS = (OF_ENDED, ROOTLESS, HOMELESS)

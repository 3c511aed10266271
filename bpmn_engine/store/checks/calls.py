"""Calls: a caller waits for each instance that it has called, and learns of its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, insert, not_, null, or_, select, update

from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import BrokenRow, Check, Span, instance_of, live, live_token, moment, queried

_CALLER, _CHILD = tables.process_instance.alias("caller"), tables.process_instance.alias("child")


@dataclass(frozen=True, slots=True)
class LostCall(BrokenRow):
    """A call, and the instance that it has called, if that exists."""

    token_key: int
    child_key: int | None
    child_state: str | None
    ended_at: datetime | None


def _lost(span: Span) -> Select[Any]:
    """Calls whose instance has ended or does not exist."""
    joined = tables.call.join(_CALLER, and_(_CALLER.c.key == tables.call.c.instance_key, live(_CALLER)))
    return (
        select(
            tables.call.c.key,
            tables.call.c.instance_key,
            tables.call.c.element_id,
            tables.call.c.token_key,
            _CALLER.c.process_id,
            _CHILD.c.ended_at,
            _CHILD.c.state.label("child_state"),
            _CHILD.c.key.label("child_key"),
        )
        .select_from(joined.outerjoin(_CHILD, _CHILD.c.key == tables.call.c.key))
        .where(
            or_(_CHILD.c.key.is_(None), not_(live(_CHILD))),
            live_token(tables.call.c.token_key, tables.call.c.instance_key),
        )
        .where(*span.of(tables.call.c.instance_key))
    )


def _say_lost(row: LostCall) -> str:
    ended = f"which ended on {moment(row.ended_at)} and was never told" if row.child_key else "which does not exist"
    return f"{instance_of(row)} waits at '{row.element_id}' for instance {row.key}, {ended}."


LOST = Check(
    "lost call",
    "A caller hears of the end of each instance that it has called.",
    queried(LostCall, _lost),
    _say_lost,
)


def _expected(child: Any) -> ColumnElement[bool]:
    """Whether a live token of the caller waits for a child."""
    mine = (tables.call.c.key == child.c.key, tables.call.c.instance_key == child.c.parent_key)
    return exists(
        select(tables.call.c.key).where(*mine, live_token(tables.call.c.token_key, tables.call.c.instance_key))
    )


def _free_caller(child: Any) -> ColumnElement[bool]:
    """Whether the calling token still is where it called, and waits for no other instance."""
    token, other, incident = tables.token.alias(), tables.call.alias(), tables.incident.alias()
    calling = (
        token.c.key == child.c.parent_token_key,
        token.c.instance_key == child.c.parent_key,
        live(token),
        token.c.state == "ACTIVE",
        token.c.type == "callActivity",
        live_token(child.c.parent_key, child.c.parent_key),
    )
    busy = exists(
        select(other.c.key).where(other.c.instance_key == child.c.parent_key, other.c.token_key == token.c.key)
    )
    stuck = exists(
        select(incident.c.key).where(
            incident.c.instance_key == child.c.parent_key, incident.c.token_key == token.c.key, live(incident)
        )
    )
    return exists(select(token.c.key).where(*calling, ~busy, ~stuck))


@dataclass(frozen=True, slots=True)
class ForgottenCall(BrokenRow):
    """A called instance, and the token of the caller that has called it."""

    token_key: int


def _forgotten(span: Span) -> Select[Any]:
    token = tables.token.alias()
    joined = _CHILD.join(_CALLER, and_(_CALLER.c.key == _CHILD.c.parent_key, live(_CALLER)))
    return (
        select(
            _CHILD.c.key,
            _CHILD.c.parent_key.label("instance_key"),
            _CALLER.c.process_id,
            token.c.element_id,
            _CHILD.c.parent_token_key.label("token_key"),
        )
        .select_from(joined.join(token, token.c.key == _CHILD.c.parent_token_key))
        .where(live(_CHILD), ~_expected(_CHILD), _free_caller(_CHILD))
        .where(*span.of(_CHILD.c.parent_key))
    )


def _remember(connection: Connection, row: ForgottenCall, now: datetime) -> str:
    values = {
        "key": row.key,
        "instance_key": row.instance_key,
        "token_key": row.token_key,
        "element_id": row.element_id,
    }
    connection.execute(insert(tables.call).values(values))
    return "The caller waits for it again."


FORGOTTEN = Check(
    "forgotten call",
    "A caller waits for each instance that it has called.",
    queried(ForgottenCall, _forgotten),
    lambda row: f"{instance_of(row)} has called instance {row.key} at '{row.element_id}' but does not wait for it.",
    _remember,
)


@dataclass(frozen=True, slots=True)
class AbandonedChild(BrokenRow):
    """A called instance whose caller does not wait for it."""

    parent_key: int


def _abandoned(span: Span) -> Select[Any]:
    return (
        select(
            _CHILD.c.key,
            _CHILD.c.key.label("instance_key"),
            _CHILD.c.process_id,
            null().label("element_id"),
            _CHILD.c.parent_key,
        )
        .where(live(_CHILD), _CHILD.c.parent_key.is_not(None), ~_expected(_CHILD), ~_free_caller(_CHILD))
        .where(*span.of(_CHILD.c.key))
    )


ABANDONED = Check(
    "abandoned child",
    "A called instance ends with the activity that has called it.",
    queried(AbandonedChild, _abandoned),
    lambda row: (
        f"{instance_of(row)} still runs, but its caller, instance {row.parent_key}, has ended or gone on without it."
    ),
)


@dataclass(frozen=True, slots=True)
class UnrelatedInstance(BrokenRow):
    """An instance, its root and depth, and those that follow from its parent, if it has one."""

    root_key: int
    depth: int
    parent_key: int | None
    parent_root_key: int | None
    parent_depth: int | None


def _unrelated(span: Span) -> Select[Any]:
    """Select instances whose root or depth disagrees with their parent, if that exists."""
    own = and_(_CHILD.c.parent_key.is_(None), or_(_CHILD.c.root_key != _CHILD.c.key, _CHILD.c.depth != 0))
    inherited = or_(_CHILD.c.root_key != _CALLER.c.root_key, _CHILD.c.depth != _CALLER.c.depth + 1)
    return (
        select(
            _CHILD.c.key,
            _CHILD.c.key.label("instance_key"),
            _CHILD.c.process_id,
            null().label("element_id"),
            _CHILD.c.root_key,
            _CHILD.c.depth,
            _CALLER.c.root_key.label("parent_root_key"),
            _CALLER.c.depth.label("parent_depth"),
            _CHILD.c.parent_key,
        )
        .select_from(_CHILD.outerjoin(_CALLER, _CALLER.c.key == _CHILD.c.parent_key))
        .where(live(_CHILD), or_(own, and_(_CALLER.c.key.is_not(None), inherited)))
        .where(*span.of(_CHILD.c.key))
        .order_by(_CHILD.c.depth, _CHILD.c.key)
    )


def _relate(connection: Connection, row: UnrelatedInstance, now: datetime) -> str:
    root = row.key if row.parent_root_key is None else row.parent_root_key
    depth = 0 if row.parent_depth is None else row.parent_depth + 1
    mine = tables.process_instance.c.key == row.key
    connection.execute(update(tables.process_instance).where(mine).values(root_key=root, depth=depth))
    return f"Its root is now instance {root}, its depth {depth}."


UNRELATED = Check(
    "wrong root",
    "Root and depth of an instance follow from its caller.",
    queried(UnrelatedInstance, _unrelated),
    lambda row: (
        f"{instance_of(row)} names instance {row.root_key} as its root and {row.depth} as its depth, which "
        "does not agree with its caller."
    ),
    _relate,
)

CALLS = (LOST, FORGOTTEN, ABANDONED, UNRELATED)

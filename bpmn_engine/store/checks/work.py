"""Jobs, user tasks and incidents agree with each other, and with the state of their instance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, or_, select, update

from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import BrokenRow, Check, RepairRow, Span, instance_of, live, live_token, queried

_INSTANCE = tables.process_instance


def _owned(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    """Open rows of running instances, whose token is live."""
    running = and_(_INSTANCE.c.key == table.c.instance_key, live(_INSTANCE))
    found = select(table.c.key, table.c.instance_key, table.c.element_id, _INSTANCE.c.process_id, *columns)
    mine = live_token(table.c.token_key, table.c.instance_key)
    return found.select_from(table.join(_INSTANCE, running)).where(mine)


def _incident_of(job_key: ColumnElement[Any], instance_key: ColumnElement[Any]) -> ColumnElement[bool]:
    incident = tables.incident.alias()
    return exists(
        select(incident.c.key).where(
            incident.c.instance_key == instance_key, live(incident), incident.c.job_key == job_key
        )
    )


@dataclass(frozen=True, slots=True)
class JoblessIncident(BrokenRow):
    """An incident of a job that has ended or does not exist."""

    job_key: int


def _jobless(span: Span) -> Select[Any]:
    job = tables.job.alias()
    there = exists(select(job.c.key).where(job.c.key == tables.incident.c.job_key, live(job)))
    found = _owned(tables.incident, tables.incident.c.job_key).where(
        live(tables.incident), tables.incident.c.job_key.is_not(None), ~there
    )
    return found.where(*span.of(tables.incident.c.instance_key))


def _forget_job(connection: Connection, row: BrokenRow, now: datetime) -> str:
    connection.execute(update(tables.incident).where(tables.incident.c.key == row.key).values(job_key=None))
    return "It names no job any more; resolving it begins the element anew."


JOBLESS = Check(
    "incident without its job",
    "The job that an incident names is there.",
    queried(JoblessIncident, _jobless),
    lambda row: (
        f"{instance_of(row)} has incident {row.key} at '{row.element_id}' for job {row.job_key}, which has "
        "ended or does not exist."
    ),
    _forget_job,
)


@dataclass(frozen=True, slots=True)
class StuckJob(BrokenRow):
    """A job that has failed or thrown an error that nothing catches."""

    token_key: int
    type: str
    state: str
    error_code: str | None
    error_message: str | None


def _stuck(span: Span) -> Select[Any]:
    columns = (
        tables.job.c.state,
        tables.job.c.token_key,
        tables.job.c.type,
        tables.job.c.error_message,
        tables.job.c.error_code,
    )
    failed = tables.job.c.state.in_(["FAILED", "ERROR_THROWN"])
    silent = ~_incident_of(tables.job.c.key, tables.job.c.instance_key)
    return (
        _owned(tables.job, *columns).where(live(tables.job), failed, silent).where(*span.of(tables.job.c.instance_key))
    )


STUCK = Check(
    "failed job without an incident",
    "A job that nobody can take any more has an incident.",
    queried(StuckJob, _stuck),
    lambda row: (
        f"{instance_of(row)} has job {row.key} at '{row.element_id}', which is {row.state}, and no incident "
        "that says so."
    ),
)


@dataclass(frozen=True, slots=True)
class ReleasedIncident(BrokenRow):
    """An open incident of a job that workers may take."""

    job_key: int
    retries: int


def _released(span: Span) -> Select[Any]:
    incident = tables.incident
    job = and_(tables.job.c.key == incident.c.job_key, live(tables.job), tables.job.c.state == "CREATED")
    return (
        select(
            incident.c.key,
            incident.c.instance_key,
            incident.c.element_id,
            _INSTANCE.c.process_id,
            incident.c.job_key,
            tables.job.c.retries,
        )
        .select_from(
            incident.join(_INSTANCE, and_(_INSTANCE.c.key == incident.c.instance_key, live(_INSTANCE))).join(
                tables.job, job
            )
        )
        .where(live(incident), live_token(incident.c.token_key, incident.c.instance_key))
        .where(*span.of(incident.c.instance_key))
    )


RELEASED = Check(
    "incident of a job that is ready",
    "The job of an open incident waits for an operator.",
    queried(ReleasedIncident, _released),
    lambda row: (
        f"{instance_of(row)} has incident {row.key} at '{row.element_id}' for job {row.job_key}, which workers "
        "may take all the same."
    ),
)


@dataclass(frozen=True, slots=True)
class UnaskedTask(BrokenRow):
    """A user task whose listeners are at work."""

    state: str


def _unasked(span: Span) -> Select[Any]:
    """Select user tasks whose listeners are at work, without a job for one of them."""
    job = tables.job.alias()
    asked = exists(
        select(job.c.key).where(
            job.c.instance_key == tables.user_task.c.instance_key,
            live(job),
            job.c.token_key == tables.user_task.c.token_key,
            job.c.kind == "TASK_LISTENER",
        )
    )
    found = _owned(tables.user_task, tables.user_task.c.state).where(
        live(tables.user_task), tables.user_task.c.transition.is_not(None)
    )
    return found.where(~asked, *span.of(tables.user_task.c.instance_key))


UNASKED = Check(
    "user task without its listener",
    "A user task whose listeners are at work has a job for one of them.",
    queried(UnaskedTask, _unasked),
    lambda row: (
        f"{instance_of(row)} has user task {row.key} at '{row.element_id}', which is {row.state}, but no job "
        "for its listener."
    ),
    remedy="Modify the instance: move its token from this element to the same element.",
)


@dataclass(frozen=True, slots=True)
class Suspended(BrokenRow):
    """A job or timer that is suspended while its instance is not, or the other way round."""

    suspended: bool


def _unlike_instance(table: Table) -> Callable[[Span], Select[Any]]:
    def rows(span: Span) -> Select[Any]:
        wanted = _INSTANCE.c.state == "SUSPENDED"
        wrong = or_(and_(table.c.suspended, ~wanted), and_(~table.c.suspended, wanted))
        found = _owned(table, table.c.suspended).where(wrong)
        return found.where(*((live(table),) if "ended_at" in table.c else ()), *span.of(table.c.instance_key))

    return rows


def _follow_instance(table: Table) -> RepairRow[Suspended]:
    def repair(connection: Connection, row: Suspended, now: datetime) -> str:
        suspended = not row.suspended
        connection.execute(update(table).where(table.c.key == row.key).values(suspended=suspended))
        return "It is held back now." if suspended else "It is free now."

    return repair


def _suspension(what: str, table: Table) -> Check[Suspended]:
    def say(row: Suspended) -> str:
        if row.suspended:
            return f"{instance_of(row)} is not suspended, but its {what} {row.key} at '{row.element_id}' is held back."
        return f"{instance_of(row)} is suspended, but its {what} {row.key} at '{row.element_id}' is not held back."

    name = f"{what} at odds with suspension"
    promise = f"The {what}s of suspended instances are held back, and only those."
    return Check(name, promise, queried(Suspended, _unlike_instance(table)), say, _follow_instance(table))


WORK = (JOBLESS, STUCK, RELEASED, UNASKED, _suspension("job", tables.job), _suspension("timer", tables.timer))

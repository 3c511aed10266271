"""Requests about jobs: from workers over REST, and from this node's own handlers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from bpmn_engine.errors import NotFound
from bpmn_engine.instance.commands import FailJob
from bpmn_engine.instance.state import Job, Kind
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store import jobs as job_rows
from bpmn_engine.store.jobs import ClaimedJob

#: Jobs that are renewed or given back in one statement.
_CHUNK = 1000

log = logging.getLogger("bpmn_engine.jobs")


@dataclass(slots=True)
class ActivateJobs(Request[list[ActivatedJob]]):
    """Claim jobs for a worker: only suspects (whose locks have run out before), only the rest, or all.

    A job whose lock has run out `job_lapses` times without an answer gets an incident: its workers seem to crash.
    """

    types: tuple[str, ...]
    worker: str
    limit: int
    timeout: timedelta
    suspects: bool | None = None

    def carry_out(self, batch: Batch) -> list[ActivatedJob]:
        batch.flush()
        until = batch.now + self.timeout
        claim = job_rows.Claim(self.types, self.worker, self.limit, until, self.suspects)
        rows = job_rows.claim_jobs(batch.connection, batch.database, claim, batch.now)
        keys = {row.instance_key for row in rows}
        batch.load(keys)
        batch.verify(keys)
        found = []
        for row in rows:
            batch.jobs.pop(row.key, None)  # it is not to be handed out a second time in this turn
            instance = batch.loaded.get(row.instance_key)
            job = instance.waits.get(row.key) if instance else None
            if instance is None or not isinstance(job, Job):
                log.error("Job %s of instance %s has no token; run `bpmn db check`", row.key, row.instance_key)
            elif row.worker is not None and row.lapses + 1 >= batch.settings.job_lapses:
                batch.step(instance, FailJob(job_key=row.key, retries=0, message=_lapsed(row)))
            else:
                lapses = row.lapses + (row.worker is not None)
                found.append(batch.activated(instance, job, self.worker, until)._replace(lapses=lapses))
        batch.wake(until if rows else job_rows.next_ready(batch.connection, self.types, batch.now))
        return found


def _lapsed(row: ClaimedJob) -> str:
    return (
        f"The lock of this job has run out {row.lapses + 1} times without an answer, the last time while "
        f"'{row.worker}' had it. Whoever takes it may be dying of it: repair the handler, then give the job retries."
    )


@dataclass(slots=True)
class ExtendJob(Request[None]):
    """Extend a job's lock to this long from now."""

    key: int
    timeout: timedelta

    def carry_out(self, batch: Batch) -> None:
        owner = instance_rows.owners(batch.connection, Kind.JOB, [self.key]).get(self.key)
        if owner is None or self.key not in batch.instance(owner).waits:
            raise NotFound(f"There is no job with key {self.key}, or it has ended.")
        job_rows.extend_jobs(batch.connection, batch.database, [self.key], batch.now + self.timeout)


@dataclass(slots=True)
class ReleaseClaims(Request[None]):
    """Give back jobs that this node has claimed but not begun."""

    keys: tuple[int, ...]

    def carry_out(self, batch: Batch) -> None:
        for begin in range(0, len(self.keys), _CHUNK):
            job_rows.free_jobs(batch.connection, batch.worker, self.keys[begin : begin + _CHUNK], batch.now)


@dataclass(slots=True)
class ExtendClaims(Request[None]):
    """Keep jobs that handlers of this node are working on."""

    keys: tuple[int, ...]

    def carry_out(self, batch: Batch) -> None:
        until = batch.now + batch.settings.handler_timeout
        for begin in range(0, len(self.keys), _CHUNK):
            job_rows.renew_jobs(batch.connection, batch.worker, self.keys[begin : begin + _CHUNK], until)

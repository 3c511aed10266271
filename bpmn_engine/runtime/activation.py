"""Jobs for workers: remote ones that ask over REST, and this node's own handlers."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from bpmn_engine.errors import NotFound
from bpmn_engine.instance.commands import FailJob
from bpmn_engine.instance.state import Job
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests import Activate, ActivatedJob, ExtendJob, Release, Renew
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store import jobs as job_rows

#: Jobs that are renewed or given back in one statement.
_CHUNK = 1000

log = logging.getLogger("bpmn_engine.jobs")


class Handlers(Protocol):
    """The Python handlers of this process (see `bpmn_engine.worker`)."""

    def types(self) -> frozenset[str]:
        """The job types that have a handler here."""
        ...

    def room(self) -> int:
        """How many more jobs it can take."""
        ...

    def room_for_suspects(self) -> int:
        """How many more jobs it can take of which handlers may be dying."""
        ...

    def take(self, job: ActivatedJob) -> None:
        """Do a job, and report to the engine how it went."""
        ...

    def forget(self) -> None:
        """The jobs that are here belong to others by now: what comes of them is not reported."""
        ...


def activate(batch: Batch, request: Activate, max_lapses: int) -> list[ActivatedJob]:
    """Claim jobs and add what their worker needs to know.

    A job whose lock has run out `max_lapses` times without an answer gets an incident: whoever takes it seems to die.
    """
    batch.flush()
    until = batch.now + request.timeout
    claim = job_rows.Claim(request.types, request.worker, request.limit, until, request.suspects)
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
        elif row.worker is not None and row.lapses + 1 >= max_lapses:
            batch.step(instance, FailJob(job_key=row.key, retries=0, message=_lapsed(row)))
        else:
            lapses = row.lapses + (row.worker is not None)
            found.append(batch.activated(instance, job, request.worker, until)._replace(lapses=lapses))
    batch.wake(until if rows else job_rows.next_ready(batch.connection, request.types, batch.now))
    return found


def _lapsed(row: Any) -> str:
    return (
        f"The lock of this job has run out {row.lapses + 1} times without an answer, the last time while "
        f"'{row.worker}' had it. Whoever takes it may be dying of it: mend the handler, then give the job retries."
    )


def extend(batch: Batch, request: ExtendJob) -> None:
    """Move the deadline of a job."""
    owner = instance_rows.owners(batch.connection, "job", [request.key]).get(request.key)
    if owner is None or request.key not in batch.instance(owner).waits:
        raise NotFound(f"There is no job with key {request.key}, or it has ended.")
    job_rows.extend_jobs(batch.connection, batch.database, [request.key], batch.now + request.timeout)


def release(batch: Batch, request: Release, worker: str) -> None:
    """Make jobs of this node ready again that a handler here did not get to."""
    for begin in range(0, len(request.keys), _CHUNK):
        job_rows.free_jobs(batch.connection, worker, request.keys[begin : begin + _CHUNK], batch.now)


def renew(batch: Batch, request: Renew, worker: str, timeout: Any) -> None:
    """Keep the jobs of this node that its handlers are working on."""
    for begin in range(0, len(request.keys), _CHUNK):
        job_rows.renew_jobs(batch.connection, worker, request.keys[begin : begin + _CHUNK], batch.now + timeout)

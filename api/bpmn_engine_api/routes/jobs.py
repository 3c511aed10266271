"""Jobs: activation with long polling, completion, failure, errors, updates, search."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from fastapi import APIRouter, Request, Response

from bpmn_engine import Engine
from bpmn_engine.instance.commands import FailJob, ThrowJobError, UpdateJobRetries
from bpmn_engine.runtime.jobs import ActivatedJob as Activated
from bpmn_engine.runtime.publisher import Waiter
from bpmn_engine.runtime.requests.jobs import ActivateJobs, ExtendJob
from bpmn_engine_api.edge import EngineOf, Key, ask, do, look
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.schemas.jobs import (
    JOB_FIELDS,
    ActivatedJob,
    ActivatedJobs,
    Activation,
    Completion,
    Failure,
    Job,
    JobPage,
    JobUpdate,
    ThrownError,
)
from bpmn_engine_api.schemas.search import PageResponse, SearchRequest, search_of

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=JsonRoute)

#: Milliseconds that a long poll waits if the request does not say.
_DEFAULT_WAIT = 10_000


@router.post("/activation", response_model=ActivatedJobs)
async def activate(engine: EngineOf, request: Request, body: Activation) -> Response:
    """Take jobs of one type; an empty list after `requestTimeout` if there are none."""
    jobs = await _wait_for_jobs(engine, request, body)
    return answer(ActivatedJobs(jobs=[ActivatedJob.of(job, body.fetch_variable) for job in jobs]))


async def _wait_for_jobs(engine: Engine, request: Request, body: Activation) -> list[Activated]:
    """Ask, and whenever jobs have become ready ask again; a poll that has got as many as it may passes its turn on."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the server has stopped meanwhile
            loop.call_soon_threadsafe(arrived.set)

    publisher, waiter = engine.publisher, Waiter(body.type, wake)
    wait = _DEFAULT_WAIT if not body.request_timeout else max(body.request_timeout, 0)
    deadline = loop.time() + wait / 1000
    try:
        while not publisher.closed:
            arrived.clear()
            publisher.wait(waiter)
            jobs: list[Activated] = await do(engine, _claim(body))
            left = deadline - loop.time()
            if len(jobs) >= body.max_jobs_to_activate:
                publisher.jobs_ready({body.type: 1})  # there may be more
            if jobs or left <= 0:
                return jobs
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), left)
            if await request.is_disconnected():
                return []
        return []
    finally:
        publisher.leave(waiter)


def _claim(body: Activation) -> ActivateJobs:
    limit, timeout = body.max_jobs_to_activate, timedelta(milliseconds=body.timeout)
    return ActivateJobs((body.type,), body.worker or "default", min(limit, 10_000), timeout)


@router.post("/{key}/completion", status_code=204)
async def complete(engine: EngineOf, key: Key, body: Completion | None = None) -> Response:
    """Report that a job is done."""
    await ask(engine, "job", key, (body or Completion()).command(key))
    return no_content()


@router.post("/{key}/failure", status_code=204)
async def fail(engine: EngineOf, key: Key, body: Failure | None = None) -> Response:
    """Report that a job could not be done; without retries left there is an incident."""
    body = body or Failure()
    backoff = timedelta(milliseconds=body.retry_back_off or 0)
    command = FailJob(
        job_key=key, retries=body.retries or 0, message=body.error_message or "", backoff=backoff,
        variables=body.variables or {},
    )  # fmt: skip
    await ask(engine, "job", key, command)
    return no_content()


@router.post("/{key}/error", status_code=204)
async def throw_error(engine: EngineOf, key: Key, body: ThrownError) -> Response:
    """Report a business error; it goes to the innermost error event that catches it."""
    command = ThrowJobError(
        job_key=key, code=body.error_code, message=body.error_message or "", variables=body.variables or {}
    )
    await ask(engine, "job", key, command)
    return no_content()


@router.patch("/{key}", status_code=204)
async def update(engine: EngineOf, key: Key, body: JobUpdate) -> Response:
    """Set the retries of a job, or move its deadline."""
    if body.changeset.retries is not None:
        await ask(engine, "job", key, UpdateJobRetries(job_key=key, retries=body.changeset.retries))
    if body.changeset.timeout is not None:
        await do(engine, ExtendJob(key, timedelta(milliseconds=body.changeset.timeout)))
    return no_content()


@router.post("/search", response_model=JobPage)
async def search(engine: EngineOf, body: SearchRequest | None = None) -> Response:
    """Search jobs, finished ones included."""
    page = await look(engine.search, "job", search_of(body, JOB_FIELDS))
    return answer(JobPage(page=PageResponse.of(page), items=[Job.of(row) for row in page.items]))

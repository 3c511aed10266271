"""Jobs: activation with long polling, completion, failure, errors, updates, search."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from bpmn_engine.operations.types import JOBS
from bpmn_engine_api.edge import Caller, Key
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.schemas.jobs import (
    JOB_FIELDS,
    ActivatedJobResult,
    JobActivationRequest,
    JobActivationResult,
    JobCompletionRequest,
    JobErrorRequest,
    JobFailRequest,
    JobSearchQueryResult,
    JobSearchResult,
    JobUpdateRequest,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=JsonRoute)

#: Milliseconds that a long poll waits if the request does not say.
_DEFAULT_WAIT = 10_000


@router.post("/activation", response_model=JobActivationResult)
async def activate(caller: Caller, request: Request, body: JobActivationRequest) -> Response:
    """Activate jobs of one type; the list is empty if there are none before `requestTimeout` ends."""
    wait = _DEFAULT_WAIT if not body.request_timeout else max(body.request_timeout, 0)
    jobs = await caller.jobs.activate(
        body.type,
        worker=body.worker or "default",
        limit=body.max_jobs_to_activate,
        timeout=timedelta(milliseconds=body.timeout),
        wait=wait / 1000,
        has_gone=request.is_disconnected,
    )
    return answer(JobActivationResult(jobs=[ActivatedJobResult.of(job, body.fetch_variable) for job in jobs]))


@router.post("/{key}/completion", status_code=204)
async def complete(caller: Caller, key: Key, body: JobCompletionRequest | None = None) -> Response:
    """Complete a job."""
    body = body or JobCompletionRequest()
    result = body.listener_result()
    await caller.jobs.complete(key, body.variables, denied=result.reason, corrections=result.changes())
    return no_content()


@router.post("/{key}/failure", status_code=204)
async def fail(caller: Caller, key: Key, body: JobFailRequest | None = None) -> Response:
    """Fail a job; without retries left this raises an incident."""
    body = body or JobFailRequest()
    backoff = None if body.retry_back_off is None else timedelta(milliseconds=body.retry_back_off)
    await caller.jobs.fail(key, body.retries or 0, body.error_message or "", backoff, body.variables)
    return no_content()


@router.post("/{key}/error", status_code=204)
async def throw_error(caller: Caller, key: Key, body: JobErrorRequest) -> Response:
    """Throw a business error; the innermost matching error event catches it."""
    await caller.jobs.throw_error(key, body.error_code, body.error_message or "", body.variables)
    return no_content()


@router.patch("/{key}", status_code=204)
async def update(caller: Caller, key: Key, body: JobUpdateRequest) -> Response:
    """Set the retries of a job, or move its deadline."""
    timeout = None if body.changeset.timeout is None else timedelta(milliseconds=body.changeset.timeout)
    await caller.jobs.update(key, retries=body.changeset.retries, timeout=timeout)
    return no_content()


@router.post("/search", response_model=JobSearchQueryResult)
async def search(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search jobs, finished ones included."""
    page = await caller.searching.search(JOBS, search_of(body, JOB_FIELDS))
    return answer(
        JobSearchQueryResult(
            page=SearchQueryPageResponse.of(page), items=[JobSearchResult.of(row) for row in page.items]
        )
    )

"""Operations on jobs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from bpmn_engine.errors import InvalidArgument, StoreUnavailable
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Kind
from bpmn_engine.operations.arguments import check_length, check_names, check_priority, check_text, check_time
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.runtime.publisher import STOPPED, Waiter
from bpmn_engine.runtime.requests.jobs import ActivateJobs, ExtendJob

#: The most jobs that one call gets.
MAX_JOBS = 10_000
_SHORTEST = timedelta(milliseconds=1)
#: The longest time to wait for a first job, in seconds.
_LONGEST_WAIT = 86_400.0


async def _stays() -> bool:
    return False


class Jobs(Subject):
    """Activate jobs and report their results."""

    @operation("job:activate")
    async def activate(  # noqa: PLR0913 - the fields of a worker's request
        self,
        job_type: str,
        *,
        worker: str,
        limit: int,
        timeout: timedelta,
        wait: float = 0.0,
        has_gone: Callable[[], Awaitable[bool]] = _stays,
    ) -> list[ActivatedJob]:
        """Claim jobs of a type for `timeout`; wait up to so many seconds for the first one.

        Only as many waiting callers wake as jobs become ready; one that gets its limit wakes the next.
        `has_gone` returns whether the worker has hung up, so that no job is claimed for it then.
        """
        check_text(job_type, "job type")
        check_length(worker, "name of the worker")
        check_time(timeout, "job timeout", _SHORTEST)
        if limit < 1:
            raise InvalidArgument(f"The limit is {limit} jobs; expected at least 1.")
        request = ActivateJobs((job_type,), worker, min(limit, MAX_JOBS), timeout)
        publisher, arrived = self.runtime.publisher, self.waits.signal()
        waiter = Waiter(job_type, arrived.set)
        deadline = time.monotonic() + min(wait, _LONGEST_WAIT)
        if publisher.closed:
            raise StoreUnavailable(STOPPED)
        try:
            while True:
                arrived.clear()
                publisher.wait(waiter)
                jobs = await self.ask(request)
                left = deadline - time.monotonic()
                if len(jobs) >= limit:
                    publisher.jobs_ready({job_type: 1})  # there may be more
                if jobs or left <= 0 or publisher.closed:
                    return jobs
                await arrived.wait(left)
                if await has_gone():
                    return []
        finally:
            publisher.leave(waiter)

    @operation("job:complete")
    async def complete(
        self,
        key: int,
        variables: Mapping[str, Any] | None = None,
        *,
        denied: str | None = None,
        corrections: Mapping[str, Any] | None = None,
    ) -> None:
        """Complete a job; a task listener may deny the change of its task (with a reason), or correct fields."""
        check_priority((corrections or {}).get("priority"))
        check_names(variables or {}, "variable")
        command = commands.CompleteJob(
            job_key=key, variables=variables or {}, denied=denied, corrections=corrections or {}
        )
        await self.command(Kind.JOB, key, command)

    @operation("job:fail")
    async def fail(
        self,
        key: int,
        retries: int,
        message: str = "",
        backoff: timedelta | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        """Fail a job; without retries left this raises an incident.

        Without `backoff` the job waits as its diagram says, else 1, 2, 4 ... seconds.
        """
        check_time(backoff, "back-off")
        command = commands.FailJob(
            job_key=key, retries=retries, message=message, backoff=backoff, variables=variables or {}
        )
        await self.command(Kind.JOB, key, command)

    @operation("job:fail")
    async def throw_error(
        self, key: int, code: str, message: str = "", variables: Mapping[str, Any] | None = None
    ) -> None:
        """Throw a business error; the innermost error event that catches it continues with the variables."""
        check_text(code, "error code")
        command = commands.ThrowJobError(job_key=key, code=code, message=message, variables=variables or {})
        await self.command(Kind.JOB, key, command)

    @operation("job:update")
    async def update(self, key: int, *, retries: int | None = None, timeout: timedelta | None = None) -> None:
        """Set the retries of a job, extend its lock to this long from now, or both."""
        check_time(timeout, "job timeout", _SHORTEST)
        if retries is not None:
            await self.command(Kind.JOB, key, commands.UpdateJobRetries(job_key=key, retries=retries))
        if timeout is not None:
            await self.ask(ExtendJob(key, timeout))

"""Assembles everything that runs the processes of one database in this process."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection

from bpmn_engine.errors import InvalidArgument, StoreUnavailable
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.jobs import JobRunner
from bpmn_engine.runtime.loop import BatchLoop
from bpmn_engine.runtime.preparation import Preparation
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.store import connect

A = TypeVar("A")

log = logging.getLogger("bpmn_engine")

#: Makes the runner of this process's handlers; it gets the function by which it reports what came of a job.
MakeRunner = Callable[[Callable[[Request[Any]], None]], JobRunner]


class Runtime:
    """The loop with its clock, its database and the handlers of this process. It starts when it is created."""

    def __init__(self, url: str, settings: Settings, make_runner: MakeRunner) -> None:
        self.url, self.settings = url, settings
        self.clock = Clock()
        self.database = connect(url, timeouts=settings.timeouts)
        self.handlers = make_runner(lambda request: self.loop.submit(request))
        self.loop = BatchLoop(self.database, settings, self.clock, self.handlers)
        self.publisher, self.observers = self.loop.publisher, self.loop.observers
        self.definitions = self.loop.parts.definitions
        self.preparation = Preparation(self.database, self.definitions, settings)
        self.loop.start()
        self._closed = False
        self._process = os.getpid()

    def drain(self) -> None:
        """Answer all waiting callers: the engine is about to stop."""
        self.publisher.close()

    def close(self) -> None:
        """Stop: running handlers finish or their jobs go back; queued requests are answered."""
        if not self._closed:
            self._closed = True
            self.drain()
            self.handlers.stop(self.settings.stop_timeout.total_seconds())
            self.loop.stop()
            self.database.close()

    @property
    def patience(self) -> float:
        """Seconds after which an answer is no longer expected: all time limits of a request together."""
        longest = (self.settings.request_timeout, self.settings.statement_timeout, self.settings.lock_timeout)
        return sum(span.total_seconds() for span in longest)

    def submit(self, request: Request[A]) -> Future[A]:
        """Queue a request and return the future of its answer; raise `StoreUnavailable` in a forked process."""
        self._check_process()
        future: Future[A] = Future()

        def reply(answer: Any, error: BaseException | None) -> None:
            if not future.set_running_or_notify_cancel():
                return
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)

        request.reply = reply
        request.is_wanted = lambda: not future.cancelled()
        request.deadline = time.monotonic() + self.settings.request_timeout.total_seconds()
        self.loop.submit(request)
        return future

    def _check_process(self) -> None:
        """Refuse to work in a forked process: threads do not come along, and connections must not be shared."""
        if os.getpid() != self._process:
            raise StoreUnavailable(
                f"This engine was made in the process {self._process}, before this one ({os.getpid()}) was forked. "
                "Make an engine in each process, after the fork."
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot of the database; raise `StoreUnavailable` if it does not answer, or in a forked process."""
        self._check_process()
        try:
            with self.database.read() as connection:
                yield connection
        except self.database.value_errors:
            raise InvalidArgument("The database cannot compare one of these values.") from None
        except self.database.errors as error:
            log.warning("A query failed", exc_info=True)
            raise StoreUnavailable("The database did not answer this query; try again.") from error

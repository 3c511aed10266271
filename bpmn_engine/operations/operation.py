"""The base of all operations: checks access, submits requests to the loop, reads the database.

Each public method of a subject is marked with `@operation`. Whatever applies to every operation (authorisation, an
audit trail, counting) is done here and nowhere else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from bpmn_engine.errors import UnknownOutcome
from bpmn_engine.instance.commands import Command
from bpmn_engine.instance.state import Kind
from bpmn_engine.operations.waiting import Waits
from bpmn_engine.runtime.requests.instances import InstanceCommand
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.runtime import Runtime

log = logging.getLogger("bpmn_engine.operations")

A = TypeVar("A")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Principal:
    """The user or program that an operation is done for."""

    name: str = "anonymous"


class Access(Protocol):
    """Decides which principal may do which operation."""

    def check(self, principal: Principal, operation: str) -> None:
        """Raise `Forbidden` if the principal may not do this. `operation` is a name such as `job:complete`."""
        ...


class Everything:
    """Allows every operation."""

    def check(self, principal: Principal, operation: str) -> None:
        return None


@dataclass(slots=True)
class Subject:
    """Operations about one subject, for one principal."""

    runtime: Runtime
    waits: Waits
    access: Access
    principal: Principal

    async def ask(self, request: Request[A]) -> A:
        """Submit a request and return its answer; its effect is on disk then.

        Raise what it was rejected with; `StoreUnavailable` or `Overloaded` if nothing has happened; `UnknownOutcome` if
        that is unknown.
        """
        patience, future = self.runtime.patience, self.runtime.submit(request)
        try:
            return await self.waits.answer(future, patience)
        except TimeoutError:
            message = f"The engine has not answered for {patience:g} s; this may have been carried out."
            raise UnknownOutcome(message) from None
        finally:
            future.cancel()  # the caller of a cancelled task wants no answer; no effect on a finished future

    async def command(self, kind: Kind, key: int, command: Command) -> None:
        """Carry out a command in the instance that owns the thing with this kind and key."""
        await self.ask(InstanceCommand(command, kind, key))

    async def read(self, query: Callable[[Connection], A]) -> A:
        """Run a query in one snapshot; raise `StoreUnavailable` if the database does not answer."""

        def read() -> A:
            with self.runtime.reading() as connection:
                return query(connection)

        return await self.waits.query(read)


S = TypeVar("S", bound=Subject)
Method = Callable[Concatenate[S, P], Awaitable[A]]


def operation(
    name: str,
) -> Callable[
    [Callable[Concatenate[S, P], Coroutine[Any, Any, A]]], Callable[Concatenate[S, P], Coroutine[Any, Any, A]]
]:
    """Mark a method of a subject as an operation: it checks the principal's access and logs the result."""

    def mark(
        method: Callable[Concatenate[S, P], Coroutine[Any, Any, A]],
    ) -> Callable[Concatenate[S, P], Coroutine[Any, Any, A]]:
        @wraps(method)
        async def performed(subject: S, /, *arguments: P.args, **options: P.kwargs) -> A:
            subject.access.check(subject.principal, name)
            began = time.perf_counter()
            outcome = "done"
            try:
                return await method(subject, *arguments, **options)
            except BaseException as error:
                outcome = type(error).__name__
                raise
            finally:
                seconds = time.perf_counter() - began
                log.debug("%s: %s by %s in %.4f s", outcome, name, subject.principal.name, seconds)

        return performed

    return mark

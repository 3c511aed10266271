"""What all operations have in common: who asks, whether he may, how the loop is asked and the database read.

Each public method of a subject is marked with `@operation`. Whatever is to happen for every operation (authorisation,
an audit trail, counting) happens here and nowhere else.
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
from bpmn_engine.operations.waiting import Waits
from bpmn_engine.runtime.requests.instances import InstanceCommand
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.runtime import Runtime

log = logging.getLogger("bpmn_engine.operations")

A = TypeVar("A")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks for an operation."""

    name: str = "anonymous"


class Access(Protocol):
    """Says who may do what."""

    def check(self, principal: Principal, operation: str) -> None:
        """Raise `Forbidden` if the caller may not do this. `operation` is a name such as `job:complete`."""
        ...


class Everything:
    """Everybody may do everything."""

    def check(self, principal: Principal, operation: str) -> None:
        return None


@dataclass(slots=True)
class Subject:
    """Operations about one subject, for one caller."""

    runtime: Runtime
    waits: Waits
    access: Access
    principal: Principal

    async def ask(self, request: Request[A]) -> A:
        """The answer to a request; its effect is on disk then.

        Raise what it was rejected with; `StoreUnavailable` or `Overloaded` if nothing has happened; `UnknownOutcome` if
        nobody can tell.
        """
        patience, future = self.runtime.patience, self.runtime.submit(request)
        try:
            return await self.waits.answer(future, patience)
        except TimeoutError:
            message = f"The engine has not answered for {patience:g} s; nobody can tell whether this was carried out."
            raise UnknownOutcome(message) from None
        finally:
            future.cancel()  # a caller that has gone wants no answer; without effect if there is one

    async def command(self, kind: str, key: int, command: Command) -> None:
        """Let the instance that owns a thing of this kind carry out a command."""
        await self.ask(InstanceCommand(command, kind, key))

    async def read(self, query: Callable[[Connection], A]) -> A:
        """What a query finds, in one snapshot; raise `StoreUnavailable` if the database does not answer."""

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
    """Mark a method of a subject as an operation: the caller's access is checked, then it is done and recorded."""

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

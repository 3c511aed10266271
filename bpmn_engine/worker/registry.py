"""The handlers of this process, by job type; `@task` adds one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bpmn_engine.worker.handler import Handler, handler_of

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """Handlers by job type; a later one of the same type replaces the earlier one."""

    def __init__(self, *handlers: Handler) -> None:
        self._handlers = {handler.type: handler for handler in handlers}
        self._types = frozenset(self._handlers)

    def add(self, handler: Handler) -> None:
        """Add a handler."""
        self._handlers[handler.type] = handler
        self._types = frozenset(self._handlers)

    def get(self, job_type: str) -> Handler:
        """The handler of a type."""
        return self._handlers[job_type]

    @property
    def types(self) -> frozenset[str]:
        """The job types that have a handler."""
        return self._types


#: Where `@task` puts its functions, and where an `Engine` finds them if it is given no others.
registry = Registry()


def task(job_type: str, *, result: str | None = None) -> Callable[[F], F]:
    """Make a function, sync or async, the handler of a job type; `result` names the variable for a single value."""

    def register(function: F) -> F:
        registry.add(handler_of(job_type, function, result))
        return function

    return register

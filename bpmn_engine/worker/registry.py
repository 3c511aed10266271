"""The handlers of this process, by job type; `@task` adds one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar, overload

from bpmn_engine.worker.handler import Handler, handler_of

log = logging.getLogger("bpmn_engine.worker")

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """Handlers by job type; a later one of the same type replaces the earlier one, with a warning in the log."""

    def __init__(self, *handlers: Handler) -> None:
        self._handlers = {handler.type: handler for handler in handlers}
        self._types = frozenset(self._handlers)

    def add(self, handler: Handler) -> None:
        """Add a handler. The same function again, as when its file is loaded anew, replaces itself without a word."""
        known = self._handlers.get(handler.type)
        if known is not None and _origin(known) != _origin(handler):
            log.warning(
                "Jobs of type '%s' are handled by %s from now on, no longer by %s",
                handler.type,
                _origin(handler),
                _origin(known),
            )
        self._handlers[handler.type] = handler
        self._types = frozenset(self._handlers)

    def get(self, job_type: str) -> Handler:
        """The handler of a type."""
        return self._handlers[job_type]

    @property
    def types(self) -> frozenset[str]:
        """The job types that have a handler."""
        return self._types


def _origin(handler: Handler) -> str:
    function = handler.function
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"


#: Where `@task` puts its functions, and where an `Engine` finds them if it is given no others.
registry = Registry()


@overload
def task(job_type: F) -> F: ...


@overload
def task(job_type: str | None = None, *, result: str | None = None) -> Callable[[F], F]: ...


def task(job_type: str | F | None = None, *, result: str | None = None) -> Any:
    """Make a function, sync or async, the handler of a job type: `@task`, `@task("charge-card", result="paid")`.

    Without a type, the function's name is the type. `result` names the variable for a single returned value; without
    it the function returns a dict of variables, or None. Raise `TypeError` for parameters that cannot be bound.
    """
    if callable(job_type):
        return _registered(job_type, job_type.__name__, result)
    return lambda function: _registered(function, job_type or function.__name__, result)


def _registered(function: F, job_type: str, result: str | None) -> F:
    registry.add(handler_of(job_type, function, result))
    return function

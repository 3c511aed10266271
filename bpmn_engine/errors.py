"""Every exception of the engine.

EngineError
├── InvalidModel          the diagram is wrong: all problems of a file at once
├── InvalidExpression     an expression cannot be parsed: where, what was expected
├── Failure               inside the core only: an element cannot proceed; the agenda makes an incident of it
├── BpmnError             a handler's business error: thrown to an error catch event
├── Denied                a task listener's no: the user task stays as it is
├── StoreUnavailable      the database cannot be reached or is not usable; nothing has happened
│   └── UnknownOutcome    it failed at the commit: the request may have been carried out
├── Overloaded            too many requests wait already; nothing has happened
├── TimedOut              the caller's waiting time is over; the work continues
├── Terminated            what the caller waits for was cancelled or terminated: it has no result
└── Rejected              the request is wrong; nothing has changed
    ├── InvalidArgument   a value is not acceptable
    ├── Forbidden         the caller may not do this
    ├── NotFound          there is no such thing, or it has ended
    ├── Conflict          it exists, but its state does not allow this
    └── AlreadyExists     it may exist once only
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class EngineError(Exception):
    """The root of the tree."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a diagram: which rule, where, and what to do."""

    rule: str
    message: str
    element_id: str | None = None
    element_name: str | None = None
    line: int | None = None
    hint: str | None = None
    severity: str = "error"

    def __str__(self) -> str:
        hint = f" {self.hint}" if self.hint else ""
        line = f", line {self.line}" if self.line else ""
        return f"{self.message}{hint} [{self.rule}{line}]"


class InvalidModel(EngineError):
    """A diagram that cannot be run, with every problem that was found in it."""

    def __init__(self, problems: Sequence[Problem], resource_name: str = "") -> None:
        self.problems = tuple(problems)
        self.resource_name = resource_name
        prefix = f"{resource_name}: " if resource_name else ""
        super().__init__("\n".join(f"{prefix}{problem}" for problem in self.problems))


class InvalidExpression(EngineError):
    """An expression that cannot be parsed. `position` counts characters from 0."""

    def __init__(self, message: str, text: str, position: int = 0) -> None:
        self.reason, self.text, self.position = message, text, position
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        place = f"column {column}" if line == 1 else f"line {line}, column {column}"
        super().__init__(f"{message} (at {place} of '{text}')")


class Failure(EngineError):
    """An element cannot proceed. `error_type` is the incident's type, such as CONDITION_ERROR."""

    def __init__(self, error_type: str, message: str) -> None:
        self.error_type, self.message = error_type, message
        super().__init__(message)


class BpmnError(EngineError):
    """Raise it in a handler to throw a business error to the diagram's error events.

    >>> raise BpmnError("OUT_OF_STOCK", "none left", variables={"missing": 2})
    """

    def __init__(self, code: str, message: str = "", *, variables: dict[str, Any] | None = None) -> None:
        self.code, self.message, self.variables = code, message, variables or {}
        super().__init__(message or code)


class Denied(EngineError):
    """Raised by the handler of a task listener: what was asked of the user task does not happen."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class StoreUnavailable(EngineError):
    """The database cannot be reached or has the wrong schema; nothing has happened."""


class UnknownOutcome(StoreUnavailable):
    """The request may have been carried out. Look, or repeat it with the same idempotency key."""


class Overloaded(EngineError):
    """Too many requests wait already; nothing has happened. Try again a little later."""


class TimedOut(EngineError):
    """The caller's waiting time is over; the work continues."""


class Terminated(EngineError):
    """What the caller waits for was cancelled or terminated: it has no result."""


class Rejected(EngineError):
    """The request is wrong; nothing has changed."""


class InvalidArgument(Rejected):
    """A value is not acceptable."""


class Forbidden(Rejected):
    """The caller may not do this."""


class NotFound(Rejected):
    """There is no such thing, or it has ended."""


class Conflict(Rejected):
    """It exists, but its state does not allow this."""


class AlreadyExists(Rejected):
    """It may exist once only."""

"""A lightweight, durable BPMN 2.0 process engine: one process, one SQL database.

>>> from bpmn_engine import Engine, task
>>> @task("charge-card")
... def charge(total: float) -> dict[str, bool]:
...     return {"paid": total < 1000}

The names below are imported when they are first used, so that `bpmn --help` need not wait for the database layer.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bpmn_engine.engine import Engine
    from bpmn_engine.engine import EngineClock as Clock
    from bpmn_engine.errors import (
        AlreadyExists,
        BpmnError,
        Conflict,
        Denied,
        EngineError,
        InvalidArgument,
        InvalidExpression,
        InvalidModel,
        NotFound,
        Overloaded,
        Problem,
        Rejected,
        StoreUnavailable,
        Terminated,
        TimedOut,
        UnknownOutcome,
    )
    from bpmn_engine.runtime.jobs import ActivatedJob as Job
    from bpmn_engine.runtime.preparation import Resource
    from bpmn_engine.runtime.settings import Settings
    from bpmn_engine.worker import Registry, handler_of, task

__version__ = "0.1.0"

__all__ = [
    "Engine",
    "task",
    "Job",
    "BpmnError",
    "Denied",
    "Clock",
    "Registry",
    "Resource",
    "Settings",
    "handler_of",
    "EngineError",
    "InvalidModel",
    "InvalidExpression",
    "Problem",
    "Rejected",
    "InvalidArgument",
    "NotFound",
    "Conflict",
    "AlreadyExists",
    "Terminated",
    "TimedOut",
    "StoreUnavailable",
    "UnknownOutcome",
    "Overloaded",
]

_HOMES = {
    "Engine": "bpmn_engine.engine",
    **dict.fromkeys(("Registry", "handler_of", "task"), "bpmn_engine.worker"),
    "ActivatedJob": "bpmn_engine.runtime.jobs",
    "Resource": "bpmn_engine.runtime.preparation",
    "EngineClock": "bpmn_engine.engine",
    "Settings": "bpmn_engine.runtime.settings",
}


def __dir__() -> list[str]:
    """The public names, whether they were imported yet or not."""
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in __all__:
        raise AttributeError(f"module 'bpmn_engine' has no attribute '{name}'")
    real = {"Job": "ActivatedJob", "Clock": "EngineClock"}.get(name, name)
    return getattr(import_module(_HOMES.get(real, "bpmn_engine.errors")), real)

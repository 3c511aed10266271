"""A lightweight, durable BPMN 2.0 process engine: one process, one SQL database.

>>> from bpmn_engine import Engine, task
>>> @task("charge-card")
... def charge(total: float) -> dict[str, bool]:
...     return {"paid": total < 1000}
"""

from bpmn_engine.errors import (
    AlreadyExists,
    BpmnError,
    Conflict,
    EngineError,
    InvalidArgument,
    InvalidExpression,
    InvalidModel,
    NotFound,
    Problem,
    Rejected,
    StoreUnavailable,
    TimedOut,
)
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.requests import ActivatedJob as Job
from bpmn_engine.runtime.requests import Resource
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.worker import Engine, Registry, handler_of, task

__all__ = [
    "Engine",
    "task",
    "Job",
    "BpmnError",
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
    "TimedOut",
    "StoreUnavailable",
]

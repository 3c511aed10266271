"""Asking a running engine for what its public calls do not offer: requests as such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from bpmn_engine import Engine
from bpmn_engine.instance.commands import Command, CompleteUserTask
from bpmn_engine.instance.state import Kind
from bpmn_engine.operations import Blocking, Operations, finish
from bpmn_engine.runtime.requests.instances import Created, InstanceCommand
from bpmn_engine.runtime.requests.request import Request

A = TypeVar("A")


def do(engine: Engine, request: Request[A]) -> A:
    """The answer to a request; raise what it was rejected with."""
    return engine.runtime.submit(request).result(60)


def await_end(engine: Engine, created: Created, seconds: float) -> None:
    """Wait for the end of an instance that was created with `wait`."""
    finish(Operations(engine.runtime, Blocking()).instances.await_end(created, seconds))


def complete_task(engine: Engine, key: int, variables: Mapping[str, Any] | None = None) -> None:
    """Complete a user task without waiting for its listeners."""
    command(engine, Kind.USER_TASK, key, CompleteUserTask(task_key=key, variables=variables or {}))


def command(engine: Engine, kind: Kind, key: int, asked: Command) -> Any:
    """Let the instance that owns something carry out a command."""
    return do(engine, InstanceCommand(asked, kind, key))

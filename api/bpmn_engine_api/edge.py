"""Where async meets the engine: requests are queued without blocking, queries run in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Request
from starlette.concurrency import run_in_threadpool

from bpmn_engine import Engine, InvalidArgument
from bpmn_engine.errors import UnknownOutcome
from bpmn_engine.instance.commands import Command
from bpmn_engine.runtime.engine import no_answer
from bpmn_engine.runtime.requests.instances import InstanceCommand
from bpmn_engine.runtime.requests.request import Request as EngineRequest

T = TypeVar("T")


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


EngineOf = Annotated[Engine, Depends(_engine)]


def _key(key: Annotated[str, Path(description="a 64-bit key as decimal text")]) -> int:
    return parse_key(key)


Key = Annotated[int, Depends(_key)]


IdempotencyKey = Annotated[
    str | None,
    Header(description="whoever repeats a request with the same key within a day gets the first answer again"),
]


def parse_key(text: str) -> int:
    """A key from its decimal text; raise `InvalidArgument`."""
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 25:
        raise InvalidArgument(f"'{text}' is not a key; expected decimal digits.")
    number = int(text)
    return number if -(2**63) <= number < 2**63 else 0


async def do(engine: Engine, request: EngineRequest[T]) -> T:
    """Carry out a request; its effect is on disk when this returns."""
    try:
        return await asyncio.wait_for(asyncio.wrap_future(engine.submit(request)), engine.patience)
    except TimeoutError:
        raise UnknownOutcome(no_answer(engine.patience)) from None


async def ask(engine: Engine, kind: str, key: int, command: Command) -> None:
    """Carry out a command for the instance that owns a thing of this kind."""
    await do(engine, InstanceCommand(command, kind, key))


async def look(query: Callable[..., T], *arguments: Any) -> T:
    """Run a query of the engine in a thread."""
    return await run_in_threadpool(query, *arguments)

"""Carries out requests with an idempotency key once: repeating one returns the first answer again.

The answer is written in the transaction that carries the request out, so it is there if and only if the effect is. A
rejected request leaves nothing and may be repeated. The same key for another request is a conflict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from bpmn_engine.errors import Conflict, InvalidArgument
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.store import idempotency as stored
from bpmn_engine.store.json import dumps, loads

A = TypeVar("A")

MAX_LENGTH = 255


class Repeatable(Protocol[A]):
    """A request that may come with an idempotency key."""

    idempotency_key: str | None

    @property
    def operation(self) -> str:
        """The kind of request, which has keys of its own. It is part of the stored key, so it never changes."""
        ...

    def wording(self) -> list[Any]:
        """The arguments as JSON values: two requests with the same wording are the same request."""
        ...

    def kept(self, answer: A) -> list[Any]:
        """An answer as JSON values."""
        ...

    def repeated(self, kept: list[Any]) -> A:
        """The answer that was kept."""
        ...


def once(batch: Batch, request: Repeatable[A], do: Callable[[], A]) -> A:
    """Carry out a request, or return the answer that its key has got before."""
    if request.idempotency_key is None:
        return do()
    key = _key(request)
    fingerprint = hashlib.sha256(dumps(_sorted(request.wording())).encode()).hexdigest()
    batch.database.serialize(batch.connection, [f"idempotency {key}"])
    known = stored.answered(batch.connection, key, batch.now)
    if known is not None:
        if known.fingerprint != fingerprint:
            raise Conflict(f"The idempotency key '{request.idempotency_key}' was used for another request.")
        return request.repeated(loads(known.answer))
    answer = do()
    kept = stored.Answered(fingerprint, dumps(request.kept(answer)))
    stored.keep(batch.connection, key, kept, batch.now + batch.settings.idempotency_retention)
    return answer


def _sorted(value: Any) -> Any:
    """A JSON value with the members of each object in order: their order means nothing."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _key(request: Repeatable[A]) -> str:
    """The key in the database; starts and publications have keys of their own."""
    given = request.idempotency_key or ""
    if not 0 < len(given) <= MAX_LENGTH:
        raise InvalidArgument(f"The idempotency key has {len(given)} characters; expected 1 to {MAX_LENGTH}.")
    return f"{request.operation}:{given}"

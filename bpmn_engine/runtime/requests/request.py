"""The base of all requests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bpmn_engine.runtime.batch import Batch, Owned
from bpmn_engine.runtime.publisher import Publisher
from bpmn_engine.runtime.unfinished import Unfinished

A = TypeVar("A")

Reply = Callable[[Any, BaseException | None], None]


@dataclass(slots=True)
class Request(ABC, Generic[A]):
    """A unit of work for the loop's next transaction; `A` is the type of its answer.

    The loop calls `reply` with the answer or the error once the effect is on disk. A request with a `deadline`
    (monotonic seconds) is refused if it has not begun by then; the engine's own requests have none. The loop drops a
    request when `is_wanted` returns False: its caller has gone.
    """

    reply: Reply | None = field(default=None, init=False, repr=False)
    deadline: float | None = field(default=None, init=False, repr=False)
    is_wanted: Callable[[], bool] | None = field(default=None, init=False, repr=False)
    #: What the request is about, if that belongs to an instance; the batch loads all those instances at once.
    concerns: Owned | None = field(default=None, init=False, repr=False)

    def charged_to(self, batch: Batch) -> str:
        """The id of the process to charge for the time that the request takes; empty if there is none."""
        return ""

    @abstractmethod
    def carry_out(self, batch: Batch) -> A:
        """Carry out the request within the batch's transaction. A `Rejected` error means that nothing has changed."""

    def committed(self, answer: A, publisher: Publisher) -> A:
        """The caller's answer, made after the commit."""
        return answer

    def abandoned(self, unfinished: Unfinished) -> None:
        """Called when the request has failed in a transaction of its own and is not tried again."""

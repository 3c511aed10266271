"""The engine's own requests."""

from __future__ import annotations

from dataclasses import dataclass, field

from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.state import Instance
from bpmn_engine.runtime import scheduler
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.node import NodeLease
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.shares import Shares
from bpmn_engine.runtime.unfinished import Unfinished


@dataclass(slots=True)
class Ping(Request[None]):
    """Write an empty batch: the answer proves that the loop turns and the database takes a write."""

    def carry_out(self, batch: Batch) -> None:
        return None


@dataclass(slots=True)
class FireTimer(Request[None]):
    """Fire one timer, if it is still due."""

    key: int

    def carry_out(self, batch: Batch) -> None:
        scheduler.fire(batch, self.key)


@dataclass(slots=True)
class ContinueInstance(Request[None]):
    """Continue an instance whose last step ended with its budget."""

    key: int

    def carry_out(self, batch: Batch) -> None:
        scheduler.continue_by_key(batch, self.key)

    def abandoned(self, unfinished: Unfinished) -> None:
        unfinished.remove(self.key)  # the next look finds it again


@dataclass(slots=True)
class StepComputed(Request[None]):
    """Write a step that the slow lane has computed, unless the instance has changed since.

    It holds the instance after the step, and the revision and boot to which it applies; `instance` is None if there was
    nothing to do.
    """

    unfinished: Unfinished = field(repr=False)
    shares: Shares = field(repr=False)
    node: NodeLease = field(repr=False)
    key: int
    instance: Instance | None = None
    revision: int = 0
    changes: list[Change] = field(default_factory=list)
    boot: str = ""
    process: str = ""
    seconds: float = 0.0
    failed: bool = False

    def carry_out(self, batch: Batch) -> None:
        unfinished, key = self.unfinished, self.key
        unfinished.end_beside(key)
        if self.failed or self.instance is None:
            unfinished.remove(key)  # the next look finds what is left of it
            return
        instance = self.instance.snapshot()  # this batch may be rolled back, and the request run again
        self.shares.computed(self.process, self.seconds)
        batch.load((key,))
        present = batch.loaded.get(key)
        if present is None or present.revision != self.revision or self.boot != self.node.boot:
            return
        if not unfinished.is_mine(key, self.revision):
            return
        batch.loaded[key] = instance
        batch.record(instance, self.changes)
        scheduler.count_entered(batch, unfinished, instance, self.changes)

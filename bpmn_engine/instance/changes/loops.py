"""The progress of loops, and the activities that can be compensated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bpmn_engine.instance.changes.change import Change
from bpmn_engine.instance.changes.structure import add_compensation
from bpmn_engine.instance.state import Compensation, Instance, LoopState


@dataclass(slots=True)
class LoopStarted(Change):
    loop: LoopState

    def happen(self, instance: Instance) -> None:
        instance.loops[self.loop.key] = replace(self.loop, results=dict(self.loop.results))


@dataclass(slots=True)
class LoopIterationEnded(Change):
    """An iteration of a multi-instance activity has ended; `key` is its token's."""

    key: int
    loop_key: int
    counter: int
    result: Any
    completed: bool

    def happen(self, instance: Instance) -> None:
        loop = instance.loops[self.loop_key]
        if self.completed:
            loop.results[self.counter] = self.result
        else:
            loop.terminated += 1


@dataclass(slots=True)
class LoopEnded(Change):
    key: int

    def happen(self, instance: Instance) -> None:
        del instance.loops[self.key]


@dataclass(slots=True)
class CompensationRecorded(Change):
    compensation: Compensation

    def happen(self, instance: Instance) -> None:
        add_compensation(instance, self.compensation)


@dataclass(slots=True)
class CompensationRemoved(Change):
    """It is being undone, or never will be."""

    key: int
    scope_key: int

    def happen(self, instance: Instance) -> None:
        records = instance.compensations[self.scope_key]
        del records[self.key]
        if not records:
            del instance.compensations[self.scope_key]

"""The base of all changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bpmn_engine.instance.changes.structure import remove_wait
from bpmn_engine.instance.state import Instance


class Change:
    """Anything that can happen."""

    __slots__ = ()

    def happen(self, instance: Instance) -> None:
        """Write this change to the instance; called by `apply` and by `Step.emit` only."""
        raise NotImplementedError(type(self).__name__)  # pragma: no cover - every change has its own


@dataclass(slots=True)
class WaitClosed(Change):
    """A wait of a token has ended; `key` is the wait's."""

    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        remove_wait(instance, self.key)


def apply(instance: Instance, change: Change) -> None:
    """Let a change happen to an instance."""
    change.happen(instance)

"""Notifies observers of committed changes: the publisher, which wakes waiting callers, and any others.

1. Observers are called after the commit, in the loop's thread and in the order of the commits: the changes are on disk.
   A node notifies its own observers of its own commits only.
2. They are called after the callers have got their answers, and must be quick: they delay the next batch.
3. The failure of an observer is logged; it is called again for the next commit.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.state import Instance

log = logging.getLogger("bpmn_engine.observers")


@dataclass(frozen=True, slots=True)
class Commit:
    """The changes of one transaction. Observers must not modify them."""

    #: The batch's key, greater than those of all earlier batches of this node, and its time on the engine's clock.
    key: int
    at: datetime
    #: The steps in their order: the instance as it is after the batch, and what has happened to it in the step. Empty
    #: if no observer has asked for them.
    steps: Sequence[tuple[Instance, Sequence[Change]]]
    ended: Sequence[Instance]
    #: How many jobs of each type are ready for workers.
    ready: Mapping[str, int]


class Observer(Protocol):
    """Receives commits."""

    def committed(self, commit: Commit) -> None:
        """Called for each commit."""
        ...


class Observers:
    """The observers of one loop, in the order in which they are called. Any thread may add and remove them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._observers: tuple[tuple[Observer, bool], ...] = ()
        #: Whether an observer needs the steps of a commit.
        self.want_steps = False

    def add(self, observer: Observer, *, steps: bool) -> None:
        """Add an observer, from the next batch on. Without `steps` it may get commits without their steps."""
        with self._lock:
            self._set((*self._observers, (observer, steps)))

    def remove(self, observer: Observer) -> None:
        """Remove an observer."""
        with self._lock:
            self._set(tuple(known for known in self._observers if known[0] is not observer))

    def _set(self, observers: tuple[tuple[Observer, bool], ...]) -> None:
        self._observers, self.want_steps = observers, any(steps for _, steps in observers)

    def tell(self, commit: Commit) -> None:
        """Notify all observers of a commit."""
        for observer, _ in self._observers:
            try:
                observer.committed(commit)
            except Exception:
                log.exception("%r failed to take in commit %s", observer, commit.key)

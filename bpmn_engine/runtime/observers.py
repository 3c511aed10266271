"""Who is told what has changed: the publisher, which wakes waiting callers, and whatever else wants to know.

1. Observers are told after the commit, in the loop's thread and in the order of the commits: what they hear of is on
   disk. A node tells its own observers of its own commits only.
2. They are told after the callers have got their answers, and must be quick: they hold up the next batch.
3. One that fails is logged, and told again of the next commit.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.state import Instance

log = logging.getLogger("bpmn_engine.observers")


@dataclass(frozen=True, slots=True)
class Commit:
    """What one transaction has brought about. Nothing in it may be changed."""

    #: The batch's key, greater than those of all earlier batches of this node, and its time on the engine's clock.
    key: int
    at: datetime
    #: The steps in their order: the instance as it is after the batch, and what has happened to it in the step.
    steps: Sequence[tuple[Instance, Sequence[Change]]]
    ended: Sequence[Instance]
    #: How many jobs of each type are ready for workers.
    ready: Mapping[str, int]


class Observer(Protocol):
    """Wants to know what has changed."""

    def committed(self, commit: Commit) -> None:
        """Called for each commit."""
        ...


class Observers:
    """The observers of one loop, in the order in which they are told."""

    def __init__(self, *first: Observer) -> None:
        self._observers = first

    def add(self, observer: Observer) -> None:
        """Tell one more. May be called from any thread."""
        self._observers = (*self._observers, observer)

    def remove(self, observer: Observer) -> None:
        """Tell this one no more. May be called from any thread."""
        self._observers = tuple(known for known in self._observers if known is not observer)

    def tell(self, commit: Commit) -> None:
        """Tell everybody of a commit."""
        for observer in self._observers:
            try:
                observer.committed(commit)
            except Exception:
                log.exception("%r failed to take in commit %s", observer, commit.key)

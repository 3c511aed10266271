"""What the clients have asked for, and what was acknowledged."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.crash.diagrams import Kind


@dataclass(slots=True)
class Start:
    """A start; `key` is that of the acknowledged instance, `published` the messages that it has got by now."""

    kind: Kind
    key: str | None = None
    published: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Completions:
    """The marks that completions of one job were sent with, and those that were acknowledged."""

    instance_key: str
    element_id: str
    tried: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)


class Ledger:
    """Written by all clients, read by the judge."""

    def __init__(self) -> None:
        self.starts: dict[str, Start] = {}
        self.jobs: dict[str, Completions] = {}
        self.tasks: dict[str, Completions] = {}
        #: Message ids of tickets, and whether their publication was acknowledged.
        self.tickets: dict[str, bool] = {}
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.strange: list[str] = []
        self._lock = threading.Lock()

    def count(self, what: str, status: int) -> None:
        """An answer; 0 stands for none."""
        with self._lock:
            self.statuses[what, status] += 1

    def object(self, sentence: str) -> None:
        """Note an answer that must not be, once."""
        with self._lock:
            if sentence not in self.strange:
                self.strange.append(sentence)

    def claim(self, jobs: dict[str, Completions], key: str, completions: Completions) -> Completions:
        """The entry of a job or task."""
        with self._lock:
            return jobs.setdefault(key, completions)

    @property
    def summary(self) -> str:
        """How much was done, in one line."""
        acknowledged = sum(start.key is not None for start in self.starts.values())
        jobs = sum(len(done.acknowledged) for done in self.jobs.values())
        tasks = sum(len(done.acknowledged) for done in self.tasks.values())
        lost = sum(number for (_, status), number in self.statuses.items() if status in (0, 500, 503, 504))
        return (
            f"{acknowledged} of {len(self.starts)} starts, {jobs} jobs, {tasks} tasks and "
            f"{sum(self.tickets.values())} of {len(self.tickets)} tickets acknowledged, {lost} requests without an answer"
        )

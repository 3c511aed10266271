"""A run: load on a cluster, faults, peace until everything has ended, and a verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.clients import Load
from tests.crash.cluster import Cluster
from tests.crash.diagrams import FILES
from tests.crash.judge import Judge, Verdict, check_database
from tests.crash.ledger import Ledger
from tests.crash.plan import Executor, Faults, plan
from tests.crash.rest import Rest

#: Settling takes at most so many times as long as nothing may happen in it.
_LONGEST = 4


@dataclass(frozen=True)
class Course:
    """The faults of a run; seconds between two starts, for the faults at most, and without progress after them."""

    faults: Faults
    pace: float = 0.1
    fault_seconds: float = 60.0
    settle_seconds: float = 20.0


@dataclass(frozen=True)
class Report:
    """The verdict, and how it came to it."""

    verdict: Verdict
    ledger: Ledger
    faults: list[str]
    seconds: float

    @property
    def line(self) -> str:
        """The summary."""
        return f"{self.verdict.line} | {self.ledger.summary} | {len(self.faults)} faults, {self.seconds:.0f} s"


def run(cluster: Cluster, seed: int, course: Course, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Run once; the cluster is started here, and stopped by whoever has made it."""
    began = time.monotonic()
    cluster.start()
    load = Load(cluster.urls, seed, course.pace)
    _check_deployed(cluster, load.ledger)
    load.start()
    executor = Executor(cluster, tell)
    try:
        executor.run(plan(seed, course.faults, len(cluster.nodes)), time.monotonic() + course.fault_seconds)
        load.finish_starting()
        executor.heal()
        _settle(cluster, load, course.settle_seconds, tell)
    finally:
        load.stop()
    verdict = _judge(cluster, load.ledger)
    return Report(verdict, load.ledger, executor.done, time.monotonic() - began)


def _check_deployed(cluster: Cluster, ledger: Ledger) -> None:
    rest = Rest(cluster.urls, ledger, "deployed")
    missing = FILES.keys() - {row["processDefinitionId"] for row in rest.all("process-definitions")}
    rest.close()
    assert not missing, f"the nodes have not deployed {missing}; see their logs"


def _settle(cluster: Cluster, load: Load, seconds: float, tell: Callable[[str], None]) -> None:
    """Wait until nothing runs and nobody wants anything; at most so long without any progress."""
    rest = Rest(cluster.urls, load.ledger, "settle")
    limit = time.monotonic() + _LONGEST * seconds
    patience, seen, told = time.monotonic() + seconds, (0, 0), 0.0
    while time.monotonic() < min(patience, limit) and not _is_quiet(rest, load):
        time.sleep(0.2)
        left = rest.total("process-instances", {"state": "ACTIVE"}) or 0
        if (now := (left, len(load.errands))) != seen:
            patience, seen = time.monotonic() + seconds, now
        if time.monotonic() > told + 10:
            told = time.monotonic()
            tell(f"{left} instances run")
    rest.close()


def _is_quiet(rest: Rest, load: Load) -> bool:
    if load.errands or rest.total("process-instances", {"state": "ACTIVE"}) != 0:
        return False
    tickets = sum(load.ledger.tickets.values())
    if tickets > (rest.total("process-instances", {"processDefinitionId": "desk"}) or 0):
        return False
    time.sleep(1.0)  # what is just being started by a message
    return not load.errands and rest.total("process-instances", {"state": "ACTIVE"}) == 0


def _judge(cluster: Cluster, ledger: Ledger) -> Verdict:
    rest = Rest(cluster.urls, ledger, "judge", 60)
    verdict = Judge(rest, ledger, cluster.calls).judge()
    rest.close()
    verdict.wrong += [f"a node has stopped with {status}" for status in cluster.stop() if status != 0]
    verdict.check += check_database(cluster.database)
    return verdict

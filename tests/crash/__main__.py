"""`make crash`: the long form of the random crash test, for each seed of CRASH_SEED; bounded in time."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.crash.cluster import Cluster, postgres_cluster, sqlite_cluster
from tests.crash.diagrams import write_folder
from tests.crash.plan import Faults
from tests.crash.run import Course, run

SETTINGS = {"BPMN_NODE_LEASE": "PT5S", "BPMN_HANDLER_TIMEOUT": "PT6S", "BPMN_POLL": "PT2S", "BPMN_JOB_LAPSES": "100000"}
#: The two halves of a seed, together about twenty minutes at most.
ONE = Course(Faults(kills=200, pause=1.0), pace=0.25, fault_seconds=540, settle_seconds=60)
THREE = Course(
    Faults(kills=100, restarts=10, freezes=10, cuts=30, freeze_seconds=20, pause=1.0),
    pace=0.25,
    fault_seconds=540,
    settle_seconds=60,
)

_Made = Callable[[Path, Path], AbstractContextManager[Cluster]]
FORMS: dict[str, tuple[_Made, Course]] = {
    "sqlite": (lambda folder, served: sqlite_cluster(folder, served, SETTINGS), ONE),
    "postgres": (lambda folder, served: postgres_cluster(folder, served, SETTINGS, (0.0, 60.0, -60.0)), THREE),
}


def main() -> int:
    """Run all seeds on all databases; 1 if anything is wrong."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # so that everything is stopped
    forms = os.environ.get("CRASH_FORMS", "sqlite postgres").split()
    seeds = [int(seed) for seed in os.environ.get("CRASH_SEED", "1 2 3").split()]
    results = [_one(form, seed) for seed in seeds for form in forms]
    return 0 if all(results) else 1


def _one(form: str, seed: int) -> bool:
    made, course = FORMS[form]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bpmn-crash-", ignore_cleanup_errors=True) as name:
        folder = Path(os.environ.get("CRASH_FOLDER") or name) / f"{form}-{seed}"
        folder.mkdir(parents=True)
        folder.parent.chmod(0o755)
        with made(folder, write_folder(folder / "served")) as cluster:
            report = run(
                cluster, seed, course, lambda text: _say(f"{form} {seed} {time.monotonic() - began:5.0f} s: {text}")
            )
    for finding in report.verdict.findings:
        _say(f"  {finding}")
    _say(f"{form} {seed}: {report.line}")
    return not report.verdict.findings


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

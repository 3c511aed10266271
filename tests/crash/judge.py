"""What must be true in the end, seen from outside: the API's own history against the ledger of the clients."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.crash.cluster import ROOT
from tests.crash.diagrams import CAUSES, CHILDREN, REFUSE, REMOTE, Outcome
from tests.crash.ledger import Completions, Ledger
from tests.crash.rest import Rest

_ELSEWHERE = (REMOTE, REFUSE)
_MARKS = {"COMPLETED": "", "TERMINATED": "!"}
#: What is shown of each list in a report.
_SHOWN = 20

Row = dict[str, Any]


@dataclass
class Verdict:
    """Sentences about what is wrong, by kind; empty if all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    check: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The summary."""
        return ", ".join(f"{name} {len(found)}" for name, found in vars(self).items())

    @property
    def findings(self) -> list[str]:
        """All sentences, as far as they can be read."""
        return [f"{name}: {sentence}" for name, found in vars(self).items() for sentence in found[:_SHOWN]]


class Judge:
    """Reads the whole history once, then compares; `calls` is where the handlers of the nodes note theirs."""

    def __init__(self, rest: Rest, ledger: Ledger, calls: Path) -> None:
        self.ledger, self.verdict = ledger, Verdict()
        self.instances = {row["processInstanceKey"]: row for row in rest.all("process-instances")}
        self.definitions = list(rest.all("process-definitions"))
        self.elements = list(rest.all("element-instances"))
        self.jobs = {row["jobKey"]: row for row in rest.all("jobs")}
        self.tasks = {row["userTaskKey"]: row for row in rest.all("user-tasks")}
        self.variables = _variables(rest.all("variables"))
        self.incidents = list(rest.all("incidents"))
        self.calls = (
            Counter(line.split()[0] for line in calls.read_text().splitlines()) if calls.exists() else Counter()
        )
        self.ran: defaultdict[str, Outcome] = defaultdict(Counter)
        for row in self.elements:
            self.ran[row["processInstanceKey"]][row["elementId"] + _MARKS.get(row["state"], "?")] += 1

    def judge(self) -> Verdict:
        """Everything."""
        self._definitions()
        self._starts()
        self._outcomes()
        self._children()
        self._desks()
        self._jobs()
        self._calls()
        self._completions(self.ledger.jobs, self.jobs)
        self._completions(self.ledger.tasks, self.tasks)
        self.verdict.wrong += self.ledger.strange
        self.verdict.incidents += [_text(row) for row in self.incidents]
        return self.verdict

    def _definitions(self) -> None:
        """However often and by however many nodes a file was deployed, it is one version."""
        names = ("processDefinitionId", "version")
        more = [" ".join(str(row[name]) for name in names) for row in self.definitions if row["version"] > 1]
        self.verdict.doubled += [f"the same file was deployed again as {name}" for name in more]

    def _starts(self) -> None:
        """An acknowledged start is there; none is there twice."""
        found = Counter(row["businessId"] for row in self._roots())
        for ref, start in self.ledger.starts.items():
            if start.key is not None and start.key not in self.instances:
                self.verdict.lost.append(f"the start {ref} was acknowledged with {start.key}")
            elif start.key is None:
                self.verdict.lost.append(f"the start {ref} was never acknowledged")
            if found[ref] > 1:
                self.verdict.doubled.append(f"the start {ref} is there {found[ref]} times")
        strangers = found.keys() - self.ledger.starts.keys()
        self.verdict.wrong += [f"nobody has started {ref}" for ref in strangers]

    def _roots(self) -> Iterable[Row]:
        return (row for row in self.instances.values() if row["processDefinitionId"] not in CHILDREN)

    def _outcomes(self) -> None:
        """Each instance has ended as its diagram says."""
        for key, row in self.instances.items():
            outcomes, end = self._wanted(row)
            if row["state"] == "ACTIVE":
                self.verdict.stuck.append(f"{_text(row)} stands at {dict(self.ran[key])}")
            elif row["state"] != end:
                self.verdict.wrong.append(f"{_text(row)} should be {end}")
            elif self.ran[key] not in outcomes:
                self._compare(row, self.ran[key], outcomes[0])

    def _wanted(self, row: Row) -> tuple[tuple[Outcome, ...], str]:
        if row["processDefinitionId"] in CHILDREN:
            return CHILDREN[row["processDefinitionId"]]
        start = self.ledger.starts.get(row["businessId"])
        return (start.kind.outcomes if start else ()), "COMPLETED"

    def _compare(self, row: Row, ran: Outcome, wanted: Outcome) -> None:
        more, less = dict(ran - wanted), dict(wanted - ran)
        kind = self.verdict.doubled if more and not less else self.verdict.lost if less and not more else None
        sentence = f"{_text(row)} has done {more} too often and {less} too seldom"
        (self.verdict.wrong if kind is None else kind).append(sentence)

    def _children(self) -> None:
        """Each call and each message at an end has brought about what it should."""
        numbers = Counter(row["processDefinitionId"] for row in self.instances.values())
        for child, (cause, times) in CAUSES.items():
            missing = times * numbers[cause] - numbers[child]
            kind = self.verdict.lost if missing > 0 else self.verdict.doubled
            if missing:
                kind.append(f"{numbers[child]} instances of {child} for {numbers[cause]} of {cause}")

    def _desks(self) -> None:
        """Each ticket has started one instance; those of one desk follow each other."""
        desks = [row for row in self.instances.values() if row["processDefinitionId"] == "desk"]
        taken = Counter(self.variables.get((row["processInstanceKey"], "by_ticket")) for row in desks)
        for ref, acknowledged in self.ledger.tickets.items():
            if acknowledged and not taken[ref]:
                self.verdict.lost.append(f"the ticket {ref} was acknowledged")
            if taken[ref] > 1:
                self.verdict.doubled.append(f"the ticket {ref} was taken {taken[ref]} times")
        for earlier, later in pairwise(sorted(desks, key=self._desk)):
            if self._desk(earlier)[0] == self._desk(later)[0] and _overlap(earlier, later):
                self.verdict.doubled.append(f"{_text(earlier)} and {_text(later)} run at one desk at once")

    def _desk(self, row: Row) -> tuple[str, str]:
        return str(self.variables.get((row["processInstanceKey"], "by_key"))), row["startDate"]

    def _jobs(self) -> None:
        """An element instance has one job, and a job is completed once."""
        counted = Counter(row["elementInstanceKey"] for row in self.jobs.values())
        self.verdict.doubled += [f"the element instance {key} has {n} jobs" for key, n in counted.items() if n > 1]
        for key, row in self.jobs.items():
            if row["state"] not in ("COMPLETED", "ERROR_THROWN", "CANCELED"):
                instance = self.instances[row["processInstanceKey"]]
                kind = self.verdict.stuck if instance["state"] == "ACTIVE" else self.verdict.wrong
                kind.append(f"the job {key} of {_text(instance)} is {row['state']} with {row['worker']}")

    def _calls(self) -> None:
        """What a handler of a node has completed, it was called for."""
        done = [key for key, row in self.jobs.items() if row["state"] == "COMPLETED" and row["type"] not in _ELSEWHERE]
        self.verdict.wrong += [
            f"no handler was called for {_text(self.jobs[key])}" for key in done if not self.calls[key]
        ]

    def _completions(self, asked: dict[str, Completions], rows: dict[str, Row]) -> None:
        """What was acknowledged is completed, by the one whose completion was acknowledged."""
        for key, done in asked.items():
            state = rows[key]["state"] if key in rows else "gone"
            if len(done.acknowledged) > 1:
                self.verdict.doubled.append(f"{key} at {done.element_id} was completed by {done.acknowledged}")
            if done.acknowledged and state != "COMPLETED":
                self.verdict.lost.append(
                    f"the completion of {key} at {done.element_id} was acknowledged; it is {state}"
                )
            elif state == "COMPLETED":
                self._mark(key, done)

    def _mark(self, key: str, done: Completions) -> None:
        """The variables are those of the completion that counts; where a diagram has loops, the last one's are there."""
        found = self.variables.get((done.instance_key, f"by_{done.element_id}"))
        if done.element_id in ("pong", "rounds") or found is None:
            return
        if found not in (done.acknowledged or done.tried):
            self.verdict.wrong.append(f"{key} at {done.element_id} has {found}; {done.acknowledged} was acknowledged")


def _variables(rows: Iterable[Row]) -> dict[tuple[str, str], Any]:
    """The variables that say who has done what, at the root of each instance."""
    return {
        (row["processInstanceKey"], row["name"]): json.loads(row["value"])
        for row in rows
        if row["name"].startswith("by_") and row["scopeKey"] == row["processInstanceKey"]
    }


def _overlap(earlier: Row, later: Row) -> bool:
    """Whether the later of two began before the end of the earlier; the nodes' clocks agree but for moments."""
    if earlier["endDate"] is None:
        return True
    began, ended = datetime.fromisoformat(later["startDate"]), datetime.fromisoformat(earlier["endDate"])
    return ended - began > timedelta(seconds=0.5)


def _text(row: Row) -> str:
    names = (
        "processDefinitionId",
        "processInstanceKey",
        "businessId",
        "state",
        "elementId",
        "errorMessage",
        "startDate",
    )
    return " ".join(str(row[name]) for name in names if row.get(name) is not None)


def check_database(url: str) -> list[str]:
    """What `bpmn db check` finds, if there is such a command."""
    command = [sys.executable, "-m", "bpmn_engine", "db", "check"]
    if subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, check=False).returncode:
        return []
    done = subprocess.run(
        [*command, "--database", url], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    return [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()

"""The load: starters, workers, people and publishers in a few threads, who keep on until they know what has become of it.

Whatever is repeated is sent with the same idempotency key (starts, publications, correlations), message id (tickets) or
mark (completions). Some acknowledged starts are repeated as well: they must get the same answer.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from tests.crash.diagrams import IGNORED, KINDS, REFUSE, REMOTE, Errand
from tests.crash.ledger import Completions, Ledger, Start
from tests.crash.rest import OPEN, Rest

_HOUR = 3_600_000
#: How long a worker has its jobs, in milliseconds.
_LOCK = 4_000
_DESKS = 4
#: One in so many works is a ticket for a desk, one in so many jobs fails at first, one in so many starts is repeated.
_TICKET, _FAILING, _REPEATED = 10, 20, 5

#: With so many errands waiting nothing is started: the load is what the nodes can bear, however slow the machine is.
_CROWD = 50

_Task = Callable[[Rest], bool]


class Load:
    """All clients of a run."""

    def __init__(self, urls: Sequence[str], seed: int, pace: float, *, seconds: float = 8.0) -> None:
        self.ledger, self.seed, self.pace = Ledger(), seed, pace
        self.errands: deque[tuple[float, _Task]] = deque()
        self.starting, self.working = True, True
        roles = [self._start, *[self._work] * 3, self._refuse, *[self._decide] * 2, *[self._publish] * 2]
        self._threads = [
            threading.Thread(
                target=self._run, args=(role, Rest(urls, self.ledger, f"{seed}-{n}", seconds)), daemon=True
            )
            for n, role in enumerate(roles)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def finish_starting(self) -> None:
        """Start no more; what runs is brought to its end."""
        self.starting = False
        self._threads[0].join(60)

    def stop(self) -> None:
        """Let go."""
        self.starting = self.working = False
        for thread in self._threads:
            thread.join(60)

    def _run(self, role: Callable[[Rest], None], rest: Rest) -> None:
        try:
            role(rest)
        except Exception as error:
            self.ledger.object(f"the client {role.__name__} failed: {error!r}")
            raise
        finally:
            rest.close()

    # who starts instances

    def _start(self, rest: Rest) -> None:
        """One after the other, by the seed; what is not acknowledged is repeated by the errands."""
        plan = random.Random(f"work {self.seed}")
        number = 0
        while self.starting:
            if len(self.errands) > _CROWD:
                time.sleep(0.1)
                continue
            number += 1
            ref = f"{self.seed}-{number}"
            self._ticket(ref, plan) if plan.randrange(_TICKET) == 0 else self._instance(rest, ref, plan)
            time.sleep(self.pace * plan.uniform(0.5, 1.5))

    def _ticket(self, ref: str, plan: random.Random) -> None:
        self.ledger.tickets[ref] = False
        self._add(_Ticket(self.ledger, ref, f"{self.seed}-desk-{plan.randrange(_DESKS)}"))

    def _instance(self, rest: Rest, ref: str, plan: random.Random) -> None:
        start = self.ledger.starts[ref] = Start(plan.choice(KINDS))
        creation = _Creation(self.ledger, ref)
        if not creation(rest):
            self._add(creation)
        for errand in start.kind.errands:
            self._add(_Messages(self.ledger, ref, errand))

    # who publishes messages

    def _add(self, task: _Task, delay: float = 0.0) -> None:
        self.errands.append((time.monotonic() + delay, task))

    def _publish(self, rest: Rest) -> None:
        """Run errands until they are done."""
        while self.working:
            try:
                moment, task = self.errands.popleft()
            except IndexError:
                time.sleep(0.05)
                continue
            if moment > time.monotonic():
                self.errands.append((moment, task))
                time.sleep(0.01)
                continue
            if not task(rest):
                self._add(task, rest.random.uniform(0.1, 0.5))

    # who does jobs

    def _work(self, rest: Rest) -> None:
        name = f"worker-{rest.random.randrange(10**6)}"
        count = 0
        while self.working:
            for job in _activate(rest, REMOTE, name, 2_000):
                count += 1
                if job["retries"] >= 3 and rest.random.randrange(_FAILING) == 0:
                    failure = {"retries": job["retries"] - 1, "errorMessage": "not yet", "retryBackOff": 100}
                    rest.post(f"/jobs/{job['jobKey']}/failure", failure)
                else:
                    self._complete(rest, job, f"{name}-{count}")

    def _complete(self, rest: Rest, job: dict[str, Any], mark: str) -> None:
        entry = Completions(job["processInstanceKey"], job["elementId"])
        done = self.ledger.claim(self.ledger.jobs, job["jobKey"], entry)
        body = {"variables": {f"by_{job['elementId']}": mark}}
        self._insist(rest, f"/jobs/{job['jobKey']}/completion", body, done, mark)

    def _insist(self, rest: Rest, path: str, body: dict[str, Any], done: Completions, mark: str) -> None:
        """Repeat until somebody knows: done now (204), or done or gone before (404, 409)."""
        done.tried.append(mark)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            status, _ = rest.post(path, body)
            if status == 204:
                done.acknowledged.append(mark)
            if status not in OPEN:
                return
            time.sleep(0.1)

    def _refuse(self, rest: Rest) -> None:
        while self.working:
            for job in _activate(rest, REFUSE, "refuser", 1_000):
                rest.post(f"/jobs/{job['jobKey']}/error", {"errorCode": "NOFUNDS", "errorMessage": "no"})

    # who does user tasks

    def _decide(self, rest: Rest) -> None:
        count = 0
        while self.working:
            tasks = rest.search("user-tasks", {"state": "CREATED"}) or []
            rest.random.shuffle(tasks)
            for task in tasks[:10]:
                if self._may_be_done(task) and rest.random.random() < 0.5:
                    count += 1
                    self._do(rest, task, f"person-{rest.random.randrange(10**6)}-{count}")
            time.sleep(0.1)

    def _may_be_done(self, task: dict[str, Any]) -> bool:
        if task["elementId"] in IGNORED:
            return False
        start = self.ledger.starts.get(task["businessId"] or "")
        needed = start.kind.after.get(task["elementId"]) if start else None
        return start is None or needed is None or needed in start.published

    def _do(self, rest: Rest, task: dict[str, Any], mark: str) -> None:
        key, element = task["userTaskKey"], task["elementId"]
        if rest.random.random() < 0.3:
            rest.post(f"/user-tasks/{key}/assignment", {"assignee": "ada"})
        entry = Completions(task["processInstanceKey"], element)
        done = self.ledger.claim(self.ledger.tasks, key, entry)
        self._insist(rest, f"/user-tasks/{key}/completion", {"variables": {f"by_{element}": mark}}, done, mark)


def _activate(rest: Rest, job_type: str, worker: str, patience: int) -> list[dict[str, Any]]:
    body = {
        "type": job_type,
        "worker": worker,
        "timeout": _LOCK,
        "maxJobsToActivate": rest.random.randint(1, 10),
        "requestTimeout": patience,
    }
    status, found = rest.post("/jobs/activation", body)
    if status != 200:
        time.sleep(0.1)
        return []
    jobs: list[dict[str, Any]] = found["jobs"]
    return jobs


class _Creation:
    """Starts an instance; done when it is acknowledged, now and then twice."""

    def __init__(self, ledger: Ledger, ref: str) -> None:
        self.ledger, self.ref, self.start = ledger, ref, ledger.starts[ref]

    def __call__(self, rest: Rest) -> bool:
        kind = self.start.kind
        variables = {"ref": self.ref, **kind.variables}
        body = {"processDefinitionId": kind.process_id, "businessId": self.ref, "variables": variables}
        status, found = rest.post("/process-instances", body, {"Idempotency-Key": f"start-{self.ref}"})
        if status == 200:
            return self._acknowledge(found["processInstanceKey"], rest)
        if status not in OPEN:
            self.ledger.object(f"the start {self.ref} got {status} {found}")
        return status not in OPEN

    def _acknowledge(self, key: str, rest: Rest) -> bool:
        if self.start.key is None:
            self.start.key = key
            return rest.random.randrange(_REPEATED) > 0
        if self.start.key != key:
            self.ledger.object(f"the start {self.ref} got {self.start.key} first, then {key}")
        return True


class _Ticket:
    """Publishes a message that starts a process; done when it is acknowledged, or its id is there already."""

    def __init__(self, ledger: Ledger, ref: str, desk: str) -> None:
        self.ledger, self.ref, self.desk = ledger, ref, desk

    def __call__(self, rest: Rest) -> bool:
        body = {
            "name": "ticket",
            "correlationKey": self.desk,
            "timeToLive": _HOUR,
            "messageId": self.ref,
            "variables": {"by_ticket": self.ref, "by_key": self.desk},
        }
        status, found = rest.post("/messages/publication", body)
        if status in (200, 409):
            self.ledger.tickets[self.ref] = True
        elif status not in OPEN:
            self.ledger.object(f"the ticket {self.ref} got {status} {found}")
        return status not in OPEN


class _Messages:
    """The messages of an errand one after the other, and those of earlier errands before; a start in doubt may come yet."""

    def __init__(self, ledger: Ledger, ref: str, errand: Errand) -> None:
        self.ledger, self.ref, self.start, self.errand = ledger, ref, ledger.starts[ref], errand
        names = [other.message for other in self.start.kind.errands]
        self._earlier = set(names[: names.index(errand.message)])
        self._sent = 0

    def __call__(self, rest: Rest) -> bool:
        if not self._earlier <= self.start.published:
            return False
        while self._sent < self.errand.times and self._send(rest):
            self._sent += 1
        if self._sent == self.errand.times:
            self.start.published.add(self.errand.message)
        return self._sent == self.errand.times

    def _send(self, rest: Rest) -> bool:
        """Publish, or hand over: then nobody may wait yet (404)."""
        key = {"Idempotency-Key": f"message-{self.ref}-{self.errand.message}-{self._sent}"}
        body = {"name": self.errand.message, "correlationKey": self.ref}
        if self.errand.synchronous:
            status, found = rest.post("/messages/correlation", body, key)
            if status == 200 and self.start.key not in (None, found["processInstanceKey"]):
                self.ledger.object(f"a message for {self.ref} went to {found['processInstanceKey']}")
        else:
            status, found = rest.post("/messages/publication", {**body, "timeToLive": _HOUR}, key)
        if status not in (*OPEN, 200, 404):
            self.ledger.object(f"a message for {self.ref} got {status} {found}")
        return status == 200

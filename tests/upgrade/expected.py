"""What was running when the old database was closed, and what must become of each instance.

A test finds an instance (and those it calls) by its business id, or by its process id if an event has started it. It
carries out the steps; then the instances must have these last states, have completed these elements (each as often as
it stands here, those of called instances too; processes are not named) and have these variables among others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

COMPLETED, TERMINATED = "COMPLETED", "TERMINATED"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done to an instance from outside; `name` is a job type, an element, a message or a signal."""

    verb: str
    name: str = ""
    key: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """An instance, what is to be done, and how it ends. `states` holds those of called instances after its own."""

    id: str
    steps: tuple[Step, ...]
    elements: str
    states: tuple[str, ...] = (COMPLETED,)
    variables: Mapping[str, Any] = field(default_factory=dict)


def job(kind: str, **variables: Any) -> Step:
    """Activate a job of this type as a worker does, and complete it."""
    return Step("job", kind, variables=variables)


def held(kind: str) -> Step:
    """Complete a job that a worker has activated before."""
    return Step("held", kind)


def throw(kind: str, code: str) -> Step:
    """Activate a job and report a business error."""
    return Step("throw", kind, code)


def task(element_id: str, **variables: Any) -> Step:
    """Complete the oldest open user task at an element."""
    return Step("task", element_id, variables=variables)


def publish(name: str, key: str, **variables: Any) -> Step:
    """Publish a message."""
    return Step("publish", name, key, variables)


def signal(name: str) -> Step:
    """Broadcast a signal."""
    return Step("signal", name)


def write(**variables: Any) -> Step:
    """Write variables to the instance."""
    return Step("write", variables=variables)


def begin(scope: str, element_id: str) -> Step:
    """Activate an element of an ad-hoc sub-process."""
    return Step("begin", scope, element_id)


#: Resolve the incident, with new retries for its job if it has one.
RESOLVE = Step("resolve")
RESUME = Step("resume")
#: Move the clock to where everything that does not wait for ever is due.
LATER = Step("later")


RUNNING = (
    # jobs
    Row(
        "job-new", (job("job-new", paid=True),), "start pack end",
        variables={"customer": "Zoë", "total": 10.5, "count": 2**60, "lines": [{"sku": "a", "n": 1}, None], "paid": True},
    ),
    Row("job-expired", (job("job-expired"),), "start pack end"),
    Row("job-held", (held("job-held"),), "start pack end"),
    Row("job-backoff", (LATER, job("job-backoff")), "start pack end"),
    Row("job-incident", (RESOLVE, job("job-incident")), "start pack end"),
    Row("error", (throw("error", "NO"), task("repair")), "start refused repair end_repaired"),
    # user tasks, listeners, decisions
    Row("task-new", (task("approve", approved=True),), "start approve end", variables={"approved": True}),
    Row("task-assigned", (task("approve", approved=True),), "start approve end"),
    Row(
        "listener-before",
        (*(job(f"listener-before-{kind}") for kind in ("before", "work", "after")), task("approve"), job("listener-before-asked")),
        "start prepare approve end",
    ),
    Row(
        "listener-after", (job("listener-after-after"), task("approve"), job("listener-after-asked")),
        "start prepare approve end",
    ),
    Row(
        "listener-asked", (job("listener-asked-asked"),), "start prepare approve end", variables={"approved": True},
    ),
    Row("decision", (task("check"),), "start rate check end", variables={"risk": "high"}),
    # operators
    Row("stuck", (write(amount=20), RESOLVE, task("big")), "start size big end_big"),
    Row("stuck-resolved", (task("small"),), "start size small end_small"),
    Row(
        "suspended", (RESUME, job("suspended")), "start f pack pause note j end", variables={"text": "kept"},
    ),
    Row("version-old", (task("old"),), "start old end_old"),
    Row("version-migrated", (task("new"),), "start new end_new"),
    Row("version-new", (task("new"),), "start new end_new"),
    Row("modified", (task("b"),), "start b end"),
    Row("pending-start", (publish("pending-go", "pending-start"),), "start a b pause end"),
    Row("pending-message", (), "start a b pause end"),
    # events
    Row("timer-soon", (), "start pause end"),
    Row("timer-far", (LATER,), "start pause end"),
    Row("monthly", (LATER, task("report")), "start report end"),
    Row(
        "message", (publish("payment", "message", paid=7), publish("parcel", "message")), "start paid shipped end",
        variables={"paid": 7},
    ),
    Row("buffered", (task("ask"),), "start ask reply end", variables={"text": "early"}),
    Row(
        "order", (job("deliver"), job("deliver")), "start deliver end start deliver end", states=(COMPLETED, COMPLETED),
        variables={"number": 1},
    ),
    Row("pair", (publish("pair-second", "P1"),), "first end_first second end_second"),
    Row("signal", (signal("green"),), "start pause end"),
    Row("alarm", (signal("fire"), task("evacuate")), "start evacuate end"),
    Row("condition", (write(ready=True),), "start pause end"),
    Row(
        "watch", (write(level=8), write(level=1), write(level=7), task("note"), task("note"), task("work")),
        "start high note end_note high note end_note work end",
    ),
    Row("choice-paid", (publish("choice-paid", "choice-paid"),), "start g paid end_paid"),
    Row("choice-off", (signal("choice-off"),), "start g off end_off"),
    Row("choice-late", (LATER,), "start g late end_late"),
    Row("deadline-done", (task("work"),), "start work end"),
    Row("deadline-stop", (publish("deadline-stop", "deadline-stop"),), "start stop end_stop"),
    Row("deadline-late", (LATER,), "start late end_late"),
    Row(
        "reminder",
        (publish("reminder-more", "reminder"), LATER, task("remind"), task("remind"), task("note"), task("work")),
        "start work end again remind end_remind again remind end_remind more note end_note",
    ),
    Row("handled-idle", (task("work"),), "start work end"),
    Row(
        "handled-stop", (publish("handled-stop", "handled-stop"), task("undo")), "start stopping stop undo end_stop",
    ),
    Row("handled-late", (LATER,), "start lateness late end_late"),
    Row(
        "handled-fired", (publish("handled-note", "handled-fired"), task("note"), task("note"), task("work")),
        "start work end noting more note end_note noting more note end_note",
    ),
    Row("escalation", (job("escalation"), task("decide")), "start start_s look risen decide end_risen"),
    # joins, loops, scopes
    Row("join", (task("b"),), "start f a b j end"),
    Row("inclusive", (task("b"),), "start f a b j end"),
    Row("two-of-three", (task("c"), task("after")), "start f a b c j after end"),
    Row("loop", (task("again"), task("again")), "start again again again again end"),
    Row(
        "each-parallel", (job("each-parallel", done=20), job("each-parallel", done=30)), "start pack pack pack pack end",
        variables={"results": [10, 20, 30]},
    ),
    Row(
        "each-sequential", (task("pack", done=20), task("pack", done=30)), "start pack pack pack pack end",
        variables={"results": [10, 20, 30]},
    ),
    Row(
        "each-scope", (task("send"), job("each-scope"), task("send")),
        "start s s s s start_s pack send end_s start_s pack send end_s start_s pack send end_s end",
    ),
    Row(
        "each-call", (job("each-call", answer=20), job("each-call", answer=30)),
        "start c c c c end start_e run end_e start_e run end_e start_e run end_e", states=(COMPLETED,) * 4,
        variables={"results": [10, 20, 30]},
    ),
    Row(
        "call", (job("call", answer=42), task("after")), "start c after end start_e run end_e",
        states=(COMPLETED, COMPLETED), variables={"answer": 42},
    ),
    Row(
        "call-stop", (publish("call-stop", "call-stop"),), "start stop end_stop start_e", states=(COMPLETED, TERMINATED),
    ),
    Row(
        "nested", (job("nested", answer=42), task("after")), "start o after end start_m m end_m start_e run end_e",
        states=(COMPLETED,) * 3, variables={"answer": 42},
    ),
    Row("trip", (job("cancel_flight"), job("cancel_hotel")), "start hotel flight giveup cancel_flight cancel_hotel end"),
    Row("transaction", (job("unbook"), task("sorry")), "start start_t book unbook canceled sorry end_canceled"),
    Row("ad-hoc", (begin("s", "b"), task("a"), task("b", enough=True)), "start s a b end"),
)  # fmt: skip

ENDED = (
    Row("job-done", (), "start pack end", variables={"result": "done"}),
    Row("job-canceled", (), "start", states=(TERMINATED,)),
)

#: Parents that were never told that the called instance has ended. The steps are what is left to do after a repair.
LOST = (
    Row(
        "lost-completed", (task("after"),), "start c after end start_e run end_e", states=(COMPLETED, COMPLETED),
        variables={"answer": "lost-completed"},
    ),
    Row(  # the end of a called instance that was cancelled by itself is an incident; resolving it calls again
        "lost-canceled", (RESOLVE, job("lost-canceled", answer=1), task("after")),
        "start c after end start_e start_e run end_e", states=(COMPLETED, TERMINATED, COMPLETED),
        variables={"answer": 1},
    ),
    Row(
        "lost-each", (job("lost-each", answer=20), job("lost-each", answer=30)),
        "start c c c c end start_e run end_e start_e run end_e start_e run end_e", states=(COMPLETED,) * 4,
        variables={"results": ["lost-each", 20, 30]},
    ),
    Row(
        "lost-nested", (task("after"),), "start o after end start_m m end_m start_e run end_e", states=(COMPLETED,) * 3,
        variables={"answer": "lost-nested"},
    ),
    Row(
        "lost-suspended", (RESUME, task("after")), "start c after end start_e run end_e", states=(COMPLETED, COMPLETED),
        variables={"answer": "lost-suspended"},
    ),
)  # fmt: skip

#: The business ids of such parents: a token is active at a call activity, the called instance has ended, no other one
#: was called instead, and nobody was told.
LOST_CALLS = """
    SELECT parent.business_id FROM token
    JOIN process_instance AS parent ON parent.key = token.instance_key
    JOIN process_instance AS child ON child.parent_token_key = token.key
    WHERE token.state = 'ACTIVE' AND token.ended_at IS NULL AND child.ended_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.token_key = token.key AND incident.ended_at IS NULL)
    AND NOT EXISTS (
        SELECT 1 FROM process_instance AS other WHERE other.parent_token_key = token.key AND other.ended_at IS NULL
    )
"""

#: The business ids of instances whose agenda is not done.
PENDING = "SELECT business_id FROM process_instance WHERE pending"

"""Make the database of commit f082348, with instances of every kind that wait for something.

It is made once, by the code of that commit itself, and kept as `f082348.db.gz`:

    git worktree add ../old f082348
    cp -r tests/upgrade ../old/tests/
    cd ../old && python -m tests.upgrade.make f082348.db.gz

1. The first engine starts the parents whose calls are to be lost. The second one has them no longer in memory, which is
   what it takes to lose them; it makes everything else.
2. The clock stands still while it works. What is due at SOON is due when a test opens the file; what is due at FAR is
   due when the test moves the clock there; what is due NEVER must not fire.
3. A job's type is the variable `work` where instances of one process must not take each other's jobs.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bpmn_engine import Engine, Registry, Resource
from bpmn_engine.instance import commands
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests import Ask, Create, Publish, Request
from tests import diagrams
from tests.dmn.models import decision, model, table
from tests.upgrade.expected import LOST, LOST_CALLS, PENDING

MORNING = datetime(2026, 1, 31, 9, tzinfo=UTC)
SOON, FAR, NEVER = "2026-01-31T12:00:00Z", "2100-01-01T00:00:00Z", "2900-01-01T00:00:00Z"
CENTURY = timedelta(days=36_525)


# diagrams


def _job(name: str, *parts: str, kind: str = "=work", inner: str = "", tag: str = "serviceTask") -> str:
    return diagrams.service(name, f'<zeebe:taskDefinition type="{kind}"/>', *parts, tag=tag, inner=inner)


def _inside(activity: str, inner: str) -> str:
    """An activity with more content, such as loop characteristics."""
    head, closing, rest = activity.rpartition("</bpmn:")
    return f"{head}{inner}{closing}{rest}"


def _listeners(kind: str, **events: str) -> str:
    drawn = "".join(f'<zeebe:{kind} eventType="{event}" type="{job}"/>' for event, job in events.items())
    return f"<zeebe:{kind}s>{drawn}</zeebe:{kind}s>"


_APPROVE = (
    '<zeebe:assignmentDefinition candidateGroups="sales, support" candidateUsers="ada"/>',
    '<zeebe:taskSchedule dueDate="2026-02-03T09:00:00Z" followUpDate="2026-02-02T09:00:00Z"/>',
    '<zeebe:priorityDefinition priority="80"/>',
    '<zeebe:formDefinition formId="review"/>',
)

TASKS = {
    "job": diagrams.diagram("start -> pack -> end", _job("pack"), process_id="job"),
    "error": diagrams.diagram(
        "start -> check -> end; refused -> repair -> end_repaired",
        _job("check"),
        diagrams.user("repair"),
        diagrams.boundary("refused", "check", diagrams.error_event("NO")),
        process_id="error",
        shared=diagrams.error("NO"),
    ),
    "task": diagrams.diagram("start -> approve -> end", diagrams.user("approve", *_APPROVE), process_id="task"),
    "listeners": diagrams.diagram(
        "start -> prepare -> approve -> end",
        _job("prepare", _listeners("executionListener", start="=before", end="=after")),
        diagrams.user("approve", _listeners("taskListener", completing="=asked")),
        process_id="listeners",
    ),
    "decision": diagrams.diagram(
        "start -> rate -> check -> end",
        diagrams.user("check"),
        diagrams.service(
            "rate", '<zeebe:calledDecision decisionId="risk" resultVariable="risk"/>', tag="businessRuleTask"
        ),
        process_id="decision",
    ),
    "stuck": diagrams.diagram(
        "start -> size; size -> big -> end_big : =amount > 10; size -> small -> end_small : =amount <= 10",
        diagrams.exclusive("size"),
        diagrams.user("big"),
        diagrams.user("small"),
        process_id="stuck",
    ),
    "suspended": diagrams.diagram(
        "start -> f; f -> pack -> j; f -> pause -> j; f -> note -> j; j -> end",
        diagrams.parallel("f"),
        diagrams.parallel("j"),
        _job("pack"),
        diagrams.catch("pause", diagrams.timer("date", "=due")),
        diagrams.catch("note", diagrams.message_event("suspended-note")),
        process_id="suspended",
        shared=diagrams.message("suspended-note", "=id"),
    ),
    "old": diagrams.diagram("start -> old -> end_old", diagrams.user("old"), process_id="versions"),
    "new": diagrams.diagram("start -> new -> end_new", diagrams.user("new"), process_id="versions"),
    "route": diagrams.diagram("start -> a -> b -> end", diagrams.user("a"), diagrams.user("b"), process_id="route"),
    "pending": diagrams.diagram(
        "start -> a -> b -> pause -> end",
        diagrams.catch("pause", diagrams.message_event("pending-go")),
        process_id="pending",
        shared=diagrams.message("pending-go", "=id"),
    ),
}

EVENTS = {
    "timer": diagrams.diagram(
        "start -> pause -> end", diagrams.catch("pause", diagrams.timer("date", "=due")), process_id="timer"
    ),
    "monthly": diagrams.diagram(
        "start -> report -> end",
        diagrams.start("start", diagrams.timer("cycle", f"R/{FAR}/P1Y")),
        diagrams.user("report"),
        process_id="monthly",
    ),
    "message": diagrams.diagram(
        "start -> paid -> shipped -> end",
        diagrams.catch("paid", diagrams.message_event("payment")),
        diagrams.element("receiveTask", "shipped", attributes='messageRef="parcel"'),
        process_id="message",
        shared=diagrams.message("payment", "=id") + diagrams.message("parcel", "=id"),
    ),
    "buffered": diagrams.diagram(
        "start -> ask -> reply -> end",
        diagrams.user("ask"),
        diagrams.catch("reply", diagrams.message_event("answer")),
        process_id="buffered",
        shared=diagrams.message("answer", "=id"),
    ),
    "order": diagrams.diagram(
        "start -> deliver -> end",
        diagrams.start("start", diagrams.message_event("new-order")),
        diagrams.service("deliver"),
        process_id="order",
        shared=diagrams.message("new-order"),
    ),
    "pair": diagrams.diagram(
        "g -> first -> end_first; g -> second -> end_second",
        diagrams.event_based("g", 'instantiate="true" eventGatewayType="Parallel"'),
        diagrams.catch("first", diagrams.message_event("pair-first")),
        diagrams.catch("second", diagrams.message_event("pair-second")),
        process_id="pair",
        shared=diagrams.message("pair-first", "=id") + diagrams.message("pair-second", "=id"),
    ),
    "signal": diagrams.diagram(
        "start -> pause -> end",
        diagrams.catch("pause", diagrams.signal_event("green")),
        process_id="signal",
        shared=diagrams.signal("green"),
    ),
    "alarm": diagrams.diagram(
        "start -> evacuate -> end",
        diagrams.start("start", diagrams.signal_event("fire")),
        diagrams.user("evacuate"),
        process_id="alarm",
        shared=diagrams.signal("fire"),
    ),
    "condition": diagrams.diagram(
        "start -> pause -> end",
        diagrams.catch("pause", diagrams.condition_event("=ready")),
        process_id="condition",
    ),
    "watch": diagrams.diagram(
        "start -> work -> end; high -> note -> end_note",
        diagrams.user("work"),
        diagrams.user("note"),
        diagrams.boundary("high", "work", diagrams.condition_event("=level > 5"), interrupting=False),
        process_id="watch",
    ),
    "choice": diagrams.diagram(
        "start -> g; g -> paid -> end_paid; g -> late -> end_late; g -> off -> end_off",
        diagrams.event_based("g"),
        diagrams.catch("paid", diagrams.message_event("choice-paid")),
        diagrams.catch("late", diagrams.timer("date", "=due")),
        diagrams.catch("off", diagrams.signal_event("choice-off")),
        process_id="choice",
        shared=diagrams.message("choice-paid", "=id") + diagrams.signal("choice-off"),
    ),
    "deadline": diagrams.diagram(
        "start -> work -> end; late -> end_late; stop -> end_stop",
        diagrams.user("work"),
        diagrams.boundary("late", "work", diagrams.timer("date", "=due")),
        diagrams.boundary("stop", "work", diagrams.message_event("deadline-stop")),
        process_id="deadline",
        shared=diagrams.message("deadline-stop", "=id"),
    ),
    "reminder": diagrams.diagram(
        "start -> work -> end; again -> remind -> end_remind; more -> note -> end_note",
        diagrams.user("work"),
        diagrams.user("remind"),
        diagrams.user("note"),
        diagrams.boundary("again", "work", diagrams.timer("cycle", "R3/2026-01-31T10:00:00Z/P50Y"), interrupting=False),
        diagrams.boundary("more", "work", diagrams.message_event("reminder-more"), interrupting=False),
        process_id="reminder",
        shared=diagrams.message("reminder-more", "=id"),
    ),
    "handled": diagrams.diagram(
        "start -> work -> end",
        diagrams.user("work"),
        diagrams.event_sub(
            "stopping",
            "stop -> undo -> end_stop",
            diagrams.start("stop", diagrams.message_event("handled-stop")),
            diagrams.user("undo"),
        ),
        diagrams.event_sub(
            "noting",
            "more -> note -> end_note",
            diagrams.start("more", diagrams.message_event("handled-note"), interrupting=False),
            diagrams.user("note"),
        ),
        diagrams.event_sub("lateness", "late -> end_late", diagrams.start("late", diagrams.timer("date", "=due"))),
        process_id="handled",
        shared=diagrams.message("handled-stop", "=id") + diagrams.message("handled-note", "=id"),
    ),
    "escalation": diagrams.diagram(
        "start -> s -> end; risen -> decide -> end_risen",
        diagrams.user("decide"),
        diagrams.sub(
            "s", "start_s -> look -> end_s", _job("look"), diagrams.end("end_s", diagrams.escalation_event("UP"))
        ),
        diagrams.boundary("risen", "s", diagrams.escalation_event("UP")),
        process_id="escalation",
        shared=diagrams.escalation("UP"),
    ),
}

_RESULTS = {"inputElement": "item", "outputCollection": "results", "outputElement": "=done"}
_EACH = diagrams.multi("=items", **_RESULTS)

SCOPES = {
    "join": diagrams.diagram(
        "start -> f; f -> a -> j; f -> b -> j; j -> end",
        diagrams.parallel("f"),
        diagrams.parallel("j"),
        diagrams.user("a"),
        diagrams.user("b"),
        process_id="join",
    ),
    "inclusive": diagrams.diagram(
        "start -> f; f -> a : =x > 1; f -> b : =x > 2; f -> c : =x > 9; a -> j; b -> j; c -> j; j -> end",
        diagrams.inclusive("f"),
        diagrams.inclusive("j"),
        diagrams.user("a"),
        diagrams.user("b"),
        diagrams.user("c"),
        process_id="inclusive",
    ),
    "two-of-three": diagrams.diagram(
        "start -> f; f -> a -> j; f -> b -> j; f -> c -> j; j -> after -> end",
        diagrams.parallel("f"),
        diagrams.complex_gateway("j", "=activationCount >= 2"),
        *map(diagrams.user, ("a", "b", "c", "after")),
        process_id="two-of-three",
    ),
    "loop": diagrams.diagram(
        "start -> again -> end",
        _inside(diagrams.user("again"), diagrams.standard_loop("=loopCounter < 3")),
        process_id="loop",
    ),
    "each-parallel": diagrams.diagram(
        "start -> pack -> end",
        _inside(_job("pack"), _EACH),
        process_id="each-parallel",
    ),
    "each-sequential": diagrams.diagram(
        "start -> pack -> end",
        _inside(diagrams.user("pack"), diagrams.multi("=items", sequential=True, **_RESULTS)),
        process_id="each-sequential",
    ),
    "each-scope": diagrams.diagram(
        "start -> s -> end",
        diagrams.sub(
            "s",
            "start_s -> pack -> send -> end_s",
            diagrams.multi("=items", inputElement="item"),
            _job("pack"),
            diagrams.user("send"),
        ),
        process_id="each-scope",
    ),
    "each-call": diagrams.diagram(
        "start -> c -> end",
        _inside(diagrams.call("c", "errand"), diagrams.multi("=items", **{**_RESULTS, "outputElement": "=answer"})),
        process_id="each-call",
    ),
    "errand": diagrams.diagram("start_e -> run -> end_e", _job("run"), process_id="errand"),
    "call": diagrams.diagram(
        "start -> c -> after -> end; stop -> end_stop",
        diagrams.call("c", "errand"),
        diagrams.user("after"),
        diagrams.boundary("stop", "c", diagrams.message_event("call-stop")),
        process_id="call",
        shared=diagrams.message("call-stop", "=id"),
    ),
    "middle": diagrams.diagram("start_m -> m -> end_m", diagrams.call("m", "errand"), process_id="middle"),
    "outer": diagrams.diagram(
        "start -> o -> after -> end", diagrams.call("o", "middle"), diagrams.user("after"), process_id="outer"
    ),
    "trip": diagrams.diagram(
        "start -> hotel -> flight -> giveup -> end",
        _job("hotel"),
        _job("flight"),
        diagrams.throw("giveup", diagrams.compensate_event()),
        diagrams.undo("hotel", "cancel_hotel"),
        diagrams.undo("flight", "cancel_flight"),
        process_id="trip",
    ),
    "transaction": diagrams.diagram(
        "start -> t -> end; canceled -> sorry -> end_canceled",
        diagrams.user("sorry"),
        diagrams.element(
            "transaction",
            "t",
            diagrams.content(
                "start_t -> book -> no",
                _job("book"),
                diagrams.end("no", diagrams.definition("cancel")),
                diagrams.undo("book", "unbook"),
            ),
        ),
        diagrams.boundary("canceled", "t", diagrams.definition("cancel")),
        process_id="transaction",
    ),
    "ad-hoc": diagrams.diagram(
        "start -> s -> end",
        diagrams.element(
            "adHocSubProcess",
            "s",
            (
                diagrams.extensions('<zeebe:adHoc activeElementsCollection="=todo"/>')
                + diagrams.content("", diagrams.user("a"), diagrams.user("b"), diagrams.user("c"))
                + diagrams.completion("=enough")
            ),
        ),
        process_id="ad-hoc",
    ),
}

RISK = model(decision("risk", table("FIRST", ["age"], ["level"], ["< 25", '"high"'], ["-", '"low"'])))
REVIEW = (
    b'{"id": "review", "type": "default", "components": [{"type": "checkbox", "key": "approved", "label": "Approved"}]}'
)


# what the makers below do


def start(engine: Engine, process_id: str, name: str, **variables: Any) -> int:
    """Start an instance that is known by its business id, which is in its variables, too."""
    return engine.start(process_id, {"id": name, "work": name, "enough": False, **variables}, business_id=name)


def do_job(engine: Engine, kind: str, **variables: Any) -> None:
    """Complete the oldest free job of a type."""
    (job,) = engine.activate_jobs(kind, limit=1)
    engine.complete_job(job.key, variables)


def do_task(engine: Engine, name: str, element_id: str, **variables: Any) -> None:
    """Complete the oldest open user task of an instance at an element."""
    task = engine.tasks(business_id=name, element_id=element_id, state="CREATED")[0]
    engine.complete(task.key, variables)


def wait_for(condition: Callable[[], Any]) -> None:
    """Wait for what the engine does by itself."""
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)


def in_one_batch(engine: Engine, *requests: Request) -> None:
    """Let the loop find several requests at once."""
    engine.loop._queue.extend(requests)
    engine.loop._wake.set()


# the instances


def make_jobs(engine: Engine) -> None:
    """Jobs in each state, and their errors and incidents."""
    start(
        engine,
        "job",
        "job-new",
        customer="Zoë",
        total=Decimal("10.50"),
        count=2**60,
        lines=[{"sku": "a", "n": 1}, None],
    )
    for name in ("job-expired", "job-held", "job-backoff", "job-incident", "job-done"):
        start(engine, "job", name)
    engine.activate_jobs("job-expired", worker="gone", timeout=timedelta(minutes=1))
    engine.activate_jobs("job-held", worker="slow", timeout=CENTURY)
    engine.fail_job(engine.activate_jobs("job-backoff")[0].key, 2, "not now", backoff=timedelta(days=3650))
    engine.fail_job(engine.activate_jobs("job-incident")[0].key, 0, "never")
    do_job(engine, "job-done", result="done")
    engine.cancel(start(engine, "job", "job-canceled"))
    start(engine, "error", "error")


def make_tasks(engine: Engine) -> None:
    """User tasks, listeners, decisions, incidents of expressions, suspension."""
    start(engine, "task", "task-new")
    start(engine, "task", "task-assigned")
    engine.assign(engine.tasks(business_id="task-assigned")[0].key, "ada")
    for name in ("before", "after", "asked"):
        jobs = {kind: f"listener-{name}-{kind}" for kind in ("before", "work", "after", "asked")}
        start(engine, "listeners", f"listener-{name}", **jobs)
        for kind in {"before": (), "after": ("before", "work"), "asked": ("before", "work", "after")}[name]:
            do_job(engine, jobs[kind])
    engine.complete(engine.tasks(business_id="listener-asked")[0].key, {"approved": True})
    start(engine, "decision", "decision", age=20)
    engine.decide("risk", {"age": 30})
    start(engine, "stuck", "stuck")
    start(engine, "stuck", "stuck-resolved")
    engine.set_variables(engine.instances(business_id="stuck-resolved")[0].key, {"amount": 3})
    engine.resolve(engine.incidents(business_id="stuck-resolved")[0].key)
    engine.suspend(start(engine, "suspended", "suspended", due=SOON))
    engine.publish("suspended-note", "suspended", {"text": "kept"}, time_to_live=CENTURY)


def make_versions(engine: Engine) -> None:
    """Instances of an old version, of a new one, one that was migrated, one that was modified."""
    engine.deploy(Resource("versions.bpmn", TASKS["old"]))
    start(engine, "versions", "version-old")
    migrated = start(engine, "versions", "version-migrated")
    engine.deploy(Resource("versions.bpmn", TASKS["new"]))
    newer = engine.find("process instance", start(engine, "versions", "version-new"))
    engine.migrate(migrated, newer.definition_key, {"old": "new"})
    engine.modify(start(engine, "route", "modified"), move=(commands.Move("b", element_id="a"),))


def make_events(engine: Engine) -> None:
    """Everything that waits for an event."""
    start(engine, "timer", "timer-soon", due=SOON)
    start(engine, "timer", "timer-far", due=FAR)
    start(engine, "message", "message")
    start(engine, "buffered", "buffered")
    engine.publish("answer", "buffered", {"text": "early"}, time_to_live=CENTURY, message_id="1")
    for number in (1, 2):
        engine.publish("new-order", "A1", {"number": number}, time_to_live=CENTURY)
    engine.publish("pair-first", "P1", {"id": "P1"})
    start(engine, "signal", "signal")
    start(engine, "condition", "condition", ready=False)
    start(engine, "watch", "watch", level=1)
    engine.set_variables(engine.instances(business_id="watch")[0].key, {"level": 9})
    for process_id, ends in (("choice", ("paid", "late", "off")), ("deadline", ("done", "late", "stop"))):
        for end in ends:
            start(engine, process_id, f"{process_id}-{end}", due=FAR if end == "late" else NEVER)
    for name in ("idle", "stop", "late"):
        start(engine, "handled", f"handled-{name}", due=FAR if name == "late" else NEVER)
    start(engine, "escalation", "escalation")


def make_fired_events(engine: Engine) -> None:
    """Events that have fired once and may fire again."""
    start(engine, "handled", "handled-fired", due=NEVER)
    engine.publish("handled-note", "handled-fired")
    start(engine, "reminder", "reminder")
    engine.clock.advance(timedelta(hours=1))
    wait_for(lambda: engine.tasks(business_id="reminder", element_id="remind"))


def make_scopes(engine: Engine) -> None:
    """Joins, loops and sub-processes in the middle."""
    start(engine, "join", "join")
    start(engine, "inclusive", "inclusive", x=3)
    start(engine, "two-of-three", "two-of-three")
    for name, tasks in {"join": "a", "inclusive": "a", "two-of-three": "ab"}.items():
        for task in tasks:
            do_task(engine, name, task)
    start(engine, "loop", "loop")
    do_task(engine, "loop", "again")
    for name in ("each-parallel", "each-sequential", "each-scope", "each-call"):
        start(engine, name, name, items=[1, 2, 3])
    do_job(engine, "each-parallel", done=10)
    do_task(engine, "each-sequential", "pack", done=10)
    do_job(engine, "each-scope")
    do_job(engine, "each-scope")
    do_task(engine, "each-scope", "send")
    do_job(engine, "each-call", answer=10)
    for name in ("call", "call-stop"):
        start(engine, "call", name)
    start(engine, "outer", "nested")
    start(engine, "trip", "trip")
    do_job(engine, "trip")
    do_job(engine, "trip")
    start(engine, "transaction", "transaction")
    do_job(engine, "transaction")
    start(engine, "ad-hoc", "ad-hoc", todo=["a"])


def make_parents(engine: Engine) -> None:
    """Parents whose calls are to be lost."""
    start(engine, "call", "lost-completed")
    start(engine, "call", "lost-canceled")
    start(engine, "each-call", "lost-each", items=[1, 2, 3])
    start(engine, "outer", "lost-nested")
    engine.suspend(start(engine, "call", "lost-suspended"))


def lose_calls(engine: Engine) -> None:
    """End children in one batch with a publication, by an engine that does not have their parents in memory.

    The publication writes the children's ends before the parents are told; the parents are then loaded without a call.
    """
    jobs = {row.id: engine.activate_jobs(row.id, limit=1)[0].key for row in LOST if row.id != "lost-canceled"}
    asked: list[Request] = [
        Ask(commands.CompleteJob(job_key=key, variables={"answer": name}), "job", key) for name, key in jobs.items()
    ]
    child = next(row for row in engine.instances(business_id="lost-canceled") if row.parent_key)
    in_one_batch(engine, *asked, Ask(commands.CancelInstance(), "instance", child.key), Publish("nobody"))
    wait_for(lambda: engine.find("process instance", child.key).ended_at)


def stop_in_the_middle(engine: Engine) -> None:
    """Stop an engine that has not got to the end of two agendas; as if many effects had come before in their batch."""
    allowed, Batch.EFFECTS = Batch.EFFECTS, 0
    variables = {"id": "pending-start"}
    engine.loop._stopping = True
    in_one_batch(
        engine,
        Create("pending", variables=variables, business_id="pending-start"),
        Publish("pending-go", "pending-message"),
    )
    engine.close()
    Batch.EFFECTS = allowed


def make(path: Path) -> None:
    """Make the database."""
    url = f"sqlite:///{path}"
    files = {**TASKS, **EVENTS, **SCOPES}
    resources = [Resource(f"{name}.bpmn", content) for name, content in files.items() if name not in ("old", "new")]
    with Engine(url, handlers=Registry()) as engine:
        engine.clock.pin(MORNING)
        engine.deploy(*resources, Resource("risk.dmn", RISK), Resource("review.form", REVIEW))
        make_parents(engine)
    engine = Engine(url, handlers=Registry())
    engine.clock.pin(MORNING)
    lose_calls(engine)
    for part in (make_jobs, make_tasks, make_versions, make_events, make_fired_events, make_scopes):
        part(engine)
    start(engine, "pending", "pending-message")
    stop_in_the_middle(engine)


def check(path: Path) -> None:
    """Raise unless the calls are lost and the agendas not done."""
    connection = sqlite3.connect(path)
    for statement, wanted in ((LOST_CALLS, {row.id for row in LOST}), (PENDING, {"pending-message", "pending-start"})):
        found = {business_id for (business_id,) in connection.execute(statement)}
        if found != wanted:
            raise AssertionError(f"{found} instead of {wanted}")
    connection.close()


def pack(path: Path, target: Path) -> None:
    """Compress the database; the same rows give the same bytes."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    target.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def main(target: Path) -> None:
    """Make, check and pack the database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "engine.db"
        make(path)
        check(path)
        pack(path, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""A database with an instance of every kind of wait, and ways to break each promise of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from bpmn_engine import Engine, Registry, Resource
from bpmn_engine.store import tables
from tests import diagrams
from tests.asking import complete_task

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
_KEYS = count(10**15)
#: The key of nothing.
NOTHING = 7

_LISTENER = '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="agreed"/></zeebe:taskListeners>'
_VOTES = diagrams.multi("=[1, 2]", inputElement="item", outputCollection="votes", outputElement="=item")

DIAGRAMS = {
    "parent": diagrams.diagram(
        "start -> legs -> after -> end", diagrams.call("legs", "errand"), diagrams.user("after"), process_id="parent"
    ),
    "errand": diagrams.diagram("start_e -> run -> end_e", diagrams.service("run"), process_id="errand"),
    "packing": diagrams.diagram(
        "start -> pack -> end; late -> end_late",
        diagrams.service("pack"),
        diagrams.boundary("late", "pack", diagrams.timer("duration", "PT1H")),
        process_id="packing",
    ),
    "review": diagrams.diagram("start -> approve -> end", diagrams.user("approve"), process_id="review"),
    "done": diagrams.diagram("start -> nothing -> end", process_id="done"),
    "contract": diagrams.diagram("start -> sign -> end", diagrams.user("sign", _LISTENER), process_id="contract"),
    "bill": diagrams.diagram(
        "start -> paid -> end",
        diagrams.catch("paid", diagrams.message_event("payment")),
        process_id="bill",
        shared=diagrams.message("payment", "=id"),
    ),
    "watch": diagrams.diagram(
        "start -> warm -> end", diagrams.catch("warm", diagrams.condition_event("=warm")), process_id="watch"
    ),
    "poll": diagrams.diagram(
        "start -> vote -> end",
        diagrams.user("vote").replace("</bpmn:userTask>", _VOTES + "</bpmn:userTask>"),
        process_id="poll",
    ),
    "trip": diagrams.diagram(
        "start -> hotel -> fly -> end",
        diagrams.service("hotel"),
        diagrams.user("fly"),
        diagrams.undo("hotel", "cancel_hotel"),
        process_id="trip",
    ),
    "attempt": diagrams.diagram("start -> fail -> end", diagrams.service("fail"), process_id="attempt"),
    "order": diagrams.diagram(
        "begin -> deliver -> end",
        diagrams.start("begin", diagrams.message_event("ordered")),
        diagrams.user("deliver"),
        process_id="order",
        shared=diagrams.message("ordered"),
    ),
    "timed": diagrams.diagram(
        "tick -> note -> end",
        diagrams.start("tick", diagrams.timer("cycle", "R/2100-01-01T00:00:00Z/P1Y")),
        diagrams.user("note"),
        process_id="timed",
    ),
    "scope": diagrams.diagram(
        "start -> s -> end", diagrams.sub("s", "start_s -> inner -> end_s", diagrams.user("inner")), process_id="scope"
    ),
}


def make(url: str) -> None:
    """Deploy everything and start an instance of each process."""
    with Engine(url, handlers=Registry()) as engine:
        engine.deploy(*(Resource(f"{name}.bpmn", content) for name, content in DIAGRAMS.items()))
        for name in ("parent", "packing", "review", "contract", "poll", "trip", "attempt", "scope"):
            engine.start(name)
        engine.run("done")
        engine.start("bill", {"id": "B1"})
        engine.start("watch", {"warm": False})
        for key in ("A1", "A2"):
            engine.publish("ordered", key)
        engine.complete_job(engine.activate_jobs("hotel")[0].key)
        engine.fail_job(engine.activate_jobs("fail")[0].key, 0, "never")
        complete_task(engine, engine.tasks(element_id="sign")[0].key)


# finding and changing rows


def at(connection: Connection, table: Table, element_id: str) -> Any:
    """The newest row of a table at an element."""
    found = select(table).where(table.c.element_id == element_id).order_by(table.c.key.desc())
    return connection.execute(found).first()


def of(connection: Connection, process_id: str) -> Any:
    """The newest instance of a process."""
    table = tables.process_instance
    return connection.execute(
        select(table).where(table.c.process_id == process_id).order_by(table.c.key.desc())
    ).first()


def put(connection: Connection, table: Table, key: int, **values: Any) -> None:
    """Set columns of a row."""
    connection.execute(update(table).where(table.c.key == key).values(values))


def drop(connection: Connection, table: Table, key: int) -> None:
    """Delete a row."""
    connection.execute(delete(table).where(table.c.key == key))


def copy(connection: Connection, table: Table, row: Any, **values: Any) -> None:
    """Add a row like another one, with a key of its own."""
    connection.execute(insert(table).values({**row._mapping, "key": next(_KEYS), **values}))


def end(connection: Connection, process_id: str, state: str = "COMPLETED") -> None:
    """End an instance with everything inside it, and tell nobody."""
    instance = of(connection, process_id)
    put(connection, tables.process_instance, instance.key, state=state, ended_at=NOW)
    for table, last in ((tables.token, state), (tables.job, "COMPLETED"), (tables.user_task, "COMPLETED")):
        mine = (table.c.instance_key == instance.key, table.c.ended_at.is_(None))
        connection.execute(update(table).where(*mine).values(state=last, ended_at=NOW))


def erase(connection: Connection, process_id: str) -> None:
    """Delete an instance with everything inside it."""
    instance = of(connection, process_id)
    drop(connection, tables.process_instance, instance.key)
    for table in (tables.token, tables.job, tables.user_task, tables.variable):
        connection.execute(delete(table).where(table.c.instance_key == instance.key))


# the cases


@dataclass(frozen=True)
class Case:
    """What is done to the rows, the check that finds it with a part of its sentence, and what a repair says."""

    check: str
    breaking: Callable[[Connection], None]
    text: str
    done: str = ""

    @property
    def is_mended(self) -> bool:
        """Whether a repair puts it right."""
        return bool(self.done)


def orphan(table: Table, at_element: str, **values: Any) -> Callable[[Connection], None]:
    """Add a row like that at an element, of a token that does not exist."""
    return lambda connection: copy(
        connection, table, at(connection, table, at_element), **{"token_key": NOTHING, **values}
    )


def change(table: Table, at_element: str, **values: Any) -> Callable[[Connection], None]:
    """Change the row at an element."""
    return lambda connection: put(connection, table, at(connection, table, at_element).key, **values)


def remove(table: Table, element_id: str) -> Callable[[Connection], None]:
    """Delete the row at an element."""
    return lambda connection: drop(connection, table, at(connection, table, element_id).key)


def instance(process_id: str, **values: Any) -> Callable[[Connection], None]:
    """Change an instance."""
    return lambda connection: put(connection, tables.process_instance, of(connection, process_id).key, **values)


def _add(table: Table, **values: Any) -> Callable[[Connection], None]:
    return lambda connection: connection.execute(insert(table).values(values)) and None


def _root(process_id: str, **values: Any) -> Callable[[Connection], None]:
    def breaking(connection: Connection) -> None:
        key = of(connection, process_id).key
        put(connection, tables.token, key, **values) if values else drop(connection, tables.token, key)

    return breaking


def _abandon(connection: Connection) -> None:
    caller, child = of(connection, "parent"), of(connection, "review")
    values = {"parent_key": caller.key, "parent_token_key": NOTHING, "root_key": caller.key, "depth": 1}
    put(connection, tables.process_instance, child.key, **values)


def _loop(connection: Connection) -> None:
    connection.execute(delete(tables.loop))


def _loop_row(table: Table, **values: Any) -> Callable[[Connection], None]:
    def breaking(connection: Connection) -> None:
        row: Mapping[str, Any] = {"instance_key": of(connection, "poll").key, **values}
        connection.execute(insert(table).values(row))

    return breaking


def _variable(process_id: str, **values: Any) -> Callable[[Connection], None]:
    def breaking(connection: Connection) -> None:
        key = of(connection, process_id).key
        row = {"key": next(_KEYS), "instance_key": key, "scope_key": key, "name": "warm", "value": "1", **values}
        connection.execute(insert(tables.variable).values(row))

    return breaking


def _lose_work(connection: Connection) -> None:
    erase(connection, "errand")
    connection.execute(delete(tables.call))


def _empty(connection: Connection) -> None:
    put(connection, tables.token, at(connection, tables.token, "inner").key, state="COMPLETED", ended_at=NOW)
    put(connection, tables.user_task, at(connection, tables.user_task, "inner").key, state="COMPLETED", ended_at=NOW)


def _spoil(connection: Connection) -> None:
    connection.execute(update(tables.resource).where(tables.resource.c.name == "review.bpmn").values(content=b"<x/>"))


def _lose_file(connection: Connection) -> None:
    mine = tables.process_definition.c.process_id == "timed"
    connection.execute(update(tables.process_definition).where(mine).values(resource_key=NOTHING))


_FORM = {"key": NOTHING, "version": 1, "deployment_key": NOTHING}
_MESSAGE = {
    "key": NOTHING,
    "name": "payment",
    "correlation_key": "B1",
    "variables": "{}",
    "expires_at": datetime.now(UTC) + timedelta(days=365),
}
_REVIVED = {"state": "ACTIVE", "ended_at": None}

CASES = (
    # tokens
    Case("token of an ended instance", change(tables.token, "nothing", **_REVIVED), "has ended", "terminated"),
    Case(
        "token without a scope",
        lambda c: copy(c, tables.token, at(c, tables.token, "approve"), scope_key=NOTHING, state="WAITING"),
        "whose scope 7",
        "terminated",
    ),
    Case("instance without a token", _root("review"), "no token for its process", "was added"),
    Case(
        "instance without a token",
        _root("review", state="COMPLETED", ended_at=NOW),
        "its process has ended",
        "(completed)",
    ),
    # waits
    Case("orphaned job", orphan(tables.job, "pack"), "keeps job", "canceled"),
    Case("orphaned user task", orphan(tables.user_task, "approve"), "keeps user task", "canceled"),
    Case("orphaned incident", orphan(tables.incident, "fail"), "keeps incident", "resolved"),
    Case("orphaned timer", orphan(tables.timer, "late"), "keeps timer", "deleted"),
    Case(
        "orphaned timer",
        orphan(tables.timer, "late", instance_key=NOTHING),
        "instance 7, which does not exist",
        "deleted",
    ),
    Case("orphaned subscription", orphan(tables.subscription, "paid"), "keeps subscription", "deleted"),
    Case("orphaned condition", orphan(tables.condition, "warm"), "keeps condition", "deleted"),
    Case("orphaned call", orphan(tables.call, "legs"), "keeps call", "deleted"),
    Case("orphaned loop", _loop_row(tables.loop, key=NOTHING, total=2), "keeps loop", "deleted"),
    Case(
        "orphaned loop result",
        _loop_row(tables.loop_run, key=NOTHING, loop_key=NOTHING, counter=1, completed=True, result="1"),
        "keeps the result",
        "deleted",
    ),
    Case(
        "orphaned compensation",
        change(tables.compensation, "hotel", scope_key=NOTHING),
        "keeps compensation",
        "deleted",
    ),
    Case(
        "timer of another definition",
        change(tables.timer, "late", definition_key=NOTHING),
        "names another",
        "names the",
    ),
    Case(
        "subscription of another definition",
        change(tables.subscription, "paid", process_id="x"),
        "names another",
        "names the",
    ),
    # calls
    Case(
        "lost call", lambda c: end(c, "errand"), "ended on 2026-01-31 09:00:00 UTC and was never told", "has completed"
    ),
    Case("lost call", lambda c: end(c, "errand", "TERMINATED"), "was never told", "incident"),
    Case("lost call", lambda c: erase(c, "errand"), "which does not exist", "incident"),
    Case("forgotten call", remove(tables.call, "legs"), "does not wait for it", "waits for it again"),
    Case("abandoned child", _abandon, "has ended or gone on without it", "cancelled"),
    Case("wrong root", instance("errand", depth=9), "9 as its depth", "its depth 1"),
    # jobs, user tasks, incidents
    Case("incident without its job", remove(tables.job, "fail"), "does not exist", "begins the element anew"),
    Case("failed job without an incident", remove(tables.incident, "fail"), "which is FAILED", "incident"),
    Case(
        "incident of a job that is ready",
        change(tables.job, "fail", state="CREATED", retries=1),
        "all the same",
        "resolved",
    ),
    Case("incident of a job that is ready", change(tables.job, "fail", state="CREATED"), "all the same", "failed"),
    Case("user task without its listener", remove(tables.job, "sign"), "no job for its listener"),
    Case("job at odds with suspension", change(tables.job, "pack", suspended=True), "is held back", "free"),
    Case("timer at odds with suspension", change(tables.timer, "late", suspended=True), "is held back", "free"),
    Case("job at odds with suspension", instance("errand", state="SUSPENDED"), "is not held back", "held back"),
    # states
    Case("instance neither running nor ended", instance("review", state="COMPLETED"), "has no end", "ended"),
    Case("token neither running nor ended", change(tables.token, "nothing", state="ACTIVE"), "has an end", "ended"),
    Case("job neither running nor ended", change(tables.job, "pack", state="COMPLETED"), "has no end", "ended"),
    Case(
        "user task neither running nor ended", change(tables.user_task, "approve", state="CANCELED"), "no end", "ended"
    ),
    Case("incident neither running nor ended", change(tables.incident, "fail", state="RESOLVED"), "no end", "ended"),
    Case("halted instance", change(tables.token, "approve", state="COMPLETING"), "nobody continues it", "continue it"),
    Case("idle instance", instance("review", unfinished=True), "nothing in it can go on", "not marked"),
    Case("twin instance", instance("order", start_key="A1"), "the same correlation key 'A1'"),
    # messages
    Case(
        "correlation without its message",
        _add(tables.correlation, message_key=NOTHING, process_id="bill"),
        "left over",
        "deleted",
    ),
    Case("unread message", _add(tables.message, **_MESSAGE), "was not handed over", "handed over"),
    # what is deployed
    Case(
        "start timer of an old version",
        change(tables.timer, "tick", definition_key=NOTHING),
        "does not exist",
        "deleted",
    ),
    Case(
        "start subscription of an old version",
        lambda c: copy(c, tables.subscription, at(c, tables.subscription, "begin"), definition_key=NOTHING),
        "does not exist",
        "deleted",
    ),
    Case("process without its file", _lose_file, "has no file any more"),
    Case(
        "form without its file",
        _add(tables.form, **_FORM, form_id="f", resource_name="f", resource_key=NOTHING),
        "form 'f'",
    ),
    Case(
        "decision without its file",
        _add(tables.decision_definition, **_FORM, decision_id="x", name="x", requirements_key=NOTHING),
        "decision 'x'",
    ),
    Case(
        "decision model without its file",
        _add(
            tables.decision_requirements,
            **_FORM,
            requirements_id="x",
            name="x",
            namespace="x",
            resource_key=NOTHING,
            resource_name="x",
        ),
        "decision model 'x'",
    ),
    Case("instance without a definition", instance("review", definition_key=NOTHING), "which does not exist"),
    Case("variable without a scope", _variable("review", scope_key=NOTHING), "a scope 7 that never existed", "deleted"),
    Case("variable twice in one scope", _variable("watch"), "two variables 'warm'", "deleted"),
    # diagrams
    Case("unreadable definition", _spoil, "of 'review' cannot be run any more"),
    Case("unknown element", change(tables.token, "approve", element_id="gone"), "has a token"),
    Case("activity without its work", remove(tables.user_task, "approve"), "without a user task", "incident"),
    Case("activity without its work", remove(tables.job, "pack"), "without a job", "incident"),
    Case("activity without its work", _lose_work, "without a called instance", "incident"),
    Case("empty scope", _empty, "nothing goes on there"),
    Case("empty scope", _loop, "how far its loop has come"),
    Case("event that cannot come", remove(tables.timer, "late"), "the timer of 'late' is missing", "waits for 'late'"),
    Case(
        "event that cannot come", remove(tables.subscription, "paid"), "the subscription of 'paid'", "waits for 'paid'"
    ),
    Case("event that cannot come", remove(tables.condition, "warm"), "the condition of 'warm'", "waits for 'warm'"),
    Case(
        "process that cannot be started",
        remove(tables.subscription, "begin"),
        "is not started by 'begin'",
        "subscribed",
    ),
)

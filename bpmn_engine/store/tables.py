"""The tables. Keys are 64-bit and time-ordered; timestamps are UTC; values and lists are JSON text.

Tables of what is running (`token`, `variable`, `job`, `user_task`, `timer`, `subscription` ...) carry the instance key
in an index prefix; `ended_at` is null while a row is live, and finished rows stay until retention
deletes them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    literal_column,
    text,
)

from bpmn_engine.store.columns import TEXT, UtcDateTime

metadata = MetaData()

#: The greatest key that a column can hold.
MAX_KEY = 2**63 - 1

#: Conditions of partial indexes. SQLite takes such an index only for a query that says the same, word for word and
#: without parameters; the queries use these words.
UNFINISHED = "unfinished"
READY = "state = 'CREATED' AND NOT suspended"
SUSPECT = "worker IS NOT NULL AND lapses > 0"
RUNNING_TIMER = "NOT suspended"
STARTS = "instance_key = 0"
SIGNALS = "kind = 'SIGNAL'"
RARE_JOB = "state NOT IN ('CREATED', 'COMPLETED')"
CALLED = "root_key <> key"
OPEN = "ended_at IS NULL"


def _key() -> Column[int]:
    return Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)


def _number(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, TEXT, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=nullable)


def beginning(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The beginning of a text that may be too long for an index; a query compares this and the text itself."""
    return func.substr(column, literal_column("1"), literal_column("100"))


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which a condition holds."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


#: An engine process. `boot` is new at each start; `batch` is the key of the last batch that it has committed.
node = Table(
    "node",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("boot"),
    _text("host"),
    Column("pid", Integer, nullable=False),
    _text("pid_space"),
    _number("batch"),
    _moment("started_at"),
    _moment("lease_until"),
)

#: The answer to a request that came with an idempotency key.
idempotency = Table(
    "idempotency",
    metadata,
    Column("key", TEXT, primary_key=True),
    _text("fingerprint"),
    _text("answer"),
    _moment("expires_at"),
    Index("idempotency_expiry", "expires_at"),
)

resource = Table(
    "resource",
    metadata,
    _key(),
    _number("deployment_key"),
    _text("name"),
    _text("kind"),
    _text("checksum"),
    Column("content", LargeBinary, nullable=False),
    _moment("deployed_at"),
    Index("resource_name", "name", "key"),
)

process_definition = Table(
    "process_definition",
    metadata,
    _key(),
    _text("process_id"),
    Column("version", Integer, nullable=False),
    _text("version_tag", nullable=True),
    _text("name", nullable=True),
    _number("resource_key"),
    _text("resource_name"),
    _number("deployment_key"),
    _text("start_form_id", nullable=True),
    Index("process_definition_version", "process_id", "version", unique=True),
    Index("process_definition_resource", "resource_key"),
)

form = Table(
    "form",
    metadata,
    _key(),
    _text("form_id"),
    Column("version", Integer, nullable=False),
    _text("resource_name"),
    _number("resource_key"),
    _number("deployment_key"),
    Index("form_version", "form_id", "version", unique=True),
    Index("form_resource", "resource_key"),
)

decision_requirements = Table(
    "decision_requirements",
    metadata,
    _key(),
    _text("requirements_id"),
    Column("version", Integer, nullable=False),
    _text("name"),
    _text("namespace"),
    _number("resource_key"),
    _text("resource_name"),
    _number("deployment_key"),
    Index("decision_requirements_version", "requirements_id", "version", unique=True),
    Index("decision_requirements_namespace", "namespace", "key"),
    Index("decision_requirements_resource", "resource_key"),
)

decision_definition = Table(
    "decision_definition",
    metadata,
    _key(),
    _text("decision_id"),
    Column("version", Integer, nullable=False),
    _text("version_tag", nullable=True),
    _text("name"),
    _number("requirements_key"),
    _number("deployment_key"),
    Index("decision_definition_version", "decision_id", "version", unique=True),
    Index("decision_definition_requirements", "requirements_key"),
)

#: A decision that was made: one row for each decision on the way; those of one evaluation share its key.
decision_instance = Table(
    "decision_instance",
    metadata,
    _key(),
    _number("evaluation_key"),
    Column("position", Integer, nullable=False),
    _number("definition_key"),
    _number("root_definition_key"),
    _text("type"),
    _text("state"),
    _text("failure", nullable=True),
    _number("instance_key", nullable=True),
    _number("token_key", nullable=True),
    _moment("evaluated_at"),
    _text("result"),
    _text("inputs"),
    _text("rules"),
    Index("decision_instance_evaluation", "evaluation_key", "position"),
    Index("decision_instance_definition", "definition_key", "key"),
    Index("decision_instance_evaluated", "evaluated_at", "key"),
    _partial("decision_instance_instance", "instance_key", where="instance_key IS NOT NULL"),
)

process_instance = Table(
    "process_instance",
    metadata,
    _key(),
    _number("definition_key"),
    _text("process_id"),
    _number("parent_key", nullable=True),
    _number("parent_token_key", nullable=True),
    _number("root_key"),
    _text("state"),
    _text("business_id", nullable=True),
    _text("tags"),
    _text("start_key", nullable=True),
    Column("depth", Integer, nullable=False),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    Column("revision", Integer, nullable=False),
    Column("unfinished", Boolean, nullable=False),
    Index("process_instance_definition", "definition_key", "key"),
    Index("process_instance_process", "process_id", "key"),
    Index("process_instance_state", "state", "key"),
    Index("process_instance_begun", "started_at", "key"),
    _partial("process_instance_root", "root_key", where=CALLED),
    _partial("process_instance_parent", "parent_key", where="parent_key IS NOT NULL"),
    _partial("process_instance_business", "business_id", where="business_id IS NOT NULL"),
    _partial("process_instance_start", "process_id", "start_key", where="start_key IS NOT NULL AND ended_at IS NULL"),
    _partial("process_instance_unfinished", "key", where=UNFINISHED),
)

token = Table(
    "token",
    metadata,
    _key(),
    _number("instance_key"),
    _text("element_id"),
    _text("type"),
    _number("scope_key"),
    _text("flow_id", nullable=True),
    Column("loop_counter", Integer, nullable=True),
    _number("compensates", nullable=True),
    Column("listeners", Integer, nullable=False),
    _text("state"),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    Index("token_instance", "instance_key", "ended_at"),
    _partial("token_element", "element_id", "instance_key", where=OPEN),
)

variable = Table(
    "variable",
    metadata,
    _key(),
    _number("instance_key"),
    _number("scope_key"),
    _text("name"),
    _text("value"),
    Index("variable_instance", "instance_key", "scope_key"),
)
Index("variable_value", beginning(variable.c.value), variable.c.name, variable.c.instance_key)

job = Table(
    "job",
    metadata,
    _key(),
    _number("instance_key"),
    _number("token_key"),
    _text("element_id"),
    _text("type"),
    _text("kind"),
    _text("event", nullable=True),
    _text("state"),
    Column("suspended", Boolean, nullable=False),
    Column("retries", Integer, nullable=False),
    _text("headers"),
    _text("worker", nullable=True),
    _moment("available_at"),
    Column("lapses", Integer, nullable=False, server_default="0"),
    _text("error_code", nullable=True),
    _text("error_message", nullable=True),
    _moment("created_at"),
    _moment("ended_at", nullable=True),
    Index("job_instance", "instance_key", "ended_at"),
    _partial("job_rare", "state", "key", where=RARE_JOB),
    _partial("job_ready", "type", "available_at", "key", where=READY),
    _partial("job_suspect", "type", "available_at", "key", where=f"{READY} AND {SUSPECT}"),
)

user_task = Table(
    "user_task",
    metadata,
    _key(),
    _number("instance_key"),
    _number("token_key"),
    _text("element_id"),
    _text("name", nullable=True),
    _text("state"),
    _text("assignee", nullable=True),
    _text("candidate_users"),
    _text("candidate_groups"),
    _moment("due_at", nullable=True),
    _moment("follow_up_at", nullable=True),
    Column("priority", Integer, nullable=False),
    _text("form_id", nullable=True),
    _text("form_key", nullable=True),
    _text("external_form", nullable=True),
    _text("transition", nullable=True),
    _text("denied", nullable=True),
    _moment("created_at"),
    _moment("ended_at", nullable=True),
    Index("user_task_instance", "instance_key", "ended_at"),
    Index("user_task_state", "state", "key"),
    Index("user_task_assignee", "assignee", "state"),
    Index("user_task_assigned", "assignee", "key"),
    Index("user_task_element", "element_id", "key"),
    Index("user_task_priority", "priority", "key"),
    Index("user_task_created", "created_at", "key"),
    Index("user_task_due", "due_at", "key"),
    Index("user_task_follow_up", "follow_up_at", "key"),
    Index("user_task_ended", "ended_at", "key"),
)

timer = Table(
    "timer",
    metadata,
    _key(),
    _number("instance_key"),
    _number("definition_key"),
    _number("token_key"),
    _text("element_id"),
    _moment("due_at"),
    _text("schedule", nullable=True),
    Column("remaining", Integer, nullable=True),
    Column("suspended", Boolean, nullable=False),
    _partial("timer_due", "due_at", "key", where=RUNNING_TIMER),
    _partial("timer_definition", "definition_key", "due_at", "key", where=RUNNING_TIMER),
    Index("timer_instance", "instance_key"),
)

subscription = Table(
    "subscription",
    metadata,
    _key(),
    _number("instance_key"),
    _number("definition_key"),
    _text("process_id"),
    _number("token_key"),
    _text("element_id"),
    _text("kind"),
    _text("name"),
    _text("correlation_key"),
    Column("interrupting", Boolean, nullable=False),
    Index("subscription_waiting", "name", "correlation_key", "process_id", "key"),
    _partial("subscription_start", "name", "key", where=STARTS),
    _partial("subscription_signal", "name", "key", where=SIGNALS),
    Index("subscription_instance", "instance_key"),
)

#: A call activity that waits for the instance that it has called, whose key this is.
call = Table(
    "call",
    metadata,
    _key(),
    _number("instance_key"),
    _number("token_key"),
    _text("element_id"),
    Index("call_instance", "instance_key"),
)

#: A condition that a token waits for; `position` is its place among the definitions of its event.
condition = Table(
    "condition",
    metadata,
    _key(),
    _number("instance_key"),
    _number("token_key"),
    _text("element_id"),
    Column("position", Integer, nullable=False),
    Column("holds", Boolean, nullable=False),
    Index("condition_instance", "instance_key"),
)

#: A running multi-instance activity; its key is that of the body's token.
loop = Table(
    "loop",
    metadata,
    _key(),
    _number("instance_key"),
    Column("total", Integer, nullable=False),
    _text("items", nullable=True),
    Index("loop_instance", "instance_key"),
)

#: A run of it that has ended; its key is that of the run's token.
loop_run = Table(
    "loop_run",
    metadata,
    _key(),
    _number("instance_key"),
    _number("loop_key"),
    Column("counter", Integer, nullable=False),
    Column("completed", Boolean, nullable=False),
    _text("result"),
    Index("loop_run_instance", "instance_key"),
)

#: A completed activity that can be undone.
compensation = Table(
    "compensation",
    metadata,
    _key(),
    _number("instance_key"),
    _number("scope_key"),
    _number("token_key"),
    _text("element_id"),
    Column("loop_counter", Integer, nullable=True),
    _text("variables"),
    Index("compensation_instance", "instance_key"),
)

message = Table(
    "message",
    metadata,
    _key(),
    _text("name"),
    _text("correlation_key"),
    _text("message_id", nullable=True),
    _text("variables"),
    _moment("expires_at"),
    Index("message_name", "name", "correlation_key", "key"),
    _partial("message_id", "message_id", "name", "correlation_key", where="message_id IS NOT NULL"),
    Index("message_expiry", "expires_at"),
)

#: A buffered message that a process (any version of it) has taken already.
correlation = Table(
    "correlation",
    metadata,
    Column("message_key", BigInteger, primary_key=True, autoincrement=False),
    Column("process_id", TEXT, primary_key=True),
)

incident = Table(
    "incident",
    metadata,
    _key(),
    _number("instance_key"),
    _number("token_key"),
    _number("job_key", nullable=True),
    _text("element_id"),
    _text("error_type"),
    _text("message"),
    _text("state"),
    _moment("created_at"),
    _moment("ended_at", nullable=True),
    Index("incident_instance", "instance_key", "ended_at"),
    Index("incident_state", "state", "key"),
    Index("incident_error", "error_type", "key"),
    Index("incident_element", "element_id", "key"),
    Index("incident_created", "created_at", "key"),
    Index("incident_ended", "ended_at", "key"),
    Index("incident_job", "job_key", "key"),
    _partial("incident_token", "token_key", "ended_at", where=OPEN),
    _partial("incident_open", "instance_key", "ended_at", where=OPEN),
)
Index("incident_message", beginning(incident.c.message), incident.c.key)

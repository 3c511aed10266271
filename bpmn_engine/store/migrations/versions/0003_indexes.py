"""Every query has its index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_READY = "state = 'CREATED' AND NOT parked"
#: Indexes that make room for others of the same name.
_OLD = {"job_ready": "job", "timer_due": "timer", "message_name": "message"}
#: Name, table, columns, condition.
_NEW = (
    ("job_ready", "job", ["type", "available_at", "key"], _READY),
    ("job_suspect", "job", ["type", "available_at", "key"], f"{_READY} AND worker IS NOT NULL AND lapses > 0"),
    ("timer_due", "timer", ["due_at", "key"], "NOT parked"),
    ("timer_definition", "timer", ["definition_key", "due_at", "key"], "NOT parked"),
    ("subscription_start", "subscription", ["name", "key"], "instance_key = 0"),
    ("subscription_signal", "subscription", ["name", "key"], "kind = 'SIGNAL'"),
    ("job_rare", "job", ["state", "key"], "state NOT IN ('CREATED', 'COMPLETED')"),
    ("message_name", "message", ["name", "correlation_key", "key"], None),
    ("message_id", "message", ["message_id", "name", "correlation_key"], "message_id IS NOT NULL"),
    ("process_definition_resource", "process_definition", ["resource_key"], None),
    ("form_resource", "form", ["resource_key"], None),
    ("decision_requirements_resource", "decision_requirements", ["resource_key"], None),
    ("decision_instance_evaluated", "decision_instance", ["evaluated_at", "key"], None),
    ("process_instance_process", "process_instance", ["process_id", "key"], None),
    ("process_instance_begun", "process_instance", ["started_at", "key"], None),
    ("process_instance_root", "process_instance", ["root_key"], "root_key <> key"),
    ("token_element", "token", ["element_id", "instance_key"], "ended_at IS NULL"),
    ("variable_value", "variable", [sa.text("substr(value, 1, 100)"), "name", "instance_key"], None),
    ("user_task_assigned", "user_task", ["assignee", "key"], None),
    ("user_task_element", "user_task", ["element_id", "key"], None),
    ("user_task_priority", "user_task", ["priority", "key"], None),
    ("user_task_created", "user_task", ["created_at", "key"], None),
    ("user_task_due", "user_task", ["due_at", "key"], None),
    ("user_task_follow_up", "user_task", ["follow_up_at", "key"], None),
    ("user_task_ended", "user_task", ["ended_at", "key"], None),
    ("incident_error", "incident", ["error_type", "key"], None),
    ("incident_element", "incident", ["element_id", "key"], None),
    ("incident_created", "incident", ["created_at", "key"], None),
    ("incident_ended", "incident", ["ended_at", "key"], None),
    ("incident_job", "incident", ["job_key", "key"], None),
    ("incident_token", "incident", ["token_key", "ended_at"], "ended_at IS NULL"),
    ("incident_open", "incident", ["instance_key", "ended_at"], "ended_at IS NULL"),
    ("incident_message", "incident", [sa.text("substr(message, 1, 100)"), "key"], None),
)


def upgrade() -> None:
    for name, table in _OLD.items():
        op.drop_index(name, table)
    for name, table, columns, condition in _NEW:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)

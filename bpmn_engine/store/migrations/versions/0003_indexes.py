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
    ("message_name", "message", ["name", "correlation_key", "key"], None),
    ("message_id", "message", ["message_id", "name", "correlation_key"], "message_id IS NOT NULL"),
)


def upgrade() -> None:
    for name, table in _OLD.items():
        op.drop_index(name, table)
    for name, table, columns, condition in _NEW:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)

"""Waits of calls as rows, fenced nodes, idempotency keys, expired locks of jobs."""

import sqlalchemy as sa
from alembic import op

from bpmn_engine.store.tables import UtcDateTime

revision = "0002"
down_revision = "0001"

#: The last instance that each waiting call activity has called, whether it still runs or not: an activity that waits for
#: one that has ended is a lost call, which `bpmn db check` finds by this row.
_CALLS = """
    INSERT INTO "call" ("key", instance_key, token_key, element_id)
    SELECT max(child."key"), token.instance_key, token."key", token.element_id
    FROM token
    JOIN process_instance AS caller ON caller."key" = token.instance_key AND caller.ended_at IS NULL
    JOIN process_instance AS child ON child.parent_key = caller."key" AND child.parent_token_key = token."key"
    WHERE token.ended_at IS NULL AND token.state = 'ACTIVE'
    AND (child.ended_at IS NULL OR NOT EXISTS (
        SELECT 1 FROM incident WHERE incident.token_key = token."key" AND incident.ended_at IS NULL
    ))
    GROUP BY token.instance_key, token."key", token.element_id
"""


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("token_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("call_instance", "call", ["instance_key"], unique=False)
    op.execute(_CALLS)

    op.drop_table("node")  # whoever was registered here does not know this schema
    op.create_table(
        "node",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("pid_space", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("idempotency_expiry", "idempotency", ["expires_at"], unique=False)

    op.add_column("job", sa.Column("lapses", sa.Integer(), nullable=False, server_default="0"))

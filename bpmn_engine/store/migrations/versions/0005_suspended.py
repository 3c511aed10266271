"""Columns have the words of the domain: jobs and timers are suspended, instances unfinished."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_UNFINISHED = sa.text("unfinished")


def upgrade() -> None:
    # The databases rename a column in the conditions of partial indexes as well.
    op.alter_column("job", "parked", new_column_name="suspended")
    op.alter_column("timer", "parked", new_column_name="suspended")
    op.drop_index("process_instance_pending", "process_instance")
    op.alter_column("process_instance", "pending", new_column_name="unfinished")
    op.create_index(
        "process_instance_unfinished",
        "process_instance",
        ["key"],
        postgresql_where=_UNFINISHED,
        sqlite_where=_UNFINISHED,
    )

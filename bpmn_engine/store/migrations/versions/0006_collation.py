"""Text on PostgreSQL is ordered by its code points, as on SQLite, whatever the language of the database."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND data_type = 'text' AND table_name <> 'alembic_version'"
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    changes: dict[str, list[str]] = {}
    for table, column in connection.execute(sa.text(_COLUMNS)):
        changes.setdefault(table, []).append(f'ALTER COLUMN "{column}" TYPE text COLLATE "C"')
    for table, columns in changes.items():
        op.execute(f'ALTER TABLE "{table}" {", ".join(columns)}')

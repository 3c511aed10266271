"""Who waits for a message is read process by process, the longest waiting first."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("subscription_waiting", "subscription", ["name", "correlation_key", "process_id", "key"])
    op.drop_index("subscription_name", "subscription")

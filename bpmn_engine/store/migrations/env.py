"""Alembic's entry point: the connection comes from `store.connect.upgrade_schema`, which holds the lock."""

from alembic import context

from bpmn_engine.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

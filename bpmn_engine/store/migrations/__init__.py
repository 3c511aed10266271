"""Alembic migrations, shipped inside the package and run at start (or by `bpmn db upgrade`)."""

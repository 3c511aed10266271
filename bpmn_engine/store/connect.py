"""Open a database by its URL and bring its schema up to date."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bpmn_engine.errors import StoreUnavailable
from bpmn_engine.store.database import Database, Timeouts
from bpmn_engine.store.sqlite import SqliteDatabase
from bpmn_engine.store.tables import metadata

_MIGRATION_LOCK = "bpmn-engine migration"


def connect(url: str, *, upgrade: bool = True, timeouts: Timeouts | None = None) -> Database:
    """Open `sqlite:///file.db`, `sqlite://` (temporary) or `postgresql://...`; raise `StoreUnavailable`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnavailable(
            f"'{without_password(url)}' is not a database URL; use sqlite:///orders.db or postgresql://user@host/name."
        ) from None
    database = _open(parsed.get_backend_name(), url, timeouts or Timeouts())
    try:
        if upgrade:
            upgrade_schema(database)
        else:
            _check_schema(database)
    except StoreUnavailable:
        database.close()
        raise
    except SQLAlchemyError as error:
        database.close()
        reason = str(getattr(error, "orig", None) or error).strip()
        raise StoreUnavailable(f"The database {without_password(url)} cannot be used: {reason}.") from error
    return database


def without_password(url: str) -> str:
    """A database URL as it may be shown: stars in place of the password, also if it is not a proper URL."""
    hidden = re.sub(r"(://[^:@/?#]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)\b(password|passfile|sslpassword)=[^&\s]*", r"\1=***", hidden)


def _open(kind: str, url: str, timeouts: Timeouts) -> Database:
    if kind == "sqlite":
        return SqliteDatabase(make_url(url), timeouts)
    if kind in ("postgresql", "postgres"):
        try:
            from bpmn_engine.store.postgres import PostgresDatabase
        except ImportError:
            raise StoreUnavailable("PostgreSQL needs its driver: pip install 'bpmn-engine[postgres]'.") from None
        return PostgresDatabase(make_url(url.replace("postgres://", "postgresql://", 1)), timeouts)
    raise StoreUnavailable(f"'{kind}' is not supported; use SQLite or PostgreSQL.")


def upgrade_schema(database: Database) -> None:
    """Run the migrations that are missing; several nodes may try at once."""
    with database.write() as connection:
        database.take_time(connection)
        database.serialize(connection, [_MIGRATION_LOCK])
        found = _revision(connection)
        if found == _scripts().get_current_head():
            return
        if found is None:
            _create(connection)
            return
        migrate(connection)
        database.analyze(connection)


def _create(connection: Connection) -> None:
    """Make all tables of a new database at once, as the migrations would one after the other."""
    metadata.create_all(connection)
    MigrationContext.configure(connection).stamp(_scripts(), "head")


def migrate(connection: Connection, target: str = "head") -> None:
    """Run the migrations that are missing up to a revision."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def schema_version(database: Database) -> str | None:
    """The version of the schema that a database has."""
    with database.read() as connection:
        return _revision(connection)


def _check_schema(database: Database) -> None:
    found, wanted = schema_version(database), _scripts().get_current_head()
    if found != wanted:
        raise StoreUnavailable(
            f"The database has schema {found or 'none'}, this version needs {wanted}. Run `bpmn db upgrade`."
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("bpmn_engine.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


@lru_cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())

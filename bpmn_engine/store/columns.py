"""Types of columns that SQLite and PostgreSQL do not have alike, and lists that are kept as JSON text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite, which has no such type."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return _EPOCH + timedelta(microseconds=value) if isinstance(value, int) else value.astimezone(UTC)


class PlainText(Text):
    """A text compared by its code points, as SQLite does, whatever the language of a PostgreSQL database."""


@compiles(PlainText, "postgresql")
def _plain_text_on_postgres(*_: Any, **__: Any) -> str:
    return 'TEXT COLLATE "C"'


TEXT = PlainText()


class Items(FunctionElement[Any]):
    """The strings in a list that is kept as JSON text: a table with the column `value`."""

    inherit_cache = True


@compiles(Items, "sqlite")
def _items_on_sqlite(items: Items, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(items.clauses, **options)})"


@compiles(Items, "postgresql")
def _items_on_postgres(items: Items, compiler: Any, **options: Any) -> str:
    return f"jsonb_array_elements_text(({compiler.process(items.clauses, **options)})::jsonb)"


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)

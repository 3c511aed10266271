"""Comparing a column with the values and operators of a filter: the same answer on SQLite and PostgreSQL.

What a caller sends is checked here against the type of the column, so that no database has to say no to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.expressions.iso8601 import parse_datetime

Condition = Callable[[Any], ColumnElement[bool]]

#: The greatest number that a column holds.
MAX_INTEGER = 2**63 - 1
#: Characters that a database does not keep or compare: NUL, and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INTEGER = re.compile(r"-?[0-9]{1,25}")


def compared(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """The condition of a filter: a value, or operators with their operands."""
    if not isinstance(value, Mapping):
        return operator(column, "$eq", value)
    return and_(True, *(operator(column, name, item) for name, item in value.items()))


def named(value: Any) -> list[Any] | None:
    """The values that a filter names, if it lets through no others."""
    if not isinstance(value, Mapping):
        return [value]
    if value.get("$eq") is not None:
        return [value["$eq"]]
    listed = value.get("$in")
    return listed if isinstance(listed, list) and listed else None


def operator(column: ColumnElement[Any], name: str, value: Any) -> ColumnElement[bool]:
    """The condition of one operator such as `$like`; null, and `$in` of nothing, are no condition."""
    make = _OPERATORS.get(name)
    if make is None:
        raise InvalidArgument(f"There is no operator '{name}'; there are {', '.join(_OPERATORS)}.")
    nothing = value is None or (name in ("$in", "$notIn") and value == [])
    return and_(True) if nothing else make(column, value)


def operand(column: ColumnElement[Any], value: Any) -> Any:
    """A value in the column's type: keys come as text, moments in ISO 8601."""
    kind = column.type.python_type
    if kind is int:
        return _integer(value)
    if kind is datetime:
        return _moment(value)
    if kind is bool and not isinstance(value, bool):
        raise InvalidArgument(f"{_shown(value)} cannot be compared with this field; expected true or false.")
    return text(value) if kind is str else value


def text(value: Any) -> str:
    """A string that every database compares."""
    if not isinstance(value, str):
        raise InvalidArgument(f"{_shown(value)} cannot be compared with this field; expected a string.")
    if _UNSTORABLE.search(value):
        raise InvalidArgument(f"{_shown(value)} has a NUL or half of a surrogate pair, which no field contains.")
    return value


def is_integer(digits: str) -> bool:
    """Whether a text is a whole number of 64 bits."""
    return _INTEGER.fullmatch(digits) is not None and -MAX_INTEGER - 1 <= int(digits) <= MAX_INTEGER


def _integer(value: Any) -> int:
    whole = isinstance(value, Decimal) and value.is_finite() and abs(value) <= MAX_INTEGER and value == int(value)
    if whole or (isinstance(value, int) and not isinstance(value, bool) and -MAX_INTEGER <= value <= MAX_INTEGER):
        return int(value)
    if isinstance(value, str) and is_integer(value):
        return int(value)
    raise InvalidArgument(f"{_shown(value)} cannot be compared with this field; expected a whole number of 64 bits.")


def _moment(value: Any) -> datetime:
    try:
        return parse_datetime(value) if isinstance(value, str) else _no_moment()
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidArgument(f"{_shown(value)} cannot be compared with this field: {error}.") from None


def _no_moment() -> datetime:
    raise ValueError("expected a moment such as 2026-08-20T14:02:11Z")


def _shown(value: Any) -> str:
    """A value in a message, which may be long."""
    shown = ascii(value) if not isinstance(value, int) or abs(value) < 10**30 else "a number of more than 30 digits"
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def _operands(column: ColumnElement[Any], values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise InvalidArgument(f"'$in' and '$notIn' need a list, not {_shown(values)}.")
    return [operand(column, value) for value in values]


def _exists(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    if not isinstance(value, bool):
        raise InvalidArgument(f"'$exists' needs true or false, not {_shown(value)}.")
    return column.is_not(None) if value else column.is_(None)


def _ordered(column: ColumnElement[Any], value: Any) -> Any:
    if column.type.python_type is bool:
        raise InvalidArgument("This field is true or false, which have no order; use $eq, $neq, $in or $exists.")
    return operand(column, value)


def _like(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    if column.type.python_type is not str:
        raise InvalidArgument("'$like' is for fields of text; use $eq or $in.")
    return column.like(like_pattern(text(value)), escape="!")


def like_pattern(text: str) -> str:
    """`*` any run, `?` one character, a backslash escapes: as SQL LIKE with the escape character `!`."""
    pattern, escaped = "", False
    for char in text:
        if not escaped and char in "*?\\":
            escaped = char == "\\"
            pattern += {"*": "%", "?": "_"}.get(char, "")
            continue
        pattern += f"!{char}" if char in "!%_" else char
        escaped = False
    return pattern


_OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "$eq": lambda column, value: column == operand(column, value),
    "$neq": lambda column, value: column != operand(column, value),
    "$exists": _exists,
    "$in": lambda column, value: column.in_(_operands(column, value)),
    "$notIn": lambda column, value: column.not_in(_operands(column, value)),
    "$gt": lambda column, value: column > _ordered(column, value),
    "$gte": lambda column, value: column >= _ordered(column, value),
    "$lt": lambda column, value: column < _ordered(column, value),
    "$lte": lambda column, value: column <= _ordered(column, value),
    "$like": _like,
}

"""Variables: JSON values, seen from the inside out, written to the nearest scope that has the name."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.expressions.feel.temporal.python import PYTHON, from_python
from bpmn_engine.expressions.feel.temporal.reading import Temporal
from bpmn_engine.instance.state import Instance

#: How deep and how large a value may be.
MAX_DEPTH = 100


def json_value(value: Any, depth: int = 0) -> Any:
    """The value as the engine keeps it: numbers are `int` or `Decimal`, temporal values ISO 8601 text.

    Raise `InvalidArgument` for what JSON cannot hold.
    """
    if value is None or isinstance(value, bool | str):
        return value if type(value) in (bool, str, type(None)) else str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        return _number(value)
    if depth > MAX_DEPTH:
        raise InvalidArgument(f"A variable is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_name(key): json_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Temporal):
        return str(value)
    if isinstance(value, PYTHON):
        return str(from_python(value))
    raise InvalidArgument(f"A {type(value).__name__} cannot be a variable; use JSON values.")


def _number(value: float | Decimal) -> int | Decimal:
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    if not number.is_finite():
        raise InvalidArgument(f"The number {value} cannot be a variable.")
    if number == number.to_integral_value() and number.adjusted() < 34:
        return int(number)
    return number


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise InvalidArgument(f"The key {key!r} of an object must be a string.")
    return key


def json_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Check and normalise variables from outside."""
    return {_name(name): json_value(value) for name, value in variables.items()}


def scopes(instance: Instance, key: int) -> Iterator[int]:
    """The keys of a token and the scopes around it, innermost first."""
    token = instance.tokens.get(key)
    while token is not None:
        yield token.key
        token = instance.tokens.get(token.scope_key)


def visible(instance: Instance, key: int) -> Mapping[str, Any]:
    """The variables that a token sees; the innermost of one name wins."""
    variables = instance.variables
    if key not in variables and len(variables) == 1 and instance.key in variables:  # the usual case: no locals at all
        return variables[instance.key]
    found = [variables[scope] for scope in scopes(instance, key) if scope in variables]
    if len(found) == 1:
        return found[0]
    return ChainMap(*found) if found else {}


def home(instance: Instance, key: int, name: str) -> int:
    """The scope that a write of `name` goes to, seen from a token."""
    variables = instance.variables
    if len(variables) == 1 and instance.key in variables:  # the usual case: no locals at all
        return instance.key
    for scope in scopes(instance, key):
        if name in variables.get(scope, ()):
            return scope
    return instance.key


def with_path(context: Any, path: list[str], value: Any) -> Any:
    """`context` with `value` at a path such as ["order", "total"]; other entries stay."""
    if not path:
        return value
    entries = context if isinstance(context, dict) else {}
    return {**entries, path[0]: with_path(entries.get(path[0]), path[1:], value)}

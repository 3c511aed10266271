"""JSON text of variables: decimals keep every digit, in both directions."""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal
from typing import Any

#: The encoder writes decimals as strings that begin with this. Nobody can guess it, so no variable can hold it.
_MARK = f"decimal-{secrets.token_hex(16)}:"
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def _decimal(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value}"
    raise TypeError(f"{type(value).__name__} is not a JSON value")


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, default=_decimal)


def dumps(value: Any) -> str:
    """The JSON text of a value as the engine keeps it (see `instance.variables.json_value`)."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if type(value) is int or type(value) is Decimal:
        return str(value)
    text = _encoder.encode(value)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def loads(text: str) -> Any:
    """The value of a JSON text, with `Decimal` for numbers that are not whole."""
    return json.loads(text, parse_float=Decimal)

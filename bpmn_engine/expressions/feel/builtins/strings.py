"""String functions (DMN 1.5, clause 10.3.4.3) and conversion to and from strings."""

from __future__ import annotations

import base64
import binascii
import json
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.text import to_text
from bpmn_engine.expressions.feel.values import Function
from bpmn_engine.expressions.numbers import Number

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


@_function("string", "from")
def _string(evaluation: Evaluation, value: Any) -> str | None:
    return to_text(value, evaluation)


@_function("string length", "string: string")
def _length(evaluation: Evaluation, text: str) -> int:
    return len(text)


@_function("upper case", "string: string")
def _upper(evaluation: Evaluation, text: str) -> str:
    evaluation.room_for_text(len(text))
    return text.upper()


@_function("lower case", "string: string")
def _lower(evaluation: Evaluation, text: str) -> str:
    evaluation.room_for_text(len(text))
    return text.lower()


@_function("trim", "string: string")
def _trim(evaluation: Evaluation, text: str) -> str:
    evaluation.room_for_text(len(text))
    return text.strip()


@_function("is blank", "string: string")
def _blank(evaluation: Evaluation, text: str) -> bool:
    evaluation.room_for_text(len(text))
    return not text.strip()


@_function("contains", "string: string", "match: string")
def _contains(evaluation: Evaluation, text: str, match: str) -> bool:
    evaluation.spend(len(text) // 100)
    return match in text


@_function("starts with", "string: string", "match: string")
def _starts(evaluation: Evaluation, text: str, match: str) -> bool:
    return text.startswith(match)


@_function("ends with", "string: string", "match: string")
def _ends(evaluation: Evaluation, text: str, match: str) -> bool:
    return text.endswith(match)


@_function("substring", "string: string", "start position: number", "length?: number")
def _substring(evaluation: Evaluation, text: str, start: Number, length: Number | None = None) -> str | None:
    first = int(start)
    if first == 0 or abs(first) > len(text) or (length is not None and length < 1):
        return evaluation.null("'substring' counts from 1, or from -1 at the end, and needs a positive length")
    evaluation.spend(len(text) // 100)
    begin = first - 1 if first > 0 else len(text) + first
    return text[begin:] if length is None else text[begin : begin + int(length)]


@_function("substring before", "string: string", "match: string")
def _before(evaluation: Evaluation, text: str, match: str) -> str:
    evaluation.spend(len(text) // 100)
    return text.partition(match)[0] if match and match in text else ""


@_function("substring after", "string: string", "match: string")
def _after(evaluation: Evaluation, text: str, match: str) -> str:
    evaluation.spend(len(text) // 100)
    if not match:
        return text
    return text.partition(match)[2]


@_function("string join", "list: list", "delimiter?: string|null")
def _join(evaluation: Evaluation, items: list[Any], delimiter: str | None = None) -> str | None:
    if any(not isinstance(item, str) and item is not None for item in items):
        return evaluation.null("'string join' expects a list of strings")
    texts = [item for item in items if item is not None]
    separator = delimiter or ""
    evaluation.room_for_text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


@_function("string join", "list: list", "delimiter: string|null", "prefix: string|null", "suffix: string|null")
def _join_within(evaluation: Evaluation, items: list[Any], *around: str | None) -> str | None:
    delimiter, prefix, suffix = around
    joined = _join(evaluation, items, delimiter)
    return None if joined is None else f"{prefix or ''}{joined}{suffix or ''}"


@_function("uuid")
def _uuid(evaluation: Evaluation) -> str:
    return str(uuid4())


@_function("to base64", "value: string")
def _to_base64(evaluation: Evaluation, value: str) -> str:
    evaluation.room_for_text(len(value) * 4 // 3)
    return base64.b64encode(value.encode("utf-8", "replace")).decode()


@_function("from base64", "value: string")
def _from_base64(evaluation: Evaluation, value: str) -> str | None:
    evaluation.room_for_text(len(value))
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return evaluation.null("the string is not the base64 of a string")


@_function("to json", "value")
def _to_json(evaluation: Evaluation, value: Any) -> str | None:
    evaluation.weigh(value)
    try:
        return json.dumps(value, default=_json_value, separators=(",", ":"), ensure_ascii=False)
    except TypeError:
        return evaluation.null("the value has no JSON form")


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.adjusted() < 34 else float(value)
    if isinstance(value, Function):
        raise TypeError(value)
    return to_text(value)


@_function("from json", "value: string")
def _from_json(evaluation: Evaluation, value: str) -> Any:
    evaluation.spend(len(value) // 10)
    try:
        return json.loads(value, parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return evaluation.null("the text is not JSON")

"""String functions (DMN 1.5, clause 10.3.4.3) and conversion to strings."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from functools import partial
from typing import Any

import regex

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import MAX_STRING, REGEX_SECONDS, LimitExceeded, Scope
from bpmn_engine.expressions.feel.values import Function, to_text

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)

_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL, "x": regex.VERBOSE}


@_function("string", "from")
def _string(scope: Scope, value: Any) -> str | None:
    return to_text(value)


@_function("string length", "string: string")
def _length(scope: Scope, text: str) -> int:
    return len(text)


@_function("upper case", "string: string")
def _upper(scope: Scope, text: str) -> str:
    return text.upper()


@_function("lower case", "string: string")
def _lower(scope: Scope, text: str) -> str:
    return text.lower()


@_function("trim", "string: string")
def _trim(scope: Scope, text: str) -> str:
    return text.strip()


@_function("is blank", "string: string")
def _blank(scope: Scope, text: str) -> bool:
    return not text.strip()


@_function("contains", "string: string", "match: string")
def _contains(scope: Scope, text: str, match: str) -> bool:
    return match in text


@_function("starts with", "string: string", "match: string")
def _starts(scope: Scope, text: str, match: str) -> bool:
    return text.startswith(match)


@_function("ends with", "string: string", "match: string")
def _ends(scope: Scope, text: str, match: str) -> bool:
    return text.endswith(match)


@_function("substring", "string: string", "start position: number", "length?: number")
def _substring(scope: Scope, text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    first = int(start)
    if first == 0 or (length is not None and length < 1):
        return scope.null("'substring' counts from 1 and needs a positive length")
    begin = first - 1 if first > 0 else max(len(text) + first, 0)
    return text[begin:] if length is None else text[begin : begin + int(length)]


@_function("substring before", "string: string", "match: string")
def _before(scope: Scope, text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


@_function("substring after", "string: string", "match: string")
def _after(scope: Scope, text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


@_function("string join", "list: list", "delimiter?: string", "prefix?: string", "suffix?: string")
def _join(
    scope: Scope, items: list[Any], delimiter: str | None = None, prefix: str | None = None, suffix: str | None = None
) -> str | None:
    if any(not isinstance(item, str) and item is not None for item in items):
        return scope.null("'string join' expects a list of strings")
    return (prefix or "") + (delimiter or "").join(item for item in items if item is not None) + (suffix or "")


@_function("matches", "input: string", "pattern: string", "flags?: string")
def _matches(scope: Scope, text: str, pattern: str, flags: str | None = None) -> bool | None:
    compiled = _pattern(scope, pattern, flags)
    return None if compiled is None else _timed(lambda: compiled.search(text, timeout=REGEX_SECONDS) is not None)


@_function("replace", "input: string", "pattern: string", "replacement: string", "flags?: string")
def _replace(scope: Scope, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    compiled = _pattern(scope, pattern, flags)
    if compiled is None:
        return None
    template = regex.sub(r"\$(\d)", r"\\g<\1>", replacement.replace("\\", "\\\\"))
    try:
        result = _timed(lambda: compiled.sub(template, text, timeout=REGEX_SECONDS))
    except (regex.error, IndexError):
        return scope.null(f"'{replacement}' is not a valid replacement")
    if len(result) > MAX_STRING:
        raise LimitExceeded(f"a string may have at most {MAX_STRING:,} characters")
    return str(result)


@_function("split", "string: string", "delimiter: string")
def _split(scope: Scope, text: str, delimiter: str) -> list[str] | None:
    compiled = _pattern(scope, delimiter, None)
    return None if compiled is None else _timed(lambda: compiled.split(text, timeout=REGEX_SECONDS))


@_function("extract", "string: string", "pattern: string")
def _extract(scope: Scope, text: str, pattern: str) -> list[str] | None:
    compiled = _pattern(scope, pattern, None)
    if compiled is None:
        return None
    return _timed(lambda: [match[0] for match in compiled.finditer(text, timeout=REGEX_SECONDS)])


def _pattern(scope: Scope, pattern: str, flags: str | None) -> Any:
    if flags and set(flags) - _FLAGS.keys():
        return scope.null(f"'{flags}' are not flags; use i, m, s or x")
    try:
        return regex.compile(pattern, sum(_FLAGS[flag] for flag in set(flags or "")) | regex.VERSION0)
    except regex.error as error:
        return scope.null(f"'{pattern}' is not a regular expression: {error}")


def _timed(run: Any) -> Any:
    try:
        return run()
    except TimeoutError:
        raise LimitExceeded(f"a regular expression takes longer than {REGEX_SECONDS} s") from None


@_function("to base64", "value: string")
def _to_base64(scope: Scope, value: str) -> str:
    return base64.b64encode(value.encode()).decode()


@_function("to json", "value")
def _to_json(scope: Scope, value: Any) -> str | None:
    try:
        return json.dumps(value, default=_json_value, separators=(",", ":"), ensure_ascii=False)
    except TypeError:
        return scope.null("the value has no JSON form")


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Function):
        raise TypeError(value)
    return to_text(value)


@_function("from json", "value: string")
def _from_json(scope: Scope, value: str) -> Any:
    try:
        return json.loads(value, parse_float=Decimal)
    except (ValueError, RecursionError):
        return scope.null("the text is not JSON")

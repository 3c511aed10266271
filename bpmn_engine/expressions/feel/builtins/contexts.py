"""Context functions (DMN 1.5, clause 10.3.4.7) and Camunda's paths into contexts."""

from __future__ import annotations

from functools import partial
from typing import Any

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import Scope
from bpmn_engine.expressions.feel.values import Function

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


@_function("get value", "context: context", "key: string|list")
def _get_value(scope: Scope, context: dict[str, Any], key: str | list[str]) -> Any:
    value: Any = context
    for name in [key] if isinstance(key, str) else key:
        value = value.get(name) if isinstance(value, dict) else None
    return value


@_function("get entries", "context: context")
def _get_entries(scope: Scope, context: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in context.items()]


@_function("context", "entries: list|context")
def _context(scope: Scope, entries: Any) -> dict[str, Any] | None:
    pairs = [entries] if isinstance(entries, dict) else entries
    if not all(isinstance(pair, dict) and isinstance(pair.get("key"), str) and "value" in pair for pair in pairs):
        return scope.null("'context' expects entries with key and value")
    return {pair["key"]: pair["value"] for pair in pairs}


@_function("context put", "context: context", "key: string|list", "value")
def _put(scope: Scope, context: dict[str, Any], key: str | list[str], value: Any) -> dict[str, Any] | None:
    keys = [key] if isinstance(key, str) else key
    if not keys or not all(isinstance(name, str) for name in keys):
        return scope.null("'context put' needs a key")
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    return {**context, keys[0]: _put(scope, inner if isinstance(inner, dict) else {}, keys[1:], value)}


@_function("context merge", "contexts: list")
def _merge(scope: Scope, contexts: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not all(isinstance(context, dict) for context in contexts):
        return scope.null("'context merge' expects a list of contexts")
    return {key: value for context in contexts for key, value in context.items()}

"""Context functions (DMN 1.5, clause 10.3.4.7) and Camunda's paths into contexts."""

from __future__ import annotations

from functools import partial
from typing import Any

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.values import Function

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


@_function("get value", "m: context", "key: string")
@_function("get value", "context: context", "key: string")
def _get_value(evaluation: Evaluation, context: dict[str, Any], key: str) -> Any:
    return context[key] if key in context else evaluation.null(f"the context has no entry '{key}'")


@_function("get value", "context: context", "keys: list")
def _get_value_at(evaluation: Evaluation, context: dict[str, Any], keys: list[Any]) -> Any:
    value: Any = context
    for key in keys:
        if not isinstance(value, dict) or not isinstance(key, str) or key not in value:
            return evaluation.null("the context has no such entry")
        value = value[key]
    return value


@_function("get entries", "m: context")
@_function("get entries", "context: context")
def _get_entries(evaluation: Evaluation, context: dict[str, Any]) -> list[dict[str, Any]]:
    evaluation.room_for(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@_function("context", "entries: list")
def _context(evaluation: Evaluation, entries: list[Any]) -> dict[str, Any] | None:
    evaluation.spend(len(entries))
    built: dict[str, Any] = {}
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(key, str) or "value" not in entry or key in built:
            return evaluation.null("'context' expects entries with a key and a value, each key once")
        built[key] = entry["value"]
    return built


@_function("context put", "context: context", "key: string", "value")
@_function("put", "context: context", "key: string", "value")
def _put(evaluation: Evaluation, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    evaluation.spend(len(context))
    return {**context, key: value}


@_function("context put", "context: context", "keys: list", "value")
def _put_at(evaluation: Evaluation, context: Any, keys: list[Any], value: Any) -> dict[str, Any] | None:
    if not keys or not all(isinstance(key, str) for key in keys):
        return evaluation.null("'context put' needs one or more keys")
    inner: Any = context
    around: list[tuple[dict[str, Any], str]] = []
    for key in keys:
        if not isinstance(inner, dict):
            return evaluation.null(f"there is no context that '{key}' could be put into")
        evaluation.spend(len(inner) + 1)
        around.append((inner, key))
        inner = inner.get(key)
    for holder, key in reversed(around):
        value = {**holder, key: value}
    return value


@_function("put all", "contexts*: context")
def _put_all(evaluation: Evaluation, *contexts: dict[str, Any]) -> dict[str, Any] | None:
    return _merge(evaluation, list(contexts))


@_function("context merge", "contexts: list")
@_function("put all", "contexts: list")
def _merge(evaluation: Evaluation, contexts: list[Any]) -> dict[str, Any] | None:
    if not all(isinstance(context, dict) for context in contexts):
        return evaluation.null("'context merge' expects a list of contexts")
    evaluation.spend(sum(map(len, contexts)))
    return {key: value for context in contexts for key, value in context.items()}

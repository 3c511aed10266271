"""Declarations of built-in functions: FEEL name, parameters and their types.

A parameter is written `name: type|type`; a `?` after the name makes it optional, a `*` lets it take any number of
values; one without a type takes everything. Arguments that do not fit give null and a warning, so the functions
themselves see only what they expect. Declaring a name again adds another way to call the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn_engine.expressions.feel.types import OneOf
from bpmn_engine.expressions.feel.values import Function, Parameter, Signature, python_types

Implementation = Callable[..., Any]


def builtin(table: dict[str, Function], name: str, *parameters: str) -> Callable[[Implementation], Implementation]:
    """Register a function under its FEEL name; its first Python parameter is the evaluation."""
    variadic = bool(parameters) and parameters[-1].partition(":")[0].endswith("*")

    def register(implementation: Implementation) -> Implementation:
        signature = Signature(tuple(map(_parameter, parameters)), implementation, variadic)
        known = table.get(name)
        table[name] = Function(name, (*(known.signatures if known else ()), signature))
        return implementation

    return register


def _parameter(text: str) -> Parameter:
    name, _, types = (part.strip() for part in text.partition(":"))
    kinds = tuple(types.split("|")) if types else ()
    return Parameter(
        name.rstrip("?*"),
        OneOf(kinds) if kinds else None,
        optional=name.endswith(("?", "*")),
        nullable=not kinds or "null" in kinds,
        plain=python_types(*kinds),
    )

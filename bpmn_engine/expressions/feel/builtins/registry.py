"""How a built-in function is declared: its FEEL name, its parameters and their types.

A parameter is written `name: type`; a `?` after the name makes it optional, a `*` lets it take any number of values.
An argument of another type gives null and a warning, so the functions themselves see only what they expect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn_engine.expressions.feel.limits import Scope
from bpmn_engine.expressions.feel.values import Function, kind

Implementation = Callable[..., Any]


def builtin(table: dict[str, Function], name: str, *parameters: str) -> Callable[[Implementation], Implementation]:
    """Register a function under its FEEL name; its first Python parameter is the scope."""
    names = tuple(parameter.partition(":")[0].strip() for parameter in parameters)
    types = [parameter.partition(":")[2].strip() for parameter in parameters]
    variadic = bool(names) and names[-1].endswith("*")

    def register(implementation: Implementation) -> Implementation:
        def call(scope: Scope, *arguments: Any) -> Any:
            for position, value in enumerate(arguments):
                wanted = types[min(position, len(types) - 1)] if variadic else types[position]
                optional = not variadic and names[position].endswith("?") and value is None
                if wanted and not optional and kind(value) not in wanted.split("|"):
                    return scope.null(f"'{name}' expects a {wanted}, not a {kind(value)}")
            return implementation(scope, *arguments)

        table[name] = Function(names, call)
        return implementation

    return register

"""Calls of functions: which signature fits, and what its parameters make of the arguments (DMN 1.5, 10.3.2.13.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.builtins import BUILTINS
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.types import ANY, OneOf, coerce
from bpmn_engine.expressions.feel.values import Function, Parameter, Signature, kind


@compiles(syntax.FunctionCall)
def _call(node: syntax.FunctionCall, environment: Environment) -> Closure:
    builtin = _builtin(node.function, environment)
    if node.named:
        return _named(node, builtin, environment)
    arguments = [compile_node(argument, environment) for argument in node.positional]
    if builtin is not None:
        return _known(builtin, arguments)
    function, label = compile_node(node.function, environment), _label(node.function)

    def run(frame: Frame) -> Any:
        callee = function(frame)
        if not isinstance(callee, Function):
            return frame[EVALUATION].null(f"'{label}' is not a function")
        return call(callee, [argument(frame) for argument in arguments], frame[EVALUATION])

    return run


def _builtin(function: syntax.Node, environment: Environment) -> Function | None:
    """The built-in function that a name means here; a process variable of the same name does not hide it."""
    if not isinstance(function, syntax.Name) or function.name in environment.program.known:
        return None
    view: Environment | None = environment
    while view is not None:
        if view.name == function.name:
            return None
        view = view.parent
    return BUILTINS.get(function.name)


def _label(function: syntax.Node) -> str:
    return function.name if isinstance(function, syntax.Name | syntax.Path) else "the function"


def _known(builtin: Function, arguments: list[Closure]) -> Closure:
    """A call whose function and number of arguments are settled beforehand."""
    signatures = [signature for signature in builtin.signatures if signature.takes(len(arguments))]
    if len(signatures) != 1:
        return lambda frame: call(builtin, [argument(frame) for argument in arguments], frame[EVALUATION])
    signature = signatures[0]
    if len(arguments) == 2 and len(signature.parameters) >= 2:
        return _known_of_two(builtin, signature, arguments[0], arguments[1])

    def run(frame: Frame) -> Any:
        given = [argument(frame) for argument in arguments]
        values = _fitted(signature, given, frame[EVALUATION])
        if values is None:
            return frame[EVALUATION].null(_misfit(builtin, given))
        return signature.run(frame[EVALUATION], *values)

    return run


def _known_of_two(builtin: Function, signature: Signature, first: Closure, second: Closure) -> Closure:
    """The usual case, two arguments, both of which mostly are what the parameters take."""
    left, right = signature.parameters[:2]
    run_it, any_left, any_right = signature.run, left.type is None, right.type is None

    def run(frame: Frame) -> Any:
        one, two = first(frame), second(frame)
        if (any_left or type(one) in left.plain) and (any_right or type(two) in right.plain):
            return run_it(frame[EVALUATION], one, two)
        values = _fitted(signature, (one, two), frame[EVALUATION])
        if values is None:
            return frame[EVALUATION].null(_misfit(builtin, (one, two)))
        return run_it(frame[EVALUATION], *values)

    return run


def _named(node: syntax.FunctionCall, builtin: Function | None, environment: Environment) -> Closure:
    function = compile_node(node.function, environment)
    named = [(name, compile_node(argument, environment)) for name, argument in node.named]
    label = _label(node.function)

    def run(frame: Frame) -> Any:
        callee = builtin or function(frame)
        if not isinstance(callee, Function):
            return frame[EVALUATION].null(f"'{label}' is not a function")
        return call_named(callee, {name: argument(frame) for name, argument in named}, frame[EVALUATION])

    return run


def call(function: Function, values: Sequence[Any], evaluation: Evaluation) -> Any:
    """Call a function with arguments by position: the first signature that takes them."""
    for signature in function.signatures:
        if signature.takes(len(values)):
            fitted = _fitted(signature, values, evaluation)
            if fitted is not None:
                return signature.run(evaluation, *fitted)
    return evaluation.null(_misfit(function, values))


def call_named(function: Function, values: dict[str, Any], evaluation: Evaluation) -> Any:
    """Call a function with arguments by name."""
    for signature in function.signatures:
        ordered = _ordered(signature, values)
        fitted = None if ordered is None else _fitted(signature, ordered, evaluation)
        if fitted is not None:
            return signature.run(evaluation, *fitted)
    taken = " or ".join(f"({signature})" for signature in function.signatures)
    return evaluation.null(f"'{function.name}' takes {taken}, not ({', '.join(values)}) or not with such values")


def _ordered(signature: Signature, values: dict[str, Any]) -> list[Any] | None:
    """The values in the order of the parameters; those in between that are left out are null."""
    names = signature.names
    if not values.keys() <= set(names) or not all(name in values for name in names[: signature.least]):
        return None
    if signature.variadic and isinstance(values.get(names[-1]), list):
        return [*(values[name] for name in names[:-1]), *values[names[-1]]]
    last = max((names.index(name) for name in values), default=-1)
    return [values.get(name, _MISSING) for name in names[: last + 1]]


_MISSING = object()


def _fitted(signature: Signature, values: Sequence[Any], evaluation: Evaluation) -> Sequence[Any] | None:
    """The arguments as the parameters take them; None if one does not fit."""
    parameters = signature.parameters
    last = len(parameters) - 1
    fitted: list[Any] | None = None
    for position, value in enumerate(values):
        parameter = parameters[min(position, last)]
        if (parameter.type is None and value is not _MISSING) or type(value) in parameter.plain:
            continue
        fits, accepted = _accepted(parameter, value, evaluation)
        if not fits:
            return None
        fitted = fitted or list(values)
        fitted[position] = accepted
    return fitted or values


def _accepted(parameter: Parameter, value: Any, evaluation: Evaluation) -> tuple[bool, Any]:
    if value is _MISSING:
        return True, None
    if isinstance(value, list | dict) and not isinstance(parameter.type, OneOf):
        evaluation.weigh(value)
    fits, accepted = coerce(parameter.type or ANY, value)
    return fits and (accepted is not None or parameter.nullable), accepted


def _misfit(function: Function, values: Sequence[Any]) -> str:
    taken = " or ".join(f"({signature})" for signature in function.signatures)
    given = ", ".join(kind(value) for value in values)
    return f"'{function.name}' takes {taken}, not ({given})"

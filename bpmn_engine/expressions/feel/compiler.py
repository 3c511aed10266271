"""Syntax tree to Python closures: what each form of the language means (DMN 1.5, clause 10.3.2.13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel import syntax as s
from bpmn_engine.expressions.feel.builtins import BUILTINS
from bpmn_engine.expressions.feel.limits import MAX_CALLS, MAX_ITEMS, LimitExceeded, Scope
from bpmn_engine.expressions.feel.temporal import OPERATORS as TEMPORAL_OPERATORS
from bpmn_engine.expressions.feel.temporal import negated, properties_of
from bpmn_engine.expressions.feel.values import Function, Range, YearMonthDuration, contains, equal, kind, less
from bpmn_engine.expressions.numbers import ARITHMETIC, CONTEXT, is_number

Closure = Callable[[Scope], Any]


def compile_node(node: s.Node) -> Closure:
    """The closure that computes a node in a scope."""
    return _COMPILERS[type(node)](node)


def _literal(node: s.Literal) -> Closure:
    value = node.value
    return lambda scope: value


def _name(node: s.Name) -> Closure:
    name = node.name
    builtin = BUILTINS.get(name)

    def run(scope: Scope) -> Any:
        view: Scope | None = scope
        while view is not None:
            if name in view.names:
                return view.names[name]
            view = view.parent
        return builtin if builtin is not None else scope.null(f"there is no variable '{name}'")

    return run


def _minus(node: s.Unary) -> Closure:
    operand = compile_node(node.operand)

    def run(scope: Scope) -> Any:
        value = operand(scope)
        if is_number(value):
            return CONTEXT.minus(value) if not isinstance(value, int) else -value
        if isinstance(value, timedelta | YearMonthDuration):
            return negated(value)
        return scope.null(f"a {kind(value)} has no negative")

    return run


def _binary(node: s.Binary) -> Closure:
    left, right = compile_node(node.left), compile_node(node.right)
    if node.op in ("and", "or"):
        return _logic(left, right, decisive=node.op == "or")
    if node.op in _COMPARE:
        return _comparison(_COMPARE[node.op], left, right)
    return _arithmetic(node.op, left, right)


def _logic(left: Closure, right: Closure, *, decisive: bool) -> Closure:
    """Three-valued: one decisive operand settles it, else null if either is not a boolean."""

    def run(scope: Scope) -> bool | None:
        first = left(scope)
        if first is decisive:
            return decisive
        second = right(scope)
        if second is decisive:
            return decisive
        return (not decisive) if isinstance(first, bool) and isinstance(second, bool) else None

    return run


def _not_equal(left: Any, right: Any) -> bool | None:
    answer = equal(left, right)
    return None if answer is None else not answer


def _at_most(left: Any, right: Any) -> bool | None:
    answer = less(right, left)
    return None if answer is None else not answer


_COMPARE: dict[str, Callable[[Any, Any], bool | None]] = {
    "=": equal,
    "!=": _not_equal,
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": _at_most,
    ">=": lambda left, right: _at_most(right, left),
}


def _comparison(compare: Callable[[Any, Any], bool | None], left: Closure, right: Closure) -> Closure:
    def run(scope: Scope) -> bool | None:
        first, second = left(scope), right(scope)
        answer = compare(first, second)
        if answer is None:
            scope.null(f"a {kind(first)} and a {kind(second)} cannot be compared")
        return answer

    return run


def _arithmetic(op: str, left: Closure, right: Closure) -> Closure:
    numeric = ARITHMETIC[op]

    def run(scope: Scope) -> Any:
        first, second = left(scope), right(scope)
        if is_number(first) and is_number(second):
            value = numeric(first, second)
            return value if value is not None else scope.null(f"{first} {op} {second} is not a number")
        if op == "+" and isinstance(first, str) and isinstance(second, str):
            return first + second
        temporal = TEMPORAL_OPERATORS.get(op)
        value = temporal(first, second) if temporal else None
        return value if value is not None else scope.null(f"'{op}' does not work on {kind(first)} and {kind(second)}")

    return run


def _between(node: s.Between) -> Closure:
    value, low, high = compile_node(node.value), compile_node(node.low), compile_node(node.high)
    return lambda scope: contains(Range(low(scope), high(scope)), value(scope))


def _in(node: s.In) -> Closure:
    value = compile_node(node.value)
    tests = [_test(test) for test in node.tests]
    return lambda scope: _any_test(tests, scope, value(scope))


def _tests(node: s.Tests) -> Closure:
    tests = [_test(test) for test in node.tests]
    if node.negated:
        return lambda scope: not _any_test(tests, scope, _question(scope))
    return lambda scope: _any_test(tests, scope, _question(scope))


_question = _name(s.Name("?"))


def _any_test(tests: list[Callable[[Scope, Any], bool]], scope: Scope, value: Any) -> bool:
    return any(test(scope, value) for test in tests)


def _test(node: s.Node) -> Callable[[Scope, Any], bool]:
    """A unary test: true, or something that the value equals, lies in or is an element of."""
    if isinstance(node, s.Comparison):
        limit, compare = compile_node(node.value), _COMPARE[node.op]
        return lambda scope, value: compare(value, limit(scope)) is True
    run = compile_node(node)
    uses_question = not isinstance(node, s.Literal)

    def test(scope: Scope, value: Any) -> bool:
        answer = run(scope.inner({"?": value}))
        if answer is True and uses_question:
            return True
        return _meets(value, answer)

    return test


def _meets(value: Any, answer: Any) -> bool:
    if isinstance(answer, Range):
        return contains(answer, value) is True
    if isinstance(answer, list) and not isinstance(value, list):
        return any(_meets(value, item) for item in answer)
    return equal(value, answer) is True


def _open_range(node: s.Comparison) -> Closure:
    """`(< 10)` as a value: a range with one open end."""
    limit = compile_node(node.value)
    closed = "=" in node.op
    if node.op.startswith("<"):
        return lambda scope: Range(None, limit(scope), low_closed=False, high_closed=closed)
    if node.op.startswith(">"):
        return lambda scope: Range(limit(scope), None, low_closed=closed, high_closed=False)
    raise InvalidExpression(f"'{node.op}' cannot begin a range", node.op)


_TYPE_NAMES = {"day time duration": "days and time duration", "year month duration": "years and months duration"}


def _instance_of(node: s.InstanceOf) -> Closure:
    value = compile_node(node.value)
    wanted = _TYPE_NAMES.get(node.type_name, node.type_name)
    if wanted == "Any":
        return lambda scope: value(scope) is not None
    return lambda scope: kind(value(scope)) == wanted


def _if(node: s.If) -> Closure:
    condition, then, otherwise = compile_node(node.condition), compile_node(node.then), compile_node(node.otherwise)
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)


def _for(node: s.For) -> Closure:
    bindings = _bindings(node.iterations)
    result = compile_node(node.result)

    def run(scope: Scope) -> list[Any]:
        partial: list[Any] = []
        for inner in bindings(scope.inner({"partial": partial})):
            if len(partial) >= MAX_ITEMS:
                raise LimitExceeded(f"a list may have at most {MAX_ITEMS:,} items")
            partial.append(result(inner))
        return partial

    return run


def _quantified(node: s.Quantified) -> Closure:
    bindings = _bindings(node.iterations)
    condition = compile_node(node.condition)
    decisive = not node.every

    def run(scope: Scope) -> bool | None:
        unknown = False
        for inner in bindings(scope):
            answer = condition(inner)
            if answer is decisive:
                return decisive
            unknown = unknown or not isinstance(answer, bool)
        return None if unknown else not decisive

    return run


def _bindings(iterations: tuple[s.Iteration, ...]) -> Callable[[Scope], Iterator[Scope]]:
    """One scope for each combination of the iterations' items; the last one turns fastest."""
    first, *rest = iterations
    source = _items(first)
    name = first.name
    inner = _bindings(tuple(rest)) if rest else None

    def run(scope: Scope) -> Iterator[Scope]:
        for item in source(scope):
            scope.evaluation.spend()
            bound = scope.inner({name: item})
            if inner is None:
                yield bound
            else:
                yield from inner(bound)

    return run


def _items(iteration: s.Iteration) -> Callable[[Scope], Any]:
    source = compile_node(iteration.source)
    if iteration.last is None:
        return lambda scope: items_of(source(scope), scope)
    last = compile_node(iteration.last)
    return lambda scope: _counting(source(scope), last(scope), scope)


def items_of(value: Any, scope: Scope) -> Any:
    """What an iteration visits: a list's items, a range's numbers, a single value once, null never."""
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        return _counting(value.low, value.high, scope)
    return () if value is None else (value,)


def _counting(low: Any, high: Any, scope: Scope) -> Any:
    if not (is_number(low) and is_number(high) and low == int(low) and high == int(high)):
        scope.null("an iteration counts from one whole number to another")
        return ()
    first, last = int(low), int(high)
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def _path(node: s.Path) -> Closure:
    value, name = compile_node(node.value), node.name

    def run(scope: Scope) -> Any:
        return _member(value(scope), name, scope)

    return run


def _member(value: Any, name: str, scope: Scope) -> Any:
    if isinstance(value, dict):
        return value[name] if name in value else scope.null(f"the context has no entry '{name}'")
    if isinstance(value, list):
        scope.evaluation.spend(len(value))
        return [_member(item, name, scope) for item in value]
    found, result = properties_of(value, name)
    return result if found else scope.null(f"a {kind(value)} has no property '{name}'")


def _filter(node: s.Filter) -> Closure:
    value, condition = compile_node(node.value), compile_node(node.condition)

    def run(scope: Scope) -> Any:
        items = value(scope)
        if items is None:
            return None
        if not isinstance(items, list):
            items = [items]
        index = condition(scope) if isinstance(node.condition, s.Literal | s.Unary) else None
        if is_number(index):
            return _item(items, int(index), scope)
        return _filtered(items, condition, scope)

    return run


def _filtered(items: list[Any], condition: Closure, scope: Scope) -> Any:
    kept = []
    for item in items:
        scope.evaluation.spend()
        names = {"item": item, **item} if isinstance(item, dict) else {"item": item}
        answer = condition(scope.inner(names))
        if is_number(answer):
            return _item(items, int(answer), scope)
        if answer is True:
            kept.append(item)
    return kept


def _item(items: list[Any], index: int, scope: Scope) -> Any:
    if 1 <= index <= len(items):
        return items[index - 1]
    if -len(items) <= index <= -1:
        return items[index]
    return scope.null(f"the list has no item {index}")


def _call(node: s.Call) -> Closure:
    function = compile_node(node.function)
    positional = [compile_node(argument) for argument in node.positional]
    named = [(name, compile_node(argument)) for name, argument in node.named]
    label = node.function.name if isinstance(node.function, s.Name) else "the function"

    def run(scope: Scope) -> Any:
        callee = function(scope)
        if not isinstance(callee, Function):
            return scope.null(f"'{label}' is not a function")
        if named:
            arguments = _ordered(callee, {name: argument(scope) for name, argument in named})
        else:
            arguments = [argument(scope) for argument in positional]
        if arguments is None:
            return scope.null(f"'{label}' has no such parameters; it takes {', '.join(callee.parameters)}")
        scope.evaluation.spend()
        return callee.call(scope, *arguments) if _fits(callee, arguments) else _misfit(scope, label, callee, arguments)

    return run


def _ordered(callee: Function, values: dict[str, Any]) -> list[Any] | None:
    names = [name.rstrip("?*") for name in callee.parameters]
    if not values.keys() <= set(names):
        return None
    last = max(names.index(name) for name in values)
    return [values.get(name) for name in names[: last + 1]]


def _fits(callee: Function, arguments: list[Any]) -> bool:
    """A parameter ending in ? may be left out, one ending in * takes any number."""
    parameters = callee.parameters
    if parameters and parameters[-1].endswith("*"):
        return len(arguments) >= len(parameters) - 1
    needed = sum(not name.endswith("?") for name in parameters)
    return needed <= len(arguments) <= len(parameters)


def _misfit(scope: Scope, label: str, callee: Function, arguments: list[Any]) -> None:
    return scope.null(f"'{label}' takes ({', '.join(callee.parameters)}), not {len(arguments)} arguments")


def _list(node: s.ListOf) -> Closure:
    items = [compile_node(item) for item in node.items]
    return lambda scope: [item(scope) for item in items]


def _context(node: s.ContextOf) -> Closure:
    entries = [(name, compile_node(value)) for name, value in node.entries]

    def run(scope: Scope) -> dict[str, Any]:
        built: dict[str, Any] = {}
        inner = scope.inner(built)
        for name, value in entries:
            built[name] = value(inner)
        return built

    return run


def _range(node: s.RangeOf) -> Closure:
    low, high = compile_node(node.low), compile_node(node.high)
    return lambda scope: Range(low(scope), high(scope), node.low_closed, node.high_closed)


def _function(node: s.FunctionOf) -> Closure:
    body = compile_node(node.body)

    def run(scope: Scope) -> Function:
        def call(_: Scope, *arguments: Any) -> Any:
            scope.evaluation.calls += 1
            if scope.evaluation.calls > MAX_CALLS:
                raise LimitExceeded(f"functions call each other more than {MAX_CALLS} levels deep")
            try:
                return body(scope.inner(dict(zip(node.parameters, arguments, strict=True))))
            finally:
                scope.evaluation.calls -= 1

        return Function(node.parameters, call)

    return run


_COMPILERS: dict[type[s.Node], Callable[[Any], Closure]] = {
    s.Literal: _literal,
    s.Name: _name,
    s.Unary: _minus,
    s.Binary: _binary,
    s.Between: _between,
    s.In: _in,
    s.Tests: _tests,
    s.Comparison: _open_range,
    s.InstanceOf: _instance_of,
    s.If: _if,
    s.For: _for,
    s.Quantified: _quantified,
    s.Path: _path,
    s.Filter: _filter,
    s.Call: _call,
    s.ListOf: _list,
    s.ContextOf: _context,
    s.RangeOf: _range,
    s.FunctionOf: _function,
}

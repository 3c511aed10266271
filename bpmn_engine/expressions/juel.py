"""`${...}` of the camunda dialect: property paths, comparisons, boolean logic, arithmetic, literals, ternary.

A safe subset of the Unified Expression Language: no method is ever called and no attribute is ever read; a property
is a key of a JSON object. Text outside `${...}` stands for itself: `Order ${order.id}` gives a string.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from bpmn_engine.errors import Failure, InvalidExpression
from bpmn_engine.expressions.expression import Expression, Result, static
from bpmn_engine.expressions.numbers import ARITHMETIC, is_number

Closure = Callable[[Mapping[str, Any]], Any]

_MAX_LENGTH, _MAX_DEPTH = 64 * 1024, 40
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>[^\W\d][\w]*)|(?P<op>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]]))""",
    re.VERBOSE,
)
_WORDS = {
    "and": "&&", "or": "||", "not": "!", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "div": "/", "mod": "%",
}  # fmt: skip
_LITERALS = {"true": True, "false": False, "null": None}
_BINARY = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_PARTS = re.compile(r"""[$#]\{((?:[^{}"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*)\}""")


@dataclass(frozen=True, slots=True)
class JuelExpression:
    """A compiled `${...}`, or a string with several of them."""

    text: str
    run: Closure

    def evaluate(self, names: Mapping[str, Any], now: datetime) -> Result:
        """Compute the value; raise `Failure` for unknown variables and wrong types."""
        try:
            return Result(self.run(names))
        except _NoValueError as error:
            raise Failure("EXTRACT_VALUE_ERROR", f"The expression '{self.text}' has no value: {error}.") from None


class _NoValueError(Exception):
    pass


def compile_juel(text: str) -> Expression:
    """Compile text of the camunda dialect; text without `${` is static."""
    if len(text) > _MAX_LENGTH:
        raise InvalidExpression(f"the expression is longer than {_MAX_LENGTH} characters", text[:40] + "…")
    stripped = text.strip()
    if "${" not in text and "#{" not in text:
        return static(text)
    if whole := _PARTS.fullmatch(stripped):
        return JuelExpression(stripped, _Parser(whole[1], stripped).whole())
    return JuelExpression(text, _concatenation(text))


def _concatenation(text: str) -> Closure:
    pieces: list[str | Closure] = []
    end = 0
    for part in _PARTS.finditer(text):
        pieces += [text[end : part.start()], _Parser(part[1], text).whole()]
        end = part.end()
    pieces.append(text[end:])
    if any(isinstance(piece, str) and ("${" in piece or "#{" in piece) for piece in pieces):
        raise InvalidExpression("expected a closing '}'", text, len(text))
    return lambda names: "".join(piece if isinstance(piece, str) else _as_text(piece(names)) for piece in pieces)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Parser:
    """Recursive descent: ternary, then the levels of `_BINARY`, unary, property path."""

    def __init__(self, source: str, text: str) -> None:
        self.text = text
        self.depth = 0
        self.tokens = self._tokens(source)
        self.at = 0

    def _tokens(self, source: str) -> list[tuple[str, str]]:
        tokens, position = [], 0
        while position < len(source.rstrip()):
            match = _TOKEN.match(source, position)
            if match is None:
                raise InvalidExpression(f"unexpected character '{source[position:].lstrip()[:1]}'", self.text)
            kind, value = str(match.lastgroup), str(match[str(match.lastgroup)])
            tokens.append(("op", _WORDS[value]) if kind == "name" and value in _WORDS else (kind, value))
            position = match.end()
        return [*tokens, ("end", "")]

    def whole(self) -> Closure:
        run = self.ternary()
        if self.tokens[self.at][0] != "end":
            raise InvalidExpression(f"unexpected '{self.tokens[self.at][1]}'", self.text)
        return run

    def accept(self, *values: str) -> str | None:
        kind, value = self.tokens[self.at]
        if kind != "op" or value not in values:
            return None
        self.at += 1
        return value

    def expect(self, value: str) -> None:
        if not self.accept(value):
            found = self.tokens[self.at][1] or "the end"
            raise InvalidExpression(f"expected '{value}', found '{found}'", self.text)

    def ternary(self) -> Closure:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise InvalidExpression("the expression is nested too deeply", self.text)
        condition = self.binary(0)
        if self.accept("?"):
            yes = self.ternary()
            self.expect(":")
            no = self.ternary()
            test = condition
            condition = lambda names: yes(names) if _truth(test(names)) else no(names)  # noqa: E731 - a closure
        self.depth -= 1
        return condition

    def binary(self, level: int) -> Closure:
        if level == len(_BINARY):
            return self.unary()
        left = self.binary(level + 1)
        while op := self.accept(*_BINARY[level]):
            left = _combine(op, left, self.binary(level + 1))
        return left

    def unary(self) -> Closure:
        if self.accept("!"):
            operand = self._deeper()
            return lambda names: not _truth(operand(names))
        if self.accept("-"):
            operand = self._deeper()
            return lambda names: _arithmetic("-", 0, operand(names))
        if self.tokens[self.at] == ("name", "empty"):
            self.at += 1
            operand = self._deeper()
            return lambda names: operand(names) in (None, "", [], {})
        return self.path()

    def _deeper(self) -> Closure:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise InvalidExpression("the expression is nested too deeply", self.text)
        operand = self.unary()
        self.depth -= 1
        return operand

    def path(self) -> Closure:
        value = self.primary()
        while step := self.accept(".", "[", "("):
            if step == "(":
                raise InvalidExpression(
                    "methods cannot be called; set a variable in a Python handler and use that", self.text
                )
            value = self.property(value) if step == "." else self.index(value)
        return value

    def property(self, value: Closure) -> Closure:
        kind, name = self.tokens[self.at]
        if kind != "name":
            raise InvalidExpression("expected a property name after '.'", self.text)
        self.at += 1
        return lambda names: _member(value(names), name)

    def index(self, value: Closure) -> Closure:
        key = self.ternary()
        self.expect("]")
        return lambda names: _member(value(names), key(names))

    def primary(self) -> Closure:
        kind, value = self.tokens[self.at]
        if kind == "end":
            raise InvalidExpression("the expression ends too early", self.text, len(self.text))
        self.at += 1
        if kind == "op":
            if value != "(":
                raise InvalidExpression(f"unexpected '{value}'", self.text)
            inner = self.ternary()
            self.expect(")")
            return inner
        return _constant(kind, value) if kind != "name" or value in _LITERALS else _variable(value)


def _constant(kind: str, text: str) -> Closure:
    value: Any
    if kind == "number":
        value = Decimal(text) if re.search(r"[.eE]", text) else int(text)
    elif kind == "string":
        value = re.sub(r"\\(.)", r"\1", text[1:-1])
    else:
        value = _LITERALS[text]
    return lambda names: value


def _variable(name: str) -> Closure:
    def run(names: Mapping[str, Any]) -> Any:
        if name not in names:
            raise _NoValueError(f"there is no variable '{name}'")
        return names[name]

    return run


def _combine(op: str, left: Closure, right: Closure) -> Closure:
    if op == "&&":
        return lambda names: _truth(left(names)) and _truth(right(names))
    if op == "||":
        return lambda names: _truth(left(names)) or _truth(right(names))
    if op in ("==", "!="):
        wanted = op == "=="
        return lambda names: _equal(left(names), right(names)) is wanted
    if op in _ORDER:
        return lambda names: _compare(op, left(names), right(names))
    return lambda names: _arithmetic(op, left(names), right(names))


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _NoValueError(f"expected true or false, found {value!r}")


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return bool(left == right)


def _compare(op: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
        return bool(_ORDER[op](left, right))
    raise _NoValueError(f"{left!r} and {right!r} cannot be compared")


def _arithmetic(op: str, left: Any, right: Any) -> Any:
    if op == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if not (is_number(left) and is_number(right)):
        raise _NoValueError(f"'{op}' needs two numbers, found {left!r} and {right!r}")
    result = ARITHMETIC[op](left, right)
    if result is None:
        raise _NoValueError(f"{left} {op} {right} is not a number")
    return result


def _member(value: Any, key: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return value.get(str(key))
    if isinstance(value, list) and is_number(key):
        index = int(key)
        return value[index] if 0 <= index < len(value) else None
    raise _NoValueError(f"{value!r} has no property '{key}'")

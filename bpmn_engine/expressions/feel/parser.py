"""Tokens to syntax tree: a Pratt parser after the grammar of DMN 1.5, clause 10.3.1.2."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel import syntax as s
from bpmn_engine.expressions.feel.lexer import Token, tokenize
from bpmn_engine.expressions.feel.limits import MAX_DEPTH

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
#: How tightly an infix operator binds; a larger number binds more tightly.
_BINDING = {
    "or": 1, "and": 2,
    **dict.fromkeys((*_COMPARISONS, "in", "between", "instance"), 3),
    "+": 4, "-": 4, "*": 5, "/": 5, "**": 6,
    ".": 8, "[": 8, "(": 8,
}  # fmt: skip
_UNARY_MINUS = 7


def parse_expression(text: str) -> s.Node:
    """Parse a whole expression; raise `InvalidExpression` with a sentence and the position."""
    parser = _Parser(text)
    node = parser.expression()
    parser.expect_end()
    return node


def parse_unary_tests(text: str) -> s.Node:
    """Parse `-`, `< 10, [20..30]`, `not("a", "b")` or an expression with `?`."""
    parser = _Parser(text)
    if text.strip() == "-":
        return s.Literal(True)
    tests = parser.tests()
    parser.expect_end()
    return tests


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.depth = 0

    # tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at += token.kind != "end"
        return token

    def accept(self, *values: str) -> Token | None:
        return self.next() if self.token.is_op(*values) else None

    def expect(self, value: str, after: str) -> None:
        if not self.accept(value):
            raise self.error(f"expected '{value}' {after}")

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.error("expected an operator or the end")

    def error(self, message: str) -> InvalidExpression:
        found = "the end" if self.token.kind == "end" else f"'{self.token.value}'"
        return InvalidExpression(f"{message}, found {found}", self.text, self.token.position)

    # expressions

    def expression(self, binding: int = 0) -> s.Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise InvalidExpression(
                f"the expression is nested more than {MAX_DEPTH} levels deep", self.text, self.token.position
            )
        left = self.prefix()
        chain = 0
        while (power := self.binding()) > binding:
            left = self.infix(left, power)
            chain += 1
            if chain > 1000:
                raise InvalidExpression("the expression has too many operators in a row", self.text)
        self.depth -= 1
        return left

    def binding(self) -> int:
        return _BINDING.get(self.token.value, 0) if self.token.kind in ("op", "keyword") else 0

    def prefix(self) -> s.Node:
        token = self.next()
        if token.kind in ("op", "keyword"):
            handler = _PREFIX.get(token.value)
            if handler is None:
                self.at -= 1
                raise self.error("expected a value")
            return handler(self)
        if token.kind == "number":
            return s.Literal(_number(token.value))
        if token.kind == "string":
            return s.Literal(token.value)
        if token.kind == "temporal":
            return s.Call(s.Name("@"), (s.Literal(token.value),))
        if token.kind == "name":
            return s.Name(token.value)
        raise self.error("expected a value")

    def infix(self, left: s.Node, power: int) -> s.Node:
        op = self.next().value
        special = _INFIX.get(op)
        if special is not None:
            return special(self, left)
        return s.Binary(op, left, self.expression(power))

    # infix forms

    def path(self, left: s.Node) -> s.Node:
        token = self.next()
        if token.kind not in ("name", "keyword"):
            self.at -= 1
            raise self.error("expected a name after '.'")
        return s.Path(left, token.value)

    def filter(self, left: s.Node) -> s.Node:
        condition = self.expression()
        self.expect("]", "to close the filter")
        return s.Filter(left, condition)

    def call(self, left: s.Node) -> s.Node:
        if self.accept(")"):
            return s.Call(left, ())
        if self.named_argument():
            named = [self.argument()]
            while self.accept(","):
                named.append(self.argument())
            self.expect(")", "to close the arguments")
            return s.Call(left, (), tuple(named))
        positional = self.list_until(")", "to close the arguments")
        return s.Call(left, positional)

    def named_argument(self) -> bool:
        at = self.at
        while self.tokens[at].kind in ("name", "keyword"):
            at += 1
        return at > self.at and self.tokens[at].is_op(":")

    def argument(self) -> tuple[str, s.Node]:
        name = self.words("a parameter name")
        self.expect(":", "after the parameter name")
        return name, self.expression()

    def words(self, what: str) -> str:
        words = []
        while self.token.kind in ("name", "keyword"):
            words.append(self.next().value)
        if not words:
            raise self.error(f"expected {what}")
        return " ".join(words)

    def between(self, left: s.Node) -> s.Node:
        low = self.expression(_BINDING["and"])
        self.expect("and", "between the two limits")
        return s.Between(left, low, self.expression(_BINDING["between"]))

    def in_tests(self, left: s.Node) -> s.Node:
        if self.token.is_op("(") and not self.range_ahead():
            self.next()
            tests = [self.test()]
            while self.accept(","):
                tests.append(self.test())
            self.expect(")", "to close the tests")
            return s.In(left, tuple(tests))
        return s.In(left, (self.test(_BINDING["in"]),))

    def range_ahead(self) -> bool:
        """Whether the parenthesis that comes opens a range `(a..b)`."""
        level = 0
        for token in self.tokens[self.at :]:
            level += token.is_op("(", "[", "{") - token.is_op(")", "]", "}")
            if token.is_op("..") and level == 1:
                return True
            if level <= 0:
                return False
        return False

    def instance_of(self, left: s.Node) -> s.Node:
        self.expect("of", "after 'instance'")
        return s.InstanceOf(left, self.words("a type name"))

    # unary tests

    def tests(self) -> s.Node:
        if self.token.kind == "name" and self.token.value == "not" and self.tokens[self.at + 1].is_op("("):
            self.at += 2
            negated = [self.test()]
            while self.accept(","):
                negated.append(self.test())
            self.expect(")", "to close 'not'")
            return s.Tests(tuple(negated), negated=True)
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        return s.Tests(tuple(tests))

    def test(self, binding: int = 0) -> s.Node:
        if op := self.accept(*_COMPARISONS):
            return s.Comparison(op.value, self.expression(_BINDING["="]))
        return self.expression(binding)

    # prefix forms

    def minus(self) -> s.Node:
        return s.Unary(self.expression(_UNARY_MINUS))

    def group(self) -> s.Node:
        if op := self.accept("<", "<=", ">", ">="):
            node: s.Node = s.Comparison(op.value, self.expression(_BINDING["="]))
            self.expect(")", "to close the parenthesis")
            return node
        inner = self.expression()
        if self.accept(".."):
            return self.range_end(inner, low_closed=False)
        self.expect(")", "to close the parenthesis")
        return inner

    def bracket(self) -> s.Node:
        if self.accept("]"):
            return s.ListOf(())
        first = self.expression()
        if self.accept(".."):
            return self.range_end(first, low_closed=True)
        if not self.accept(","):
            self.expect("]", "to close the list")
            return s.ListOf((first,))
        return s.ListOf((first, *self.list_until("]", "to close the list")))

    def open_bracket(self) -> s.Node:
        low = self.expression()
        self.expect("..", "in the range")
        return self.range_end(low, low_closed=False)

    def range_end(self, low: s.Node, *, low_closed: bool) -> s.Node:
        high = self.expression()
        closing = self.accept("]", ")", "[")
        if closing is None:
            raise self.error("expected ']' or ')' to close the range")
        return s.RangeOf(low, high, low_closed, closing.value == "]")

    def list_until(self, closing: str, after: str) -> tuple[s.Node, ...]:
        items = [self.expression()]
        while self.accept(","):
            items.append(self.expression())
        self.expect(closing, after)
        return tuple(items)

    def context(self) -> s.Node:
        entries: list[tuple[str, s.Node]] = []
        while not self.accept("}"):
            key = self.next().value if self.token.kind == "string" else self.words("a key or '}'")
            self.expect(":", f"after the key '{key}'")
            entries.append((key, self.expression()))
            if not self.accept(","):
                self.expect("}", "to close the context")
                break
        return s.ContextOf(tuple(entries))

    def if_then(self) -> s.Node:
        condition = self.expression()
        self.expect("then", "after the condition")
        then = self.expression()
        self.expect("else", "after 'then ...'")
        return s.If(condition, then, self.expression())

    def for_return(self) -> s.Node:
        iterations = self.iterations()
        self.expect("return", "after the iterations")
        return s.For(iterations, self.expression())

    def quantified(self, *, every: bool) -> s.Node:
        iterations = self.iterations()
        self.expect("satisfies", "after the iterations")
        return s.Quantified(every, iterations, self.expression())

    def iterations(self) -> tuple[s.Iteration, ...]:
        found = [self.iteration()]
        while self.accept(","):
            found.append(self.iteration())
        return tuple(found)

    def iteration(self) -> s.Iteration:
        name = self.next()
        if name.kind != "name":
            self.at -= 1
            raise self.error("expected the name of the iteration's variable")
        self.expect("in", f"after '{name.value}'")
        source = self.expression()
        last = self.expression() if self.accept("..") else None
        return s.Iteration(name.value, source, last)

    def function(self) -> s.Node:
        self.expect("(", "after 'function'")
        parameters: list[str] = []
        while not self.accept(")"):
            parameters.append(self.words("a parameter name"))
            if self.accept(":"):
                self.words("a type name")
            if not self.accept(","):
                self.expect(")", "to close the parameters")
                break
        return s.FunctionOf(tuple(parameters), self.expression())


def _number(text: str) -> int | Decimal:
    if text.isdigit() and len(text) <= 34:
        return int(text)
    return Decimal(text)


_PREFIX: dict[str, Callable[[_Parser], s.Node]] = {
    "-": _Parser.minus,
    "(": _Parser.group,
    "[": _Parser.bracket,
    "]": _Parser.open_bracket,
    "{": _Parser.context,
    "if": _Parser.if_then,
    "for": _Parser.for_return,
    "some": lambda parser: parser.quantified(every=False),
    "every": lambda parser: parser.quantified(every=True),
    "function": _Parser.function,
    "true": lambda _: s.Literal(True),
    "false": lambda _: s.Literal(False),
    "null": lambda _: s.Literal(None),
    "?": lambda _: s.Name("?"),
}
_INFIX: dict[str, Callable[[_Parser, s.Node], s.Node]] = {
    ".": _Parser.path,
    "[": _Parser.filter,
    "(": _Parser.call,
    "between": _Parser.between,
    "in": _Parser.in_tests,
    "instance": _Parser.instance_of,
}

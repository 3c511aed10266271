"""Lexemes to syntax tree: a Pratt parser after the grammar of DMN 1.5, clause 10.3.1.2."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.lexer import KEYWORDS
from bpmn_engine.expressions.feel.limits import MAX_DEPTH
from bpmn_engine.expressions.feel.temporal import read_temporal
from bpmn_engine.expressions.feel.type_parser import TypeParser
from bpmn_engine.expressions.feel.types import Type
from bpmn_engine.expressions.feel.vocabulary import Names, Vocabulary
from bpmn_engine.expressions.numbers import CONTEXT, finite

N = TypeVar("N", bound=syntax.Node)

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
#: How tightly an infix operator binds; a larger number binds more tightly.
_BINDING = {
    "or": 1,
    "and": 2,
    **dict.fromkeys((*_COMPARISONS, "in", "between"), 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "**": 6,
    "instance": 7,
    ".": 9,
    "[": 9,
    "(": 9,
}
_UNARY_MINUS = 8
#: What can begin an expression; a bracket before anything else closes an open range, `]1..5[`.
_BEGINNINGS = frozenset(("-", "(", "[", "]", "{", "?", "<", "<=", ">", ">=")) | (
    KEYWORDS - {"then", "else", "in", "return", "satisfies", "and", "or", "between", "instance", "of", "external"}
)


def parse_expression(text: str, vocabulary: Vocabulary | None = None) -> syntax.Node:
    """Parse a whole expression; raise `InvalidExpression` with a sentence and the position."""
    return _whole(_FeelParser(text, vocabulary), _FeelParser.expression)


def parse_unary_tests(text: str, vocabulary: Vocabulary | None = None) -> syntax.Tests:
    """Parse `-`, `< 10, [20..30]`, `not("a", "b")` or an expression with `?`."""
    if text.strip() == "-":
        return syntax.Tests(())
    return _whole(_FeelParser(text, vocabulary), _FeelParser.tests)


def _whole(parser: _FeelParser, read: Callable[[_FeelParser], N]) -> N:
    """Parse the whole text; the depth is checked, but the caller may have used up most of the stack already."""
    try:
        node = read(parser)
    except RecursionError:
        raise InvalidExpression("the expression is nested too deeply", parser.text) from None
    parser.expect_end()
    return node


class _FeelParser(TypeParser):
    # forms of all kinds

    def expression(self, binding: int = 0) -> syntax.Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise InvalidExpression(
                f"the expression is nested more than {MAX_DEPTH} levels deep", self.text, self.lexeme.start
            )
        left = self.prefix()
        while (power := self.binding()) > binding:
            left = self.infix(left, power)
        self.depth -= 1
        return left

    def binding(self) -> int:
        lexeme = self.lexeme
        if lexeme.kind not in ("op", "keyword") or (lexeme.value == "[" and self.closes()):
            return 0
        return _BINDING.get(lexeme.value, 0)

    def closes(self) -> bool:
        """Whether the bracket that comes ends an open range, since no filter can begin with what follows."""
        after = self.lexemes[self.at + 1]
        return after.kind == "end" or (after.kind in ("op", "keyword") and after.value not in _BEGINNINGS)

    def prefix(self) -> syntax.Node:
        lexeme = self.lexeme
        if lexeme.kind == "name" or (self.spaced and lexeme.is_op("?", *KEYWORDS) and self.known()):
            return syntax.Name(self.name())
        self.next()
        if lexeme.kind in ("op", "keyword"):
            read = _PREFIX.get(lexeme.value)
            if read is None:
                self.at -= 1
                raise self.error(self.proposal() or "expected a value")
            return read(self)
        if lexeme.kind == "number":
            return syntax.Literal(_number(lexeme.value))
        if lexeme.kind == "string":
            return syntax.Literal(lexeme.value)
        if lexeme.kind == "temporal":
            return syntax.Literal(read_temporal(lexeme.value))
        if lexeme.kind == "quoted":
            return syntax.Name(lexeme.value)
        raise self.error("expected a value")

    def proposal(self) -> str:
        """Say how FEEL writes what other languages write here; nothing if that is not known."""
        here, before = self.lexeme, self.lexemes[self.at - 1] if self.at else None
        if here.value == "'":
            end = self.text.find("'", here.end)
            written = f', "{self.text[here.end : end]}"' if end > 0 else ""
            return f"a string stands in double quotes{written}"
        together = before is not None and before.end == here.start
        meant = _ELSEWHERE.get(f"{before.value}{here.value}") if before is not None and together else None
        return f"expected a value; FEEL writes '{meant}'" if meant else ""

    def infix(self, left: syntax.Node, power: int) -> syntax.Node:
        op = self.next().value
        special = _INFIX.get(op)
        if special is not None:
            return special(self, left)
        right = self.expression(power)
        if op not in ("and", "or"):
            return syntax.Binary(op, left, right)
        if isinstance(left, syntax.Logic) and left.op == op:
            return syntax.Logic(op, (*left.operands, right))
        return syntax.Logic(op, (left, right))

    # infix forms

    def path(self, left: syntax.Node) -> syntax.Node:
        lexeme = self.lexeme
        if lexeme.kind not in ("name", "keyword", "quoted"):
            raise self.error("expected a name after '.'")
        found = self.members.longest(self.lexemes, self.at) if lexeme.kind != "quoted" else None
        count, name = found or (1, lexeme.value)
        self.at += count
        return syntax.Path(left, name)

    def filter(self, left: syntax.Node) -> syntax.Node:
        self.scopes += [self.members, Names(("item",))]
        condition = self.expression()
        del self.scopes[-2:]
        self.expect("]", "to close the filter")
        return syntax.Filter(left, condition)

    def call(self, left: syntax.Node) -> syntax.Node:
        if self.accept(")"):
            return syntax.FunctionCall(left, ())
        if self.named_argument():
            named = [self.argument()]
            while self.accept(","):
                named.append(self.argument())
            self.expect(")", "to close the arguments")
            return syntax.FunctionCall(left, (), tuple(named))
        return syntax.FunctionCall(left, self.arguments())

    def named_argument(self) -> bool:
        """Whether words and a colon follow."""
        at = self.at
        while self.lexemes[at].kind in ("name", "keyword", "quoted") or (
            self.spaced and at > self.at and self.lexemes[at].kind == "number"
        ):
            at += 1
        return at > self.at and self.lexemes[at].is_op(":")

    def argument(self) -> tuple[str, syntax.Node]:
        name = self.fresh_name("a parameter name", ":")
        self.expect(":", "after the parameter name")
        return name, self.test()

    def arguments(self) -> tuple[syntax.Node, ...]:
        """The arguments by position; `is(a, < 10)` has a range as its second."""
        arguments = self.test_list()
        self.expect(")", "to close the arguments")
        return arguments

    def between(self, left: syntax.Node) -> syntax.Node:
        low = self.expression(_BINDING["between"])
        self.expect("and", "between the two limits")
        return syntax.Between(left, low, self.expression(_BINDING["between"]))

    def in_tests(self, left: syntax.Node) -> syntax.Node:
        if self.lexeme.is_op("(") and not self.range_ahead():
            self.next()
            tests = [self.test()]
            while self.accept(","):
                tests.append(self.test())
            self.expect(")", "to close the tests")
            return syntax.In(left, tuple(tests))
        return syntax.In(left, (self.test(_BINDING["in"]),))

    def range_ahead(self) -> bool:
        """Whether the parenthesis that comes opens a range `(a..b)`."""
        level = 0
        for lexeme in self.lexemes[self.at :]:
            if lexeme.is_op("..") and level == 1:
                return True
            level += lexeme.is_op("(", "[", "{") - lexeme.is_op(")", "]", "}")
            if level <= 0 or (level == 1 and lexeme.is_op("for", "some", "every")):
                return False
        return False

    def instance_of(self, left: syntax.Node) -> syntax.Node:
        self.expect("of", "after 'instance'")
        return syntax.InstanceOf(left, self.type())

    # unary tests

    def tests(self) -> syntax.Tests:
        if self.lexeme.kind == "name" and self.lexeme.value == "not" and self.lexemes[self.at + 1].is_op("("):
            start = self.at
            self.at += 2
            negated = self.test_list()
            if self.accept(")") and self.lexeme.kind == "end":
                return syntax.Tests(negated, negated=True)
            self.at = start
        return syntax.Tests(self.test_list())

    def test_list(self) -> tuple[syntax.Node, ...]:
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        return tuple(tests)

    def test(self, binding: int = 0) -> syntax.Node:
        if op := self.accept(*_COMPARISONS):
            return syntax.Comparison(op.value, self.expression(_BINDING["="]))
        return self.expression(binding)

    # prefix forms

    def minus(self) -> syntax.Node:
        operand = self.expression(_UNARY_MINUS)
        if isinstance(operand, syntax.Literal) and type(operand.value) in (int, Decimal):
            return syntax.Literal(-operand.value)
        return syntax.Minus(operand)

    def group(self) -> syntax.Node:
        if op := self.accept(*_COMPARISONS):
            node: syntax.Node = syntax.Comparison(op.value, self.expression(_BINDING["="]))
            self.expect(")", "to close the parenthesis")
            return node
        inner = self.expression()
        if self.accept(".."):
            return self.range_end(inner, low_closed=False)
        self.expect(")", "to close the parenthesis")
        return inner

    def bracket(self) -> syntax.Node:
        if self.accept("]"):
            return syntax.ListOf(())
        first = self.item()
        if self.accept(".."):
            return self.range_end(first, low_closed=True)
        items = [first]
        while self.accept(","):
            items.append(self.item())
        self.expect("]", "to close the list")
        return syntax.ListOf(tuple(items))

    def item(self) -> syntax.Node:
        """An item of a list; `<= 10` is a range with one open end."""
        return self.test()

    def open_bracket(self) -> syntax.Node:
        low = self.expression()
        self.expect("..", "in the range")
        return self.range_end(low, low_closed=False)

    def range_end(self, low: syntax.Node, *, low_closed: bool) -> syntax.Node:
        high = self.expression()
        closing = self.accept("]", ")", "[")
        if closing is None:
            raise self.error("expected ']' or ')' to close the range")
        return syntax.RangeOf(low, high, low_closed, closing.value == "]")

    def function_name(self) -> syntax.Node:
        """`and(list)` and `or(list)`, functions that are named as the operators are."""
        self.at -= 1
        if not self.lexemes[self.at + 1].is_op("("):
            raise self.error("expected a value")
        return syntax.Name(self.next().value)

    def context(self) -> syntax.Node:
        entries: list[tuple[str, syntax.Node]] = []
        with self.scope() as known:
            while not self.accept("}"):
                key = self.next().value if self.lexeme.kind == "string" else self.fresh_name("a key or '}'", ":")
                self.expect(":", f"after the key '{key}'")
                known.add(key)
                self.members.add(key)
                entries.append((key, self.expression()))
                if not self.accept(","):
                    self.expect("}", "to close the context")
                    break
        names = [name for name, _ in entries]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidExpression(f"the context has two entries '{twice}'", self.text, self.lexeme.start)
        return syntax.ContextOf(tuple(entries))

    def if_then(self) -> syntax.Node:
        condition = self.expression()
        self.expect("then", "after the condition")
        then = self.expression()
        self.expect("else", "after 'then ...'")
        return syntax.If(condition, then, self.expression())

    def for_return(self) -> syntax.Node:
        with self.scope("partial") as known:
            iterations = self.iterations(known)
            self.expect("return", "after the iterations")
            return syntax.For(iterations, self.expression())

    def quantified(self, *, every: bool) -> syntax.Node:
        with self.scope() as known:
            iterations = self.iterations(known)
            self.expect("satisfies", "after the iterations")
            return syntax.Quantified(every, iterations, self.expression())

    def iterations(self, known: Names) -> tuple[syntax.Iteration, ...]:
        found = [self.iteration(known)]
        while self.accept(","):
            found.append(self.iteration(known))
        return tuple(found)

    def iteration(self, known: Names) -> syntax.Iteration:
        name = self.fresh_name("the name of the iteration's variable", "in")
        self.expect("in", f"after '{name}'")
        source = self.expression()
        last = self.expression() if self.accept("..") else None
        known.add(name)
        return syntax.Iteration(name, source, last)

    def function(self) -> syntax.Node:
        self.expect("(", "after 'function'")
        parameters: list[tuple[str, Type | None]] = []
        while not self.accept(")"):
            name = self.fresh_name("a parameter name", ",", ")", ":")
            parameters.append((name, self.type() if self.accept(":") else None))
            if not self.accept(","):
                self.expect(")", "to close the parameters")
                break
        with self.scope(*(name for name, _ in parameters)):
            external = self.accept("external")
            body = self.expression()
        return syntax.FunctionOf(tuple(parameters), None if external else body)


#: Operators of other languages, which are two lexemes here, and what FEEL writes.
_ELSEWHERE = {"==": "=", "=>": ">=", "=<": "<=", "<>": "!="}


def _number(text: str) -> int | Decimal | None:
    if text.isdigit() and len(text) <= 34:
        return int(text)
    return finite(CONTEXT.create_decimal(text))


_PREFIX: dict[str, Callable[[_FeelParser], syntax.Node]] = {
    "-": _FeelParser.minus,
    "(": _FeelParser.group,
    "[": _FeelParser.bracket,
    "]": _FeelParser.open_bracket,
    "{": _FeelParser.context,
    "if": _FeelParser.if_then,
    "for": _FeelParser.for_return,
    "some": lambda parser: parser.quantified(every=False),
    "every": lambda parser: parser.quantified(every=True),
    "function": _FeelParser.function,
    "true": lambda _: syntax.Literal(True),
    "false": lambda _: syntax.Literal(False),
    "null": lambda _: syntax.Literal(None),
    "?": lambda _: syntax.Name("?"),
    "and": _FeelParser.function_name,
    "or": _FeelParser.function_name,
}
_INFIX: dict[str, Callable[[_FeelParser, syntax.Node], syntax.Node]] = {
    ".": _FeelParser.path,
    "[": _FeelParser.filter,
    "(": _FeelParser.call,
    "between": _FeelParser.between,
    "in": _FeelParser.in_tests,
    "instance": _FeelParser.instance_of,
}

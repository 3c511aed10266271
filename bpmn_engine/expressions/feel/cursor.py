"""The parser's position in the lexemes of an expression, and the names that are known there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel.lexer import KEYWORDS, Lexeme, split_lexemes
from bpmn_engine.expressions.feel.types import Type
from bpmn_engine.expressions.feel.vocabulary import FUNCTIONS, PROPERTIES, Names, Vocabulary

_FUNCTIONS = Names(FUNCTIONS)
#: Signs that a name of a decision model may have inside (DMN 1.5, clause 10.3.1.2, rules 28 to 30).
_SIGNS = frozenset(("?", ".", "/", "-", "'", "\u2019", "+", "*", "**"))


class Cursor:
    """Lexemes, read one after the other."""

    def __init__(self, text: str, vocabulary: Vocabulary | None) -> None:
        self.text = text
        self.lexemes = split_lexemes(text)
        self.at = 0
        self.depth = 0
        #: Names with spaces can be read only where they are known.
        self.spaced = vocabulary is not None
        known = vocabulary or Vocabulary()
        self.scopes = [Names(known.names)]
        self.members = Names([*PROPERTIES, *known.members])
        self.types: Mapping[str, Type] = known.types
        self.type_names = Names(known.types)

    # lexemes

    @property
    def lexeme(self) -> Lexeme:
        return self.lexemes[self.at]

    def next(self) -> Lexeme:
        lexeme = self.lexemes[self.at]
        self.at += lexeme.kind != "end"
        return lexeme

    def accept(self, *values: str) -> Lexeme | None:
        return self.next() if self.lexeme.is_op(*values) else None

    def expect(self, value: str, after: str) -> None:
        if not self.accept(value):
            raise self.error(f"expected '{value}' {after}")

    def expect_end(self) -> None:
        if self.lexeme.kind != "end":
            raise self.error("expected an operator or the end")

    def error(self, message: str) -> InvalidExpression:
        found = "the end" if self.lexeme.kind == "end" else f"'{self.text[self.lexeme.start : self.lexeme.end][:40]}'"
        return InvalidExpression(f"{message}, found {found}", self.text, self.lexeme.start)

    # names

    def name(self) -> str:
        """The name that begins here, longest first."""
        found = self.known()
        if found is None:
            return self.next().value
        self.at += found[0]
        return found[1]

    def known(self) -> tuple[int, str] | None:
        """The longest known name that begins here; without a vocabulary, the name of a function that is called."""
        builtin = _FUNCTIONS.longest(self.lexemes, self.at)
        if not self.spaced:
            called = builtin is not None and builtin[0] > 1 and self.lexemes[self.at + builtin[0]].is_op("(")
            return builtin if called else None
        found = [names.longest(self.lexemes, self.at) for names in reversed(self.scopes)]
        best = max((match for match in (*found, builtin) if match), key=lambda match: match[0], default=None)
        single = best is not None and best[0] == 1 and best[1] in KEYWORDS
        return None if single else best

    @contextmanager
    def scope(self, *names: str) -> Iterator[Names]:
        """Names that are known within an expression."""
        inner = Names(names)
        self.scopes.append(inner)
        try:
            yield inner
        finally:
            self.scopes.pop()

    def fresh_name(self, what: str, *ends: str) -> str:
        """A new name: the text up to one of the operators or keywords that end it."""
        first, start = self.lexeme, self.at
        while self.lexeme.kind not in ("end", "string", "temporal") and not self.lexeme.is_op(*ends):
            if self.lexeme.kind == "op" and not (self.spaced and self.lexeme.value in _SIGNS):
                break
            self.next()
        last = self.lexemes[self.at - 1]
        if self.at == start or not (first.kind in ("name", "keyword", "quoted") or first.value == "?"):
            self.at = start
            raise self.error(f"expected {what}")
        if not self.lexeme.is_op(*ends):
            self.at = start + 1
            raise self.error(f"expected '{ends[0]}' after '{first.value}'")
        if first is last:
            return first.value
        return " ".join(self.text[first.start : last.end].split())

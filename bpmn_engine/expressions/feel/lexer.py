"""Text to lexemes (DMN 1.5, clause 10.3.1.2, rules 27 to 36). Names of several words are put together by the parser."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel.limits import MAX_TEXT

KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between instance of function external "
    "true false null".split()
)

_SPACE = "\\s\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_START = (
    "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART = f"{_START}0-9\u00b7\u0300-\u036f\u203f\u2040"
_LEXEME = re.compile(
    rf"""(?P<space>[{_SPACE}]+|//[^\n]*|/\*.*?\*/)
    |(?P<number>[0-9]+(?:\.(?!\.)[0-9]+)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?)
    |(?P<temporal>@"(?:[^"\\]|\\.)*")
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<quoted>`[^`]+`)
    |(?P<name>[{_START}][{_PART}]*)
    |(?P<op>\.\.|\*\*|->|<=|>=|!=|[-+*/=<>(){{}}\[\],.:?'\u2019])""",
    re.VERBOSE | re.DOTALL,
)
_IDENTIFIER = re.compile(f"[{_START}][{_PART}]*")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


class Lexeme(NamedTuple):
    """`kind` is number, string, temporal, name, quoted, keyword, op or end; positions count characters from 0."""

    kind: str
    value: str
    start: int
    end: int

    def is_op(self, *values: str) -> bool:
        """Whether this is one of these operators or keywords."""
        return self.value in values and self.kind in ("op", "keyword")


def split_lexemes(text: str) -> list[Lexeme]:
    """Split an expression; the last lexeme has kind `end`. Raise `InvalidExpression`."""
    if len(text) > MAX_TEXT:
        raise InvalidExpression(f"the expression is longer than {MAX_TEXT} characters", text[:40] + "…")
    lexemes, position = [], 0
    while position < len(text):
        match = _LEXEME.match(text, position)
        if match is None:
            raise InvalidExpression(_unexpected(text, position), text, position)
        if match.lastgroup != "space":
            lexemes.append(_lexeme(str(match.lastgroup), match[0], position))
        position = match.end()
    return [*lexemes, Lexeme("end", "", len(text), len(text))]


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """The lexemes of a name, by which the parser finds it in an expression; nothing if it cannot stand in one."""
    try:
        return tuple(lexeme.value for lexeme in split_lexemes(name)[:-1] if lexeme.kind != "string")
    except InvalidExpression:
        return ()


def is_identifier(name: str) -> bool:
    """Whether a name needs no quotes anywhere."""
    return _IDENTIFIER.fullmatch(name) is not None and name not in KEYWORDS


def _lexeme(kind: str, value: str, start: int) -> Lexeme:
    end = start + len(value)
    if kind == "string":
        return Lexeme("string", unescape(value[1:-1]), start, end)
    if kind == "temporal":
        return Lexeme("temporal", unescape(value[2:-1]), start, end)
    if kind == "quoted":
        return Lexeme("quoted", value[1:-1], start, end)
    if kind == "name" and value in KEYWORDS:
        return Lexeme("keyword", value, start, end)
    return Lexeme(kind, value, start, end)


def unescape(text: str) -> str:
    """Resolve the escapes of a string literal; an unknown one stands for itself."""
    if "\\" not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        body = match[1]
        if body[0] in "uU" and len(body) > 1:
            code = int(body[1:], 16)
            return chr(code) if code <= 0x10FFFF else match[0]
        return _ESCAPED.get(body, match[0])

    joined = _ESCAPE.sub(plain, text)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unexpected(text: str, position: int) -> str:
    char = text[position]
    if char == '"':
        return "the string has no closing quote"
    if char == "&":
        return "unexpected '&'; FEEL writes 'and'"
    if char == "|":
        return "unexpected '|'; FEEL writes 'or'"
    if char == "!":
        return "unexpected '!'; FEEL writes 'not(...)' or '!='"
    if char == "%":
        return "unexpected '%'; FEEL writes 'modulo(a, b)'"
    return f"unexpected character '{char}'"

"""Text to tokens. Names are Java-like identifiers or stand in backticks; built-in names with spaces are one token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel.builtins import SPACED_NAMES
from bpmn_engine.expressions.feel.limits import MAX_TEXT

KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between instance of function true false null".split()
)

_SPACED = "|".join(r"\s+".join(map(re.escape, name.split())) for name in sorted(SPACED_NAMES, key=len, reverse=True))
_TOKEN = re.compile(
    rf"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>\d+(?:\.(?!\.)\d+)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)
    |(?P<temporal>@"(?:[^"\\]|\\.)*")
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<quoted>`[^`]+`)
    |(?P<spaced>(?:{_SPACED})(?=\s*\())
    |(?P<name>[^\W\d]\w*)
    |(?P<op>\.\.|\*\*|->|<=|>=|!=|[-+*/=<>(){{}}\[\],.:?])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, string, temporal, name, keyword, op or end; `position` counts characters from 0."""

    kind: str
    value: str
    position: int

    def is_op(self, *values: str) -> bool:
        """Whether this is one of these operators or keywords."""
        return self.kind in ("op", "keyword") and self.value in values


def tokenize(text: str) -> list[Token]:
    """Split an expression; the last token has kind `end`. Raise `InvalidExpression`."""
    if len(text) > MAX_TEXT:
        raise InvalidExpression(f"the expression is longer than {MAX_TEXT} characters", text[:40] + "…")
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidExpression(_unexpected(text, position), text, position)
        kind, value = str(match.lastgroup), match[0]
        if kind != "space":
            tokens.append(_token(kind, value, position))
        position = match.end()
    return [*tokens, Token("end", "", len(text))]


def _token(kind: str, value: str, position: int) -> Token:
    if kind == "string":
        return Token("string", unescape(value[1:-1]), position)
    if kind == "temporal":
        return Token("temporal", unescape(value[2:-1]), position)
    if kind == "quoted":
        return Token("name", value[1:-1], position)
    if kind == "spaced":
        return Token("name", " ".join(value.split()), position)
    if kind == "name" and value in KEYWORDS:
        return Token("keyword", value, position)
    return Token(kind, value, position)


def unescape(text: str) -> str:
    """Resolve the escapes of a string literal."""

    def plain(match: re.Match[str]) -> str:
        body = match[1]
        if body[0] in "uU" and len(body) > 1:
            code = int(body[1:], 16)
            return chr(code) if code <= 0x10FFFF else match[0]
        return _ESCAPED.get(body, match[0])

    joined = _ESCAPE.sub(plain, text)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if "\\u" in text else joined


def _unexpected(text: str, position: int) -> str:
    char = text[position]
    if char == '"':
        return "the string has no closing quote"
    if char == "'":
        return "a string stands in double quotes"
    if char == "&":
        return "unexpected '&'; FEEL writes 'and'"
    if char == "|":
        return "unexpected '|'; FEEL writes 'or'"
    if char == "!":
        return "unexpected '!'; FEEL writes 'not(...)' or '!='"
    return f"unexpected character '{char}'"

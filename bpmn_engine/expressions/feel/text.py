"""FEEL's string(): the text of a value as an expression would write it."""

from __future__ import annotations

from typing import Any

from bpmn_engine.expressions.feel.lexer import is_identifier
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.values import Range
from bpmn_engine.expressions.numbers import is_number, text_of


def to_text(value: Any, evaluation: Evaluation | None = None) -> str | None:
    """The text of a value; null has none. With an evaluation, what is written counts against its limits."""
    if value is None or isinstance(value, str):
        return value
    return "".join(_pieces(value, evaluation))


def _pieces(value: Any, evaluation: Evaluation | None) -> list[str]:
    """The text in pieces, without recursion over the value."""
    pieces: list[str] = []
    length = 0
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        piece = item.text if isinstance(item, _Literally) else _plain(item)
        if piece is None:
            stack.extend(reversed(_parts(item)))
            continue
        pieces.append(piece)
        length += len(piece)
        if evaluation is not None:
            evaluation.room_for_text(length)
    return pieces


class _Literally:
    """Text between values."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _plain(value: Any) -> str | None:
    """The text of a value without parts; None for a list, a context and a range."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return text_of(value)
    if isinstance(value, str):
        return quoted(value)
    return None if isinstance(value, list | dict | Range) else str(value)


def quoted(text: str) -> str:
    """A string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Range):
        return _range_parts(value)
    separator = _Literally(", ")
    parts: list[Any] = [_Literally("{" if isinstance(value, dict) else "[")]
    for position, item in enumerate(value):
        if position:
            parts.append(separator)
        if isinstance(value, dict):
            parts += [_Literally(f"{item if is_identifier(item) else quoted(item)}: "), value[item]]
        else:
            parts.append(item)
    return [*parts, _Literally("}" if isinstance(value, dict) else "]")]


def _range_parts(value: Range) -> list[Any]:
    if value.operator:
        limit = value.high if value.low is None else value.low
        return [_Literally(f"({value.operator} "), limit, _Literally(")")]
    opening, closing = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
    return [_Literally(opening), value.low, _Literally(".."), value.high, _Literally(closing)]

"""Functions with regular expressions in the flavour of XPath (DMN 1.5, table 76), each with a time-out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import regex

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import MAX_ITEMS, REGEX_SECONDS, Evaluation, LimitExceeded
from bpmn_engine.expressions.feel.values import Function

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)

_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL, "x": 0, "q": 0}
#: A reference to a group, an escaped sign, or one of them alone, which is an error.
_REFERENCE = regex.compile(r"\$(?P<group>\d+)|\\(?P<sign>[\\$])|(?P<wrong>[\\$])")
#: What the flag `x` leaves out: white space outside of a character class, even after a backslash.
_BLANK = regex.compile(r"(\\\S|\[(?:\\.|[^\]\\])*\])|\s+", regex.DOTALL)
_MAX_PATTERN = 1000


@_function("matches", "input: string", "pattern: string", "flags?: string|null")
def _matches(evaluation: Evaluation, text: str, pattern: str, flags: str | None = None) -> bool | None:
    compiled = _pattern(evaluation, pattern, flags)
    if compiled is None:
        return None
    evaluation.spend(len(text) // 100)
    return _timed(evaluation, lambda: compiled.search(text, timeout=REGEX_SECONDS) is not None)


@_function("replace", "input: string", "pattern: string", "replacement: string", "flags?: string|null")
def _replace(evaluation: Evaluation, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    compiled = _pattern(evaluation, pattern, flags)
    if compiled is None:
        return None
    if _timed(evaluation, lambda: compiled.search("", timeout=REGEX_SECONDS)):
        return evaluation.null(f"'{pattern}' matches nothing at all, so there is nothing to replace")
    template = _literally(replacement) if "q" in (flags or "") else _template(replacement, compiled.groups)
    if template is None:
        return evaluation.null(f"'{replacement}' is not a replacement; write \\$ for a dollar sign")

    def replaced() -> str:
        length = len(text)

        def expanded(match: Any) -> str:
            nonlocal length
            piece = "".join(part if isinstance(part, str) else match[part] or "" for part in template)
            length += len(piece)
            evaluation.room_for_text(length)
            return piece

        return str(compiled.sub(expanded, text, timeout=REGEX_SECONDS))

    return _timed(evaluation, replaced)


def _literally(replacement: str) -> list[str | int]:
    return [replacement]


def _template(replacement: str, groups: int) -> list[str | int] | None:
    """Texts and numbers of groups; None if the replacement is not well formed."""
    parts: list[str | int] = []
    end = 0
    for match in _REFERENCE.finditer(replacement):
        parts.append(replacement[end : match.start()])
        end = match.end()
        if match["wrong"]:
            return None
        parts += _group(match["group"], groups) if match["group"] else [match["sign"]]
    return [*parts, replacement[end:]]


def _group(digits: str, groups: int) -> list[str | int]:
    """$12 is group 12 if there are so many, else group 1 and the text 2; a group that does not exist is empty."""
    used = len(digits)
    while used > 1 and int(digits[:used]) > groups:
        used -= 1
    number = int(digits[:used])
    return [number if number <= groups else "", digits[used:]]


@_function("split", "string: string", "delimiter: string")
def _split(evaluation: Evaluation, text: str, delimiter: str) -> list[str] | None:
    compiled = _pattern(evaluation, delimiter, None)
    if compiled is None:
        return None

    evaluation.spend(len(text) // 100)

    def pieces() -> list[str]:
        found, end = [], 0
        for match in compiled.finditer(text, timeout=REGEX_SECONDS):
            if match.end() == match.start():
                continue
            found.append(text[end : match.start()])
            end = match.end()
            evaluation.room_for(len(found) - MAX_ITEMS + 1 if len(found) > MAX_ITEMS else 1)
        return [*found, text[end:]]

    return _timed(evaluation, pieces)


@_function("extract", "string: string", "pattern: string")
def _extract(evaluation: Evaluation, text: str, pattern: str) -> list[str] | None:
    compiled = _pattern(evaluation, pattern, None)
    if compiled is None:
        return None

    evaluation.spend(len(text) // 100)

    def found() -> list[str]:
        pieces = []
        for match in compiled.finditer(text, timeout=REGEX_SECONDS):
            pieces.append(match[0])
            evaluation.spend()
            if len(pieces) > MAX_ITEMS:
                evaluation.room_for(len(pieces))
        return pieces

    return _timed(evaluation, found)


def _pattern(evaluation: Evaluation, pattern: str, flags: str | None) -> Any:
    """The compiled pattern, or null with a warning."""
    evaluation.spend(50)
    compiled = _compiled(pattern, "".join(sorted(set(flags or ""))))
    return evaluation.null(compiled) if isinstance(compiled, str) else compiled


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: str) -> Any:
    """The compiled pattern, or what is wrong with it."""
    from elementpath.regex import RegexError, translate_pattern

    if set(flags) - _FLAGS.keys():
        return f"'{flags}' are not flags; use i, m, s, x or q"
    if len(pattern) > _MAX_PATTERN:
        return f"a regular expression may have at most {_MAX_PATTERN} characters"
    options = sum(_FLAGS[flag] for flag in flags)
    if "x" in flags:
        pattern = _BLANK.sub(lambda match: match[1] or "", pattern)
    try:
        python = regex.escape(pattern) if "q" in flags else translate_pattern(pattern, options)
        return regex.compile(python, options | regex.VERSION0)
    except (regex.error, RegexError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        return f"'{pattern[:100]}' is not a regular expression: {error}"


def _timed(evaluation: Evaluation, run: Callable[[], Any]) -> Any:
    evaluation.spend(20)
    evaluation.look_at_the_clock()
    try:
        return run()
    except TimeoutError:
        raise LimitExceeded(f"a regular expression takes longer than {REGEX_SECONDS} s") from None

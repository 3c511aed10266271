"""Random expressions and broken decision models, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from random import Random

from lxml import etree

from bpmn_engine.expressions.feel.builtins import BUILTINS

_ATOMS = (
    "1",
    "0",
    "-1",
    "2.5",
    ".5",
    "1e30",
    "1e-30",
    "1E400",
    "99999999999999999999999999999999999999",
    "true",
    "false",
    "null",
    '""',
    '"a"',
    '"ä\\u00e4\\U01F40E"',
    '"2026-01-31"',
    "a",
    "b",
    "order.id",
    "order.items",
    "`x y`",
    "?",
    "item",
    "partial",
    '@"2026-01-31"',
    '@"10:00:00Z"',
    '@"2026-01-31T10:00:00@Europe/Berlin"',
    '@"P1Y2M"',
    '@"-PT1H30M"',
    '@"-999999999-01-01"',
    '@"P99999999Y"',
    '@"nonsense"',
    "[]",
    "{}",
    "[1..3]",
    "(1..3)",
    "]1..3[",
    "[3..1]",
    "(< 5)",
    '(>= "a")',
    "now()",
    "function(x) x",
    "function() f()",
    "1..1e12",
    "items",
    "missing.path",
)
_OPERATORS = ("+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in", "..", ",", ".", ":", "->")
_TYPES = ("number", "string", "list<number>", "context<a: string>", "range<date>", "function<number> -> Any", "Any")
_NAMES = sorted(BUILTINS)
_PIECES = (
    *_OPERATORS,
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "if ",
    " then ",
    " else ",
    "for ",
    " return ",
    "some ",
    "every ",
    " satisfies ",
    "between ",
    " and ",
    "instance of ",
    "function(",
    "not(",
    "//",
    "/*",
    "*/",
    '"',
    "\\",
    "`",
    "'",
    "@",
    "\x00",
    "\ufeff",
    "\U0001d518",
    "?",
    "\n",
    "..",
    "$",
    "&&",
    "||",
    "!",
    "1e",
    "0x",
    "__class__",
    "é",
    "\ud800",
)


def expression(random: Random, depth: int = 4) -> str:
    """A random expression, mostly well formed."""
    if depth == 0 or random.random() < 0.15:
        return random.choice(_ATOMS)
    return random.choice(_FORMS)(random, lambda: expression(random, depth - 1))


Deeper = Callable[[], str]


def _arguments(random: Random, deeper: Deeper) -> str:
    return ", ".join(deeper() for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 4))))


_FORMS: tuple[Callable[[Random, Deeper], str], ...] = (
    lambda random, deeper: f"{deeper()} {random.choice(_OPERATORS[:14])} {deeper()}",
    lambda random, deeper: f"({deeper()} {random.choice(_OPERATORS[:13])} {deeper()})",
    lambda random, deeper: f"{random.choice(_NAMES)}({_arguments(random, deeper)})",
    lambda random, deeper: f"{random.choice(_NAMES)}({_arguments(random, deeper)})",
    lambda random, deeper: f"[{_arguments(random, deeper)}]",
    lambda random, deeper: f"{{a: {deeper()}, b: {deeper()}}}",
    lambda random, deeper: f"({deeper()})[{deeper()}]",
    lambda random, deeper: f"({deeper()}).{random.choice(('a', 'year', 'time offset', 'start', 'months', 'b'))}",
    lambda random, deeper: f"if {deeper()} then {deeper()} else {deeper()}",
    lambda random, deeper: f"for x in {deeper()} return {deeper()}",
    lambda random, deeper: f"for x in {deeper()}..{deeper()}, y in x return {deeper()}",
    lambda random, deeper: f"{random.choice(('some', 'every'))} x in {deeper()} satisfies {deeper()}",
    lambda random, deeper: f"{deeper()} between {deeper()} and {deeper()}",
    lambda random, deeper: f"{deeper()} in ({deeper()}, < {deeper()}, [{deeper()}..{deeper()}))",
    lambda random, deeper: f"{deeper()} instance of {random.choice(_TYPES)}",
    lambda random, deeper: f"(function(x, y: number) {deeper()})({deeper()}, {deeper()})",
    lambda random, deeper: f"{{f: function(n) {deeper()}, r: f({deeper()})}}.r",
    lambda random, deeper: f"-{deeper()}",
    lambda random, deeper: f"not({deeper()})",
)


def mutated(random: Random, text: str) -> str:
    """A text with some characters or pieces removed, doubled, moved or put in."""
    for _ in range(random.randint(1, 4)):
        at, end = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
        end = min(end, at + random.randint(0, 12))
        kind = random.randrange(5)
        if kind == 0:
            text = text[:at] + text[end:]
        elif kind == 1:
            text = text[:at] + random.choice(_PIECES) + text[at:]
        elif kind == 2:
            text = text[:end] + text[at:end] * random.choice((1, 2, 30)) + text[end:]
        elif kind == 3:
            other = random.randint(0, len(text))
            text = text[:other] + text[at:end] + text[other:]
        else:
            text = text[:at] + random.choice(_ATOMS) + text[end:]
    return text


def broken_model(random: Random, data: bytes) -> bytes:
    """A decision model with something changed: mostly still XML, sometimes not."""
    return _torn(random, data) if random.random() < 0.2 else _rearranged(random, data)


def _torn(random: Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return mutated(random, text).encode("utf-8", "surrogatepass")


def _rearranged(random: Random, data: bytes) -> bytes:
    """Elements removed, doubled and moved, texts and attributes changed."""
    root = etree.fromstring(data)
    for _ in range(random.randint(1, 6)):
        elements = [element for element in root.iter("{*}*") if element is not root]
        if not elements:
            break
        element, other = random.choice(elements), random.choice(elements)
        kind = random.randrange(7)
        if kind == 0:
            element.getparent().remove(element)
        elif kind == 1:
            element.addnext(deepcopy(other))
        elif kind == 2 and not list(other.iterdescendants()):
            other.append(deepcopy(element))
        elif kind == 3:
            element.text = printable(expression(random))
        elif kind == 4:
            element.tag = other.tag
        else:
            _attribute(random, element, other)
    return etree.tostring(root)


def _attribute(random: Random, element: etree._Element, other: etree._Element) -> None:
    """Give an element an attribute of another one, or a strange value."""
    taken = list(other.attrib.items()) or list(element.attrib.items()) or [("name", "x")]
    name, value = random.choice(taken)
    strange = ("", "#", "  a  b ", "if", "FIRST", "string", "a.b", "1", "é", "x" * 300)
    element.set(name, random.choice((value, *strange)))


def printable(text: str) -> str:
    """A text without what XML cannot hold."""
    return "".join(char for char in text if char >= " " and not "\ud800" <= char <= "\udfff")

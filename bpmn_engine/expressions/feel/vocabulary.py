"""The names that an expression may use, found in its tokens longest first (DMN 1.5, clause 10.3.1.4).

In the `dmn` mode a name may have spaces and signs, so only who knows the names can read `Loan Amount - Fee`. In the
`camunda` mode a name is one word or stands in backticks; only functions and properties have several words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bpmn_engine.expressions.feel.lexer import Token, words
from bpmn_engine.expressions.feel.types import Type

#: Properties of several words that values have (DMN 1.5, table 65).
PROPERTIES = ("time offset", "start included", "end included")


#: Functions of several words.
FUNCTIONS = (
    "context merge", "context put", "date and time", "day of week", "day of year",
    "distinct values", "duplicate values", "ends with", "finished by", "from base64", "from json", "get entries",
    "get or else", "get value", "index of", "insert before", "is blank", "is defined", "is empty", "last day of month",
    "list contains", "list replace", "lower case", "met by", "month of year", "overlaps after",
    "overlaps before", "put all", "random number", "round down", "round half down", "round half up", "round up",
    "started by", "starts with", "string join", "string length", "substring after", "substring before", "to base64",
    "to json", "upper case", "week of year", "years and months duration",
)  # fmt: skip


class Names:
    """A set of names, indexed by their first word."""

    __slots__ = ("_index",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Add one."""
        parts = words(name)
        if parts:
            known = self._index.setdefault(parts[0], [])
            if (parts, name) not in known:
                known.append((parts, name))
                known.sort(key=lambda entry: -len(entry[0]))

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[int, str] | None:
        """Return how many tokens from `at` on make up a name of the set, and the name; None if they do not."""
        for parts, name in self._index.get(tokens[at].value, ()):
            window = tokens[at : at + len(parts)]
            if len(window) == len(parts) and all(
                token.value == part and token.kind != "string" for token, part in zip(window, parts, strict=True)
            ):
                return len(parts), name
        return None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of a decision model: variables in scope, members of values anywhere, types by name."""

    names: Iterable[str] = ()
    members: Iterable[str] = ()
    types: Mapping[str, Type] = field(default_factory=dict)

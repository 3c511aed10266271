"""Hit policies: combining the outputs of several matching rules (DMN 1.5, clause 8.2.10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bpmn_engine.expressions.feel.builtins import BUILTINS
from bpmn_engine.expressions.feel.comparing import equal
from bpmn_engine.expressions.feel.limits import Evaluation

#: A rule that matched: its number from 1 and the values of its outputs.
Hit = tuple[int, tuple[Any, ...]]
#: Where a value stands among the values of its output, the first having the highest priority.
Rank = Callable[[tuple[Any, ...]], tuple[int, ...]]

POLICIES = ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
#: Policies whose result is a list.
LISTS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
AGGREGATIONS = {"SUM": "sum", "COUNT": "count", "MIN": "min", "MAX": "max"}


class AmbiguousHit(Exception):
    """Several rules match where the hit policy allows one."""


def chosen(policy: str, hits: Sequence[Hit], rank: Rank) -> Sequence[Hit]:
    """The hits that count, in the order that counts; raise `AmbiguousHit`."""
    if policy == "UNIQUE" and len(hits) > 1:
        raise AmbiguousHit(f"rules {_numbers(hits)} match together, but the hit policy UNIQUE allows one")
    if policy == "ANY" and any(not _same(hits[0][1], hit[1]) for hit in hits):
        raise AmbiguousHit(f"rules {_numbers(hits)} match with different outputs, but the hit policy is ANY")
    if policy in ("PRIORITY", "OUTPUT ORDER"):
        hits = sorted(hits, key=lambda hit: rank(hit[1]))
    return hits if policy in LISTS else hits[:1]


def _numbers(hits: Sequence[Hit]) -> str:
    numbers = [str(number) for number, _ in hits]
    return ", ".join(numbers[:-1]) + " and " + numbers[-1]


def _same(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    return all(equal(a, b) is True for a, b in zip(left, right, strict=True))


def aggregated(aggregation: str, values: list[Any], evaluation: Evaluation) -> Any:
    """The sum, number, least or greatest of the outputs of all hits."""
    function = BUILTINS[AGGREGATIONS[aggregation]]
    return function.signatures[0].run(evaluation, values)

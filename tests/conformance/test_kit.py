"""The standard's own test kit. What we do not give is in gaps.txt, with a reason; nothing else may differ."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.kit import CASES, LEVELS, Expectation, expectations, passes

pytestmark = pytest.mark.skipif(
    not CASES.is_dir() and not os.environ.get("CI"), reason="the kit is not here; TCK_DIR says where it is"
)

GAPS = Path(__file__).with_name("gaps.txt")
#: The least share of the plain FEEL expressions, of those with a value and of those that are null alike.
LEAST = 0.995


@pytest.fixture(scope="module")
def results() -> list[tuple[Expectation, bool, object]]:
    """Every result of the kit: what was expected, whether it came, what came."""
    return [(case, *passes(case)) for case in expectations()]


def gaps() -> dict[str, str]:
    lines = [line for line in GAPS.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("\t", 1) for line in lines)


def test_every_result_is_right_but_the_known_gaps(results: list[tuple[Expectation, bool, object]]) -> None:
    known = gaps()
    wrong = {case.id: f"expected {case.expected}, got {got}" for case, right, got in results if not right}

    unknown = {key: found for key, found in wrong.items() if key not in known}
    closed = {case.id for case, right, _ in results if right and case.id in known}

    assert unknown == {}
    assert closed == set(), "these pass now; take them off the list"


def test_the_gaps_have_reasons() -> None:
    assert all(reason.strip() for reason in gaps().values())


def test_the_shares_are_high_enough(
    results: list[tuple[Expectation, bool, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for case, passed, _ in results:
        figures = [f"all decisions of {case.level}"]
        if case.feel:
            figures.append("FEEL expressions, null" if case.of_null else "FEEL expressions, value")
        for figure in figures:
            total[figure] += 1
            right[figure] += passed

    with capsys.disabled():
        for figure in sorted(total):
            print(f"\n  {figure}: {right[figure]} of {total[figure]}, {right[figure] / total[figure]:.2%}", end="")  # noqa: T201
        print()  # noqa: T201

    assert {f"all decisions of {level}" for level in LEVELS} <= total.keys()
    assert right["FEEL expressions, value"] >= LEAST * total["FEEL expressions, value"] > 0
    assert right["FEEL expressions, null"] >= LEAST * total["FEEL expressions, null"] > 0

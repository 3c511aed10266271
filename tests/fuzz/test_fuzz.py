"""Nothing that can be written as an expression or a decision model crashes, hangs or reaches outside.

FUZZ_EXPRESSIONS and FUZZ_MODELS say how many; `make fuzz` runs many.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bpmn_engine.dmn import decide, read_decisions
from bpmn_engine.errors import EngineError, Failure, InvalidExpression, InvalidModel
from bpmn_engine.expressions.feel import Vocabulary, compile_tree
from bpmn_engine.expressions.feel.parser import parse_expression, parse_unary_tests
from bpmn_engine.expressions.feel.text import to_text
from tests.conformance.kit import CASES
from tests.fuzz.generate import broken_model, expression, mutated

EXPRESSIONS = int(os.environ.get("FUZZ_EXPRESSIONS", "3000"))
MODELS = int(os.environ.get("FUZZ_MODELS", "100"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
NOW = datetime(2026, 1, 31, tzinfo=UTC)
#: An evaluation is stopped after a second; what takes several times as long has slipped through.
HANGS = 10.0
VARIABLES: dict[str, Any] = {
    "a": 1,
    "b": "text",
    "items": list(range(50)),
    "x y": Decimal("1.5"),
    "flag": True,
    "order": {"id": "A1", "items": [{"price": 1, "qty": 2}, {"price": None}]},
}


def _vocabulary(random: Random) -> Vocabulary | None:
    return Vocabulary(("a", "b", "x y", "items", "order"), ("price", "qty", "id")) if random.random() < 0.5 else None


def _evaluate(text: str, random: Random) -> None:
    """Compile and evaluate; only errors of our own come out."""
    vocabulary = _vocabulary(random)
    parse = parse_unary_tests if random.random() < 0.2 else parse_expression
    try:
        compiled = compile_tree(text, parse(text, vocabulary))
        result = compiled.evaluate(VARIABLES, NOW, 5)
        to_text(result.value)
    except (InvalidExpression, Failure):
        pass


def test_expressions_give_a_value_or_an_error_of_our_own(capsys: pytest.CaptureFixture[str]) -> None:
    random = Random(SEED)
    slowest = (0.0, "")
    for turn in range(EXPRESSIONS):
        text = expression(random)
        if turn % 2:
            text = mutated(random, text)
        began = time.perf_counter()
        try:
            _evaluate(text, random)
        except Exception as error:  # what must not come out says which text it was
            raise AssertionError(f"{text!r} raised {error!r}") from error
        slowest = max(slowest, (time.perf_counter() - began, text))
        assert slowest[0] < HANGS, f"{slowest[1]!r} took {slowest[0]:.1f} s"
    with capsys.disabled():
        print(f"\n  {EXPRESSIONS:,} expressions, the slowest took {slowest[0]:.2f} s: {slowest[1][:80]!r}")  # noqa: T201


def _models() -> list[bytes]:
    here = sorted((Path(__file__).parents[2] / "processes").rglob("*.dmn"))
    return [file.read_bytes() for file in (*here, *sorted(CASES.glob("*/*/*.dmn"))) if file.stat().st_size < 200_000]


def test_broken_decision_models_are_refused_or_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    random = Random(SEED)
    models = _models()
    evaluated = refused = 0
    for _ in range(MODELS):
        data = broken_model(random, random.choice(models))
        began = time.perf_counter()
        try:
            model = read_decisions(data)
            for decision in model.decisions[:20]:
                decide(model, decision, VARIABLES, NOW)
                evaluated += 1
        except InvalidModel:
            refused += 1
        except EngineError as error:
            raise AssertionError(f"an unexpected {error!r}") from error
        assert time.perf_counter() - began < HANGS * 20
    with capsys.disabled():
        print(f"\n  {MODELS:,} broken models: {refused:,} refused, {evaluated:,} decisions tried")  # noqa: T201
    assert evaluated > 0

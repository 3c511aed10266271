"""How fast FEEL is, beside other libraries, and decision tables, by the number of their rules.

Everything is compiled as far as the library can; what it does again each time is its own. feelin runs in Node, which
measures itself. A library that does not give `true` for an expression is left out there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bpmn_engine.dmn import decide, read_decisions
from bpmn_engine.expressions import compile_feel

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
VARIABLES: dict[str, Any] = {
    "amount": 1500,
    "status": "approved",
    "order": {"customer": {"country": "AT"}},
    "items": [{"price": 50, "qty": 1}, {"price": 99.5, "qty": 5}, {"price": 150, "qty": 2}],
    "discount": 0.1,
    "total": 120.5,
}
#: Each expression, and the same in Python, as SpiffWorkflow has it.
EXPRESSIONS = {
    "amount > 1000": "amount > 1000",
    'status = "approved" and amount <= 5000': 'status == "approved" and amount <= 5000',
    'list contains(["DE","AT","CH"], order.customer.country)': ('order["customer"]["country"] in ["DE", "AT", "CH"]'),
    "some i in items satisfies i.price > 100 and i.qty >= 2": (
        'any(i["price"] > 100 and i["qty"] >= 2 for i in items)'
    ),
    "if discount != null then total * (1 - discount) > 100 else total > 100": (
        "total * (1 - discount) > 100 if discount is not None else total > 100"
    ),
}
_NODE = Path(__file__).with_name("feelin")


Run = Callable[[], Any]


def microseconds(run: Run, *, turns: int = 2000, repeat: int = 5) -> float:
    """The best of some measurements of one call."""
    return min(timeit.repeat(run, number=turns, repeat=repeat)) / turns * 1e6


def side_by_side(runs: list[Run | None], rounds: int = 8) -> list[float | None]:
    """The best of each, measured in turn, so that a moment in which the machine is busy is nobody's disadvantage."""
    best: list[float | None] = [None] * len(runs)
    for _ in range(rounds):
        for place, run in enumerate(runs):
            if run is not None:
                once = microseconds(run, turns=1000 if place == 0 else 100, repeat=2)
                best[place] = min(once, best[place] or once)
    return best


def _decimals(value: Any) -> Any:
    """Variables as the engine keeps them: no floats."""
    if isinstance(value, dict):
        return {name: _decimals(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_decimals(item) for item in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def own(text: str) -> Run | None:
    """This engine."""
    expression, variables = compile_feel(text), _decimals(VARIABLES)
    return _checked(lambda: expression.evaluate(variables, NOW).value)


def spiff(text: str) -> Run | None:
    """SpiffWorkflow: Python's own `eval`."""
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment

    environment = PythonScriptEngine(TaskDataEnvironment()).environment
    return _checked(lambda: environment.evaluate(EXPRESSIONS[text], VARIABLES))


def pysfeel(text: str) -> Run | None:
    """pySFeel, whose numbers are floats."""
    import pySFeel

    parser = pySFeel.SFeelParser()
    parser.names.update(json.loads(json.dumps(VARIABLES), parse_int=float))
    return _checked(lambda: parser.sFeelParse(text)[1])


def bkflow(text: str) -> Run | None:
    """bkflow-feel."""
    import logging

    from bkflow_feel.api import parse_expression

    logging.getLogger("bkflow_feel").setLevel(logging.CRITICAL)
    logging.getLogger("root").setLevel(logging.CRITICAL)
    return _checked(lambda: parse_expression(text, VARIABLES))


def feelin() -> list[float | None]:
    """feelin in Node, all expressions at once; nothing if it is not installed."""
    node = shutil.which("node")
    if node is None or not (_NODE / "node_modules").is_dir():
        return [None] * len(EXPRESSIONS)
    asked = json.dumps({"expressions": list(EXPRESSIONS), "variables": VARIABLES})
    done = subprocess.run([node, "measure.mjs"], cwd=_NODE, input=asked, capture_output=True, text=True, check=True)
    measured: list[float | None] = json.loads(done.stdout)
    return measured


def _checked(run: Run) -> Run | None:
    """A call that gives true; None if it does not."""
    try:
        return run if run() is True else None
    except Exception:  # noqa: BLE001 - whatever a library does with what it cannot read
        return None


def table_of(rules: int, inputs: int = 2) -> bytes:
    """A decision table of so many rules: a range and a word, and further columns of words."""
    columns = "".join(
        f'<input id="i{n}"><inputExpression id="e{n}"><text>{"amount" if n == 0 else f"word{n}"}</text>'
        "</inputExpression></input>"
        for n in range(inputs)
    )
    rows = "".join(
        f'<rule id="r{row}">'
        + f"<inputEntry><text>[{row * 10}..{row * 10 + 9}]</text></inputEntry>"
        + "".join(f'<inputEntry><text>"w{(row + n) % 7}", "x"</text></inputEntry>' for n in range(1, inputs))
        + f"<outputEntry><text>{row}</text></outputEntry></rule>"
        for row in range(rules)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="m" namespace="m">'
        f'<decision id="d" name="d"><decisionTable hitPolicy="FIRST">{columns}<output id="o"/>{rows}</decisionTable>'
        "</decision></definitions>"
    ).encode()


def tables(rules: int, inputs: int = 2, evaluations: int = 2000) -> float:
    """Microseconds per evaluation of a table of so many rules, over values that hit all of its parts."""
    model = read_decisions(table_of(rules, inputs))
    decision = model.decisions[0]
    asked = [
        {"amount": (turn * 7919) % (rules * 10), **{f"word{n}": "x" for n in range(1, inputs)}}
        for turn in range(evaluations)
    ]
    assert decide(model, decision, asked[0], NOW).value == 0

    def all_of_them() -> None:
        for variables in asked:
            decide(model, decision, variables, NOW)

    return min(timeit.repeat(all_of_them, number=1, repeat=3)) / evaluations * 1e6


def main() -> None:
    """Print everything; about a minute."""
    print("Microseconds per evaluation; x is how many times as long the fastest of the others takes.\n")
    print(f"{'':<58} {'ours':>7} {'Spiff':>7} {'pySFeel':>8} {'bkflow':>8} {'feelin':>8}      x")
    for text, other in zip(EXPRESSIONS, feelin(), strict=True):
        mine, *others = side_by_side([own(text), spiff(text), pysfeel(text), bkflow(text)])
        assert mine is not None
        peers = [*others, other]
        known = [peer for peer in peers if peer is not None]
        cells = " ".join(
            f"{'-' if peer is None else f'{peer:.1f}':>{width}}"
            for peer, width in zip(peers, (7, 8, 8, 8), strict=True)
        )
        print(f"{text[:58]:<58} {mine:7.2f} {cells} {min(known) / mine:6.1f}")
    print()
    for rules in (10, 100, 1_000, 10_000):
        cost = tables(rules)
        print(
            f"decision table, FIRST, {rules:>6,} rules, 2 inputs    {cost:7.1f} µs   {1e6 / cost:9,.0f} evaluations/s"
        )
    for rules in (10, 1_000):
        cost = tables(rules, inputs=10)
        print(
            f"decision table, FIRST, {rules:>6,} rules, 10 inputs   {cost:7.1f} µs   {1e6 / cost:9,.0f} evaluations/s"
        )


if __name__ == "__main__":
    main()

"""A family of models: what an activity is, what stands on it and around it, combined so that each pair occurs.

The frame is always the same: `first`, the `host` activity, `after`, and with compensation an event that undoes them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import combinations

from tests.diagrams import (
    boundary,
    compensate_event,
    condition_event,
    content,
    diagram,
    element,
    end,
    error,
    error_event,
    escalation,
    escalation_event,
    event_sub,
    extensions,
    mappings,
    message,
    message_event,
    multi,
    service,
    signal,
    signal_event,
    standard_loop,
    start,
    throw,
    timer,
    undo,
)

Row = Mapping[str, str]

AXES: Mapping[str, tuple[str, ...]] = {
    "activity": ("service", "user", "script", "receive", "sub", "transaction", "adHoc", "call"),
    "throws": ("", "error", "escalation", "signal"),
    "repeated": ("", "parallel", "sequential", "loop"),
    "boundary": ("", "timer", "message", "signal", "condition", "escalation", "error"),
    "boundary_interrupts": ("true", "false"),
    "handler": ("", "message", "signal", "escalation", "error"),
    "handler_interrupts": ("true", "false"),
    "compensation": ("", "undo"),
    "around": ("", "sub", "repeated", "call"),
}
_SHARED = message("m", "=1") + signal("go") + escalation("L") + error("E")
_SCOPES = ("sub", "transaction", "adHoc", "call")


def pairwise() -> list[Row]:
    """Rows in which each value of an axis meets each value of every other one."""
    chance, rows = random.Random(1), list[Row]()
    missing = {pair for row in _corners() for pair in _pairs(row)}
    while missing:
        candidates = []
        for _ in range(20):
            row = any_row(chance) | dict(min(missing) if chance.random() < 0.5 else chance.choice(sorted(missing)))
            candidates.append((len(missing & _pairs(row)), sorted(row.items()), row))
        best = max(candidates)[2]
        missing -= _pairs(best)
        rows.append(best)
    return rows


def any_row(chance: random.Random) -> dict[str, str]:
    """A row by chance."""
    return {axis: chance.choice(values) for axis, values in AXES.items()}


def _corners() -> Iterator[Row]:
    for one, other in combinations(AXES, 2):
        for value in AXES[one]:
            yield from ({one: value, other: another} for another in AXES[other])


def _pairs(row: Row) -> set[tuple[tuple[str, str], ...]]:
    return set(combinations([(axis, row[axis]) for axis in AXES if axis in row], 2))


def model(row: Row) -> tuple[bytes, dict[str, bytes]]:
    """The diagram of a row, and the processes that it calls."""
    calls = {"child": diagram(_inside(row), *_work(row), process_id="child", shared=_SHARED)}
    flows, nodes = _frame(row)
    around = row["around"]
    if around == "call":
        calls["called"] = diagram(flows, *nodes, process_id="called", shared=_SHARED)
        outer = element("callActivity", "outer", attributes='calledElement="called"')
    elif around:
        loop = multi("=[1, 2]") if around == "repeated" else ""
        outer = element("subProcess", "outer", content(flows, *nodes) + loop)
    else:
        return diagram(flows, *nodes, shared=_SHARED), calls
    return diagram("start_p -> outer -> last -> end_p", outer, service("last"), shared=_SHARED), calls


def _frame(row: Row) -> tuple[str, list[str]]:
    flows, nodes = "start -> first -> host -> after", [service("first"), _host(row), service("after")]
    if row["compensation"]:
        flows += " -> undoing -> end"
        nodes += [throw("undoing", compensate_event()), undo("first", "undo_first"), undo("host", "undo_host")]
    else:
        flows += " -> end"
    if row["boundary"]:
        interrupting = row["boundary_interrupts"] == "true" or row["boundary"] == "error"
        flows += "; caught -> handled -> end_handled"
        nodes += [boundary("caught", "host", _event(row["boundary"]), interrupting=interrupting), service("handled")]
    if row["handler"]:
        interrupting = row["handler_interrupts"] == "true" or row["handler"] == "error"
        begin = start("start_handler", _event(row["handler"]), interrupting=interrupting)
        nodes.append(event_sub("handler", "start_handler -> in_handler -> end_handler", begin, service("in_handler")))
    return flows, nodes


def _event(kind: str) -> str:
    return {
        "timer": timer("duration", "PT1H"),
        "message": message_event("m"),
        "signal": signal_event("go"),
        "condition": condition_event("=x > 1"),
        "escalation": escalation_event("L"),
        "error": error_event("E"),
    }[kind]


def _host(row: Row) -> str:
    kind = row["activity"]
    loop = {
        "": "",
        "parallel": multi("=[1, 2]", inputElement="item", outputCollection="results", outputElement="=item"),
        "sequential": multi("=[1, 2]", sequential=True, inputElement="item"),
        "loop": standard_loop("=loopCounter < 2"),
    }[row["repeated"]]
    local = mappings({"secret": "=1"})
    if kind in ("service", "user"):
        return element(f"{kind}Task", "host", extensions(local) + loop)
    if kind == "script":
        script = '<zeebe:script expression="=secret + 1" resultVariable="computed"/>'
        return element("scriptTask", "host", extensions(local, script) + loop)
    if kind == "receive":
        return element("receiveTask", "host", extensions(local) + loop, 'messageRef="m"')
    if kind == "call":
        return element("callActivity", "host", extensions(local) + loop, 'calledElement="child"')
    if kind == "adHoc":
        listed = '<zeebe:adHoc activeElementsCollection="=[&quot;work&quot;]"/>'
        flows, nodes = "work -> more", [service("work"), service("more")]
        return element("adHocSubProcess", "host", extensions(local, listed) + content(flows, *nodes) + loop)
    tag = "transaction" if kind == "transaction" else "subProcess"
    return element(tag, "host", extensions(local) + content(_inside(row), *_work(row)) + loop)


def _inside(row: Row) -> str:
    return "start_in -> work -> end_in"


def _work(row: Row) -> list[str]:
    """What stands in a sub-process or a called process: work, and at its end perhaps something that is thrown."""
    throws = row["throws"] if row["activity"] in _SCOPES else ""
    return [service("work"), *([end("end_in", _event(throws))] if throws else [])]

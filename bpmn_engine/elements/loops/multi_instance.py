"""The multi-instance activity."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Loop
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression, compile_feel
from bpmn_engine.expressions.numbers import whole
from bpmn_engine.instance.changes import LoopEnded, LoopIterationEnded, LoopStarted
from bpmn_engine.instance.state import LoopState
from bpmn_engine.instance.variables import json_value, visible
from bpmn_engine.model import Collection

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token

#: How many runs one activity may have at most, and the extension property that limits how many run at a time.
MAX_ITERATIONS, LIMIT = 100_000, "concurrencyLimit"
#: How many runs begin together; each of them begins one more when it sets out.
AT_ONCE = 100

_PATH = re.compile(r"\s*([^\W\d]\w*)(?:\.[^\W\d]\w*)*\s*")


class MultiInstance(Loop):
    """Runs its activity once per item of a list or a number of times, at once or in turn (BPMN 2.0.2, 10.3.8, 13.3.6).

    The list is read once. The output list has the order of the items; a run that was terminated leaves null. The
    completion condition sees it as it is so far.
    """

    tag = "multiInstanceLoopCharacteristics"
    noun = "Multi-instance activity"

    limit: Expression | None = None

    def read(self, source: Source) -> None:
        drawn = self.node.loop
        assert drawn is not None
        self.collection = drawn.extensions.collection or Collection()
        self.cardinality = drawn.expressions.get("loopCardinality")
        self.condition = drawn.expressions.get("completionCondition")
        self.sequential = drawn.attributes.get("isSequential") == "true"
        if (text := self.node.extensions.properties.get(LIMIT)) is not None:
            self.limit = source.compiled(compile_feel, text.removeprefix("=").strip() or "null", LIMIT)
        if self.cardinality is None and self.collection.input is None:
            source.error(
                "multi-instance",
                f"{self.label} does not say how often it runs.",
                "Give it an input collection or a cardinality.",
            )
        if (self.collection.output is None) != (self.collection.output_element is None):
            source.error(
                "multi-instance",
                f"{self.label} needs both an output collection and an output element, or neither.",
                "Set the other one too.",
            )
        element = self.collection.output_element
        match = _PATH.fullmatch(element.text) if element else None
        self.result_name = match[1] if match and match[1] != self.collection.input_element else None
        given = ("loopCounter", self.collection.input_element, self.result_name)
        self.run_names = frozenset(name for name in given if name)
        listed = self.condition is not None and self.collection.output is not None
        self.asks_results = listed and (self.collection.output or "") in (self.condition.text if self.condition else "")

    # while an instance runs

    def activate(self, step: Step, token: Token) -> None:
        items = self._items(step, token)
        total = len(items) if items is not None else self._times(step, token)
        if total > MAX_ITERATIONS:
            raise Failure(
                "EXTRACT_VALUE_ERROR", f"{self.label} would run {total:,} times; at most {MAX_ITERATIONS:,} do."
            )
        at_once = self._at_once(step, token)
        step.become_active(token)
        step.emit(LoopStarted(LoopState(token.key, total, items)))
        for _ in range(min(total, at_once if self.limit else min(at_once, AT_ONCE))):
            self._begin_next(step, token.key)
        step.check_scope_end(token.key)

    def iteration_activating(self, step: Step, token: Token) -> None:
        """A run sets out: one more may begin, so that a long list is begun bit by bit and not in one step."""
        loop = step.instance.loops[token.scope_key]
        if not self.sequential and self.limit is None and loop.started < loop.total:
            self._begin_next(step, token.scope_key)

    def _items(self, step: Step, token: Token) -> list[Any] | None:
        if self.collection.input is None:
            return None
        items = json_value(step.evaluate(self.collection.input, token.key))
        if not isinstance(items, list):
            raise Failure(
                "EXTRACT_VALUE_ERROR",
                f"{self.label}: the input collection '{self.collection.input.text}' evaluates to {items!r}; "
                "expected a list.",
            )
        return items

    def _times(self, step: Step, token: Token) -> int:
        assert self.cardinality is not None
        return self._number(step, token, self.cardinality, "cardinality", 0)

    def _at_once(self, step: Step, token: Token) -> int:
        if self.sequential:
            return 1
        return MAX_ITERATIONS if self.limit is None else self._number(step, token, self.limit, LIMIT, 1)

    def _number(self, step: Step, token: Token, expression: Expression, what: str, least: int) -> int:
        value = step.evaluate(expression, token.key)
        number = whole(value)
        if number is None or number < least:
            raise Failure(
                "EXTRACT_VALUE_ERROR",
                f"{self.label}: the {what} '{expression.text}' evaluates to {value!r}; expected a number from "
                f"{least} on.",
            )
        return number

    def _begin_next(self, step: Step, body_key: int) -> None:
        loop = step.instance.loops[body_key]
        counter = loop.started + 1
        token = step.enter(self, body_key, loop_counter=counter)
        step.write_local(token.key, "loopCounter", counter)
        if self.collection.input_element and loop.items is not None:
            step.write_local(token.key, self.collection.input_element, loop.items[counter - 1])
        if self.result_name:
            step.write_local(token.key, self.result_name, None)

    def iteration_completed(self, step: Step, token: Token) -> None:
        body_key, loop = token.scope_key, step.instance.loops[token.scope_key]
        element = self.collection.output_element
        result = json_value(step.evaluate(element, token.key)) if element else None
        assert token.loop_counter is not None
        enough = self._enough(step, token, loop, {token.loop_counter: result})
        step.emit(LoopIterationEnded(token.key, body_key, token.loop_counter, result, completed=True))
        if enough:
            step.terminate_children(step.instance.tokens[body_key], but=token.key)
        elif loop.started < loop.total:
            self._begin_next(step, body_key)
        step.leave(token, ())

    def iteration_terminated(self, step: Step, body: Token, counter: int, key: int) -> None:
        """Note that an operator has taken one iteration away, and begin the next one."""
        loop = step.instance.loops[body.key]
        step.emit(LoopIterationEnded(key, body.key, counter, None, completed=False))
        if loop.started < loop.total:
            self._begin_next(step, body.key)

    def _enough(self, step: Step, token: Token, loop: LoopState, result: Mapping[int, Any]) -> bool:
        """Whether the completion condition holds, with this run and its result counted as completed."""
        if self.condition is None:
            return False
        active = len(step.instance.tokens[loop.key].children or ()) - 1
        counts = _counts(loop.total, active, len(loop.results) + 1, loop.terminated)
        if self.collection.output and self.asks_results:
            counts[self.collection.output] = _values(loop, result)
        names = ChainMap(counts, dict(visible(step.instance, token.key)))
        return step.truth(self.condition, names, f"completion condition of {self.label}")

    def children_ended(self, step: Step, token: Token) -> None:
        loop = step.instance.loops[token.key]
        if self.collection.output is not None:
            step.write(token.scope_key, {self.collection.output: _values(loop, {})})
        step.complete(token)

    def complete(self, step: Step, token: Token) -> None:
        flows = self.leaving(step, token) * self.completion_quantity
        step.emit(LoopEnded(token.key))
        step.leave(token, flows)


def _values(loop: LoopState, last: Mapping[int, Any]) -> list[Any]:
    """Return the results in the order of the runs: null for one that has not completed."""
    results = {**loop.results, **last}
    return [results.get(counter) for counter in range(1, loop.total + 1)]


def _counts(total: int, active: int, completed: int, terminated: int) -> dict[str, Any]:
    """Return the counts that a completion condition sees, under the names of both dialects."""
    counts: Mapping[str, int] = {"": total, "Active": active, "Completed": completed, "Terminated": terminated}
    return {f"{prefix}{what}Instances": count for prefix in ("numberOf", "nrOf") for what, count in counts.items()}

"""The standard loop."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Loop
from bpmn_engine.instance.variables import visible

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class StandardLoop(Loop):
    """Runs its activity again while the condition holds, at most `loopMaximum` times (BPMN 2.0.2, 10.3.8, 13.3.6).

    The condition is looked at after each run, with `testBefore` before each. It sees `loopCounter`, the number of runs
    so far.
    """

    tag = "standardLoopCharacteristics"
    noun = "Loop activity"

    maximum: int | None = None
    run_names = frozenset({"loopCounter"})

    def read(self, source: Source) -> None:
        drawn = self.node.loop
        assert drawn is not None
        self.condition = drawn.expressions.get("loopCondition")
        self.test_before = drawn.attributes.get("testBefore") == "true"
        if text := drawn.attributes.get("loopMaximum"):
            if text.isdecimal():
                self.maximum = int(text)
            else:
                source.error("loop", f"{self.label}: the loopMaximum is '{text}'; expected a whole number.")
        if self.condition is None and self.maximum is None:
            source.error(
                "loop",
                f"{self.label} would never end.",
                "Give the loop a condition, a maximum number of runs, or both.",
            )

    def activate(self, step: Step, token: Token) -> None:
        if (self.test_before and not self._again(step, token, 0)) or self.maximum == 0:
            step.complete(token)
            return
        step.become_active(token)
        self._begin(step, token.key, 1)

    def _begin(self, step: Step, body_key: int, counter: int) -> None:
        token = step.enter(self, body_key, loop_counter=counter)
        step.write_local(token.key, "loopCounter", counter)

    def _again(self, step: Step, token: Token, runs: int) -> bool:
        if self.maximum is not None and runs >= self.maximum:
            return False
        if self.condition is None:
            return True
        names = ChainMap({"loopCounter": runs}, dict(visible(step.instance, token.key)))
        return step.truth(self.condition, names, f"loop condition of {self.label}")

    def iteration_completed(self, step: Step, token: Token) -> None:
        counter = token.loop_counter or 0
        if self._again(step, token, counter):
            self._begin(step, token.scope_key, counter + 1)
        step.leave(token, ())

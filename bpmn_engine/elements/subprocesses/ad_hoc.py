"""The ad-hoc sub-process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bpmn_engine.dialects import condition
from bpmn_engine.elements.element import Element
from bpmn_engine.elements.subprocesses.queueing import queue, queued_tokens
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.instance.changes import TokenConsumed
from bpmn_engine.instance.variables import visible
from bpmn_engine.model import Collection

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.commands import Variables
    from bpmn_engine.instance.state import Token


class AdHocSubProcess(Element):
    """Holds activities that are activated by a list or by a person, in any order (BPMN 2.0.2, 13.3.5).

    It is done when its completion condition holds, looked at whenever something in it ends; without one, when all that
    was activated has ended. What is still active then is ended if `cancelRemainingInstances` says so. In sequential
    order one element at a time runs, the others wait (tokens without a flow).
    """

    tag = "adHocSubProcess"
    noun = "Ad-hoc sub-process"
    watches = True
    idles = True

    condition: Expression | None = None

    def read(self, source: Source) -> None:
        self.active = (self.node.extensions.collection or Collection()).input
        self.sequential = self.node.attributes.get("ordering") == "Sequential"
        self.cancels = self.node.attributes.get("cancelRemainingInstances", "true") in ("true", "1")
        if text := self.node.texts.get("completionCondition", ""):
            self.condition = condition(text, source, "completion condition")
        self.choices = {element.id: element for element in self.content if _can_begin(element)}
        if not self.choices:
            source.error("ad-hoc", f"{self.label} has nothing to activate.", "Draw activities into it.")
        for element in self.content:
            if element.node.is_start or element.node.is_end or element.node.instantiating:
                source.error(
                    "ad-hoc",
                    f"{self.label} has a {element.noun.lower()} ({element.id}).",
                    "Remove it (BPMN 2.0.2, 10.3.5).",
                )

    def activate(self, step: Step, token: Token) -> None:
        begin = [self.choice(name) for name in self._listed(step, token)]
        step.become_active(token)
        self.begin(step, token, [(element, {}) for element in begin])
        if self.active is not None and not begin:
            step.scopes_to_recheck[token.key] = None

    def _listed(self, step: Step, token: Token) -> list[str]:
        if self.active is None:
            return []
        names = step.evaluate(self.active, token.key)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Failure(
                "EXTRACT_VALUE_ERROR",
                f"{self.label}: the elements to activate '{self.active.text}' evaluate to {names!r}; "
                "expected a list of ids.",
            )
        return names

    def choice(self, element_id: str) -> Element:
        """Return the element with this id; raise `Failure` if it cannot be activated on its own."""
        if element_id not in self.choices:
            raise Failure(
                "EXTRACT_VALUE_ERROR",
                f"{self.label} cannot activate '{element_id}'; it has {', '.join(sorted(self.choices))}.",
            )
        return self.choices[element_id]

    def begin(self, step: Step, token: Token, elements: Sequence[tuple[Element, Variables]]) -> None:
        """Activate elements, each with its local variables."""
        for element, variables in elements:
            if self.sequential and token.children:
                key = queue(step, element, token.key)
            else:
                key = step.enter(element, token.key).key
            step.write_locals(key, variables)

    def children_ended(self, step: Step, token: Token) -> None:
        step.scopes_to_recheck[token.key] = None

    def recheck(self, step: Step, scope: Token) -> None:
        waits = (step.instance.waits[key] for key in scope.waits or ())
        if any(wait.element_id == self.id for wait in waits):  # an incident of its own
            return
        try:
            done = self._done(step, scope)
        except Failure as failure:
            step.incident(scope, failure)
            return
        if not done:
            self._begin_next(step, scope)
        elif not scope.children or self.cancels:
            step.terminate_children(scope)
            step.close_event_subprocesses(scope)
            step.complete(scope)

    def _done(self, step: Step, scope: Token) -> bool:
        if self.condition is None:
            return not scope.children
        names = visible(step.instance, scope.key)
        return step.truth(self.condition, names, f"completion condition of {self.label}")

    def _begin_next(self, step: Step, scope: Token) -> None:
        waiting = queued_tokens(step, scope)
        if waiting and len(waiting) == len(scope.children or ()):
            first = waiting[0]
            variables: dict[str, Any] = dict(step.instance.variables.get(first.key, {}))
            element = self.choices[first.element_id]
            step.write_locals(step.enter(element, scope.key).key, variables)
            step.emit(TokenConsumed(step.now, first.key))


def _can_begin(element: Element) -> bool:
    node = element.node
    return not (node.incoming or node.is_boundary or node.triggered_by_event or node.for_compensation)

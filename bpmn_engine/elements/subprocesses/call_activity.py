"""The call activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.lookup import Wanted
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import static
from bpmn_engine.instance.changes import ProcessCalled
from bpmn_engine.instance.state import Call, Kind
from bpmn_engine.instance.variables import visible
from bpmn_engine.model import CalledElement

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token

#: How deep calls may be nested: a process that calls itself without end is stopped by an incident.
MAX_DEPTH = 100


class CallActivity(Element):
    """Starts an instance of another process and waits until it ends (BPMN 2.0.2, 10.3.6, 13.3.4).

    The version is chosen when the call begins. Errors and escalations come up, cancellation goes down; what is
    completed in the called instance is not compensated from here.
    """

    tag = "callActivity"
    noun = "Call activity"

    def read(self, source: Source) -> None:
        drawn = self.node.attributes.get("calledElement")
        called = self.node.extensions.called
        if called is None and not drawn:
            source.error("called-element", f"{self.label} calls nothing.", "Set the id of the process that it calls.")
        self.called = called or CalledElement(static((drawn or "").rpartition(":")[2]))
        if self.outputs:  # they say what comes back
            self.called = replace(self.called, all_out=False)
        self.outputs = (*self.called.outputs, *self.outputs)
        self.leaves_at_once = self.leaves_at_once and not self.outputs

    def own_wait(self) -> Kind | None:
        return Kind.CALL

    def activate(self, step: Step, token: Token) -> None:
        wanted = self._wanted(step, token)
        definition = step.lookup.called(step.instance, wanted)
        if definition is None:
            raise Failure(
                "CALLED_ELEMENT_ERROR",
                f"{self.label} calls the process '{wanted.process_id}' ({wanted.binding}"
                f"{f' {wanted.version}' if wanted.version else ''}), which is not deployed. Deploy it and resolve this "
                "incident.",
            )
        if step.instance.depth >= MAX_DEPTH:
            raise Failure("CALLED_ELEMENT_ERROR", f"{self.label}: calls are nested more than {MAX_DEPTH} levels deep.")
        variables = self._variables(step, token)
        business = self.called.business_id
        business_id = None if business is None else step.evaluate(business, token.key)
        call = Call(next(step.keys), token.key, token.element_id)
        step.become_active(token, ProcessCalled(step.now, call, definition, variables, _text(business_id)))

    def _wanted(self, step: Step, token: Token) -> Wanted:
        called = self.called
        process_id = step.evaluate(called.process_id, token.key)
        if not isinstance(process_id, str) or not process_id:
            raise Failure(
                "CALLED_ELEMENT_ERROR",
                f"{self.label} calls '{called.process_id.text}', which evaluates to {process_id!r}; "
                "expected a process id.",
            )
        version = None if called.version is None else step.evaluate(called.version, token.key)
        return Wanted(process_id, called.binding, _text(version))

    def _variables(self, step: Step, token: Token) -> dict[str, Any]:
        if self.called.all_in:
            given = dict(visible(step.instance, token.key))
        else:
            given = dict(step.instance.variables.get(token.key, {}))
        return {**given, **step.mapped(token, self.called.inputs, {})}

    def returned(self, step: Step, token: Token, variables: Mapping[str, Any]) -> None:
        """The called instance has completed with these variables."""
        if self.called.all_out:
            step.write(token.scope_key if self.outputs else token.key, variables)
        if self.outputs:
            step.write_locals(token.key, variables)
        step.complete(token)


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)

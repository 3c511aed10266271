"""The transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.subprocesses.scope import open_scope

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class Transaction(Element):
    """A sub-process that a cancel end event undoes and leaves by the cancel boundary event (BPMN 2.0.2, 13.5.5).

    It is a business transaction: `method` and `protocol` are kept for the editor.
    """

    tag = "transaction"
    noun = "Transaction"

    def read(self, source: Source) -> None:
        if not self.content:
            source.warning("empty", f"{self.label} is empty.", "Draw something into it.")

    def activate(self, step: Step, token: Token) -> None:
        open_scope(self, step, token)

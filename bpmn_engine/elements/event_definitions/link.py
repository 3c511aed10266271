"""Links: a sequence flow that is not drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions.definition import Definition, Position

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class LinkDefinition(Definition):
    """Goes on at the catch event with the same name in the same scope (BPMN 2.0.2, 10.5.5)."""

    tag = "linkEventDefinition"
    positions = frozenset({Position.CATCH, Position.THROW})

    target_id: str

    def read(self, source: Source, position: Position) -> None:
        name = self.drawn.attributes.get("name", "")
        if not name:
            source.error("link", f"{self.event.label} is a link without name.", "Name it like its other end.")
            return
        ends = source.graph.link_ends(self.event.node)
        if position is Position.THROW:
            self._choose(ends, name, source)
        elif not ends:
            source.warning("link", f"No link throw event named '{name}' leads to {self.event.label}.", "Draw one.")

    def _choose(self, catches: Sequence[str], name: str, source: Source) -> None:
        if len(catches) == 1:
            self.target_id = catches[0]
            return
        found = "none" if not catches else f"{len(catches)}: {', '.join(catches)}"
        source.error(
            "link",
            f"{self.event.label} needs exactly one link catch event named '{name}' in its scope; found {found}.",
            "Draw one link catch event with that name.",
        )

    def throw(self, step: Step, token: Token) -> bool:
        step.enter(step.process.elements[self.target_id], token.scope_key)
        return True

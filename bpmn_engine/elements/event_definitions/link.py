"""Links: a sequence flow that is not drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions.definition import Definition, Position

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element, Source
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Token


class LinkDefinition(Definition):
    """Goes on at the catch event with the same name in the same scope (BPMN 2.0.2, 10.5.5)."""

    tag = "linkEventDefinition"
    positions = frozenset({Position.CATCH, Position.THROW})

    target: Element

    def read(self, source: Source, position: Position) -> None:
        self.name = self.drawn.attributes.get("name", "")
        if not self.name:
            source.error("link", f"{self.event.label} is a link without name.", "Name it like its other end.")
            return
        assert self.event.scope is not None
        others = [
            element for element in self.event.scope.content
            if element is not self.event and element.node.tag != self.event.tag
            and _link_name(element) == self.name
        ]  # fmt: skip
        if position is Position.THROW:
            self._find_target(source, others)
        elif not others:
            source.warning("link", f"No link throw event named '{self.name}' leads to {self.event.label}.", "Draw one.")

    def _find_target(self, source: Source, catches: list[Element]) -> None:
        if len(catches) == 1:
            self.target = catches[0]
            return
        found = "none" if not catches else f"{len(catches)}: {', '.join(catch.id for catch in catches)}"
        source.error(
            "link",
            f"{self.event.label} needs exactly one link catch event named '{self.name}' in its scope; found {found}.",
            "Draw one link catch event with that name.",
        )

    def throw(self, run: Execution, token: Token) -> bool:
        run.enter(self.target, token.scope_key)
        return True


def _link_name(element: Element) -> str | None:
    links = (drawn for drawn in element.node.event_definitions if drawn.tag == LinkDefinition.tag)
    return next((drawn.attributes.get("name") for drawn in links), None)

"""Links: a sequence flow that is not drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions.definition import Definition, Position

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element, Source
    from bpmn_engine.elements.step import Step
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
        others = [end for end in _links_of(self.event.scope).get(self.name, ()) if end.node.tag != self.event.tag]
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

    def throw(self, step: Step, token: Token) -> bool:
        step.enter(self.target, token.scope_key)
        return True


def _links_of(scope: Element) -> Mapping[str | None, list[Element]]:
    """The link events of a scope by name, found when the first of them asks."""
    if scope.links is None:
        found: defaultdict[str | None, list[Element]] = defaultdict(list)
        for element in scope.content:
            found[_link_name(element)].append(element)
        scope.links = found
    return scope.links


def _link_name(element: Element) -> str | None:
    links = (drawn for drawn in element.node.event_definitions if drawn.tag == LinkDefinition.tag)
    return next((drawn.attributes.get("name") for drawn in links), None)

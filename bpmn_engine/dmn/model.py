"""The content of a DMN file, with every expression compiled (DMN 1.5, chapter 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmn_engine.dmn.item_types import ItemType
from bpmn_engine.errors import Problem
from bpmn_engine.expressions.feel import FeelExpression


@dataclass(frozen=True, slots=True)
class ElementReference:
    """An element that another one requires. `path` is how an expression names it: (import, name) or (name,)."""

    namespace: str
    id: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputData:
    """A value that comes from outside."""

    id: str
    name: str
    type: ItemType | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision; `kind` is the tag of its logic, empty if it has none."""

    id: str
    name: str
    variable: str
    kind: str
    type: ItemType | None
    logic: FeelExpression | None
    inputs: tuple[ElementReference, ...] = ()
    decisions: tuple[ElementReference, ...] = ()
    knowledge: tuple[ElementReference, ...] = ()
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class BusinessKnowledge:
    """A business knowledge model: `logic` gives a function."""

    id: str
    name: str
    logic: FeelExpression | None
    knowledge: tuple[ElementReference, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionService:
    """A part of the graph that is called as a function of its inputs; `type` is that of its result."""

    id: str
    name: str
    type: ItemType | None
    outputs: tuple[ElementReference, ...]
    input_decisions: tuple[ElementReference, ...]
    input_data: tuple[ElementReference, ...]


DrgElement = InputData | Decision | BusinessKnowledge | DecisionService


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """A decision requirements graph; `nodes` has them all by id, `imports` other models by their namespace.

    `members` are names that values have inside, which those who import the model must know to read them.
    """

    id: str
    name: str
    namespace: str
    nodes: Mapping[str, DrgElement]
    types: Mapping[str, ItemType]
    imports: Mapping[str, DecisionModel] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions, in the order of the file."""
        return tuple(node for node in self.nodes.values() if isinstance(node, Decision))

    def find(self, reference: ElementReference) -> tuple[DecisionModel, DrgElement] | None:
        """The element that a reference means, and the model that it is in."""
        model = self if reference.namespace == self.namespace else self.imports.get(reference.namespace)
        node = model.nodes.get(reference.id) if model else None
        return (model, node) if model and node else None

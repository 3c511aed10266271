"""A BPMN file: its processes, its collaboration and what both refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmn_engine.expressions import Expression
from bpmn_engine.model.diagram import Diagram
from bpmn_engine.model.extensions import NO_EXTENSIONS, Extensions
from bpmn_engine.model.flow import FlowNode, SequenceFlow


@dataclass(frozen=True, slots=True)
class Message:
    """A message; its name may be an expression, its correlation key comes with the dialect."""

    id: str
    name: str
    line: int | None
    name_expression: Expression
    extensions: Extensions = NO_EXTENSIONS


@dataclass(frozen=True, slots=True)
class Reference:
    """A signal, error, escalation, data object, association or another thing that stands beside the flow."""

    id: str
    tag: str
    name: str
    line: int | None
    attributes: Mapping[str, str] = field(default_factory=dict)
    extensions: Extensions = NO_EXTENSIONS


@dataclass(frozen=True, slots=True)
class Participant:
    """A pool."""

    id: str
    name: str
    line: int | None
    process: str | None


@dataclass(frozen=True, slots=True)
class MessageFlow:
    """A dashed arrow between two pools."""

    id: str
    name: str
    line: int | None
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Collaboration:
    """The pools of a file and the message flows between them."""

    id: str
    participants: tuple[Participant, ...] = ()
    message_flows: tuple[MessageFlow, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """A process with everything inside it, sub-processes included; `container` of each part is the id of its scope."""

    id: str
    name: str
    line: int | None
    executable: bool
    nodes: Mapping[str, FlowNode] = field(default_factory=dict)
    flows: Mapping[str, SequenceFlow] = field(default_factory=dict)
    artifacts: Mapping[str, Reference] = field(default_factory=dict)
    extensions: Extensions = NO_EXTENSIONS
    documentation: str = ""

    def called(self, node_id: str) -> str:
        """Return the name of a flow node, or its id if it has none or is not here."""
        node = self.nodes.get(node_id)
        return node.name or node_id if node else node_id

    @property
    def version_tag(self) -> str | None:
        """The analyst's own name for this version."""
        return self.extensions.version_tag


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything in one file."""

    id: str
    processes: tuple[Process, ...]
    messages: Mapping[str, Message] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    collaborations: tuple[Collaboration, ...] = ()
    diagram: Diagram = field(default_factory=Diagram)
    exporter: str = ""

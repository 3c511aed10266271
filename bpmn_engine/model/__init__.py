"""The model of a diagram: frozen data, references resolved to ids that exist, line numbers kept."""

from bpmn_engine.model.diagram import Bounds, Diagram, Edge
from bpmn_engine.model.extensions import (
    Assignment,
    CalledDecision,
    CalledElement,
    Collection,
    ConditionFilter,
    Extensions,
    Form,
    IoMapping,
    JobDefinition,
    Listener,
    Script,
)
from bpmn_engine.model.file import (
    Collaboration,
    Definitions,
    Message,
    MessageFlow,
    Participant,
    Process,
    Reference,
)
from bpmn_engine.model.flow import EventDefinition, FlowNode, LoopCharacteristics, SequenceFlow
from bpmn_engine.model.problems import Problems

__all__ = [
    "Assignment",
    "Bounds",
    "CalledDecision",
    "CalledElement",
    "Collaboration",
    "Collection",
    "ConditionFilter",
    "Definitions",
    "Diagram",
    "Edge",
    "EventDefinition",
    "Extensions",
    "FlowNode",
    "Form",
    "IoMapping",
    "JobDefinition",
    "Listener",
    "LoopCharacteristics",
    "Message",
    "MessageFlow",
    "Participant",
    "Problems",
    "Process",
    "Reference",
    "Script",
    "SequenceFlow",
]

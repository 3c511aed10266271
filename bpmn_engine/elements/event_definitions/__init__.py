"""Event definitions: the trigger or result of an event. A position (`events/`) and a definition make up an event."""

from bpmn_engine.elements.event_definitions.cancel import CancelDefinition
from bpmn_engine.elements.event_definitions.compensation import CompensationDefinition
from bpmn_engine.elements.event_definitions.conditional import ConditionalDefinition
from bpmn_engine.elements.event_definitions.definition import Definition, Position
from bpmn_engine.elements.event_definitions.error import ErrorDefinition
from bpmn_engine.elements.event_definitions.escalation import EscalationDefinition
from bpmn_engine.elements.event_definitions.link import LinkDefinition
from bpmn_engine.elements.event_definitions.message import MessageDefinition
from bpmn_engine.elements.event_definitions.signal import SignalDefinition
from bpmn_engine.elements.event_definitions.terminate import TerminateDefinition
from bpmn_engine.elements.event_definitions.timer import TimerDefinition

EVENT_DEFINITIONS: dict[str, type[Definition]] = {
    kind.tag: kind
    for kind in (
        MessageDefinition,
        TimerDefinition,
        SignalDefinition,
        ErrorDefinition,
        EscalationDefinition,
        ConditionalDefinition,
        CompensationDefinition,
        CancelDefinition,
        LinkDefinition,
        TerminateDefinition,
    )
}

__all__ = ["EVENT_DEFINITIONS", "Definition", "Position"]

"""One file per BPMN element. `ELEMENTS` lists what the engine runs; documentation and lint are made from it."""

from __future__ import annotations

from bpmn_engine.elements.catching import Caller
from bpmn_engine.elements.element import Catcher, Element, ExecutableProcess, Loop
from bpmn_engine.elements.events.boundary import BoundaryEvent
from bpmn_engine.elements.events.end import EndEvent
from bpmn_engine.elements.events.intermediate_catch import IntermediateCatchEvent
from bpmn_engine.elements.events.intermediate_throw import IntermediateThrowEvent
from bpmn_engine.elements.events.start import StartEvent
from bpmn_engine.elements.gateways.complex import ComplexGateway
from bpmn_engine.elements.gateways.event_based import EventBasedGateway
from bpmn_engine.elements.gateways.exclusive import ExclusiveGateway
from bpmn_engine.elements.gateways.inclusive import InclusiveGateway
from bpmn_engine.elements.gateways.parallel import ParallelGateway
from bpmn_engine.elements.lookup import Lookup, NoLookup, Rules, Wanted, WantedDecision
from bpmn_engine.elements.loops.multi_instance import MultiInstance
from bpmn_engine.elements.loops.standard import StandardLoop
from bpmn_engine.elements.source import Source
from bpmn_engine.elements.step import Step
from bpmn_engine.elements.subprocesses.ad_hoc import AdHocSubProcess
from bpmn_engine.elements.subprocesses.call_activity import CallActivity
from bpmn_engine.elements.subprocesses.event_subprocess import EventSubProcess
from bpmn_engine.elements.subprocesses.subprocess import SubProcess
from bpmn_engine.elements.subprocesses.transaction import Transaction
from bpmn_engine.elements.tasks.business_rule import BusinessRuleTask
from bpmn_engine.elements.tasks.manual import ManualTask
from bpmn_engine.elements.tasks.receive import ReceiveTask
from bpmn_engine.elements.tasks.script import ScriptTask
from bpmn_engine.elements.tasks.send import SendTask
from bpmn_engine.elements.tasks.service import ServiceTask
from bpmn_engine.elements.tasks.task import Task
from bpmn_engine.elements.tasks.user import UserTaskElement

ELEMENTS: dict[str, type[Element]] = {
    kind.tag: kind
    for kind in (
        StartEvent,
        EndEvent,
        IntermediateCatchEvent,
        IntermediateThrowEvent,
        BoundaryEvent,
        Task,
        ManualTask,
        ServiceTask,
        SendTask,
        ScriptTask,
        UserTaskElement,
        ReceiveTask,
        BusinessRuleTask,
        CallActivity,
        SubProcess,
        EventSubProcess,
        Transaction,
        AdHocSubProcess,
        MultiInstance,
        StandardLoop,
        ExclusiveGateway,
        ParallelGateway,
        InclusiveGateway,
        EventBasedGateway,
        ComplexGateway,
    )
}

__all__ = [
    "ELEMENTS",
    "Caller",
    "Catcher",
    "Element",
    "ExecutableProcess",
    "Lookup",
    "Loop",
    "NoLookup",
    "Rules",
    "Source",
    "Step",
    "Wanted",
    "WantedDecision",
]

"""What operations take and what they give: all that an API needs to know of the engine's types."""

from bpmn_engine.dmn import EvaluatedDecision
from bpmn_engine.instance.commands import Activation, Move
from bpmn_engine.instance.state import UserTask
from bpmn_engine.operations.health import NodeStatus
from bpmn_engine.runtime.correlation import Published
from bpmn_engine.runtime.decisions import Decided
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.runtime.preparation import FORM, PROCESS, REQUIREMENTS, Resource
from bpmn_engine.runtime.requests.deployments import Deployed, Deployment
from bpmn_engine.runtime.requests.instances import Created, CreateProcessInstance
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.runtime.requests.signals import Started
from bpmn_engine.store.queries import Page, Search

__all__ = [
    "ActivatedJob",
    "Activation",
    "CreateProcessInstance",
    "Created",
    "Decided",
    "Deployed",
    "Deployment",
    "EvaluatedDecision",
    "FORM",
    "Move",
    "NodeStatus",
    "PROCESS",
    "Page",
    "PublishMessage",
    "Published",
    "REQUIREMENTS",
    "Resource",
    "Search",
    "Started",
    "UserTask",
]

"""The types of the operations' arguments and results: all that an API needs of the engine."""

from bpmn_engine.dmn import EvaluatedDecision
from bpmn_engine.instance.commands import Activation, Move
from bpmn_engine.instance.state import UserTask
from bpmn_engine.operations.health import NodeStatus
from bpmn_engine.operations.waiting_for import WaitingFor
from bpmn_engine.runtime.correlation import Published
from bpmn_engine.runtime.decisions import Decided
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.runtime.preparation import FORM, PROCESS, REQUIREMENTS, Resource
from bpmn_engine.runtime.requests.deployments import Deployed, Deployment
from bpmn_engine.runtime.requests.instances import Created, CreateProcessInstance
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.runtime.requests.signals import Started
from bpmn_engine.store.process_definitions import FormRow
from bpmn_engine.store.queries import Page, Search
from bpmn_engine.store.queries.resources import (
    DECISION_DEFINITIONS,
    DECISION_INSTANCES,
    DECISION_REQUIREMENTS,
    ELEMENT_INSTANCES,
    INCIDENTS,
    JOBS,
    PROCESS_DEFINITIONS,
    PROCESS_INSTANCES,
    USER_TASKS,
    VARIABLES,
)
from bpmn_engine.store.queries.rows import (
    DecisionDefinitionRow,
    DecisionInstanceRow,
    DecisionRequirementsRow,
    ElementInstanceRow,
    IncidentRow,
    JobRow,
    ProcessDefinitionRow,
    ProcessInstanceRow,
    UserTaskRow,
    VariableRow,
)
from bpmn_engine.store.versions import DecisionVersion

__all__ = [
    "ActivatedJob",
    "Activation",
    "CreateProcessInstance",
    "Created",
    "DECISION_DEFINITIONS",
    "DECISION_INSTANCES",
    "DECISION_REQUIREMENTS",
    "Decided",
    "DecisionDefinitionRow",
    "DecisionInstanceRow",
    "DecisionRequirementsRow",
    "DecisionVersion",
    "Deployed",
    "Deployment",
    "ELEMENT_INSTANCES",
    "ElementInstanceRow",
    "EvaluatedDecision",
    "FORM",
    "FormRow",
    "INCIDENTS",
    "IncidentRow",
    "JOBS",
    "JobRow",
    "Move",
    "NodeStatus",
    "PROCESS",
    "PROCESS_DEFINITIONS",
    "PROCESS_INSTANCES",
    "Page",
    "ProcessDefinitionRow",
    "ProcessInstanceRow",
    "PublishMessage",
    "Published",
    "REQUIREMENTS",
    "Resource",
    "Search",
    "Started",
    "USER_TASKS",
    "UserTask",
    "UserTaskRow",
    "VARIABLES",
    "VariableRow",
    "WaitingFor",
]

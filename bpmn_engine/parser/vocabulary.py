"""The names of BPMN 2.0.2: which elements there are, what each may hold, and which attributes it has."""

from __future__ import annotations

ACTIVITIES = frozenset(
    "task sendTask receiveTask userTask manualTask businessRuleTask serviceTask scriptTask callActivity "
    "subProcess transaction adHocSubProcess".split()
)
EVENTS = frozenset("startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent".split())
THROWING_EVENTS = frozenset(("endEvent", "intermediateThrowEvent"))
GATEWAYS = frozenset("exclusiveGateway inclusiveGateway parallelGateway complexGateway eventBasedGateway".split())
#: Gateways that send a token to one of their flows; that look at conditions; that wait for other tokens.
CHOICES = frozenset(("exclusiveGateway", "eventBasedGateway"))
CONDITIONAL = frozenset(("exclusiveGateway", "inclusiveGateway"))
JOINS = frozenset(("parallelGateway", "inclusiveGateway", "complexGateway"))
#: Elements that pass a token on without waiting for anything.
NEVER_WAITS = GATEWAYS - {"eventBasedGateway"} | {"task", "manualTask"}
FLOW_NODES = ACTIVITIES | EVENTS | GATEWAYS
CONTAINERS = frozenset(("process", "subProcess", "transaction", "adHocSubProcess"))
EVENT_DEFINITIONS = frozenset(
    "messageEventDefinition timerEventDefinition signalEventDefinition errorEventDefinition "
    "escalationEventDefinition conditionalEventDefinition compensateEventDefinition cancelEventDefinition "
    "linkEventDefinition terminateEventDefinition".split()
)
LOOPS = frozenset(("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"))

#: Drawn beside the flow: read and kept. An association tells which handler undoes an activity, a property may have an
#: initial value; the others change nothing.
ARTIFACTS = frozenset(
    "dataObject dataObjectReference dataStoreReference textAnnotation association group property "
    "dataInput dataOutput dataInputAssociation dataOutputAssociation".split()
)
#: What holds nothing but artifacts.
DATA = frozenset(("ioSpecification",))
#: Parts of an element that say nothing about how it runs, or are read by the element that has them.
PARTS = frozenset(
    "performer humanPerformer potentialOwner "
    "documentation extensionElements incoming outgoing laneSet auditing monitoring categoryValueRef "
    "supportedInterfaceRef rendering ioBinding supports inputSet outputSet".split()
)
#: Who does an activity, in the standard's own way; read together with the assignment of a dialect.
RESOURCE_ROLES = frozenset(("performer", "humanPerformer", "potentialOwner"))
#: Parts that would change behaviour and are not supported, and what to do instead.
REFUSED_PARTS = {
    "resourceRole": "Say what it is: <potentialOwner> or <humanPerformer>, or the assignment of a dialect.",
    "correlationSubscription": "Write the correlation key at the message: zeebe:subscription correlationKey.",
}
#: Child elements whose text an element reads itself (`FlowNode.texts`), as it stands there.
TEXTS: dict[str, frozenset[str]] = {
    "scriptTask": frozenset(("script",)),
    "adHocSubProcess": frozenset(("completionCondition",)),
    "complexGateway": frozenset(("activationCondition",)),
}
#: Parts of any element that are not read by themselves.
READ_BY_OWNER = PARTS | LOOPS
#: What an event has.
DEFINITIONS = EVENT_DEFINITIONS | {"eventDefinitionRef"}

GLOBAL_REFERENCES = frozenset(("signal", "error", "escalation", "dataStore", "itemDefinition", "category", "resource"))
KNOWN_ROOTS = EVENT_DEFINITIONS | frozenset(
    "import extension extensionElements documentation relationship interface endPoint correlationProperty "
    "eventDefinition partnerEntity partnerRole globalTask globalUserTask "
    "globalManualTask globalScriptTask globalBusinessRuleTask choreography globalChoreographyTask conversation "
    "globalConversation".split()
)

_COMMON = frozenset(("id", "name"))
_ACTIVITY = _COMMON | {"isForCompensation", "startQuantity", "completionQuantity", "default"}
_OPERATION = _ACTIVITY | {"implementation", "operationRef"}
_GATEWAY = _COMMON | {"gatewayDirection"}
_CATCH = _COMMON | {"parallelMultiple"}

#: The attributes of each element, without prefix; any other is a mistake of writing.
ATTRIBUTES: dict[str, frozenset[str]] = {
    "sequenceFlow": _COMMON | {"sourceRef", "targetRef", "isImmediate"},
    "task": _ACTIVITY,
    "manualTask": _ACTIVITY,
    "serviceTask": _OPERATION,
    "sendTask": _OPERATION | {"messageRef"},
    "receiveTask": _OPERATION | {"messageRef", "instantiate"},
    "userTask": _ACTIVITY | {"implementation"},
    "businessRuleTask": _ACTIVITY | {"implementation"},
    "scriptTask": _ACTIVITY | {"scriptFormat"},
    "callActivity": _ACTIVITY | {"calledElement"},
    "subProcess": _ACTIVITY | {"triggeredByEvent"},
    "transaction": _ACTIVITY | {"triggeredByEvent", "method", "protocol"},
    "adHocSubProcess": _ACTIVITY | {"triggeredByEvent", "ordering", "cancelRemainingInstances"},
    "startEvent": _CATCH | {"isInterrupting"},
    "intermediateCatchEvent": _CATCH,
    "boundaryEvent": _CATCH | {"attachedToRef", "cancelActivity"},
    "intermediateThrowEvent": _COMMON,
    "endEvent": _COMMON,
    "exclusiveGateway": _GATEWAY | {"default"},
    "inclusiveGateway": _GATEWAY | {"default"},
    "parallelGateway": _GATEWAY,
    "complexGateway": _GATEWAY | {"default", "activationCondition"},
    "eventBasedGateway": _GATEWAY | {"instantiate", "eventGatewayType"},
}

#: The child texts of event definitions that hold expressions: FEEL after `=`, or as it is in a condition.
EVENT_EXPRESSIONS = ("timeDate", "timeDuration", "timeCycle", "condition")
#: What else may stand in an event definition; it changes nothing.
EVENT_PARTS = frozenset(("documentation", "extensionElements", "operationRef", "source", "target"))
#: The same for loops, and the attributes that a loop may have.
LOOP_EXPRESSIONS = ("loopCardinality", "completionCondition", "loopCondition")
LOOP_ATTRIBUTES = frozenset(
    "id isSequential behavior testBefore loopMaximum oneBehaviorEventRef noneBehaviorEventRef".split()
)
#: The attributes of each event definition.
DEFINITION_ATTRIBUTES: dict[str, frozenset[str]] = {
    "messageEventDefinition": frozenset(("id", "messageRef")),
    "timerEventDefinition": frozenset(("id",)),
    "signalEventDefinition": frozenset(("id", "signalRef")),
    "errorEventDefinition": frozenset(("id", "errorRef")),
    "escalationEventDefinition": frozenset(("id", "escalationRef")),
    "conditionalEventDefinition": frozenset(("id",)),
    "compensateEventDefinition": frozenset(("id", "activityRef", "waitForCompletion")),
    "cancelEventDefinition": frozenset(("id",)),
    "linkEventDefinition": frozenset(("id", "name")),
    "terminateEventDefinition": frozenset(("id",)),
}
EVENT_REFERENCES = ("messageRef", "signalRef", "errorRef", "escalationRef", "activityRef")

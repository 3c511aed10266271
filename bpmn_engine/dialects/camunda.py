"""The camunda: dialect (Camunda 7). Expressions are `${...}`; classes, delegates and topics name a Python handler."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bpmn_engine import xml
from bpmn_engine.dialects.element_problems import ElementProblems
from bpmn_engine.expressions import Expression, compile_juel, static
from bpmn_engine.expressions.composed import ListOfValues, MapOfValues
from bpmn_engine.expressions.iso8601 import Duration, parse_duration, parse_repetition
from bpmn_engine.model import (
    Assignment,
    CalledDecision,
    CalledElement,
    Collection,
    ConditionFilter,
    Form,
    IoMapping,
    JobDefinition,
    Listener,
    Script,
)

Found = dict[str, Any]

#: Every step is durable here and history is kept by the engine's own settings: these change nothing.
KEPT_ATTRIBUTES = {
    "async",
    "asyncBefore",
    "asyncAfter",
    "exclusive",
    "historyTimeToLive",
    "isStartableInTasklist",
    "modelerTemplate",
    "modelerTemplateVersion",
    "modelerTemplateIcon",
    "diagramRelationId",
    "candidateStarterGroups",
    "candidateStarterUsers",
}
#: What would change behaviour and is not supported, and what to do instead; anything unknown is refused too.
_JAVA = "It is for Java: write a Python handler and name it in camunda:delegateExpression or camunda:topic."
REFUSED = {
    "initiator": "Nobody signs in to this engine yet: give the name as a variable.",
    "variableMappingClass": "Use camunda:in and camunda:out.",
    "variableMappingDelegateExpression": "Use camunda:in and camunda:out.",
    "caseRef": "Cases (CMMN) are not supported: call a process.",
    "resource": "Write the script inside the task.",
    "formHandlerClass": _JAVA,
    "connector": "Connectors are programs in Java. Write a Python handler that calls the service, and name it in "
    'camunda:topic with camunda:type="external"; what the connector\'s mappings give, map at the task.',
    "field": _JAVA,
    "errorEventDefinition": "Let the handler throw the error.",
}
ASSIGNMENT = {
    "assignee": "assignee",
    "candidateUsers": "candidate_users",
    "candidateGroups": "candidate_groups",
    "dueDate": "due_date",
    "followUpDate": "follow_up_date",
    "priority": "priority",
}
_NAME = re.compile(r"[$#]\{\s*([^\W\d]\w*)\s*\}")
_METHOD = re.compile(r"[$#]\{\s*([^\W\d]\w*)\s*\.\s*[^\W\d]\w*\s*\(.*\)\s*\}", re.DOTALL)


def value(text: str, problems: ElementProblems, what: str) -> Expression:
    """A value that may hold `${...}`."""
    return problems.compiled(compile_juel, text, what)


def knows_attribute(name: str) -> bool:
    """Whether there is a camunda: attribute of this name."""
    return name in ATTRIBUTES or name in ASSIGNMENT or name in KEPT_ATTRIBUTES or name == "expression"


def knows_alone(name: str) -> bool:
    """Whether there is a camunda: element of this name that holds no other elements."""
    return name in ELEMENTS and name not in ("inputOutput", "properties")


def read_attribute(name: str, text: str, element: xml.Element, problems: ElementProblems, found: Found) -> None:
    """Read a camunda: attribute of a BPMN element."""
    reader = ATTRIBUTES.get(name)
    if reader is not None:
        reader(text, problems, found)
    elif name in ASSIGNMENT:
        found.setdefault("_assignment", {})[ASSIGNMENT[name]] = value(text, problems, name)
    elif name == "expression":
        _expression(text, problems, found)
    elif name not in KEPT_ATTRIBUTES:
        hint = REFUSED.get(name, "Remove it, or express it in another way.")
        problems.error("unknown-extension", f"camunda:{name} is not supported.", hint)


def read_element(extension: xml.Element, element: xml.Element, problems: ElementProblems, found: Found) -> None:
    """Read one camunda: extension element."""
    name = xml.tag(extension)
    reader = ELEMENTS.get(name)
    if reader is not None:
        reader(extension, problems, found)
    else:
        hint = REFUSED.get(name, "Remove it, or express it in another way.")
        problems.error("unknown-extension", f"camunda:{name} is not supported.", hint)


def finish(element: xml.Element, problems: ElementProblems, found: Found) -> None:
    """Put together what several attributes say in common."""
    if fields := found.pop("_assignment", None):
        found["assignment"] = Assignment(**fields)
    result = found.get("result_variable")
    if (script := found.get("script")) and result:
        found["script"] = Script(script.expression, result)
    if collection := found.pop("_collection", None):
        found["collection"] = Collection(**collection)
    if (decision := found.pop("_decision", None)) is not None:
        _finish_decision(decision, result, problems, found)
    if changes := found.pop("_filter", None):
        found["condition_filter"] = ConditionFilter(**changes)
    if (called := found.pop("_called", None)) is not None or element.get("calledElement") is not None:
        _finish_call(element, called or {}, problems, found)
    retry = found.pop("_retry", None)
    if retry and found.get("job"):
        retries, backoff = retry
        found["job"] = JobDefinition(found["job"].type, retries, backoff)


def _finish_call(element: xml.Element, called: Found, problems: ElementProblems, found: Found) -> None:
    """`camunda:in` and `camunda:out` say what goes there and comes back; without any of them, all variables do."""
    if found.get("called") is not None:
        return
    process_id = value(element.get("calledElement", ""), problems, "called process")
    explicit = bool(called.keys() & {"inputs", "outputs", "all_in", "all_out"})
    fields = {"all_in": not explicit, "all_out": not explicit, **called}
    fields = {name: tuple(item) if isinstance(item, list) else item for name, item in fields.items()}
    found["called"] = CalledElement(process_id, **fields)


def _finish_decision(decision: Found, result: str | None, problems: ElementProblems, found: Found) -> None:
    if "decision_id" not in decision:
        problems.error("called-decision", "There is no camunda:decisionRef.", "Name the decision that is to be made.")
        return
    found["decision"] = CalledDecision(**{"mapping": "resultList", **decision}, result_variable=result)


def _decided(name: str) -> Callable[[str, ElementProblems, Found], None]:
    def read(text: str, problems: ElementProblems, found: Found) -> None:
        known = _DECISION_WORDS.get(name)
        if known and text not in known:
            problems.error("called-decision", f"'{text}' is not a {name}.", f"Use {', '.join(known)}.")
        found.setdefault("_decision", {})[name] = text if known else value(text, problems, name)

    return read


_DECISION_WORDS = {
    "binding": ("latest", "deployment", "version", "versionTag"),
    "mapping": ("singleEntry", "singleResult", "collectEntries", "resultList"),
}


def _call(name: str) -> Callable[[str, ElementProblems, Found], None]:
    def read(text: str, problems: ElementProblems, found: Found) -> None:
        called = found.setdefault("_called", {})
        called[name] = text if name == "binding" else value(text, problems, name)
        if name == "binding" and text not in ("latest", "deployment", "version", "versionTag"):
            problems.error("called-element", f"The binding '{text}' is unknown.", "Use latest, deployment or version.")

    return read


def _passed(direction: str) -> Callable[[xml.Element, ElementProblems, Found], None]:
    """A camunda:in or camunda:out."""

    def read(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
        called = found.setdefault("_called", {})
        if business := extension.get("businessKey"):
            called["business_id"] = value(business, problems, "business key")
        elif extension.get("variables") == "all":
            called[f"all_{direction}"] = True
        else:
            source = extension.get("sourceExpression") or f"${{{extension.get('source', '')}}}"
            mapping = IoMapping(value(source, problems, f"camunda:{direction}"), extension.get("target", ""))
            called.setdefault(f"{direction}puts", []).append(mapping)

    return read


#: What the moments of this dialect are called here.
_EXECUTION_EVENTS = {"start": "start", "end": "end"}
_TASK_EVENTS = {"create": "creating", "assignment": "assigning", "update": "updating", "complete": "completing"}


def _listener(events: dict[str, str], *, of_task: bool) -> Callable[[xml.Element, ElementProblems, Found], None]:
    def read(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
        event = extension.get("event", "")
        work: Found = {}
        for name in ("class", "delegateExpression"):
            if text := extension.get(name):
                ATTRIBUTES[name](text, problems, work)
        method = _METHOD.fullmatch(extension.get("expression", "").strip())
        if event in events and method:
            problems.error(
                "listener",
                f"The expression of a {xml.tag(extension)}, '{method[0]}', calls a method, which only Java can do.",
                f"Write delegateExpression=\"${{{method[1]}}}\" and a Python handler named '{method[1]}'.",
            )
            return
        if event not in events or "job" not in work:
            problems.error(
                "listener",
                f"A {xml.tag(extension)} for the event '{event}' is run only if it names a class or delegate, and for "
                f"the events {', '.join(events)}.",
                "Write a Python handler and name it in camunda:delegateExpression.",
            )
            return
        found.setdefault("listeners", []).append(Listener(events[event], work["job"], of_task))

    return read


def _properties(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    properties = xml.children(extension, "property", xml.CAMUNDA)
    found["properties"] = {item.get("name", ""): item.get("value", "") for item in properties}


def _collection(text: str, problems: ElementProblems, found: Found) -> None:
    source = text if "{" in text else f"${{{text}}}"
    found.setdefault("_collection", {})["input"] = value(source, problems, "collection")


def _element_variable(text: str, problems: ElementProblems, found: Found) -> None:
    found.setdefault("_collection", {})["input_element"] = text


def _filtered(name: str) -> Callable[[str, ElementProblems, Found], None]:
    def read(text: str, problems: ElementProblems, found: Found) -> None:
        words = frozenset(word.strip() for word in text.split(",") if word.strip())
        found.setdefault("_filter", {})[name] = words

    return read


def _handler(what: str) -> Callable[[str, ElementProblems, Found], None]:
    """A topic, class or delegate binds to the Python handler of that name."""

    def read(text: str, problems: ElementProblems, found: Found) -> None:
        name = _NAME.fullmatch(text.strip())
        kind = static(name[1]) if name and what == "delegate" else value(text, problems, what)
        found["job"] = JobDefinition(kind)

    return read


def _expression(text: str, problems: ElementProblems, found: Found) -> None:
    if method := _METHOD.fullmatch(text.strip()):
        problems.error(
            "expression",
            f"The expression '{text}' calls a method, which only Java can do.",
            f"Write camunda:delegateExpression=\"${{{method[1]}}}\" and a Python handler named '{method[1]}'.",
        )
        return
    found["script"] = Script(value(text, problems, "expression"), None)


def _form_key(text: str, problems: ElementProblems, found: Found) -> None:
    found["form"] = Form(key=value(text, problems, "form key"))


def _form_ref(text: str, problems: ElementProblems, found: Found) -> None:
    found["form"] = Form(form_id=text)


def _text(name: str) -> Callable[[str, ElementProblems, Found], None]:
    def read(text: str, problems: ElementProblems, found: Found) -> None:
        found[name] = text

    return read


def _type(text: str, problems: ElementProblems, found: Found) -> None:
    if text != "external":
        problems.error(
            "not-supported",
            f"A task of camunda:type '{text}' is not supported.",
            "Make it external with a topic, and write a Python handler of that name.",
        )


def _priority(text: str, problems: ElementProblems, found: Found) -> None:
    problems.warning(
        "priority", f"The job priority '{text}' has no effect: jobs are done in the order of their creation."
    )


def _form_binding(text: str, problems: ElementProblems, found: Found) -> None:
    if text != "latest":
        problems.warning(
            "form-binding", f"The form binding '{text}' is not supported: the latest version of the form is shown."
        )


def _input_output(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    for parameter in xml.children(extension, ns=xml.CAMUNDA):
        direction = xml.tag(parameter).removesuffix("Parameter")
        target = parameter.get("name", "")
        source = _parameter(parameter, problems, f"{direction} parameter '{target}'")
        found.setdefault(f"{direction}s", []).append(IoMapping(source, target))


def _parameter(holder: xml.Element, problems: ElementProblems, what: str) -> Expression:
    """A text with `${...}`, or a list or map of such values, at any depth."""
    if not len(holder):
        return value(holder.text or "", problems, what)
    return _composed(holder[0], problems, what)


def _composed(part: xml.Element, problems: ElementProblems, what: str) -> Expression:
    def inner(item: xml.Element) -> Expression:
        if xml.tag(item) in ("list", "map", "script"):
            return _composed(item, problems, what)
        return _parameter(item, problems, what)

    if xml.tag(part) == "list":
        return ListOfValues(tuple(inner(item) for item in part.iterchildren("*")))
    if xml.tag(part) == "map":
        return MapOfValues(
            tuple((item.get("key", ""), _parameter(item, problems, what)) for item in part.iterchildren("*"))
        )
    problems.error(
        "mapping",
        f"The {what} holds a {xml.tag(part)}; only text, lists and maps are supported.",
        "Write an expression ${...} or a constant.",
    )
    return static("")


def _form_data(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    problems.warning(
        "embedded-form", "A form inside the diagram is not shown.", "Deploy it as a .form file and refer to its id."
    )


def _retry_cycle(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    """`R3/PT10S` is three tries, ten seconds apart; `PT10S,PT1M` waits longer each time."""
    text = xml.text(extension)
    try:
        retries, backoff = _retries(text)
    except ValueError as error:
        problems.error("retries", f"The retry time cycle cannot be read: {error}.", "Write R3/PT10S or PT10S,PT1M.")
        return
    found["_retry"] = (static(str(retries)), backoff)


def _retries(text: str) -> tuple[int, tuple[Duration, ...]]:
    if text.startswith("R"):
        cycle = parse_repetition(text)
        return cycle.count or 3, (cycle.period,)
    pauses = tuple(parse_duration(part) for part in text.split(","))
    return len(pauses) + 1, pauses


ATTRIBUTES: dict[str, Callable[[str, ElementProblems, Found], None]] = {
    "topic": _handler("topic"),
    "class": _handler("class"),
    "delegateExpression": _handler("delegate"),
    "formKey": _form_key,
    "formRef": _form_ref,
    "formRefBinding": _form_binding,
    "type": _type,
    "jobPriority": _priority,
    "taskPriority": _priority,
    "resultVariable": _text("result_variable"),
    "versionTag": _text("version_tag"),
    "errorCodeVariable": _text("error_code_variable"),
    "errorMessage": _text("error_message"),
    "errorMessageVariable": _text("error_message_variable"),
    "escalationCodeVariable": _text("escalation_code_variable"),
    "calledElementBinding": _call("binding"),
    "calledElementVersion": _call("version"),
    "calledElementVersionTag": _call("version"),
    "decisionRef": _decided("decision_id"),
    "decisionRefBinding": _decided("binding"),
    "decisionRefVersion": _decided("version"),
    "decisionRefVersionTag": _decided("version"),
    "mapDecisionResult": _decided("mapping"),
    "collection": _collection,
    "elementVariable": _element_variable,
    "variableName": _filtered("variables"),
    "variableEvents": _filtered("events"),
}
ELEMENTS: dict[str, Callable[[xml.Element, ElementProblems, Found], None]] = {
    "inputOutput": _input_output,
    "failedJobRetryTimeCycle": _retry_cycle,
    "formData": _form_data,
    "in": _passed("in"),
    "out": _passed("out"),
    "executionListener": _listener(_EXECUTION_EVENTS, of_task=False),
    "taskListener": _listener(_TASK_EVENTS, of_task=True),
    "properties": _properties,
}

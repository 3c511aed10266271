"""The zeebe: dialect (Camunda 8). A value that starts with `=` is FEEL, any other stands for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn_engine import xml
from bpmn_engine.dialects.element_problems import ElementProblems
from bpmn_engine.expressions import Expression, compile_feel, static
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

#: What only the editor needs.
KEPT_ATTRIBUTES = {"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"}
KEPT_ELEMENTS = {"userTask", "userTaskForm", "exampleData", "ioExample"}
#: Headers whose expressions are meant for the connector that does the job, which has its result.
_FOR_CONNECTORS = {"resultExpression", "errorExpression"}
#: What would change behaviour and is not supported, and what to do instead; anything unknown is refused too.
REFUSED = {
    "linkedResources": "Let the handler load what it needs.",
}


def value(text: str, problems: ElementProblems, what: str) -> Expression:
    """A value that may be FEEL."""
    text = text.strip()
    return problems.compiled(compile_feel, text[1:].strip(), what) if text.startswith("=") else static(text)


def read_attribute(name: str, text: str, element: xml.Element, problems: ElementProblems, found: Found) -> None:
    """Read a zeebe: attribute of a BPMN element."""
    if name not in KEPT_ATTRIBUTES:
        problems.error(
            "unknown-extension", f"zeebe:{name} is not supported.", "Remove it, or express it in another way."
        )


def read_element(extension: xml.Element, element: xml.Element, problems: ElementProblems, found: Found) -> None:
    """Read one zeebe: extension element."""
    name = xml.tag(extension)
    reader = READERS.get(name)
    if reader is not None:
        reader(extension, problems, found)
    elif name not in KEPT_ELEMENTS:
        hint = REFUSED.get(name, "Remove it, or express it in another way.")
        problems.error("unknown-extension", f"zeebe:{name} is not supported.", hint)


def _task_definition(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    text = extension.get("type", "")
    if not text.strip():
        problems.error("job-type", "zeebe:taskDefinition has no type.", "Set the type to the name of the handler.")
    retries = extension.get("retries")
    found["job"] = JobDefinition(
        value(text, problems, "job type"), value(retries, problems, "number of retries") if retries else None
    )


def _io_mapping(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    for mapping in xml.children(extension, ns=xml.ZEEBE):
        direction, target = xml.tag(mapping), mapping.get("target", "").strip()
        if not target:
            problems.error("mapping", f"An {direction} mapping has no target.", "Name the variable that it sets.")
        source = value(mapping.get("source", ""), problems, f"{direction} mapping for '{target}'")
        found.setdefault(f"{direction}s", []).append(IoMapping(source, target))


def _headers(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    headers = {
        header.get("key", ""): header.get("value", "") for header in xml.children(extension, "header", xml.ZEEBE)
    }
    computed = {
        key: value(text, problems, f"header '{key}'")
        for key, text in headers.items()
        if text.startswith("=") and key not in _FOR_CONNECTORS
    }
    found["headers"] = {key: text for key, text in headers.items() if key not in computed}
    found["computed_headers"] = computed


def _assignment(**attributes: tuple[str, str]) -> Callable[[xml.Element, ElementProblems, Found], None]:
    """Fields of `Assignment` from attributes: `field=(attribute, what)`."""

    def read(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
        values = {
            name: value(text, problems, what)
            for name, (attribute, what) in attributes.items()
            if (text := extension.get(attribute))
        }
        known: Assignment = found.get("assignment", Assignment())
        present = {name: getattr(known, name) for name in Assignment.__slots__}
        found["assignment"] = Assignment(**{**present, **values})

    return read


def _form(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    external = extension.get("externalReference")
    binding = extension.get("bindingType", "latest")
    if binding != "latest":
        problems.warning(
            "form-binding", f"The form binding '{binding}' is not supported: the latest version of the form is shown."
        )
    key = extension.get("formKey")
    found["form"] = Form(
        form_id=extension.get("formId"),
        key=value(key, problems, "form key") if key else None,
        external=value(external, problems, "form reference") if external else None,
    )


def _embedded_form(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    problems.warning(
        "embedded-form", "A form inside the diagram is not shown.", "Deploy it as a .form file and refer to its id."
    )


def _script(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    text = extension.get("expression", "").strip()
    if not text:
        problems.error("script", "zeebe:script has no expression.", "Write a FEEL expression that starts with '='.")
    source = problems.compiled(compile_feel, text.removeprefix("=").strip() or "null", "script")
    found["script"] = Script(source, extension.get("resultVariable"))


def _subscription(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    if text := extension.get("correlationKey"):
        found["correlation_key"] = value(text, problems, "correlation key")


def _version_tag(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    found["version_tag"] = extension.get("value")


def _properties(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    properties = xml.children(extension, "property", xml.ZEEBE)
    found["properties"] = {item.get("name", ""): item.get("value", "") for item in properties}


def _called_element(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    process_id = extension.get("processId", "")
    if not process_id.strip():
        problems.error("called-element", "zeebe:calledElement has no processId.", "Name the process that is called.")
    binding, tag = _binding(extension, problems, "called-element")
    found["called"] = CalledElement(
        value(process_id, problems, "called process"),
        binding,
        tag,
        all_in=extension.get("propagateAllParentVariables", "true") != "false",
        all_out=extension.get("propagateAllChildVariables", "true") != "false",
    )


def _called_decision(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    decision_id, result = extension.get("decisionId", ""), extension.get("resultVariable")
    if not decision_id.strip() or not result:
        problems.error(
            "called-decision",
            "zeebe:calledDecision needs a decisionId and a resultVariable.",
            "Name the decision and the variable that takes its result.",
        )
    binding, tag = _binding(extension, problems, "called-decision")
    found["decision"] = CalledDecision(value(decision_id, problems, "called decision"), result, binding, tag)


def _binding(extension: xml.Element, problems: ElementProblems, rule: str) -> tuple[str, Expression | None]:
    """Return the version that is meant: latest, that of the same deployment, or one with a tag."""
    binding, tag = extension.get("bindingType", "latest"), extension.get("versionTag")
    if binding not in ("latest", "deployment", "versionTag") or (binding == "versionTag" and not tag):
        problems.error(
            rule,
            f"The binding '{binding}' of zeebe:{xml.tag(extension)} cannot be resolved.",
            "Use latest, deployment, or versionTag with a version tag.",
        )
    return binding, value(tag, problems, "version tag") if tag else None


def _collection(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    items, output = extension.get("inputCollection"), extension.get("outputElement")
    found["collection"] = Collection(
        value(items, problems, "input collection") if items else None,
        extension.get("inputElement") or None,
        extension.get("outputCollection") or None,
        value(output, problems, "output element") if output else None,
    )


def _ad_hoc(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    for name in ("outputCollection", "outputElement"):
        if extension.get(name):
            problems.error(
                "not-supported",
                f"The {name} of zeebe:adHoc is not supported.",
                "Let the elements write their results by output mappings.",
            )
    active = extension.get("activeElementsCollection")
    found["collection"] = Collection(value(active, problems, "list of active elements") if active else None)


def _condition_filter(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
    found["condition_filter"] = ConditionFilter(
        _words(extension.get("variableNames", "")), _words(extension.get("variableEvents", ""))
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())


#: The moments at which listeners are asked.
EXECUTION_EVENTS, TASK_EVENTS = ("start", "end"), ("creating", "assigning", "updating", "completing")


def _listeners(kind: str, events: tuple[str, ...]) -> Callable[[xml.Element, ElementProblems, Found], None]:
    def read(extension: xml.Element, problems: ElementProblems, found: Found) -> None:
        for drawn in xml.children(extension, kind, xml.ZEEBE):
            event = drawn.get("eventType", "")
            if event not in events:
                problems.error(
                    "listener",
                    f"A {kind} for the event '{event}' is not supported; these are: {', '.join(events)}.",
                    "Remove it, or choose another event. Nothing waits while something is being terminated.",
                )
            work: Found = {}
            _task_definition(drawn, problems, work)
            found.setdefault("listeners", []).append(Listener(event, work["job"], kind == "taskListener"))

    return read


READERS: dict[str, Callable[[xml.Element, ElementProblems, Found], None]] = {
    "taskDefinition": _task_definition,
    "ioMapping": _io_mapping,
    "taskHeaders": _headers,
    "assignmentDefinition": _assignment(
        assignee=("assignee", "assignee"),
        candidate_users=("candidateUsers", "list of candidate users"),
        candidate_groups=("candidateGroups", "list of candidate groups"),
    ),
    "taskSchedule": _assignment(due_date=("dueDate", "due date"), follow_up_date=("followUpDate", "follow-up date")),
    "priorityDefinition": _assignment(priority=("priority", "priority")),
    "formDefinition": _form,
    "userTaskForm": _embedded_form,
    "script": _script,
    "subscription": _subscription,
    "versionTag": _version_tag,
    "properties": _properties,
    "calledElement": _called_element,
    "calledDecision": _called_decision,
    "loopCharacteristics": _collection,
    "adHoc": _ad_hoc,
    "conditionalFilter": _condition_filter,
    "executionListeners": _listeners("executionListener", EXECUTION_EVENTS),
    "taskListeners": _listeners("taskListener", TASK_EVENTS),
}

"""The camunda: dialect (Camunda 7). Expressions are `${...}`; classes, delegates and topics name a Python handler."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bpmn_engine import xml
from bpmn_engine.dialects.report import Report
from bpmn_engine.expressions import Expression, compile_juel, static
from bpmn_engine.expressions.iso8601 import Duration, parse_duration, parse_repetition
from bpmn_engine.model import Assignment, Form, IoMapping, JobDefinition, Script

Found = dict[str, Any]

#: Every step is durable here and history is kept by the engine's own settings: these change nothing.
_KEPT_ATTRIBUTES = {
    "async", "asyncBefore", "asyncAfter", "exclusive", "historyTimeToLive", "isStartableInTasklist", "modelerTemplate",
    "modelerTemplateVersion", "modelerTemplateIcon", "diagramRelationId", "candidateStarterGroups",
    "candidateStarterUsers",
}  # fmt: skip
_KEPT_ELEMENTS = {"properties"}
_ASSIGNMENT = {
    "assignee": "assignee",
    "candidateUsers": "candidate_users",
    "candidateGroups": "candidate_groups",
    "dueDate": "due_date",
    "followUpDate": "follow_up_date",
    "priority": "priority",
}
_NAME = re.compile(r"[$#]\{\s*([^\W\d]\w*)\s*\}")
_METHOD = re.compile(r"[$#]\{\s*([^\W\d]\w*)\s*\.\s*[^\W\d]\w*\s*\(.*\)\s*\}", re.DOTALL)


def value(text: str, report: Report, what: str) -> Expression:
    """A value that may hold `${...}`."""
    return report.compiled(compile_juel, text, what)


def read_attribute(name: str, text: str, element: xml.Element, report: Report, found: Found) -> None:
    """Read a camunda: attribute of a BPMN element."""
    reader = _ATTRIBUTES.get(name)
    if reader is not None:
        reader(text, report, found)
    elif name in _ASSIGNMENT:
        found.setdefault("_assignment", {})[_ASSIGNMENT[name]] = value(text, report, name)
    elif name == "expression":
        _expression(text, report, found)
    elif name not in _KEPT_ATTRIBUTES:
        report.error(
            "unknown-extension", f"The attribute camunda:{name} is not run.", "Remove it, or express it in another way."
        )


def read_element(extension: xml.Element, element: xml.Element, report: Report, found: Found) -> None:
    """Read one camunda: extension element."""
    name = xml.tag(extension)
    reader = _ELEMENTS.get(name)
    if reader is not None:
        reader(extension, report, found)
    elif name not in _KEPT_ELEMENTS:
        report.error(
            "unknown-extension",
            f"The extension element camunda:{name} is not run.",
            "Remove it, or express it in another way.",
        )


def finish(element: xml.Element, report: Report, found: Found) -> None:
    """Put together what several attributes say in common."""
    if fields := found.pop("_assignment", None):
        found["assignment"] = Assignment(**fields)
    result = found.get("result_variable")
    if (script := found.get("script")) and result:
        found["script"] = Script(script.expression, result)
    retry = found.pop("_retry", None)
    if retry and found.get("job"):
        retries, backoff = retry
        found["job"] = JobDefinition(found["job"].type, retries, backoff)


def _handler(what: str) -> Callable[[str, Report, Found], None]:
    """A topic, class or delegate binds to the Python handler of that name."""

    def read(text: str, report: Report, found: Found) -> None:
        name = _NAME.fullmatch(text.strip())
        kind = static(name[1]) if name and what == "delegate" else value(text, report, what)
        found["job"] = JobDefinition(kind)

    return read


def _expression(text: str, report: Report, found: Found) -> None:
    if method := _METHOD.fullmatch(text.strip()):
        report.error(
            "expression",
            f"The expression '{text}' calls a method, which only Java can do.",
            f"Write camunda:delegateExpression=\"${{{method[1]}}}\" and a Python handler named '{method[1]}'.",
        )
        return
    found["script"] = Script(value(text, report, "expression"), None)


def _form_key(text: str, report: Report, found: Found) -> None:
    found["form"] = Form(key=value(text, report, "form key"))


def _form_ref(text: str, report: Report, found: Found) -> None:
    found["form"] = Form(form_id=text)


def _text(name: str) -> Callable[[str, Report, Found], None]:
    def read(text: str, report: Report, found: Found) -> None:
        found[name] = text

    return read


def _type(text: str, report: Report, found: Found) -> None:
    if text != "external":
        report.error(
            "not-supported",
            f"A task of camunda:type '{text}' is not run.",
            "Make it external with a topic, and write a Python handler of that name.",
        )


def _priority(text: str, report: Report, found: Found) -> None:
    report.warning(
        "priority", f"The job priority '{text}' has no effect: jobs are done in the order of their creation."
    )


def _form_binding(text: str, report: Report, found: Found) -> None:
    if text != "latest":
        report.warning(
            "form-binding", f"The form binding '{text}' is not run: the latest version of the form is shown."
        )


def _input_output(extension: xml.Element, report: Report, found: Found) -> None:
    for parameter in xml.children(extension, ns=xml.CAMUNDA):
        direction = xml.tag(parameter).removesuffix("Parameter")
        target = parameter.get("name", "")
        if len(parameter):
            report.error(
                "mapping",
                f"The {direction} parameter '{target}' holds a {xml.tag(parameter[0])}; only text is run.",
                "Write an expression ${...} or a constant.",
            )
            continue
        source = value(parameter.text or "", report, f"{direction} parameter '{target}'")
        found.setdefault(f"{direction}s", []).append(IoMapping(source, target))


def _retry_cycle(extension: xml.Element, report: Report, found: Found) -> None:
    """`R3/PT10S` is three tries, ten seconds apart; `PT10S,PT1M` waits longer each time."""
    text = xml.text(extension)
    try:
        retries, backoff = _retries(text)
    except ValueError as error:
        report.error("retries", f"The retry time cycle cannot be read: {error}.", "Write R3/PT10S or PT10S,PT1M.")
        return
    found["_retry"] = (static(str(retries)), backoff)


def _retries(text: str) -> tuple[int, tuple[Duration, ...]]:
    if text.startswith("R"):
        cycle = parse_repetition(text)
        return cycle.count or 3, (cycle.period,)
    pauses = tuple(parse_duration(part) for part in text.split(","))
    return len(pauses) + 1, pauses


_ATTRIBUTES: dict[str, Callable[[str, Report, Found], None]] = {
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
    "errorMessageVariable": _text("error_message_variable"),
}
_ELEMENTS: dict[str, Callable[[xml.Element, Report, Found], None]] = {
    "inputOutput": _input_output,
    "failedJobRetryTimeCycle": _retry_cycle,
}

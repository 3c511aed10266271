"""A small builder for diagrams: flows as arrows, nodes as calls.

>>> diagram("start -> a -> end", service("a"))

A node that is not given is a task; `start...` and `end...` are none events. `a -> b : =x > 1` has a condition,
`a -> c : default` is the default flow.
"""

from __future__ import annotations

import re
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="definitions">'
)


def diagram(flows: str, *nodes: str, process_id: str = "p", attributes: str = "", shared: str = "") -> bytes:
    """A file with one process; `shared` holds messages, errors and the like."""
    body = content(flows, *nodes)
    process = f'<bpmn:process id="{process_id}" isExecutable="true" {attributes}>{body}</bpmn:process>'
    return f"{_HEAD}{process}{shared}</bpmn:definitions>".encode()


def content(flows: str, *nodes: str) -> str:
    """What stands inside a process or sub-process."""
    given = {match[1]: node for node in nodes if (match := re.search(r'id="([^"]+)"', node))}
    nameless = [node for node in nodes if 'id="' not in node]
    defaults: dict[str, str] = {}
    arrows, number = [], 0
    for line in filter(None, (part.strip() for part in re.split(r"[\n;]", flows))):
        path, _, condition = line.partition(" : ")
        names = [name.strip() for name in path.split("->")]
        for source, target in pairwise(names):
            number += 1
            flow = (
                f"{source}-{target}" if f"{source}-{target}" not in "".join(arrows) else f"{source}-{target}-{number}"
            )
            if condition == "default":
                defaults[source] = flow
            arrows.append(_flow(flow, source, target, "" if condition == "default" else condition))
        for name in names:
            given.setdefault(name, _plain(name))
    return "".join([*nameless, *(_with_default(node, defaults.get(name)) for name, node in given.items()), *arrows])


def _flow(flow: str, source: str, target: str, condition: str) -> str:
    inner = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def _plain(name: str) -> str:
    tag = "startEvent" if name.startswith("start") else "endEvent" if name.startswith("end") else "task"
    return f'<bpmn:{tag} id="{name}"/>'


def _with_default(node: str, flow: str | None) -> str:
    return re.sub(r'id="', f'default="{flow}" id="', node, count=1) if flow else node


def element(tag: str, name: str, inner: str = "", attributes: str = "") -> str:
    """Any element."""
    return f'<bpmn:{tag} id="{name}" {attributes}>{inner}</bpmn:{tag}>'


def extensions(*parts: str) -> str:
    """Extension elements."""
    return f"<bpmn:extensionElements>{''.join(parts)}</bpmn:extensionElements>"


def mappings(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """A zeebe:ioMapping: target → source."""
    parts = [
        f"<zeebe:input source={quoteattr(source)} target={quoteattr(target)}/>"
        for target, source in (inputs or {}).items()
    ]
    parts += [
        f"<zeebe:output source={quoteattr(source)} target={quoteattr(target)}/>"
        for target, source in (outputs or {}).items()
    ]
    return f"<zeebe:ioMapping>{''.join(parts)}</zeebe:ioMapping>"


def service(name: str, *parts: str, tag: str = "serviceTask", inner: str = "") -> str:
    """A service task (or another task with a job); `parts` are its extension elements."""
    return element(tag, name, (extensions(*parts) if parts else "") + inner)


def user(name: str, *parts: str) -> str:
    """A user task."""
    return service(name, *parts, tag="userTask")


def exclusive(name: str) -> str:
    """An exclusive gateway."""
    return element("exclusiveGateway", name)


def parallel(name: str) -> str:
    """A parallel gateway."""
    return element("parallelGateway", name)


def sub(name: str, flows: str, *nodes: str, attributes: str = "") -> str:
    """An embedded sub-process."""
    return element("subProcess", name, content(flows, *nodes), attributes)


def timer(kind: str, text: str) -> str:
    """A timer definition; kind is date, duration or cycle."""
    return f"<bpmn:timerEventDefinition><bpmn:time{kind.capitalize()}>{text}</bpmn:time{kind.capitalize()}></bpmn:timerEventDefinition>"


def message_event(message: str) -> str:
    """A message definition."""
    return f'<bpmn:messageEventDefinition messageRef="{message}"/>'


def error_event(error: str | None = None) -> str:
    """An error definition; without error it catches all."""
    return f'<bpmn:errorEventDefinition errorRef="{error}"/>' if error else "<bpmn:errorEventDefinition/>"


def catch(name: str, definition: str) -> str:
    """An intermediate catch event."""
    return element("intermediateCatchEvent", name, definition)


def boundary(name: str, host: str, definition: str, *, interrupting: bool = True) -> str:
    """A boundary event."""
    attributes = f'attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    return element("boundaryEvent", name, definition, attributes)


def message(name: str, key: str = "") -> str:
    """A message, with the same id and name; `key` is the FEEL expression of its correlation key."""
    inner = extensions(f'<zeebe:subscription correlationKey="{key}"/>') if key else ""
    return element("message", name, inner, f'name="{name}"')


def error(code: str) -> str:
    """An error, with the same id and code."""
    return element("error", code, attributes=f'name="{code}" errorCode="{code}"')


def definition(tag: str, inner: str = "", **attributes: str) -> str:
    """An event definition, such as `definition("signal", signalRef="s")`."""
    given = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<bpmn:{tag}EventDefinition {given}>{inner}</bpmn:{tag}EventDefinition>"


def signal_event(signal: str) -> str:
    """A signal definition."""
    return definition("signal", signalRef=signal)


def signal(name: str) -> str:
    """A signal, with the same id and name."""
    return element("signal", name, attributes=f'name="{name}"')


def escalation_event(escalation: str | None = None) -> str:
    """An escalation definition; without escalation it catches all."""
    return definition("escalation", escalationRef=escalation) if escalation else definition("escalation")


def escalation(code: str) -> str:
    """An escalation, with the same id and code."""
    return element("escalation", code, attributes=f'name="{code}" escalationCode="{code}"')


def condition_event(text: str, inner: str = "") -> str:
    """A conditional definition."""
    return definition("conditional", f"<bpmn:condition>{escape(text)}</bpmn:condition>{inner}")


def compensate_event(activity: str | None = None) -> str:
    """A compensation definition; without activity it means the scope."""
    return definition("compensate", activityRef=activity) if activity else definition("compensate")


def link_event(name: str) -> str:
    """A link definition."""
    return definition("link", name=name)


def throw(name: str, inner: str = "") -> str:
    """An intermediate throw event."""
    return element("intermediateThrowEvent", name, inner)


def end(name: str, inner: str) -> str:
    """An end event with a definition."""
    return element("endEvent", name, inner)


def start(name: str, inner: str, *, interrupting: bool = True) -> str:
    """A start event with a definition; `interrupting` matters in event sub-processes."""
    return element("startEvent", name, inner, f'isInterrupting="{str(interrupting).lower()}"')


def event_sub(name: str, flows: str, *nodes: str) -> str:
    """An event sub-process."""
    return sub(name, flows, *nodes, attributes='triggeredByEvent="true"')


def inclusive(name: str) -> str:
    """An inclusive gateway."""
    return element("inclusiveGateway", name)


def event_based(name: str, attributes: str = "") -> str:
    """An event-based gateway."""
    return element("eventBasedGateway", name, attributes=attributes)


def complex_gateway(name: str, condition: str = "") -> str:
    """A complex gateway."""
    inner = f"<bpmn:activationCondition>{escape(condition)}</bpmn:activationCondition>" if condition else ""
    return element("complexGateway", name, inner)


def call(name: str, process_id: str, *parts: str, **attributes: str) -> str:
    """A call activity; attributes are those of zeebe:calledElement."""
    given = " ".join(f"{attribute}={quoteattr(value)}" for attribute, value in attributes.items())
    called = f"<zeebe:calledElement processId={quoteattr(process_id)} {given}/>"
    return element("callActivity", name, extensions(called, *parts))


def multi(
    collection: str = "", inner: str = "", *, sequential: bool = False, cardinality: str = "", **more: str
) -> str:
    """Multi-instance characteristics, to stand inside an activity."""
    given = " ".join(f"{name}={quoteattr(value)}" for name, value in more.items())
    lists = (
        extensions(f"<zeebe:loopCharacteristics inputCollection={quoteattr(collection)} {given}/>")
        if collection
        else ""
    )
    times = f"<bpmn:loopCardinality>{escape(cardinality)}</bpmn:loopCardinality>" if cardinality else ""
    name = "multiInstanceLoopCharacteristics"
    return f'<bpmn:{name} isSequential="{str(sequential).lower()}">{lists}{times}{inner}</bpmn:{name}>'


def completion(text: str) -> str:
    """A completion condition of a multi-instance activity or an ad-hoc sub-process."""
    return f"<bpmn:completionCondition>{escape(text)}</bpmn:completionCondition>"


def standard_loop(condition: str = "", attributes: str = "") -> str:
    """Standard loop characteristics."""
    inner = f"<bpmn:loopCondition>{escape(condition)}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics {attributes}>{inner}</bpmn:standardLoopCharacteristics>"


def undo(activity: str, handler: str) -> str:
    """A compensation boundary event on an activity, associated with its handler (a service task)."""
    return (
        boundary(f"on_{activity}", activity, compensate_event())
        + element("serviceTask", handler, attributes='isForCompensation="true"')
        + f'<bpmn:association id="to_{handler}" sourceRef="on_{activity}" targetRef="{handler}"/>'
    )

"""The processes that are measured."""

from __future__ import annotations

from itertools import pairwise

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d">'
)


def _file(process_id: str, nodes: list[str], flows: list[tuple[str, str, str]]) -> str:
    arrows = [
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{source}" targetRef="{target}">'
        + (
            f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>"
            if condition not in ("", "default")
            else ""
        )
        + "</bpmn:sequenceFlow>"
        for n, (source, target, condition) in enumerate(flows)
    ]
    body = "".join(nodes + arrows)
    for n, (source, _, condition) in enumerate(flows):
        if condition == "default":
            body = body.replace(f'Gateway id="{source}"', f'Gateway id="{source}" default="f{n}"')
    return f'{_HEAD}<bpmn:process id="{process_id}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'


def order(task: str = '<bpmn:serviceTask id="{}"/>', condition: str = "=available") -> str:
    """Check, decide, pay, ship: three service tasks."""
    nodes = ['<bpmn:startEvent id="start"/>', *map(task.format, ("check", "pay", "ship"))]
    nodes += ['<bpmn:exclusiveGateway id="gate"/>', '<bpmn:endEvent id="shipped"/>', '<bpmn:endEvent id="sold_out"/>']
    flows = [("start", "check", ""), ("check", "gate", ""), ("gate", "pay", condition), ("gate", "sold_out", "default")]
    return _file("order", nodes, [*flows, ("pay", "ship", ""), ("ship", "shipped", "")])


def loop() -> str:
    """Count to a limit, straight through."""
    script = '<bpmn:extensionElements><zeebe:script expression="=n + 1" resultVariable="n"/></bpmn:extensionElements>'
    nodes = ['<bpmn:startEvent id="start"/>', '<bpmn:endEvent id="end"/>', '<bpmn:exclusiveGateway id="again"/>']
    nodes += ['<bpmn:exclusiveGateway id="gate"/>', f'<bpmn:scriptTask id="count">{script}</bpmn:scriptTask>']
    flows = [("start", "again", ""), ("again", "count", ""), ("count", "gate", ""), ("gate", "again", "=n &lt; limit")]
    return _file("loop", nodes, [*flows, ("gate", "end", "default")])


def branches(count: int) -> str:
    """As many parallel service tasks, joined again."""
    nodes = ['<bpmn:startEvent id="start"/>', '<bpmn:endEvent id="end"/>', '<bpmn:parallelGateway id="fork"/>']
    nodes += [
        '<bpmn:parallelGateway id="join"/>',
        *(f'<bpmn:serviceTask id="t{n}">{_TYPE}</bpmn:serviceTask>' for n in range(count)),
    ]
    flows = [("start", "fork", ""), ("join", "end", "")]
    return _file(
        f"branches{count}",
        nodes,
        [*flows, *(pair for n in range(count) for pair in (("fork", f"t{n}", ""), (f"t{n}", "join", "")))],
    )


_TYPE = '<bpmn:extensionElements><zeebe:taskDefinition type="branch"/></bpmn:extensionElements>'


def items(*, sequential: bool) -> str:
    """A service task for each item of a list, the results in another list."""
    lists = 'inputCollection="=all" inputElement="item" outputCollection="results" outputElement="=result"'
    loop = (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>'
        f"<zeebe:loopCharacteristics {lists}/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    kind = '<bpmn:extensionElements><zeebe:taskDefinition type="double"/></bpmn:extensionElements>'
    nodes = ['<bpmn:startEvent id="start"/>', f'<bpmn:serviceTask id="each">{kind}{loop}</bpmn:serviceTask>']
    return _file("items", [*nodes, '<bpmn:endEvent id="end"/>'], [("start", "each", ""), ("each", "end", "")])


def line(tasks: int) -> str:
    """As many tasks in a row, without work."""
    nodes = ['<bpmn:startEvent id="start"/>', '<bpmn:endEvent id="end"/>']
    nodes += [f'<bpmn:manualTask id="t{n}"/>' for n in range(tasks)]
    names = ["start", *(f"t{n}" for n in range(tasks)), "end"]
    return _file("line", nodes, [(one, two, "") for one, two in pairwise(names)])


def crowd(expression: str) -> dict[str, str]:
    """By name: a light process, twenty endless loops, one that evaluates an expression, one with many items."""
    start, end = '<bpmn:startEvent id="start"/>', '<bpmn:endEvent id="end"/>'
    script = '<bpmn:extensionElements><zeebe:script expression="{}" resultVariable="n"/></bpmn:extensionElements>'

    def scripted(name: str, text: str) -> str:
        return f'<bpmn:scriptTask id="{name}">{script.format(text)}</bpmn:scriptTask>'

    straight = [("start", "t", ""), ("t", "end", "")]
    items = (
        f'<bpmn:scriptTask id="t">{script.format("=item * 2")}<bpmn:multiInstanceLoopCharacteristics>'
        '<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:scriptTask>"
    )
    turn = [("start", "again", ""), ("again", "t", ""), ("t", "again", "")]
    gate = '<bpmn:exclusiveGateway id="again"/>'
    files = {f"endless{n}": _file(f"endless{n}", [start, gate, scripted("t", "=1 + 1")], turn) for n in range(20)}
    files["light"] = _file("light", [start, '<bpmn:userTask id="t"/>', end], straight)
    files["slow"] = _file("slow", [start, scripted("t", expression), end], straight)
    files["many"] = _file("many", [start, items, end], straight)
    return files

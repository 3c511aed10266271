"""What the vendors' extensions mean, and that none is dropped in silence."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import diagram, element, extensions, user


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        (element("task", "a", extensions("<zeebe:calledElement/>")), "a called element that has no effect"),
        (element("task", "a", extensions("<camunda:executionListener/>")), "names a class or delegate"),
        (element("serviceTask", "a", extensions("<camunda:connector/>")), "Connectors are programs in Java"),
        (
            element(
                "task", "a", extensions('<camunda:executionListener event="start" expression="${log.it(execution)}"/>')
            ),
            "and a Python handler named 'log'",
        ),
        (element("task", "a", attributes='camunda:unknown="1"'), "camunda:unknown is not supported"),
        (element("task", "a", attributes='zeebe:unknown="1"'), "zeebe:unknown is not supported"),
        (element("serviceTask", "a", attributes='camunda:type="mail"'), "'mail' is not supported"),
        (element("serviceTask", "a", attributes='camunda:expression="${bean.run()}"'), "only Java can do"),
        (element("startEvent", "a", attributes='camunda:initiator="who"'), "camunda:initiator is not supported"),
        (
            element(
                "endEvent",
                "a",
                '<bpmn:signalEventDefinition signalRef="s"><bpmn:extensionElements><camunda:in source="x" target="y"/></bpmn:extensionElements></bpmn:signalEventDefinition>',
            ),
            "a called element that has no effect",
        ),
        (element("userTask", "a", "<bpmn:resourceRole/>"), "<resourceRole>, which is not supported"),
        (element("task", "a", attributes='startQuantity="0"'), "the startQuantity '0'; expected a number"),
        (element("scriptTask", "a", extensions("<zeebe:script/>")), "zeebe:script has no expression"),
        (
            element("serviceTask", "a", extensions('<zeebe:ioMapping><zeebe:input source="=1"/></zeebe:ioMapping>')),
            "no target",
        ),
        (
            element(
                "serviceTask",
                "a",
                extensions(
                    '<camunda:inputOutput><camunda:inputParameter name="x"><camunda:script/></camunda:inputParameter></camunda:inputOutput>'
                ),
            ),
            "only text, lists and maps are supported",
        ),
        (
            element(
                "serviceTask",
                "a",
                extensions("<camunda:failedJobRetryTimeCycle>often</camunda:failedJobRetryTimeCycle>"),
            ),
            "retry time cycle",
        ),
        (
            element("intermediateCatchEvent", "a", "<bpmn:eventDefinitionRef>x</bpmn:eventDefinitionRef>"),
            "the event definition 'x', which is not in this file",
        ),
    ],
)
def test_what_would_change_behaviour_and_is_not_run_is_refused(node: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> end; a -> end", node))


@pytest.mark.parametrize(
    "node",
    [
        user("a", '<zeebe:formDefinition formId="f" bindingType="deployment"/>'),
        element("userTask", "a", attributes='camunda:formRef="f" camunda:formRefBinding="deployment"'),
        element("serviceTask", "a", attributes='camunda:topic="t" camunda:taskPriority="5"'),
        element("userTask", "a", extensions('<camunda:formData><camunda:formField id="f"/></camunda:formData>')),
    ],
)
def test_what_makes_a_small_difference_is_a_warning(node: str) -> None:
    assert len(parse(diagram("start -> a -> end", node)).warnings) == 1


@pytest.mark.parametrize(
    "attributes",
    [
        'camunda:asyncBefore="true" camunda:exclusive="false"',
        'camunda:modelerTemplate="x"',
        'zeebe:modelerTemplate="x"',
    ],
)
def test_what_only_an_editor_or_another_engine_needs_is_kept_without_a_word(attributes: str) -> None:
    assert parse(diagram("start -> a -> end", element("userTask", "a", attributes=attributes))).warnings == ()


def test_mappings_of_the_camunda_dialect() -> None:
    io = "<camunda:inputOutput>" + "".join(
        f'<camunda:{way}Parameter name="{name}">{text}</camunda:{way}Parameter>'
        for way, name, text in (
            ("input", "double", "${total * 2}"),
            ("input", "fixed", "x"),
            ("output", "result", "${answer}"),
        )
    )
    data = diagram(
        "start -> a -> end", element("serviceTask", "a", extensions(io + "</camunda:inputOutput>"), 'camunda:topic="t"')
    )
    from tests.play import Play

    play = Play(data, total=2)
    assert play.locals("a") == {"double": 4, "fixed": "x"}

    play.complete("a", answer=42, noise=1)
    assert play.variables == {"total": 2, "result": 42}


def test_lists_and_maps_of_the_camunda_dialect() -> None:
    from tests.play import Play

    lists = "<camunda:list><camunda:value>${a}</camunda:value><camunda:value>x</camunda:value></camunda:list>"
    maps = f'<camunda:map><camunda:entry key="k">${{a + 1}}</camunda:entry><camunda:entry key="l">{lists}</camunda:entry></camunda:map>'
    data = "".join(
        f'<camunda:inputParameter name="{name}">{inner}</camunda:inputParameter>'
        for name, inner in (("items", lists), ("entries", maps), ("none", "<camunda:list/>"))
    )
    task = element(
        "serviceTask", "a", extensions(f"<camunda:inputOutput>{data}</camunda:inputOutput>"), 'camunda:topic="t"'
    )

    play = Play(diagram("start -> a -> end", task), a=1)

    assert play.locals("a") == {"items": [1, "x"], "entries": {"k": 2, "l": [1, "x"]}, "none": []}


def test_a_form_inside_the_diagram_is_not_lost_without_a_word() -> None:
    form = extensions('<zeebe:userTaskForm id="f">{}</zeebe:userTaskForm>').encode()
    data = diagram("start -> end").replace(b"<bpmn:startEvent", form + b"<bpmn:startEvent", 1)

    assert [problem.rule for problem in parse(data).warnings] == ["embedded-form"]


def test_a_listener_on_a_sequence_flow_is_refused() -> None:
    listener = extensions('<camunda:executionListener event="start" class="X"/>').encode()
    data = diagram("start -> end").replace(b"</bpmn:sequenceFlow>", listener + b"</bpmn:sequenceFlow>")

    with pytest.raises(InvalidModel, match="not supported there"):
        parse(data)


def test_the_message_of_an_error_in_the_camunda_dialect() -> None:
    from tests.diagrams import boundary, definition, end, sub
    from tests.play import Play

    caught = definition("error", errorRef="NO").replace("errorRef", 'camunda:errorMessageVariable="why" errorRef')
    data = diagram(
        "start -> s -> end; b -> end",
        sub("s", "start_s -> x", end("x", definition("error", errorRef="NO"))),
        boundary("b", "s", caught),
        shared='<bpmn:error id="NO" errorCode="NO" camunda:errorMessage="Sold out"/>',
    )

    assert Play(data).variables == {"why": "Sold out"}


KIN = pytest.mark.parametrize("kin", ["activiti", "flowable"])


def _of(kin: str, *nodes: str) -> bytes:
    flows = " -> ".join(["start", *(f"n{number}" for number in range(len(nodes))), "end"])
    return diagram(flows, *nodes, attributes=f'xmlns:{kin}="http://{kin}.org/bpmn"')


@KIN
def test_what_kin_of_camunda_calls_the_same_means_the_same(kin: str) -> None:
    listener = f'<{kin}:executionListener event="start" class="Log"/>'
    data = _of(
        kin,
        element("userTask", "n0", attributes=f'{kin}:assignee="${{who}}" {kin}:candidateGroups="a,b"'),
        element("serviceTask", "n1", extensions(listener), f'{kin}:delegateExpression="${{pay}}" {kin}:async="true"'),
    )

    nodes = parse(data).processes[0].model.nodes

    assert nodes["n0"].extensions.assignment.assignee.text == "${who}"  # type: ignore[union-attr]
    assert nodes["n1"].extensions.job.type.text == "pay"  # type: ignore[union-attr]
    assert [found.event for found in nodes["n1"].extensions.listeners] == ["start"]


@KIN
def test_what_only_kin_of_camunda_have_is_one_problem_for_each_name(kin: str) -> None:
    form = extensions(f'<{kin}:formProperty id="x"/><{kin}:formProperty id="y"/>')
    nodes = [element("userTask", f"n{number}", form, f'{kin}:skipExpression="x"') for number in range(3)]

    with pytest.raises(InvalidModel) as refused:
        parse(_of(kin, *nodes))

    messages = [problem.message for problem in refused.value.problems]
    assert messages == [
        f"{kin}:{name} belongs to another engine, and is not supported." for name in ("skipExpression", "formProperty")
    ]


def test_a_mail_task_of_activiti_is_refused() -> None:
    with pytest.raises(InvalidModel, match="'mail' is not supported"):
        parse(_of("activiti", element("serviceTask", "n0", attributes='activiti:type="mail"')))

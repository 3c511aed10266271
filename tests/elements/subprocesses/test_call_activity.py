"""The call activity. Versions and bindings are the runtime's matter: see tests/runtime."""

from itertools import count

import pytest

from bpmn_engine import Conflict, Engine, InvalidModel, Resource
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Incident, Instance
from bpmn_engine.interpreter import take_step
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    call,
    diagram,
    element,
    end,
    error,
    error_event,
    escalation,
    escalation_event,
    event_sub,
    extensions,
    mappings,
    multi,
    service,
    start,
    throw,
    timer,
)
from tests.play import Play

CHILD = {"child": diagram("start -> b -> end", service("b"), process_id="child")}


def calling(*parts: str, child: bytes | None = None, **attributes: str) -> Play:
    """A process that calls another one."""
    data = diagram("start -> c -> after -> end", call("c", "child", *parts, **attributes), service("after"))
    return Play(data, calls={"child": child} if child else CHILD, x=1)


def test_starts_the_called_process_with_all_variables_and_gets_all_back() -> None:
    play = calling()
    assert play.child("child").active == ["b"]
    assert play.child("child").variables == {"x": 1}

    play.child("child").complete("b", y=2)

    assert play.active == ["after"]
    assert play.variables == {"x": 1, "y": 2}


def test_without_propagation_only_mapped_variables_go_there_and_come_back() -> None:
    play = calling(
        mappings({"given": "=x + 1"}, {"result": "=y"}),
        propagateAllParentVariables="false",
        propagateAllChildVariables="false",
    )
    assert play.child("child").variables == {"given": 2}

    play.child("child").complete("b", y=2, noise=3)

    assert play.variables == {"x": 1, "result": 2}


def test_without_propagation_and_mapping_nothing_comes_back() -> None:
    play = calling(propagateAllChildVariables="false")

    play.child("child").complete("b", y=2)

    assert play.variables == {"x": 1}


def test_a_missing_process_is_an_incident_that_can_be_retried() -> None:
    data = diagram("start -> c -> end", call("c", "=which"))
    play = Play(data, calls=CHILD, which="nobody")
    assert play.incidents == [("c", "CALLED_ELEMENT_ERROR")]

    play.set(which="child")
    play.resolve()

    assert play.child("child").active == ["b"]
    assert Play(data, calls=CHILD).incidents == [("c", "CALLED_ELEMENT_ERROR")]


def test_cancelling_the_parent_cancels_the_child() -> None:
    play = calling()

    play.do(commands.CancelInstance())

    assert play.child("child").state == "TERMINATED"


def test_an_interrupting_boundary_event_cancels_the_child() -> None:
    play = Play(
        diagram(
            "start -> c -> end; late -> b -> end",
            call("c", "child"),
            boundary("late", "c", timer("duration", "PT1H")),
            service("b"),
        ),
        calls=CHILD,
    )

    play.advance(hours=1)

    assert play.child("child").state == "TERMINATED"
    assert play.active == ["b"]


def test_a_called_instance_is_cancelled_with_its_caller_only() -> None:
    play = Play(diagram("start -> c -> end", call("c", "child")), calls=CHILD)
    child = play.child("child")

    with pytest.raises(Conflict, match=r"was called\. Cancel the instance 1 "):
        child.do(commands.CancelInstance())
    with pytest.raises(Conflict, match="Modify or cancel its caller 1"):
        child.do(commands.ModifyInstance(terminate=("b",)))

    assert child.active == ["b"]
    play.do(commands.CancelInstance())
    assert child.state == "TERMINATED"


def test_a_child_that_has_ended_by_itself_is_an_incident_and_resolving_it_calls_again() -> None:
    play = Play(
        diagram("start -> c -> end; late -> end", call("c", "child"), boundary("late", "c", timer("duration", "PT1H"))),
        calls=CHILD,
    )
    play.child("child").do(commands.CancelInstance(by_caller=True))
    assert play.incidents == [("c", "CALLED_ELEMENT_ERROR")]

    play.resolve()

    assert len(play.children) == 2
    assert len(play.instance.waits) == 2
    play.child("child").complete("b")
    assert play.state == "COMPLETED"


FAILING = {"child": diagram("start -> x", end("x", error_event("NO")), process_id="child", shared=error("NO"))}


def test_an_error_of_the_child_is_caught_around_the_call() -> None:
    play = Play(
        diagram(
            "start -> c -> end; failed -> fix -> end",
            call("c", "child"),
            boundary("failed", "c", error_event("NO")),
            service("fix"),
            shared=error("NO"),
        ),
        calls=FAILING,
    )

    assert play.active == ["fix"]
    assert play.child("child").state == "TERMINATED"


def test_an_error_that_a_job_of_the_child_throws_is_caught_around_the_call() -> None:
    play = Play(
        diagram(
            "start -> c -> end",
            call("c", "child"),
            shared=error("NO"),
        ).replace(
            b"</bpmn:process>",
            event_sub("h", "start_h -> fix", start("start_h", error_event()), service("fix")).encode()
            + b"</bpmn:process>",
        ),
        calls=CHILD,
    )
    play.child("child").throw("b", "NO", why="x")

    assert play.active == ["fix"]
    assert play.locals("h") == {"why": "x"}


def test_an_error_that_nobody_catches_is_an_incident_at_the_thrower() -> None:
    play = Play(diagram("start -> c -> end", call("c", "child")), calls=FAILING)

    assert play.child("child").incidents == [("x", "UNHANDLED_ERROR_EVENT")]
    assert play.incidents == []


def test_an_error_goes_up_through_several_calls() -> None:
    calls = {"middle": diagram("start -> d -> end", call("d", "child"), process_id="middle"), **FAILING}
    play = Play(
        diagram(
            "start -> c -> end; failed -> fix -> end",
            call("c", "middle"),
            boundary("failed", "c", error_event()),
            service("fix"),
        ),
        calls=calls,
    )

    assert play.active == ["fix"]
    assert play.child("middle").state == "TERMINATED"
    assert play.child("middle").child("child").state == "TERMINATED"


@pytest.mark.parametrize(("interrupting", "after"), [(False, ["c", "help"]), (True, ["help"])])
def test_an_escalation_of_the_child_is_caught_around_the_call(interrupting: bool, after: list[str]) -> None:
    child = diagram(
        "start -> esc -> b -> end",
        throw("esc", escalation_event("LATE")),
        service("b"),
        process_id="child",
        shared=escalation("LATE"),
    )
    play = Play(
        diagram(
            "start -> c -> end; up -> help -> end_2",
            call("c", "child"),
            service("help"),
            boundary("up", "c", escalation_event("LATE"), interrupting=interrupting),
            shared=escalation("LATE"),
        ),
        calls={"child": child},
    )

    assert play.active == after
    assert play.child("child").active == (["b"] if not interrupting else [])


def test_an_escalation_that_nobody_catches_changes_nothing() -> None:
    child = diagram(
        "start -> esc -> b -> end",
        throw("esc", escalation_event("LATE")),
        service("b"),
        process_id="child",
        shared=escalation("LATE"),
    )

    assert calling(child=child).child("child").active == ["b"]


def test_the_child_is_not_reached_into_by_compensation() -> None:
    from tests.diagrams import compensate_event, undo

    child = diagram("start -> a -> end", service("a"), undo("a", "undo_a"), process_id="child")
    play = Play(
        diagram("start -> c -> giveup -> end", call("c", "child"), throw("giveup", compensate_event())),
        calls={"child": child},
    )

    play.child("child").complete("a")

    assert play.state == "COMPLETED"


def test_a_call_can_be_repeated_for_each_item() -> None:
    node = call("c", "child", mappings({"item": "=it"})).replace(
        "</bpmn:callActivity>", multi("=[1, 2]", inputElement="it") + "</bpmn:callActivity>"
    )
    play = Play(diagram("start -> c -> end", node), calls=CHILD)
    assert [child.variables["item"] for child in play.children] == [1, 2]

    for child in play.children:
        child.complete("b")

    assert play.state == "COMPLETED"


def test_calls_that_nest_without_end_are_stopped_by_an_incident() -> None:
    data = diagram("start -> c -> end", call("c", "p"))
    play = Play(data, calls={"p": data})

    while play.children:
        play = play.children[0]

    assert play.incidents == [("c", "CALLED_ELEMENT_ERROR")]
    assert play.instance.depth == 100


def camunda(*parts: str, attributes: str = "") -> Play:
    """A call in the dialect of Camunda 7."""
    node = element("callActivity", "c", extensions(*parts) if parts else "", f'calledElement="child" {attributes}')
    return Play(diagram("start -> c -> end", node), calls=CHILD, x=1)


def test_in_and_out_of_the_camunda_dialect() -> None:
    play = camunda(
        '<camunda:in source="x" target="given"/>',
        '<camunda:in sourceExpression="${x + 1}" target="more"/>',
        '<camunda:in businessKey="B${x}"/>',
        '<camunda:out source="y" target="result"/>',
    )
    child = play.child("child")
    assert child.variables == {"given": 1, "more": 2}
    assert child.instance.business_id == "B1"

    child.complete("b", y=2, noise=3)

    assert play.variables == {"x": 1, "result": 2}


def test_all_variables_in_and_out_of_the_camunda_dialect() -> None:
    play = camunda(
        '<camunda:in variables="all"/>', '<camunda:out variables="all"/>', '<camunda:out source="y" target="z"/>'
    )
    assert play.child("child").variables == {"x": 1}

    play.child("child").complete("b", y=2)

    assert play.variables == {"x": 1, "y": 2, "z": 2}


def test_plain_bpmn_passes_everything() -> None:
    play = camunda()
    assert play.child("child").variables == {"x": 1}

    play.child("child").complete("b", y=2)

    assert play.variables == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        (element("callActivity", "c"), "calls nothing"),
        (element("callActivity", "c", extensions("<zeebe:calledElement/>")), "has no processId"),
        (call("c", "x", bindingType="versionTag"), "cannot be resolved"),
        (
            element("callActivity", "c", attributes='calledElement="x" camunda:calledElementBinding="none"'),
            "is unknown",
        ),
    ],
)
def test_an_incomplete_call_is_refused(node: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> c -> end", node))


def test_an_error_that_was_caught_by_the_child_itself_does_not_come_up() -> None:
    child = diagram(
        "start -> b -> end; failed -> fix -> end",
        service("b"),
        boundary("failed", "b", error_event("NO")),
        service("fix"),
        process_id="child",
        shared=error("NO"),
    )
    play = calling(child=child)

    play.child("child").throw("b", "NO")

    assert play.child("child").active == ["fix"]


def test_a_core_without_a_world_calls_nothing_and_is_called_by_nobody() -> None:
    process = parse(
        diagram("start -> c; d -> x", call("c", "child"), end("x", error_event("NO")), shared=error("NO"))
    ).processes[0]
    instance = Instance(1, 1)

    take_step(process, instance, commands.StartInstance(start_at=("c", "x")), count(2))

    incidents = [wait.error_type for wait in instance.waits.values() if isinstance(wait, Incident)]
    assert incidents == ["CALLED_ELEMENT_ERROR", "UNHANDLED_ERROR_EVENT"]


GLOBAL = {
    "globalUserTask": "",
    "globalBusinessRuleTask": extensions('<zeebe:taskDefinition type="rules"/>'),
    "globalScriptTask": extensions('<zeebe:taskDefinition type="script"/>'),
}


@pytest.mark.parametrize("tag", GLOBAL)
def test_a_global_task_of_the_file_is_called_as_a_process(tag: str, engine: Engine) -> None:
    shared = element(tag, "ask", GLOBAL[tag])
    data = diagram(
        "start -> c -> end", element("callActivity", "c", attributes='calledElement="tns:ask"'), shared=shared
    )
    engine.deploy(Resource("p.bpmn", data))

    key = engine.start("p", {"x": 1})
    for task in engine.tasks():
        engine.complete(task.key, {"y": 2})
    for job in engine.jobs():
        engine.complete_job(job.key, {"y": 2})

    assert engine.instance(key).state == "COMPLETED"
    assert engine.variables(key) == {"x": 1, "y": 2}


def test_a_global_script_task_is_computed() -> None:
    script = element("globalScriptTask", "ask", "<bpmn:script>1 +</bpmn:script>", 'scriptLanguage="feel"')
    data = diagram("c", element("callActivity", "c", attributes='calledElement="ask"'), shared=script)

    with pytest.raises(InvalidModel, match="The script of 'ask_task' cannot be read"):
        parse(data)


def test_a_global_task_does_not_make_a_file_executable() -> None:
    shared = element("globalUserTask", "ask")
    data = diagram("start -> c -> end", element("callActivity", "c", attributes='calledElement="ask"'), shared=shared)

    with pytest.raises(InvalidModel, match="No process in this file is executable"):
        parse(data.replace(b'isExecutable="true"', b'isExecutable="false"'))


def test_a_global_task_that_nobody_calls_is_no_process() -> None:
    data = diagram("start -> end", shared=element("globalUserTask", "ask"))

    assert [process.id for process in parse(data).processes] == ["p"]

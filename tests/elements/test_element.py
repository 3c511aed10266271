"""What all elements have in common."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import Incident, UserTask
from bpmn_engine.parser import parse
from tests.diagrams import (
    complex_gateway,
    diagram,
    element,
    exclusive,
    inclusive,
    mappings,
    multi,
    parallel,
    service,
    sub,
    user,
)
from tests.play import Play


def test_several_outgoing_flows_are_an_implicit_parallel_split() -> None:
    assert Play(diagram("start -> a; a -> b -> end; a -> c -> end", service("b"), service("c"))).active == ["b", "c"]


def test_several_incoming_flows_are_one_run_per_token() -> None:
    play = Play(diagram("start -> a -> c; start -> b -> c; c -> end", service("c")))

    play.complete("c")
    play.complete("c")

    assert play.completed.count("c") == 2
    assert play.state == "COMPLETED"


def test_conditional_flows_of_an_activity_are_taken_where_they_hold() -> None:
    data = diagram("start -> a; a -> b : =x > 1; a -> c : =x > 2; a -> d : default; b -> end; c -> end; d -> end")

    assert Play(data, x=2).completed == ["start", "a", "b", "end"]
    assert set(Play(data, x=3).completed) == {"start", "a", "b", "c", "end"}
    assert Play(data, x=1).completed == ["start", "a", "d", "end"]


@pytest.mark.parametrize(
    "node", [service("a"), inclusive("a"), complex_gateway("a", "=true")], ids=["task", "inclusive", "complex"]
)
@pytest.mark.parametrize(("x", "taken"), [(2, ["b", "c"]), (1, ["c", "d"])])
def test_the_default_flow_is_taken_when_no_conditional_flow_is_whatever_else_leaves(
    node: str, x: int, taken: list[str]
) -> None:
    flows = "start -> a; a -> b : =x > 1; a -> c; a -> d : default; b -> end; c -> end; d -> end"
    play = Play(diagram(flows, node, *map(service, "bcd")), x=x)
    if "serviceTask" in node:
        play.complete("a")

    assert [name for name in play.active if name in "bcd"] == taken


def test_a_flow_without_condition_is_enough_where_no_condition_holds_and_no_flow_is_the_default() -> None:
    assert Play(diagram("start -> a; a -> b : =false; a -> c; b -> end; c -> end"), x=1).completed[-2:] == ["c", "end"]


def test_an_activity_without_any_true_flow_and_without_default_is_an_incident() -> None:
    play = Play(diagram("start -> a; a -> b : =x > 1; a -> c : =x > 2; b -> end; c -> end"), x=0)

    assert play.incidents == [("a", "CONDITION_ERROR")]


def test_input_mappings_create_local_variables() -> None:
    play = Play(
        diagram("start -> a -> end", service("a", mappings({"amount": "=total * 2", "who.name": "Ada"}))), total=5
    )

    assert play.locals("a") == {"amount": 10, "who": {"name": "Ada"}}
    assert "amount" not in play.variables


def test_a_failing_input_mapping_is_an_incident_that_can_be_retried() -> None:
    play = Play(
        diagram("start -> a -> end", service("a", mappings({"amount": '=assert(total, total != null, "no total")'})))
    )

    assert play.incidents == [("a", "IO_MAPPING_ERROR")]

    play.set(total=3)
    play.resolve()

    assert play.locals("a") == {"amount": 3}


def test_output_mappings_write_upwards_and_keep_the_rest_local() -> None:
    play = Play(
        diagram("start -> a -> end", service("a", mappings(outputs={"result.code": "=status + 1"}))), result={"old": 1}
    )

    play.complete("a", status=200, noise="x")

    assert play.variables == {"result": {"old": 1, "code": 201}}


def test_without_output_mapping_a_write_goes_to_the_nearest_scope_that_has_the_name() -> None:
    inner = sub("s", "start_s -> a -> end_s", service("a")).replace(
        "<bpmn:startEvent", f"{_inputs()}<bpmn:startEvent", 1
    )
    play = Play(diagram("start -> s -> end", inner))

    play.complete("a", near="changed", far="new")

    assert play.variables == {"far": "new"}


def _inputs() -> str:
    return f"<bpmn:extensionElements>{mappings({'near': 'local'})}</bpmn:extensionElements>"


def test_parallel_branches_do_not_see_each_others_locals() -> None:
    data = diagram(
        "start -> a -> end; start -> b -> end",
        service("a", mappings({"mine": "=1"})),
        service("b", mappings({"mine": "=2", "other": "=mine + 1"})),
    )

    assert Play(data).locals("b") == {"mine": 2, "other": 3}


def test_a_loop_of_straight_through_elements_ends_by_its_condition() -> None:
    script = '<zeebe:script expression="=n + 1" resultVariable="n"/>'
    data = diagram(
        "start -> m -> count -> g; g -> m : =n < 50; g -> end : default",
        exclusive("m"),
        exclusive("g"),
        service("count", script),
    )

    assert Play(data, n=0).variables["n"] == 50


def test_an_activity_gathers_as_many_tokens_as_its_start_quantity() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> c; f -> b -> c; f -> d -> c; c -> end",
            parallel("f"),
            *map(user, "abd"),
            element("userTask", "c", attributes='startQuantity="2"'),
        )
    )

    def open_tasks() -> list[str]:
        return sorted(task.element_id for task in play.waits(UserTask))

    play.complete("a")
    assert open_tasks() == ["b", "d"]
    play.complete("b")
    assert open_tasks() == ["c", "d"]
    play.complete("d")
    play.complete("c")

    assert open_tasks() == []
    assert play.state == "ACTIVE"


def test_an_activity_sends_as_many_tokens_as_its_completion_quantity() -> None:
    many = element("userTask", "a", attributes='completionQuantity="3"')
    pair = element("userTask", "b", attributes='startQuantity="3"')
    play = Play(diagram("start -> a -> b -> end", many, pair))

    play.complete("a")
    assert play.active == ["b"]
    play.complete("b")

    assert play.completed == ["start", "a", "b", "end"]
    assert play.state == "COMPLETED"


def test_quantities_of_a_repeated_activity_count_its_runs_together() -> None:
    loop = element("userTask", "a", multi("=[1, 2]"), 'startQuantity="2" completionQuantity="2"')
    play = Play(
        diagram(
            "start -> s -> a -> b -> end", element("task", "s", attributes='completionQuantity="2"'), loop, user("b")
        )
    )

    assert play.active == ["a", "a"]
    play.complete("a")
    play.complete("a")

    assert play.active == ["b", "b"]


@pytest.mark.parametrize("text", ["0", "-1", "101", "many", "9" * 500, ""])
def test_a_quantity_that_is_no_small_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidModel, match="expected a number from 1 to 100"):
        parse(diagram("start -> a -> end", element("userTask", "a", attributes=f'completionQuantity="{text}"')))


@pytest.mark.parametrize("target", ["a ? b", "true", "null", "a..b", "a.null", "1a", "a b", "=a"])
@pytest.mark.parametrize("direction", ["inputs", "outputs"])
def test_a_mapping_to_something_that_is_no_name_is_refused(direction: str, target: str) -> None:
    node = service("a", mappings(**{direction: {target: "=1"}}))

    with pytest.raises(InvalidModel, match="is not the name of a variable"):
        parse(diagram("start -> a -> end", node))


@pytest.mark.parametrize("target", ["a", "order.total", "größe", "a-b", "_x1.y"])
def test_a_mapping_may_lead_to_a_name_or_a_path_of_names(target: str) -> None:
    Play(diagram("start -> a -> end", service("a", mappings({target: "=1"}))))


def test_a_mapping_that_fails_is_an_incident_of_its_own_kind_that_names_the_target() -> None:
    play = Play(diagram("start -> a -> end", service("a", mappings(outputs={"x": "=assert(y, y != null)"}))))
    play.complete("a")

    (incident,) = play.waits(Incident)
    assert incident.error_type == "IO_MAPPING_ERROR"
    assert incident.message.startswith("The mapping to 'x': ")

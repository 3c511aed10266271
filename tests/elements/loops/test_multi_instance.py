"""The multi-instance activity."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    completion,
    diagram,
    element,
    end,
    error,
    error_event,
    exclusive,
    extensions,
    mappings,
    multi,
    parallel,
    service,
    sub,
    user,
)
from tests.play import Play


def each(loop: str, *parts: str) -> bytes:
    """A service task that runs several times, and a task behind it."""
    return diagram("start -> a -> b -> end", service("a", *parts, inner=loop), service("b"))


ITEMS = {"inputElement": "item", "outputCollection": "results", "outputElement": "=result"}


def test_runs_once_per_item_each_with_its_own_variables() -> None:
    play = Play(each(multi("=items", **ITEMS)), items=["x", "y"])

    runs = [play.instance.variables[t.key] for t in play.instance.tokens.values() if t.loop_counter]
    assert runs == [
        {"loopCounter": 1, "item": "x", "result": None},
        {"loopCounter": 2, "item": "y", "result": None},
    ]


def test_output_order_follows_input_order_not_completion_order() -> None:
    play = Play(each(multi("=items", **ITEMS)), items=[1, 2, 3])
    keys = [wait.key for wait in play.instance.waits.values()]
    from bpmn_engine.instance.commands import CompleteJob

    for key, result in zip(reversed(keys), ("c", "b", "a"), strict=True):
        play.do(CompleteJob(job_key=key, variables={"result": result}))

    assert play.variables["results"] == ["a", "b", "c"]
    assert play.active == ["b"]
    assert "result" not in play.variables


def test_an_empty_collection_completes_at_once_with_an_empty_output_list() -> None:
    play = Play(each(multi("=items", **ITEMS)), items=[])

    assert play.active == ["b"]
    assert play.variables["results"] == []


def test_sequential_runs_one_after_the_other() -> None:
    play = Play(each(multi("=items", sequential=True, **ITEMS)), items=[1, 2])
    assert play.active == ["a"]

    play.complete("a", result=10)
    assert play.active == ["a"]

    play.complete("a", result=20)
    assert play.variables["results"] == [10, 20]


def test_the_collection_is_read_once() -> None:
    play = Play(each(multi("=items", sequential=True, inputElement="item")), items=[1, 2])
    play.set(items=[])
    play.complete("a")

    assert play.locals("a") == {}
    assert [v["item"] for k, v in play.instance.variables.items() if "item" in v] == [2]


def test_a_cardinality_gives_the_number_of_runs() -> None:
    assert Play(each(multi(cardinality="=n + 1")), n=2).active == ["a", "a", "a"]
    assert Play(each(multi(cardinality="2"))).active == ["a", "a"]


def test_a_concurrency_limit_keeps_the_rest_waiting() -> None:
    limit = '<zeebe:properties><zeebe:property name="concurrencyLimit" value="=2"/></zeebe:properties>'
    play = Play(each(multi("=[1, 2, 3]"), limit))
    assert play.active == ["a", "a"]

    play.complete("a")
    assert play.active == ["a", "a"]

    play.complete("a")
    play.complete("a")
    assert play.active == ["b"]


@pytest.mark.parametrize("names", ["numberOf", "nrOf"])
def test_the_completion_condition_sees_how_far_it_is(names: str) -> None:
    condition = (
        f"={names}CompletedInstances = 2 and {names}ActiveInstances = 1 and {names}Instances = 3 "
        f"and {names}TerminatedInstances = 0 and enough"
    )
    play = Play(each(multi("=[1, 2, 3]", completion(condition), **ITEMS)), enough=True)
    play.complete("a", result="x")
    play.complete("a", result="y")

    assert play.active == ["b"]
    assert play.variables["results"] == ["x", "y", None]
    assert play.terminated == ["a"]


@pytest.mark.parametrize("sequential", [False, True])
def test_the_completion_condition_sees_the_results_so_far_with_that_of_the_run_that_has_just_completed(
    *, sequential: bool
) -> None:
    enough = completion("=count(results[item = true]) = 2")
    play = Play(each(multi("=[1, 2, 3, 4]", enough, sequential=sequential, **ITEMS)))
    play.complete("a", result=True)
    play.complete("a", result=False)
    assert play.active != ["b"]

    play.complete("a", result=True)

    assert play.active == ["b"]
    assert play.variables["results"] == [True, False, True, None]


def test_an_output_mapping_to_the_output_element_gives_the_result_of_its_run_and_stays_there() -> None:
    play = Play(each(multi("=[1, 2, 3]", **ITEMS), mappings(outputs={"result": "=vote"})))
    for vote in ("x", "y", "z"):
        play.complete("a", vote=vote)

    assert play.variables == {"results": ["x", "y", "z"]}


def test_an_output_mapping_into_the_output_element_keeps_its_other_entries() -> None:
    lists = {**ITEMS, "outputElement": "=item"}
    play = Play(each(multi("=[{id: 1}, {id: 2}]", **lists), mappings(outputs={"item.vote": "=vote", "last": "=vote"})))
    play.complete("a", vote="x")
    play.complete("a", vote="y")

    assert play.variables == {"results": [{"id": 1, "vote": "x"}, {"id": 2, "vote": "y"}], "last": "y"}


def test_a_completion_condition_ends_a_sequential_one() -> None:
    play = Play(each(multi("=[1, 2, 3]", completion("=loopCounter = 2"), sequential=True)))
    play.complete("a")
    play.complete("a")

    assert play.active == ["b"]
    assert play.completed.count("a") == 3  # two runs and the body


@pytest.mark.parametrize(
    ("loop", "variables"),
    [
        (multi("=items"), {"items": 5}),
        (multi("=items"), {}),
        (multi(cardinality="=items"), {"items": -1}),
        (multi(cardinality="=items"), {"items": "many"}),
        (multi(cardinality="=items"), {"items": 100_001}),
    ],
)
def test_a_collection_that_is_no_list_is_an_incident_that_can_be_retried(
    loop: str, variables: dict[str, object]
) -> None:
    play = Play(each(loop), **variables)
    assert play.incidents == [("a", "EXTRACT_VALUE_ERROR")]

    play.set(items=1 if "Cardinality" in loop else [1])
    play.resolve()

    assert play.active == ["a"]


def test_a_completion_condition_that_is_no_truth_value_is_an_incident_of_the_run() -> None:
    play = Play(each(multi("=[1, 2]", completion("=enough"))))
    play.complete("a")
    assert play.incidents == [("a", "CONDITION_ERROR")]

    play.set(enough=True)
    play.resolve()

    assert play.active == ["b"]


def test_mappings_belong_to_each_run() -> None:
    io = mappings({"double": "=item * 2"}, {"last": "=double"})
    play = Play(each(multi("=[1, 2]", inputElement="item"), io))
    play.complete("a")
    play.complete("a")

    assert play.variables == {"last": 4}


def test_a_sub_process_runs_several_times_and_its_branches_do_not_see_each_other() -> None:
    inner = sub(
        "s", "start_s -> x -> end_s", multi("=[1, 2]", inputElement="item"), service("x", mappings({"mine": "=item"}))
    )
    play = Play(diagram("start -> s -> end", inner))

    jobs = [play.instance.variables[w.token_key] for w in play.instance.waits.values()]
    assert jobs == [{"mine": 1}, {"mine": 2}]

    play.complete("x")
    play.complete("x")
    assert play.state == "COMPLETED"


def test_a_terminate_end_ends_only_its_own_run_the_siblings_go_on() -> None:
    inner = sub(
        "s",
        "start_s -> f; f -> x -> stop; f -> y -> end_s",
        multi("=[1, 2]"),
        parallel("f"),
        service("x"),
        service("y"),
        end("stop", "<bpmn:terminateEventDefinition/>"),
    )
    play = Play(diagram("start -> s -> b -> end", inner, service("b")))

    play.complete("x")
    assert play.active == ["x", "y"]

    play.complete("x")
    assert play.active == ["b"]


def test_an_error_is_caught_outside_of_the_multi_instance_sub_process() -> None:
    from tests.diagrams import boundary

    play = Play(
        diagram(
            "start -> s -> end; failed -> fix -> end_2",
            sub("s", "start_s -> x -> end_s", multi("=[1, 2]"), service("x")),
            boundary("failed", "s", error_event("NO")),
            service("fix"),
            shared=error("NO"),
        )
    )
    play.throw("x", "NO")

    assert play.active == ["fix"]


def test_conditional_flows_behind_it_see_its_results() -> None:
    play = Play(
        diagram(
            "start -> a; a -> b : =count(results) = 2; a -> c : default; b -> end; c -> end",
            service("a", inner=multi("=[1, 2]", **ITEMS)),
            service("b"),
            service("c"),
            exclusive("unused"),
        ).replace(b'<bpmn:exclusiveGateway id="unused" ></bpmn:exclusiveGateway>', b"")
    )
    play.complete("a", result=1)
    play.complete("a", result=2)

    assert play.active == ["b"]


def test_the_camunda_dialect_names_collection_and_element() -> None:
    loop = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="items" camunda:elementVariable="item"/>'
    play = Play(
        diagram("start -> a -> end", user("a").replace("</bpmn:userTask>", loop + "</bpmn:userTask>")), items=["x"]
    )

    assert [v["item"] for v in play.instance.variables.values() if "item" in v] == ["x"]


def test_the_standards_own_words_for_the_lists() -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>items</bpmn:loopDataInputRef>"
        '<bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef><bpmn:inputDataItem id="i" name="item"/>'
        '<bpmn:outputDataItem id="o" name="result"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    play = Play(each(loop), items=["x"])
    play.complete("a", result="y")

    assert play.variables["results"] == ["y"]


@pytest.mark.parametrize(
    ("loop", "complaint"),
    [
        (multi(), "how often it runs"),
        (multi("=[1]", outputCollection="x"), "both an output collection and an output element"),
        (multi("=[1]").replace("isSequential", 'behavior="None" isSequential'), "throws events by its behavior"),
        (multi("=[1]").replace("isSequential", 'sequence="x" isSequential'), "an attribute 'sequence'"),
    ],
)
def test_a_loop_that_says_too_little_or_too_much_is_refused(loop: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(each(loop))


def test_a_straight_through_activity_runs_for_every_item_in_one_step() -> None:
    play = Play(diagram("start -> a -> end", element("task", "a", multi("=[1, 2, 3]"))))

    assert play.completed == ["start", "a", "a", "a", "a", "end"]


def test_its_listeners_and_mappings_run_per_item() -> None:
    listener = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="log"/></zeebe:executionListeners>'
    )
    play = Play(diagram("start -> a -> end", element("task", "a", extensions(listener) + multi("=[1, 2]"))))

    play.complete("a")
    play.complete("a")

    assert play.state == "COMPLETED"

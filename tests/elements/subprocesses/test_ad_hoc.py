"""The ad-hoc sub-process."""

import pytest

from bpmn_engine import Conflict, InvalidArgument, InvalidModel, NotFound
from bpmn_engine.instance import commands
from bpmn_engine.parser import parse
from tests.diagrams import (
    completion,
    content,
    diagram,
    element,
    error_event,
    event_sub,
    extensions,
    parallel,
    service,
    start,
)
from tests.play import Play


def ad_hoc(active: str = "", condition: str = "", attributes: str = "", inner: str = "") -> bytes:
    """An ad-hoc sub-process with three tasks, one of which leads to a fourth."""
    listed = extensions(f'<zeebe:adHoc activeElementsCollection="{active}"/>') if active else ""
    parts = content("c -> d", service("a"), service("b"), service("c"), service("d")) + inner
    body = listed + parts + (completion(condition) if condition else "")
    return diagram("start -> s -> after -> end", element("adHocSubProcess", "s", body, attributes), service("after"))


def activate(play: Play, *names: str, **more: object) -> None:
    """Activate elements from outside."""
    key = next(token.key for token in play.instance.tokens.values() if token.element_id == "s")
    play.do(commands.ActivateAdHoc(token_key=key, elements=tuple((name, {}) for name in names), **more))  # type: ignore[arg-type]


def test_activates_the_elements_of_its_list_and_ends_with_the_last() -> None:
    play = Play(ad_hoc("=todo"), todo=["a", "c"])
    assert play.active == ["a", "c"]

    play.complete("a")
    play.complete("c")
    assert play.active == ["d"]

    play.complete("d")
    assert play.active == ["after"]


def test_an_empty_list_completes_it_at_once() -> None:
    assert Play(ad_hoc("=[]")).active == ["after"]


def test_waits_for_activation_from_outside() -> None:
    play = Play(ad_hoc())
    assert play.active == ["s"]

    activate(play, "a", "b")
    assert play.active == ["a", "b"]

    play.complete("a")
    play.complete("b")
    assert play.active == ["after"]


def test_an_element_can_be_activated_with_variables_of_its_own() -> None:
    play = Play(ad_hoc())
    key = next(token.key for token in play.instance.tokens.values() if token.element_id == "s")

    play.do(commands.ActivateAdHoc(token_key=key, elements=(("a", {"x": 1}),)))

    assert play.locals("a") == {"x": 1}


def test_the_completion_condition_is_looked_at_whenever_something_ends() -> None:
    play = Play(ad_hoc(condition="=done"), done=False)
    activate(play, "a")
    play.complete("a")
    assert play.active == ["s"]

    activate(play, "b", "c")
    play.complete("b", done=True)

    assert play.active == ["after"]
    assert play.terminated == ["c"]


def test_without_cancelling_the_rest_it_waits_for_what_is_active() -> None:
    play = Play(ad_hoc("=todo", "=true", 'cancelRemainingInstances="false"'), todo=["a", "b"])
    play.complete("a")
    assert play.active == ["b"]

    play.complete("b")

    assert play.active == ["after"]


def test_in_sequential_order_one_element_runs_at_a_time() -> None:
    play = Play(ad_hoc("=todo", attributes='ordering="Sequential"'), todo=["a", "b"])
    assert play.on_flows == [None]
    assert [wait.element_id for wait in play.instance.waits.values()] == ["a"]

    activate(play, "c")
    for name in ("a", "b", "c", "d"):
        play.complete(name)

    assert play.completed == ["start", "a", "b", "c", "d", "s"]


def test_activation_may_end_what_is_active() -> None:
    play = Play(ad_hoc("=todo"), todo=["a"])

    activate(play, "b", cancel_remaining=True)

    assert play.active == ["b"]


def test_a_condition_that_is_no_truth_value_is_an_incident_that_can_be_retried() -> None:
    play = Play(ad_hoc("=todo", "=done"), todo=["a", "b"])
    play.complete("a")
    assert play.incidents == [("s", "CONDITION_ERROR")]

    play.complete("b")
    play.set(done=True)
    play.resolve()

    assert play.active == ["after"]


@pytest.mark.parametrize("todo", ["a", [1], ["nobody"], ["d"]])
def test_a_list_with_something_else_is_an_incident(todo: object) -> None:
    assert Play(ad_hoc("=todo"), todo=todo).incidents == [("s", "EXTRACT_VALUE_ERROR")]


def test_what_cannot_be_activated_is_refused_with_nothing_done() -> None:
    play = Play(ad_hoc())

    with pytest.raises(InvalidArgument, match="it has a, b, c"):
        activate(play, "a", "nobody")
    with pytest.raises(InvalidArgument, match="at least one"):
        activate(play)
    with pytest.raises(NotFound):
        play.do(commands.ActivateAdHoc(token_key=1, elements=(("a", {}),)))
    with pytest.raises(NotFound):
        play.do(commands.ActivateAdHoc(token_key=99, elements=(("a", {}),)))
    assert play.active == ["s"]

    play.do(commands.Suspend())
    with pytest.raises(Conflict, match="suspended"):
        activate(play, "a")


def test_an_event_sub_process_inside_it_works() -> None:
    handler = event_sub("h", "start_h -> fix", start("start_h", error_event()), service("fix"))
    play = Play(ad_hoc("=todo", inner=handler), todo=["a", "b"])
    play.throw("a", "NO")
    assert play.active == ["fix"]

    play.complete("fix")

    assert play.active == ["after"]


def test_a_join_inside_it_works() -> None:
    inner = content(
        "f -> x -> j; f -> y -> j; j -> z", parallel("f"), parallel("j"), service("x"), service("y"), service("z")
    )
    play = Play(ad_hoc("=todo", inner=inner), todo=["f"])
    play.complete("x")
    play.complete("y")

    assert play.active == ["z"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "nothing to activate"),
        (content("start_s -> a"), "has a start event"),
        (extensions('<zeebe:adHoc outputCollection="x"/>') + content("a"), "outputCollection of zeebe:adHoc"),
    ],
)
def test_what_it_cannot_hold_is_refused(body: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> s -> end", element("adHocSubProcess", "s", body)))


def test_its_end_listener_runs_before_it_is_left() -> None:
    listener = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="log"/></zeebe:executionListeners>'
    )
    body = extensions(listener) + content("", service("a"))
    play = Play(diagram("start -> s -> end", element("adHocSubProcess", "s", body)))
    activate(play, "a")
    play.complete("a")
    assert play.active == ["s"]

    play.complete("s")

    assert play.state == "COMPLETED"


@pytest.mark.parametrize(
    ("todo", "attributes"),
    [(["a", "b"], 'ordering="Sequential"'), (["c"], "")],
    ids=["waiting for its turn", "behind the last one"],
)
def test_an_element_that_was_never_reached_leaves_no_trace(todo: list[str], attributes: str) -> None:
    play = Play(ad_hoc("=todo", "=true", attributes), todo=todo)
    play.complete(todo[0])

    assert play.active == ["after"]
    assert play.terminated == []

"""Compensation."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance import commands
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    compensate_event,
    definition,
    diagram,
    element,
    end,
    error,
    error_event,
    event_sub,
    exclusive,
    extensions,
    mappings,
    message,
    message_event,
    multi,
    parallel,
    service,
    start,
    sub,
    throw,
    undo,
)
from tests.play import Play

TRIP = diagram(
    "start -> hotel -> flight -> check; check -> giveup : =failed; check -> end : default; giveup -> done -> end_2",
    service("hotel"),
    service("flight"),
    exclusive("check"),
    throw("giveup", compensate_event()),
    service("done"),
    undo("hotel", "cancel_hotel"),
    undo("flight", "cancel_flight"),
)


def nested(*more: str) -> bytes:
    """A sub-process with two compensable tasks, then a throw."""
    return diagram(
        "start -> s -> giveup -> end",
        throw("giveup", compensate_event()),
        *more,
        sub(
            "s",
            "start_s -> a -> b -> end_s",
            extensions(mappings({"mine": "=total"})),
            service("a"),
            service("b"),
            undo("a", "undo_a"),
            undo("b", "undo_b"),
        ),
    )


def test_runs_completed_activities_in_reverse_order_waiting_for_each_handler() -> None:
    play = Play(TRIP)
    play.complete("hotel")
    play.complete("flight", failed=True)
    assert play.active == ["cancel_flight"]

    play.complete("cancel_flight")
    assert play.active == ["cancel_hotel"]

    play.complete("cancel_hotel")
    assert play.active == ["done"]


def test_only_what_has_completed_is_compensated() -> None:
    play = Play(
        diagram(
            "start -> f; f -> hotel -> giveup -> end; f -> flight -> end_2",
            parallel("f"),
            service("hotel"),
            service("flight"),
            throw("giveup", compensate_event()),
            undo("hotel", "cancel_hotel"),
            undo("flight", "cancel_flight"),
        )
    )
    play.complete("hotel")

    assert play.active == ["cancel_hotel", "flight"]


def test_nothing_to_compensate_goes_straight_on() -> None:
    play = Play(diagram("start -> giveup -> end", throw("giveup", compensate_event())))

    assert play.completed == ["start", "giveup", "end"]


def test_each_completion_is_compensated_once() -> None:
    play = Play(
        diagram(
            "start -> hotel -> giveup -> again -> end",
            service("hotel"),
            throw("giveup", compensate_event()),
            throw("again", compensate_event()),
            undo("hotel", "cancel_hotel"),
        )
    )
    play.complete("hotel")
    play.complete("cancel_hotel")

    assert play.state == "COMPLETED"
    assert play.completed.count("cancel_hotel") == 1
    assert play.instance.compensations == {}


def test_a_loop_is_compensated_once_per_completion_in_reverse() -> None:
    play = Play(
        diagram(
            "start -> merge -> hotel -> again; again -> merge : =n < 2; again -> giveup : default; giveup -> end",
            exclusive("merge"),
            exclusive("again"),
            service("hotel"),
            throw("giveup", compensate_event()),
            undo("hotel", "cancel_hotel"),
        )
    )
    play.complete("hotel", n=1)
    play.complete("hotel", n=2)
    play.complete("cancel_hotel")
    play.complete("cancel_hotel")

    assert play.state == "COMPLETED"


def test_one_activity_can_be_named() -> None:
    play = Play(
        diagram(
            "start -> hotel -> flight -> giveup -> end",
            service("hotel"),
            service("flight"),
            throw("giveup", compensate_event("hotel")),
            undo("hotel", "cancel_hotel"),
            undo("flight", "cancel_flight"),
        )
    )
    play.complete("hotel")
    play.complete("flight")
    play.complete("cancel_hotel")

    assert play.state == "COMPLETED"
    assert "cancel_flight" not in play.completed


def test_an_end_event_compensates_before_it_ends() -> None:
    play = Play(
        diagram(
            "start -> hotel -> giveup",
            service("hotel"),
            end("giveup", compensate_event()),
            undo("hotel", "cancel_hotel"),
        )
    )
    play.complete("hotel")
    assert play.active == ["cancel_hotel"]

    play.complete("cancel_hotel")

    assert play.state == "COMPLETED"


def test_a_sequential_multi_instance_is_compensated_in_reverse_with_its_items() -> None:
    play = Play(
        diagram(
            "start -> a -> giveup -> end",
            service("a", inner=multi("=items", sequential=True, inputElement="item")),
            throw("giveup", compensate_event()),
            undo("a", "undo_it"),
        ),
        items=["x", "y"],
    )
    play.complete("a")
    play.complete("a")
    seen = []
    for _ in range(2):
        seen.append(play.locals("undo_it")["item"])
        play.complete("undo_it")

    assert seen == ["y", "x"]
    assert play.state == "COMPLETED"


def test_a_completed_sub_process_is_compensated_through_its_own_handlers_with_the_variables_it_ended_with() -> None:
    play = Play(nested(), total=1)
    play.set(total=2)
    play.complete("a")
    play.complete("b")
    assert play.active == ["undo_b"]
    assert play.locals("s") == {"mine": 1}

    play.complete("undo_b")
    play.complete("undo_a")

    assert play.state == "COMPLETED"
    assert play.completed[-4:] == ["undo_a", "s", "giveup", "end"]


def test_a_sub_process_with_a_handler_of_its_own_is_undone_by_that_alone() -> None:
    play = Play(nested(undo("s", "undo_s")), total=1)
    play.complete("a")
    play.complete("b")
    assert play.active == ["undo_s"]

    play.complete("undo_s")

    assert play.state == "COMPLETED"


def test_a_sub_process_that_still_runs_is_not_compensated() -> None:
    play = Play(
        diagram(
            "start -> f; f -> s -> end; f -> c -> giveup -> end_2",
            parallel("f"),
            service("c"),
            throw("giveup", compensate_event()),
            sub("s", "start_s -> a -> b -> end_s", service("a"), service("b"), undo("a", "undo_a")),
        )
    )
    play.complete("a")
    play.complete("c")

    assert play.active == ["b"]
    assert "giveup" in play.completed


def test_a_compensation_event_sub_process_decides_what_is_undone() -> None:
    handler = event_sub(
        "h",
        "start_h -> note -> inner -> end_h",
        start("start_h", compensate_event()),
        service("note"),
        throw("inner", compensate_event("a")),
    )
    play = Play(
        diagram(
            "start -> s -> giveup -> end",
            throw("giveup", compensate_event()),
            sub(
                "s",
                "start_s -> a -> b -> end_s",
                service("a"),
                service("b"),
                undo("a", "undo_a"),
                undo("b", "undo_b"),
                handler,
            ),
        )
    )
    play.complete("a")
    play.complete("b")
    assert play.active == ["note"]

    play.complete("note")
    assert play.active == ["undo_a"]

    play.complete("undo_a")
    assert play.state == "COMPLETED"
    assert "undo_b" not in play.completed


def test_a_multi_instance_sub_process_is_compensated_run_by_run() -> None:
    play = Play(
        diagram(
            "start -> s -> giveup -> end",
            throw("giveup", compensate_event()),
            sub("s", "start_s -> a -> end_s", multi("=[1, 2]", inputElement="item"), service("a"), undo("a", "undo_a")),
        )
    )
    play.complete("a")
    play.complete("a")
    seen = []
    for _ in range(2):
        wait = next(iter(play.instance.waits.values()))
        from bpmn_engine.instance.variables import visible

        seen.append(visible(play.instance, wait.token_key)["item"])
        play.complete("undo_a")

    assert seen == [2, 1]
    assert play.state == "COMPLETED"


def test_an_error_handler_compensates_the_scope_that_it_handles() -> None:
    play = Play(
        diagram(
            "start -> a -> b -> end",
            service("a"),
            service("b"),
            undo("a", "undo_a"),
            shared=error("NO"),
        ).replace(
            b"</bpmn:process>",
            event_sub(
                "h",
                "start_h -> giveup -> end_h",
                start("start_h", error_event("NO")),
                throw("giveup", compensate_event()),
            ).encode()
            + b"</bpmn:process>",
        )
    )
    play.complete("a")
    play.throw("b", "NO")
    assert play.active == ["undo_a"]

    play.complete("undo_a")

    assert play.state == "COMPLETED"


def test_an_error_in_a_handler_is_caught_around_the_throw_event() -> None:
    play = Play(
        diagram(
            "start -> s -> end; failed -> fix -> end_2",
            boundary("failed", "s", error_event("NO")),
            service("fix"),
            sub(
                "s",
                "start_s -> a -> giveup -> end_s",
                service("a"),
                undo("a", "undo_a"),
                throw("giveup", compensate_event()),
            ),
            shared=error("NO"),
        )
    )
    play.complete("a")
    play.throw("undo_a", "NO")

    assert play.active == ["fix"]
    assert play.instance.compensations == {}


def test_what_was_done_inside_an_event_sub_process_is_forgotten_with_it() -> None:
    play = Play(
        diagram(
            "start -> b -> giveup -> end",
            service("b"),
            throw("giveup", compensate_event()),
            shared=error("NO"),
        ).replace(
            b"</bpmn:process>",
            event_sub(
                "h",
                "start_h -> a -> end_h",
                service("a"),
                undo("a", "undo_a"),
                start(
                    "start_h",
                    "<bpmn:conditionalEventDefinition><bpmn:condition>=x</bpmn:condition></bpmn:conditionalEventDefinition>",
                    interrupting=False,
                ),
            ).encode()
            + b"</bpmn:process>",
        )
    )
    play.set(x=True)
    play.complete("a")
    assert play.instance.compensations == {}

    play.complete("b")

    assert play.state == "COMPLETED"


def test_what_completes_after_the_throw_is_not_undone_by_it() -> None:
    play = Play(
        diagram(
            "start -> f; f -> a -> giveup -> end; f -> b -> end_2",
            parallel("f"),
            service("a"),
            service("b"),
            throw("giveup", compensate_event()),
            undo("a", "undo_a"),
            undo("b", "undo_b"),
        )
    )
    play.complete("a")
    play.complete("b")
    play.complete("undo_a")

    assert play.state == "COMPLETED"
    assert "undo_b" not in play.completed


@pytest.mark.parametrize(
    ("nodes", "complaint"),
    [
        ((boundary("on_a", "a", compensate_event()),), "found 0 and 0"),
        ((element("serviceTask", "h", attributes='isForCompensation="true"'),), "must be associated"),
        ((throw("x", compensate_event("nobody")),), "'nobody', which is not in this process"),
        ((throw("x", definition("compensate", waitForCompletion="false")),), "does not wait for the compensation"),
    ],
)
def test_half_a_compensation_is_refused(nodes: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> a -> end", service("a"), *nodes))


def test_undoing_the_whole_process_is_a_warning() -> None:
    handler = event_sub("h", "start_h -> fix", start("start_h", compensate_event()))

    assert "unreachable" in [problem.rule for problem in parse(diagram("start -> a -> end", handler)).warnings]


def test_a_scope_in_which_nothing_compensable_has_completed_leaves_no_note() -> None:
    inner = sub(
        "s",
        "start_s -> g; g -> a : =x; g -> end_s : default; a -> end_t",
        exclusive("g"),
        service("a"),
        undo("a", "undo_a"),
    )
    play = Play(diagram("start -> s -> giveup -> end", inner, throw("giveup", compensate_event())), x=False)

    assert play.state == "COMPLETED"


def test_an_error_of_a_handler_passes_by_the_scope_that_is_being_undone() -> None:
    inner = sub(
        "s",
        "start_s -> a -> end_s",
        service("a"),
        undo("a", "undo_a"),
        event_sub("h", "start_h -> fix", start("start_h", error_event()), service("fix")),
    )
    play = Play(diagram("start -> s -> giveup -> end", inner, throw("giveup", compensate_event())))
    play.complete("a")

    play.throw("undo_a", "NO")

    assert play.incidents == [("undo_a", "UNHANDLED_ERROR_EVENT")]


def test_what_is_left_of_a_sub_process_that_is_being_undone_is_forgotten_with_the_instance() -> None:
    play = Play(nested())
    play.complete("a")
    play.complete("b")
    assert play.active == ["undo_b"]

    play.do(commands.CancelInstance())

    assert play.instance.compensations == {}


HANDLED = sub(
    "s",
    "start_s -> a -> end_s",
    service("a"),
    undo("a", "undo_a"),
    event_sub(
        "h", "st -> x -> cc -> end_h", start("st", error_event("E")), service("x"), throw("cc", compensate_event())
    ),
)


def test_an_error_handler_that_throws_compensation_is_not_the_one_that_undoes_its_scope() -> None:
    play = Play(diagram("start -> s -> c -> end", throw("c", compensate_event()), HANDLED, shared=error("E")))

    play.complete("a")

    assert play.active == ["undo_a"]


def test_a_handler_on_the_process_may_throw_compensation() -> None:
    handler = event_sub("h", "st -> cc -> end_h", start("st", message_event("m")), throw("cc", compensate_event()))

    parsed = parse(diagram("start -> a -> end", service("a"), undo("a", "undo_a"), handler, shared=message("m", "=1")))

    assert "unreachable" not in [problem.rule for problem in parsed.warnings]


def test_an_undoing_activity_of_a_repeated_scope_may_be_terminated() -> None:
    each = sub("s", "start_s -> a -> end_s", multi(cardinality="2"), service("a"), undo("a", "undo_a"))
    play = Play(diagram("start -> s -> c -> end", throw("c", compensate_event()), each))
    play.complete("a")
    play.complete("a")
    assert play.active == ["undo_a"]

    play.do(commands.ModifyInstance(terminate=("undo_a",)))

    assert play.state == "TERMINATED"

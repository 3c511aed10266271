"""The embedded sub-process."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import diagram, element, extensions, mappings, service, sub, timer
from tests.play import Play


def test_completes_when_no_token_is_left_in_it() -> None:
    play = Play(
        diagram(
            "start -> s -> end", sub("s", "start_s -> a -> end_a; start_s -> b -> end_b", service("a"), service("b"))
        )
    )

    play.complete("a")
    assert play.state == "ACTIVE"

    play.complete("b")
    assert play.completed[-2:] == ["s", "end"]


def test_without_start_and_end_it_starts_what_has_no_incoming_flow() -> None:
    play = Play(diagram("start -> s -> end", sub("s", "a -> b", service("a"), service("b"))))

    play.complete("a")
    play.complete("b")

    assert play.state == "COMPLETED"


def test_several_none_start_events_start_all() -> None:
    inner = sub("s", "start_1 -> a -> end_s; start_2 -> b -> end_s", service("a"), service("b"))

    assert Play(diagram("start -> s -> end", inner)).active == ["a", "b"]


def test_an_empty_one_completes_at_once() -> None:
    assert Play(diagram("start -> s -> end", sub("s", ""))).completed == ["start", "s", "end"]


def test_its_input_mappings_are_seen_inside_and_its_outputs_outside() -> None:
    io = extensions(mappings({"x": "=outer + 1"}, {"result": "=y"}))
    inner = element(
        "subProcess",
        "s",
        io
        + sub("ignored", "start_s -> a -> end_s", service("a", mappings({"z": "=x * 10"})))
        .partition(">")[2]
        .removesuffix("</bpmn:subProcess>"),
    )
    play = Play(diagram("start -> s -> end", inner), outer=1)

    assert play.locals("a") == {"z": 20}

    play.complete("a", y=7)

    assert play.variables["result"] == 7


def test_nested_ones_complete_from_the_inside_out() -> None:
    inner = sub("outer", "start_o -> inner -> end_o", sub("inner", "start_i -> end_i"))

    assert Play(diagram("start -> outer -> end", inner)).completed[-4:] == ["inner", "end_o", "outer", "end"]


def test_a_start_event_that_waits_is_refused() -> None:
    inner = sub("s", "start_s -> end_s", element("startEvent", "start_s", timer("duration", "PT1H")))

    with pytest.raises(InvalidModel, match="none start event"):
        parse(diagram("start -> s -> end", inner))

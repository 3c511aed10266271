"""Links."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse
from tests.diagrams import (
    catch,
    diagram,
    link_event,
    parallel,
    service,
    throw,
)
from tests.play import Play


def test_a_link_jumps_to_the_catch_event_of_its_name() -> None:
    data = diagram(
        "start -> a -> jump; land -> b -> end",
        service("a"),
        throw("jump", link_event("L")),
        catch("land", link_event("L")),
        service("b"),
    )
    play = Play(data)
    play.complete("a")

    assert play.active == ["b"]
    assert play.completed == ["start", "a", "jump", "land"]


def test_several_throw_events_may_lead_to_one_catch_event() -> None:
    data = diagram(
        "start -> f; f -> j1; f -> j2; land -> b -> end",
        parallel("f"),
        throw("j1", link_event("L")),
        throw("j2", link_event("L")),
        catch("land", link_event("L")),
        service("b"),
    )

    assert Play(data).active == ["b", "b"]


@pytest.mark.parametrize(
    ("nodes", "complaint"),
    [
        ((throw("j", link_event("L")),), "found none"),
        ((throw("j", link_event("L")), catch("k", link_event("L")), catch("m", link_event("L"))), "found 2: k, m"),
        ((throw("j", link_event("")),), "link without name"),
    ],
)
def test_a_link_without_exactly_one_other_end_is_refused(nodes: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> j; k -> a -> end; m -> a", *nodes) if len(nodes) > 1 else diagram("start -> j", *nodes))


def test_a_link_catch_event_that_nothing_leads_to_is_a_warning() -> None:
    assert "link" in [w.rule for w in parse(diagram("start -> end; k -> end", catch("k", link_event("L")))).warnings]

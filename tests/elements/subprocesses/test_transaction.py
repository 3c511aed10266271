"""The transaction."""

from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    content,
    definition,
    diagram,
    element,
    end,
    exclusive,
    parallel,
    service,
    undo,
    user,
)
from tests.play import Play


def booking(inner: str = "=ok") -> bytes:
    """A transaction that is cancelled unless all is well."""
    return diagram(
        "start -> t -> booked -> end; cancelled -> sorry -> end_2",
        service("booked"),
        service("sorry"),
        element(
            "transaction",
            "t",
            content(
                f"start_t -> f; f -> a -> g; g -> end_t : {inner}; g -> no : default; f -> b -> end_b",
                parallel("f"),
                service("a"),
                user("b"),
                exclusive("g"),
                end("no", definition("cancel")),
                undo("a", "undo_a"),
                undo("b", "undo_b"),
            ),
        ),
        boundary("cancelled", "t", definition("cancel")),
    )


def test_a_transaction_that_is_not_cancelled_completes_like_a_sub_process() -> None:
    play = Play(booking(), ok=True)
    play.complete("a")
    play.complete("b")

    assert play.active == ["booked"]


def test_an_empty_transaction_is_a_warning() -> None:
    data = diagram("start -> t -> end", element("transaction", "t"))

    assert "empty" in [problem.rule for problem in parse(data).warnings]

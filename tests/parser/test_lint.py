"""The analyst's view: typical modelling mistakes, each named with the element and the remedy by `bpmn lint`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from bpmn_engine.cli import cli
from bpmn_engine.parser import parse
from tests.diagrams import (
    boundary,
    catch,
    compensate_event,
    diagram,
    element,
    end,
    error,
    error_event,
    escalation,
    escalation_event,
    event_based,
    event_sub,
    exclusive,
    inclusive,
    link_event,
    message,
    message_event,
    multi,
    parallel,
    service,
    signal,
    signal_event,
    start,
    sub,
    throw,
    timer,
    undo,
    user,
)


class Mistake(NamedTuple):
    """A diagram with a mistake, the rule that finds it, where, whether it deploys, and words of the answer."""

    data: bytes
    rule: str
    at: str
    severity: str
    words: str


FORK = "start -> f; f -> a -> j; f -> b -> j; j -> end"
CHOICE = "start -> f; f -> a -> j : =x; f -> b -> j : default; j -> end"
WARN, STOP = "warning", "error"

MISTAKES = {
    "a choice joined by a parallel gateway": Mistake(
        diagram("start -> f; f -> a : =x; f -> b : default; a -> j; b -> j; j -> end", exclusive("f"), parallel("j")),
        "wrong-join",
        "j",
        WARN,
        "the process stops here",
    ),
    "parallel branches merged by an exclusive gateway": Mistake(
        diagram(FORK, parallel("f"), exclusive("j")),
        "wrong-join",
        "j",
        WARN,
        "runs once for each of them",
    ),
    "parallel branches that meet in a task": Mistake(
        diagram(FORK, parallel("f"), service("j")),
        "wrong-join",
        "j",
        WARN,
        "Join them by a parallel gateway",
    ),
    "an event-based gateway joined by a parallel one": Mistake(
        diagram(
            "start -> g; g -> t -> j; g -> u -> j; j -> end",
            event_based("g"),
            catch("t", timer("duration", "PT1H")),
            catch("u", timer("duration", "PT2H")),
            parallel("j"),
        ),
        "wrong-join",
        "j",
        WARN,
        "sends a token to one of them only",
    ),
    "a dead end": Mistake(
        diagram("start -> f; f -> a; f -> b -> end", parallel("f")), "dead-end", "a", WARN, "no flow leaves it"
    ),
    "a boundary event that leads nowhere": Mistake(
        diagram("start -> a -> end", user("a"), boundary("late", "a", timer("duration", "PT1H"))),
        "dead-end",
        "late",
        WARN,
        "nothing handles it",
    ),
    "an unreachable task": Mistake(
        diagram("start -> a -> end; b -> end"), "unreachable", "b", WARN, "is never reached"
    ),
    "an unreachable circle": Mistake(
        diagram("start -> a -> end; b -> c -> b", service("b"), service("c")),
        "unreachable",
        "c",
        WARN,
        "delete it",
    ),
    "a message without correlation key": Mistake(
        diagram("start -> m -> end", catch("m", message_event("paid")), shared=message("paid")),
        "correlation-key",
        "m",
        WARN,
        "has no correlation key",
    ),
    "an error that nobody catches": Mistake(
        diagram("start -> x", end("x", error_event("NO")), shared=error("NO")),
        "uncaught-error",
        "x",
        WARN,
        "nothing in this process",
    ),
    "an escalation that nobody catches": Mistake(
        diagram("start -> x -> end", throw("x", escalation_event("UP")), shared=escalation("UP")),
        "uncaught-escalation",
        "x",
        WARN,
        "Attach an escalation boundary event",
    ),
    "an exclusive gateway without default": Mistake(
        diagram("start -> g; g -> a : =x > 1; g -> b : =x < 1; a -> end; b -> end", exclusive("g")),
        "no-default",
        "g",
        WARN,
        "it is stuck",
    ),
    "an inclusive gateway without default": Mistake(
        diagram("start -> g; g -> a : =x > 1; g -> b : =x < 1; a -> end; b -> end", inclusive("g")),
        "no-default",
        "g",
        WARN,
        "Mark one of its flows as default",
    ),
    "an implicit merge": Mistake(
        diagram("start -> g; g -> a : =x; g -> b : default; a -> c; b -> c; c -> end", exclusive("g"), service("c")),
        "implicit-merge",
        "c",
        WARN,
        "Draw an exclusive gateway in front of it",
    ),
    "an implicit split": Mistake(
        diagram("start -> a; a -> b -> end; a -> c -> end"), "implicit-split", "a", WARN, "all of them are taken"
    ),
    "a gateway that joins and splits": Mistake(
        diagram("start -> f; f -> a -> g; f -> b -> g; g -> c -> end; g -> d -> end", parallel("f"), parallel("g")),
        "join-and-split",
        "g",
        WARN,
        "hard to read",
    ),
    "a gateway that does nothing": Mistake(
        diagram("start -> g -> end", parallel("g")), "superfluous-gateway", "g", WARN, "it does nothing"
    ),
    "two events that catch the same error": Mistake(
        diagram(
            "start -> a -> end; x -> end; y -> end",
            service("a"),
            boundary("x", "a", error_event("NO")),
            boundary("y", "a", error_event("NO")),
            shared=error("NO"),
        ),
        "same-catcher",
        "y",
        WARN,
        "Delete one of them",
    ),
    "two events on an activity that wait for the same message": Mistake(
        diagram(
            "start -> a -> end; x -> end; y -> end",
            service("a"),
            boundary("x", "a", message_event("m"), interrupting=False),
            boundary("y", "a", message_event("m2")),
            shared=message("m", "=1") + message("m", "=1").replace('id="m"', 'id="m2"'),
        ),
        "same-catcher",
        "y",
        WARN,
        "'x' on the same activity; only one of them gets it",
    ),
    "two event sub-processes that wait for the same signal": Mistake(
        diagram(
            "start -> a -> end",
            service("a"),
            event_sub("g", "x -> end_g", start("x", signal_event("go"), interrupting=False)),
            event_sub("h", "y -> end_h", start("y", signal_event("go"))),
            shared=signal("go"),
        ),
        "same-catcher",
        "y",
        WARN,
        "in the same scope",
    ),
    "two branches of a gateway that wait for the same message": Mistake(
        diagram(
            "start -> g; g -> x -> end; g -> y -> end",
            event_based("g"),
            catch("x", message_event("m")),
            element("receiveTask", "y", attributes='messageRef="m"'),
            shared=message("m", "=1"),
        ),
        "same-catcher",
        "y",
        WARN,
        "behind the same gateway",
    ),
    "a loop that never ends": Mistake(
        diagram("start -> g -> a -> g", exclusive("g"), element("task", "a")),
        "endless-loop",
        "g",
        WARN,
        "waits for nothing",
    ),
    "two start events": Mistake(
        diagram("start -> a; start2 -> a; a -> end"), "several-starts", "start2", WARN, "all start at once"
    ),
    "the same condition twice": Mistake(
        diagram("start -> g; g -> a : =x; g -> b : =x; g -> c : default; a -> end; b -> end; c -> end", exclusive("g")),
        "same-condition",
        "g",
        WARN,
        "only the first is taken",
    ),
    "tasks without a type": Mistake(
        diagram("start -> a -> b -> end"), "task-type", "a", WARN, "nobody does it: 'a', 'b'. Choose"
    ),
    "a service task that does not say what does it": Mistake(
        diagram("start -> a -> end", service("a")), "job-type", "a", WARN, "its id is taken as the job type"
    ),
    "a script task without script": Mistake(
        diagram("start -> a -> end", element("scriptTask", "a")), "job-type", "a", WARN, "name of the handler"
    ),
    "no start event": Mistake(diagram("a -> end"), "no-start-event", "p", WARN, "it begins with 'a'. Draw"),
    "an id that no editor opens": Mistake(
        diagram("start -> end", process_id="my process"), "id", "my process", WARN, "not one that editors open"
    ),
    "an id that begins with a digit": Mistake(
        diagram("start -> 1a -> end", user("1a")), "id", "1a", WARN, "begins with a letter"
    ),
    "no end event": Mistake(diagram("start -> a"), "no-end-event", "p", WARN, "Draw an end event"),
    "an empty sub-process": Mistake(
        diagram("start -> s -> end", sub("s", "")), "empty", "s", WARN, "Draw something into it"
    ),
    "a flow without condition": Mistake(
        diagram("start -> g; g -> a : =x; g -> b; a -> end; b -> end", exclusive("g")),
        "missing-condition",
        "g",
        STOP,
        "mark it as default",
    ),
    "a condition on a parallel gateway": Mistake(
        diagram("start -> g; g -> a : =x; g -> b; a -> end; b -> end", parallel("g")),
        "condition-ignored",
        "g",
        WARN,
        "use an inclusive gateway",
    ),
    "a link without its other end": Mistake(
        diagram("start -> a", throw("a", link_event("L"))),
        "link",
        "a",
        STOP,
        "Draw one link catch event",
    ),
    "a multi-instance activity without list": Mistake(
        diagram("start -> a -> end", service("a", inner=multi())),
        "multi-instance",
        "a",
        STOP,
        "Give it an input collection",
    ),
    "a compensation event without handler": Mistake(
        diagram("start -> a -> end", service("a"), boundary("u", "a", compensate_event())),
        "compensation",
        "u",
        STOP,
        "Associate it",
    ),
    "an interrupting cycle": Mistake(
        diagram("start -> a -> end; t -> end", user("a"), boundary("t", "a", timer("cycle", "R3/PT1H"))),
        "timer",
        "t",
        STOP,
        "make it non-interrupting",
    ),
    "an error event beside its activity": Mistake(
        diagram(
            "start -> a -> end; t -> end",
            user("a"),
            boundary("t", "a", error_event("NO"), interrupting=False),
            shared=error("NO"),
        ),
        "event-position",
        "t",
        STOP,
        "cannot be the definition of a non-interrupting",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_lint_names_the_mistake_the_element_and_the_remedy(name: str, tmp_path: Path) -> None:
    mistake = MISTAKES[name]
    file = tmp_path / "drawn.bpmn"
    file.write_bytes(mistake.data)

    result = CliRunner().invoke(cli, ["lint", str(file), "--json"])

    (problems,) = json.loads(result.output).values()
    found = [problem for problem in problems if problem["rule"] == mistake.rule and problem["element_id"] == mistake.at]
    assert found, problems
    assert mistake.words in f"{found[0]['message']} {found[0]['hint']}"
    assert (found[0]["severity"], result.exit_code) == (mistake.severity, 1 if mistake.severity == STOP else 0)


FINE = {
    "a parallel block": diagram(FORK, parallel("f"), parallel("j")),
    "a choice": diagram(
        "start -> f; f -> a : =x; f -> b : default; a -> j; b -> j; j -> end", exclusive("f"), exclusive("j")
    ),
    "an inclusive block": diagram(
        "start -> f; f -> a : =x; f -> b : default; a -> j; b -> j; j -> end", inclusive("f"), inclusive("j")
    ),
    "a choice inside a parallel branch": diagram(
        "start -> f; f -> g; g -> a : =x; g -> b : default; a -> m; b -> m; m -> j; f -> c -> j; j -> end",
        parallel("f"),
        exclusive("g"),
        exclusive("m"),
        parallel("j"),
    ),
    "a loop with a task": diagram(
        "start -> m -> a -> g; g -> m : =again; g -> end : default", exclusive("m"), exclusive("g"), service("a")
    ),
    "an error that is caught": diagram(
        "start -> s -> end; c -> end_2",
        sub("s", "start_s -> x", end("x", error_event("NO"))),
        boundary("c", "s", error_event("NO")),
        shared=error("NO"),
    ),
    "an error that another error with its code catches": diagram(
        "start -> s -> end; c -> end_2",
        sub("s", "start_s -> x", end("x", error_event("NO"))),
        boundary("c", "s", error_event("ALSO")),
        shared=error("NO") + '<bpmn:error id="ALSO" errorCode="NO"/>',
    ),
    "an error that an event sub-process catches": diagram(
        "start -> x",
        end("x", error_event("NO")),
        event_sub("h", "start_h -> end_h", start("start_h", error_event())),
        shared=error("NO"),
    ),
    "compensation": diagram("start -> a -> t -> end", service("a"), undo("a", "back"), throw("t", compensate_event())),
    "links": diagram("start -> j; k -> end", throw("j", link_event("L")), catch("k", link_event("L"))),
    "an ad-hoc sub-process": diagram("start -> s -> end", element("adHocSubProcess", "s", user("a") + user("b"))),
    "a sub-process without start and end": diagram("start -> s -> end", sub("s", "a -> b")),
    "ids of all letters": diagram("start -> Prüfung_1.a-b -> end", user("Prüfung_1.a-b"), process_id="_2"),
    "a choice that is made again": diagram(
        "start -> m -> g; g -> a : =x; g -> b : default; a -> f; f -> j; f -> m; b -> j; j -> end",
        exclusive("m"),
        exclusive("g"),
        parallel("f"),
        parallel("j"),
        service("a"),
        service("b"),
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_right_gets_no_warning(name: str) -> None:
    found = [(problem.rule, problem.element_id) for problem in parse(FINE[name]).warnings]

    assert [problem for problem in found if problem[0] not in ("task-type", "job-type")] == []

"""The mixed diagrams of the random crash test, and what each instance must have done in the end.

An outcome counts the element instances of a process instance by element id; `x!` counts terminated ones. Where a race is
drawn (a timer beside a person), there are several outcomes; and what is called off in a full turn may not have begun.
Jobs of the types `remote` and `refuse` are done by workers over REST, the others by the handlers of the nodes; people
complete all user tasks but those in `IGNORED`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from typing import Any

from tests.diagrams import (
    boundary,
    call,
    catch,
    compensate_event,
    diagram,
    end,
    error,
    error_event,
    event_sub,
    mappings,
    message,
    message_event,
    multi,
    parallel,
    service,
    start,
    throw,
    timer,
    undo,
    user,
)

Outcome = Counter[str]

REMOTE, REFUSE = "remote", "refuse"
#: Tasks that nobody does: something else ends them.
IGNORED = frozenset(("forever", "sleep"))


@dataclass(frozen=True)
class Errand:
    """Messages for an instance, in order: kept until they are taken, or handed over at once if they are synchronous."""

    message: str
    times: int = 1
    synchronous: bool = False


@dataclass(frozen=True)
class Kind:
    """A way to run a process; a person does a task in `after` only when the message there has been published."""

    process_id: str
    outcomes: tuple[Outcome, ...]
    variables: Mapping[str, Any] = field(default_factory=dict)
    errands: tuple[Errand, ...] = ()
    after: Mapping[str, str] = field(default_factory=dict)


def once(names: str, **more: int) -> Outcome:
    """Each of these elements once."""
    return Counter({**dict.fromkeys(names.split(), 1), **more})


def _remote(name: str, inner: str = "", job_type: str = REMOTE) -> str:
    return service(name, f'<zeebe:taskDefinition type="{job_type}"/>', inner=inner)


def _compensable(name: str, handler: str) -> str:
    """A remote activity with a remote compensation handler."""
    task = (
        f'<bpmn:extensionElements><zeebe:taskDefinition type="{REMOTE}"/></bpmn:extensionElements></bpmn:serviceTask>'
    )
    return _remote(name) + undo(name, handler).replace("></bpmn:serviceTask>", f">{task}")


def _many(activity: str, characteristics: str) -> str:
    """An activity with multi-instance characteristics."""
    inner, tag, _ = activity.rpartition("</bpmn:")
    return f"{inner}{characteristics}{tag}{_}"


_REF = "=ref"
_EACH = multi("=[1, 2, 3]", inputElement="item", outputCollection="booked", outputElement="=item")
_IN_TURN = multi("=[1, 2, 3]", inputElement="item", sequential=True)

FILES: dict[str, bytes] = {
    "order": diagram(
        "start -> check -> fork; fork -> pay -> join; fork -> mail -> join; join -> pause -> rounds -> ship -> end",
        _remote("check"),
        service("pay"),
        _remote("mail"),
        service("ship"),
        parallel("fork"),
        parallel("join"),
        catch("pause", timer("duration", "PT0.3S")),
        _many(_remote("rounds"), _IN_TURN),
        process_id="order",
    ),
    "trip": diagram(
        "start -> legs -> pay -> giveup -> tell",
        _many(call("legs", "leg", mappings({"item": "=item"})), _EACH),
        service("pay"),
        undo("pay", "refund"),
        throw("giveup", compensate_event()),
        end("tell", message_event("ended")),
        process_id="trip",
        shared=message("ended"),
    ),
    "leg": diagram("start -> book -> seat -> end", _remote("book"), call("seat", "seat"), process_id="leg"),
    "seat": diagram("start -> pick -> end", service("pick"), process_id="seat"),
    "ledger": diagram(
        "m -> note -> end",
        start("m", message_event("ended")),
        service("note"),
        process_id="ledger",
        shared=message("ended"),
    ),
    "claim": diagram(
        "start -> review -> decide -> wait -> end; nudged -> note -> end_note; denied -> appeal -> wait",
        user("review"),
        boundary("nudged", "review", message_event("nudge"), interrupting=False),
        service("note"),
        service("decide"),
        boundary("denied", "decide", error_event("DENIED")),
        user("appeal"),
        catch("wait", message_event("answer")),
        process_id="claim",
        shared=message("nudge", _REF) + message("answer", _REF) + error("DENIED"),
    ),
    "watch": diagram(
        "start -> hold -> end",
        catch("hold", message_event("release")),
        event_sub(
            "pinged",
            "ping -> pong -> end_pong",
            start("ping", message_event("pinging"), interrupting=False),
            _remote("pong"),
        ),
        process_id="watch",
        shared=message("pinging", _REF) + message("release", _REF),
    ),
    "abort": diagram(
        "start -> forever -> end",
        user("forever"),
        event_sub("aborted", "stop -> clean -> end_clean", start("stop", message_event("stopping")), service("clean")),
        process_id="abort",
        shared=message("stopping", _REF),
    ),
    "impatient": diagram(
        "start -> child -> end; late -> remind -> end_late",
        call("child", "sleeper"),
        boundary("late", "child", timer("duration", "PT0.4S")),
        service("remind"),
        process_id="impatient",
    ),
    "sleeper": diagram("start -> sleep -> end", user("sleep"), process_id="sleeper"),
    "signing": diagram(
        "start -> sign -> end; late -> remind -> end_late; ticked -> end_tick",
        user("sign"),
        boundary("late", "sign", timer("duration", "PT2.5S")),
        service("remind"),
        boundary("ticked", "sign", timer("cycle", "R2/PT1S"), interrupting=False),
        process_id="signing",
    ),
    "saga": diagram(
        "start -> hire -> rent -> funds -> end; broke -> giveup -> end_undone",
        service("hire"),
        undo("hire", "unhire"),
        _compensable("rent", "unrent"),
        _remote("funds", job_type=REFUSE),
        boundary("broke", "funds", error_event("NOFUNDS")),
        throw("giveup", compensate_event()),
        process_id="saga",
        shared=error("NOFUNDS"),
    ),
    "caller": diagram(
        "start -> risky -> end; failed -> clean -> end_failed",
        call("risky", "failing"),
        boundary("failed", "risky", error_event("NOFUNDS")),
        service("clean"),
        process_id="caller",
        shared=error("NOFUNDS"),
    ),
    "failing": diagram("start -> funds -> end", _remote("funds", job_type=REFUSE), process_id="failing"),
    "desk": diagram(
        "m -> serve -> end",
        start("m", message_event("ticket")),
        _remote("serve"),
        process_id="desk",
        shared=message("ticket"),
    ),
}

_CLAIM = "claim start review nudged note end_note decide wait end"
_SIGNED, _LATE = "signing start sign end", "signing start sign! late remind end_late"


def _ticks(names: str) -> tuple[Outcome, ...]:
    """The cycle of two ticks may have been cut off by the end of its task."""
    return once(names), once(names + " ticked end_tick"), once(names, ticked=2, end_tick=2)


def _claim(outcome: Outcome, *, deny: bool, synchronous: bool) -> Kind:
    variables = {"deny": deny}
    return Kind(
        "claim",
        (outcome,),
        variables,
        (Errand("nudge"), Errand("answer", synchronous=synchronous)),
        {"review": "nudge"},
    )


_DENIED = once(_CLAIM.replace("decide", "decide! denied appeal"))
KINDS: tuple[Kind, ...] = (
    Kind("order", (once("order start check fork pay mail join pause ship end", rounds=4),)),
    Kind("trip", (once("trip start pay refund giveup tell", legs=4),)),
    _claim(once(_CLAIM), deny=False, synchronous=False),
    _claim(once(_CLAIM), deny=False, synchronous=True),
    _claim(_DENIED, deny=True, synchronous=False),
    _claim(_DENIED, deny=True, synchronous=True),
    Kind(
        "watch",
        (once("watch start hold end", pinged=2, ping=2, pong=2, end_pong=2),),
        {},
        (Errand("pinging", 2), Errand("release")),
    ),
    Kind(
        "abort",
        (once("abort start forever! aborted stop clean end_clean"), once("abort aborted stop clean end_clean")),
        {},
        (Errand("stopping"),),
    ),
    Kind("impatient", (once("impatient start child! late remind end_late"),)),
    Kind("signing", (*_ticks(_SIGNED), *_ticks(_LATE))),
    Kind("saga", (once("saga start hire rent funds! broke giveup unhire unrent end_undone"),)),
    Kind("caller", (once("caller start risky! failed clean end_failed"),)),
)

#: Processes that instances bring about: what each of theirs has done, and its end.
CHILDREN: dict[str, tuple[tuple[Outcome, ...], str]] = {
    "leg": ((once("leg start book seat end"),), "COMPLETED"),
    "seat": ((once("seat start pick end"),), "COMPLETED"),
    "ledger": ((once("ledger m note end"),), "COMPLETED"),
    "desk": ((once("desk m serve end"),), "COMPLETED"),
    "sleeper": ((once("sleeper! start sleep!"), once("sleeper!")), "TERMINATED"),
    "failing": ((once("failing! start funds!"),), "TERMINATED"),
}
#: How many instances of the one come of each of the other.
CAUSES = {
    "leg": ("trip", 3),
    "seat": ("leg", 1),
    "ledger": ("trip", 1),
    "sleeper": ("impatient", 1),
    "failing": ("caller", 1),
}


def write_folder(folder: Path) -> Path:
    """The folder that the nodes serve: the diagrams, and the handlers beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (folder / f"{name}.bpmn").write_bytes(content)
    copyfile(Path(__file__).with_name("handlers.py"), folder / "handlers.py")
    return folder

"""The table of supported elements, made from the engine's own tables: `docs/coverage.md` is its output (`make docs`)."""

from __future__ import annotations

from collections.abc import Iterable

from bpmn_engine.dialects import camunda, zeebe
from bpmn_engine.elements import ELEMENTS
from bpmn_engine.elements.event_definitions import EVENT_DEFINITIONS, Position
from bpmn_engine.parser.vocabulary import ARTIFACTS, FLOW_NODES, KNOWN_ROOTS

SUPPORTED, PRESERVED, REJECTED = "supported", "preserved", "rejected"

#: Standard BPMN that this engine rejects at deployment, each with the reason.
REFUSALS = {
    "resourceRole": "It does not say what the resource has to do with the activity; `potentialOwner`, `humanPerformer` and "
    "the dialects' assignment do.",
    "correlationSubscription (correlation by properties)": "The key stands at the message (`zeebe:subscription`), or is "
    "the business id.",
    "multiInstanceLoopCharacteristics with a behavior other than All": "It throws events per run that are drawn nowhere "
    "in the flow.",
    "dataInputAssociation, dataOutputAssociation with assignment or transformation": "Values are moved by input and "
    "output mappings; an association without computation is kept.",
    "compensateEventDefinition with waitForCompletion=false": "Compensation beside the running process cannot be "
    "understood from the diagram; draw a parallel branch.",
    "a parallel multiple start event of a process": "There is no instance yet that could gather the events; wait for the "
    "others behind the start.",
    "a multiple throw event with error, terminate, cancel, compensation, link or a job": "They end or stop the token, so "
    "that the other definitions would never be done.",
    "scriptFormat other than FEEL or JUEL": "The engine runs no foreign code; a service task with a Python handler does.",
}


def coverage() -> str:
    """The page as Markdown."""
    parts = [
        "# Supported elements",
        "",
        "Made from the engine's tables by `make docs`; a test keeps it up to date. *Supported*: it behaves as BPMN 2.0.2",
        "requires. *Preserved*: it is kept for the editor and changes nothing when the process runs. *Rejected*: the",
        "deployment fails and says where, why and what to do instead. What is not in these tables is rejected as unknown.",
        "",
        *_elements(),
        *_events(),
        *_refusals(),
        *_dialects(),
    ]
    return "\n".join(parts) + "\n"


def _elements() -> list[str]:
    rows: list[tuple[str, ...]] = [
        (f"`{tag}`", SUPPORTED, _sentence(ELEMENTS[tag].__doc__)) for tag in sorted(ELEMENTS)
    ]
    rows += [(f"`{tag}`", REJECTED, "") for tag in sorted(FLOW_NODES - set(ELEMENTS))]
    rows += [(f"`{tag}`", _artifact_state(tag), _ARTIFACT_NOTES.get(tag, "")) for tag in sorted(ARTIFACTS)]
    rows += [("`participant`, `messageFlow`, `lane`, diagram interchange", PRESERVED, "Read into the model.")]
    rows += [(", ".join(f"`{tag}`" for tag in _GLOBAL), SUPPORTED, "Referred to by events and tasks.")]
    rows += [(", ".join(f"`{tag}`" for tag in sorted(KNOWN_ROOTS - {"documentation", "extension"})), PRESERVED, "")]
    return ["## Elements", "", *_table(("element", "state", "what it does"), rows)]


_GLOBAL = ("message", "signal", "error", "escalation")
_ARTIFACT_NOTES = {
    "association": "From a compensation event to its handler; any other is a drawing.",
    "property": "With the extension property `initialValue` it is a variable of its process or activity.",
}


def _artifact_state(tag: str) -> str:
    return SUPPORTED if tag in _ARTIFACT_NOTES else PRESERVED


def _events() -> list[str]:
    heads = ("definition", *(position.value for position in Position))
    rows = [
        (f"`{tag}`", *(SUPPORTED if position in kind.positions else "" for position in Position))
        for tag, kind in EVENT_DEFINITIONS.items()
    ]
    everywhere = (SUPPORTED,) * len(Position)
    refused_start = tuple(REJECTED if position is Position.START else SUPPORTED for position in Position)
    rows += [
        ("several definitions (multiple)", *everywhere),
        ("several, parallel multiple", *refused_start[:-2], "", ""),
    ]
    return [
        "## Events",
        "",
        "An empty field is a combination that the standard does not have; it is rejected. A start event that is not in an "
        "event sub-process is one of a process.",
        "",
        *_table(heads, rows),
    ]


def _refusals() -> list[str]:
    return [
        "## Standard BPMN that is rejected",
        "",
        *_table(("what", "why"), list(REFUSALS.items())),
    ]


def _dialects() -> list[str]:
    rows = [
        *_extensions("zeebe", "element", zeebe.READERS, zeebe.KEPT_ELEMENTS, zeebe.REFUSED),
        *_extensions("zeebe", "attribute", (), zeebe.KEPT_ATTRIBUTES, {}),
        *_extensions(
            "camunda",
            "",
            {*camunda.ATTRIBUTES, *camunda.ASSIGNMENT, "expression", *camunda.ELEMENTS},
            camunda.KEPT_ATTRIBUTES,
            camunda.REFUSED,
        ),
    ]
    return [
        "## Extensions",
        "",
        "An extension on an element that does not support it is rejected as misplaced. Elements and attributes of other "
        "vendors' namespaces are preserved. What Activiti and Flowable have by the same name as camunda: means the same; "
        "everything else of theirs and of jBPM is rejected: it would change how a process runs.",
        "",
        *_table(("extension", "state", "instead"), rows),
    ]


def _extensions(
    prefix: str, kind: str, run: Iterable[str], kept: Iterable[str], refused: dict[str, str]
) -> list[tuple[str, ...]]:
    what = f" ({kind})" if kind else ""
    return [
        *((f"`{prefix}:{name}`{what}", SUPPORTED, "") for name in sorted(run)),
        *((f"`{prefix}:{name}`{what}", PRESERVED, "") for name in sorted(kept)),
        *((f"`{prefix}:{name}`{what}", REJECTED, hint) for name, hint in sorted(refused.items())),
    ]


def _sentence(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split())


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [heads, ("---",) * len(heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]


if __name__ == "__main__":
    print(coverage(), end="")  # noqa: T201 - its output is the page

"""Errors, escalations and cancellations on their way outwards."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple


class Thrown(NamedTuple):
    """A business error, an escalation or a cancellation; `definition` is the BPMN name of its event definition."""

    definition: str
    code: str
    message: str = ""
    variables: Mapping[str, Any] = {}


class Match(IntEnum):
    """The fit of an event to something thrown: an exact code beats a catch-all (BPMN 2.0.2, 10.5.7)."""

    NONE = 0
    ANY = 1
    EXACT = 2

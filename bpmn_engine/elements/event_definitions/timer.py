"""Timers: a date, a duration or a cycle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.event_definitions.definition import NON_INTERRUPTING, WAITING, Definition, Position
from bpmn_engine.elements.event_definitions.schedule import Occurrence, first_of_cycle
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Static
from bpmn_engine.expressions.feel.temporal import DateTime, DayTimeDuration, YearMonthDuration
from bpmn_engine.expressions.feel.text import to_text
from bpmn_engine.expressions.iso8601 import Duration, parse_datetime, parse_duration
from bpmn_engine.instance.changes import TimerScheduled
from bpmn_engine.instance.state import Kind, Timer

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step

_KINDS = ("timeDate", "timeDuration", "timeCycle")
_REPEATING = NON_INTERRUPTING | {Position.START}


class TimerDefinition(Definition):
    """Waits until a date, for a duration, or again and again (BPMN 2.0.2, 10.5.5 and 13.5.1)."""

    tag = "timerEventDefinition"
    positions = WAITING
    catch_wait = Kind.TIMER

    def read(self, source: Source, position: Position) -> None:
        kinds = [kind for kind in _KINDS if kind in self.drawn.expressions]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "nothing"
            source.error("timer", f"{self.event.label} needs one of {', '.join(_KINDS)}; found {found}.", "Set one.")
            return
        self.kind, self.expression = kinds[0], self.drawn.expressions[kinds[0]]
        if self.kind == "timeCycle" and position not in _REPEATING:
            source.error(
                "timer",
                f"{self.event.label} ends when it fires, so it cannot repeat.",
                "Use a duration, or make it non-interrupting.",
            )
        if isinstance(self.expression, Static):
            self._check(self.expression.value, source)

    def _check(self, value: Any, source: Source) -> None:
        try:
            self._occurrence(value, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
        except ValueError as error:
            source.error("timer", f"The {self.kind} of {self.event.label} cannot be read: {error}.")

    def arm(self, step: Step, key: int, outer_key: int) -> tuple[TimerScheduled]:
        value = step.evaluate(self.expression, key)
        try:
            due, schedule, remaining = self._occurrence(value, step.now)
        except (ValueError, OverflowError) as error:
            raise Failure(
                "EXTRACT_VALUE_ERROR", f"The timer of {self.event.label} evaluates to {value!r}: {error}."
            ) from None
        return (TimerScheduled(Timer(next(step.keys), key, self.event.id, due, schedule, remaining)),)

    def _occurrence(self, value: Any, now: datetime) -> Occurrence:
        """Compute when a value of this timer's kind first falls due; raise ValueError."""
        if self.kind == "timeCycle":
            return first_of_cycle(_text(value), now)
        if self.kind == "timeDuration":
            return Occurrence(_duration(value).after(now))
        zoned = isinstance(value, DateTime) and value.time.zone is not None
        return Occurrence(value.to_python() if zoned else parse_datetime(_text(value)))


def _duration(value: Any) -> Duration:
    if isinstance(value, DayTimeDuration):
        return Duration(exact=timedelta(microseconds=value.nanos // 1000))
    if isinstance(value, YearMonthDuration):
        return Duration(months=value.months)
    return parse_duration(_text(value))


def _text(value: Any) -> str:
    text = to_text(value)
    if not text:
        raise ValueError("there is no value")
    return text

"""The two kinds of duration: days and time (exact), years and months (calendar) (DMN 1.5, 10.3.2.3.7, 10.3.2.3.8)."""

from __future__ import annotations

from dataclasses import dataclass

from bpmn_engine.expressions.feel.temporal.calendar import NANOS


@dataclass(frozen=True, slots=True, order=True)
class DayTimeDuration:
    """An exact number of nanoseconds."""

    nanos: int

    @property
    def seconds(self) -> int:
        """Whole seconds, towards zero."""
        return -(-self.nanos // NANOS) if self.nanos < 0 else self.nanos // NANOS

    def __str__(self) -> str:
        sign, nanos = ("-", -self.nanos) if self.nanos < 0 else ("", self.nanos)
        seconds, fraction = divmod(nanos, NANOS)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        rest = f"{seconds}{fraction_text(fraction)}"
        clock = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}{f'{rest}S' if rest != '0' else ''}"
        return f"{sign}P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}" if nanos else "PT0S"


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """A number of calendar months; years are twelve of them."""

    months: int

    def __str__(self) -> str:
        sign, months = ("-", -self.months) if self.months < 0 else ("", self.months)
        years, months = divmod(months, 12)
        return f"{sign}P{f'{years}Y' if years else ''}{f'{months}M' if months or not years else ''}"


def fraction_text(nanos: int) -> str:
    """`.5` for half a second; nothing for a whole one."""
    return f".{nanos:09d}".rstrip("0") if nanos else ""

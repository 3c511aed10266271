"""The engine's clock: the database's time, so that all nodes agree. Tests pin and move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: Differences below this (the round trip and a little more) are not worth a correction.
_CLOSE_ENOUGH = timedelta(milliseconds=5)


class Clock:
    """Real time, or a pinned moment that stands still until it is moved. Every jump calls the `on_jump` listeners."""

    def __init__(self) -> None:
        self._pinned: datetime | None = None
        self._offset = timedelta()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The current time in UTC."""
        return self._pinned or self.real()

    def real(self) -> datetime:
        """The database's time as far as this process knows it, also while the clock is pinned."""
        return system_time() + self._offset

    def follow(self, database_time: datetime, round_trip: float) -> None:
        """Correct this process's clock by the database's; `round_trip` is how many seconds asking it took."""
        offset = database_time - (system_time() - timedelta(seconds=round_trip / 2))
        if abs(offset - self._offset) > _CLOSE_ENOUGH + timedelta(seconds=round_trip):
            self._offset = offset
            self._jumped()

    @property
    def pinned(self) -> bool:
        """Whether the clock stands still."""
        return self._pinned is not None

    def pin(self, moment: datetime) -> None:
        """Stop the clock at a moment."""
        self._pinned = moment.astimezone(UTC)
        self._jumped()

    def advance(self, span: timedelta) -> None:
        """Pin the clock that much later than it is now."""
        self.pin(self.now() + span)

    def reset(self) -> None:
        """Return to real time."""
        self._pinned = None
        self._jumped()

    def on_jump(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the clock jumps."""
        self._listeners.append(listener)

    def _jumped(self) -> None:
        for listener in self._listeners:
            listener()


def system_time() -> datetime:
    """The time of this machine's clock."""
    return datetime.now(UTC)

"""The engine's clock. Tests pin and move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time, or a pinned moment that stands still until it is moved. `changed` is called when it jumps."""

    def __init__(self) -> None:
        self._pinned: datetime | None = None
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The current time in UTC."""
        return self._pinned or datetime.now(UTC)

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
        """Go back to real time."""
        self._pinned = None
        self._jumped()

    def on_jump(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the clock jumps."""
        self._listeners.append(listener)

    def _jumped(self) -> None:
        for listener in self._listeners:
            listener()

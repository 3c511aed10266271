"""Keys: 64 bits, time-ordered, generated without coordination: 41 bits milliseconds, 10 bits node, 12 bits count.

The last quarter of the counts belongs to what a node computes beside its loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn_engine.runtime.clock import Clock

NODES = 1 << 10
_COUNT = 1 << 12
_BESIDE = _COUNT * 3 // 4
_EPOCH_MS = 1_735_689_600_000  # 2025-01-01


class KeyGenerator(Iterator[int]):
    """Unique as long as each node has its own id and `clock` is the database's; one thread only."""

    __slots__ = ("_first", "_left", "_millisecond", "_next", "_size", "clock", "node_id")

    def __init__(self, node_id: int, clock: Clock | None = None, *, beside: bool = False) -> None:
        self.node_id, self.clock = node_id, clock or Clock()
        self._first, self._size = (_BESIDE, _COUNT - _BESIDE) if beside else (1, _BESIDE - 1)
        self._millisecond = 0
        self._next = 0
        self._left = 0

    def __next__(self) -> int:
        if not self._left:
            self._take(max(self._now(), self._millisecond + 1))
        self._left -= 1
        key = self._next
        self._next += 1
        return key

    def refresh(self) -> None:
        """Move to the current millisecond if it is a new one; called once per batch, so that keys follow the clock."""
        if (now := self._now()) > self._millisecond:
            self._take(now)

    def _take(self, millisecond: int) -> None:
        """Take the keys of a millisecond, which comes after the one before."""
        self._millisecond = millisecond
        self._next = (self._millisecond * NODES + self.node_id) * _COUNT + self._first
        self._left = self._size

    def _now(self) -> int:
        return int(self.clock.real().timestamp() * 1000) - _EPOCH_MS

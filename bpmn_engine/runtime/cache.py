"""Bounded caches that drop the least recently used value first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from bpmn_engine.instance.state import Instance

T = TypeVar("T")


class Recent(Generic[T]):
    """The values used last, by key, at most `size`. Safe to use from any thread."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._values: OrderedDict[int, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: int) -> T | None:
        """A value, if it is here."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: int, value: T) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self.size:
                self._values.popitem(last=False)


class InstanceCache:
    """At most `size` instances, for the loop's thread. The revision check at the write makes a stale one harmless."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._instances: OrderedDict[int, Instance] = OrderedDict()

    def get(self, key: int) -> Instance | None:
        """The instance, if it is here."""
        return self._instances.get(key)

    def put(self, instance: Instance) -> None:
        """Keep an instance."""
        instances = self._instances
        instances[instance.key] = instance
        instances.move_to_end(instance.key)
        if len(instances) > self.size:
            instances.popitem(last=False)

    def drop(self, key: int) -> None:
        """Forget an instance."""
        self._instances.pop(key, None)

    def clear(self) -> None:
        """Forget all instances."""
        self._instances.clear()

"""Instances in memory, least recently used out first. The revision check at the write makes a stale one harmless."""

from __future__ import annotations

from collections import OrderedDict

from bpmn_engine.instance.state import Instance


class InstanceCache:
    """At most `size` instances."""

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
        """Forget all."""
        self._instances.clear()

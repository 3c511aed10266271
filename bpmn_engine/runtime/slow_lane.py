"""Heavy work beside the loop: the agenda of instances whose elements take long (slow expressions, decisions).

A step is a pure function, so it can be computed ahead of the transaction that writes it. This thread loads a copy of an
instance, takes the step and gives the changes to the loop as a request; the loop writes them if nothing has happened to
the instance since, else the result is dropped and computed again. Instances take turns.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from bpmn_engine.instance.commands import Continue
from bpmn_engine.interpreter import take_step
from bpmn_engine.runtime import scheduler
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.cache import InstanceCache
from bpmn_engine.runtime.keys import KeyGenerator
from bpmn_engine.runtime.parts import Parts
from bpmn_engine.runtime.requests.internal import StepComputed
from bpmn_engine.runtime.shares import CHUNK
from bpmn_engine.runtime.tuning import computing

log = logging.getLogger("bpmn_engine.slow_lane")

#: Seconds after which a step ends; an element that takes longer is finished.
_SLICE = 0.2
#: Seconds before the next try when the database does not answer.
_PAUSE = 0.5


class SlowLane:
    """One thread, begun when it is needed first. `compute` is called by the loop, and never twice for one instance."""

    def __init__(self, parts: Parts, submit: Callable[[StepComputed], None]) -> None:
        self.parts, self.submit = parts, submit
        self._queue: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._keys: KeyGenerator | None = None

    def compute(self, key: int) -> None:
        """Take the next step of an unfinished instance; a `StepComputed` request says what came of it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="bpmn-slow-lane", daemon=True)
            self._thread.start()
        self._queue.put(key)

    def stop(self) -> None:
        """End the thread after the element that it is at."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (key := self._queue.get()) is not None and not self.parts.stopping:
            try:
                with computing():
                    computed = self._compute(key)
            except self.parts.database.errors:
                log.warning("Instance %s waits for the database", key, exc_info=True)
                time.sleep(_PAUSE)
                computed = self._computed(key)
            except Exception:
                log.exception("The step of instance %s failed", key)
                computed = self._computed(key, failed=True)
            self.submit(computed)

    def _computed(self, key: int, **result: Any) -> StepComputed:
        return StepComputed(self.parts.unfinished, self.parts.shares, self.parts.node, key, **result)

    def _keys_of(self, node_id: int) -> KeyGenerator:
        """One generator for each id that this node has had, so that no key comes twice."""
        if self._keys is None or self._keys.node_id != node_id:
            self._keys = KeyGenerator(node_id, self.parts.clock, beside=True)
        return self._keys

    def _compute(self, key: int) -> StepComputed:
        parts = self.parts
        boot, keys = parts.node.boot, self._keys_of(parts.node.id)
        with parts.database.read() as connection:
            parts.database.take_time(connection)
            cache = InstanceCache(1)
            now = parts.clock.now()
            batch = Batch(connection, parts.database, cache, parts.definitions, keys, now, parts.settings)
            instance = scheduler.unfinished(batch, key)
            if instance is None:
                return self._computed(key)
            revision, process = instance.revision, batch.process(instance)
            command = Continue()
            command.at = batch.now
            began = time.perf_counter()
            changes = take_step(
                process,
                instance,
                command,
                keys,
                batch.lookup,
                CHUNK,
                lambda: time.perf_counter() - began > _SLICE or parts.stopping,
            )
            seconds = time.perf_counter() - began
        return self._computed(
            key, instance=instance, revision=revision, changes=changes, boot=boot, process=process.id, seconds=seconds
        )

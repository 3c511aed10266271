"""Compiles large definitions in a thread, so that the loop need not wait for them.

A turn that needs a large definition which is not in memory ends with `NotCompiled`. The loop finds the request by
running each one in a turn of its own, and puts it aside until the definition is compiled.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from bpmn_engine.errors import StoreUnavailable
from bpmn_engine.runtime.catalog import NotCompiled
from bpmn_engine.runtime.parts import Parts
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.tuning import computing

log = logging.getLogger("bpmn_engine.definitions")


class Compiling:
    """The requests that wait for definitions, by definition key. Only `_run` works outside of the loop's thread."""

    def __init__(self, parts: Parts, submit: Callable[[Request[Any]], None], look: Callable[[], None]) -> None:
        self.parts, self.submit, self.look = parts, submit, look
        self._lock = threading.Lock()
        self._waiting: dict[int, list[Request[Any]]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether requests wait for a definition."""
        return bool(self._waiting)

    def put_aside(self, request: Request[Any], needed: NotCompiled) -> None:
        """Keep a request until a definition is compiled."""
        with self._lock:
            known = needed.key in self._waiting
            self._waiting.setdefault(needed.key, []).append(request)
        if not known:
            threading.Thread(target=self._run, args=(needed.key,), name="bpmn-compiler", daemon=True).start()

    def _run(self, key: int) -> None:
        error: Exception | None = None
        try:
            with computing(), self.parts.database.read() as connection:
                self.parts.definitions.process(connection, key)
        except self.parts.database.errors:
            log.warning("Definition %s cannot be read", key, exc_info=True)
            error = StoreUnavailable("The database did not answer; try again.")
        except Exception as failure:
            log.exception("Definition %s cannot be compiled", key)
            error = failure
        with self._lock:
            requests = self._waiting.pop(key)
        for request in requests:
            if error is None:
                self.submit(request)
            elif request.reply is not None:
                request.reply(None, error)
        self.look()

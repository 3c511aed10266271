"""The engine with the Python handlers of its own process."""

from __future__ import annotations

from bpmn_engine.runtime.engine import Engine as RuntimeEngine
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.worker.pool import Pool
from bpmn_engine.worker.registry import Registry, registry


class Engine(RuntimeEngine):
    """Runs processes in one database: `sqlite:///orders.db`, `sqlite://` (temporary) or `postgresql://...`.

    Jobs go to the functions that `@task` has registered, or to the given `handlers`; jobs of other types wait for
    workers that ask over REST.
    """

    def __init__(
        self, url: str | None = None, *, handlers: Registry | None = None, settings: Settings | None = None
    ) -> None:
        settings = settings or Settings()
        known = registry if handlers is None else handlers
        super().__init__(
            url,
            settings=settings,
            handlers=lambda engine: Pool(known, lambda request: engine.loop.submit(request), settings),
        )

    def _stop_handlers(self) -> None:
        assert isinstance(self.handlers, Pool)
        self.handlers.stop(self.settings.stop_timeout.total_seconds())

"""`bpmn serve`: serves the REST API; deploys a folder of diagrams and watches it."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path
from typing import Any

import click

from bpmn_engine.cli.importing import Handlers
from bpmn_engine.cli.watching import Watcher
from bpmn_engine.errors import InvalidArgument, StoreUnavailable

#: Long polls are cut off after this many seconds at a stop.
_GRACE_SECONDS = 2
_HEALTH_SECONDS = 5.0
log = logging.getLogger("bpmn_engine.serve")


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
@click.option(
    "--database",
    envvar="BPMN_DATABASE",
    default="sqlite:///bpmn.db",
    show_default=True,
    metavar="URL",
    help="sqlite:///FILE or postgresql://USER@HOST/NAME (also $BPMN_DATABASE).",
)
@click.option(
    "--allowed-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name that clients know this server by, beside localhost and --host; '*' is any (also $BPMN_ALLOWED_HOSTS).",
)
@click.option("--allow-time-travel", is_flag=True, help="Let clients move the clock (for tests).")
@click.option("--watch/--no-watch", default=True, show_default=True, help="Redeploy files when they change.")
def serve(
    folder: Path | None,
    host: str,
    port: int,
    database: str,
    hosts: tuple[str, ...],
    allow_time_travel: bool,
    watch: bool,
) -> None:
    """Serve the REST API, and deploy every diagram and form below FOLDER.

    Files named handlers.py below FOLDER are imported; their @task functions handle jobs. A diagram is deployed again,
    and a handlers.py imported again, when it or a Python file beside it changes; if it has problems they are printed,
    and the old version stays in use.

    \b
    Example: bpmn serve processes/ --database postgresql://bpmn@localhost/bpmn
    """
    from bpmn_engine.engine import Engine
    from bpmn_engine.runtime.tuning import tune_process
    from bpmn_engine.store.connect import without_password
    from bpmn_engine_api import create_app

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    handlers = Handlers(folder) if folder else None
    if handlers:
        handlers.load()
    tune_process()
    with Engine(database) as engine:
        watcher = Watcher(engine, folder, handlers) if folder and handlers else None
        if watcher:
            watcher.look()
        address = f"http://{host}:{port}"
        click.echo(f"Serving {address} with {without_password(database)}; the API is described at {address}/docs")
        if watcher and watch:
            watcher.start()
        try:
            app = create_app(engine, allow_time_travel=allow_time_travel, hosts=(host, *hosts))
            _serve(engine, app, host, port)
        finally:
            if watcher:
                watcher.stop()
    click.echo("Stopped.")


def _serve(engine: Any, app: Any, host: str, port: int) -> None:
    import uvicorn

    from bpmn_engine.cli.connections import BoundedConnection

    class Server(uvicorn.Server):
        """Answers waiting callers as soon as it gets a signal to stop."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            engine.drain()
            super().handle_exit(sig, frame)

    settings = engine.runtime.settings

    class Connection(BoundedConnection):
        """A connection with the limits of this engine."""

        max_connections = settings.max_connections
        header_seconds = settings.header_timeout.total_seconds()

    config = uvicorn.Config(
        app,
        host,
        port,
        log_level="warning",
        http=Connection,
        server_header=False,
        timeout_keep_alive=round(settings.keep_alive.total_seconds()),
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = Server(config)
    signal.signal(signal.SIGTERM, server.handle_exit)  # uvicorn raises it once more when it has stopped
    with HealthLog(engine):
        server.run()
    if not server.started:
        raise InvalidArgument(f"Cannot listen on {host}:{port}; is another server running there?")


class HealthLog:
    """Logs when and why the engine stops being ready, and when it is ready again."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bpmn-health", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        well = True
        while not self._stopped.wait(_HEALTH_SECONDS):
            try:
                self.engine.check_health()
            except StoreUnavailable as trouble:
                if well and not self._stopped.is_set():
                    log.error("%s", trouble)  # noqa: TRY400 - the reason is the message
                well = False
            else:
                if not well:
                    log.info("Ready again.")
                well = True

"""`bpmn serve`: serves the REST API; deploys a folder of diagrams and watches it."""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from bpmn_engine.cli.importing import import_handlers
from bpmn_engine.errors import EngineError, InvalidArgument, InvalidModel, StoreUnavailable

_WATCH_SECONDS = 1.0
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
@click.option("--allow-time-travel", is_flag=True, help="Let clients move the clock (for tests).")
@click.option("--watch/--no-watch", default=True, show_default=True, help="Redeploy files when they change.")
def serve(folder: Path | None, host: str, port: int, database: str, allow_time_travel: bool, watch: bool) -> None:
    """Serve the REST API, and deploy every diagram and form below FOLDER.

    Files named handlers.py below FOLDER are imported; their @task functions handle jobs. A diagram is deployed again,
    and a handlers.py imported again, when it or a Python file beside it changes; if it has problems they are printed,
    and the old version stays in use.

    \b
    Example: bpmn serve processes/ --database postgresql://bpmn@localhost/bpmn
    """
    from bpmn_engine.engine import Engine
    from bpmn_engine.runtime.tuning import tune_process

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
        click.echo(f"Serving http://{host}:{port} with {database}; the API is described at http://{host}:{port}/docs")
        if watcher and watch:
            watcher.start()
        try:
            _serve(engine, host, port, allow_time_travel=allow_time_travel)
        finally:
            if watcher:
                watcher.stop()
    click.echo("Stopped.")


def _serve(engine: Any, host: str, port: int, *, allow_time_travel: bool) -> None:
    import uvicorn

    from bpmn_engine_api import create_app

    class Server(uvicorn.Server):
        """Answers waiting callers as soon as it gets a signal to stop."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            engine.drain()
            super().handle_exit(sig, frame)

    app = create_app(engine, allow_time_travel=allow_time_travel)
    config = uvicorn.Config(app, host, port, log_level="warning", timeout_graceful_shutdown=_GRACE_SECONDS)
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


class Handlers:
    """The files named handlers.py below a folder, with the Python files beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[Path, tuple[tuple[str, int, int], ...]] = {}

    def load(self) -> None:
        """Import all files; raise `InvalidArgument` for one that cannot be imported."""
        for path in self._changed():
            import_handlers(path)

    def reload(self) -> None:
        """Import the files that are new or have changed, and say so; one that cannot be imported changes nothing."""
        for path in self._changed():
            name = path.relative_to(self.folder)
            try:
                import_handlers(path)
            except InvalidArgument as error:
                click.echo(f"{name} is not imported, its old version stays in use: {error}")
            else:
                click.echo(f"Imported {name} again.")

    def _changed(self) -> list[Path]:
        found = []
        for path in sorted(self.folder.rglob("handlers.py")):
            with suppress(OSError):  # gone again
                files = ((file, file.stat()) for file in sorted(path.parent.glob("*.py")))
                stamp = tuple((file.name, stat.st_mtime_ns, stat.st_size) for file, stat in files)
                if self._seen.get(path) != stamp:
                    self._seen[path] = stamp
                    found.append(path)
        return found


class Watcher:
    """Deploys the files of a folder, at first and whenever they change; imports its handlers when they change."""

    def __init__(self, engine: Any, folder: Path, handlers: Handlers) -> None:
        self.engine, self.folder, self.handlers = engine, folder, handlers
        self._seen: dict[Path, tuple[int, int]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bpmn-watcher", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_WATCH_SECONDS):
            self.handlers.reload()
            self.look()

    def look(self) -> None:
        """Deploy files that are new or have changed."""
        from bpmn_engine.engine import deployable_files

        changed = [path for path in deployable_files(self.folder) if self._is_new(path)]
        decisions = [path for path in changed if path.suffix == ".dmn"]
        if decisions:  # together, for they may import each other
            self._deploy(decisions)
        for path in changed:
            if path not in decisions:
                self._deploy([path])

    def _is_new(self, path: Path) -> bool:
        try:
            stat = path.stat()
        except OSError:  # gone again
            return False
        stamp = (stat.st_mtime_ns, stat.st_size)
        seen, self._seen[path] = self._seen.get(path), stamp
        return seen != stamp

    def _deploy(self, paths: list[Path]) -> None:
        from bpmn_engine.runtime.preparation import Resource

        name = ", ".join(str(path.relative_to(self.folder)) for path in paths)
        try:
            files = [Resource(str(path.relative_to(self.folder)), path.read_bytes()) for path in paths]
            deployment = self.engine.deploy(*files)
        except InvalidModel as error:
            click.echo(f"{name} has problems and is not deployed:")
            for problem in error.problems:
                click.echo(f"  {problem.severity}: {problem}")
            return
        except (EngineError, OSError) as error:
            click.echo(f"{name} is not deployed: {error}")
            return
        for item in deployment.items:
            click.echo(f"Deployed {item.resource_name}: {item.kind} '{item.id}' version {item.version}")
        for warning in deployment.warnings:
            click.echo(f"  warning: {warning}")

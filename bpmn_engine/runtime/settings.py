"""Settings, from arguments or from the environment (`BPMN_DATABASE`, `BPMN_BATCH_SIZE` ...)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bpmn_engine.parser import Limits
from bpmn_engine.store.database import Timeouts

_LIMITS = Limits()


class Settings(BaseSettings):
    """The settings of an engine. Every field has an environment variable with the prefix BPMN_."""

    model_config = SettingsConfigDict(env_prefix="BPMN_", extra="ignore")

    database: str = Field("sqlite:///bpmn.db", description="database URL")
    batch_size: int = Field(500, ge=1, description="requests that share a transaction at most")
    queue_size: int = Field(10_000, ge=1, description="requests that may wait; more are refused (429)")
    request_timeout: timedelta = Field(
        timedelta(seconds=30), description="a request that has not begun by then is refused (503)"
    )
    run_limit: int = Field(
        1_000_000, ge=1, description="elements that an instance enters without a wait before an incident stops it"
    )
    run_pace: int = Field(20_000, ge=1, description="elements that an instance enters without a wait in one second")
    cache_size: int = Field(10_000, ge=1, description="instances kept in memory")
    handler_threads: int = Field(8, ge=1, description="threads for synchronous handlers")
    handler_backlog: int = Field(10_000, ge=1, description="jobs that may wait in memory for a handler thread")
    handler_timeout: timedelta = Field(
        timedelta(minutes=1), description="how long a claimed job is ours; it is renewed"
    )
    job_lapses: int = Field(
        5, ge=1, description="how often a job's lock may run out without an answer before there is an incident"
    )
    poll: timedelta = Field(timedelta(seconds=5), description="the safety net: look for work of other nodes this often")
    message_time_to_live: timedelta = Field(
        timedelta(days=1), description="how long a message that a process sends is kept for those who do not wait yet"
    )
    max_bytes: int = Field(_LIMITS.max_bytes, ge=1, description="the largest diagram that is read")
    max_elements: int = Field(_LIMITS.max_elements, ge=1, description="processes and flow nodes in one diagram")
    max_nesting: int = Field(_LIMITS.max_nesting, ge=1, description="how deep sub-processes are nested")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="names that the server is known by, beside those of loopback: a.example,b.example; * is any"
    )
    max_body: int = Field(10 * 2**20, ge=1, description="bytes of a request's body (413)")
    max_upload: int = Field(64 * 2**20, ge=1, description="bytes of a deployment's body (413)")
    max_connections: int = Field(2_000, ge=1, description="connections of clients; more are closed at once")
    header_timeout: timedelta = Field(
        timedelta(seconds=10), description="how long a connection may be open until its request has begun"
    )
    body_timeout: timedelta = Field(timedelta(seconds=60), description="how long a request's body may take (408)")
    keep_alive: timedelta = Field(
        timedelta(seconds=60), description="how long a connection stays open between requests"
    )
    deployments_at_once: int = Field(2, ge=1, description="deployments that are checked at the same time")
    deployment_timeout: timedelta = Field(timedelta(seconds=30), description="how long checking a deployment may take")
    definition_cache: int = Field(1000, ge=1, description="compiled process definitions and decision models in memory")
    idempotency_retention: timedelta = Field(
        timedelta(days=1), description="how long the answer to a request with an idempotency key is kept"
    )
    node_lease: timedelta = Field(timedelta(seconds=15), description="a silent node is taken for dead after this time")
    lock_timeout: timedelta = Field(
        timedelta(seconds=2), description="how long a transaction waits for another one (PostgreSQL)"
    )
    statement_timeout: timedelta = Field(
        timedelta(seconds=15), description="how long a statement may take, or wait for the file of SQLite"
    )
    idle_timeout: timedelta = Field(
        timedelta(seconds=5), description="how long a frozen node may hold its locks (PostgreSQL)"
    )
    connect_timeout: timedelta = Field(
        timedelta(seconds=5), description="how long to wait for a connection (PostgreSQL)"
    )
    stop_timeout: timedelta = Field(timedelta(seconds=20), description="how long a stop waits for running handlers")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _listed(cls, hosts: object) -> object:
        """Hosts come as text from the environment, with commas between them."""
        return [name.strip() for name in hosts.split(",") if name.strip()] if isinstance(hosts, str) else hosts

    @property
    def limits(self) -> Limits:
        """The largest diagram that is deployed."""
        return Limits(self.max_bytes, self.max_elements, self.max_nesting)

    @property
    def timeouts(self) -> Timeouts:
        """The limits of each connection to the database."""
        return Timeouts(
            self.lock_timeout.total_seconds(),
            self.statement_timeout.total_seconds(),
            self.idle_timeout.total_seconds(),
            self.connect_timeout.total_seconds(),
        )

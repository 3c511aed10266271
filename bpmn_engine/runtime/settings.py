"""Settings, from arguments or from the environment (`BPMN_DATABASE`, `BPMN_BATCH_SIZE` ...)."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How an engine runs. Every field has an environment variable with the prefix BPMN_."""

    model_config = SettingsConfigDict(env_prefix="BPMN_", extra="ignore")

    database: str = Field("sqlite:///bpmn.db", description="database URL")
    batch_size: int = Field(500, ge=1, description="requests that share a transaction at most")
    cache_size: int = Field(10_000, ge=1, description="instances kept in memory")
    handler_threads: int = Field(8, ge=1, description="threads for synchronous handlers")
    handler_backlog: int = Field(10_000, ge=1, description="jobs that may wait in memory for a handler thread")
    handler_timeout: timedelta = Field(
        timedelta(minutes=1), description="how long a claimed job is ours; it is renewed"
    )
    poll: timedelta = Field(timedelta(seconds=5), description="the safety net: look for work of other nodes this often")
    message_time_to_live: timedelta = Field(
        timedelta(days=1), description="how long a message that a process sends is kept for those who do not wait yet"
    )
    node_lease: timedelta = Field(timedelta(seconds=15), description="a silent node is taken for dead after this time")
    stop_timeout: timedelta = Field(timedelta(seconds=20), description="how long a stop waits for running handlers")

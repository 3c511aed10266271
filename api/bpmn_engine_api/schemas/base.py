"""The base of all schemas: camelCase, keys as strings, every field present."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

TENANT = "<default>"


class Schema(BaseModel):
    """A body in camelCase; unknown members are ignored, as clients of other versions send them."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", protected_namespaces=())


def _default_tenant(tenant: str | None) -> str | None:
    if tenant not in (None, "", TENANT):
        raise ValueError(f"there is one tenant only, '{TENANT}'")
    return tenant


Tenant = Annotated[str | None, AfterValidator(_default_tenant)]
Variables = dict[str, Any]

#: Python's own limit of time spans is greater; the operations say what they accept.
Milliseconds = Annotated[int, Field(ge=-(10**15), le=10**15, description="milliseconds")]


#: A number that every column holds.
Whole = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]


def key_text(key: int | None) -> str | None:
    """A key as the API writes it, a string."""
    return None if key is None else str(key)


def moment_text(moment: datetime | None) -> str | None:
    """A moment in UTC with milliseconds: 2026-08-20T14:02:11.123Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(moment: datetime) -> str:
    """As `moment_text`, for a moment that is not None."""
    return moment_text(moment) or ""

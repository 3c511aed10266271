"""Search requests and their pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pydantic import Field

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.operations.types import Page, Search
from bpmn_engine_api.schemas.base import TENANT, Schema, Whole


class SearchQueryPageRequest(Schema):
    """One of: limit, from and limit, after and limit, before and limit."""

    limit: Whole = 100
    from_: int = Field(default=0, alias="from")
    after: str | None = None
    before: str | None = None


class SearchQuerySortRequest(Schema):
    """A field and its direction."""

    field: str
    order: str = "ASC"


class SearchQueryRequest(Schema):
    """The body of every search."""

    page: SearchQueryPageRequest | None = None
    sort: list[SearchQuerySortRequest] | None = None
    filter: dict[str, Any] | None = None


class SearchQueryPageResponse(Schema):
    """The position of a page among all items."""

    total_items: int
    has_more_total_items: bool
    start_cursor: str | None
    end_cursor: str | None

    @classmethod
    def of(cls, page: Page[Any]) -> SearchQueryPageResponse:
        return cls(
            total_items=page.total,
            has_more_total_items=page.more,
            start_cursor=page.first_cursor,
            end_cursor=page.last_cursor,
        )


#: Fields whose values are words of an enumeration: any letter case is accepted.
_ENUMERATIONS = frozenset(("state", "type", "errorType", "kind", "listenerEventType", "decisionDefinitionType"))
_NOBODY = {"key": -1}


def search_of(
    body: SearchQueryRequest | None, fields: Mapping[str, str], *, types: Mapping[str, str] | None = None
) -> Search:
    """Translate a request into the store's words; `fields` maps the API's names to ours, `types` values of `type`."""
    body = body or SearchQueryRequest()
    page = body.page or SearchQueryPageRequest()
    return Search(
        filter=_filter(body.filter or {}, fields, types or {}),
        sort=[(_name(item.field, fields), _descending(item.order)) for item in body.sort or ()],
        limit=page.limit,
        start=page.from_,
        after=page.after,
        before=page.before,
    )


def _filter(wanted: Mapping[str, Any], fields: Mapping[str, str], types: Mapping[str, str]) -> dict[str, Any]:
    translated: dict[str, Any] = {}
    for name, value in wanted.items():
        if name == "$or":
            translated["$or"] = [_filter(part, fields, types) for part in _alternatives(value)]
        elif name == "tenantId":
            if value is not None and not _is_default(value):
                translated |= _NOBODY
        else:
            translated[_name(name, fields)] = _value(name, value, types)
    return translated


def _alternatives(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in value):
        raise InvalidArgument("'$or' needs a list of filters, each of them an object.")
    return value


def _value(name: str, value: Any, types: Mapping[str, str]) -> Any:
    if name not in _ENUMERATIONS:
        return value
    if isinstance(value, Mapping):
        return {operator: _value(name, operand, types) for operator, operand in value.items()}
    if isinstance(value, list):
        return [_value(name, item, types) for item in value]
    if not isinstance(value, str):
        return value
    return types.get(value.upper(), value) if name == "type" else value.upper()


def _is_default(value: Any) -> bool:
    """Whether a filter lets the one tenant through."""
    if not isinstance(value, Mapping):
        return bool(value == TENANT)
    tests: dict[str, Callable[[Any], bool]] = {
        "$eq": lambda operand: bool(operand == TENANT),
        "$neq": lambda operand: bool(operand != TENANT),
        "$in": lambda operand: operand == [] or (isinstance(operand, list) and TENANT in operand),
        "$notIn": lambda operand: not isinstance(operand, list) or TENANT not in operand,
        "$exists": lambda operand: bool(operand),
        "$like": lambda operand: isinstance(operand, str) and fnmatchcase(TENANT, operand),
    }
    for name, operand in value.items():
        if name not in tests:
            raise InvalidArgument(f"There is no operator '{name}' for tenantId; there are {', '.join(tests)}.")
        if operand is not None and not tests[name](operand):
            return False
    return True


def _name(name: str, fields: Mapping[str, str]) -> str:
    found = fields.get(name)
    if found is None:
        raise InvalidArgument(f"There is no field '{name}' in this search; there are {', '.join(sorted(fields))}.")
    return found


def _descending(order: str) -> bool:
    if order.upper() not in ("ASC", "DESC"):
        raise InvalidArgument(f"'{order}' is not an order; expected ASC or DESC.")
    return order.upper() == "DESC"

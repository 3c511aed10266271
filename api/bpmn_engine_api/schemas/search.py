"""Search requests and their pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    body: SearchQueryRequest | None, fields: Mapping[str, str], *, types: Mapping[str, Sequence[str]] | None = None
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


def _filter(wanted: Mapping[str, Any], fields: Mapping[str, str], types: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    translated: dict[str, Any] = {}
    for name, value in wanted.items():
        if name == "$or":
            translated["$or"] = [_filter(part, fields, types) for part in _alternatives(value)]
        elif name == "tenantId":
            if value is not None and not _holds(TENANT, value):
                translated |= _NOBODY
        elif name == "type" and types:
            if value is not None:
                translated["type"] = {"$in": _own_types(value, types)}
        else:
            translated[_name(name, fields)] = _value(name, value)
    return translated


def _alternatives(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in value):
        raise InvalidArgument("'$or' needs a list of filters, each of them an object.")
    return value


def _value(name: str, value: Any) -> Any:
    """A value of an enumeration in capitals."""
    if name not in _ENUMERATIONS:
        return value
    if isinstance(value, Mapping):
        return {operator: _value(name, operand) for operator, operand in value.items()}
    if isinstance(value, list):
        return [_value(name, item) for item in value]
    return value.upper() if isinstance(value, str) else value


def _own_types(value: Any, types: Mapping[str, Sequence[str]]) -> list[str]:
    """The engine's words for the types that a filter lets through; one that no row has, if there are none."""
    wanted = _value("type", value)
    return [own for word, names in types.items() if _holds(word, wanted) for own in names] or ["none"]


#: The operators of filters that are not asked of the database, because the API's words are not those of the rows.
_TESTS: dict[str, Callable[[str, Any], bool]] = {
    "$eq": lambda word, operand: bool(word == operand),
    "$neq": lambda word, operand: bool(word != operand),
    "$in": lambda word, operand: operand == [] or word in operand,
    "$notIn": lambda word, operand: word not in operand,
    "$exists": lambda word, operand: bool(word) == operand,
    "$like": lambda word, operand: fnmatchcase(word, operand),
}


def _holds(word: str, wanted: Any) -> bool:
    """Whether a filter lets a word through."""
    tests = wanted if isinstance(wanted, Mapping) else {"$eq": wanted}
    for name, operand in tests.items():
        if name not in _TESTS:
            raise InvalidArgument(f"There is no operator '{name}' for this field; there are {', '.join(_TESTS)}.")
        expected = {"$in": list, "$notIn": list, "$exists": bool}.get(name, str)
        if operand is not None and not isinstance(operand, expected):
            raise InvalidArgument(f"The operand of '{name}' is not of the kind that it needs: {expected.__name__}.")
    return all(operand is None or _TESTS[name](word, operand) for name, operand in tests.items())


def _name(name: str, fields: Mapping[str, str]) -> str:
    found = fields.get(name)
    if found is None:
        raise InvalidArgument(f"There is no field '{name}' in this search; there are {', '.join(sorted(fields))}.")
    return found


def _descending(order: str) -> bool:
    if order.upper() not in ("ASC", "DESC"):
        raise InvalidArgument(f"'{order}' is not an order; expected ASC or DESC.")
    return order.upper() == "DESC"

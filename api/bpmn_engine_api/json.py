"""JSON in and out without loss: numbers that are not whole are decimals, not floats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from bpmn_engine.operations.values import dumps

#: The most levels of a body and digits of a number; outside of variables, characters of a text and items of a list.
MAX_DEPTH, MAX_DIGITS, MAX_TEXT, MAX_ITEMS = 200, 1_000, 32_768, 10_000
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Members whose values are data of the caller's, and texts that may be as long as a body.
_DATA, _LONG = frozenset(("variables",)), frozenset(("expression", "after", "before", "errorMessage"))


class _ExactRequest(Request):
    async def json(self) -> Any:
        body = await self.body()
        try:
            found = json.loads(body, parse_float=_decimal, parse_int=_whole, parse_constant=_no_constant)
            _check(found, MAX_DEPTH, is_data=False)
        except RecursionError:
            raise _invalid(f"the JSON is nested too deeply; expected at most {MAX_DEPTH} levels") from None
        except UnicodeDecodeError:
            raise _invalid("the body is not UTF-8") from None
        except json.JSONDecodeError as error:
            raise _invalid(f"the body is not JSON: {error}") from None
        return found


def _invalid(message: str) -> HTTPException:
    return HTTPException(HTTPStatus.BAD_REQUEST, f"body: {message}")


def _digits(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise _invalid(f"a number has {len(text):,} digits; expected at most {MAX_DIGITS:,}")
    return text


def _whole(text: str) -> int:
    return int(_digits(text))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(_digits(text))
    except InvalidOperation:
        raise _invalid("the exponent of a number is too large") from None


def _no_constant(text: str) -> None:
    raise _invalid(f"{text} is not a JSON value")


def _check(value: Any, levels: int, *, is_data: bool, is_long: bool = False) -> None:
    """Raise for what no field can hold, or is larger than any field."""
    if isinstance(value, str):
        _check_text(value, is_data=is_data, is_long=is_long)
    elif isinstance(value, dict | list) and levels == 0:
        raise _invalid(f"the JSON is nested too deeply; expected at most {MAX_DEPTH} levels")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name, is_data=False, is_long=False)
            _check(item, levels - 1, is_data=is_data or name in _DATA, is_long=name in _LONG)
    elif isinstance(value, list):
        if len(value) > MAX_ITEMS and not is_data:
            raise _invalid(f"a list has {len(value):,} items; expected at most {MAX_ITEMS:,}")
        for item in value:
            _check(item, levels - 1, is_data=is_data)


def _check_text(text: str, *, is_data: bool, is_long: bool) -> None:
    if _SURROGATE.search(text):
        raise _invalid("a text has half of a surrogate pair")
    if "\0" in text and not is_data:
        raise _invalid("a name or text has the character NUL")
    if len(text) > MAX_TEXT and not is_data and not is_long:
        raise _invalid(f"a name or text has {len(text):,} characters; expected at most {MAX_TEXT:,}")


class JsonRoute(APIRoute):
    """A route whose bodies are read exactly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def exact(request: Request) -> Response:
            return await handler(_ExactRequest(request.scope, request.receive))

        return exact


def answer(model: BaseModel, status: int = 200) -> Response:
    """A response body with every field of the schema, also those that are null."""
    return Response(dumps(model.model_dump(by_alias=True)), status, media_type="application/json")


def no_content() -> Response:
    """The answer to a command: done."""
    return Response(status_code=204)

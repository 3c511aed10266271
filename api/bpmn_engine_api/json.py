"""JSON in and out without loss: numbers that are not whole are decimals, not floats."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from bpmn_engine.operations.values import dumps


class _ExactRequest(Request):
    async def json(self) -> Any:
        body = await self.body()
        try:
            return json.loads(body, parse_float=Decimal)
        except RecursionError:
            raise RequestValidationError([{"loc": ("body",), "msg": "the JSON is nested too deeply"}]) from None


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

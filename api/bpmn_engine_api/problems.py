"""Errors as problem details (RFC 9457): one table of status codes, five members each, never a 422."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bpmn_engine.errors import (
    AlreadyExists,
    Conflict,
    EngineError,
    Forbidden,
    InvalidArgument,
    InvalidExpression,
    InvalidModel,
    NotFound,
    Overloaded,
    StoreUnavailable,
    Terminated,
    TimedOut,
    UnknownOutcome,
)

#: Status and title of each error; the first class that fits counts.
STATUS: tuple[tuple[type[EngineError], HTTPStatus, str], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND, "NOT_FOUND"),
    (Forbidden, HTTPStatus.FORBIDDEN, "FORBIDDEN"),
    (AlreadyExists, HTTPStatus.CONFLICT, "ALREADY_EXISTS"),
    (Conflict, HTTPStatus.CONFLICT, "INVALID_STATE"),
    (Terminated, HTTPStatus.CONFLICT, "INVALID_STATE"),
    (TimedOut, HTTPStatus.GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED"),
    (InvalidArgument, HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"),
    (InvalidModel, HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"),
    (InvalidExpression, HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"),
    (StoreUnavailable, HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    (Overloaded, HTTPStatus.TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
)

#: Seconds after which it is worth to try again.
_RETRY_AFTER = {HTTPStatus.SERVICE_UNAVAILABLE: "1", HTTPStatus.TOO_MANY_REQUESTS: "1"}


def problem(request: Request, status: int, title: str, detail: str, *, may_repeat: bool = True) -> JSONResponse:
    """A problem document; a request that may have been carried out is not to be repeated without a thought."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": request.url.path,
    }
    again = _RETRY_AFTER.get(HTTPStatus(status)) if may_repeat else None
    headers = {"Retry-After": again} if again else None
    return JSONResponse(body, int(status), headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error with a problem document."""

    @app.exception_handler(EngineError)
    async def engine_error(request: Request, error: EngineError) -> JSONResponse:
        for kind, status, title in STATUS:
            if isinstance(error, kind):
                may_repeat = not isinstance(error, UnknownOutcome)
                return problem(request, status, title, str(error), may_repeat=may_repeat)
        return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(request, HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", _explained(error.errors()))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        is_wrong = error.status_code == HTTPStatus.BAD_REQUEST
        title = "INVALID_ARGUMENT" if is_wrong else HTTPStatus(error.status_code).phrase
        if error.status_code == HTTPStatus.NOT_FOUND:
            return problem(request, error.status_code, "NOT_FOUND", f"There is no {request.method} {request.url.path}.")
        return problem(request, error.status_code, title, str(error.detail))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, _: Exception) -> JSONResponse:
        detail = "The engine failed to answer this request; its log says why."
        return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", detail)


def _explained(errors: Sequence[dict[str, object]]) -> str:
    """The place of each mistake in a request, and what was expected there."""
    lines = []
    for error in errors:
        location = error.get("loc", ())
        place = ".".join(str(part) for part in location[1:]) if isinstance(location, tuple) else ""
        lines.append(f"{place or 'body'}: {error.get('msg')}")
    return "; ".join(lines)

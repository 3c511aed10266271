"""The guard before every route: which hosts and pages may send requests, how large they are and how long they take.

1. A server without login trusts whoever reaches it, and a browser reaches it for any web page. So the Host header has
   to be a name that this server is known by: a page whose own name was made to point here (DNS rebinding) sends that.
2. A browser says where a request comes from (`Sec-Fetch-Site`, else `Origin`). Requests of other sites and of other
   ports are refused, except that a link may lead here. Other programs send neither header.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bpmn_engine_api.problems import problem

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
_EVERY_ADDRESS = frozenset(("0.0.0.0", "::", ""))
_UPLOADS = "/v2/deployments"
_SAFE = ("GET", "HEAD")

#: Headers of every answer: nothing of it is a page for others, a script, or kept.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class GuardRules:
    """The limits of a server: names in the Host header, bytes, and seconds for a body to arrive."""

    hosts: frozenset[str]
    max_body: int
    max_upload: int
    body_seconds: float

    def admits_host(self, header: str) -> bool:
        """Whether this server is known by the name in a Host header."""
        name = host_name(header)
        if "*" in self.hosts or name in _LOOPBACK or name in self.hosts:
            return True
        return not _EVERY_ADDRESS.isdisjoint(self.hosts) and _is_address(name)

    def admits_origin(self, headers: Headers, method: str) -> bool:
        """Whether a request comes from no web page, or from one of this server."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            follows_link = method in _SAFE and headers.get("sec-fetch-mode") == "navigate"
            return site in ("same-origin", "none") or follows_link
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""


def host_names(names: Iterable[str]) -> frozenset[str]:
    """The names of a list as `GuardRules` compares them."""
    return frozenset(host_name(name) for name in names)


def host_name(header: str) -> str:
    """The name in a Host header, without its port."""
    text = header.strip().lower()
    if text in ("::", "::1") or _is_address(text):
        return text
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class _Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: HTTPStatus, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


class Guard:
    """Refuses requests that `GuardRules` do not admit, and hands on the others with their whole body."""

    def __init__(self, app: ASGIApp, rules: GuardRules) -> None:
        self.app, self.rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope)
            body = await self._body(scope, receive)
        except _Refused as refused:
            answer = problem(Request(scope), refused.status, refused.title, refused.detail)
            answer.headers["Connection"] = "close"  # its body is not read to the end
            await answer(scope, receive, with_headers)
            return
        await self.app(scope, _replay(body, receive), with_headers)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self.rules.admits_host(host):
            message = f"This server is not known as '{host[:100]}'; start it with --allowed-host (BPMN_ALLOWED_HOSTS)."
            raise _Refused(HTTPStatus.FORBIDDEN, "FORBIDDEN", message)
        if not self.rules.admits_origin(headers, scope["method"]):
            message = "Pages of other sites may not use this server; a browser says that this request comes from one."
            raise _Refused(HTTPStatus.FORBIDDEN, "FORBIDDEN", message)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body, if it is not too large and arrives in time."""
        of_upload = scope["path"].rstrip("/") == _UPLOADS
        limit = self.rules.max_upload if of_upload else self.rules.max_body
        name = "max_upload, BPMN_MAX_UPLOAD" if of_upload else "max_body, BPMN_MAX_BODY"
        too_large = _Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "INVALID_ARGUMENT",
            f"The body is larger than {limit:,} bytes (setting {name}).",
        )
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self.rules.body_seconds):
                while (message := await receive())["type"] == "http.request":
                    body += message.get("body", b"")
                    if len(body) > limit:
                        raise too_large
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            seconds = f"{self.rules.body_seconds:g} s (setting body_timeout, BPMN_BODY_TIMEOUT)"
            message_ = f"The body has not arrived within {seconds}."
            raise _Refused(HTTPStatus.REQUEST_TIMEOUT, "DEADLINE_EXCEEDED", message_) from None
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read, and then what comes behind it."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed

"""The commands' own small REST client: JSON over the standard library."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

from bpmn_engine.errors import EngineError
from bpmn_engine.store.json import dumps

F = TypeVar("F", bound=Callable[..., Any])

server_option: Callable[[F], F] = click.option(
    "--server",
    envvar="BPMN_SERVER",
    default="http://127.0.0.1:8080",
    show_default=True,
    metavar="URL",
    help="The engine to talk to (also $BPMN_SERVER).",
)

_TIMEOUT = 60


class ServerError(EngineError):
    """The server refused, or cannot be reached."""


class Client:
    """Talks to one server."""

    def __init__(self, server: str) -> None:
        self.base = server.rstrip("/").removesuffix("/v2") + "/v2"

    def post(self, path: str, body: Any = None) -> Any:
        """POST JSON and return the answer."""
        return self._send(path, dumps(body if body is not None else {}).encode(), "application/json", "POST")

    def get(self, path: str) -> Any:
        """GET JSON."""
        return self._send(path, None, "", "GET")

    def patch(self, path: str, body: Any) -> Any:
        """PATCH JSON."""
        return self._send(path, dumps(body).encode(), "application/json", "PATCH")

    def put(self, path: str, body: Any) -> Any:
        """PUT JSON."""
        return self._send(path, dumps(body).encode(), "application/json", "PUT")

    def delete(self, path: str) -> Any:
        """DELETE a resource."""
        return self._send(path, None, "", "DELETE")

    def search(
        self, resource: str, wanted: dict[str, Any], limit: int = 100, sort: Sequence[dict[str, str]] = ()
    ) -> list[dict[str, Any]]:
        """The items of a search; `sort` as over REST."""
        body = {"filter": wanted, "page": {"limit": limit}, "sort": list(sort)}
        items: list[dict[str, Any]] = self.post(f"/{resource}/search", body)["items"]
        return items

    def deploy(self, files: Sequence[Path]) -> Any:
        """POST files as multipart."""
        boundary = uuid.uuid4().hex
        parts = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="resources"; filename="{file.name}"\r\n\r\n'.encode()
            + file.read_bytes()
            + b"\r\n"
            for file in files
        )
        body = parts + f"--{boundary}--\r\n".encode()
        return self._send("/deployments", body, f"multipart/form-data; boundary={boundary}", "POST")

    def _send(self, path: str, body: bytes | None, content_type: str, method: str) -> Any:
        headers = {"Content-Type": content_type} if content_type else {}
        request = Request(self.base + path, body, headers, method=method)
        try:
            with urlopen(request, timeout=_TIMEOUT) as response:
                text = response.read()
        except HTTPError as error:
            raise ServerError(_detail(error)) from None
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise ServerError(
                f"No engine answers at {self.base} ({reason}). Start one with `bpmn serve`, or give --server."
            ) from None
        return json.loads(text, parse_float=Decimal) if text else None


def _detail(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read())["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"

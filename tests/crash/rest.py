"""REST as a patient client speaks it: every request has a time-out; 0 means that nobody knows, -1 that nobody was there."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from tests.crash.ledger import Ledger

NO_ANSWER, NOT_SENT = 0, -1
#: What leaves open whether a request was carried out. (500 must not be, but leaves it open as well.)
OPEN = frozenset((NOT_SENT, NO_ANSWER, 500, 503, 504))
_PAGE = 1000


class Rest:
    """For one thread: asks any of the nodes, by chance."""

    def __init__(self, urls: Sequence[str], ledger: Ledger, seed: str, seconds: float = 8.0) -> None:
        self.urls, self.ledger, self.random = list(urls), ledger, random.Random(seed)
        self._client = httpx.Client(timeout=httpx.Timeout(seconds, connect=1.0))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and body of an answer; (0, None) without one."""
        what = re.sub(r"/\d+", "", path)
        url = self.random.choice(self.urls) + path
        try:
            response = self._client.post(url, json=body or {}, headers=headers)
        except httpx.HTTPError as error:
            status = NOT_SENT if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else NO_ANSWER
            self.ledger.count(what, status)
            time.sleep(0.1 if status == NOT_SENT else 0.0)
            return status, None
        self.ledger.count(what, response.status_code)
        found = response.json() if response.content else None
        if response.status_code in (400, 500):
            self.ledger.object(f"{what} got {response.status_code}: {found}")
        return response.status_code, found

    def search(self, what: str, wanted: dict[str, Any] | None = None, limit: int = 100) -> list[dict[str, Any]] | None:
        """One page of a search; None without an answer."""
        status, found = self.post(f"/{what}/search", {"filter": wanted or {}, "page": {"limit": limit}})
        return found["items"] if status == 200 else None

    def total(self, what: str, wanted: dict[str, Any]) -> int | None:
        """How many there are; None without an answer."""
        status, found = self.post(f"/{what}/search", {"filter": wanted, "page": {"limit": 1}})
        return int(found["page"]["totalItems"]) if status == 200 else None

    def all(self, what: str, wanted: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Everything that a search finds, page by page; the nodes are at peace by now."""
        after: dict[str, str] = {}
        while True:
            body = {"filter": wanted or {}, "page": {"limit": _PAGE, **after}}
            found = self._page(what, body)
            yield from found["items"]
            if len(found["items"]) < _PAGE:
                return
            after = {"after": found["page"]["endCursor"]}

    def _page(self, what: str, body: dict[str, Any]) -> Any:
        for _ in range(5):
            status, found = self.post(f"/{what}/search", body)
            if status == 200:
                return found
            time.sleep(1)
        raise AssertionError(f"{what} cannot be searched: {status} {found}")

"""A page that lists the operations: without scripts, and without files of other servers."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "td{padding:.2em 1em .2em 0;vertical-align:top}code{white-space:nowrap}"
)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Answer with every operation, its path and what it does."""
    described: dict[str, Any] = request.app.openapi()
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{escape(operation.get('description', ''))}</td>"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    info = described["info"]
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f"<style>{_STYLE}</style><h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        '<p>The schemas of all bodies are in <a href="/openapi.json">/openapi.json</a>.</p>'
        f"<table>{''.join(rows)}</table></html>"
    )

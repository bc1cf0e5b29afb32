"""Rendering of the emulator's own pages. Everything is escaped; nothing is loaded from elsewhere."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .sheets import PAPERS, SHEETS

HERE = Path(__file__).parent
_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(sheets=SHEETS, papers=PAPERS)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(template: str, status: int = 200, **context: Any) -> web.Response:
    """A page of this template."""
    text = _templates.get_template(template).render(**context)
    return web.Response(
        body=text.encode("utf-8", "replace"),
        status=status,
        headers={"Content-Type": "text/html; charset=utf-8", **_HEADERS},
    )


OTHER_SITE = "This was sent from a page of another site, so nothing was done."
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_own_page(request: web.Request) -> bool:
    """Whether a request comes from a page of this address, or from no page at all."""
    return request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")


def own_page(handler: Handler) -> Handler:
    """A form handler that no other site's page can reach."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not is_own_page(request):
            return page("refused.html", 403, sentence=OTHER_SITE, title="Refused")
        return await handler(request)

    return guarded

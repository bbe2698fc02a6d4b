"""What answers at which address. It holds no state and builds nothing: all it needs is given."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from publisher.web.health import Health, health_check
from publisher.web.pages import HEADERS, Pages
from publisher.web.unsubscribe import answer, unsubscriber


def create_app(
    *,
    unsubscribe: Callable[[int], object],
    tokens_read: Callable[[str], int | None],
    healthy: Callable[[], Health],
    pages: Pages,
    prefix: str = "",
) -> Starlette:
    """The application: ``/u/{token}`` and ``/healthz``.

    ``unsubscribe`` and ``healthy`` are called from threads of a pool, several at once.  ``prefix``
    is the path of ``web.url``: the same is found below it, since a proxy may pass it on or not.
    """
    leave = unsubscriber(unsubscribe=unsubscribe, tokens_read=tokens_read, pages=pages)
    routes: list[BaseRoute] = [
        Route("/u/{token}", leave, methods=["GET", "POST"]),
        Route("/healthz", health_check(healthy), methods=["GET"]),
    ]
    if prefix:
        routes.append(Mount(prefix, routes=list(routes)))

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 404:
            return answer(pages.notfound, 404)
        headers = getattr(error, "headers", None) or {}
        return PlainTextResponse(f"{status}\n", status, headers={**HEADERS, **headers})

    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    app.router.redirect_slashes = False  # a redirect would end in nothing for a mail program's POST
    return app

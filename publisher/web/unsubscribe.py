"""One click out (RFC 8058): asking shows a page and changes nothing, posting acts.

Mail scanners follow links, so GET and HEAD must not act. POST comes from mail programs with
``List-Unsubscribe=One-Click``, urlencoded or multipart, and from the page's own button. What it
says is not looked at: the token in the address is the whole of the request, and there is nothing
else that a POST to it could mean. The answer is 200 at once, with no redirect and no cookie
(RFC 8058 section 3.1), and the same each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from publisher.domain.errors import PublisherError
from publisher.web.pages import HEADERS, Page, Pages

#: Far more than any form of one field needs.
LARGEST_BODY = 64 * 1024

#: How long a client may take to send its form.
BODY_S = 10.0

log = structlog.get_logger("publisher")


class _NotTaken(Exception):
    """A request that is not acted on, with its answer."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason)


def unsubscriber(
    *,
    unsubscribe: Callable[[int], object],
    tokens_read: Callable[[str], int | None],
    pages: Pages,
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of ``/u/{token}``. Both functions may block; they run in threads of a pool.

    Where one raises PublisherError the answer is 503: nobody is told that it worked.
    """

    async def endpoint(request: Request) -> Response:
        try:
            owner = await run_in_threadpool(tokens_read, request.path_params["token"])
            if owner is None:
                return answer(pages.notfound, 404)
            if request.method != "POST":
                return answer(pages.unsubscribe)
            await _take_body(request)
            await run_in_threadpool(unsubscribe, owner)
        except _NotTaken as error:
            return PlainTextResponse(f"{error.reason}\n", error.status, headers=dict(HEADERS))
        except PublisherError as error:
            log.error("unsubscribe failed", reason=str(error))
            return answer(pages.unavailable, 503)
        log.info("unsubscribed", subscriber=owner)
        return answer(pages.unsubscribed)

    return endpoint


def answer(page: Page, status: int = 200) -> Response:
    """A page as a response."""
    retry = {"Retry-After": "60"} if status == 503 else {}
    return Response(
        page.body, status, headers={**page.headers, **retry}, media_type="text/html; charset=utf-8"
    )


async def _take_body(request: Request) -> None:
    """Read the form to its end and forget it, so that only a whole request is acted on."""
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST_BODY:
                    raise _NotTaken(413, "This form is too large.")
    except TimeoutError as error:
        raise _NotTaken(408, "This form took too long to arrive.") from error
    except ClientDisconnect as error:
        raise _NotTaken(400, "This form did not arrive whole.") from error

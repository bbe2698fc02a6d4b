"""Whether the program is well, for a monitor to ask: 200 when it is, 503 when it is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from publisher.domain.errors import PublisherError
from publisher.domain.moment import require_aware, rfc3339


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How the program is. ``reason`` says what is wrong; anyone may read it: no paths, no names."""

    ok: bool
    reason: str | None = None
    last_pass_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(self.last_pass_at)


def health_check(healthy: Callable[[], Health]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of ``/healthz``. ``healthy`` may block; if it raises PublisherError: 503."""

    async def endpoint(request: Request) -> Response:
        try:
            health = await run_in_threadpool(healthy)
        except PublisherError:
            health = Health(ok=False, reason="the ledger can't be read")
        last = health.last_pass_at
        return JSONResponse(
            {
                "status": "ok" if health.ok else "failing",
                "reason": health.reason,
                "last_pass_at": None if last is None else rfc3339(last),
            },
            200 if health.ok else 503,
            headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
        )

    return endpoint

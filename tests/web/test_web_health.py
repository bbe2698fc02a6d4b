"""What a monitor is told."""

from datetime import UTC, datetime, timedelta, timezone

import httpx2
import pytest
from leavers import Audience

from publisher.web.health import Health


def test_a_program_that_is_well_says_so(client: httpx2.Client, audience: Audience) -> None:
    last = datetime(2026, 2, 18, 13, tzinfo=timezone(timedelta(hours=1)))
    audience.health = Health(ok=True, last_pass_at=last)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "status": "ok", "reason": None, "last_pass_at": "2026-02-18T12:00:00Z",
    }  # fmt: skip


def test_a_program_that_is_not_well_says_why(client: httpx2.Client, audience: Audience) -> None:
    audience.health = Health(ok=False, reason="the last pass is over a minute old")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["reason"] == "the last pass is over a minute old"
    assert client.head("/healthz").status_code == 503


def test_a_ledger_that_can_t_be_read_is_no_health_and_its_path_is_not_told(
    client: httpx2.Client, audience: Audience
) -> None:
    audience.broken = True
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "publisher.db" not in answer.text


def test_it_can_only_be_asked(client: httpx2.Client) -> None:
    assert client.post("/healthz").status_code == 405


def test_the_time_of_the_last_pass_has_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Health(ok=True, last_pass_at=datetime(2026, 2, 18, tzinfo=UTC).replace(tzinfo=None))

"""Who polls too often is told how long to wait; who they are is believed from trusted proxies."""

from __future__ import annotations

import pytest

from publisher.web import pollers
from publisher.web.pollers import CHEAPER, WINDOW_S, Pollers


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def counting(clock: Clock, most: int = 3, trusted: tuple[str, ...] = ()) -> Pollers:
    return Pollers(most, trusted, clock)


def test_one_too_many_in_a_minute_waits_for_the_next(clock: Clock) -> None:
    table = counting(clock)
    assert [table.wait_s("192.0.2.1", "atom.xml", whole=True) for _ in range(3)] == [0, 0, 0]
    clock.now += 20.5
    assert table.wait_s("192.0.2.1", "atom.xml", whole=True) == 40
    clock.now += 39.5
    assert table.wait_s("192.0.2.1", "atom.xml", whole=True) == 0


def test_other_clients_and_other_feeds_are_counted_apart(clock: Clock) -> None:
    table = counting(clock, most=1)
    for client in ("192.0.2.1", "192.0.2.2"):
        for feed in ("atom.xml", "rss.xml"):
            assert not table.wait_s(client, feed, whole=True)
    assert table.wait_s("192.0.2.1", "atom.xml", whole=True)


def test_asking_whether_it_changed_is_allowed_more_often(clock: Clock) -> None:
    table = counting(clock)
    allowed = 0
    while not table.wait_s("192.0.2.1", "atom.xml", whole=False):
        allowed += 1
    assert allowed == 3 * CHEAPER
    assert not table.wait_s("192.0.2.1", "atom.xml", whole=True)


def test_no_limit_is_none(clock: Clock) -> None:
    table = counting(clock, most=0)
    assert not any(table.wait_s("192.0.2.1", "atom.xml", whole=True) for _ in range(99))


def test_a_crowd_of_addresses_fills_no_memory(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pollers, "MOST_COUNTED", 5)
    table = counting(clock, most=1)
    for number in range(50):
        assert not table.wait_s(f"192.0.2.{number}", "atom.xml", whole=True)
    assert len(table._whole) == 5
    assert table.wait_s("192.0.2.4", "atom.xml", whole=True)
    assert not table.wait_s("192.0.2.5", "atom.xml", whole=True)
    clock.now += WINDOW_S
    assert not table.wait_s("192.0.2.4", "atom.xml", whole=True)


# Each row: the peer, what X-Forwarded-For says, trusted proxies, and who it is.
CLIENTS = [
    ("198.51.100.9", "", (), "198.51.100.9"),
    ("198.51.100.9", "192.0.2.1", (), "198.51.100.9"),  # anyone may claim that
    ("198.51.100.9", "192.0.2.1", ("198.51.100.0/24",), "192.0.2.1"),
    ("198.51.100.9", "203.0.113.5, 192.0.2.1", ("198.51.100.9",), "192.0.2.1"),
    ("198.51.100.9", "192.0.2.1, 198.51.100.8", ("198.51.100.0/24",), "192.0.2.1"),
    ("127.0.0.1", "192.0.2.1", (), "192.0.2.1"),
    ("::1", " 192.0.2.1 ", (), "192.0.2.1"),
    ("::ffff:127.0.0.1", "192.0.2.1", (), "192.0.2.1"),
    ("127.0.0.1", "", (), None),  # it does not say for whom: nobody is counted
    ("127.0.0.1", "127.0.0.1", (), None),
    ("127.0.0.1", "unknown", (), "unknown"),
    ("127.0.0.1", "2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
    ("2001:db8:1:2::9", "", (), "2001:db8:1:2::/64"),
    (None, "", (), None),
]


@pytest.mark.parametrize(("peer", "said", "trusted", "client"), CLIENTS)
def test_a_client_is_who_can_be_believed(
    clock: Clock, peer: str | None, said: str, trusted: tuple[str, ...], client: str | None
) -> None:
    asked = {b"x-forwarded-for": said.encode()} if said else {}
    assert counting(clock, trusted=trusted).client(peer, asked) == client


def test_a_name_without_end_is_cut(clock: Clock) -> None:
    found = counting(clock).client("127.0.0.1", {b"x-forwarded-for": b"x" * 9999})
    assert found == "x" * 64

"""Who polls too often: a count by client and feed in each minute, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

WINDOW_S = 60.0

#: A proxy on this machine is believed: whoever else is there could as well read the files.
LOOPBACK = ("127.0.0.0/8", "::1")

#: An answer that nothing changed costs that much less than the feed.
CHEAPER = 10

#: More clients and feeds than that in one minute are not counted: that is no single rude one.
MOST_COUNTED = 20_000


class Pollers:
    """Counts for one event loop. ``most`` whole answers of a feed a minute to a client; 0: any.

    A client is the peer, or whom proxies name that are on this machine or ``trusted``,
    as addresses and networks.
    """

    def __init__(self, most: int, trusted: Iterable[str], monotonic_s: Callable[[], float]) -> None:
        self._most = most
        self._networks = tuple(ip_network(one, strict=False) for one in (*LOOPBACK, *trusted))
        self._monotonic_s = monotonic_s
        self._until = 0.0
        self._whole: dict[tuple[str, str], int] = {}
        self._same: dict[tuple[str, str], int] = {}
        self._trusts = lru_cache(maxsize=4096)(self._is_trusted)

    def wait_s(self, client: str | None, path: str, *, whole: bool) -> int:
        """How many seconds a client has to wait that asks for a feed once more; 0: it need not.

        ``whole``: it would be sent the feed, else that it is the same.
        """
        if client is None or not self._most:
            return 0
        now = self._monotonic_s()
        if now >= self._until:
            self._whole, self._same, self._until = {}, {}, now + WINDOW_S
        counts, most = (self._whole, self._most) if whole else (self._same, self._most * CHEAPER)
        key = (client, path)
        count = counts.get(key, 0)
        if count >= most:
            return math.ceil(self._until - now)
        if count or len(counts) < MOST_COUNTED:
            counts[key] = count + 1
        return 0

    def client(self, peer: str | None, asked: Mapping[bytes, bytes]) -> str | None:
        """Who asks, as far as that can be believed; None for a proxy that does not say for whom.

        The nearest address in X-Forwarded-For that is not of a trusted proxy (its end is what the
        nearest proxy wrote).
        """
        if peer is None or not self._trusts(peer):
            return peer and _household(peer)
        for hop in reversed(asked.get(b"x-forwarded-for", b"").split(b",")):
            address = hop.strip()[:64].decode("latin-1")
            if address and not self._trusts(address):
                return _household(address)
        return None

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        known = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
        return any(_within(known or parsed, network) for network in self._networks)


def _within(address: object, network: IPv4Network | IPv6Network) -> bool:
    return address in network


@lru_cache(maxsize=4096)
def _household(address: str) -> str:
    """What is handed out to one household: an IPv4 address, or 64 bits of IPv6 (RFC 6177)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return address

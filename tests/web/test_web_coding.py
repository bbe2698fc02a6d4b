"""Which content coding is sent: RFC 9110, section 12.5.3."""

from __future__ import annotations

import gzip

import pytest

from publisher.web.coding import packed, takes_gzip


@pytest.mark.parametrize(
    "accepted",
    [
        "gzip", "GZIP", "x-gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*",
        "deflate, *;q=0.5", "gzip;q=0.001", "gzip ; q=1.000", "identity;q=0.5, gzip;q=0.5",
    ],
)  # fmt: skip
def test_gzip_is_sent_to_who_takes_it(accepted: str) -> None:
    assert takes_gzip(accepted.encode())


@pytest.mark.parametrize(
    "accepted",
    [
        "", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *",
        "identity, gzip;q=0.5", "gzipped", "gzip;q=2", "gzip;level=9", "\xff", "gzip," * 100,
    ],
)  # fmt: skip
def test_and_to_nobody_else(accepted: str) -> None:
    assert not takes_gzip(accepted.encode("latin-1"))


def test_the_same_bytes_give_the_same_gzip() -> None:
    assert packed(b"words" * 99) == packed(b"words" * 99)
    assert packed(b"words")[4:8] == b"\0\0\0\0"  # no time
    assert gzip.decompress(packed(b"words" * 99)) == b"words" * 99

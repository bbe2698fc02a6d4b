"""Which lane of the line a mailbox is in."""

import pytest

from publisher.domain.lanes import Lanes
from publisher.domain.line import Lane

BIG, SMALL = frozenset({"example.com", "example.net"}), frozenset({"xn--bcher-kva.example"})


@pytest.mark.parametrize(
    ("mailbox", "lane"),
    [
        ("ada@example.com", "big"),
        ("grace@example.net", "big"),
        ('"a@b"@xn--bcher-kva.example', "small"),
        ("ada@sub.example.com", None),
        ("ada@example.org", None),
    ],
)
def test_a_mailbox_is_in_the_lane_of_its_very_domain(mailbox: str, lane: str | None) -> None:
    assert Lanes(destinations={"big": BIG, "small": SMALL}).lane_of(mailbox) == lane


def test_every_domain_is_in_one_lane_and_the_last_takes_all_others() -> None:
    assert Lanes(destinations={"big": BIG, "small": SMALL}).of == {
        "big": Lane(only=BIG),
        "small": Lane(only=SMALL),
        None: Lane(besides=BIG | SMALL),
    }


def test_without_destinations_there_is_one_lane_for_all() -> None:
    assert Lanes(destinations={}).of == {None: Lane()}

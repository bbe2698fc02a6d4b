"""Which lanes the line has."""

from publisher.domain.lanes import lanes_to
from publisher.domain.line import Lane

BIG, SMALL = frozenset({"example.com", "example.net"}), frozenset({"xn--bcher-kva.example"})


def test_every_domain_is_in_one_lane_and_the_last_takes_all_others() -> None:
    assert lanes_to({"big": BIG, "small": SMALL}) == {
        "big": Lane(only=BIG),
        "small": Lane(only=SMALL),
        None: Lane(besides=BIG | SMALL),
    }


def test_without_destinations_there_is_one_lane_for_all() -> None:
    assert lanes_to({}) == {None: Lane()}

"""CSV out: everybody with their standing, and our own import reads it back."""

import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from publisher.audience.address import clean_name, parse_address
from publisher.audience.exporting import write_csv
from publisher.audience.importing import read_csv
from publisher.domain.subscriber import Standing, Subscriber

JOINED = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
LEFT = datetime(2026, 3, 1, tzinfo=UTC)


def subscriber(address: str, name: str = "", *, left: bool = False) -> Subscriber:
    return Subscriber(
        id=1,
        address=address,
        mailbox=parse_address(address).mailbox,
        name=name,
        standing=Standing.UNSUBSCRIBED if left else Standing.ACTIVE,
        created_at=JOINED,
        unsubscribed_at=LEFT if left else None,
    )


def exported(*everybody: Subscriber) -> str:
    out = io.StringIO(newline="")
    assert write_csv(everybody, out) == len(everybody)
    return out.getvalue()


def test_everybody_is_in_it_with_their_standing() -> None:
    text = exported(
        subscriber("Ada@example.com", "Example, Ada"), subscriber("grace@example.org", left=True)
    )
    assert text.split("\r\n") == [
        "email,name,standing,since,unsubscribed",
        'Ada@example.com,"Example, Ada",active,2026-02-01T09:30:00Z,',
        "grace@example.org,,unsubscribed,2026-02-01T09:30:00Z,2026-03-01T00:00:00Z",
        "",
    ]


def test_who_has_left_stays_left_when_the_list_is_loaded_elsewhere() -> None:
    text = exported(subscriber("ada@example.com"), subscriber("grace@example.org", left=True))
    plan = read_csv(text.encode(), "list.csv")
    assert [new.address for new in plan.good] == ["ada@example.com"]
    assert len(plan.unsubscribed) == 1


def test_a_name_is_no_formula_for_a_spreadsheet() -> None:
    assert ",'=1+1," in exported(subscriber("ada@example.com", "=1+1"))


@given(st.text(max_size=50).map(clean_name) | st.sampled_from(["=1", "'=1", "-x", "'", "@a", '"']))
def test_names_read_back_as_they_were(name: str) -> None:
    plan = read_csv(exported(subscriber("ada@example.com", name)).encode(), "list.csv")
    assert [new.name for new in plan.good] == [name]

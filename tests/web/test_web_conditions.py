"""Conditional requests: RFC 9110, section 13, as a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from publisher.web.conditions import is_listed, status_of

MODIFIED = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
SAME = "Sun, 06 Nov 1994 08:49:37 GMT"
BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"

# Each row: what the client says, the status, and the section that says so.
TABLE = [
    ({}, 200, "nothing asked"),
    # If-None-Match
    ({"if-none-match": '"now"'}, 304, "13.1.2"),
    ({"if-none-match": 'W/"now"'}, 304, "13.1.2: the weak comparison"),
    ({"if-none-match": '"old", "older" ,W/"now"'}, 304, "13.1.2: a list"),
    ({"if-none-match": '"a,b","now"'}, 304, "8.8.3: a comma within a tag"),
    ({"if-none-match": ',, "now" ,'}, 304, "5.6.1: empty elements of a list"),
    ({"if-none-match": "*"}, 304, "13.1.2: anything that is there"),
    ({"if-none-match": " * "}, 304, "5.5: white space around a value"),
    ({"if-none-match": '"old"'}, 200, "13.1.2"),
    ({"if-none-match": '"NOW"'}, 200, "8.8.3.2: character by character"),
    ({"if-none-match": 'w/"now"'}, 200, "8.8.3: W is case-sensitive"),
    ({"if-none-match": "now"}, 200, "8.8.3: a tag has quotes"),
    ({"if-none-match": '"now'}, 200, "8.8.3: on both sides"),
    ({"if-none-match": '"x" "now"'}, 200, "5.6.1: commas between"),
    ({"if-none-match": ""}, 200, "no list"),
    # If-Modified-Since
    ({"if-modified-since": SAME}, 304, "13.1.3: equal"),
    ({"if-modified-since": LATER}, 304, "13.1.3: earlier than that"),
    ({"if-modified-since": BEFORE}, 200, "13.1.3"),
    ({"if-modified-since": "Sunday, 06-Nov-94 08:49:37 GMT"}, 304, "5.6.7: RFC 850"),
    ({"if-modified-since": "Sun Nov  6 08:49:37 1994"}, 304, "5.6.7: asctime"),
    ({"if-modified-since": "Sun, 06 Nov 1994 08:49:37 +0000"}, 200, "13.1.3: no HTTP date"),
    ({"if-modified-since": "Sun, 36 Nov 1994 08:49:37 GMT"}, 200, "13.1.3: no date at all"),
    ({"if-modified-since": "yesterday"}, 200, "13.1.3: ignored"),
    # Precedence
    ({"if-none-match": '"old"', "if-modified-since": LATER}, 200, "13.1.3: ignored beside a tag"),
    ({"if-none-match": '"now"', "if-modified-since": BEFORE}, 304, "13.2.2, step 3"),
    ({"if-none-match": "no tag", "if-modified-since": LATER}, 200, "13.1.3: ignored beside it"),
    # If-Match, If-Unmodified-Since
    ({"if-match": '"now"'}, 200, "13.1.1"),
    ({"if-match": "*"}, 200, "13.1.1"),
    ({"if-match": '"old"'}, 412, "13.1.1"),
    ({"if-match": 'W/"now"'}, 412, "13.1.1: the strong comparison"),
    ({"if-unmodified-since": SAME}, 200, "13.1.4"),
    ({"if-unmodified-since": BEFORE}, 412, "13.1.4"),
    ({"if-unmodified-since": "yesterday"}, 200, "13.1.4: ignored"),
    ({"if-match": '"now"', "if-unmodified-since": BEFORE}, 200, "13.1.4: ignored beside a tag"),
    ({"if-match": '"now"', "if-none-match": '"now"'}, 304, "13.2.2, steps 1 and 3"),
    ({"if-match": '"old"', "if-none-match": '"now"'}, 412, "13.2.2, step 1"),
    ({"if-unmodified-since": SAME, "if-none-match": '"now"'}, 304, "13.2.2, steps 2 and 3"),
]


@pytest.mark.parametrize(("said", "status", "why"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_a_condition_has_the_answer_of_the_standard(
    said: dict[str, str], status: int, why: str
) -> None:
    asked = {name.encode(): value.encode() for name, value in said.items()}
    assert status_of(asked, b'"now"', MODIFIED) == status, why


def test_without_a_date_no_condition_on_one_is_looked_at() -> None:
    for name in (b"if-modified-since", b"if-unmodified-since"):
        assert status_of({name: LATER.encode()}, b'"now"', None) == 200
        assert status_of({name: BEFORE.encode()}, b'"now"', None) == 200


# RFC 9110, section 8.8.3.2, as it stands there; ours is always strong.
COMPARED = [
    ('W/"1"', '"1"', False, True),
    ('W/"2"', '"1"', False, False),
    ('"1"', '"1"', True, True),
]


@pytest.mark.parametrize(("theirs", "ours", "strong", "weak"), COMPARED)
def test_tags_compare_as_in_the_standard(theirs: str, ours: str, strong: bool, weak: bool) -> None:
    assert is_listed(ours.encode(), theirs.encode(), weak=False) is strong
    assert is_listed(ours.encode(), theirs.encode()) is weak


def test_a_list_without_end_is_read_in_no_time() -> None:
    assert not is_listed(b'"now"', b'"a",' * 5000 + b"x")
    assert not is_listed(b'"now"', b" ,\t" * 9000 + b"x")

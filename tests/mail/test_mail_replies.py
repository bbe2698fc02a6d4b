"""Replies, taken from bytes and judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.domain.delivery import Verdict
from publisher.mail.features import Features, parse_features
from publisher.mail.replies import OPENING, Garbled, Reply, Stage, take, verdict

CODES = st.integers(200, 599)


@given(st.binary(max_size=300))
def test_no_bytes_make_taking_a_reply_fail_in_any_other_way(data: bytes) -> None:
    buffer = bytearray(data)
    said = ""
    try:
        reply = take(buffer)
    except Garbled as error:
        said = str(error)
    else:
        assert reply is not None or buffer == data
    assert said.isprintable()


@given(
    CODES,
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20),
        min_size=1, max_size=5,
    ),
    st.integers(1, 5),
)  # fmt: skip
def test_a_reply_is_taken_whole_however_it_comes_and_the_next_one_is_left(
    code: int, lines: list[str], step: int
) -> None:
    final = len(lines) - 1
    data = "".join(
        f"{code}{' ' if number == final else '-'}{line}\r\n" for number, line in enumerate(lines)
    ).encode()
    buffer = bytearray()
    for start in range(0, len(data) - 1, step):
        assert take(buffer) is None
        buffer += data[start : min(start + step, len(data) - 1)]
    buffer += data[-1:] + b"250 next"
    assert take(buffer) == Reply(code=code, lines=tuple(lines))
    assert buffer == b"250 next"


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"250 ok\r\n", Reply(code=250, lines=("ok",))),
        (b"250 ok\n", Reply(code=250, lines=("ok",))),
        (b"250\r\n", Reply(code=250, lines=("",))),
        (b"250 \r\n", Reply(code=250, lines=("",))),
        (b"250-\r\n250 b\r\n", Reply(code=250, lines=("", "b"))),
        (b"250 \xff\r\n", Reply(code=250, lines=("�",))),
    ],
)
def test_odd_replies_that_can_be_understood_are(data: bytes, reply: Reply) -> None:
    assert take(bytearray(data)) == reply


@pytest.mark.parametrize(
    "data",
    [b"\r\n", b"25\r\n", b"2500 ok\r\n", b"250ok\r\n", b"199 no\r\n", b"600 no\r\n", b"ok\r\n",
     b"-250 ok\r\n", b"250-a\r\n251 b\r\n", b"250-a\r\nb\r\n", b"2" * 5000,
     b"250 " + b"a" * 5000, b"250-a\r\n" * 200],
)  # fmt: skip
def test_what_is_no_reply_is_garbled(data: bytes) -> None:
    with pytest.raises(Garbled):
        take(bytearray(data))


def test_a_reply_of_a_hundred_lines_is_taken() -> None:
    reply = take(bytearray(b"250-a\r\n" * 99 + b"250 b\r\n"))
    assert reply is not None
    assert len(reply.lines) == 100


def test_a_long_reply_is_cut_for_the_ledger() -> None:
    reply = Reply(code=550, lines=("5.1.1 " + "a" * 600,))
    assert len(reply.text) == 500
    assert reply.text.endswith("…")


@pytest.mark.parametrize("stage", list(Stage))
@given(code=CODES, text=st.sampled_from(["", "5.7.1 no", "ok", "4.7.28 slow"]))
def test_every_reply_at_every_stage_has_one_meaning(stage: Stage, code: int, text: str) -> None:
    outcome = verdict(stage, code, text)
    expected_family = 3 if stage is Stage.DATA else 2
    assert (outcome.verdict is Verdict.ACCEPTED) == (code // 100 == expected_family)
    assert outcome.busy == (code == 421)
    assert outcome.verdict is not Verdict.UNKNOWN or stage is Stage.DOT
    if code // 100 == 4:
        assert outcome.verdict is Verdict.DEFERRED
    if code // 100 == 5 and (stage in OPENING or stage is Stage.MAIL):
        assert outcome.verdict is Verdict.RETURNED
    if code // 100 == 5 and stage in (Stage.RCPT, Stage.DATA, Stage.DOT):
        assert outcome.verdict in (Verdict.REJECTED, Verdict.SUSPECT)


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (550, "5.7.1 relaying denied", Verdict.SUSPECT),
        (550, "5.7.515 access denied", Verdict.SUSPECT),
        (550, "5.7.26", Verdict.SUSPECT),
        (550, "4.7.1 mixed up", Verdict.SUSPECT),
        (550, "5.1.1 no such user 5.7.1", Verdict.REJECTED),
        (550, "5.1.7 bad sender", Verdict.REJECTED),
        (550, "relay not permitted", Verdict.REJECTED),
        (530, "authentication required", Verdict.SUSPECT),
        (503, "bad sequence", Verdict.SUSPECT),
        (503, "5.1.1 no such user", Verdict.REJECTED),
        (521, "does not accept mail", Verdict.REJECTED),
        (556, "null MX", Verdict.REJECTED),
    ],
)
def test_a_refusal_is_the_recipients_unless_it_speaks_of_policy_or_of_us(
    code: int, text: str, expected: Verdict
) -> None:
    assert verdict(Stage.RCPT, code, text).verdict is expected
    assert verdict(Stage.DOT, code, text).verdict is expected


def test_what_a_server_offers_is_read_in_any_case_and_order() -> None:
    lines = ["mx.example.com greets ada", "size 1000", "Pipelining", "8bitmime", "smtputf8",
             "STARTTLS", "AUTH PLAIN", "AUTH=LOGIN", "", "XCLIENT a b"]  # fmt: skip
    assert parse_features(lines) == Features(
        pipelining=True, starttls=True, eight_bit=True, utf8=True, size=True, longest=1000,
        logins=frozenset({"PLAIN", "LOGIN"}),
    )  # fmt: skip


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE lots", "SIZE ²"])
def test_a_size_without_a_limit_is_none(size: str) -> None:
    found = parse_features(["mx", size])
    assert (found.size, found.longest) == (True, None)


def test_the_greeting_line_offers_nothing() -> None:
    assert parse_features(["PIPELINING STARTTLS"]) == Features()

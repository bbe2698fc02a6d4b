"""Dots, wherever a message was cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_smtp import ScriptedSmtp

from publisher.domain.delivery import Verdict
from publisher.mail.message import Message
from publisher.mail.smtp import SmtpTransport
from publisher.mail.stuffing import SHORT, stuffed
from publisher.mail.target import SmtpTarget, Tls

LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b".x", b"x.", b"text", b"." * 300, b"x" * 300]), max_size=8
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A message, ended or not, and the same cut at any places, also where nothing is."""
    data = b"\r\n".join(draw(LINES)) + draw(st.sampled_from([b"", b"\r\n"]))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    edges = [0, *cuts, len(data)]
    return data, [data[a:b] for a, b in pairwise(edges)]


def received(wire: bytes) -> bytes:
    """What a server makes of the bytes after 354 (RFC 5321 section 4.5.2)."""
    lines = wire.split(b"\r\n")
    end = lines.index(b".")
    assert lines[end + 1 :] == [b""], "something follows the final dot"
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:end])


def ended(data: bytes) -> bytes:
    return data if data.endswith(b"\r\n") or not data else data + b"\r\n"


@given(messages())
def test_any_split_of_a_message_is_received_as_the_message(
    message: tuple[bytes, list[bytes]],
) -> None:
    data, segments = message
    result = stuffed(segments)
    assert received(b"".join(result.segments)) == ended(data)
    assert result.size == len(data)


@settings(max_examples=30, deadline=None)
@given(st.lists(messages(), min_size=1, max_size=5))
def test_a_server_decodes_what_was_sent_message_after_message(
    batch: list[tuple[bytes, list[bytes]]],
) -> None:
    with ScriptedSmtp() as server:
        target = SmtpTarget(host="127.0.0.1", port=server.port, user=None, tls=Tls.NONE)
        connection = SmtpTransport(target, password=None, hello="me.example.org").connect()
        for _, segments in batch:
            message = Message(sender="", recipient="a@example.com", segments=segments, name="m")
            assert connection.send(message).verdict is Verdict.ACCEPTED
        connection.close()
    assert [mail.data for mail in server.accepted] == [ended(data) for data, _ in batch]


@given(st.binary(max_size=40), st.lists(st.integers(0, 40), max_size=5), st.booleans())
def test_a_line_end_that_is_not_crlf_is_refused_wherever_it_was_cut(
    data: bytes, cuts: list[int], long: bool
) -> None:
    data = data.replace(b"1", b"\r").replace(b"2", b"\n") + b"x" * SHORT * long
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    segments = [data[a:b] for a, b in pairwise(edges)]
    bare = data.replace(b"\r\n", b"")
    if b"\r" in bare or b"\n" in bare:
        with pytest.raises(ValueError, match="CRLF"):
            stuffed(segments)
    else:
        assert received(b"".join(stuffed(segments).segments)) == ended(data)


@pytest.mark.parametrize(
    "segments",
    [[b"a\nb"], [b"a\rb"], [b"a\r", b"b"], [b"a", b"\nb"], [b"a\r"], [b"\n"], [b"a\r\r\n"],
     [b"a\r", b"", b"\r\n"], [b"a\r\n", b"\n.\r\n"], [b"x" * 300 + b"\n.\r\nMAIL FROM:<>\r\n"]],
)  # fmt: skip
def test_no_message_can_end_early_by_a_line_end_of_its_own_kind(segments: list[bytes]) -> None:
    with pytest.raises(ValueError, match="CRLF"):
        stuffed(segments)


def test_a_message_says_whether_it_is_ascii_and_how_long_it_is() -> None:
    plain = stuffed([b"a\r\n", b".b\r\n", b"c" * 300 + b"\r\n"])
    other = stuffed([b"a\r\n", "ü".encode(), b"c" * 300 + b"\r\n"])
    assert (plain.size, plain.ascii) == (309, True)
    assert (other.size, other.ascii) == (307, False)


def test_a_long_segment_without_dots_is_sent_as_it_is_without_a_copy() -> None:
    shared = b"word " * 100 + b"\r\n"
    assert stuffed([shared]).segments[0] is shared

"""What is said for a message, and that no address can say more than itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_smtp import ScriptedSmtp

from publisher.domain.delivery import Outcome, Verdict
from publisher.mail.envelope import commands
from publisher.mail.features import Features
from publisher.mail.message import Message
from publisher.mail.replies import Stage
from publisher.mail.smtp import SmtpTransport
from publisher.mail.target import SmtpTarget, Tls

ALL = Features(pipelining=True, eight_bit=True, utf8=True, size=True)


def said(
    recipient: str = "ada@example.com",
    sender: str = "news@example.org",
    *,
    size: int = 10,
    is_ascii: bool = True,
    features: Features = ALL,
) -> list[bytes] | Outcome:
    steps = commands(sender, recipient, size=size, is_ascii=is_ascii, features=features)
    return steps if isinstance(steps, Outcome) else [line for _, line in steps]


def test_a_message_is_announced_with_what_the_server_knows() -> None:
    assert said() == [
        b"MAIL FROM:<news@example.org> SIZE=10\r\n", b"RCPT TO:<ada@example.com>\r\n", b"DATA\r\n",
    ]  # fmt: skip
    assert said(features=Features()) == [
        b"MAIL FROM:<news@example.org>\r\n", b"RCPT TO:<ada@example.com>\r\n", b"DATA\r\n",
    ]  # fmt: skip


def test_the_null_sender_is_allowed() -> None:
    result = said(sender="", features=Features())
    assert isinstance(result, list)
    assert result[0] == b"MAIL FROM:<>\r\n"


def test_eight_bits_and_utf8_are_asked_for_where_they_are_needed() -> None:
    result = said("zoë@example.com", is_ascii=False)
    assert isinstance(result, list)
    assert result[:2] == [
        b"MAIL FROM:<news@example.org> SIZE=10 BODY=8BITMIME SMTPUTF8\r\n",
        "RCPT TO:<zoë@example.com>\r\n".encode(),
    ]
    result = said(is_ascii=False)
    assert isinstance(result, list)
    assert result[0] == b"MAIL FROM:<news@example.org> SIZE=10 BODY=8BITMIME\r\n"


@pytest.mark.parametrize(
    ("options", "expected", "why"),
    [
        ({"recipient": "zoë@example.com", "features": Features(eight_bit=True)},
         Verdict.REJECTED, "not ASCII (SMTPUTF8)"),
        ({"recipient": "ada@bücher.example", "features": Features()},
         Verdict.REJECTED, "not ASCII (SMTPUTF8)"),
        ({"is_ascii": False, "features": Features(utf8=True)}, Verdict.REJECTED, "8BITMIME"),
        ({"sender": "zoë@example.org", "features": Features()}, Verdict.RETURNED, "SMTPUTF8"),
        ({"sender": "a b@example.org"}, Verdict.RETURNED, "can't be an address"),
        ({"size": 11, "features": Features(size=True, longest=10)},
         Verdict.RETURNED, "has 11 bytes and the server takes 10"),
    ],
)  # fmt: skip
def test_what_can_not_be_handed_over_is_told_without_a_word_to_the_server(
    options: dict[str, object], expected: Verdict, why: str
) -> None:
    outcome = said(**options)  # type: ignore[arg-type]
    assert isinstance(outcome, Outcome)
    assert (outcome.verdict, outcome.usable) == (expected, True)
    assert why in outcome.reply


EVIL = [
    "ada@example.com>\r\nRCPT TO:<grace@example.org", "ada@example.com\r\nDATA",
    "ada@example.com\n",
    "ada@example.com> SIZE=1", "<ada@example.com>", "ada@example.com NOTIFY=NEVER",
    "ada @example.com", "ada@exa mple.com", "ada\x00@example.com", "ada\t@example.com",
    "ada\x85@example.com", "ada\u2028@example.com", "ada\ud800@example.com", "ada\x7f@example.com",
    "ada", "@example.com", "ada@", "", "@", " ",
]  # fmt: skip


@pytest.mark.parametrize("address", EVIL, ids=ascii)
def test_an_address_that_would_say_more_than_itself_is_refused(address: str) -> None:
    outcome = said(address)
    assert isinstance(outcome, Outcome)
    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reply.isprintable()
    sender = said(sender=address)
    assert isinstance(sender, Outcome) == bool(address)  # the empty sender is the null sender


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_two_addresses_make_more_than_one_line_each(sender: str, recipient: str) -> None:
    steps = commands(sender, recipient, size=1, is_ascii=True, features=ALL)
    if isinstance(steps, Outcome):
        return
    assert [stage for stage, _ in steps] == [Stage.MAIL, Stage.RCPT, Stage.DATA]
    for _, line in steps:
        assert line.count(b"\r") == line.count(b"\n") == 1
        assert line.endswith(b"\r\n")
        assert line.count(b">") == line.count(b"<") == (line != b"DATA\r\n")
    assert steps[1][1] == f"RCPT TO:<{recipient}>\r\n".encode()


def test_a_refused_address_leaves_the_connection_to_the_next_one() -> None:
    with ScriptedSmtp() as server:
        target = SmtpTarget(host="127.0.0.1", port=server.port, user=None, tls=Tls.NONE)
        connection = SmtpTransport(target, password=None, hello="me.example.org").connect()
        for recipient, expected in [(EVIL[0], Verdict.REJECTED), ("a@b.example", Verdict.ACCEPTED)]:
            message = Message(sender="", recipient=recipient, segments=[b"hi\r\n"], name="m")
            assert connection.send(message).verdict is expected
        connection.close()
    assert [mail.recipient for mail in server.accepted] == ["a@b.example"]
    assert "RSET" not in server.commands


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "a:2,S", "a b", "ä", "a\n"])
def test_a_name_that_is_no_file_name_is_a_bug(name: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        Message(sender="", recipient="ada@example.com", segments=[], name=name)

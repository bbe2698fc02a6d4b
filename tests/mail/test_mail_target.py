"""Where messages go, as a person writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.target import MaildirTarget, SmtpTarget, Tls, is_loopback, parse_target


def smtp(host: str, port: int, tls: Tls, user: str | None = None) -> SmtpTarget:
    return SmtpTarget(host=host, port=port, user=user, tls=tls)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("maildir:outbox", MaildirTarget(path="outbox")),
        ("maildir:/var/mail/out", MaildirTarget(path="/var/mail/out")),
        ("maildir:../out:box", MaildirTarget(path="../out:box")),
        ("smtp://mail.example.com", smtp("mail.example.com", 587, Tls.STARTTLS)),
        ("smtp://mail.example.com:25/", smtp("mail.example.com", 25, Tls.STARTTLS)),
        ("SMTP://Mail.Example.COM:2525", smtp("mail.example.com", 2525, Tls.STARTTLS)),
        ("smtps://mail.example.com", smtp("mail.example.com", 465, Tls.IMPLICIT)),
        ("smtps://ada@mail.example.com:4650",
         smtp("mail.example.com", 4650, Tls.IMPLICIT, user="ada")),
        ("smtp://ada%40example.com@mail.example.com:587",
         smtp("mail.example.com", 587, Tls.STARTTLS, user="ada@example.com")),
        ("smtp://ada@example.com@mail.example.com",
         smtp("mail.example.com", 587, Tls.STARTTLS, user="ada@example.com")),
        ("smtp://[2001:db8::1]:587", smtp("2001:db8::1", 587, Tls.STARTTLS)),
        ("smtp://[::1]:25?tls=none", smtp("::1", 25, Tls.NONE)),
        ("smtp://127.0.0.1:2525?tls=none", smtp("127.0.0.1", 2525, Tls.NONE)),
        ("smtp://127.8.9.10?tls=none", smtp("127.8.9.10", 587, Tls.NONE)),
        ("smtp://localhost:2525/?tls=none", smtp("localhost", 2525, Tls.NONE)),
    ],
)  # fmt: skip
def test_a_way_out_is_understood(text: str, target: SmtpTarget | MaildirTarget) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unknown way out ''; write maildir:FOLDER"),
        ("outbox", "unknown way out 'outbox'"),
        ("sendmail:/usr/sbin/sendmail", "unknown way out 'sendmail'"),
        ("http://example.com", "unknown way out 'http'"),
        ("mail.example.com:587", "unknown way out 'mail.example.com'"),
        ("maildir:", "a folder is missing after maildir:"),
        ("maildir://outbox", "write maildir:outbox"),
        ("smtp:mail.example.com", "// is missing after smtp:"),
        ("smtp://", "the host is missing"),
        ("smtp://:587", "the host is missing"),
        ("smtp://ada@:587", "the host is missing"),
        ("smtp://mail.example.com:http", "a number from 1 to 65535"),
        ("smtp://mail.example.com:0", "a number from 1 to 65535"),
        ("smtp://mail.example.com:65536", "a number from 1 to 65535"),
        ("smtp://mail.example.com:-1", "a number from 1 to 65535"),
        ("smtp://mail..example.com", "can't be a host name"),
        ("smtp://[::1", "brackets don't match"),
        ("smtp://[nonsense]:25", "write smtp://[::1]:587"),
        ("smtp://@mail.example.com", "the user before the @-sign is empty"),
        ("smtp://a%0D%0Ab@mail.example.com", "control characters"),
        ("smtp://mail.example.com/path", "nothing may follow the port"),
        ("smtp://mail.example.com#x", "nothing may follow the port"),
        ("smtp://mail.example.com?tls=off", "unknown option ?tls=off"),
        ("smtp://mail.example.com?verify=no", "unknown option ?verify=no"),
        ("smtp://localhost?tls=none&tls=none", "unknown option"),
        ("smtp://mail.example.com?tls=none", "allowed to loopback only, not to mail.example.com"),
        ("smtp://10.0.0.1?tls=none", "allowed to loopback only, not to 10.0.0.1"),
        ("smtp://localhost.example.com?tls=none", "loopback only"),
        ("smtps://localhost?tls=none", "smtps:// is TLS"),
        ("smtp://mail.example.com ", "spaces and control characters"),
        ("smtp://mail\n.example.com", "spaces and control characters"),
    ],
)
def test_a_way_out_that_makes_no_sense_is_refused_with_what_to_write(text: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are looked for below
        parse_target(text)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["smtp://ada:hunter2@mail.example.com", "smtps://ada:hunter2@mail.example.com:99999",
     "smtp://:hunter2@mail.example.com", "smtp://ada:hunter2@[::1?x",
     "ada:hunter2@mail.example.com",
     "smtp://ada:hunter2@mail.example.com/x?y#z", "smtp://ada:hunter2 @mail.example.com",
     "ada@hunter2:25"],
)  # fmt: skip
def test_a_password_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  what it must not say is looked for
        parse_target(text)
    assert "hunter2" not in str(caught.value)


def test_a_password_is_refused_with_the_place_where_it_belongs() -> None:
    with pytest.raises(ValueError, match="set PUBLISHER_SMTP_PASSWORD"):
        parse_target("smtp://ada:hunter2@mail.example.com:587")


def test_a_target_shows_as_a_person_would_write_it() -> None:
    assert str(parse_target("smtp://ada@[::1]:25")) == "[::1]:25"
    assert str(parse_target("smtps://mail.example.com")) == "mail.example.com:465"
    assert str(parse_target("maildir:outbox")) == "outbox"


@given(st.text(max_size=40))
def test_any_text_is_a_way_out_or_a_refusal(text: str) -> None:
    for start in ("", "smtp://", "smtps://", "maildir:", "smtp://localhost"):
        said = refusal(start + text)
        assert "\n" not in said
        if not said:
            target = parse_target(start + text)
            assert isinstance(target, MaildirTarget) or target.host


def refusal(text: str) -> str:
    try:
        parse_target(text)
    except ValueError as error:
        return str(error) or "nothing was said"
    return ""


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine_is_known_by_name_and_number(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["example.com", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.nip.io"])
def test_another_machine_is_not_taken_for_this_one(host: str) -> None:
    assert not is_loopback(host)

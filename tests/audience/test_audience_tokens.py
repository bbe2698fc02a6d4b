"""Tokens: every signed one reads back, and no other does."""

import hmac
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from publisher.audience.tokens import Tokens, message_id, message_ids, parse_secrets

SECRET = b"a secret of the tests"
OTHER = b"another secret of the tests"
BOX = "ada@example.com"


def boxes(_: int) -> str:
    """Every number's mailbox."""
    return BOX


ids = st.integers(min_value=1, max_value=10**18 - 1)
secrets = st.lists(st.binary(min_size=16, max_size=40), min_size=1, max_size=4, unique=True)


@given(secrets, ids, st.data())
def test_every_signed_token_reads_back_wherever_its_secret_stands(
    all_secrets: list[bytes], number: int, data: st.DataObject
) -> None:
    signer = data.draw(st.sampled_from(all_secrets))
    token = Tokens([signer]).sign(number, BOX)
    assert Tokens(all_secrets).read(token, boxes) == number
    others = [secret for secret in all_secrets if secret != signer]
    if others:
        assert Tokens(others).read(token, boxes) is None


@settings(max_examples=300)
@given(ids, st.data())
def test_an_altered_token_is_not_read(number: int, data: st.DataObject) -> None:
    token = Tokens([SECRET]).sign(number, BOX)
    place = data.draw(st.integers(0, len(token)))
    cut = data.draw(st.integers(0, 2))
    put = data.draw(
        st.text(max_size=2) | st.sampled_from(["=", "\n", "-", "_", "0", "A", "%", "é"])
    )
    altered = token[:place] + put + token[place + cut :]
    assume(altered != token)
    assert Tokens([SECRET]).read(altered, boxes) is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{24}[0-9]{1,20}", fullmatch=True))
def test_a_guessed_token_is_not_read(text: str) -> None:
    assert Tokens([SECRET, OTHER]).read(text, boxes) is None


def test_the_last_character_of_a_signature_has_one_spelling_only() -> None:
    token = Tokens([SECRET]).sign(7, BOX)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    read = [c for c in alphabet if Tokens([SECRET]).read(token[:23] + c + token[24:], boxes) == 7]
    assert read == [token[23]]


@pytest.mark.parametrize("number", ["007", "0", "-7", "+7", "7 ", "٧", "1" * 19])
def test_a_number_has_one_spelling_only(number: str) -> None:
    token = Tokens([SECRET]).sign(7, BOX)
    assert Tokens([SECRET]).read(token[:24] + number, boxes) is None


def test_a_number_that_was_given_to_another_mailbox_is_not_read() -> None:
    token = Tokens([SECRET]).sign(7, BOX)
    assert Tokens([SECRET]).read(token, lambda _: "grace@example.org") is None
    assert Tokens([SECRET]).read(token, lambda _: None) is None


def test_a_token_is_short_and_safe_in_a_url() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}1000000", Tokens([SECRET]).sign(1_000_000, BOX))


def test_a_token_is_the_same_each_time() -> None:
    assert Tokens([SECRET]).sign(345, BOX) == Tokens([SECRET, OTHER]).sign(345, BOX)


def test_the_first_secret_signs() -> None:
    token = Tokens([OTHER, SECRET]).sign(9, BOX)
    assert Tokens([OTHER]).read(token, boxes) == 9
    assert Tokens([SECRET]).read(token, boxes) is None


def test_tokens_without_a_secret_are_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        Tokens([])


def test_a_message_id_is_the_same_for_the_same_mailbox_and_edition() -> None:
    salt = Tokens([SECRET]).issue_salt("tag:example.com,2026-01-01:a", 1)
    one = message_id(salt, "ada@example.com", "example.com")
    assert one == message_id(salt, "ada@example.com", "example.com")
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", one)
    assert one != message_id(salt, "grace@example.org", "example.com")


def test_editions_feeds_and_secrets_each_change_the_salt() -> None:
    tokens = Tokens([SECRET])
    salts = {
        tokens.issue_salt("tag:example.com,2026-01-01:a", 1),
        tokens.issue_salt("tag:example.com,2026-01-01:a", 2),
        tokens.issue_salt("tag:example.com,2026-01-01:b", 1),
        Tokens([OTHER]).issue_salt("tag:example.com,2026-01-01:a", 1),
    }
    assert len(salts) == 4


def test_secrets_stand_one_a_line() -> None:
    text = "first-secret-of-the-tests\r\n\n  second-secret-of-the-tests  \n"
    assert parse_secrets(text) == (b"first-secret-of-the-tests", b"second-secret-of-the-tests")


@pytest.mark.parametrize("text", ["", " \n ", "short", "long-enough-for-a-secret short"])
def test_no_secret_or_a_short_one_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="secret") as refused:
        parse_secrets(text)
    assert "short" not in str(refused.value)


@given(st.binary(max_size=130), st.lists(st.text(), max_size=5))
def test_many_message_ids_are_an_hmac_each(salt: bytes, mailboxes: list[str]) -> None:
    named = message_ids(salt, "example.com")
    for mailbox in mailboxes:
        real = hmac.digest(salt, mailbox.encode(), "sha256").hex()[:32]
        assert named(mailbox) == f"<{real}@example.com>"

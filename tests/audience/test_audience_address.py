"""Addresses: what is taken, what two spellings share, and that none can break out of a header."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.audience.address import (
    LONGEST_NAME,
    Mailbox,
    clean_name,
    mailbox_of,
    parse_address,
    parse_mailbox,
)


def test_an_address_is_kept_as_typed_and_its_mailbox_is_folded() -> None:
    new = parse_address(" Ada.Lovelace@Example.COM ", "Ada")
    assert (new.address, new.mailbox) == ("Ada.Lovelace@Example.COM", "ada.lovelace@example.com")
    assert new.name == "Ada"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "ADA@EXAMPLE.COM"),
        ("ada@bücher.example", "Ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("jo\u0308rg@example.com", "J\u00f6rg@example.com"),
    ],
)
def test_two_spellings_are_one_mailbox(one: str, other: str) -> None:
    assert mailbox_of(one) == mailbox_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ada+news@example.com", "ada@example.com"), ("a.da@example.com", "ada@example.com")],
)
def test_what_only_one_provider_takes_as_one_stays_two(one: str, other: str) -> None:
    assert mailbox_of(one) != mailbox_of(other)


def test_a_domain_beyond_ascii_is_sent_in_its_a_label_form() -> None:
    assert parse_address("Ada@Bücher.example").address == "Ada@xn--bcher-kva.example"


@pytest.mark.parametrize("domain", ["example.com", "mail.example.org", "readers.test"])
def test_domains_of_documentation_and_rehearsal_are_taken(domain: str) -> None:
    assert parse_address(f"ada@{domain}").mailbox == f"ada@{domain}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@@example.com",
        "ada@example.com\r\nBcc: grace@example.org",
        "ada\n@example.com",
        "ada\0@example.com",
        "ada@exam\0ple.com",
        "ada lovelace@example.com",
        '"ada lovelace"@example.com',
        "<ada@example.com>",
        "Ada <ada@example.com>",
        "ada@example.com,grace@example.org",
        "ada@example.com;grace@example.org",
        "ada@[192.0.2.1]",
        "ada@-example.com",
        "ada..b@example.com",
        "ada@example.com.",
        "ada@localhost",
        "ada\u202e@example.com",
        "ada@xn--zz.com",
        "a" * 65 + "@example.com",
        "ada@" + "a" * 64 + ".com",
        "ada@example.com\udcff",
        "a" * 1_000_000 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(ValueError, match="address") as refused:
        parse_address(text)
    said = str(refused.value)
    assert len(said) < 300
    assert said.isprintable()


hostile = st.text(
    alphabet=st.sampled_from("aZ9.@-+_ \t\r\n\0<>\"'(),:;\\[]öß\u202e\u2028\udc80")
    | st.characters(),
    max_size=8,
)
around_an_address = st.builds(
    lambda one, place, put: one[:place] + put + one[place:],
    st.sampled_from(["ada@example.com", "Ada <ada@example.com>", "ada@bücher.example"]),
    st.integers(0, 20),
    hostile,
)


@settings(max_examples=400, deadline=None)
@given(around_an_address | hostile)
def test_nothing_accepted_can_break_out_of_a_header(text: str) -> None:
    try:
        new = parse_address(text, text[:100])
    except ValueError:
        return
    for accepted in (new.address, new.mailbox):
        assert accepted.isprintable()
        assert not set(accepted) & set(' \r\n\0\t<>"(),:;\\[]')
        assert accepted.count("@") == 1
    assert new.name.isprintable()
    assert new.address.rpartition("@")[2].isascii()
    assert parse_address(new.address).mailbox == new.mailbox


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=LONGEST_NAME))
def test_a_clean_name_fits_on_one_line_and_stays_as_it_is(name: str) -> None:
    try:
        cleaned = clean_name(name)
    except ValueError:
        return  # normalisation may lengthen a name
    assert not set(cleaned) & set("\r\n\0\x0b\x0c\x85\u2028\u2029\u202e")
    assert cleaned == cleaned.strip()
    assert clean_name(cleaned) == cleaned
    cleaned.encode()


def test_a_name_keeps_its_words_and_loses_its_line_breaks() -> None:
    cleaned = clean_name("  Ada\r\nBcc: grace@example.org\0 \u202eLovelace\u2028 ")
    assert cleaned == "Ada Bcc: grace@example.org Lovelace"


def test_a_joined_emoji_in_a_name_stays_joined() -> None:
    assert clean_name("👩‍💻 Ada") == "👩‍💻 Ada"


def test_a_name_that_is_a_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 200"):
        parse_address("ada@example.com", "x" * 201)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("ada@example.com", "", "ada@example.com"),
        ("<ada@example.com>", "", "ada@example.com"),
        ("Ada Example <ada@example.com>", "Ada Example", "ada@example.com"),
        ("Ada E. Example<ada@Example.com>", "Ada E. Example", "ada@example.com"),
        ('"Example, Ada" <ada@example.com>', "Example, Ada", "ada@example.com"),
        (r'"Ada \"Countess\" L" <ada@example.com>', 'Ada "Countess" L', "ada@example.com"),
        ("Ada <ada@bücher.example>", "Ada", "ada@xn--bcher-kva.example"),
        ("Ada\r\nBcc: x <ada@example.com>", "Ada Bcc: x", "ada@example.com"),
    ],
)
def test_a_sender_is_a_name_and_an_address(text: str, name: str, address: str) -> None:
    assert parse_mailbox(text) == Mailbox(name=name, address=address)


@pytest.mark.parametrize(
    "text",
    [
        "Ada",
        "Ada <ada>",
        "Ada <ada@example.com",
        "Ada <ada@example.com> <grace@example.org>",
        "ada@example.com, grace@example.org",
        "Ada <jörg@example.com>",
        'Ada "x" <ada@example.com>',
    ],
)
def test_what_is_no_sender_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|ASCII"):
        parse_mailbox(text)


@pytest.mark.parametrize("name", ["Ada Example", "Example, Ada", 'A "B" \\ C', "", "Søren (x)"])
def test_a_sender_reads_back_from_how_it_is_written(name: str) -> None:
    mailbox = Mailbox(name=name, address="ada@example.com")
    assert parse_mailbox(str(mailbox)) == mailbox
    assert mailbox.domain == "example.com"

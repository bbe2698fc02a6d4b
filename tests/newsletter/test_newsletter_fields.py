"""Header fields: what a person wrote comes out as they wrote it, and can't be anything else."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsletter_samples import headers_of

from publisher.audience.address import parse_address
from publisher.newsletter import fields
from publisher.newsletter.oneline import one_line

NASTY = st.text(
    st.one_of(
        st.sampled_from('\r\n\0\u2028\u202e =?_"\\<>@,;:()[]é漢👍'), st.characters(codec=None)
    ),
    max_size=150,
)


@given(NASTY)
def test_a_subject_decodes_to_its_line_and_never_ends_its_field(text: str) -> None:
    line = one_line(text, 200)
    made = fields.field("Subject", fields.unstructured(line, len("Subject: ")))
    assert re.fullmatch(rb"[ -~]+(\r\n [ -~]+)*\r\n", made)
    assert max(map(len, made.split(b"\r\n"))) <= 78
    message = message_from_bytes(made + b"\r\n", policy=default)
    assert message["Subject"] == line
    assert message.keys() == ["Subject"]


@pytest.mark.parametrize(
    "subject", ["x" * 66, "x" * 68, "x" * 180, "word " + "x" * 150, "ab " * 60]
)
def test_a_word_too_long_for_a_line_is_encoded_rather_than_left_long(subject: str) -> None:
    made = fields.field("Subject", fields.unstructured(subject.strip(), len("Subject: ")))
    assert max(map(len, made.split(b"\r\n"))) <= 78
    assert headers_of(made + b"\r\n") == {"Subject": subject.strip()}


@given(NASTY)
def test_a_name_decodes_to_its_line_and_never_touches_the_address(name: str) -> None:
    made = fields.field("To", fields.mailbox(name, "grace@example.org", len("To: ")))
    assert re.fullmatch(rb"[ -~]+(\r\n [ -~]+)*\r\n", made)
    assert max(map(len, made.split(b"\r\n"))) <= 78
    line = one_line(name, fields.LONGEST_NAME)
    expected = f"{line} <grace@example.org>" if line else "grace@example.org"
    assert headers_of(made + b"\r\n") == {"To": expected}
    (mailbox,) = message_from_bytes(made + b"\r\n", policy=default)["To"].addresses
    assert mailbox.addr_spec == "grace@example.org"


@given(st.text(st.characters(codec=None), max_size=40))
def test_whatever_is_given_as_an_address_is_an_address_or_refused(text: str) -> None:
    try:
        made = fields.mailbox("", text, 4)
    except ValueError:
        return
    assert made.count(b"@") == 1
    assert not re.search(rb"[\x00-\x20\x7f<>,;:\"\\]", made)


@pytest.mark.parametrize(
    "address",
    [
        "", "ada", "@example.com", "ada@", "a b@example.com", "ada@exa mple.com", "a@b@example.com",
        "ada@example.com\r\nBcc: eve@example.com", "ada\n@example.com", "<ada@example.com>",
        "ada@example.com, eve@example.com", '"ada"@example.com', "ada@-example.com",
        ".a@example.com", "a..b@example.com", "a\u202eb@example.com", "a\u2028b@example.com",
        "a\ud800@example.com",
        "ada@[127.0.0.1]", "x" * 400 + "@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|domain|Codepoint|codepoint|longer"):
        fields.mailbox("Ada", address, 4)


@given(
    st.one_of(
        st.emails(),
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=9).map(
            "{}@bücher.example".format
        ),
    )
)
def test_every_address_that_a_subscriber_may_have_fits_into_a_header(text: str) -> None:
    try:
        address = parse_address(text).address
    except ValueError:
        return
    assert fields.addr_spec(address).decode().partition("@")[0] == address.partition("@")[0]


def test_a_domain_goes_as_a_labels_and_a_local_part_as_it_is() -> None:
    assert fields.addr_spec("ada@bücher.example") == b"ada@xn--bcher-kva.example"
    assert fields.addr_spec("ädä@bücher.example") == "ädä@xn--bcher-kva.example".encode()
    assert fields.addr_spec("Ada.L+x@Example.COM") == b"Ada.L+x@Example.COM"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("", b"ada@example.com"),
        ("Ada Example", b"Ada Example <ada@example.com>"),
        ("Ada E. Example", b'"Ada E. Example" <ada@example.com>'),
        ('Ada "A" \\ B', b'"Ada \\"A\\" \\\\ B" <ada@example.com>'),
        ("Adá", b"=?utf-8?b?QWTDoQ==?= <ada@example.com>"),
        ("=?utf-8?q?x?=", b"=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <ada@example.com>"),
    ],
)
def test_a_name_is_written_in_the_plainest_form_it_can_have(name: str, made: bytes) -> None:
    assert fields.mailbox(name, "ada@example.com", 4) == made


def test_a_mailbox_of_the_configuration_is_read_as_people_write_it() -> None:
    made = fields.parsed_mailbox('"Example, Ada" <ada@example.com>', len("From: "))
    assert made == b'"Example, Ada" <ada@example.com>'
    with pytest.raises(ValueError, match="no address"):
        fields.parsed_mailbox("nobody", len("From: "))


def test_list_urls_stay_on_one_ascii_line_with_https_first() -> None:
    url = "https://news.example.com/u/" + "x" * 200
    made = fields.list_unsubscribe(url, fields.leave_by_mail("leave@example.com"))
    assert made == (
        b"List-Unsubscribe: <" + url.encode() + b">, <mailto:leave@example.com?subject=unsubscribe>"
        b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    )


def test_one_click_is_only_offered_over_https() -> None:
    mailto = fields.leave_by_mail("leave@example.com")
    assert b"Post" not in fields.list_unsubscribe(None, mailto)
    assert b"Post" not in fields.list_unsubscribe("http://127.0.0.1:8000/u/x", None)


def test_a_message_without_a_way_out_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="no way out"):
        fields.list_unsubscribe(None, None)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a b", "https://example.com/>\r\nX: y", "javascript:alert(1)", "",
        "https://example.com/" + "x" * 1000, "//example.com", "https://example.com/\ud800",
    ],
)  # fmt: skip
def test_what_is_no_url_for_a_header_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|surrogate"):
        fields.ascii_url(url)


def test_a_url_of_a_reader_s_language_becomes_ascii() -> None:
    made = fields.ascii_url("https://bücher.example:8443/tide/é?q=ü")
    assert made == "https://xn--bcher-kva.example:8443/tide/%C3%A9?q=%C3%BC"


@pytest.mark.parametrize(
    "text", ["", "a@example.com", "<a@example.com", "<a b@example.com>", "<a@x>\r\nX: y", "<@x>"]
)
def test_what_is_no_message_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        fields.message_id(text)


def test_a_list_id_has_the_list_s_name_before_it() -> None:
    assert fields.list_id("Field Notes", "fn.example.com") == b"Field Notes <fn.example.com>"
    assert fields.list_id("", "field_notes.example.com") == b"<field_notes.example.com>"
    assert fields.list_id("", "bücher.example") == b"<xn--bcher-kva.example>"
    with pytest.raises(ValueError, match="domain"):
        fields.list_id("Field Notes", "fn example")


@pytest.mark.parametrize("text", ["", "a b", "a\r\nb", "é"])
def test_a_token_is_visible_ascii(text: str) -> None:
    with pytest.raises(ValueError, match="header"):
        fields.token(text)


def test_a_line_that_would_be_too_long_is_refused() -> None:
    mailto = fields.leave_by_mail("x" * 250 + "@example.com")
    with pytest.raises(ValueError, match="998"):
        fields.list_unsubscribe("https://example.com/" + "x" * 800, mailto)

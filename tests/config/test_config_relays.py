"""Several relays and destinations with rates of their own, as the file says them."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from publisher.config.load import read
from publisher.config.readiness import login_lacks
from publisher.config.settings import Settings, WayOut
from publisher.config.show import shown
from publisher.domain.errors import ConfigError
from publisher.mail.target import MaildirTarget, SmtpTarget, Tls

SITE = "site:\n  title: Notes\n  url: https://example.com\n  id_date: 2026-01-01\n"
RELAYS = """delivery:
  connections: 6
  relays:
    main: {transport: "smtp://ada@mail.example.com", weight: 3, connections: 8, rate: 100/s}
    far-away: {transport: "smtps://mail.example.net", weight: 0}
"""


def read_text(text: str, environ: dict[str, str] | None = None) -> Settings:
    return read(
        f"{SITE}{text}".encode(), Path("config.yaml"), environ or {}, today=date(2026, 3, 1)
    )


def problems(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read_text(text, environ)
    return str(refused.value).splitlines()


def test_relays_have_what_they_say_and_else_what_delivery_says() -> None:
    main, spare = read_text(RELAYS).relays
    assert main == WayOut(
        name="main",
        target=SmtpTarget(host="mail.example.com", port=587, user="ada", tls=Tls.STARTTLS),
        weight=3, connections=8, rate="100/s", password=None,
    )  # fmt: skip
    assert (spare.name, spare.weight, spare.connections, spare.rate) == ("far-away", 0, 6, "none")


def test_one_transport_is_one_relay_with_all_the_weight() -> None:
    (only,) = read_text("delivery: {connections: 2, rate: 14/s}\n").relays
    assert only == WayOut(
        name="main", target=MaildirTarget(path="outbox"), weight=1, connections=2, rate="none",
        password=None,
    )  # fmt: skip


def test_each_relay_has_its_own_password_or_the_one_for_all() -> None:
    environ = {"PUBLISHER_SMTP_PASSWORD_FAR_AWAY": "own\n", "PUBLISHER_SMTP_PASSWORD": "for-all"}
    found = read_text(RELAYS, environ)
    words = [way.password.get_secret_value() for way in found.relays if way.password]
    assert words == ["for-all", "own"]
    text = json.dumps(shown(found)) + repr(found) + repr(found.relays)
    assert "for-all" not in text
    assert '"own' not in text
    assert '"PUBLISHER_SMTP_PASSWORD_FAR_AWAY": "set (hidden)"' in text


def test_a_relay_s_password_has_no_place_in_the_file() -> None:
    (said,) = problems(
        "site:\n  description: ${PUBLISHER_SMTP_PASSWORD_MAIN}\n".removeprefix("site:\n"),
        {"PUBLISHER_SMTP_PASSWORD_MAIN": "hunter2"},
    )
    assert "PUBLISHER_SMTP_PASSWORD_MAIN is read by itself" in said
    assert "hunter2" not in said


def test_a_login_that_lacks_its_password_is_said_by_relay() -> None:
    said = login_lacks(read_text(RELAYS)) or ""
    assert "PUBLISHER_SMTP_PASSWORD_MAIN" in said
    assert "delivery.relays.main" in said
    assert "FAR_AWAY" not in said
    assert login_lacks(read_text(RELAYS, {"PUBLISHER_SMTP_PASSWORD": "x"})) is None
    assert login_lacks(read_text(RELAYS, {"PUBLISHER_SMTP_PASSWORD_MAIN": "x"})) is None


def test_the_relays_in_force_are_shown_and_can_be_read_again() -> None:
    delivery = shown(read_text(RELAYS))["delivery"]
    assert isinstance(delivery, dict)
    assert delivery["transport"] is None
    assert delivery["relays"]["far-away"]["connections"] == 6
    text = yaml.safe_dump({"delivery": delivery}, sort_keys=False)
    assert read_text(text).relays == read_text(RELAYS).relays


def test_destinations_are_folded_to_what_a_mailbox_s_domain_is() -> None:
    found = read_text(
        "delivery:\n  destinations:\n    two: {domains: [GMail.com, bücher.example], rate: 20/s}\n"
    )
    two = found.delivery.destinations["two"]
    assert (two.domains, two.rate) == (("gmail.com", "xn--bcher-kva.example"), "20/s")


BOTH = """delivery:
  transport: maildir:outbox
  relays:
    main: {transport: smtp://mail.example.com}
"""


def test_a_transport_beside_relays_is_refused_and_which_to_drop_is_said() -> None:
    assert problems(BOTH) == [
        "config.yaml:6: delivery.transport: delivery.relays on line 7 says it too: drop transport, "
        "and make it one of the relays"
    ]
    assert len(read_text(BOTH.replace("  transport: maildir:outbox\n", "")).relays) == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("relays: [a]", "5: delivery.relays: expected a section with keys, not a list"),
        ("relays: {a: x}", "5: delivery.relays.a: expected a section with keys, not text"),
        ("relays: {a: {weight: 1}}", "5: delivery.relays.a.transport: is required"),
        ("relays: {Ä: {transport: smtp://x.example}}",
         "5: delivery.relays.Ä: expected a name in lower-case letters, digits and hyphens"),
        ("relays: {a: {transport: smtp://x.example, wait: 1}}",
         "5: delivery.relays.a.wait: is no key of this file; did you mean delivery.relays.a.w"),
        ("relays: {a: {transport: smtp://x.example, weight: 101}}",
         "5: delivery.relays.a.weight: expected a number from 0 to 100, not '101'"),
        ("relays: {a: {transport: smtp://x.example, weight: 0}}",
         "5: delivery.relays: every relay is a spare: give one of them a weight above 0"),
        ("relays: {a: {transport: smtp://x.example}, b: {transport: maildir:b}}",
         "5: delivery.relays: a Maildir can't stand beside other relays"),
        ("relays: {a: {transport: maildir:public/mails}}",
         "5: delivery.relays.a.transport: the mails would lie in feeds.path"),
        ("relays: {a: {transport: smtp://ada:hunter2@x.example}}",
         "5: delivery.relays.a.transport: a password doesn't belong into the configuration"),
        ("destinations: {a: {domains: ['*.example.com'], rate: 1/s}}",
         "5: delivery.destinations.a.domains: '*.example.com': * is not known here: name each"),
        ("destinations: {a: {domains: [ada@example.com], rate: 1/s}}",
         "5: delivery.destinations.a.domains: expected a domain such as example.com"),
        ("destinations: {a: {domains: [], rate: 1/s}}",
         "5: delivery.destinations.a.domains: an empty list: name at least one"),
        ("destinations: {a: {domains: [x.example]}}",
         "5: delivery.destinations.a.rate: is required"),
        ("destinations: {a: {domains: [x.example], rate: 1/s}, "
         "b: {domains: [X.Example], rate: 1/s}}",
         "5: delivery.destinations: x.example is in a and in b: keep one"),
    ],
)  # fmt: skip
def test_what_can_t_be_is_said_with_its_line_and_what_to_do(lines: str, said: str) -> None:
    (found,) = problems(f"delivery: {{{lines}}}\n")
    assert found.startswith(f"config.yaml:{said}")
    assert "hunter2" not in found

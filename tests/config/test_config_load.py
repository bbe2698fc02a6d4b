"""The whole configuration: its defaults, every problem at once, and what must not be served."""

import re
from datetime import date, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from publisher.audience.address import Mailbox
from publisher.audience.secret import load_or_make
from publisher.config.load import load, read
from publisher.config.places import Listen
from publisher.config.settings import Settings
from publisher.domain.errors import ConfigError
from publisher.domain.finding import Finding
from publisher.mail.target import MaildirTarget, SmtpTarget

TODAY = date(2026, 3, 1)
SITE = "site:\n  title: Field Notes\n  url: https://example.com\n  id_date: 2026-01-01\n"


def read_text(text: str, environ: dict[str, str] | None = None) -> Settings:
    return read(text.encode(), Path("config.yaml"), environ or {}, today=TODAY)


def problems(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read_text(text, environ)
    return str(refused.value).splitlines()


def test_a_site_alone_is_enough_and_the_rest_is_as_documented() -> None:
    found = read_text(SITE)
    assert (found.site.description, found.site.author, found.site.language) == ("", None, "en")
    assert found.site.timezone == ZoneInfo("UTC")
    assert found.site.id_authority == "example.com"
    assert found.content.path == "content"
    assert found.content.permalink == "/:year/:month/:title/"
    assert found.content.publish_time == time(0, 0)
    assert found.content.published_by_default is True
    assert found.content.ignore == ()
    assert found.content.render_timeout == timedelta(seconds=5)
    assert (found.feeds.path, found.feeds.url) == ("public", None)
    assert found.feeds_url == "https://example.com"
    assert found.feeds.formats == ("atom", "rss", "json")
    assert (found.feeds.entries, found.feeds.full_content) == (20, True)
    assert found.feeds.taxonomies == ("categories", "tags")
    assert found.feeds.baseline_ids == "tag"
    assert found.newsletter.from_ is None
    assert found.newsletter.max_age == timedelta(days=2)
    assert found.newsletter.max_posts_per_hour == 3
    assert found.newsletter.settle == timedelta(seconds=2)
    assert found.newsletter.wait_for_page is None
    assert found.list_id == "newsletter.example.com"
    assert found.relays[0].target == MaildirTarget(path="outbox")
    assert (found.delivery.connections, found.delivery.rate) == (4, "none")
    assert (found.delivery.on_unknown, found.delivery.survive) == ("hold", "power")
    assert found.ledger == "sqlite:state/publisher.db"
    assert found.web.url is None
    assert found.web.listen == Listen(host="127.0.0.1", port=8000)
    assert (found.secrets, found.smtp_password) == ((), None)


def test_everything_that_can_be_set_is_taken_as_typed() -> None:
    found = read_text(
        """
site:
  title: Field Notes
  url: https://example.com/blog/
  description: >
    What I see
    outside.
  author: {name: Ada Example, email: ada@example.com, url: https://ada.example.com}
  language: de
  timezone: Europe/Berlin
  id_authority: Notes.example.com
  id_date: 2026-03-01
content:
  path: _posts
  permalink: /:title/
  publish_time: 09:00
  published_by_default: off
  ignore: ["notes/*", draft-*]
  render_timeout: 500ms
feeds:
  path: /var/www/feeds
  url: https://feeds.example.com/
  formats: [json]
  entries: 50
  full_content: no
  taxonomies: []
  baseline_ids: permalink
newsletter:
  from: Ada Example <ada@example.com>
  reply_to: grace@example.org
  list_id: field-notes.example.com
  postal_address: |
    1 Main Street
    Springfield
  unsubscribe_mailto: leave@example.com
  max_age: 36h
  max_posts_per_hour: 0
  settle: 0s
  wait_for_page: 10m
  stages: [Author, 12.5 %, 100%]
  stage_wait: 90m
  stage_bounces: 2.5%
delivery:
  transport: smtp://ada%40example.com@mail.example.com:587
  connections: 10
  rate: 14/s, 50000/day
  on_unknown: resend
  survive: process
  envelope_from: bounces@example.com
ledger: sqlite:/var/lib/publisher/publisher.db
web:
  url: https://news.example.com
  listen: "[::1]:0"
"""
    )
    assert found.site.url == "https://example.com/blog"
    assert found.site.description == "What I see outside."
    assert found.site.author is not None
    assert found.site.author.email == "ada@example.com"
    assert found.site.id_authority == "notes.example.com"
    assert found.content.publish_time == time(9)
    assert found.content.published_by_default is False
    assert found.content.ignore == ("notes/*", "draft-*")
    assert found.feeds.taxonomies == ()
    assert found.feeds.full_content is False
    assert found.feeds_dir == Path("/var/www/feeds")
    assert found.feeds_url == "https://feeds.example.com"
    assert found.newsletter.from_ == Mailbox(name="Ada Example", address="ada@example.com")
    assert found.newsletter.postal_address == "1 Main Street\nSpringfield"
    assert found.newsletter.wait_for_page == timedelta(minutes=10)
    assert found.newsletter.stages == ("author", "12.5%", "100%")
    assert found.newsletter.stage_wait == timedelta(minutes=90)
    assert found.newsletter.stage_bounces == "2.5%"
    assert found.list_id == "field-notes.example.com"
    assert isinstance(found.relays[0].target, SmtpTarget)
    assert found.web.listen == Listen(host="::1", port=0)


def test_every_problem_is_said_at_once_with_its_line() -> None:
    said = problems(
        """site:
  titel: Field Notes
  url: example.com
  timezone: Europe/Berln
  author: Ada
content: posts
feeds:
  formats: [atom,
    xml]
  taxonomies: tags
  entries: [20]
delivery:
  connections: four
  conections: 4
  rate: fast
  transport: carrier-pigeon
  on_unknown: maybe
ledger: postgresql://localhost
permalink: /:title/
web:
  url: ${WEB_URL}
newsletter:
  from: Ada
  max_age: a while
  max_age: 3d
"""
    )
    expected = [
        "config.yaml:1: site.title: is required",
        "config.yaml:1: site.id_date: is required: write a day on which",
        "config.yaml:2: site.titel: is no key of this file; did you mean site.title?",
        "config.yaml:3: site.url: expected an absolute URL such as https://example.com, not",
        "config.yaml:4: site.timezone: expected a time zone (did you mean Europe/Berlin?), not",
        "config.yaml:5: site.author: expected a section with keys, not text",
        "config.yaml:6: content: expected a section with keys, not text",
        "config.yaml:9: feeds.formats: expected atom, rss or json, not 'xml'",
        "config.yaml:10: feeds.taxonomies: expected a list such as [a, b], not text",
        "config.yaml:11: feeds.entries: expected a number, not a list",
        "config.yaml:13: delivery.connections: expected a number, not 'four'",
        "config.yaml:14: delivery.conections: is no key of this file; did you mean delivery.conn",
        "config.yaml:15: delivery.rate: 'fast' is no rate; write 14/s",
        "config.yaml:16: delivery.transport: unknown way out 'carrier-pigeon'; write maildir:",
        "config.yaml:17: delivery.on_unknown: expected hold or resend, not 'maybe'",
        "config.yaml:18: ledger: PostgreSQL is not supported yet",
        "config.yaml:19: permalink: is no key of this file; did you mean content.permalink?",
        "config.yaml:21: web.url: the environment variable WEB_URL is not set",
        "config.yaml:23: newsletter.from: 'Ada' is not an address",
        "config.yaml:24: newsletter.max_age: expected a time span such as 2d",
        "config.yaml:25: newsletter.max_age: stands here a second time (first on line 24)",
    ]
    assert len(said) == len(expected)
    for line, beginning in zip(said, expected, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("stages: [author, 1%]", "newsletter.stages: the last stage is everybody: end with 100%"),
        ("stages: [1%, author, 100%]", "newsletter.stages: author comes after 1%: each stage"),
        ("stages: [writer, 100%]", "newsletter.stages: expected author, or a percentage such as 1"),
        ("stages: 10%", "newsletter.stages: expected a list such as [a, b], not text"),
        ("stage_bounces: 0.05", "newsletter.stage_bounces: expected a percentage such as 5%, not"),
        ("stage_wait: 31d", "newsletter.stage_wait: expected a time span from 0s to 30d"),
    ],
)
def test_a_wrong_stage_is_said_with_what_to_write(line: str, said: str) -> None:
    (found,) = problems(f"{SITE}newsletter:\n  {line}\n")
    assert found.startswith(f"config.yaml:6: {said}")


def test_a_missing_site_is_one_problem_that_says_what_to_write() -> None:
    assert problems("ledger: sqlite:x.db\n") == [
        "config.yaml: site: is required: write site: with title, url and id_date below it"
    ]
    (line,) = problems("ledger: sqlite:x.db\nsite:\n")
    assert line.startswith("config.yaml:2: site: is required")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("Site:\n  a: 1", "site"),
        ("feed:\n  a: 1", "feeds"),
        ("connections: 4", "delivery.connections"),
        (
            "url: https://example.com",
            "site.url or site.author.url or feeds.url or web.url or hooks.on_publish.url",
        ),
        ("secret-file: x", "secret_file"),
    ],
)
def test_an_unknown_key_is_refused_with_the_key_that_was_meant(line: str, meant: str) -> None:
    (said,) = problems(f"{SITE}{line}\n")
    assert said.endswith(f"is no key of this file; did you mean {meant}?")


def test_an_unknown_key_unlike_any_is_refused_without_a_guess() -> None:
    assert problems(f"{SITE}zzz: 1\n") == ["config.yaml:5: zzz: is no key of this file"]


def test_the_python_name_of_from_is_no_key() -> None:
    (said,) = problems(f"{SITE}newsletter:\n  from_: ada@example.com\n")
    assert said.endswith("newsletter.from_: is no key of this file; did you mean newsletter.from?")


@pytest.mark.parametrize("key", ["path", "root", "secrets", "smtp_password", "state"])
def test_what_is_not_for_the_file_to_say_is_no_key(key: str) -> None:
    (said,) = problems(f"{SITE}{key}: /tmp\n")
    assert f"{key}: is no key of this file" in said


def test_a_day_in_the_future_can_t_be_the_id_date() -> None:
    assert read_text(SITE.replace("2026-01-01", "2026-03-01")).site.id_date == TODAY
    (said,) = problems(SITE.replace("2026-01-01", "2026-03-02"))
    assert said.startswith(
        "config.yaml:4: site.id_date: 2026-03-02 is in the future (today is 2026-03-01)"
    )


def test_a_site_without_a_host_name_has_to_say_its_authority() -> None:
    text = SITE.replace("https://example.com", "http://[::1]:8000")
    (said,) = problems(text)
    assert "site.id_authority: expected a host name" in said
    assert read_text(f"{text}  id_authority: example.com\n").site.url == "http://[::1]:8000"


def test_a_wrong_url_is_not_blamed_on_the_authority_too() -> None:
    (said,) = problems(SITE.replace("https://example.com", "example"))
    assert "site.url" in said


def test_values_come_from_the_environment() -> None:
    text = SITE.replace("Field Notes", "${TITLE} of ${WHO}")
    assert read_text(text, {"TITLE": "Notes", "WHO": "Ada"}).site.title == "Notes of Ada"


@pytest.mark.parametrize(
    "title", ["Notes\r\nBcc: grace@example.org", "Notes: a # 'title' {x}", "x\n  url: http://evil"]
)
def test_nothing_from_the_environment_gets_out_of_its_value(title: str) -> None:
    found = read_text(SITE.replace("Field Notes", "${TITLE}"), {"TITLE": title})
    assert found.site.title == " ".join(title.split())
    assert found.site.url == "https://example.com"


@pytest.mark.parametrize("title", ["", " ", "\0", "a\x1b[31m"])
def test_an_empty_or_unprintable_value_of_the_environment_is_a_problem(title: str) -> None:
    (said,) = problems(SITE.replace("Field Notes", "${TITLE}"), {"TITLE": title})
    assert said.startswith("config.yaml:2: site.title: ")


def test_secrets_are_those_of_the_environment_and_then_those_of_the_file(tmp_path: Path) -> None:
    secret_file = tmp_path / "secret"
    secret_file.write_text("the-secret-in-the-file\n")
    secret_file.chmod(0o600)
    config = tmp_path / "config.yaml"
    config.write_text(f"{SITE}secret_file: secret\n")
    environ = {"PUBLISHER_SECRET": "the-newest-of-secrets the-older-of-secrets"}
    found = load(config, environ, today=TODAY)
    assert [secret.get_secret_value() for secret in found.secrets] == [
        b"the-newest-of-secrets", b"the-older-of-secrets", b"the-secret-in-the-file",
    ]  # fmt: skip
    assert "newest" not in repr(found)


def test_a_secret_made_before_one_was_set_still_verifies(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(SITE)
    load_or_make(tmp_path / "state" / "secret", lambda: bytes(16))
    assert load(config, {}, today=TODAY).secrets == ()
    found = load(config, {"PUBLISHER_SECRET": "the-newest-of-secrets"}, today=TODAY)
    assert [secret.get_secret_value() for secret in found.secrets] == [
        b"the-newest-of-secrets", b"0" * 32,
    ]  # fmt: skip
    (tmp_path / "state" / "secret").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load(config, {"PUBLISHER_SECRET": "the-newest-of-secrets"}, today=TODAY)


def test_a_secret_that_can_t_be_used_is_said_without_being_repeated(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the-secret-in-the-file\n")
    (tmp_path / "secret").chmod(0o644)
    config = tmp_path / "config.yaml"
    config.write_text(f"{SITE}secret_file: secret\n")
    with pytest.raises(ConfigError) as refused:
        load(config, {"PUBLISHER_SECRET": "tiny"}, today=TODAY)
    first, second = str(refused.value).splitlines()
    assert first.startswith(f"{config}:5: secret_file: ")
    assert "chmod 600" in first
    assert second.startswith("PUBLISHER_SECRET: a secret has to have at least 16 characters")
    assert "tiny" not in second


def test_a_secret_file_that_is_missing_is_no_reason_to_make_one(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"{SITE}secret_file: nowhere/secret\n")
    with pytest.raises(ConfigError, match="no such file"):
        load(config, {}, today=TODAY)
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.yaml"]


def test_the_password_comes_from_the_environment_and_is_not_shown() -> None:
    found = read_text(SITE, {"PUBLISHER_SMTP_PASSWORD": "hunter2\n"})
    assert found.smtp_password is not None
    assert found.smtp_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(found)


def test_a_password_in_the_transport_is_refused_and_not_repeated() -> None:
    (said,) = problems(f"{SITE}delivery:\n  transport: smtp://ada:hunter2@example.com\n")
    assert "PUBLISHER_SMTP_PASSWORD" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("feeds:\n  path: .\n", "feeds.path: config.yaml would lie in feeds.path (.)"),
        ("feeds:\n  path: ..\n", "feeds.path: config.yaml would lie"),
        ("feeds:\n  path: /\n", "feeds.path: config.yaml would lie"),
        ("feeds:\n  path: state\n", "feeds.path: the folder state would lie"),
        ("ledger: sqlite:public/publisher.db\n", "ledger: the ledger would lie in feeds.path (pub"),
        ("ledger: sqlite:content/../public/x/y.db\n", "ledger: the ledger would lie"),
        ("delivery:\n  transport: maildir:public/outbox\n", "delivery.transport: the mails would"),
        ("feeds:\n  path: outbox\n", "feeds.path: the mails would lie in feeds.path (outbox)"),
        ("secret_file: public/secret\n", "secret_file: the secret would lie"),
    ],
)
def test_nothing_private_lies_in_the_folder_that_is_served(extra: str, said: str) -> None:
    found = problems(SITE + extra)
    assert any(line.startswith("config.yaml:") and f": {said}" in line for line in found)
    assert all(re.match(r"config\.yaml:\d+: ", line) for line in found)


def test_a_symbolic_link_into_the_served_folder_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "public")
    config = tmp_path / "config.yaml"
    config.write_text(SITE)
    with pytest.raises(ConfigError, match=r"the ledger would lie in feeds\.path"):
        load(config, {}, today=TODAY)


@pytest.mark.parametrize(
    "key", ["secret_file", "ledger", "feeds: {path", "content: {path", "delivery: {transport"]
)
@pytest.mark.parametrize("value", ["a\\0b", "sqlite:\\0", "maildir:a\\0", "\\x1b[31m", "\\u202e"])
def test_a_path_that_no_file_can_have_is_a_problem(key: str, value: str) -> None:
    (said,) = problems(f'{SITE}{key}: "{value}"{"}" * key.count("{")}\n')
    assert said.startswith("config.yaml:5: ")
    assert said.isprintable()


def test_a_folder_whose_name_only_begins_alike_is_no_part_of_it() -> None:
    assert read_text(f"{SITE}ledger: sqlite:public-state/publisher.db\n").ledger


def test_paths_are_relative_to_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "config.yaml").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    found = load(Path("site/config.yaml"), {}, today=TODAY)
    assert found.root == tmp_path / "site"
    assert found.feeds_dir == tmp_path / "site" / "public"
    assert found.state == tmp_path / "site" / "state"


def test_findings_name_the_file_as_the_person_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.yaml").write_text("a: 1\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"(?m)^site\.yaml:1: a: is no key"):
        load(Path("site.yaml"), {}, today=TODAY)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml: no such file: make a site with"):
        load(tmp_path / "config.yaml", {}, today=TODAY)


def test_a_file_that_can_t_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: is a directory"):
        load(tmp_path, {}, today=TODAY)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="can't be read: not a directory"):
        load(tmp_path / "file" / "config.yaml", {}, today=TODAY)


def test_a_configuration_error_is_a_fault_of_usage() -> None:
    assert ConfigError.exit_code == 2


def test_settings_can_t_be_changed() -> None:
    found = read_text(SITE)
    with pytest.raises(ValidationError, match="frozen"):
        found.site.title = "Other"  # type: ignore[misc]


keys = st.sampled_from(
    ["site", "title", "url", "id_date", "content", "path", "feeds", "formats", "newsletter",
     "from", "max_age", "delivery", "transport", "web", "listen", "ledger", "secret_file", "author"]
)  # fmt: skip
scalars = st.sampled_from(
    ["", "x", "4", "off", "2d", "[a, b]", "{a: 1}", "~", "|\n   x", "*x", "&x 1", "!!int 1", "'",
     '"', "- 1", "https://example.com", "2026-01-01", "${HOME}", "sqlite:x", "@", "\t", "1: 2",
     r'"a\0b"', r'"maildir:\0"', r'"sqlite:\0"', r'"a\nb"', r'"a\eb"']
) | st.text(max_size=12)  # fmt: skip
yaml_lines = st.builds(
    lambda indent, key, value: f"{'  ' * indent}{key}: {value}",
    st.integers(0, 3), keys | st.text(max_size=5), scalars,
)  # fmt: skip


def findings(data: bytes) -> tuple[Finding, ...] | None:
    """What is wrong with a file; None when it gives settings."""
    try:
        found = read(data, Path("config.yaml"), {"HOME": "/home/ada"}, today=TODAY)
    except ConfigError as refused:
        return refused.findings
    assert isinstance(found, Settings)
    return None


@settings(max_examples=400, deadline=None)
@example(SITE)
@given(
    st.lists(yaml_lines, max_size=8).map("\n".join)
    | st.lists(yaml_lines, max_size=4).map(lambda extra: "\n".join([SITE.rstrip(), *extra]))
    | st.text(max_size=60)
)
def test_any_text_gives_settings_or_a_configuration_error(text: str) -> None:
    said = findings(text.encode("utf-8", "surrogatepass"))
    assert said is None or said
    assert all(str(finding).isprintable() for finding in said or ())


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_give_a_configuration_error(data: bytes) -> None:
    assert findings(data)

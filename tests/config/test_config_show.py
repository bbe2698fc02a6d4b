"""What is said of the settings: to a person, to the documentation, and of the newsletter."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from publisher.config.complaints import NAME, keys
from publisher.config.load import read
from publisher.config.readiness import Readiness, login_lacks, mail_readiness
from publisher.config.settings import Settings
from publisher.config.show import reference, shown

SITE = "site:\n  title: Field Notes\n  url: https://example.com\n  id_date: 2026-01-01\n"
MAIL = "newsletter:\n  from: Ada <ada@example.com>\n  postal_address: 1 Main Street\n"
WEB = "web:\n  url: https://news.example.com\n"
SECRETS = {
    "PUBLISHER_SECRET": "the-secret-of-the-tests another-secret-of-the-tests",
    "PUBLISHER_SMTP_PASSWORD": "hunter2",
}


def read_text(text: str, environ: dict[str, str] | None = None) -> Settings:
    return read(text.encode(), Path("config.yaml"), environ or {}, today=date(2026, 3, 1))


def test_what_is_shown_hides_the_secrets_and_says_that_they_are_set() -> None:
    text = json.dumps(shown(read_text(SITE, SECRETS)))
    assert "of-the-tests" not in text
    assert "hunter2" not in text
    assert '"PUBLISHER_SECRET": "2 set (hidden)"' in text
    assert '"PUBLISHER_SMTP_PASSWORD": "set (hidden)"' in text


def test_what_is_shown_is_what_is_in_force_in_the_words_of_the_file() -> None:
    found = shown(read_text(f"{SITE}content: {{publish_time: 09:00}}\n{MAIL}"))
    assert found["content"] == {
        "path": "content", "generator": "none", "permalink": "/:year/:month/:title/",
        "slugs": "usual", "excerpt_separator": None, "defaults": [], "authors": None,
        "publish_time": "09:00", "published_by_default": True, "ignore": [], "render_timeout": "5s",
        "templates": "none",
    }  # fmt: skip
    newsletter, feeds = found["newsletter"], found["feeds"]
    assert isinstance(newsletter, dict)
    assert isinstance(feeds, dict)
    assert newsletter["from"] == "Ada <ada@example.com>"
    assert (newsletter["max_age"], newsletter["wait_for_page"]) == ("2d", "off")
    assert newsletter["list_id"] == "newsletter.example.com"
    assert feeds["url"] == "https://example.com"


@pytest.mark.parametrize(
    ("lines", "engine"),
    [
        ("{}", "none"),
        ("{generator: jekyll}", "liquid"),
        ("{generator: eleventy}", "liquid"),
        ("{generator: hugo}", "shortcodes"),
        ("{generator: zola}", "shortcodes"),
        ("{generator: pelican}", "links"),
        ("{generator: jekyll, templates: none}", "none"),
        ("{templates: liquid}", "liquid"),
    ],
)
def test_what_reads_templates_is_by_the_generator_unless_it_is_set(lines: str, engine: str) -> None:
    content = shown(read_text(f"{SITE}content: {lines}\n"))["content"]
    assert isinstance(content, dict)
    assert content["templates"] == engine


def test_what_is_shown_can_be_written_to_a_file_and_read_again() -> None:
    found = read_text(SITE + MAIL + WEB)
    data = shown(found)
    del data["environment"]
    again = read_text(yaml.safe_dump(data))
    assert shown(again) | {"environment": None} == data | {"environment": None}


def test_every_key_is_in_the_reference_with_what_it_is_for() -> None:
    names = [key.name for key in reference()]
    assert names == [".".join(key) for key in keys()]
    assert len(names) == len(set(names))
    for key in reference():
        assert len(key.description) > 15, key.name
        assert key.description.endswith("."), key.name


def test_the_reference_shows_the_defaults_as_they_are_written() -> None:
    defaults = {key.name: key.default for key in reference()}
    assert defaults["feeds.formats"] == "[atom, rss, json]"
    assert defaults["newsletter.max_age"] == "2d"
    assert defaults["newsletter.wait_for_page"] == "off"
    assert defaults["content.publish_time"] == "00:00"
    assert defaults["feeds.full_content"] == "true"
    assert defaults["web.listen"] == "127.0.0.1:8000"
    assert defaults["site.title"] is None


def test_only_these_keys_are_required() -> None:
    required = [key.name for key in reference() if key.required and NAME not in key.name]
    assert required == [
        "site",
        "site.title",
        "site.url",
        "site.author.name",
        "site.id_date",
        "content.defaults.values",
        "feeds.podcast.image",
        "feeds.podcast.category",
        "feeds.podcast.owner.name",
        "feeds.podcast.owner.email",
    ]


def test_every_default_in_the_reference_is_one_that_the_file_takes() -> None:
    sections: dict[str, dict[str, str]] = {}
    for key in reference():
        section, _, last = key.name.rpartition(".")
        if key.default is not None and NAME not in section and "." not in section:
            sections.setdefault(section, {})[last] = key.default
    written = {"site": {"title": "x", "url": "https://example.com", "id_date": "2026-01-01"}}
    text = ""
    for section, defaults in sections.items():
        lines = {**written.get(section, {}), **defaults}
        if section:
            text += f"{section}:\n"
        indent = "  " if section else ""
        text += "".join(f"{indent}{key}: {value}\n" for key, value in lines.items())
    assert shown(read_text(text)) == shown(read_text(SITE.replace("Field Notes", "x")))


def test_without_a_newsletter_section_there_is_none() -> None:
    assert mail_readiness(read_text(SITE + WEB)) == Readiness(mail="off")
    assert mail_readiness(read_text(f"{SITE}newsletter:\n")) == Readiness(mail="off")


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        (f"newsletter:\n  max_age: 3d\n{WEB}", "newsletter.from, newsletter.postal_address"),
        (MAIL, "web.url or newsletter.unsubscribe_mailto (a way to unsubscribe)"),
    ],
)
def test_what_the_newsletter_lacks_is_named(text: str, lacks: str) -> None:
    assert mail_readiness(read_text(SITE + text)) == Readiness(mail="incomplete", lacks=lacks)


@pytest.mark.parametrize(
    "text",
    [
        MAIL + WEB,
        f"{MAIL}  unsubscribe_mailto: leave@example.com\n",
        f"{MAIL}{WEB}delivery:\n  transport: smtp://ada@mail.example.com\n",
        f"{MAIL}{WEB}delivery:\n  transport: smtp://mail.example.com\n",
    ],
)
def test_with_all_it_needs_the_newsletter_is_ready(text: str) -> None:
    assert mail_readiness(read_text(SITE + text, SECRETS)) == Readiness(mail="ready")


def test_a_login_without_its_password_holds_nothing_and_is_said() -> None:
    settings = read_text(f"{SITE}{MAIL}{WEB}delivery:\n  transport: smtp://ada@mail.example.com\n")
    assert mail_readiness(settings) == Readiness(mail="ready")
    assert "PUBLISHER_SMTP_PASSWORD" in (login_lacks(settings) or "")
    assert login_lacks(read_text(SITE + MAIL + WEB)) is None

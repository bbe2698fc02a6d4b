"""Recordings in front matter: files, their lengths, and what directories of podcasts are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.content.folder import Folder
from publisher.content.parse import Parsed, parse
from publisher.content.rules import PostRules
from publisher.domain.post import Enclosure, Episode, Post

RULES = PostRules(site_url="https://example.com", content_path="content")
PATH = "content/2026-03-01-talk.md"
NO_LENGTH = "no length, and no such file of the site is at hand; add 'length: …', its bytes"


def post_of(*lines: str) -> Post:
    text = "\n".join(("---", "title: A talk", *lines, "---", "Words."))
    result = parse(text.encode(), PATH, RULES)
    assert isinstance(result, Parsed)
    return result.post


def warned(post: Post) -> list[str]:
    return [warning.message for warning in post.warnings]


@pytest.mark.parametrize(
    ("lines", "enclosure"),
    [
        (["enclosure: {url: /a.mp3, length: 12, duration: '1:02:03'}"],
         Enclosure(url="https://example.com/a.mp3", type="audio/mpeg", length=12, duration_s=3723)),
        (["audio: https://cdn.example/a.m4a", "duration: '62:03'"],
         Enclosure(url="https://cdn.example/a.m4a", type="audio/mp4", duration_s=3723)),
        (["podcast: {file: /a.ogg, size: 9, duration: 75}"],
         Enclosure(url="https://example.com/a.ogg", type="audio/ogg", length=9, duration_s=75)),
        (["media: [/a.mp4, https://video.example/watch]"],
         Enclosure(url="https://example.com/a.mp4", type="video/mp4")),
        (["enclosure: {url: /a.mp3, type: audio/x, length: 1}", "audio: /b.mp3"],
         Enclosure(url="https://example.com/a.mp3", type="audio/x", length=1)),
    ],
)  # fmt: skip
def test_a_recording_is_found_under_many_keys(lines: list[str], enclosure: Enclosure) -> None:
    assert post_of(*lines).enclosures == (enclosure,)


@pytest.mark.parametrize(
    "line",
    ["podcast: true", "audio: no", "media: {a: b}", "video: https://www.youtube.com/watch?v=x",
     "podcast: [1, [2]]", "podcast: {url: /a.jpg}",
     "audio: 'http://[x'", "duration: soon", "episode: 7", "season: x"],
)  # fmt: skip
def test_keys_that_name_no_recording_are_left_alone(line: str) -> None:
    post = post_of(line)
    assert (post.enclosures, post.episode, post.warnings) == ((), None, ())


def test_a_post_speaks_to_directories_under_itunes_and_podcast() -> None:
    post = post_of(
        "enclosure: {url: /a.mp3, length: 1}",
        "itunes: {episode: 7, season: 2, episodeType: Bonus, explicit: clean, duration: 90}",
        "podcast: {image: /7.jpg}",
    )
    assert post.episode == Episode(
        number=7, season=2, kind="bonus", explicit=False, image="https://example.com/7.jpg"
    )
    assert post.enclosures[0].duration_s == 90
    own = post_of("enclosure: {url: /a.mp3, length: 1, duration: 5}", "itunes: {duration: 90}")
    assert own.enclosures[0].duration_s == 5
    assert warned(post) == []


def test_keys_at_the_top_count_beside_a_recording() -> None:
    post = post_of("enclosure: {url: /a.mp3, length: 1}", "episode: 3", "explicit: yes")
    assert post.episode == Episode(number=3, explicit=True)
    assert post_of("enclosure: {url: /a.mp3, length: 1}", "duration: 9").episode is None
    assert post_of("enclosure: /a.pdf", "episode: 3").episode is None


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("itunes: {episode: seven}", "episode: expected a number from 1 on, not 'seven'"),
        ("itunes: {season: 0}", "season: expected a number from 1 on, not '0'"),
        ("itunes: {episodeType: long}", "episodetype: expected full, trailer or bonus, not 'long'"),
        ("itunes: {explicit: maybe}", "explicit: expected true or false, not 'maybe'"),
        ("itunes: {image: 'ftp://a'}", "image: 'ftp://a' is not an http or https address"),
        ("itunes: {image: [a]}", "image: expected text, not 'a list'"),
        ("itunes: {duration: long}", "duration: duration: expected seconds or 1:02:03, not 'long'"),
    ],
)
def test_what_can_not_be_used_is_left_out(line: str, warning: str) -> None:
    post = post_of(line)
    assert post.episode == Episode()
    [found] = warned(post)
    assert found.lower() == f"{warning}; it is left out".lower()


def test_a_recording_without_a_length_is_a_warning_that_names_the_key() -> None:
    assert warned(post_of("audio: /a.mp3")) == [f"audio: {NO_LENGTH}"]
    assert warned(post_of("enclosure: {url: /a.mp3}")) == [f"enclosure: {NO_LENGTH}"]
    assert warned(post_of("enclosure: /a.pdf")) == []


@pytest.mark.parametrize(
    ("place", "reference"),
    [
        ("content/audio/a b.mp3", "/audio/a%20b.mp3"),
        ("static/a.mp3", "/a.mp3?x=1"),
        ("public/a.mp3", "https://example.com/a.mp3"),
        ("audio/a.mp3", "/audio/a.mp3"),
        ("content/posts/talk/a.mp3", "a.mp3"),
    ],
)
def test_the_length_is_that_of_the_sites_own_file(
    tmp_path: Path, place: str, reference: str
) -> None:
    for path, text in ((place, "x" * 321), ("content/posts/talk/index.md", _talk(reference))):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    [post] = Folder(tmp_path, RULES).scan().posts
    assert [one.length for one in post.enclosures] == [321]
    assert post.warnings == ()


@pytest.mark.parametrize(
    "reference",
    ["/../secret.mp3", "../../../../secret.mp3", "//example.com/a.mp3", "/posts/talk.mp3",
     "https://example.org/a.mp3", "/missing.mp3"],
)  # fmt: skip
def test_nothing_else_is_looked_at(tmp_path: Path, reference: str) -> None:
    site = tmp_path / "site"
    (site / "content/posts/talk.mp3").mkdir(parents=True)
    (site / "content/posts/talk.md").write_text(_talk(reference))
    (tmp_path / "secret.mp3").write_text("x")
    (site / "a.mp3").write_text("of the site, and not of example.org")
    [post] = Folder(site, RULES).scan().posts
    assert [one.length for one in post.enclosures] == [None]
    assert warned(post) == [f"enclosure: {NO_LENGTH}"]


def _talk(reference: str) -> str:
    return f"---\ntitle: A talk\ndate: 2026-03-01\nenclosure: {{url: '{reference}'}}\n---\nWords.\n"


@pytest.mark.parametrize(
    ("line", "direction"),
    [("dir: RTL", "rtl"), ("direction: ltr", "ltr"), ("dir: up", None), ("dir: [rtl]", None)],
)
def test_a_post_may_say_which_way_it_runs(line: str, direction: str | None) -> None:
    assert post_of(line).direction == direction

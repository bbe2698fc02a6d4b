"""What is read otherwise where a generator is named: headers, dates, URLs, pictures, people."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from publisher.content.fields import Entry
from publisher.content.habits import Generator, eleventy_pattern, is_post_of
from publisher.content.parse import Parsed, parse
from publisher.content.rules import Defaults, PostRules
from publisher.domain.post import Author, BrokenPost, Post

SITE = "https://example.com/b"
NEW_YORK = ZoneInfo("America/New_York")


def rules(generator: Generator = "none", **more: object) -> PostRules:
    values: dict[str, object] = {
        "site_url": SITE, "content_path": "c", "permalink": None, "generator": generator,
    }  # fmt: skip
    return PostRules(**{**values, **more})  # type: ignore[arg-type]


def post(text: str, path: str, how: PostRules) -> Post:
    found = parse(text.encode(), path, how)
    assert isinstance(found, Parsed), found
    return found.post


def header(*lines: str) -> str:
    return "\n".join(("---", "title: One", *lines, "---", "", "Text.", ""))


@pytest.mark.parametrize(
    ("date", "utc", "day"),
    [
        ("2026-01-05 02:00:00", "2026-01-05T02:00", "2026/01/04"),
        ("2026-01-05T02:00:00.5", "2026-01-05T02:00", "2026/01/04"),
        ("2026-01-05 02:00", "2026-01-05T07:00", "2026/01/05"),
        ("2026-01-05 02:00:00 +0000", "2026-01-05T02:00", "2026/01/04"),
        ("2026-01-05", "2026-01-05T05:00", "2026/01/05"),
    ],
)
def test_jekyll_takes_a_time_without_an_offset_for_utc(date: str, utc: str, day: str) -> None:
    found = post(header(f"date: {date}"), "c/_posts/2026-01-01-x.md",
                 rules("jekyll", timezone=NEW_YORK))  # fmt: skip
    assert found.due.astimezone(UTC).isoformat().startswith(utc)
    assert found.url == f"{SITE}/{day}/x.html"


def test_elsewhere_a_time_without_an_offset_is_in_the_site_s_zone() -> None:
    found = post(header("date: 2026-01-05 02:00:00"), "c/x.md", rules("hugo", timezone=NEW_YORK))
    assert found.due.isoformat() == "2026-01-05T07:00:00+00:00"


@pytest.mark.parametrize(
    ("generator", "below", "read"),
    [
        ("jekyll", "_posts/2026-01-01-a.md", True),
        ("jekyll", "a/_posts/b/20-1-1-a.html", True),
        ("jekyll", "_posts/a.md", False),
        ("jekyll", "_posts/2026-01-01/a.md", False),
        ("jekyll", "_drafts/a.md", True),
        ("jekyll", "about.md", False),
        ("docusaurus", "__tests__/a.md", False),
        ("hugo", "about.md", True),
    ],
)
def test_which_files_can_be_posts(generator: Generator, below: str, *, read: bool) -> None:
    assert is_post_of(generator)(below) is read


@pytest.mark.parametrize(
    ("generator", "path", "day"),
    [
        ("docusaurus", "2026/01/05-x.md", "2026-01-05"),
        ("docusaurus", "a/2026-1-5/x.md", "2026-01-05"),
        ("eleventy", "posts/2026-01-05-bundle/more.md", "2026-01-05"),
        ("docusaurus", "x.md", None),
        ("eleventy", "2026/01/05/x.md", None),
        ("hugo", "2026-01-05-bundle/more.md", None),
    ],
)
def test_a_date_in_the_folders_counts_where_the_generator_takes_it(
    generator: Generator, path: str, day: str | None
) -> None:
    found = parse(header().encode(), f"c/{path}", rules(generator))
    assert (found.post.date.date().isoformat() if isinstance(found, Parsed) else None) == day


@pytest.mark.parametrize(
    ("said", "pattern"),
    [
        ("/p/{{ page.fileSlug }}/", "/p/:name/"),
        ("/p/{{page.fileSlug}}/index.html", "/p/:name/"),
        ("{{ page.filePathStem }}.html", ":path.html"),
        ("/{{ title | slugify }}/", "/:title/"),
        ("/{{ page.date | date: '%Y/%m/%d' }}/{{ page.fileSlug }}/", "/:year/:month/:day/:name/"),
        ("/{{ page.date | format('yyyy-MM') }}/", "/:year-:month/"),
        ("/{{ page.date | date: '%j' }}/", None),
        ("/{{ collections.posts | first }}/", None),
        ("/{% if draft %}x{% endif %}/", None),
        ("/plain/", "/plain/"),
    ],
)
def test_a_permalink_of_eleventy_is_a_pattern_as_far_as_it_can_be(
    said: str, pattern: str | None
) -> None:
    assert eleventy_pattern(said) == pattern


def test_a_permalink_that_can_t_be_told_is_a_problem() -> None:
    text = header("date: 2026-01-01", 'permalink: "/{{ month }}/"')
    found = parse(text.encode(), "c/x.md", rules("eleventy"))
    assert isinstance(found, BrokenPost)
    assert "this template can't be filled in here" in found.problems[0].message


def test_the_pattern_of_the_nearest_section_holds() -> None:
    how = rules("hugo", permalinks=(("a/b", "/ab/:slug/"), ("a", "/a/:slug/"), ("", "/r/:slug/")))
    text = header("date: 2026-01-01")
    urls = [post(text, f"c/{path}", how).url for path in ("a/b/x.md", "a/c/x.md", "x.md", "d/x.md")]
    assert urls == [f"{SITE}/{path}" for path in ("ab/one/", "a/one/", "r/one/", "d/x/")]


@pytest.mark.parametrize(
    ("generator", "said", "url"),
    [
        ("jekyll", "/x.png", f"{SITE}/x.png"),
        ("jekyll", "/b/x.png", f"{SITE}/x.png"),
        ("hugo", "/x.png", "https://example.com/x.png"),
        ("none", "/b/x.png", f"{SITE}/x.png"),
        ("astro", "../../assets/x.png", None),
        ("astro", "/x.png", f"{SITE}/x.png"),
        ("astro", "https://example.org/x.png", "https://example.org/x.png"),
    ],
)
def test_a_picture_is_where_the_generator_has_it(
    generator: Generator, said: str, url: str | None
) -> None:
    found = post(header("date: 2026-01-01", f"heroImage: {said}"), "c/x.md", rules(generator))
    assert (found.image.url if found.image else None) == url
    assert found.warnings == ()


def test_people_stand_for_the_keys_that_posts_call_them_by() -> None:
    ada = Author(name="Ada Example", url="https://ada.example.com")
    how = rules("docusaurus", people={"ada": ada})
    text = header("date: 2026-01-01", "authors: [Ada, {name: Bo}, {key: ada}]")
    assert post(text, "c/x.md", how).authors == (ada, Author(name="Bo"))


def default(path: str, **values: str) -> Defaults:
    return Defaults(path=path, values={key: Entry(key, 1, value) for key, value in values.items()})


@pytest.mark.parametrize(
    ("path", "held"),
    [("", True), ("a", True), ("a/x", True), ("a/x.md", True), ("a/b", False), ("*/x.md", True),
     ("**/x.md", True), ("b*", False), ("a*", True)],
)  # fmt: skip
def test_defaults_hold_below_their_path(path: str, *, held: bool) -> None:
    how = rules(defaults=(default(path, lang="de"),), permalink="/:title/")
    assert (post(header("date: 2026-01-01"), "c/a/x.md", how).language == "de") is held


def test_defaults_do_not_hold_for_a_folder_whose_name_only_begins_so() -> None:
    how = rules(defaults=(default("a", lang="de"),), permalink="/:title/")
    assert post(header("date: 2026-01-01"), "c/ab/x.md", how).language is None


def test_a_post_s_own_keys_win_and_defaults_revise_nothing() -> None:
    plain = rules(permalink="/:title/")
    how = rules(permalink="/:title/", defaults=(default("", lang="de", author="Ada Example"),
                                                default("a", author="Bo Example")))  # fmt: skip
    text = header("date: 2026-01-01", "lang: fr")
    with_defaults = post(text, "c/a/x.md", how)
    assert with_defaults.language == "fr"
    assert [author.name for author in with_defaults.authors] == ["Bo Example"]
    assert with_defaults.content_hash == post(text, "c/a/x.md", plain).content_hash


def test_a_separator_of_the_site_s_own_becomes_the_usual_mark() -> None:
    how = rules(permalink="/:title/", excerpt_separator="[cut]")
    text = header("date: 2026-01-01") + "\n`[cut]`\n\n    [cut]\n\nA [cut] B [cut]\n"
    found = parse(text.encode(), "c/x.md", how)
    assert isinstance(found, Parsed)
    assert found.body.endswith("`[cut]`\n\n    [cut]\n\nA <!--more--> B [cut]\n")


PELICAN = (
    "Title: One: two\nDate: 2026-01-05\nTags: a, b\nSummary: long\n    er\nModified: 2026-01-06\n"
)


def test_pelican_s_header_has_no_fence() -> None:
    found = parse(f"{PELICAN}\nText: not a key.\n".encode(), "c/Sea Birds/x.md", rules("pelican"))
    assert isinstance(found, Parsed)
    assert found.post.title == "One: two"
    assert found.post.summary == "long er"
    assert found.post.terms == (("categories", ("Sea Birds",)), ("tags", ("a", "b")))
    assert found.post.updated is not None
    assert (found.body, found.body_line) == ("Text: not a key.\n", 8)
    assert found.post.url == f"{SITE}/one-two.html"
    assert found.post.former_id == "tag:example.com,2026-01-05:/b/one-two.html"


def test_without_pelican_such_a_header_is_refused() -> None:
    found = parse(f"{PELICAN}\nText.\n".encode(), "c/x.md", rules())
    assert isinstance(found, BrokenPost)
    assert "no line --- above and below" in found.problems[0].message


def test_a_text_after_a_header_need_not_begin_with_a_blank_line() -> None:
    found = parse(b"Title: One\nDate: 2026-01-05\n\n# Head\n", "c/x.md", rules("pelican"))
    assert isinstance(found, Parsed)
    assert (found.body, found.body_line) == ("# Head\n", 4)


@pytest.mark.parametrize(
    ("lines", "path", "url", "id_"),
    [
        ((), "_posts/2026-01-05-a.b.md", "2026/01/05/a.b.html", "2026/01/05/a.b"),
        (("permalink: /x/",), "_posts/2026-01-05-a.md", "x/", "a"),
        (("permalink: /x/y.html", "slug: Z z"), "_posts/2026-01-05-a.md", "x/y.html", "x/Z%20z"),
        (("permalink: /:title",), "_posts/2026-01-05-A_b.md", "A_b", "A_b"),
    ],
)
def test_jekyll_s_ids_are_the_folder_of_the_url_and_the_slug(
    lines: tuple[str, ...], path: str, url: str, id_: str
) -> None:
    found = post(header(*lines), f"c/{path}", rules("jekyll"))
    assert (found.url, found.former_id) == (f"{SITE}/{url}", f"{SITE}/{id_}")

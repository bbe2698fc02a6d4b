"""From bytes to a post: every key, its good and its bad values, and no input that raises."""

from __future__ import annotations

import time as clock
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.parse import LARGEST_BODY, Parsed, parse
from publisher.content.rules import PostRules
from publisher.domain.post import BrokenPost, Enclosure, Image, Post

RULES = PostRules(
    site_url="https://example.com",
    content_path="content",
    timezone=ZoneInfo("Europe/Berlin"),
    publish_time=time(9, 0),
)
PATH = "content/posts/2026-03-01-first-post.md"
SAVED = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)


def taken(
    text: str | bytes, path: str = PATH, rules: PostRules = RULES, saved_at: datetime | None = None
) -> Parsed | BrokenPost:
    data = text if isinstance(text, bytes) else text.encode()
    return parse(data, path, rules, saved_at=saved_at)


def parsed(text: str | bytes, path: str = PATH, rules: PostRules = RULES) -> Parsed:
    result = taken(text, path, rules)
    assert isinstance(result, Parsed), result
    return result


def post_of(lines: str, path: str = PATH, rules: PostRules = RULES) -> Post:
    """A post whose front matter has these lines, and a title if they hold none."""
    title = "" if "title" in lines.lower() else "title: A title\n"
    return parsed(f"---\n{title}{lines}\n---\nBody.\n", path, rules).post


def problems(text: str | bytes, path: str = PATH, rules: PostRules = RULES) -> list[str]:
    result = taken(text, path, rules)
    assert isinstance(result, BrokenPost), result
    assert all("\n" not in str(finding) for finding in result.problems)
    return [str(finding) for finding in result.problems]


def warnings(post: Post) -> list[str]:
    assert all("\n" not in str(finding) for finding in post.warnings)
    return [str(finding) for finding in post.warnings]


# The whole.


def test_a_whole_post_becomes_a_value() -> None:
    source = (
        "---\ntitle: First\ndate: 2026-03-01 10:00 +0200\nauthor: Ada\ntags: [a, b]\n"
        "category: News\ndescription: What it says\nid: abc\n---\n\nBody.\n"
    )
    found = parsed(source)
    assert found.body == "\nBody.\n"
    assert found.body_line == 10
    assert not found.is_html
    post = found.post
    assert post.source_hash == blake2b(source.encode(), digest_size=20).hexdigest()
    assert post.title == "First"
    assert post.date.isoformat() == "2026-03-01T10:00:00+02:00"
    assert (post.due, post.due.tzinfo) == (datetime(2026, 3, 1, 8, 0, tzinfo=UTC), UTC)
    assert post.published
    assert post.newsletter
    assert post.url == "https://example.com/2026/03/first-post/"
    assert post.names == ("abc",)
    assert [author.name for author in post.authors] == ["Ada"]
    assert post.terms == (("categories", ("News",)), ("tags", ("a", "b")))
    assert post.summary == "What it says"
    assert post.warnings == ()


def test_bytes_come_with_bom_or_crlf_or_mixed_line_ends() -> None:
    plain = "---\ntitle: A\n---\nOne.\n\nTwo.\n"
    for data in (
        b"\xef\xbb\xbf" + plain.encode(),
        plain.replace("\n", "\r\n").encode(),
        plain.replace("\n", "\r").encode(),
        plain.replace("A\n", "A\r\n").encode(),
    ):
        found = parsed(data)
        assert found.body == "One.\n\nTwo.\n"
        assert found.body_line == 4
        assert found.post.content_hash == parsed(plain).post.content_hash


def test_an_html_file_is_told_from_markdown() -> None:
    assert parsed("---\ntitle: A\n---\n<p>x</p>\n", "content/2026-03-01-a.HTML").is_html


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", ":1: the file is empty; write front matter and a body"),
        (b" \n\n", ":1: the file is empty; write front matter and a body"),
        (b"---\ntitle: A\n---\nGr\xfc\xdfe\n", ":4: not UTF-8; save the file as UTF-8"),
        (b"\xff\xfe-\x00", ":1: not UTF-8; save the file as UTF-8"),
        (b"# A\n", ":1: no front matter; begin the file with a line ---, lines like 'title: …' "
         "and a line ---"),
        (b"---\ntitle: A\n", ":1: the front matter that begins here is not closed; end it with a "
         "line ---"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_post_says_why(data: bytes, problem: str) -> None:
    assert problems(data) == [PATH + problem]


def test_a_body_over_the_cap_is_a_problem_and_one_at_the_cap_is_not() -> None:
    head = b"---\ntitle: A\n---\n"
    assert parsed(head + b"x" * LARGEST_BODY).post.title == "A"
    assert problems(head + b"x" * (LARGEST_BODY + 1)) == [
        f"{PATH}:4: 1024 KB is more than a post may have; the limit is 1024 KB"
    ]
    assert "2929 KB is more" in problems(head + b"x" * 3_000_000)[0]


def test_every_problem_of_a_file_is_said_in_the_order_of_its_lines() -> None:
    lines = "published: maybe\ntitle: [a]\ndate: 2026-02-30\nid: {a: b}\nnewsletter: x\nslug: [a]"
    assert [finding.partition(": ")[2].partition(":")[0] for finding in problems(
        f"---\n{lines}\n---\n"
    )] == ["published", "title", "date", "id", "newsletter"]  # fmt: skip


# When.


@pytest.mark.parametrize(
    ("lines", "path", "date", "due"),
    [
        ("date: 2026-03-02", PATH, "2026-03-02T09:00:00+01:00", "2026-03-02T08:00:00+00:00"),
        ("x: y", PATH, "2026-03-01T09:00:00+01:00", "2026-03-01T08:00:00+00:00"),
        ("date:", PATH, "2026-03-01T09:00:00+01:00", "2026-03-01T08:00:00+00:00"),
        ("x: y", "content/2020-3-9-a.md", "2020-03-09T09:00:00+01:00", "2020-03-09T08:00:00+00:00"),
        ("x: y", "content/2020-3-9-a/index.md", "2020-03-09T09:00:00+01:00",
         "2020-03-09T08:00:00+00:00"),
        ("x: y", "content/2020-03-09.md", "2020-03-09T09:00:00+01:00", "2020-03-09T08:00:00+00:00"),
        ("path: 2023/01/09/a", "content/a.md", "2023-01-09T09:00:00+01:00",
         "2023-01-09T08:00:00+00:00"),
        ("publishDate: 2026-04-01\ndate: 2026-03-02", PATH, "2026-03-02T09:00:00+01:00",
         "2026-04-01T07:00:00+00:00"),
        ("publish_date: 2026-04-01T00:00:00Z", "content/a.md", "2026-04-01T00:00:00+00:00",
         "2026-04-01T00:00:00+00:00"),
        ("publishdate:\ndate: 2026-03-02", PATH, "2026-03-02T09:00:00+01:00",
         "2026-03-02T08:00:00+00:00"),
        ("date: 2026-03-29 02:30", PATH, "2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00+00:00"),
    ],
)  # fmt: skip
def test_the_due_instant_is_that_of_the_key_or_else_of_the_name(
    lines: str, path: str, date: str, due: str
) -> None:
    post = post_of(lines, path)
    assert (post.date.isoformat(), post.due.isoformat()) == (date, due)


def test_an_impossible_date_in_the_name_counts_only_where_no_key_says_better() -> None:
    path = "content/2011-02-29-a.md"
    assert post_of("date: 2011-03-01", path).date.day == 1
    assert problems("---\ntitle: A\n---\n", path) == [
        f"{path}: the date in the path: '2011-02-29' is not a date: February 2011 has the days "
        "1 to 28; correct it"
    ]


def test_a_post_without_a_date_anywhere_is_a_problem() -> None:
    assert problems("---\ntitle: A\n---\n", "content/a.md") == [
        "content/a.md:1: no date; add a line 'date: 2026-03-01', or begin the file's name with it; "
        "if it is no post, list it in content.ignore"
    ]


def test_a_draft_needs_no_date_yet_and_bears_that_of_its_file() -> None:
    for text, path in (
        ("---\ntitle: A\ndraft: true\n---\n", "content/a.md"),
        ("---\ntitle: A\n---\n", "content/_drafts/a.md"),
    ):
        result = taken(text, path, saved_at=SAVED)
        assert isinstance(result, Parsed)
        assert not result.post.published
        assert result.post.date == SAVED
        assert "a draft without a date" in warnings(result.post)[0]


def test_expiry_and_update_are_instants_too() -> None:
    post = post_of("expiryDate: 2030-01-01 04:00:00 +0000\nlastmod: 2026-03-05")
    assert post.expires == datetime(2030, 1, 1, 4, 0, tzinfo=UTC)
    assert post.updated == datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
    for key in ("updated", "last_modified_at", "Lastmod"):
        assert post_of(f"{key}: 2026-03-05").updated == post.updated
    assert post_of("expirydate:").expires is None


@pytest.mark.parametrize(
    "key", ["date", "publishDate", "publish_date", "expiryDate", "updated", "lastmod", "Date"]
)
def test_a_date_that_is_none_is_a_problem_with_its_line(key: str) -> None:
    assert problems(f"---\ntitle: A\n{key}: 2026-02-30\n---\n") == [
        f"{PATH}:3: {key}: '2026-02-30' is not a date: February 2026 has the days 1 to 28; "
        "correct it"
    ]
    assert problems(f"---\ntitle: A\n{key}: [2026-02-03]\n---\n") == [
        f"{PATH}:3: {key}: expected one value, not a list; write one"
    ]


# Whether.


@pytest.mark.parametrize(
    ("lines", "by_default", "published"),
    [
        ("x: y", True, True),
        ("x: y", False, False),
        ("published: true", False, True),
        ("published: 'Yes'", False, True),
        ("published: false", True, False),
        ("published: 0", True, False),
        ("draft: true", True, False),
        ("draft: yes", True, False),
        ("draft: n", False, True),
        ("draft: false\npublished: false", True, False),
        ("draft: true\npublished: true", True, False),
        ("published:", True, True),
    ],
)
def test_the_flags_say_whether_a_post_is_published(
    lines: str, by_default: bool, published: bool
) -> None:
    rules = replace(RULES, published_by_default=by_default)
    assert post_of(lines, rules=rules).published is published


def test_what_lies_in_drafts_is_a_draft_whatever_its_flags_say() -> None:
    assert not post_of("published: true", "content/_drafts/2026-03-01-a.md").published
    assert not post_of("published: true", "content/a/_drafts/b/2026-03-01-a.md").published
    assert post_of("published: true", "content/drafts/2026-03-01-a.md").published


@pytest.mark.parametrize("key", ["published", "draft", "newsletter"])
def test_a_flag_that_is_neither_true_nor_false_is_a_problem(key: str) -> None:
    assert problems(f"---\ntitle: A\n{key}: 3 May 2021\n---\n") == [
        f"{PATH}:3: {key}: expected true or false, not '3 May 2021'"
    ]
    assert problems(f"---\ntitle: A\n{key}: [true]\n---\n") == [
        f"{PATH}:3: {key}: expected one value, not a list; write one"
    ]


def test_newsletter_false_keeps_a_post_out_of_the_mail() -> None:
    assert not post_of("newsletter: no").newsletter
    assert post_of("newsletter: yes").newsletter
    assert post_of("x: y").newsletter


@pytest.mark.parametrize("key", ["date", "published", "draft", "newsletter", "id", "expiryDate"])
def test_a_decisive_key_given_twice_and_differently_is_a_problem(key: str) -> None:
    first, last = ("2026-01-01", "2026-01-02") if "ate" in key else ("true", "false")
    text = f"---\n{key}: {first}\ntitle: A\n{key}: {last}\n---\n"
    assert problems(text) == [
        f"{PATH}:4: {key}: given twice and differently, first in line 2; keep one"
    ]


def test_any_other_key_given_twice_is_a_warning_and_the_last_one_counts() -> None:
    post = post_of("title: A\nTitle: B\ndate: 2026-01-01\ndate: 2026-01-01")
    assert post.title == "B"
    assert warnings(post) == [
        f"{PATH}:3: Title: given twice, first in line 2; the last one counts",
        f"{PATH}:5: date: given twice, first in line 4; the last one counts",
    ]


# What it is called, and where it is.


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("'  A   title '", "A title"),
        ('"two\\nlines"', "two lines"),
        ("R&D & more", "R&D & more"),
        ("I <3 it", "I <3 it"),
        ("'RAA.succ!.version #=> 2.1.0'", "RAA.succ!.version #=> 2.1.0"),
        ("Operators (|>)", "Operators (|>)"),
        ("'&ldquo;Said&#58;&rdquo;'", "“Said:”"),
        ("An <em>important</em> <code>x</code>", "An important x"),
        ("The `import` word", "The import word"),
        ("'`Vec<T>`, `<b>`, ``a`b`` and `*x* [y](z)`'", "Vec<T>, <b>, a`b and *x* [y](z)"),
        (
            "'A [link](/x), an ![image](/y.png), *em*, **bold** and _more_'",
            "A link, an image, em, bold and more",
        ),
        (
            "What __init__ and snake_case, 2*3*4 and *args do",
            "What __init__ and snake_case, 2*3*4 and *args do",
        ),
        (r"'\*not\* and <-> and x<y'", r"\*not\* and <-> and x<y"),
        ("'&lt;b&gt; and `&lt;i&gt;` stay'", "<b> and <i> stay"),
        ("2026", "2026"),
        ("null or not", "null or not"),
        ("'null'", "null"),
        ("Rocket 🚀", "Rocket 🚀"),
        (">\n  folded\n  text", "folded text"),
    ],
)
def test_titles_are_plain_words_on_one_line(written: str, title: str) -> None:
    post = post_of(f"title: {written}")
    assert (post.title, post.warnings) == (title, ())


def test_characters_that_no_feed_can_carry_are_left_out_with_a_warning() -> None:
    post = post_of('title: "A\\x08B"\ndescription: "x\\x08y"')
    assert (post.title, post.summary) == ("AB", "xy")
    assert warnings(post) == [
        f"{PATH}:2: title: holds characters that no feed can carry; they are left out",
        f"{PATH}:3: description: holds characters that no feed can carry; they are left out",
    ]
    assert warnings(parsed(b"---\ntitle: A\x08B\n---\n").post) == [
        f"{PATH}:2: a control character in the front matter is left out; remove it"
    ]


@pytest.mark.parametrize(
    ("body", "path", "title"),
    [
        ("# The *first* [one](/x) `y` #\n", PATH, "The first one y"),
        ("Text.\n\n## Second {#id}\n", PATH, "Second"),
        ("```\n# no\n```\n\n    # no\n\n### Third\n", PATH, "Third"),
        ("Text.\n\nA heading\n=========\n", PATH, "A heading"),
        ("~~~ {.x}\n# no\n~~~\nText #1\n", PATH, "First post"),
        ("#Unspaced\n", PATH, "Unspaced"),
        ("# \n", PATH, "First post"),
        ("Text.\n", "content/2026-03-01-my_first+post.md", "My first post"),
        ("Text.\n", "content/2026-03-01-a-bundle/index.md", "A bundle"),
        ("Text.\n", "content/2026-03-01.md", "2026-03-01"),
        ("<p>x</p><h2 class='y'>The <b>first</b></h2>\n", "content/2026-03-01-a.html", "The first"),
        ("Text.\n", "content/2026-03-01-a.html", "A"),
    ],
)
def test_without_a_title_the_first_heading_is_it_or_the_file_s_name(
    body: str, path: str, title: str
) -> None:
    post = parsed(f"---\nx: y\n---\n{body}", path).post
    assert post.title == title
    [warning] = warnings(post)
    assert warning.startswith(f"{path}:1: no title; '{title}' is taken from the ")


def test_an_empty_title_is_no_title() -> None:
    for written in ("", "''", "null", "'&nbsp;'"):
        post = parsed(f"---\ntitle: {written}\n---\n").post
        assert (post.title, len(post.warnings)) == ("First post", 1)


@pytest.mark.parametrize(
    ("lines", "url"),
    [
        ("permalink: /a/b/", "https://example.com/a/b/"),
        ("url: a/b", "https://example.com/a/b"),
        ("slug: other", "https://example.com/2026/03/other/"),
        ("path: 2023/01/09/a", "https://example.com/2023/01/09/a"),
        ("permalink: https://example.org/x", "https://example.org/x"),
        ("permalink: /:year/:slug.html\nslug: Other", "https://example.com/2026/other.html"),
        ("permalink: /a/\nurl: /b/\nslug: c", "https://example.com/a/"),
        ("permalink:\nslug: ''", "https://example.com/2026/03/first-post/"),
        ("date: 2027-05-06", "https://example.com/2027/05/first-post/"),
    ],
)
def test_a_post_s_own_address_wins(lines: str, url: str) -> None:
    assert post_of(lines).url == url


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("permalink: 'javascript:x'", "permalink: 'javascript:x' is not an http or https address"),
        ("url: 'https://'", "url: 'https://' names no host"),
        ("Permalink: [a]", "Permalink: expected text, not a list; write one line"),
        ("slug: {a: b}", "slug: expected text, not a table of keys; write one line"),
        ("id: [a]", "id: expected text, not a list; write one line"),
        (
            "guid: " + "a" * 201,
            "guid: longer than 200 characters; shorten it, or close the quote before it",
        ),
        ("title: [A]", "title: expected text, not a list; write one line"),
    ],
)
def test_an_address_or_name_that_can_t_be_is_a_problem(lines: str, problem: str) -> None:
    title = "" if "title" in lines else "title: A\n"
    number = 2 if "title" in lines else 3
    assert problems(f"---\n{title}{lines}\n---\n") == [f"{PATH}:{number}: {problem}"]


def test_names_are_those_of_id_guid_and_uuid() -> None:
    assert post_of("uuid: c\nid: a\nguid: b").names == ("a", "b", "c")
    assert post_of("id: 010\nguid: '010'").names == ("010",)


# What goes with it.


@pytest.mark.parametrize(
    ("lines", "terms"),
    [
        ("tags: [a, b, A, a]", ("a", "b")),
        ("tags: python", ("python",)),
        ("tags: python web", ("python", "web")),
        ("tags: python, web dev", ("python", "web dev")),
        ("tag: web dev", ("web dev",)),
        ("tags: []", ()),
        ("tags:", ()),
        ("tags: [no, on, 2026, 010, C#]", ("no", "on", "2026", "010", "C#")),
        ("tags: [{name: Web, slug: web}, b]", ("Web", "b")),
        ("tags: {Python: {}, Web: true}", ("Web",)),
        ("tags: {name: Web}", ("Web",)),
        ("tags: ['  two   words ', '', R&amp;D]", ("two words", "R&D")),
        ("taxonomies: {tags: [a]}", ("a",)),
        ("extra: {tags: [a]}", ("a",)),
        ("Tags: [a]\ntag: b", ("a", "b")),
    ],
)
def test_tags_are_read_in_every_shape(lines: str, terms: tuple[str, ...]) -> None:
    post = post_of(lines)
    assert (post.terms_of("tags"), post.warnings) == (terms, ())


def test_a_taxonomy_without_terms_is_not_there() -> None:
    assert post_of("tags: [a]").terms == (("tags", ("a",)),)
    assert post_of("x: y").terms == ()


def test_a_site_s_own_taxonomies_are_read() -> None:
    rules = replace(RULES, taxonomies=("topics", "series", "Tags"))
    post = post_of("topic: A\ntopics: [b]\nseries: S\ntags: [t]\ncategories: [c]", rules=rules)
    assert post.terms == (("topics", ("b", "A")), ("series", ("S",)), ("Tags", ("t",)))


def test_folders_above_posts_are_categories_before_others() -> None:
    post = post_of("category: Big News\ncategories: a b", "content/work/_posts/2026-03-01-a.md")
    assert post.terms_of("categories") == ("work", "a", "b", "Big News")
    assert post_of("x: y", "content/_posts/2026-03-01-a.md").terms == ()


def test_terms_that_can_t_be_are_left_out_with_a_warning() -> None:
    post = post_of("tags: [a, [b], " + "c" * 201 + "]")
    assert post.terms_of("tags") == ("a",)
    assert warnings(post) == [
        f"{PATH}:3: tags: a list inside a list is left out; write one list",
        f"{PATH}:3: tags: a term longer than 200 characters is left out",
    ]


@pytest.mark.parametrize(
    ("lines", "summary"),
    [
        ("excerpt: E\nsummary: S\ndescription: D", "E"),
        ("summary: S\ndescription: D", "S"),
        ("description: ''\nsummary: S", "S"),
        ("description: >\n  two\n  lines\n", "two lines"),
        ("description: '<p>A &amp; <b>b</b></p>'", "A & b"),
        ("description: 'A [link](/x) and *more*, snake_case_too'",
         "A link and more, snake_case_too"),
        ("description: '&nbsp;'\nexcerpt: ''", None),
        ("x: y", None),
    ],
)  # fmt: skip
def test_the_summary_is_the_first_key_that_says_something(lines: str, summary: str | None) -> None:
    post = post_of(lines)
    assert (post.summary, post.warnings) == (summary, ())


@pytest.mark.parametrize(
    ("lines", "image"),
    [
        ("image: /a.png", Image(url="https://example.com/a.png")),
        ("image: https://example.org/a.png", Image(url="https://example.org/a.png")),
        ("image: //example.org/a.png", Image(url="https://example.org/a.png")),
        ("image: a b.png", Image(url="https://example.com/2026/03/first-post/a%20b.png")),
        ("image: ../a.png", Image(url="https://example.com/2026/03/a.png")),
        ("image: {path: /a.png, alt: An A}", Image(url="https://example.com/a.png", alt="An A")),
        ("image: /a.png\nimage_alt: An A", Image(url="https://example.com/a.png", alt="An A")),
        ("image:\nthumbnail: /t.png", Image(url="https://example.com/t.png")),
        ("images: [/a.png, /b.png]", Image(url="https://example.com/a.png")),
        ("images: [{src: /a.png}]", Image(url="https://example.com/a.png")),
        ("cover: {image: c.png, alt: C}",
         Image(url="https://example.com/2026/03/first-post/c.png", alt="C")),
        ("cover: c.png", Image(url="https://example.com/2026/03/first-post/c.png")),
        ("cover: {image: ''}", None),
        ("x: y", None),
    ],
)  # fmt: skip
def test_the_image_is_found_in_every_shape_and_made_absolute(
    lines: str, image: Image | None
) -> None:
    post = post_of(lines)
    assert (post.image, post.warnings) == (image, ())


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        ("image: 'data:image/png;base64,x'", "image: 'data:image/png;base64,x' is not an http or "
         "https address; it is left out"),
        ("image: '{{ site.url }}/a.png'", "image: '{{ site.url }}/a.png' holds template syntax, "
         "which is not filled in; it is left out"),
        ("cover: {alt: C}", "cover: no URL in it; it is left out"),
        ("lang: German", "lang: expected a language tag such as en or pt-BR, not 'German'; it is "
         "left out"),
        ("lang: [en]", "lang: expected a language tag such as en or pt-BR, not a list; it is left "
         "out"),
        ("description: [a]", "description: expected text, not a list; it is left out"),
        ("enclosure: {length: 7}", "enclosure: no URL in it; it is left out"),
        ("enclosures: [[a]]", "enclosures: expected a URL, not a list; it is left out"),
        ("enclosure: {url: /a.mp3, length: long}", "enclosure: length: expected a number of bytes, "
         "not 'long'; it is left out"),
    ],
)  # fmt: skip
def test_what_goes_with_a_post_and_can_t_be_used_is_left_out(lines: str, warning: str) -> None:
    post = post_of(lines)
    assert post.image is None
    assert post.language is None
    assert post.summary is None
    assert warnings(post) == [f"{PATH}:3: {warning}"]


def test_a_second_image_stands_in_for_one_that_can_t_be_used() -> None:
    post = post_of("image: 'ftp://a'\nthumbnail: /t.png")
    assert post.image == Image(url="https://example.com/t.png")


@pytest.mark.parametrize(
    ("lines", "enclosures"),
    [
        ("enclosure: /a.mp3", [("https://example.com/a.mp3", "audio/mpeg", None)]),
        ("enclosure: {url: /a.m4a, type: audio/x-m4a, length: 123}",
         [("https://example.com/a.m4a", "audio/x-m4a", 123)]),
        ("enclosures: [/a.MP4, {href: /b, size: 0}]",
         [("https://example.com/a.MP4", "video/mp4", None),
          ("https://example.com/b", "application/octet-stream", 0)]),
        ("enclosure: {url: /a.pdf, type: 'nonsense'}",
         [("https://example.com/a.pdf", "application/pdf", None)]),
        ("x: y", []),
    ],
)  # fmt: skip
def test_enclosures_have_a_url_a_type_and_perhaps_a_length(
    lines: str, enclosures: list[tuple[str, str, int | None]]
) -> None:
    expected = [Enclosure(url=url, type=kind, length=size) for url, kind, size in enclosures]
    assert list(post_of(lines).enclosures) == expected


@pytest.mark.parametrize(
    ("lines", "language"),
    [("lang: en", "en"), ("language: pt_BR", "pt-BR"), ("locale: zh-Hant-TW", "zh-Hant-TW")],
)
def test_the_language_is_a_tag(lines: str, language: str) -> None:
    assert post_of(lines).language == language


# Its hashes.


BASE = "---\ntitle: A\nauthor: Ada\ndescription: D\ntags: [a]\ndate: 2026-03-01\n---\nBody.\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A", "title: B"),
        ("author: Ada", "author: Grace"),
        ("author: Ada", "authors: [Ada]"),
        ("description: D", "description: E"),
        ("description: D", "excerpt: D"),
        ("Body.", "Body!"),
    ],
)
def test_a_change_of_title_authors_excerpt_or_body_is_a_revision(old: str, new: str) -> None:
    first, second = parsed(BASE).post, parsed(BASE.replace(old, new)).post
    assert first.content_hash != second.content_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tags: [a]", "tags: [b]"),
        ("date: 2026-03-01", "date: 2026-03-02"),
        ("date: 2026-03-01", "date: 2026-03-01\npermalink: /x/"),
        ("title: A", "Title:   A"),
        ("Body.\n", "Body."),
    ],
)
def test_a_change_of_anything_else_is_none(old: str, new: str) -> None:
    first, second = parsed(BASE).post, parsed(BASE.replace(old, new)).post
    assert first.content_hash == second.content_hash
    assert first.source_hash != second.source_hash


def test_a_renamed_file_without_a_title_is_not_revised() -> None:
    text = "---\nx: y\n---\nBody.\n"
    first, second = (parsed(text, f"content/2026-03-01-{name}.md").post for name in "ab")
    assert first.title != second.title
    assert first.content_hash == second.content_hash


# No input makes it raise, and none makes it slow.


KEYS = [
    "title", "date", "publishDate", "publish_date", "expiryDate", "updated", "lastmod", "published",
    "draft", "newsletter", "author", "authors", "author_email", "author_url", "tags", "tag",
    "categories", "category", "permalink", "url", "path", "slug", "id", "guid", "uuid", "excerpt",
    "summary", "description", "image", "images", "thumbnail", "cover", "enclosure", "enclosures",
    "lang", "extra", "params", "taxonomies",
]  # fmt: skip
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["true", "2026-03-01", "2026-02-30 25:00", "/x/:year/:title/", "https://[", "//[x", "[a](b)",
     "{{ a }}", "a, b and c", "http://ü..x", "mailto:a", "a@b.example", "<b>", "&#xFFFF;", "\x08",
     "&#55296;", "%", "/%zz", "....", "2026-03-01 10:00 EST", "x" * 300]
)  # fmt: skip
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "email", "url", "image", "length", "x"]), inner)
    ),
    max_leaves=6,
)
PATHS = st.sampled_from(
    [PATH, "content/a.md", "content/index.md", "content/2011-02-29-a/index.md", "content/x.html",
     "content/_drafts/a.md", "content/a/_posts/2026-1-1-ü.md", "a.md", "content/.md",
     "content/-.md"]
)  # fmt: skip


def assert_taken(data: bytes, path: str) -> None:
    result = parse(data, path, RULES)
    assert isinstance(result, Parsed | BrokenPost)
    if isinstance(result, BrokenPost):
        assert result.problems
    findings = result.problems if isinstance(result, BrokenPost) else result.post.warnings
    for finding in findings:
        str(finding).encode()
        assert "\n" not in str(finding)
        assert finding.path == path
    if isinstance(result, Parsed):
        post = result.post
        assert post.title
        assert post.url.isascii()
        assert post.url.startswith(("https://", "http://"))
        assert post.due.utcoffset() == timedelta(0)
        assert parse(data, path, RULES) == result


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300), st.sampled_from([b"", b"---\n", b"+++\n", b"---\ntitle: a\n---\n"]))
def test_any_bytes_are_a_post_or_a_broken_one(data: bytes, opener: bytes) -> None:
    assert_taken(opener + data, PATH)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), st.text(max_size=80), PATHS)
def test_any_front_matter_is_a_post_or_a_broken_one(
    values: dict[str, object], body: str, path: str
) -> None:
    lines = yaml.safe_dump(values, allow_unicode=True)
    assert_taken(f"---\n{lines}---\n{body}".encode(errors="replace"), path)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(KEYS), st.text(max_size=30)), max_size=8), PATHS)
def test_any_lines_of_keys_are_a_post_or_a_broken_one(
    lines: list[tuple[str, str]], path: str
) -> None:
    header = "".join(f"{key}: {value}\n" for key, value in lines)
    for fence in ("---", "+++"):
        assert_taken(f"{fence}\n{header}{fence}\n".encode(errors="replace"), path)


HOSTILE = {
    "backticks": "{{" + "".join("`" * (number % 7 + 1) + "a" for number in range(120_000)),
    "one run of backticks": "{% a %}\n" + "`" * 500_000 + "x`",
    "open fences": "{% a %}\n" + "```x\n~~~\n" * 100_000,
    "open tags": "{% " * 300_000,
    "open outputs": "{{ a" * 250_000,
    "spaces": "{{ " + " " * 1_000_000,
    "heading of spaces": "# a" + " " * 1_000_000 + "{",
    "hashes": "#" * 1_000_000,
    "hash words": "# a" + " #" * 500_000 + "x",
    "brackets": "# " + "[" * 1_000_000,
    "stars": "# " + "*a" * 500_000,
    "pre": "{{ a }}<pre " * 80_000,
    "lines": "\n" * 1_000_000 + "{{ a }}",
    "quotes": "{{ a }}\n" + "> " * 500_000 + "```",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", [PATH, "content/2026-03-01-a.html"])
def test_a_hostile_body_costs_little_time(name: str, path: str) -> None:
    began = clock.process_time()
    taken(f"---\nx: y\n---\n{HOSTILE[name]}\n", path)
    assert clock.process_time() - began < 2.0


@pytest.mark.parametrize(
    "value",
    ["[" * 900, "<b>" * 20_000, "<b" * 30_000, "&amp" * 15_000, "*a" * 30_000, "`" * 60_000,
     "[a](" * 15_000, "a, " * 20_000, "(" * 60_000, "a and " * 10_000, "</b>" * 15_000,
     "<!--" * 15_000, " " * 60_000 + "a", "_" * 60_000, "/" * 60_000, ":" * 60_000],
)  # fmt: skip
def test_a_hostile_value_costs_little_time_in_any_key(value: str) -> None:
    began = clock.process_time()
    for key in ("title", "author", "authors", "tags", "description", "permalink", "slug", "image",
                "lang", "date", "draft", "id"):  # fmt: skip
        taken(f"---\n{key}: '{value}'\n---\n")
        taken(f"---\n{key}: ['{value}']\n---\n")
    assert clock.process_time() - began < 4.0

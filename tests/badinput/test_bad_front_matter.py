"""Every bad front matter: said at its line, and nothing else stopped by it.

All the bad posts stand in one site, which is checked and published once for the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from livesite import LiveSite, Ran

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
DUE = "2026-03-02 08:00"


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A file and what has to be said of it. ``warned`` files are published all the same."""

    name: str
    data: bytes
    line: int | None
    says: str
    warned: bool = False

    @property
    def path(self) -> str:
        return f"content/{self.name}.md"


def under_keys(
    name: str, lines: str, says: str, *, line: int = 4, warned: bool = False, date: str = DUE
) -> Bad:
    """A post whose front matter goes on with these lines, from line 4 of the file."""
    head = f"---\ntitle: Post {name}\ndate: {date}\n{lines}\n---\n\nWords.\n"
    return Bad(name=name, data=head.encode(), line=line, says=says, warned=warned)


def whole(
    name: str, text: str | bytes, line: int | None, says: str, *, warned: bool = False
) -> Bad:
    """A file of which nothing is taken for granted."""
    data = text if isinstance(text, bytes) else text.encode()
    return Bad(name=name, data=data, line=line, says=says, warned=warned)


def toml(name: str, lines: str, says: str, *, line: int = 4, warned: bool = False) -> Bad:
    head = f'+++\ntitle = "Post {name}"\ndate = 2026-03-02T08:00:00Z\n{lines}\n+++\n\nWords.\n'
    return Bad(name=name, data=head.encode(), line=line, says=says, warned=warned)


#: A value of every wrong kind, as YAML, and a word for it.
SHAPES = {
    "list": "[a, b]",
    "table": "{a: b}",
    "nested": "[[a, [b]], {c: {d: [e]}}]",
    "huge": "x" * 50_000,
    "control": r'"a\x01b\x0cc"',
    "lines": r'"a\r\nBcc: eve@example.net\r\n\r\nhello"',
    "override": r'"\u202eabc"',
    "digits": "12345678901234567890123",
    "negative": "-1",
    "nul": r'"\0"',
}
NO_TEXT = ("list", "table", "nested")

DATES = ("publishDate", "publish_date", "expiryDate", "updated", "lastmod", "last_modified_at")
FLAGS = ("published", "draft", "newsletter")
TEXTS = ("id", "guid", "uuid", "slug", "permalink", "url", "path")
LEFT_OUT = ("description", "excerpt", "summary", "lang", "image", "enclosures")


def wrong_kinds() -> Iterator[Bad]:
    """Each key with each value of a wrong kind that it can't take."""
    for shape, value in SHAPES.items():
        one = "expected one value, not a" if shape in NO_TEXT else None
        for key in DATES:
            says = one or "is not a date that can be read; write it as 2026-03-01"
            yield under_keys(f"{key}-{shape}", f"{key}: {value}", f"{key}: .*{says}")
        for key in FLAGS:
            says = one or "expected true or false, not '"
            yield under_keys(f"{key}-{shape}", f"{key}: {value}", f"{key}: .*{says}")
        date = f"---\ntitle: Post date-{shape}\ndate: {value}\n---\n"
        says = one or "is not a date that can be read; write it as 2026-03-01"
        yield whole(f"date-{shape}", date, 3, f"date: .*{says}")
    for shape in NO_TEXT:
        value = SHAPES[shape]
        title = f"---\ntitle: {value}\ndate: {DUE}\n---\n"
        yield whole(f"title-{shape}", title, 2, "title: expected text, not a .*; write one line")
        for key in TEXTS:
            says = f"{key}: expected text, not a .*; write one line"
            yield under_keys(f"{key}-{shape}", f"{key}: {value}", says)
    for key in ("description", "excerpt", "summary"):
        for shape in NO_TEXT:
            says = f"{key}: expected text, not a .*; it is left out"
            yield under_keys(f"{key}-{shape}", f"{key}: {SHAPES[shape]}", says, warned=True)
        for shape in ("control", "nul"):
            says = f"{key}: holds characters that no feed can carry; they are left out"
            yield under_keys(f"{key}-{shape}", f"{key}: {SHAPES[shape]}", says, warned=True)
    for shape, value in SHAPES.items():
        says = "lang: expected a language tag such as en or pt-BR, not .*; it is left out"
        yield under_keys(f"lang-{shape}", f"lang: {value}", says, warned=True)
    for key in ("id", "guid", "uuid", "slug"):
        says = f"{key}: longer than 200 characters; shorten it"
        yield under_keys(f"{key}-huge", f"{key}: {SHAPES['huge']}", says)
    for key in ("permalink", "url", "path"):
        says = f"{key}: '.*…' is longer than 2000 characters; shorten it"
        yield under_keys(f"{key}-huge", f"{key}: {SHAPES['huge']}", says)
    for key in ("image", "enclosures"):
        says = f"{key}: '.*…' is longer than 2000 characters; shorten it; it is left out"
        yield under_keys(f"{key}-huge", f"{key}: {SHAPES['huge']}", says, warned=True)
        yield under_keys(f"{key}-table", f"{key}: {{a: b}}", f"{key}: no URL in it", warned=True)
    for key in ("author", "authors"):
        says = f"{key}: longer than 1000 characters and left out; write a list of names"
        yield under_keys(f"{key}-huge", f"{key}: {SHAPES['huge']}", says, warned=True)
        says = f"{key}: an author without a name is left out; add 'name: …'"
        yield under_keys(f"{key}-table", f"{key}: {{a: b}}", says, warned=True)
        says = f"{key}: a list inside a list is left out; write one list of names"
        yield under_keys(f"{key}-nested", f"{key}: {SHAPES['nested']}", says, warned=True)
    for key in ("tags", "categories", "category"):
        says = f"{key}: a term longer than 200 characters is left out"
        yield under_keys(f"{key}-huge", f"{key}: {SHAPES['huge']}", says, warned=True)
        says = f"{key}: a list inside a list is left out; write one list"
        yield under_keys(f"{key}-nested", f"{key}: {SHAPES['nested']}", says, warned=True)


MONTH = "is not a date: there is no month 13; write it as 2026-03-01"
CLOCK = "is not a date: the times of a day are 00:00:00 to 23:59:59; correct it"
ZONE = r"no zone is that far from UTC; write an offset such as \+01:00"
YEAR = "is not a date: no post can be of the year .*; correct it"
UNREAD = "is not a date that can be read; write it as 2026-03-01"

IMPOSSIBLE_DATES = {
    "30-february": ("2026-02-30", "February 2026 has the days 1 to 28; correct it"),
    "no-leap-year": ("2026-02-29", "February 2026 has the days 1 to 28; correct it"),
    "month-13": ("2026-13-01", MONTH),
    "hour-25": ("2026-03-02 25:00", CLOCK),
    "minute-61": ("2026-03-02 08:61", CLOCK),
    "leap-second": ("2026-03-02 23:59:60", CLOCK),
    "year-0": ("0000-01-01", YEAR),
    "year-1": ("0001-01-01", YEAR),
    "year-9999": ("9999-12-31T23:59:59-14:00", YEAR),
    "year-99999": ("99999-01-01", UNREAD),
    "offset-25": ("2026-03-02 08:00 +25:00", ZONE),
    "offset-minutes": ("2026-03-02 08:00 +01:75", ZONE),
    "named-zone": ("2026-03-02 08:00 CST", "in a zone that can't be told from its name, CST"),
    "a-word": ("tomorrow", UNREAD),
    "american": ("03/02/2026", UNREAD),
    "timestamp": ("1772438400", UNREAD),
    "arabic-digits": ("٢٠٢٦-٠٣-٠٢", UNREAD),
    "range": ("2026-03-02 - 2026-03-03", UNREAD),
}

ROWS = [
    *wrong_kinds(),
    *(whole(f"date-{name}", f"---\ntitle: Post {name}\ndate: {text}\n---\n", 3, f"date: .*{says}")
      for name, (text, says) in IMPOSSIBLE_DATES.items()),
    *(under_keys(f"{key}-{name}", f"{key}: {text}", f"{key}: .*{says}")
      for key in ("publishDate", "expiryDate", "lastmod")
      for name, (text, says) in IMPOSSIBLE_DATES.items()),
    whole("date-null", "---\ntitle: Undated\ndate: null\n---\n", 1, "no date; add a line 'date: "),
    whole("date-liquid", "---\ntitle: U\ndate: {{ page.date }}\n---\n", 1, "no date; add a line"),
    whole("2026-02-30-name", "---\ntitle: In the name\n---\n", None, "February 2026 has the days"),
    # One value, of the right kind, that can't be.
    under_keys("title-huge", "title: " + "x" * 1001, "title: longer than 1000 characters; shorten"),
    under_keys("permalink-js", "permalink: javascript:alert(1)", "is not an http or https address"),
    under_keys("permalink-up", "permalink: ../../x/", "goes up with '..'; write the path from"),
    under_keys("url-file", "url: file:///etc/hosts", "url: .* is not an http or https address"),
    under_keys("permalink-ipv6", "permalink: 'http://[::1'", "permalink: .* names no host"),
    under_keys("permalink-user", "permalink: https://u:p@shore.example.com/", "names no host"),
    under_keys("image-js", "image: javascript:alert(1)", "image: .* http or https", warned=True),
    under_keys("image-data", "image: 'data:image/png;base64,AA'", "http or https", warned=True),
    under_keys("enclosure-js", "enclosures: [javascript:x]", "http or https", warned=True),
    under_keys("enclosure-length", "enclosures: [{url: /a.mp3, length: many}]",
               "enclosures: length: expected a number of bytes, not 'many'", warned=True),
    under_keys("enclosure-negative", "enclosures: [{url: /a.mp3, length: -5}]",
               "enclosures: length: expected a number of bytes, not '-5'", warned=True),
    under_keys("author-email", "author: Ada\nauthor_email: no address",
               "author_email: 'no address' is not an e-mail address", line=5, warned=True),
    under_keys("author-url", "author: Ada\nauthor_url: javascript:x",
               "author_url: 'javascript:x' is not an http or https address", line=5, warned=True),
    under_keys("author-map", "author: {name: Ada, email: 'x y@z'}",
               "author: 'x y@z' is not an e-mail address", warned=True),
    under_keys("author-header", r'author: {name: A, email: "a@example.com\r\nBcc: e@example.net"}',
               "'a@example.com Bcc: e@example.net' is not an e-mail address", warned=True),
    under_keys("tags-many", f"tags: [{', '.join(f'{n}x' for n in range(101))}]",
               "tags: 101 terms; those after the first 100 are left out", warned=True),
    under_keys("draft-twice", "draft: true\ndraft: false",
               "draft: given twice and differently, first in line 4; keep one", line=5),
    under_keys("title-twice", "title: Another", "title: given twice, first in line 2", warned=True),
    # Fences.
    whole("f-open", "---\ntitle: x\n\nwords\n", 1, "not closed; end it with a line ---"),
    whole("f-open-toml", '+++\ntitle = "x"\n---\n', 1, r"not closed; end it with a line \+\+\+"),
    whole("f-none", "just words\n", 1, "no front matter; begin the file with a line ---"),
    whole("f-indented", " ---\ntitle: x\n---\n", 1, "no front matter; begin the file with"),
    whole("f-empty", "", 1, "the file is empty; write front matter and a body"),
    whole("f-blank", "  \n\n", 1, "the file is empty; write front matter and a body"),
    whole("f-only", "---\n---\n", 1, "no date; add a line 'date: 2026-03-01'"),
    whole("f-json", '{"title": "x"}\n', 1, "JSON front matter is not read; write the keys as"),
    whole("f-semicolons", ";;;\n{}\n;;;\n", 1, "JSON front matter is not read; write the keys as"),
    whole("f-bare", "title: x\ndate: 2026-03-02\n\nwords", 1, "no line --- above and below it"),
    whole("f-js", "---js\n{}\n---\n", 1, "front matter in JavaScript or JSON is not read"),
    whole("f-franklin", "@def title = 1\n", 1, "Franklin's @def lines are not read; write"),
    whole("f-mdx", "export const meta = {}\n", 1, "MDX metadata is not read; write the keys as"),
    whole("f-long", f"---\ntitle: x\n# {'x' * 70_000}\n---\n", 1, "longer than 64 KB; is the line"),
    # YAML that is none, or more than front matter needs.
    whole("y-list", "---\n- a\n- b\n---\n", 2, "not a list of keys; write lines like 'key: value'"),
    whole("y-scalar", "---\nhello\n---\n", 2, "not a list of keys; write lines like 'key: value'"),
    whole("y-tab", "---\ntitle: x\n\tdate: 2026-03-02\n---\n", 3, "not valid YAML: .*tab"),
    whole("y-colon", "---\ntitle: a: b\n---\n", 2, "put a value that holds ': ' in quotes"),
    whole("y-quote", '---\ntitle: "x\ndate: 2026-03-02\n---\n', 2, "close the quote that begins"),
    whole("y-at", "---\ntitle: @x\n---\n", 2, "put a value that begins with @, ` or % in quotes"),
    whole("y-bracket", "---\ntitle: x\ntags: [a\ndate: x\n---\n", 3, "check the quotes, brackets"),
    whole("y-bomb", "---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\n", 3,
          r"'\*a' is an alias, which is not read; write the value out"),
    whole("y-deep", f"---\ntitle: x\na: {'[' * 500}{']' * 500}\n---\n", 3, "nested more than 20"),
    whole("y-object", "---\ntitle: !!python/object/apply:os.system ['true']\n---\n", 2,
          "title: expected text, not a list; write one line"),
    whole("y-surrogate", '---\ntitle: "\\ud800"\n---\n', 2, "not valid YAML: .*Unicode"),
    # TOML.
    toml("t-julia", "x = Date(2023, 7, 6)", "not valid TOML: .*; write texts in quotes and dates"),
    toml("t-none", "x =", "not valid TOML: .*; write texts in quotes and dates"),
    toml("t-twice", "draft = true\ndraft = false", "a key stands here a second time", line=5),
    toml("t-flag", 'draft = "maybe"', "draft: expected true or false, not 'maybe'"),
    toml("t-quoted", '"draft" = "maybe"', "draft: expected true or false, not 'maybe'"),
    toml("t-extra", '[extra]\nnewsletter = "perhaps"', "newsletter: expected true or", line=5),
    toml("t-terms", '[taxonomies]\ntags = [["a"]]', "tags: a list inside", line=5, warned=True),
    toml("t-deep-key", f"{'a.' * 70}b = 1", "nested more than 20 deep; write it flatter"),
    toml("t-deep", f"a = {'[' * 300}{']' * 300}", "nested more than 20 deep; write it flatter"),
    toml("t-digits", f"id = {'9' * 5000}", "a number of thousands of digits; write it in quotes"),
    toml("t-open", 'x = """\nnever closed', "not valid TOML: .*; close the quote", line=5),
    toml("t-date", "publishDate = 2026-02-30", "not valid TOML: Invalid date or datetime"),
    toml("t-time", "publishDate = 07:00:00", f"publishDate: '07:00:00' {UNREAD}"),
    toml("t-slug", 'slug = ["a"]', "slug: expected text, not a list; write one line"),
    # Bytes.
    whole("b-latin", "---\ntitle: x\n---\n\nwörter\n".encode("latin-1"), 5, "not UTF-8; save the"),
    whole("b-latin-key", "---\ntitle: wört\n---\n".encode("latin-1"), 2, "not UTF-8; save the"),
    whole("b-utf16", "---\ntitle: x\n---\n".encode("utf-16"), 1, "not UTF-8; save the file as"),
    whole("b-utf16-be", "---\ntitle: x\n---\n".encode("utf-16-be"), 1, "no front matter"),
    whole("b-overlong", b"---\ntitle: \xc0\x80\n---\n", 2, "not UTF-8; save the file as UTF-8"),
    whole("b-surrogate", b"---\ntitle: \xed\xa0\x80\n---\n", 2, "not UTF-8; save the file as"),
    whole("b-image", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 1, "not UTF-8; save the file as"),
    whole("b-zeros", bytes(100), 1, "no front matter; begin the file with a line ---"),
    whole("b-bom", b"\xef\xbb\xbf---\ntitle: x\ndate: 2026-02-30\n---\n", 3, "February 2026 has"),
    whole("b-crlf", b"---\r\ntitle: x\r\ndate: 2026-02-30\r\n---\r\n", 3, "February 2026 has the"),
    whole("b-cr", b"---\rtitle: x\rdate: 2026-02-30\r---\r", 3, "February 2026 has the days"),
    whole("b-nul", f"---\ntitle: Nul\ndate: {DUE}\n---\n\nwor\0ds\n", 6, "U\\+0000", warned=True),
    whole("b-nul-key", f"---\ntitle: N\0ul key\ndate: {DUE}\n---\n\nwords\n", 2,
          "a control character in the front matter is left out; remove it", warned=True),
    whole("b-large", f"---\ntitle: L\ndate: {DUE}\n---\n\n{'word ' * 300_000}", None,
          "1464 KB is more than a post may have; the limit is 1024 KB"),
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was said of the one site, and what came of it."""

    site: LiveSite
    checked: Ran
    adopted: Ran
    published: Ran


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A site of all rows, in which one good post is due and mailed."""
    site = LiveSite(tmp_path_factory.mktemp("rows") / "site")
    site.post("good.md", title="Good", date=DUE)
    for row in ROWS:
        if row.warned:  # public already at the first pass, so that it asks for no mail
            data = row.data.replace(DUE.encode(), b"2026-01-02 08:00")
            data = data.replace(b"2026-03-02T08", b"2026-01-02T08")
        else:
            data = row.data
        (site.root / row.path).write_bytes(data)
    site.subscribe("ada@example.com")
    adopted = site.run("publish", "--at", BEFORE)
    return Outcome(
        site=site,
        adopted=adopted,
        published=site.run("--json", "publish", "--at", AFTER),
        checked=site.run("--json", "check", ok=False),
    )


def test_the_good_post_beside_them_is_published_and_mailed(outcome: Outcome) -> None:
    assert [one["path"] for one in outcome.published.document["published"]] == ["content/good.md"]
    assert outcome.published.document["deliveries"] == {"accepted": 1}
    assert len(outcome.site.messages()) == 1
    assert b"Good" in outcome.site.feeds()["atom.xml"]


def test_no_two_rows_have_one_name() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_it_is_said_with_its_line_and_what_to_do(outcome: Outcome, row: Bad) -> None:
    document = outcome.checked.document
    found = document["warnings" if row.warned else "problems"]
    said = [(one["line"], one["message"]) for one in found if one["path"] == row.path]
    assert any(line == row.line and re.search(row.says, message) for line, message in said), said
    assert all(message.isprintable() and len(message) < 300 for _, message in said)


def test_each_is_a_line_of_its_own_on_stderr(outcome: Outcome) -> None:
    lines = outcome.adopted.err.splitlines()
    for row in ROWS:
        place = row.path if row.line is None else f"{row.path}:{row.line}"
        assert row.warned or any(line.startswith(f"{place}: ") for line in lines), row.name
    assert all(line.startswith("content/") for line in lines)


def test_a_problem_keeps_a_post_out_and_a_warning_does_not(outcome: Outcome) -> None:
    live = outcome.site.json("plan", "--at", AFTER)["live"]
    assert live == 1 + sum(row.warned for row in ROWS)


def test_exit_codes_tell_a_script(outcome: Outcome) -> None:
    assert (outcome.adopted.code, outcome.published.code, outcome.checked.code) == (0, 0, 1)
    for command in ("plan", "publish"):
        assert outcome.site.run(command, "--at", AFTER, "--strict", ok=False).code == 1
    assert len(outcome.site.messages()) == 1


#: Values that no reader refuses, in the keys that are put into headers, feeds and URLs.
TAKEN = {
    "title-lines": r'title: "Hello\r\nBcc: eve@example.net\r\n\r\nbody"',
    "title-markup": "title: '<script>alert(1)</script> ]]> & <b>'",
    "slug-up": "slug: ../../etc",
    "slug-marks": "slug: '!!!'",
    "slug-query": "slug: 'a?b#c'",
    "permalink-spaces": "permalink: '/a b/\"><script>'",
    "permalink-lines": r'permalink: "/a\r\nSet-Cookie: b"',
    "tags-path": r"tags: ['..', '.', '/', '../../up', 'a/b', 'con', '\']",
    "tags-nul": r'tags: ["a\0b"]',
    "author-lines": r'author: "Eve\r\nBcc: eve@example.net"',
    "image-lines": r'image: "/a.png\r\nX: y"',
    "enclosure-type": "enclosures: [{url: /a.mp3, type: 'CD\"ATA'}]",
    "enclosures-many": f"enclosures: [{', '.join(f'/{n}.mp3' for n in range(300))}]",
    "authors-many": f"authors: [{', '.join(f'Person {n}' for n in range(300))}]",
    "merge": "<<: {draft: true}",
}


def test_hostile_values_break_out_of_no_header_feed_or_folder(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "site", newsletter="  max_posts_per_hour: 100")
    site.post("old.md", title="Old", date="2026-01-05")
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    for name, line in TAKEN.items():
        title = "" if line.startswith("title") else f"title: Post {name}\n"
        text = f"---\n{title}date: {DUE}\n{line}\n---\n\nWords of {name}.\n"
        (site.root / f"content/{name}.md").write_text(text)
    did = site.publish(AFTER)
    assert did["problems"] == []
    assert did["deliveries"] == {"accepted": len(TAKEN)}
    for message in site.messages():
        head = message.read_bytes().partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
        assert not re.search(rb"(?im)^(bcc|set-cookie|x):", head)
    for one in did["published"]:
        assert re.fullmatch(r"https://shore\.example\.com/[^\s<>\"\\]*", one["url"]), one
        assert "/../" not in one["url"]
    outside = {path.name for path in tmp_path.iterdir()} | {p.name for p in site.root.iterdir()}
    assert outside <= {"site", "content", "config.yaml", "outbox", "public", "state", "people.csv"}

"""What the fuzz runs feed to the program, and what has to hold of whatever comes out.

Each mill is a strategy of inputs and a check that raises where the program crashes, takes longer
than a body may, or lets through what no reader may get. Inputs are mixed from the pieces that posts
are made of, whole and broken, so that a run meets the odd places soon.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, get_args
from zoneinfo import ZoneInfo

from feedcheck import faults
from hypothesis import strategies as st

from publisher.content.dates import read_date
from publisher.content.habits import GENERATORS, Generator
from publisher.content.job import Job, answer_bytes, answer_from, job_bytes, job_from
from publisher.content.parse import Parsed, parse
from publisher.content.rules import PostRules
from publisher.content.templates import Engine
from publisher.content.templates.facts import Facts, facts_text
from publisher.content.worker import answer
from publisher.domain.post import Author, Post, Rendered
from publisher.domain.publication import Publication
from publisher.feeds.atom import atom
from publisher.feeds.entry import entry
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.outline import feed_of, shelves
from publisher.feeds.rss import rss
from publisher.feeds.rules import FeedRules

NOON = datetime(2026, 2, 19, 12, 0, tzinfo=UTC)
PAGE = "https://example.com/b/2026/01/here/"

RULES = FeedRules(
    site_title="Fuzz",
    site_description="",
    site_url="https://example.com/b",
    feeds_url="https://example.com/b",
    language="en",
    author=Author(name="Ada Example"),
    id_authority="example.com",
    id_date=date(2026, 1, 1),
    formats=("atom", "rss", "json"),
    entries=20,
    taxonomies=("categories", "tags"),
)
FACTS = facts_text(
    Facts(
        origin="https://example.com",
        baseurl="/b",
        site={"title": "Fuzz {{ x }}", "url": "https://example.com", "baseurl": "/b"},
        page={"title": "Here", "tags": ["one", "two"], "odd": "{% y %} <script>", "n": 7},
        references={"there.md": PAGE, "{filename}there.md": PAGE},
        includes={"a.html": "<p>{{ include.x }}</p>", "self.html": "x{% include self.html %}"},
        data={"ships": "- {name: Heron}\n", "bad": ": ["},
        config="github: {handle: ada}\n",
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mill:
    """Inputs, what is asked of each, and how many of a hundred inputs are its share."""

    inputs: st.SearchStrategy[Any]
    check: Callable[[Any], None]
    share: int


def mixed(pieces: list[str], most: int = 12) -> st.SearchStrategy[str]:
    """Pieces in any order, with any text between."""
    text = st.text(st.characters(), max_size=8)
    one = st.one_of(st.sampled_from(pieces), st.sampled_from(pieces), text)
    return st.lists(one, max_size=most).map("".join)


# -- front matter --------------------------------------------------------------------------------

_KEYS = """
title date publishDate expiryDate updated published draft author authors author_email tags
categories category image images cover enclosure excerpt summary description lang dir slug
permalink url path id guid uuid itunes duration newsletter status unlisted extra params
taxonomies
"""
KEYS = _KEYS.split()
HEADER = [
    *(f"\n{key}: " for key in KEYS), *(f"\n{key} = " for key in KEYS), "\nTitle: ", "\nDATE: ",
    "---\n", "\n---\n", "+++\n", "\n+++\n", "---", "...", "\r\n", "\n", " ", "\t", "'", '"',
    "|\n", ">-\n", "- ", "  - ", "[", "]", "{", "}", ", ", ": ", "# ", "&a ", "*a", "!!python/x ",
    "? ", "2026-01-05", "2026-02-30", "09:18:00 -4", "true", "no", "null", "~", "0x1F", "1e999",
    "\ufeff", "Ada <ada@example.com>", "[Ada](javascript:x)", "<b>&ldquo;", "\x08", "\x00",
    "\u2028", "\ud800", "[taxonomies]\n", "[extra]\n", '"""', "1979-05-27T07:32:00Z", "../../x",
    "//host/p", ":year/",
]  # fmt: skip
VALUES = [
    "[a, b]", "[Ada, {name: Bo, url: //x, email: y}]", "{name: Ada, email: a@example.com}", "'x'",
    '"<b>&ldquo;]]></b>"', '"a\\bc"', "true", "no", "2026-01-05", "2026-02-30", "9:18",
    "javascript:x", "/a/:year/:title/", "../../x", "https://ünï.example/ä b", "//host/p", "[[x]]",
    "{{ x }}", "'%zz'", '"ada,bo and Cy <c@example.org>"', "[Ada](https://a.example) (@ada)",
    "audio.mp3", "-1", "{}", "[]", "{url: a.mp3, length: x, type: a/b}", "{src: '', alt: 3}",
    "en_US", "rtl", "01:02:03", "|\n  x\n", "'*em* `code` <3'", "\U0001f389", "1e999", "null",
    "''", "{episode: x, season: -3, explicit: ok}",
]  # fmt: skip
PATHS = ["_posts/2026-01-05-a.md", "content/a.md", "2026-02-30-a.md", "a/index.mdx", "ä b.html",
         "_drafts/x.markdown", "2026/01/05/x.md", "content/2026-1-5.md"]  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, str, Generator]:
    fence = draw(st.sampled_from(["---\n", "---\n", "+++\n", "", "---\r\n"]))
    between = " = " if fence.startswith("+") else ": "
    value = st.one_of(st.sampled_from(VALUES), mixed([*HEADER, *VALUES], 3))
    said = draw(st.lists(st.tuples(st.sampled_from(KEYS), value), max_size=5))
    lines = "".join(f"{key}{between}{text}\n" for key, text in said)
    sound = draw(st.sampled_from([f'date{between}"2026-01-05"\n', ""]))
    odd = draw(st.one_of(st.just(""), st.just(""), mixed(HEADER)))
    text = fence + sound + lines + odd + draw(st.sampled_from(["", fence, fence])) + "\nBody.\n"
    data = text.encode("utf-8", draw(st.sampled_from(["replace", "surrogatepass"])))
    return data, draw(st.sampled_from(PATHS)), draw(st.sampled_from(GENERATORS))


def check_file(given: tuple[bytes, str, Generator]) -> None:
    """A file is a post or a list of problems; a post makes feeds without a fault."""
    data, path, generator = given
    rules = PostRules(site_url="https://example.com/b", content_path=".", generator=generator)
    found = parse(data, path, rules)
    if isinstance(found, Parsed):
        check_feeds(found.post, Rendered(html="<p>Body.</p>", excerpt_html=None, excerpt_text="B"))
    else:
        assert found.problems
        assert all("\n" not in str(problem) for problem in found.problems)


# -- dates ---------------------------------------------------------------------------------------

DATE = [
    "2026", "-", "01", "1", "/", ".", "02", "29", "30", "31", "T", " ", "09", ":", "9:18", ":00",
    ".5", "Z", "UTC", "+01:00", "+0900", "-4", " -0800", "CST", "Jan", "January ", "5th, ",
    "Mon, ", "0000", "9999", "99", "٣", "\n", "+99:99", "2026-01-05", "T10:20:30.000Z",
]  # fmt: skip
ZONES: list[tzinfo] = [UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia"),
                       ZoneInfo("America/St_Johns")]  # fmt: skip


def check_date(given: tuple[str, tzinfo]) -> None:
    """A text is an aware date, or refused with a sentence."""
    text, zone = given
    try:
        found = read_date(text, zone, time(9, 0))
    except ValueError as error:
        sentence = str(error)
    else:
        sentence = f"{found.astimezone(UTC)}"
    assert sentence
    assert "\n" not in sentence


# -- bodies --------------------------------------------------------------------------------------

MARKDOWN = [
    "# ", "\n# h\n", "\n\n", "\n", "  \n", "\\\n", "> ", "\n> [!NOTE]\n> ", "- ", "\n- [ ] ",
    "1. ", "    ", "\t", "```", "\n```js\n", "~~~", "`", "``", "*", "**", "_", "~~", "[a](", ")",
    "[a][b]", "[b]: /u\n", "![", "](x.png \"t\")", "<http://a.example>", "https://a.example/(x)",
    "[^1]", "\n[^1]: note\n", "| a | b |\n|---|---|\n", "Term\n: def\n", "*[AB]: x\n",
    "{: .c #i onclick=x}", "{:toc}", "{::comment}", "{:/}", "$$", "$a_b$", "\\\\(",
    "\n:::note T\n", "\n:::\n", ":tada:", "<!--more-->", "<!--", "-->", "]]>", "<![CDATA[",
    "&lt;", "&#x0;", "&#x1F600;", "&nbsp;", "\x08", "\x0c", "\x1a", "\u2028", "\ufffe", "\ud800",
    "\x02", "\x03", "wzxhzdk:0", "klzzwxh:0000",
]  # fmt: skip
HTML = [
    "<script>", "</script>", "<ScRiPt src=//x>", "<style>", "</style>", "<iframe src=",
    "</iframe>", "<video src=a.mp4 poster=p.png>", "</video>", "<svg>", "<svg/onload=alert(1)>",
    "</svg>", "<math>", "<mtext>", "<img src=x onerror=alert(1)>", "<img srcset='a 1x, //b 2x'",
    ">", "<p", "<p style='x' class=\"a\"", "<a href=", "javascript:alert(1)", "JaVa\tScript:x",
    "data:text/html,x", "vbscript:x", "'", '"', " onclick='x'", "<form action=x>", "<input>",
    "<button>", "<object data=x>", "<embed src=x>", "<base href=//x>",
    "<meta http-equiv=refresh>", "<link rel=stylesheet>", "<template>", "<textarea>", "<title>",
    "<noscript>", "<plaintext>", "<xmp>", "<details>", "</p>", "</div>", "<div>",
    "<div markdown=1>", "<table><tr><td>", "</table>", "<pre><code>", "</code></pre>", "<ul><li>",
    "</ul>", "<h1>", "</h1>", "<br/>", "<hr>", "<a\n", "<a\x00b>", "<!DOCTYPE x>", "<?php x ?>",
    "<select><option>", "<frameset><frame>", "<marquee>", "<blockquote cite=javascript:x>",
    "text",
]  # fmt: skip
TEMPLATE = [
    "{{", "}}", "{%", "%}", "{{ page.title }}", "{{ page.odd }}", "{{ site.data.ships }}",
    "{{ x | upcase | split: '' }}", "{{ 'a' | replace: 'a', '<script>' }}", "{% assign x = 1 %}",
    "{% for i in (1..9) %}", "{% endfor %}", "{% if page.n > 3 %}", "{% else %}", "{% endif %}",
    "{% raw %}", "{% endraw %}", "{% highlight js %}", "{% endhighlight %}",
    "{% include a.html x=1 %}", "{% include self.html %}", "{% comment %}", "{% endcomment %}",
    "{% capture y %}", "{% endcapture %}", "{% post_url there %}", "{% unknown %}",
    "{% endunknown %}", "{{- ", " -}}", "{%- ", " -%}",
    "{{< figure src=\"a.png\" caption=\"*x*\" >}}", "{{< highlight go >}}", "{{< /highlight >}}",
    "{{< ref \"there.md\" >}}", "{{% tip %}}", "{{% /tip %}}", "{{</* x */>}}", "{{< youtube ",
    " >}}", "{{ youtube(id=\"a\") }}", "{% quote(a=1) %}", "{% end %}", "[x](@/there.md)",
    "({filename}there.md)", "({static}../a.png)", "\nimport X from './x.png';\n",
    "\nexport const a = {b: 1};\n", "<X a={b}>", "</X>", "<Image src={X} />", "{/* c */}", "{a}",
    "style={{ a: 1 }}", "<Y ", "{`", "`}",
]  # fmt: skip
ENGINES: tuple[Engine, ...] = get_args(Engine)


@st.composite
def jobs(draw: st.DrawFn, pieces: list[str], engines: tuple[Engine, ...] = ("none",)) -> Job:
    body = draw(mixed(pieces))
    path = draw(st.sampled_from(["a.md", "a.md", "a.html", "a.mdx"]))
    return Job(
        path=path,
        body=body,
        body_line=5,
        is_html=path.endswith(".html"),
        url=PAGE,
        key="k",
        summary=None,
        destination="feed",
        templates=draw(st.sampled_from(engines)),
        facts=FACTS,
    )


def check_job(job: Job) -> None:
    """A body is rendered or refused, survives the pipe, and makes feeds without a fault."""
    made = answer(job_from(job_bytes(job)))
    assert answer_from(answer_bytes(made)) == made
    if isinstance(made, Rendered):
        check_feeds(POST, made)


POST = Post(path="a.md", source_hash="s", content_hash="c", title="A", date=NOON, due=NOON,
            published=True, url=PAGE)  # fmt: skip


def check_feeds(post: Post, body: Rendered) -> None:
    """Each format parses, says nothing active, and has no fault that the checker knows."""
    publication = Publication(
        key="k", feed_id="tag:example.com,2026-01-01:k", due=NOON, live_at=NOON, updated=NOON,
        source_hash="s", content_hash="c",
    )  # fmt: skip
    one = entry(publication, post, body, full_content=True)
    site, *_ = shelves([], [], RULES)
    writers = (("atom", atom), ("rss", rss), ("json", json_feed))
    for format_, write in writers:
        found = faults(write(feed_of(site, format_, [one], NOON, RULES)), format_)
        assert found == [], (format_, found)


MILLS = {
    "front matter": Mill(inputs=files(), check=check_file, share=30),
    "dates": Mill(
        inputs=st.tuples(mixed(DATE, 8), st.sampled_from(ZONES)), check=check_date, share=25
    ),
    "markdown": Mill(inputs=jobs([*MARKDOWN, *HTML[::4]]), check=check_job, share=15),
    "html": Mill(inputs=jobs([*HTML, *MARKDOWN[::8]]), check=check_job, share=15),
    "templates": Mill(
        inputs=jobs([*TEMPLATE, *MARKDOWN[::6], *HTML[::8]], ENGINES), check=check_job, share=15
    ),
}

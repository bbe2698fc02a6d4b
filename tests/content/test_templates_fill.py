"""What a reader gets of template syntax, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from templating import PAGE, job, shown, warnings

from publisher.content.templates import Engine
from publisher.content.templates.fill import ELSEWHERE
from publisher.content.worker import answer, rendered
from publisher.domain.post import Rendered


class _Outside(HTMLParser):
    """The text outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag in ("pre", "code")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in ("pre", "code")

    def handle_data(self, data: str) -> None:
        self.text += [] if self.depth else [data]


def outside_code(html: str) -> str:
    parser = _Outside()
    parser.feed(html)
    parser.close()
    return "".join(parser.text)


# -- without an engine ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("a {{ x }} b", "<p>a  b</p>"),
        ("a {% tag with=args %} b", "<p>a  b</p>"),
        ('a {{< figure src="x.png" >}} b', "<p>a  b</p>"),
        ("a {{% name %}} b", "<p>a  b</p>"),
        ("{% note %}the *inner* text{% endnote %}", "<p>the <em>inner</em> text</p>"),
        ("{{< tip >}}inner{{< /tip >}}", "<p>inner</p>"),
        ("{% tip() %}inner{% end %}", "<p>inner</p>"),
        ("{% comment %}*not* {{ this }}{% endcomment %}but this", "<p>but this</p>"),
        ("{% raw %}{{ x }}{% endraw %}", "<p>{{ x }}</p>"),
        ("{% if x %}A{% endif %}", "<p>A</p>"),
    ],
)
def test_without_an_engine_template_syntax_is_left_out(body: str, html: str) -> None:
    found = shown(body, "none").partition("\n<p><a ")[0]
    assert found == html


@pytest.mark.parametrize(
    "body",
    [
        "`{{ x }}`",
        "``{% tag %} ` {{ y }}``",
        "a `span {{ x }}\nover two` lines",
        "```\n{% if x %}{{ y }}{% endif %}\n```",
        "~~~ liquid\n{{< figure >}}\n~~~",
        "- item\n\n  ```\n  {{ x }}\n  ```",
        "text\n\n    {{ x }} indented\n",
        "<pre>{{ x }}</pre>",
        "a <code>{{ x }}</code> b",
    ],
)
@pytest.mark.parametrize("engine", ["liquid", "shortcodes", "none"])
def test_template_like_text_inside_code_stays_as_it_is(body: str, engine: Engine) -> None:
    result = rendered(job(body, engine))
    assert result.warnings == ()
    assert ELSEWHERE not in result.html
    kept = re.sub(r"<[^<>]*>", "", result.html)
    for mark in re.findall(r"\{[{%<].*?[}%]\}", body):
        assert mark.replace("<", "&lt;").replace(">", "&gt;") in kept


def test_what_is_left_out_is_said_once_with_its_first_line() -> None:
    assert warnings("one\n\n{% pic a.png %}\n\n{% pic b.png %} {{ x }}\n", "none") == [
        "a.md:7: {% pic … %} is not known here: left out; readers get a link to the post's page "
        "(2 times)",
        "a.md:9: {{ x }} is not known here: left out; readers get a link to the post's page",
    ]


def test_only_so_many_kinds_are_named() -> None:
    assert len(warnings("".join(f"{{% tag{number} %}}\n" for number in range(100)), "none")) == 20


def test_the_parts_of_a_block_that_is_not_run_are_said_with_their_text() -> None:
    body = "{% if x %}A{% else %}B{% endif %}"
    assert shown(body, "none").startswith("<p>AB</p>")
    assert all("the text between them is kept" in one for one in warnings(body, "none"))
    assert ELSEWHERE in shown(body, "none")


def test_without_an_engine_what_is_raw_in_code_stays_so() -> None:
    html = "<p><code>{% raw %}{{ x }}{% endraw %}</code> {{ y }}</p>"
    assert shown("`{% raw %}{{ x }}{% endraw %}` {% raw %}{{ y }}{% endraw %}", "none") == html


def test_the_body_ends_with_a_link_to_its_page_where_something_visible_is_missing() -> None:
    link = f'<p><a href="{PAGE}">{ELSEWHERE}</a></p>'
    assert shown("text\n\n{% pic a.png %}\n", "none").endswith(link)
    assert ELSEWHERE not in shown("{% note %}all of it{% endnote %}", "none")
    assert ELSEWHERE not in shown("{% assign x = 1 %}all of it", "none")


@pytest.mark.parametrize("engine", ["shortcodes", "none"])
@pytest.mark.parametrize(
    "text", ["x_{{a}}", "\\frac{{1}}{{2}}", "f(x) = {{1, 2}, {3}}", "{ {x} }", "50 {%", "a {{ b"]
)
def test_braces_that_look_like_no_template_are_text(text: str, engine: Engine) -> None:
    body = f"${text}$" if "_" in text or "\\" in text else text
    result = rendered(job(body, engine))
    assert result.warnings == ()
    assert text in re.sub(r"<[^<>]*>", "", result.html)


# -- all of them ---------------------------------------------------------------------------------

PIECES = [
    *["{{", "}}", "{%", "%}", "{{<", ">}}", "{{{", "}}}", "{%-", "-%}", "`", "```", "$", "{", "}"],
    *["\\", "'", "|", "[a](", ")", "<pre>", "</pre>", "<code>", "</code>", "<!--", "-->", "text"],
    *["{a}", "</Tabs>", "<Tabs>"],
    *["{{ x }}", "{% if x %}", "{% endif %}", "{% else %}", "{% for a in b %}", "{% endfor %}"],
    *["{% raw %}", "{% endraw %}", "{% highlight rb %}", "{% endhighlight %}", "{% comment %}"],
    *["{% endcomment %}", "{% include a.html %}", "{% assign a = 'b' %}", "{{< fig src='a' >}}"],
    *["{{< tip >}}", "{{< /tip >}}", "{{% x %}}", "{{</* x */>}}", "{% q() %}", "{% end %}"],
    *["{{ f(a='b') }}", "<Tabs a={b}>", "import a from 'b'", "\n", "\n\n", "    ", "- ", "> "],
    *["# ", "\x1a", "\x02"],
]

TEMPLATE = re.compile(r"\{%-?\s*[A-Za-z_][^%{}]*%\}|\{\{[<%]\s*/?\s*[A-Za-z_][^{}]*[>%]\}\}")
OUTPUT = re.compile(r"\{\{\s*[A-Za-z_.]+\s*\}\}")


@given(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.sampled_from(["liquid", "shortcodes", "none"]),
    st.sampled_from(["a.md", "a.mdx", "a.html"]),
)
@settings(max_examples=150, deadline=None)
@example("{% if a %}`{% endif %}` {{ x }}", "liquid", "a.md")
@example("{% raw %}```{% endraw %}{{ x }}", "liquid", "a.md")
def test_any_text_renders_and_lets_no_template_through(
    body: str, engine: Engine, path: str
) -> None:
    result = answer(job(body, engine, path))
    assert isinstance(result, Rendered)
    assert "\x1a" not in result.html
    if not any(mark in body for mark in ("raw", "/*", "\\", "$", "'", '"')):
        text = outside_code(result.html)
        assert not TEMPLATE.search(text)
        assert not OUTPUT.search(text)


def lines_of_warnings(result: Rendered) -> Iterator[int]:
    for one in result.warnings:
        assert one.line is not None
        yield one.line


@given(st.lists(st.sampled_from(["a\n", "\n", "{{ q }}\n", "`x`\n"]), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_a_warning_names_the_line_of_what_it_is_about(parts: list[str]) -> None:
    body = "".join(parts)
    result = rendered(job(body, "none"))
    at = body.find("{{")
    expected = [] if at < 0 else [5 + body.count("\n", 0, at)]
    assert list(lines_of_warnings(result)) == expected

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.content.dialect import adapt
from publisher.content.markdown import to_html

COMMON = MarkdownIt("commonmark")
BLOCKS = frozenset({"ul", "ol", "li", "pre", "blockquote", "h1", "details", "div", "em"})


class Shelf:
    """Keeps what is no Markdown."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def code(self, code: str, info: str) -> str:
        self.kept.append(code + info)
        return "placeholder"

    def html(self, html: str) -> str:
        self.kept.append(html)
        return "placeholder"


class _Shape(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.words.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.words.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def shape(html: str) -> str:
    """Lists, quotations, code and words of HTML.

    Not whether a list's items are paragraphs, nor whether two quotations are one.
    """
    reader = _Shape()
    reader.feed(html)
    return " ".join(reader.words).replace("</blockquote> <blockquote> ", "")


def ours(*lines: str) -> str:
    return shape(to_html("\n".join(lines), key="k"))


def common(*lines: str) -> str:
    return shape(COMMON.render("\n".join(lines)))


@pytest.mark.parametrize(
    "source",
    [
        "Things:\n- a\n- b",
        "Things:\n1. a\n2. b",
        "In the year\n1984. It was late.",
        "- a\n  - b\n    - c\n  - d\n- e",
        "1. a\n   - b\n   - c\n2. d",
        "1) a\n2) b",
        "- a\n\n  more\n\n  - b\n- c",
        "- a\nlazy\n- b",
        "- a\n- b\n\n1. c\n2. d",
        "- a\n1. b",
        " 9. a\n10. b",
        "- In the year\n  1984. It was\n- late",
        "1. one\n   ```nolang\n   ls\n   ```\n2. two",
        "1. one\n\n   ```nolang\n   ls\n\n   cd\n   ```\n\n   after\n2. two",
        "- ```\n  a\n  ```\n- b",
        "- a\n\n      code\n- b",
        "> - a\n>   - b\n> - c\n\nd",
        "> ```\n> a\n> ```\n> b",
        "> a\n- b",
        "> > ```\n> > x\n> > ```",
        "- > a\n  > b\n- c",
        "- a\n# b\n- c",
        "- a\n\n  # b\n\n  c",
        "a\n\n    - code",
        "a\n    - not code",
        "- a\n\n\n- b",
        "* * *\n- a\n- - -\n- b",
        "- a\n\t- b\n\t\t- c",
        "-\ta\n\n\tb",
        "```\n- a\n  - b\n```",
        "- a\n```\nb\n```\n- c",
        "- a\n  > b\n\n  c",
        "+ a\n+ b\n\nc",
        "- a\n  <!-- x -->\n- b",
        "<details>\n<summary>a</summary>\n\n*b*\n\n- c\n- d\n\n</details>\n\n*e*",
        "- a\n\n  <div>\n\n  *b*\n\n  </div>\n- c",
        "<div\nid=a>\n\n*b*\n\n</div>",
        "<div>\n\n<div>\n\n*a*\n\n</div>\n\n*b*\n\n</div>\n\n    c",
        "<div>*a*</div>\n\n*b*",
        "<p>a\n\n*b*",
        "</div>\n\n*a*",
        "<a href=b>c</a> *d*",
    ],
)
def test_lists_quotations_and_code_nest_as_in_commonmark(source: str) -> None:
    assert ours(source) == common(source)


@pytest.mark.parametrize(
    "source",
    [
        "- a\n    - b\n        - c\n    - d\n- e",
        "1. a\n\n    more\n\n2. b",
        "* a\n\n    * b\n\n        more\n\n* c",
    ],
)
def test_lists_written_for_python_markdown_still_nest(source: str) -> None:
    assert ours(source) == common(source)


_LINES = st.lists(
    st.builds(
        lambda indent, mark, word: f"{' ' * indent}{mark}{word}" if word else "",
        st.sampled_from([0, 0, 0, 2]),
        st.sampled_from(["", "", "- ", "- ", "> ", "# "]),
        st.sampled_from(["", "a", "b", "c", "d"]),
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=100, deadline=None)
@given(_LINES)
def test_bullets_two_columns_apart_nest_as_in_commonmark(lines: list[str]) -> None:
    assert ours(*lines) == common(*lines)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="-1.> `~#:[^]\t<!pre/a", max_size=8), max_size=8))
def test_no_word_is_lost_and_no_code_seen_twice(lines: list[str]) -> None:
    stash = Shelf()
    adapted = adapt(lines, stash)
    before = sum(line.count("a") for line in lines)
    after = sum(line.replace("placeholder", "").count("a") for line in adapted)
    assert after + sum(text.count("a") for text in stash.kept) == before
    assert sum(line.count("placeholder") for line in adapted) == len(stash.kept)


def test_raw_html_stays_as_it_is() -> None:
    lines = ["<pre>", "  - a", "", "```", "</pre>", "<!--", "- b", "-->", "<script>", "1. c"]
    assert adapt(lines, Shelf()) == lines


def test_a_closing_fence_that_stands_too_far_left_still_closes() -> None:
    assert ours("- a\n\n  ```\n  b\n```\nc") == "<ul> <li> a <pre> b </pre> </li> </ul> c"


def test_html_that_blank_lines_and_indentation_spread_out_is_still_html() -> None:
    made = to_html("<div>\n\n    <p>a</p>\n\n</div>\n\n*b*", key="k")
    assert "<pre>" not in made
    assert "<em>b</em>" in made


def test_text_right_behind_html_is_markdown() -> None:
    assert ours("<div>a</div>\n*b*\n\n*c*") == ("<div> a </div> <em> b </em> <em> c </em>")


def test_markdown_in_html_that_asks_for_it() -> None:
    made = to_html('<div markdown="1">\n*a*\n\n- b\n\n  c\n</div>', key="k")
    assert "<em>a</em>" in made
    assert "<p>c</p>" in made


def test_footnotes_may_hold_code_and_paragraphs() -> None:
    made = to_html("a[^1]\n\n[^1]: n\n\n    ```\n    x\n    ```\n\n    last\n\nb", key="k")
    assert made.index("x\n</code></pre>") > made.index("footnote")
    assert made.index("<p>last") > made.index("footnote")
    assert made.index("<p>b</p>") < made.index('<div class="footnote">')

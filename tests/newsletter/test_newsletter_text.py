"""The plain-text part: read as a person would read it."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.newsletter.text import plain_text
from publisher.newsletter.wrap import WIDTH, columns


def page(text: str) -> str:
    return dedent(text).strip("\n")


def test_paragraphs_are_wrapped_and_blanks_are_one() -> None:
    text = plain_text("<p>one\n two   three</p>\n<p>" + "word " * 20 + "</p>")
    first, second = text.split("\n\n")
    assert first == "one two three"
    assert [len(line) for line in second.split("\n")] == [69, 29]


def test_links_become_numbers_and_one_url_has_one_number() -> None:
    assert plain_text(
        '<p>See <a href="https://example.com/a">the table</a> and <a href="https://example.com/b">'
        'that</a>, <a href="https://example.com/a">again</a>.</p>'
    ) == page("""
        See the table\u00a0[1] and that\u00a0[2], again\u00a0[1].

        [1] https://example.com/a
        [2] https://example.com/b
        """)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://example.com/">https://example.com/</a>', "https://example.com/"),
        ('<a href="https://example.com/">example.com</a>', "https://example.com/"),
        ('<a href="mailto:ada@example.com">Ada</a>', "Ada <ada@example.com>"),
        ('<a href="mailto:ada@example.com?subject=x">ada@example.com</a>', "ada@example.com"),
        ('<a href="#part">part</a>', "part"),
        ("<a>bare</a>", "bare"),
        ('x<sup><a href="https://example.com/p#fn-1">1</a></sup>', "x¹"),
        ('Note. <a class="footnote-backref" href="#r">↩</a>', "Note."),
        ('Title <a href="#title">¶</a>', "Title"),
        ("<em>a</em> <strong>b</strong> <code>c</code> <del>d</del>", "_a_ *b* `c` ~~d~~"),
        ("a<em> b </em>c", "a _b_ c"),
        ("<em></em><strong> </strong>x", "x"),
        ("H<sub>2</sub>O, x<sup>10</sup>, x<sup>te</sup>", "H₂O, x¹⁰, x^te"),
        ('<img src="a" alt="A cat"> <img src="b" alt=""> <img src="c">', "[Image: A cat]"),
        ('<input type="checkbox" checked> a', "[x] a"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<script>alert(1)</script><style>p{}</style>text", "text"),
        ("a<!-- hidden -->b", "ab"),
        ("&lt;b&gt; &amp; &#8217;", "<b> & ’"),
    ],
)
def test_inline_elements(html: str, text: str) -> None:
    assert plain_text(f"<p>{html}</p>") == text


def test_a_linked_picture_keeps_its_words_and_its_link() -> None:
    text = plain_text('<a href="https://example.com/big"><img src="s" alt="A chart"></a>')
    assert text == "[Image: A chart]\u00a0[1]\n\n[1] https://example.com/big"


def test_headings_are_underlined_and_carry_no_marks() -> None:
    assert plain_text(
        "<h1>One</h1><h2>Two <em>2</em></h2><h3>漢字</h3><h4>Four</h4><p>text</p>"
    ) == page("""
        One
        ===

        Two 2
        -----

        漢字
        ~~~~

        Four

        text
        """)


def test_lists_hang_behind_their_marks() -> None:
    item = "a longer item " * 7
    html = f"<ul><li>{item}</li><li>b<ol start='9'><li>c</li><li>d</li></ol></li><li></li></ul>"
    assert plain_text(html) == page("""
        - a longer item a longer item a longer item a longer item a longer item
          a longer item a longer item
        - b
          9. c
          10. d
        -
        """)


def test_items_of_several_paragraphs_stand_apart() -> None:
    assert plain_text("<ol><li><p>a</p><p>b</p></li><li><p>c</p></li></ol>") == page("""
        1. a

           b

        2. c
        """)


def test_quotes_are_marked_at_every_level() -> None:
    assert plain_text(
        "<blockquote><p>a</p><blockquote><p>b</p></blockquote><ul><li>c</li></ul></blockquote>"
    ) == page("""
        > a
        >
        > > b
        >
        > - c
        """)


def test_code_keeps_its_lines_and_is_never_wrapped() -> None:
    long = "x" * 100
    html = (
        f"<pre><span></span><code>if a:\n\n\n    <span>{long}</span>  \n\tb &lt; c\n</code></pre>"
    )
    assert plain_text(html) == f"    if a:\n\n\n        {long}\n        b < c"


def test_terms_have_their_definitions_under_them() -> None:
    html = "<dl><dt>a</dt><dd>one</dd><dd><p>two</p></dd><dt>b</dt><dd>three</dd></dl>"
    assert plain_text(html) == "a\n    one\n    two\n\nb\n    three"


def test_a_narrow_table_stands_in_columns_with_figures_at_the_right() -> None:
    html = """
        <table><caption>Tides</caption><thead><tr><th>Port</th><th>Height</th></tr></thead>
        <tbody><tr><td>Sandwick</td><td>5.3</td></tr><tr><td>漢字</td><td>-12</td></tr></tbody></table>
    """
    assert plain_text(html) == page("""
        Tides

        Port      Height
        --------  ------
        Sandwick     5.3
        漢字         -12
        """)


def test_a_wide_table_is_told_row_by_row() -> None:
    html = f"""
        <table><tr><th>Port</th><th>Remark</th></tr>
        <tr><td>Sandwick</td><td>{"many words " * 8}</td></tr><tr><td>Exa</td><td></td></tr></table>
    """
    assert plain_text(html) == page("""
        Port: Sandwick
        Remark: many words many words many words many words many words many
          words many words many words

        Port: Exa
        """)


def test_a_table_in_a_table_cell_does_not_count_its_rows_twice() -> None:
    html = "<table><tr><td>a<table><tr><td>b</td></tr></table></td><td>c</td></tr></table>"
    assert plain_text(html).count("b") == 1


def test_text_without_spaces_is_broken_between_wide_characters() -> None:
    text = plain_text(f"<p>{'漢字かな' * 20}。</p>")
    assert [columns(line) for line in text.split("\n")] == [72, 72, 18]
    assert not any(
        line.startswith("。") for line in plain_text(f"<p>{'漢' * 36}。</p>").split("\n")
    )


def test_a_rule_separates() -> None:
    assert plain_text("<p>a</p><hr><p>b</p>") == f"a\n\n{' ' * 33}* * *\n\nb"


def test_what_is_nested_beyond_reason_keeps_its_words() -> None:
    text = plain_text("<div>" * 1500 + "deep" + "</div>" * 1500 + "<p>after</p>")
    assert "deep" in text
    assert "after" in text


def test_nothing_gives_nothing() -> None:
    assert plain_text("") == ""
    assert plain_text("<p> </p><!-- -->\0") == ""


TAGS = [
    "p", "div", "ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th", "h2", "a", "em",
    "strong", "code", "br", "img", "hr", "dl", "dt", "dd", "sup", "span",
]  # fmt: skip
HTML = st.recursive(
    st.text("ab 漢\n<&.", max_size=30),
    lambda inner: st.builds(
        lambda tag, parts: f'<{tag} href="https://example.com/" alt="x">{"".join(parts)}</{tag}>',
        st.sampled_from(TAGS), st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(HTML)
def test_any_html_gives_clean_text(html: str) -> None:
    text = plain_text(html)
    assert text == text.strip("\n")
    assert "\u2028" not in text
    for line in text.split("\n"):
        assert line == line.rstrip(" ")
        assert columns(line) <= WIDTH or "    " in line or " " not in line.strip("> -1.")

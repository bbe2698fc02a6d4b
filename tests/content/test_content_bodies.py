"""What blogs write beside Markdown: attributes, comments, boxes, formulas, emoji."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.emoji import EMOJI
from publisher.content.markdown import to_html
from publisher.markup.text import plain


def html(*lines: str) -> str:
    return to_html("\n".join(lines), key="k")


def squeezed(*lines: str) -> str:
    return "".join(line.strip() for line in html(*lines).splitlines())


# -- attribute lists ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attributes",
    ['{: .note #x key="v"}', "{:.note}", "{: .a.b}", "{:.a #b}", "{: .x target='_blank'}", "{:ref}",
     "{: width=300 }", "{.lead}", "{ #top .a }", "{:.no_toc}", "{:ref: .big title='{'}", "^",
     "{: #x wide }"],
)  # fmt: skip
@pytest.mark.parametrize(
    "block",
    ["A line", "# Head", "- a\n- b", "> q", "```\nx\n```", "| a | b |\n|---|---|\n| 1 | 2 |", "",
     "    code", "1. a\n\n   b", "<div>\nx\n</div>", "$$\nx_1\n$$"],
)  # fmt: skip
def test_attributes_on_a_line_of_their_own_are_not_seen(block: str, attributes: str) -> None:
    with_attributes = html(*block.split("\n"), attributes, "", "after")
    assert plain(with_attributes) == plain(html(*block.split("\n"), "", "after"))


def test_attributes_before_a_block_and_between_two_lines_are_not_seen() -> None:
    assert squeezed("{: .x}", "Next") == "<p>Next</p>"
    assert squeezed("One", "{: .x}", "Two") == "<p>One</p><p>Two</p>"
    assert squeezed("> a", "> {: .x}", "", "b") == "<blockquote><p>a</p></blockquote><p>b</p>"
    assert squeezed("- {: .x} a", "- b") == "<ul><li>a</li><li>b</li></ul>"


def test_ids_languages_and_directions_stay() -> None:
    assert html("## Head", "{: #top}") == '<h2 id="top">Head</h2>'
    assert html("A line", '{: lang="ar" dir="rtl"}') == '<p dir="rtl" lang="ar">A line</p>'
    assert 'id="x"' in html("A line", "{: .a #x}")


@pytest.mark.parametrize(
    "source",
    ['*a*{: .x}', '[a](/b){:target="_blank" rel="nofollow"}', "<b>a</b>{: .x}", "a{:.x .y}",
     "<https://e.org>{: .x}", "a {: .x}", "[^1]{: .x}", "`a`{:.language-ruby}"],
)  # fmt: skip
def test_attributes_in_a_line_are_not_seen(source: str) -> None:
    assert "{" not in html(source)


@pytest.mark.parametrize(
    "source",
    ["It gives {:ok, value} back", "`{: .x}` is kramdown's", "{:ok, value}", "## On {:ok, value}",
     "    {: .x}", "```\n{: .x}\n```", "{ a: 1 }", "The set {x}", "*a*{:ok, b}"],
)  # fmt: skip
def test_other_braces_are_text(source: str) -> None:
    assert "{" in html(source)


@pytest.mark.parametrize(
    "source",
    ["* TOC\n{:toc}", "1. TOC\n{:toc}", "- this will be replaced\n{: .x toc}", "[TOC]", "[[_TOC_]]",
     "* a\n* b\n{:toc .large max_level=2}"],
)  # fmt: skip
def test_the_place_of_a_table_of_contents_is_left_out(source: str) -> None:
    assert squeezed("Before", "", *source.split("\n"), "", "After") == "<p>Before</p><p>After</p>"


def test_comments_are_left_out_and_what_is_no_markdown_stays() -> None:
    assert squeezed("{::comment}", "a", "", "b", "{:/comment}", "c") == "<p>c</p>"
    assert squeezed("a{::comment}x{:/} b") == "<p>a b</p>"
    assert squeezed("{::nomarkdown}", "<hr>*x*", "{:/}", "", "y") == "<hr>*x*<p>y</p>"
    assert squeezed('{::options toc_levels="1" /}', "a") == "<p>a</p>"
    assert squeezed("{::comment}", "never closed") == "<p>never closed</p>"
    assert "{::comment}" in html("`{::comment}` hides")
    assert "{::comment}x{:/}" in html("```", "{::comment}x{:/}", "```")


# -- boxes -------------------------------------------------------------------------------------


def test_alerts_are_quotations_with_a_bold_word() -> None:
    assert squeezed("> [!NOTE]", "> It *is*.") == (
        "<blockquote><p><strong>Note</strong></p><p>It <em>is</em>.</p></blockquote>"
    )
    assert "<strong>Own words</strong>" in html("> [!tip]- Own words", "> x")
    assert "[!" in html("> [!] x")


def test_two_quotations_with_a_line_between_are_two() -> None:
    assert html("> [!NOTE]", "> a", "", "> b", "", "> [!TIP]", "> c").count("<blockquote>") == 3
    assert html("> a", ">", "> b").count("<blockquote>") == 1


@pytest.mark.parametrize(
    ("opening", "heading"),
    [
        (":::note", "Note"),
        (":::note Title here", "Title here"),
        ("::: warning", "Warning"),
        (":::tip[My tip]", "My tip"),
        (':::tip[My tip]{id="a"}', "My tip"),
        ("::: {.callout-note}", "Note"),
        ('::: {.callout-tip title="Try it"}', "Try it"),
        ("::::danger ::::", "Danger"),
    ],
)
def test_containers_are_quotations_with_a_heading(opening: str, heading: str) -> None:
    closed = (":::", "", "c") if not opening.startswith("::::") else ("::::", "", "c")
    assert squeezed(opening, "", "*a*", "", "- b", *closed) == (
        f"<blockquote><p><strong>{heading}</strong></p><p><em>a</em></p>"
        "<ul><li>b</li></ul></blockquote><p>c</p>"
    )


def test_containers_nest_and_a_list_in_one_ends_with_it() -> None:
    assert squeezed("::::info", ":::note", "- a", ":::", "::::", "b") == (
        "<blockquote><p><strong>Info</strong></p><blockquote><p><strong>Note</strong></p>"
        "<ul><li>a</li></ul></blockquote></blockquote><p>b</p>"
    )


def test_a_container_for_a_style_sheet_only_is_no_quotation() -> None:
    assert squeezed("::: {.column width=50%}", "a", ":::") == "<div><p>a</p></div>"


@pytest.mark.parametrize(
    "source", [":::", "`:::note`", "```\n:::note\n```", "a :::note", "    :::note"]
)
def test_other_colons_are_text(source: str) -> None:
    assert ":::" in html(source)


# -- formulas ----------------------------------------------------------------------------------

TEX = r"a_1 + b_2 \\\\ c^*d^* < e & \{f\}"


@pytest.mark.parametrize(("before", "after"), [("$$", "$$"), (r"\[", r"\]"), (r"\\[", r"\\]")])
def test_a_formula_by_itself_is_code_with_all_its_marks(before: str, after: str) -> None:
    shown = TEX.replace("&", "&amp;").replace("<", "&lt;")
    block = f'<pre><code class="language-math">{shown}</code></pre>'
    assert squeezed("a", before, TEX, after, "b") == f"<p>a</p>{block}<p>b</p>"
    assert squeezed(f"{before} {TEX} {after}") == block
    assert squeezed("- a", "", f"  {before}", f"  {TEX}", f"  {after}") == (
        f"<ul><li><p>a</p>{block}</li></ul>"
    )


def test_a_formula_in_a_list_keeps_its_own_indentation_only() -> None:
    assert '<code class="language-math">a\n  b_1\nc</code>' in html(
        "- x", "", "  $$", "  a", "    b_1", "  c", "  $$"
    )


def test_two_formulas_in_a_line_are_two() -> None:
    assert html("$$a_1$$ and $$b_1$$") == "<p><code>a_1</code> and <code>b_1</code></p>"


def test_an_environment_of_latex_is_code() -> None:
    source = (r"\begin{align*}", r"a_1 &= b_1 \\", r"c_* &= d_*", r"\end{align*}")
    assert plain(html(*source)) == " ".join(source)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("the sum $a_1 * b_2 * c$ is", "$a_1 * b_2 * c$"),
        ("let $x$ be", "$x$"),
        ("is $O(n)$.", "$O(n)$"),
        ("is $n+1$-th", "$n+1$"),
        (r"is $\alpha$!", r"$\alpha$"),
        ("is $$x_1 *y* z_1$$ so", "x_1 *y* z_1"),
        (r"is \\(a_b*c*\\) so", "a_b*c*"),
        (r"is \(a_b\) so", "a_b"),
        ("(so $x < y$)", "$x &lt; y$"),
    ],
)
def test_a_formula_in_a_line_is_code(source: str, code: str) -> None:
    assert f"<code>{code}</code>" in html(source)


@pytest.mark.parametrize(
    "source",
    ["It costs $5 and $10.", "from $5-$10 to US$6 or CA$7", "set $HOME and $PATH", "a $ b_c $ d",
     "$foo->bar($baz)", "$PATH:$HOME", "5$ and 10$", "$5/month for one, or 10$", r"\$x_1$ y", "$$$",
     "makes $$ fast, and more $$ soon", r"see \(the note\)", r"\[not a link\]", "$A=1 $B"],
)  # fmt: skip
def test_prices_and_variables_are_text(source: str) -> None:
    made = html(source)
    assert "<code" not in made
    assert plain(made).count("$") == source.count("$")


def test_a_formula_in_code_is_code_already() -> None:
    assert html("`$x_1$`") == "<p><code>$x_1$</code></p>"
    assert html("    $$", "    x", "    $$") == "<pre><code>$$\nx\n$$\n</code></pre>"


def test_dollars_that_nothing_closes_are_text() -> None:
    assert plain(html("$$", "a *b*", "", "c")) == "$$ a b c"


# -- emoji -------------------------------------------------------------------------------------


def test_emoji_are_known_by_their_names() -> None:
    assert plain(html("I :heart: it :tada:, :+1:! [:rocket:](/x)")) == "I ❤️ it 🎉, 👍! 🚀"
    assert all(not sign.isascii() and name.isascii() for name, sign in EMOJI.items())


@pytest.mark.parametrize(
    "source",
    [
        "`:heart:`",
        ":no_such_sign:",
        "10:30:45",
        "std::x::y",
        "a:x:b",
        "https://e.org/:x:/",
        "::x::",
        "a:heart:",
        ":heart:b",
        "/:heart:",
    ],
)
def test_other_colons_around_a_word_stay(source: str) -> None:
    assert ":" in plain(html(source))
    assert not any(sign in html(source) for sign in EMOJI.values())


# -- all of it ---------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["{: .x}", "{:toc}", "{::comment}", "{:/}", "$$", "$a_b$", r"\[", r"\]", ":::note", ":::",
     "> ", "- ", "    ", "\n", "\n\n", "> [!NOTE]", ":tada:", "word", "*em*", "`", "```", "| a |",
     "# ", "1. ", "^", r"\begin{x}", r"\end{x}", "<div>", "</div>", "{#id}", "[^1]", "[^1]: n"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_any_mixture_of_it_is_read_the_same_each_time(source: str) -> None:
    made = html(source)
    assert made == html(source)
    assert "wzxhzdk" not in made

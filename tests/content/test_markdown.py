from __future__ import annotations

import subprocess
import sys

import pytest

from publisher.content.code import LONGEST_COLOURED, language
from publisher.content.markdown import to_html


def html(*lines: str, key: str = "k") -> str:
    return to_html("\n".join(lines), key=key)


def squeezed(text: str) -> str:
    return "".join(line.strip() for line in text.splitlines())


def test_the_extra_set_is_there() -> None:
    made = html(
        "Term", ": what it means", "", "| a | b |", "|--:|---|", "| 1 | 2 |", "", "# T {#top}",
        "", "HTML[^n]", "", "[^n]: A note", "", "*[HTML]: Markup", "",
        '<div markdown="1">', "*in*", "</div>",
    )  # fmt: skip
    for piece in ("<dd>what it means", '<td align="right">1', '<h1 id="top">T</h1>', "<em>in</em>",
                  '<abbr title="Markup">HTML</abbr>', 'class="footnote"'):  # fmt: skip
        assert piece in made


def test_struck_text_bare_links_and_breaks() -> None:
    made = html("~~gone~~ and ~kept~ https://example.org/a_b_c?d=1&e=2. (see https://e.org/x_(y))\\",
                "next")  # fmt: skip
    assert made == (
        '<p><del>gone</del> and ~kept~ <a href="https://example.org/a_b_c?d=1&amp;e=2">'
        'https://example.org/a_b_c?d=1&amp;e=2</a>. (see <a href="https://e.org/x_(y)">'
        "https://e.org/x_(y)</a>)<br>\nnext</p>"
    )


@pytest.mark.parametrize(
    "source",
    [
        "`https://example.org`",
        "[https://example.org](/x)",
        '<a href="https://example.org">https://example.org</a>',
        "<https://example.org>",
        '<img src="https://example.org/a.png" alt="https://example.org">',
        "    https://example.org",
    ],
)
def test_a_url_that_is_linked_or_code_already_gets_no_link_of_its_own(source: str) -> None:
    made = html(source)
    assert made.count("<a ") <= 1
    assert "<a" not in made.replace("<a ", "", 1)


def test_a_label_may_hold_code() -> None:
    made = html("[`Map<K>`][] [`set`] [the map][`map<k>`] [`none`][]", "",
                "[`Map<K>`]: /map", "[`Set`]: /set")  # fmt: skip
    assert made == (
        '<p><a href="/map"><code>Map&lt;K&gt;</code></a> <a href="/set"><code>set</code></a> '
        '<a href="/map">the map</a> [<code>none</code>][]</p>'
    )


def test_two_labels_with_a_space_between_are_two_links() -> None:
    made = html("[a] [b][c] [d] [c]", "", "[a]: /a", "[c]: /c")
    assert made == ('<p><a href="/a">a</a> <a href="/c">b</a> <a href="/c">d</a></p>')


def test_a_backslash_takes_the_meaning_from_any_mark() -> None:
    assert html(r"\<b> \~~c~~ \# C:\dir") == "<p>&lt;b&gt; ~~c~~ # C:\\dir</p>"


def test_what_is_no_tag_of_html_is_text() -> None:
    assert html("<gh: @ada> <tel:1> <b>c</b>") == "<p>&lt;gh: @ada&gt; &lt;tel:1&gt; <b>c</b></p>"


def test_a_hash_without_a_space_is_text() -> None:
    assert html("#1 of many") == "<p>#1 of many</p>"
    assert html("#Heading") == "<p>#Heading</p>"
    assert html("# C#") == "<h1>C#</h1>"
    assert html("## Closed ##") == "<h2>Closed</h2>"
    assert html("####### seven") == "<p>####### seven</p>"


def test_braces_in_a_title_are_text_unless_they_are_attributes() -> None:
    assert html("## The set {x}") == "<h2>The set {x}</h2>"
    assert html("## On {{ page.title }}") == "<h2>On {{ page.title }}</h2>"
    assert html("## A {#a}") == '<h2 id="a">A</h2>'
    assert html("## A {: .b}") == '<h2 class="b">A</h2>'


def test_tasks_are_boxes() -> None:
    made = squeezed(html("- [ ] buy", "- [x] sell", "- [y] keep"))
    assert made == "<ul><li>☐ buy</li><li>☑ sell</li><li>[y] keep</li></ul>"


def test_headings_get_no_ids() -> None:
    assert html("# Same", "", "# Same") == "<h1>Same</h1>\n<h1>Same</h1>"


# -- code --------------------------------------------------------------------------------------


def test_fenced_code_is_coloured_by_classes() -> None:
    made = html("```python", "def a(): pass", "```")
    assert made.startswith('<div class="codehilite"><pre><code class="language-python">')
    assert '<span class="k">def</span>' in made


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ("js", "js"),
        ('js title="x"', "js"),
        ("c++", "c++"),
        ("{.python .numberLines}", "python"),
        ("{#id .sh}", "sh"),
        ("{r, echo=F}", "r"),
        ("rust,ignore", "rust"),
        ("js{1,3-4}", "js"),
        ("objective-c", "objective-c"),
        ("", ""),
        ("{}", ""),
        ("<b>", ""),
    ],
)
def test_the_language_is_the_first_word_behind_the_fence(info: str, name: str) -> None:
    assert language(info) == name


def test_a_language_is_never_guessed_and_an_unknown_one_is_no_fault() -> None:
    assert html("```", "#!/bin/sh", "```") == "<pre><code>#!/bin/sh\n</code></pre>"
    assert html("```nolang", "<b>", "```") == (
        '<pre><code class="language-nolang">&lt;b&gt;\n</code></pre>'
    )


def test_code_of_great_length_is_not_coloured() -> None:
    assert "<span" not in html("```python", "x = 1\n" * (LONGEST_COLOURED // 6 + 1), "```")


def test_code_keeps_its_tabs_blank_lines_and_markup() -> None:
    made = html("```nolang", "", "a\tb", "", "\tc ~~d~~ https://e.org <!--more-->", "", "```")
    assert made == (
        '<pre><code class="language-nolang">\na\tb\n\n'
        "\tc ~~d~~ https://e.org &lt;!--more--&gt;\n\n</code></pre>"
    )


def test_fences_of_tildes_longer_fences_and_a_fence_that_never_ends() -> None:
    assert html("~~~", "```", "~~~") == "<pre><code>```\n</code></pre>"
    assert html("````", "```", "````") == "<pre><code>```\n</code></pre>"
    assert html("a", "```", "b", "", "c") == "<p>a</p>\n<pre><code>b\n\nc\n</code></pre>"


def test_backticks_in_a_line_are_no_fence() -> None:
    assert html("```a``` b") == "<p><code>a</code> b</p>"


# -- footnotes ---------------------------------------------------------------------------------


def test_footnote_ids_differ_between_posts_and_are_the_same_each_time() -> None:
    source = ("a[^1] b[^1] c[^z]", "", "[^1]: one", "[^z]: two")
    ada, grace = html(*source, key="posts/ada"), html(*source, key="posts/grace")
    assert ada == html(*source, key="posts/ada")
    ids = {piece.partition('"')[0] for piece in ada.split('id="')[1:]}
    assert len(ids) == 5
    assert not [one for one in ids if one in grace]
    assert all(f'href="#{one}"' in ada for one in ids)


def test_footnotes_stand_in_the_order_of_their_references() -> None:
    made = html("b[^b] a[^a]", "", "[^a]: first", "[^b]: second")
    assert made.index("second") < made.index("first")


@pytest.mark.parametrize("note", ["[^1]:", "[^1]: [r]: /there", "[^1]: *[x]: y"])
def test_a_footnote_may_say_nothing(note: str) -> None:
    made = html("a[^1]", "", note)
    assert 'href="#fnref' in made
    assert 'href="#fn-' in made


def test_a_footnote_nobody_points_to_is_no_fault() -> None:
    assert "<li" in html("[^1]:", "", "a")


def test_nothing_of_one_post_is_left_for_the_next() -> None:
    html("[a][r] x[^1]", "", "[r]: /there", "", "[^1]: note", "", "*[x]: y")
    assert html("[a][r] x[^1]") == "<p>[a][r] x[^1]</p>"


def test_two_processes_write_the_same_bytes() -> None:
    source = "x[^1] `a`\n\n```python\nimport os\n```\n\n[^1]: n\n"
    script = (
        "import sys; from publisher.content.markdown import to_html; "
        "sys.stdout.write(to_html(sys.argv[1], key='k'))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script, source],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {to_html(source, key="k").encode()}

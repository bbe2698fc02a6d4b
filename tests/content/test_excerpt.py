from __future__ import annotations

import re

import pytest

from publisher.content.excerpt import first_paragraph, says_something, split
from publisher.content.job import Job
from publisher.content.worker import rendered
from publisher.domain.post import Rendered

URL = "https://ada.example.com/2026/tide/"


def made(body: str, *, summary: str | None = None, is_html: bool = False) -> Rendered:
    return rendered(
        Job(
            path="content/tide.md", body=body, body_line=5, is_html=is_html, url=URL, key="tide",
            summary=summary, destination="feed",
        )
    )  # fmt: skip


MARKS = [
    "<!--more-->", "<!-- more -->", "<!--truncate-->", "<!-- truncate -->", "<!-- excerpt -->",
    "<!-- break -->", "<!--fold-->", "<!--  MORE  -->",
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_the_part_before_the_mark_is_the_excerpt(mark: str) -> None:
    post = made(f"Low *water* &amp; mud.\n\n{mark}\n\nThe rest.", summary="not this")
    assert post.excerpt_html == "<p>Low <em>water</em> &amp; mud.</p>"
    assert post.excerpt_text == "Low water & mud."
    assert "The rest." in post.html
    assert "<!--" not in post.html


@pytest.mark.parametrize(
    "body",
    [
        "first\n<!--more-->\nrest",
        "first <!--more--> rest",
        "first\n\n  <!-- more -->\n\nrest",
        "> first\n> <!-- more -->\n> rest",
    ],
)
def test_the_mark_may_stand_in_the_middle_of_a_paragraph(body: str) -> None:
    post = made(body)
    assert post.excerpt_text == "first"
    assert post.excerpt_html is not None
    assert "rest" not in post.excerpt_html
    assert "rest" in post.html


@pytest.mark.parametrize("mark", MARKS[:3])
@pytest.mark.parametrize(
    "code",
    ["```html\n{}\n```", "~~~\n{}\n~~~", "    {}", "`{}`", "- a\n\n  ```\n  {}\n  ```",
     "> ```\n> {}\n> ```", "<pre>\n{}\n</pre>", "<pre><code>{}</code></pre>", "text `a {} b`"],
)  # fmt: skip
def test_a_mark_inside_code_is_an_example_of_one(code: str, mark: str) -> None:
    post = made(f"Intro.\n\n{code.format(mark)}\n\nAfter.")
    assert post.excerpt_html is None
    assert post.excerpt_text == "Intro."
    assert "After." in post.html


def test_a_mark_inside_code_before_the_real_one_does_not_count() -> None:
    post = made("a\n\n```\n<!--more-->\n```\n\nb\n\n<!--more-->\n\nc\n\n<!--more-->\n\nd")
    assert post.excerpt_html is not None
    assert "b" in post.excerpt_html
    assert "&lt;!--more--&gt;" in post.excerpt_html
    assert post.excerpt_text.endswith("b")


@pytest.mark.parametrize(
    "comment", ["<!-- more on this later -->", "<!-- <!--more -->", "<!-- no more -->", "<!--x-->"]
)
def test_other_comments_are_no_mark(comment: str) -> None:
    assert made(f"a\n\n{comment}\n\nb").excerpt_html is None


def test_what_a_mark_cuts_open_is_closed() -> None:
    post = made("<div>\n<p>In <b>here\n<!--more-->\nout</b></p>\n</div>", is_html=True)
    assert post.excerpt_html == "<div>\n<p>In <b>here\n</b></p></div>"


def test_a_mark_in_a_post_that_is_html_counts_too() -> None:
    post = made("<p>a<p><!--more--><p>b", is_html=True)
    assert post.excerpt_text == "a"


def test_nothing_before_the_mark_is_no_excerpt() -> None:
    post = made("<!--more-->\n\nThe rest.\n\nMore of it.")
    assert post.excerpt_html is None
    assert post.excerpt_text == "The rest."


def test_a_picture_before_the_mark_is_an_excerpt_whose_words_come_from_elsewhere() -> None:
    post = made("![A pier](pier.png)\n\n<!--more-->\n\nThe rest.", summary="A pier at low tide.")
    assert post.excerpt_html == f'<p><img alt="A pier" src="{URL}pier.png"></p>'
    assert post.excerpt_text == "A pier at low tide."


def test_an_excerpt_points_to_no_footnote() -> None:
    post = made("Low[^1] tide.\n\n<!--more-->\n\nRest[^2].\n\n[^1]: one\n[^2]: two")
    assert post.excerpt_html == "<p>Low tide.</p>"
    assert post.excerpt_text == "Low tide."
    targets = re.findall(r'href="[^"]*#([^"]*)"', post.html)
    assert len(targets) == 4
    assert all(f'id="{target}"' in post.html for target in targets)


def test_links_of_an_excerpt_may_be_defined_behind_the_mark() -> None:
    post = made("[a][r]\n\n<!--more-->\n\nb\n\n[r]: /there")
    assert post.excerpt_html == '<p><a href="https://ada.example.com/there">a</a></p>'


def test_the_summary_comes_before_the_first_paragraph() -> None:
    assert made("First.", summary="A \n summary <T>").excerpt_text == "A summary <T>"
    assert made("First.", summary=" ").excerpt_text == "First."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "# Title\n\n![x](y.png)\n\nFirst *one*\nhere[^1].\n\nSecond.\n\n[^1]: n",
            "First one here.",
        ),
        ("> A motto\n\nThe text.", "The text."),
        ("> Only a motto", "Only a motto"),
        ("- a\n- b", "a b"),
        ("{% include toc.html %}\n\n{{ page.x }}\n\nThe text.", "The text."),
        ("[toc]\n\nThe text.", "The text."),
        ("a<br>b", "a b"),
        ("&lt;b&gt; &amp;amp; ok", "<b> &amp; ok"),
        ("<iframe src='https://youtu.be/x'></iframe>\n\nThe text.", "The text."),
        ("", ""),
        ("![x](y.png)", ""),
    ],
)
def test_else_the_first_paragraph_that_says_something(body: str, text: str) -> None:
    assert made(body).excerpt_text == text


def test_a_post_without_any_paragraph_is_cut_short() -> None:
    text = first_paragraph("<div>" + "word " * 200 + "</div>")
    assert text.endswith("word …")
    assert len(text) <= 300


def test_a_picture_says_something_and_an_empty_paragraph_does_not() -> None:
    assert says_something('<p><img src="https://e.example/x"></p>')
    assert not says_something("<p> &nbsp;</p>")


@pytest.mark.parametrize("piece", ["<!--", "<pre>", "<!-- more --", "<code><!--more-->"])
def test_looking_for_a_mark_takes_no_time_to_speak_of(piece: str) -> None:
    split(piece * 20_000)  # quadratic, it would take minutes

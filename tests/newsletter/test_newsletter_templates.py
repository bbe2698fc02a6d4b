"""A site's own templates: file by file over the shipped ones, and every fault with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from newsletter_samples import SHIPPED, TOKENS, a_letter, shipped

from publisher.domain.errors import TemplateFault
from publisher.newsletter.templates import Templates


def site(folder: Path, **files: str) -> Templates:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return Templates(folder, SHIPPED)


def fault(templates: Templates) -> str:
    with pytest.raises(TemplateFault) as caught:
        templates.html(a_letter(), TOKENS)
    return str(caught.value)


def test_a_missing_folder_of_the_site_means_the_shipped_templates(tmp_path: Path) -> None:
    absent = Templates(tmp_path / "absent", SHIPPED)
    assert absent.html(a_letter(), TOKENS) == shipped().html(a_letter(), TOKENS)


def test_a_site_overrides_one_file_and_keeps_the_others(tmp_path: Path) -> None:
    templates = site(
        tmp_path, post_html='{% extends "base.html" %}{% block content %}OWN{% endblock %}'
    )
    page = templates.html(a_letter(), TOKENS)
    assert "OWN" in page
    assert "1 Example Street" in page
    assert templates.text(a_letter(), TOKENS) == shipped().text(a_letter(), TOKENS)


def test_a_site_s_file_can_extend_the_shipped_one_that_it_replaces(tmp_path: Path) -> None:
    own = '{% extends "shipped/base.html" %}{% block sender %}OWN SENDER{% endblock %}'
    page = site(tmp_path, base_html=own).html(a_letter(), TOKENS)
    assert "OWN SENDER" in page
    assert "What the fog hides" in page


def test_a_change_shows_at_once(tmp_path: Path) -> None:
    templates = site(tmp_path)
    templates.html(a_letter(), TOKENS)
    site(tmp_path, post_html="NOW {{ unsubscribe_url }}")
    assert templates.html(a_letter(), TOKENS).startswith("NOW")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n\n{{ nope }}", "templates/email/post.html:3: 'nope' is undefined"),
        ("a\n{{ post.nope }}", "templates/email/post.html:2: "),
        ("\n{% if %}", "templates/email/post.html:2: Expected an expression"),
        ("\n\n{% block x %}", "templates/email/post.html:3: "),
        ("\n{{ 1 / 0 }}", "templates/email/post.html:2: division by zero"),
        ("\n{{ post.title + 1 }}", "templates/email/post.html:2: "),
        ("\n{{ letter.posts[7] }}", "templates/email/post.html:2: "),
        ("{{ post.__class__.__mro__ }}", "templates/email/post.html:1: access to attribute"),
        ("\n{% set _ = posts.append(1) %}", "templates/email/post.html:2: "),
        ("\n{{ range(10 ** 9) }}", "templates/email/post.html:2: Range too big"),
        ("{% include 'absent.html' %}", "templates/email/absent.html: no such template"),
        ("{% include '../secret.html' %}", "templates/email/../secret.html: not a name"),
    ],
)
def test_a_fault_says_where_it_is(tmp_path: Path, text: str, message: str) -> None:
    said = fault(site(tmp_path, post_html=text))
    assert said.startswith(message)
    assert "\n" not in said


def test_a_fault_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    templates = site(tmp_path, post_html="\n{% include 'part.html' %}", part_html="\n\n{{ x.y }}")
    assert fault(templates).startswith("templates/email/part.html:3: ")


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "post.html").write_bytes(b"\xff\xfe\x00")
    assert fault(Templates(tmp_path, SHIPPED)) == (
        "templates/email/post.html:1: not UTF-8; save the file as UTF-8"
    )
    (tmp_path / "post.html").unlink()
    (tmp_path / "post.html").mkdir()
    assert fault(Templates(tmp_path, SHIPPED)).startswith(
        "templates/email/post.html: can't be read"
    )


def test_html_is_escaped_in_pages_and_not_in_text() -> None:
    made = a_letter(post={"title": '<b> & "q"'})
    assert "&lt;b&gt; &amp; &#34;q&#34;" in shipped().html(made, TOKENS)
    assert '<b> & "q"' in shipped().text(made, TOKENS)


def test_comments_of_the_style_sheet_stay_at_home() -> None:
    page = shipped().html(a_letter(), TOKENS)
    assert "prefers-color-scheme: dark" in page
    assert "/*" not in page


def test_the_text_part_ends_in_one_line_end() -> None:
    text = shipped().text(a_letter(), TOKENS)
    assert text.endswith("12345 Exampletown\n")
    assert not text.startswith("\n")
    assert "\n\n\n" not in text

"""The pages: filled once, safe in a browser, overridden file by file, and clear when broken."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from publisher.domain.errors import TemplateFault
from publisher.web.pages import Masthead, Page, Pages, fill_pages

TEMPLATES = Path(__file__).parents[2] / "templates" / "web"
SITE = Masthead(title="Field Notes", url="https://example.com")


def filled(site_dir: Path | None = None, site: Masthead = SITE) -> Pages:
    return fill_pages(site, default_dir=TEMPLATES, site_dir=site_dir)


def all_of(pages: Pages) -> list[Page]:
    return [pages.unsubscribe, pages.unsubscribed, pages.notfound, pages.unavailable]


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder


def test_nothing_comes_from_elsewhere_and_no_script_runs() -> None:
    for page in all_of(filled()):
        html = page.body.decode()
        assert not re.search(r"<(script|img|link|iframe|object|base)\b|@import|url\(", html)
        assert not re.search(r"\bon\w+\s*=|\bstyle\s*=|\bsrc\s*=", html)
        assert re.findall(r'href="([^"]*)"', html) == ["https://example.com"]
        assert len(page.body) < 4_000


def test_the_policy_allows_the_page_s_own_styles_and_nothing_more() -> None:
    for page in all_of(filled()):
        style = re.search(rb"<style>(.*)</style>", page.body, re.DOTALL)
        assert style is not None
        own = b64encode(sha256(style[1]).digest()).decode()
        assert page.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{own}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )


def test_each_page_is_made_for_phones_and_for_the_dark() -> None:
    for page in all_of(filled()):
        html = page.body.decode()
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
        assert '<meta name="color-scheme" content="light dark">' in html
        assert "prefers-color-scheme: dark" in html


def test_only_the_page_that_asks_has_a_button() -> None:
    assert [page.body.count(b"<button") for page in all_of(filled())] == [1, 0, 0, 0]


def test_a_title_is_text_whatever_it_holds() -> None:
    site = Masthead(title='</title><script>alert("1")</script>', url="https://example.com/?a&b")
    for page in all_of(filled(site=site)):
        assert b"<script" not in page.body
        assert b"&lt;script&gt;" in page.body


def test_a_site_overrides_one_file_and_keeps_the_others(tmp_path: Path) -> None:
    site_dir = write(
        tmp_path,
        "unsubscribed.html",
        '{% extends "shipped/base.html" %}{% block title %}Auf Wiedersehen{% endblock %}',
    )
    pages = filled(site_dir)
    assert b"Auf Wiedersehen" in pages.unsubscribed.body
    assert b"<style>" in pages.unsubscribed.body
    assert pages.unsubscribe == filled().unsubscribe


def test_a_site_s_base_serves_the_shipped_pages_and_can_extend_the_shipped_one(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "base.html",
        '{% extends "shipped/base.html" %}{% block title %}Ours{% endblock %}',
    )
    assert b"<title>" in filled(tmp_path).notfound.body
    write(tmp_path, "base.html", "<style>b{}</style>{% block content %}{% endblock %}")
    pages = filled(tmp_path)
    assert pages.notfound.body.startswith(b"<style>b{}</style>")
    own = b64encode(sha256(b"b{}").digest()).decode()
    assert f"'sha256-{own}'" in pages.notfound.headers["Content-Security-Policy"]


def test_a_folder_of_the_site_that_is_missing_is_no_fault(tmp_path: Path) -> None:
    assert filled(tmp_path / "nowhere") == filled()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("notfound.html", "\n{% if %}", "templates/web/notfound.html:2: "),
        ("notfound.html", "\n\n{{ nothing }}", "templates/web/notfound.html:3: 'nothing' is undef"),
        ("notfound.html", "{{ site.secret }}", "templates/web/notfound.html:1: "),
        ("notfound.html", "{{ site.title.__class__.__mro__ }}", "templates/web/notfound.html:1: "),
        ("notfound.html", "{{ 1 / 0 }}", "templates/web/notfound.html:1: division by zero"),
        ("notfound.html", "{% extends 'other.html' %}", "templates/web/other.html: no such"),
        ("notfound.html", "{% include '../../etc/passwd' %}", "templates/web/../../etc/passwd: no"),
        ("base.html", "\n{{ nothing }}", "templates/web/base.html:2: 'nothing' is undefined"),
        ("unsubscribe.html", "<p>Bye</p>", 'templates/web/unsubscribe.html: needs <form method="'),
        ("unsubscribe.html", "<form method=get>", "templates/web/unsubscribe.html: needs <form"),
    ],
)
def test_a_broken_template_says_where(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(TemplateFault) as fault:
        filled(write(tmp_path, name, text))
    assert str(fault.value).startswith(said)


def test_a_template_that_is_not_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "notfound.html").write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateFault, match=r"notfound\.html: not UTF-8 text"):
        filled(tmp_path)

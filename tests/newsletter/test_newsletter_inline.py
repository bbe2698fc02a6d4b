from __future__ import annotations

import logging
import re

import pytest
from newsletter_samples import SHIPPED

from publisher.newsletter.inline import InlineFailed, in_head, inlined, is_usable

SHEET = (SHIPPED / "inline.css").read_text(encoding="utf-8")


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>{body}</body></html>"


def test_rules_become_style_attributes() -> None:
    made = inlined(page('<p class="a">x</p>'), "p { color: #123456 } .a { margin: 0 }")
    assert '<p style="color:#123456; margin:0">x</p>' in made


def test_the_page_keeps_its_doctype_its_text_and_what_outlook_reads() -> None:
    opening, closing = (
        "<!--[if mso]><table><tr><td><![endif]-->",
        "<!--[if mso]></table><![endif]-->",
    )
    body = f"{opening}<p>a &amp; é</p>{closing}"
    made = inlined(page(body), "p { margin: 0 }")
    assert made.startswith("<!DOCTYPE html>\n<html>")
    assert f'{opening}<p style="margin:0">a &amp; é</p>{closing}' in made


def test_what_stays_in_the_head_keeps_its_priority() -> None:
    kept = "@media (prefers-color-scheme: dark) { .a { color: #fff !important; } }"
    made = inlined(
        page('<p class="a">x</p>', f'<style data-premailer="ignore">{kept}</style>'),
        ".a { color: #000 }",
    )
    assert f"<style>{kept}</style>" in made
    assert '<p class="a" style="color:#000">' in made


def test_classes_that_no_kept_rule_names_are_dropped_with_the_spans_they_leave_bare() -> None:
    head = '<style data-premailer="ignore">.k { color: red }</style>'
    body = (
        '<pre>a <span class="n">b</span><span class="k x">c</span> <span class="o">d</span>e</pre>'
    )
    made = inlined(page(body, head), "p { margin: 0 }")
    assert '<pre>a b<span class="k">c</span> de</pre>' in made


@pytest.mark.parametrize("style", ["p", "head", "style", "", ";", "a:b", "color:red;;"])
def test_a_style_attribute_can_not_meet_a_selector_in_premailer_s_cache(style: str) -> None:
    made = inlined(page(f'<p style="{style}">x</p><i>y</i>'), "p { margin: 0 } head { margin: 0 }")
    assert "margin:0" in made


def test_an_author_s_own_style_wins() -> None:
    made = inlined(page('<p style="color: red">x</p>'), "p { color: blue; margin: 0 }")
    assert '<p style="color:red; margin:0">' in made


def test_what_the_style_sheet_calls_important_stays_so() -> None:
    made = inlined(page("<p>x</p>"), "p { color: red !important }")
    assert '<p style="color:red !important">' in made


def test_nothing_is_fetched_or_rewritten() -> None:
    head = '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
    body = '<a href="slot-0a-unsubscribe">x</a><a href="https://example.com/?a=1&amp;copy=2">y</a>'
    made = inlined(page(body, head), "a { color: red }")
    assert 'href="slot-0a-unsubscribe"' in made
    assert 'href="https://example.com/?a=1&amp;copy=2"' in made
    assert head in made


def test_no_width_or_colour_attribute_is_made_from_styles() -> None:
    made = inlined(
        page("<table><tr><td>x</td></tr></table>"), "td { width: 5px; text-align: left }"
    )
    assert '<td style="width:5px; text-align:left">' in made


def test_deeply_nested_text_is_kept() -> None:
    made = inlined(page("<div>" * 400 + "deep" + "</div>" * 400), "p { margin: 0 }")
    assert "deep" in made


def test_styles_that_can_not_be_inlined_are_a_failure_of_one_kind() -> None:
    with pytest.raises(InlineFailed, match="Error"):
        inlined(page("<p>x</p>"), 'a[title="a,b"] { color: red }')
    assert not is_usable('a[title="a,b"] { color: red }')
    assert is_usable(SHEET)


def test_styles_that_fail_can_stand_in_the_head() -> None:
    assert in_head(page("x"), "p{}").count("<style>p{}</style></head>") == 1


def test_a_strange_style_sheet_is_not_talked_about(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        inlined(page("<p>x</p>"), "p { mso-hide: all; nonsense; -x-y: 1 } @what ever { } p { col")
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_every_rule_that_ships_is_of_a_kind_that_premailer_inlines() -> None:
    bare = re.sub(r"/\*.*?\*/", "", SHEET, flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", bare)
    assert len(selectors) > 60
    for selector in selectors:
        assert re.fullmatch(r"[\w .,-]+", selector.strip()), selector
    assert not re.search(r"var\(|rgb\(|calc\(|@|#[0-9a-f]{8}\b", bare)

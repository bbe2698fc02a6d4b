from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from htmlread import html_soup, tags_of, values_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from premailer import Premailer

from publisher.markup.clean import clean
from publisher.markup.policy import FEED, MAIL, WEB, Policy
from publisher.markup.rewrite import MAX_DEPTH, TooDeep
from publisher.markup.text import plain
from publisher.markup.urls import LINK_SCHEMES, candidates

BASE = "https://ada.example.com/2026/tide/"
POLICIES = {"feed": FEED, "mail": MAIL, "web": WEB}
EVERY = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())

# Elements and attributes that the W3C feed validator faults, or that act.
FAULTED = {
    "applet", "base", "bdo", "button", "embed", "form", "frame", "iframe", "input", "link", "math",
    "meta", "object", "option", "script", "select", "style", "svg", "template", "textarea", "title",
}  # fmt: skip


def feed(html: str) -> str:
    return clean(html, FEED, base_url=BASE).html


def mail(html: str) -> str:
    return clean(html, MAIL, base_url=BASE).html


def web(html: str) -> str:
    return clean(html, WEB, base_url=BASE).html


ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java&#x0A;script:alert(1)'>x</a>",
    "<a href='&#1;javascript&colon;alert(1)'>x</a>",
    "<a href=data:text/html;base64,PHNjcmlwdD4=>x</a>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate xlink:href=#x attributeName=href values=javascript:alert(1) /><a id=x>x</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<noscr<noscript>ipt><img src=x onerror=alert(1)></noscript>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src='https://w.soundcloud.com/player/?url=javascript:alert(1)'></iframe>",
    "<iframe><img src=x onerror=alert(1)></iframe>",
    "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
    "<video poster=javascript:alert(1)></video>",
    "<img srcset='javascript:alert(1) 1x, x 2x'>",
    "<style>@import 'javascript:alert(1)'</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<meta http-equiv=refresh content='0;javascript:alert(1)'>",
    "<base href=javascript:alert(1)//>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?php <img src=x onerror=alert(1)> ?>",
    "<a name=javascript:alert(1) href='//evil\t.example'>x</a>",
    "<img alt='`><img src=x onerror=alert(1)>'>",
    "<p title='\"><img src=x onerror=alert(1)>'>x</p>",
    "<input type=image src=javascript:alert(1)><isindex action=javascript:alert(1)>",
    "<body onload=alert(1)><frameset onload=alert(1)><frame src=javascript:alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<x-y onclick=alert(1)>x</x-y>",
    "<b\x00 onclick=alert(1)>x</b>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x",
]


def assert_harmless(html: str, policy: Policy) -> None:
    for name, attributes in tags_of(html):
        assert name in policy.tags
        for attribute, value in attributes.items():
            allowed = policy.attributes["*"] | policy.attributes.get(name, frozenset())
            assert attribute in allowed
            if attribute in ("href", "src", "poster", "cite"):
                assert_absolute(value, policy)
            if attribute == "srcset":
                for url, _ in candidates(value):
                    assert_absolute(url, policy)
            if attribute == "style":
                assert not re.search(r"[\\@<]|url|expression|position", value)


def assert_absolute(url: str, policy: Policy) -> None:
    parts = urlsplit(url)
    if parts.scheme == "data":
        assert policy.data_images
        assert url.startswith("data:image/")
    else:
        assert parts.scheme in LINK_SCHEMES
        assert parts.netloc or parts.scheme in ("mailto", "tel", "magnet")


@EVERY
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_acts_gets_through(attack: str, policy: Policy) -> None:
    html = clean(attack, policy, base_url=BASE).html
    assert_harmless(html, policy)
    assert not {name for name, _ in tags_of(html)} & {"script", "iframe", "svg", "style", "form"}


@EVERY
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(html=html_soup)
def test_whatever_comes_in_is_harmless_absolute_and_stable(html: str, policy: Policy) -> None:
    once = clean(html, policy, base_url=BASE).html
    assert_harmless(once, policy)
    assert clean(once, policy, base_url=BASE).html == once
    ElementTree.fromstring(f"<content>{escape(once)}</content>".encode())


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_text_stays_text(text: str) -> None:
    assert plain(feed(f"<p>{escape(text)}</p>")) == plain(escape(text))


_WORDS = st.text("ab 12<&\">'é", min_size=1).map(escape)
_INLINE = st.recursive(
    _WORDS,
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
        st.sampled_from(["em", "b", "code", "span", "font", "nobr", "x-y", "mark", "label"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_INLINE, max_size=3).map("".join), max_size=3))
def test_the_words_of_paragraphs_are_the_same_before_and_after(paragraphs: list[str]) -> None:
    html = "<div>".join(f"<p>{one}</p>" for one in paragraphs)
    for cleaned in (feed(html), mail(html), web(html)):
        assert "".join(plain(cleaned).split()) == "".join(plain(_untagged(html)).split())


def _untagged(html: str) -> str:
    return re.sub(r"</?[a-z-]+>", "", html)


@settings(max_examples=60, deadline=None)
@given(html_soup)
def test_a_feed_holds_nothing_that_a_validator_faults(html: str) -> None:
    for name, attributes in tags_of(feed(html)):
        assert name not in FAULTED
        assert "style" not in attributes
        assert not [one for one in attributes if one.startswith("on")]


def test_every_url_attribute_is_made_absolute() -> None:
    html = web(
        '<a href="/a">a</a><img src="b.png" srcset="b.png 1x, //c.example/b.png 2x">'
        '<video poster="p.jpg" src="/v.mp4"></video><audio><source src="s.ogg"></audio>'
        '<picture><source srcset="w.webp"><img src="w.png"></picture>'
        '<blockquote cite="?q">q</blockquote><q cite="#x">q</q><del cite="/d">d</del>'
    )
    assert values_of(html, "href") == ["https://ada.example.com/a"]
    assert values_of(html, "srcset") == [
        f"{BASE}b.png 1x, https://c.example/b.png 2x",
        f"{BASE}w.webp",
    ]
    assert values_of(html, "src") == [
        f"{BASE}b.png", "https://ada.example.com/v.mp4", f"{BASE}s.ogg", f"{BASE}w.png",
    ]  # fmt: skip
    assert values_of(html, "poster") == [f"{BASE}p.jpg"]
    assert values_of(html, "cite") == [f"{BASE}?q", f"{BASE}#x", "https://ada.example.com/d"]


def test_an_address_in_angle_brackets_and_odd_schemes() -> None:
    html = feed(
        '<a href="mailto:ada@example.com">m</a><a href="tel:+1">t</a>'
        '<a href="magnet:?xt=1">x</a><a href="app://x">gone</a>'
    )
    assert values_of(html, "href") == ["mailto:ada@example.com", "tel:+1", "magnet:?xt=1"]
    assert "gone" in html


def test_an_id_stays_where_a_link_of_the_text_points_to_it() -> None:
    html = feed(
        '<h2 id="unused">A</h2><p id="a b">b</p><p id="note">n</p><a name="old">o</a>'
        '<a href="#note">x</a><a href="#old">y</a>'
    )
    assert values_of(html, "id") == ["note"]
    assert values_of(html, "name") == ["old"]
    assert values_of(html, "href") == [f"{BASE}#note", f"{BASE}#old"]


def test_the_web_keeps_every_id() -> None:
    assert 'id="a"' in clean('<h2 id="a">A</h2>', WEB, base_url=BASE).html


@EVERY
def test_direction_and_language_stay(policy: Policy) -> None:
    html = '<p dir="RTL" lang="he">שלום</p><p dir="up">x</p>'
    cleaned = clean(html, policy, base_url=BASE).html
    assert cleaned == '<p dir="rtl" lang="he">שלום</p><p>x</p>'


@EVERY
def test_characters_that_xml_forbids_go_also_as_references(policy: Policy) -> None:
    cleaned = clean("a\x08&#8;&#11;&#xFFFE;\ud800&#xD800;b", policy, base_url=BASE)
    assert cleaned.html == "ab"
    assert any("U+0008" in note for note in cleaned.notes)


def test_classes_that_only_the_authors_site_knows_go() -> None:
    html = '<p class="lead button">x</p><pre><code class="language-c++ foo">y</code></pre>'
    assert feed(html) == '<p>x</p><pre><code class="language-c++">y</code></pre>'


def test_words_of_code_without_a_colour_lose_their_span() -> None:
    html = '<span class="k">if</span> <span class="n">a</span><span class="p">:</span>'
    assert feed(html) == '<span class="k">if</span> a:'


def test_code_stays_as_it_was_written() -> None:
    html = '<pre><code>&lt;script&gt;alert("&amp;amp;")&lt;/script&gt;\n\n  {{ x }}</code></pre>'
    assert feed(html) == html


def test_boxes_to_tick_become_text() -> None:
    html = "<ul><li><input type=checkbox> a<li><input type=checkbox checked disabled> b</ul>"
    assert feed(html) == "<ul><li>☐ a</li><li>☑ b</li></ul>"


def test_a_form_gives_its_text_and_no_control() -> None:
    cleaned = clean(
        "<form action=/x><p>Name <input name=n></p><select><option>a</select><textarea>t</textarea>"
        "</form>",
        FEED,
        base_url=BASE,
    )
    assert cleaned.html == "<div><p>Name </p></div>"
    assert cleaned.notes == ("<form> is left out of feeds and mail",)


@pytest.mark.parametrize("clean_for", [feed, mail])
def test_a_known_player_becomes_a_link_and_another_frame_one_to_what_it_shows(
    clean_for: Callable[[str], str],
) -> None:
    html = clean_for(
        '<iframe src="https://www.youtube.com/embed/x1" title="Tides"></iframe>'
        "<p>in <iframe src=//player.vimeo.com/video/7></iframe></p>"
        "<iframe src=/map></iframe><embed src=/a.pdf title=Plan><iframe srcdoc=x></iframe>"
    )
    assert values_of(html, "href") == [
        "https://www.youtube.com/watch?v=x1",
        "https://vimeo.com/7",
        "https://ada.example.com/map",
        "https://ada.example.com/a.pdf",
        BASE,
    ]
    assert plain(html) == (
        "▶\ufe0e YouTube: Tides in ▶\ufe0e Vimeo ▶\ufe0e ada.example.com/map ▶\ufe0e Plan "
        "▶\ufe0e ada.example.com/2026/tide"
    )
    assert values_of(html, "src") == ["https://i.ytimg.com/vi/x1/hqdefault.jpg"]


def test_a_title_that_only_names_the_player_again_is_left_out() -> None:
    html = feed('<iframe src="https://player.vimeo.com/video/7" title="Vimeo player"></iframe>')
    assert plain(html) == "▶\ufe0e Vimeo"


@pytest.mark.parametrize(
    "frame",
    [
        '<iframe src="https://count.example/ns" height="0" width="0"></iframe>',
        '<iframe src="https://count.example/ns" style="Display: none"></iframe>',
        '<noscript><iframe src="https://count.example/ns" width=1px></iframe></noscript>',
        "<object data=/x style='visibility:hidden'></object>",
    ],
)
def test_a_frame_that_nobody_sees_leaves_nothing(frame: str) -> None:
    assert feed(frame) == ""


def test_a_frame_that_waits_for_a_script_is_a_link_to_what_it_would_show() -> None:
    html = feed('<iframe data-src="https://player.vimeo.com/video/7"></iframe>')
    assert values_of(html, "href") == ["https://vimeo.com/7"]


def test_a_script_that_puts_something_in_its_place_becomes_a_link() -> None:
    cleaned = clean(
        "<p>a</p><script src=https://gist.github.com/ada/0f.js></script>"
        '<SCRIPT async SRC="//jsfiddle.net/ada/b/embed/"></SCRIPT>'
        "<script src=https://gist.github.com/ada/1f.js?file=x.rb></script><script>1</script>",
        FEED,
        base_url=BASE,
    )
    assert values_of(cleaned.html, "href") == [
        "https://gist.github.com/ada/0f", "https://jsfiddle.net/ada/b/",
        "https://gist.github.com/ada/1f",
    ]  # fmt: skip
    assert plain(cleaned.html) == "a ▶\ufe0e Gist ▶\ufe0e JSFiddle ▶\ufe0e Gist"
    assert cleaned.notes == ("<script> is left out of feeds and mail",)


def test_a_quoted_message_stays_without_the_script_that_dresses_it_up() -> None:
    cleaned = clean(
        '<blockquote class="twitter-tweet"><p>High water</p>&mdash; Ada <a href='
        '"https://social.example/1">1 May</a></blockquote>'
        '<script async src="https://platform.twitter.com/widgets.js"></script>',
        FEED,
        base_url=BASE,
    )
    assert cleaned.html == (
        '<blockquote><p>High water</p>— Ada <a href="https://social.example/1">1 May</a>'
        "</blockquote>"
    )
    assert cleaned.notes == ()


def test_a_film_is_its_poster_and_a_word_with_a_link() -> None:
    source = '<video poster="p.jpg"><source src="v.mp4"><source src="v.ogg">None</video><p>x'
    link = (
        f'<a class="embed" href="{BASE}v.mp4"><img src="{BASE}p.jpg" alt=""><br>▶\ufe0e Video</a>'
    )
    assert feed(source) == mail(source) == f"<p>{link}</p><p>x</p>"


def test_the_web_plays_films_with_their_controls() -> None:
    html = clean('<video autoplay src="v.mp4">No</video>', WEB, base_url=BASE).html
    assert html == f'<video controls="" src="{BASE}v.mp4">No</video>'


def test_a_video_or_sound_without_a_picture_is_a_link_in_words() -> None:
    html = feed("<video src=v.mp4></video><audio src=a.ogg title=Bells></audio><video></video>")
    assert plain(html) == "▶\ufe0e Video ▶\ufe0e Audio: Bells ▶\ufe0e Video"
    assert values_of(html, "href") == [f"{BASE}v.mp4", f"{BASE}a.ogg", BASE]


def test_an_object_shows_what_stands_in_it_or_else_its_picture_or_a_link() -> None:
    html = feed(
        "<object data=/a.svg type=image/svg+xml></object><object data=/b.pdf>The <b>plan</b>"
        "</object><object data=/c.pdf></object><object data=/x><object data=/y></object></object>"
    )
    assert values_of(html, "src") == ["https://ada.example.com/a.svg"]
    assert values_of(html, "href") == ["https://ada.example.com/c.pdf", "https://ada.example.com/y"]
    assert "The <b>plan</b>" in html


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<svg><title>A chart &amp; more</title><text>x</text></svg>", "A chart &amp; more"),
        ('<SVG aria-label="Tides"><path d="M0"/></SVG>', "Tides"),
        ("<svg aria-hidden=true><title>icon</title></svg>", ""),
        ("<svg><path/></svg>", ""),
        ('<math alttext="x^2 &lt; y"><mi>x</mi></math>', "<code>x^2 &lt; y</code>"),
        (
            "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>x_1"
            "</annotation></semantics></math>",
            "<code>x_1</code>",
        ),
        ("<math><mi>x</mi><mo>=</mo><mn>1</mn></math>", "x=1"),
        ("<svg><title><script>alert(1)</script></title></svg>", ""),
        ('<svg aria-label="&lt;img onerror=x&gt;"></svg>', "&lt;img onerror=x&gt;"),
    ],
)
@EVERY
def test_drawings_and_formulas_leave_their_words(source: str, words: str, policy: Policy) -> None:
    assert clean(f"a{source}b", policy, base_url=BASE).html == f"a{words}b"


@EVERY
def test_headings_begin_below_the_title_where_a_text_has_an_h1(policy: Policy) -> None:
    html = "<h1>a</h1><h2>b</h2><h5>c</h5><h6>d</h6>"
    lowered = "<h2>a</h2><h3>b</h3><h6>c</h6><h6>d</h6>"
    assert clean(html, policy, base_url=BASE).html == lowered
    assert clean(lowered, policy, base_url=BASE).html == lowered


def test_a_picture_and_its_copy_for_want_of_scripts_are_one() -> None:
    lazy = "<img src=dot.gif data-src=a.png> <noscript><img src=a.png></noscript>"
    assert feed(lazy) == f'<img src="{BASE}a.png">'
    other = "<img src=a.png><noscript><img src=b.png></noscript>"
    assert values_of(feed(other), "src") == [f"{BASE}a.png", f"{BASE}b.png"]


def test_folded_text_stands_open_in_mail() -> None:
    html = mail("<details><summary>More</summary><p>text</p></details>")
    assert html == "<div><p><strong>More</strong></p><p>text</p></div>"


def test_sections_and_figures_are_plain_boxes_in_mail() -> None:
    html = mail("<section><figure><img src=a.png><figcaption>A</figcaption></figure></section>")
    caption = '<div class="figcaption">A</div>'
    assert html == f'<div><div class="figure"><img src="{BASE}a.png">{caption}</div></div>'


def test_a_picture_without_a_url_gives_its_words() -> None:
    assert feed('<img src="javascript:x" alt="A &amp; B">') == "A &amp; B"
    assert mail('<img src="data:image/png;base64,AAAA" alt="dot">') == "dot"


def test_a_picture_that_waits_for_a_script_is_shown() -> None:
    lazy = '<img src="data:image/gif;base64,AAAA" data-src="real.png"><noscript><b>n</b></noscript>'
    assert feed(lazy) == f'<img src="{BASE}real.png"><b>n</b>'
    assert mail('<img srcset="a.png 1x">') == f'<img src="{BASE}a.png">'


def test_sizes_of_pictures_are_numbers() -> None:
    assert feed('<img src=a width="300px" height="clamp(1)">') == (
        f'<img src="{BASE}a" width="300">'
    )


def test_style_in_mail_is_safe_declarations_only() -> None:
    assert mail('<p style="color:red;position:fixed">x</p>') == '<p style="color:red">x</p>'
    assert mail('<p style="p">x</p>') == "<p>x</p>"


@pytest.mark.parametrize("style", ["p", "head", "a b", ":", "color", "{}", "/*"])
def test_no_style_attribute_of_an_author_breaks_the_inlining(style: str) -> None:
    paragraph = mail(f'<p style="{style}">x</p>')
    html = f"<html><head></head><body>{paragraph}</body></html>"
    inliner = Premailer(
        html, css_text="p { color: red } head { color: red }", allow_network=False,
        disable_validation=True,
    )  # fmt: skip
    assert "color:red" in inliner.transform()


def test_a_whole_page_gives_its_body() -> None:
    html = "<!doctype html><html><head><title>T</title><style>p{}</style></head><body><p>x</body>"
    assert feed(html) == "<p>x</p>"


@EVERY
def test_odd_nesting_comes_to_rest(policy: Policy) -> None:
    once = clean("<a href=1>" + "<table><a href=2>" * 9 + "x", policy, base_url=BASE).html
    assert clean(once, policy, base_url=BASE).html == once


def test_what_is_not_closed_is_closed() -> None:
    assert feed("<p><em>a") == "<p><em>a</em></p>"


def test_the_deepest_text_that_is_let_in_is_whole() -> None:
    html = feed("<div>" * MAX_DEPTH + "x")
    assert html.count("<div>") == MAX_DEPTH
    assert "x" in html


@EVERY
def test_deeper_text_is_refused_and_not_lost(policy: Policy) -> None:
    with pytest.raises(TooDeep, match="200"):
        clean("<div>" * (MAX_DEPTH + 1) + "x", policy, base_url=BASE)


def test_notes_say_what_a_reader_will_not_see() -> None:
    cleaned = clean(
        "<script>1</script><SCRIPT src=x></SCRIPT><a href='app://x'>a</a>", FEED, base_url=BASE
    )
    assert cleaned.notes == (
        "<script> is left out of feeds and mail (2 times)",
        "links that begin with 'app:' are left out of feeds and mail",
    )


def test_an_ordinary_text_leaves_no_note() -> None:
    html = '<p>a <a href="https://example.org/">b</a> <code>&lt;script&gt;</code></p>'
    assert clean(html, FEED, base_url=BASE).notes == ()

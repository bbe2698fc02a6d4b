"""Liquid, tag by tag and filter by filter, as Jekyll has them."""

from __future__ import annotations

import re
import time

import pytest
from templating import FACTS, PAGE, job, shown, warnings

from publisher.content.job import Refusal
from publisher.content.templates.facts import Facts
from publisher.content.templates.fill import ELSEWHERE
from publisher.content.worker import answer, rendered


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("{{ page.title }} of {{ site.title }}", "<p>Here of Ada's site</p>"),
        ("{{ page.author.name }}", "<p>Ada</p>"),
        ("{{ page.odd }}", "<p>{{ y }} {% z %}</p>"),
        ("a {%- assign x = 1 -%} b {%- assign x = 2 -%} c", "<p>abc</p>"),
        ("{% assign x = 'a' | append: 'b' %}{{ x }}", "<p>ab</p>"),
        ("{% capture x %}*c*{% endcapture %}{{ x }} {{ x }}", "<p><em>c</em> <em>c</em></p>"),
        ("{% if page.title == 'Here' %}A{% else %}B{% endif %}", "<p>A</p>"),
        ("{% if page.none %}A{% elsif true %}B{% endif %}", "<p>B</p>"),
        ("{% unless page.none %}A{% endunless %}", "<p>A</p>"),
        ("{% case page.title %}{% when 'Here' %}A{% else %}B{% endcase %}", "<p>A</p>"),
        ("{% for t in page.tags %}{{ t }}{{ forloop.index }} {% endfor %}", "<p>one1 two2 </p>"),
        (
            "{% for i in (1..9) %}{% if i > 2 %}{% break %}{% endif %}{{ i }}{% endfor %}",
            "<p>12</p>",
        ),
        ("{%- comment -%} {{ x }} {%- endcomment -%}a", "<p>a</p>"),
        ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}", "<p>ab</p>"),
        ("a{%- assign x = 1 -%} b", "<p>ab</p>"),
        ("{% # a remark %}a", "<p>a</p>"),
        ("{{ '{% raw %}' }}", "<p>{% raw %}</p>"),
        ("{{ '{{ x }}' }} and `{{ '{{' }} x`", "<p>{{ x }} and <code>{{ x</code></p>"),
        ("{% raw %}{{ x }}{% endraw %}", "<p>{{ x }}</p>"),
        ("`{% raw %}{{ x }}{% endraw %}`", "<p><code>{{ x }}</code></p>"),
        ("{{ page.title\n}}", "<p>Here</p>"),
        ("{{ site.github }} {{ site.nested.deep }}", "<p>ada-l true</p>"),
        ("{{ site.data.people[1].name }}", "<p>Grace</p>"),
        (
            "{% assign p = site.data.people | where: 'role', 'author' | first %}{{ p.name }}",
            "<p>Ada</p>",
        ),
        ("{% if 1 %}\n\n    {% if 1 %}a{% endif %}\n{% endif %}", "<pre><code>a\n</code></pre>"),
    ],
)
def test_liquid_is_run(body: str, html: str) -> None:
    assert shown(body) == html
    assert warnings(body) == []


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'/a.png' | relative_url", "/blog/a.png"),
        ("'a.png' | absolute_url", "https://example.com/blog/a.png"),
        ("'https://example.org/' | relative_url", "https://example.org/"),
        ("page.date | date: '%-d %B %Y'", "5 January 2026"),
        ("page.date | date: '%e|%d|%b|%a|%I:%M %p|%j|%y|%Q'", " 5|05|Jan|Mon|09:03 AM|005|26|%Q"),
        ("page.date | date: '%^b'", "JAN"),
        ("page.date | date_to_string", "05 Jan 2026"),
        ("page.date | date_to_long_string", "05 January 2026"),
        ("page.date | date_to_xmlschema", "2026-01-05T09:03:00+00:00"),
        ("page.date | date_to_rfc822", "Mon, 05 Jan 2026 09:03:00 +0000"),
        ("'no date' | date: '%Y'", "no date"),
        ("'Ä b, c!' | slugify", "ä-b-c"),
        ("'a < b' | xml_escape", "a &lt; b"),
        ("'a b&c' | cgi_escape", "a+b%26c"),
        ("'a b/ä' | uri_escape", "a%20b/%C3%A4"),
        ("page.tags | jsonify", '["one", "two"]'),
        ("page.tags | array_to_sentence_string", "one and two"),
        ("page.tags | push: 'three' | array_to_sentence_string", "one, two, and three"),
        ("page.tags | push: 'three' | pop | shift | join: ','", "two"),
        ("page.tags | unshift: 'zero' | first", "zero"),
        ("'one two' | number_of_words", "2"),
        ("'*a*' | markdownify | strip_html", "a"),
        ("' a  b ' | normalize_whitespace", "a b"),
        ("'/a/index.html' | strip_index", "/a/"),
        ("'3.9' | to_integer", "3"),
        ("site.data.people | group_by: 'role' | map: 'name' | join: ','", "author,reader"),
        ("site.data.people | sort: 'name' | map: 'name' | last", "Grace"),
        ("nothing | default: 'else'", "else"),
    ],
)
def test_filters_do_as_jekylls(expression: str, text: str) -> None:
    html = shown(f"<div>[{{{{ {expression} }}}}]</div>")
    assert html == f"<div>[{text}]</div>"


def test_highlighted_code_is_coloured_and_what_looks_like_a_template_in_it_stays() -> None:
    body = "{% highlight ruby linenos %}\nputs {{ x }} {% if %}\n```\n{% endhighlight %}\nafter"
    html = shown(body)
    assert '<div class="codehilite"><pre><code class="language-ruby">' in html
    assert "{{ x }} {% if %}\n```" in re.sub(r"<[^<>]*>", "", html)
    assert html.endswith("<p>after</p>")
    assert warnings(body) == []


def test_code_that_was_kept_raw_is_coloured_like_any_other() -> None:
    kept = "```jinja\n{% raw %}{% if a %}{% endraw %}\n```"
    assert shown(kept) == shown("```jinja\n{% if a %}\n```")


def test_highlighted_code_may_hold_fences() -> None:
    html = shown("{% highlight text %}\n~~~\na\n~~~~\n{% endhighlight %}\n*after*")
    assert "~~~\na\n~~~~\n</code></pre>" in html
    assert html.endswith("<p><em>after</em></p>")


def test_highlighted_code_stands_in_a_list_item_too() -> None:
    html = shown("- a\n\n  {% highlight text %}\n  one\n    two\n  {% endhighlight %}\n- b")
    assert "one\n  two\n</code></pre></div>\n</li>" in html


def test_a_part_gets_its_parameters_and_may_include_another() -> None:
    assert shown("{% include figure.html src='/a.png' alt=page.title caption=\"C\" %}") == (
        '<p><img src="https://example.com/a.png" alt="Here"><em>C</em></p>'
    )
    assert "https://example.com/o.png" in shown("{% include outer.html %}")
    assert "https://example.com/o.png" in shown(
        "{% assign p = 'outer.html' %}{% include {{ p }} %}"
    )
    assert warnings("{% include figure.html src='/a.png' %}") == []


@pytest.mark.parametrize(
    "body",
    [
        "[a]({% post_url 2026-01-01-there %})",
        "[a]({{ site.baseurl }}{% post_url 2026-01-01-there %})",
        "[a]({{ site.url }}{{ site.baseurl }}{% post_url 2026-01-01-there %})",
        "[a]({% link _posts/2026-01-01-there.md %})",
    ],
)
def test_links_to_posts_lead_to_their_pages(body: str) -> None:
    assert shown(body) == '<p><a href="https://example.com/blog/2026/01/there/">a</a></p>'


def test_a_link_to_a_file_leads_to_the_file() -> None:
    assert shown("[a]({% link /files/a.pdf %})") == (
        '<p><a href="https://example.com/blog/files/a.pdf">a</a></p>'
    )


def test_a_link_that_is_not_known_leads_to_the_posts_own_page() -> None:
    assert f'<a href="{PAGE}">a</a>' in shown("[a]({% post_url 2026-09-09-nowhere %})")


@pytest.mark.parametrize(
    ("body", "kept", "said"),
    [
        ("a {{ site.nothing }} b", "a  b", "{{ site.nothing }} has no value here: left out"),
        ("a {{ 'x' | nofilter }} b", "a  b", "can't be read (unknown filter 'nofilter')"),
        ("a {{ 1 | divided_by: 0 }} b", "a  b", "can't be read"),
        (
            "{% assign x = 9 %}{% for i in (1..14) %}{% assign x = x | times: x %}{% endfor %}"
            "a {{ x }} b",
            "a  b",
            "can't be read (Exceeds the limit",
        ),
        ("a {{ 'b' | to_integer }} c", "a  c", "can't be read (could not convert"),
        (
            "a{% for i in (1..1001) %}{% include empty.html %}{% endfor %}",
            "a",
            "too many parts are included",
        ),
        ("a {% image x.png %} b", "a  b", "{% image … %} is not known here: left out"),
        ("a {% tip %}c{% endtip %} b", "a c b", "its marks are left out"),
        ("a {% include none.html %} b", "a  b", "{% include none.html %} is not known here"),
        ("a {% if %}c{% endif %} b", "a  b", "can't be read"),
        ("a {% if x %} b", "a  b", "{% if … %} is never closed"),
        ("a {% endif %} b", "a  b", None),
        ("a {% else %} b", "a  b", "{% else … %}"),
        ("a {% if x", "a", "{% if x is never closed"),
        ("a {{ x", "a", "{{ x is never closed"),
        ("a {{ now }} b", "a  b", "{{ now }} has no value here"),
        ("a {{ 'now' | date: '%Y' }} b", "a  b", "a feed knows no present"),
        ("a {{ site.time }} b", "a  b", "has no value here"),
        ("a {{ site.data.bad.x }} b", "a  b", "has no value here"),
        ("a {% include self.html %} b", None, "recursive include"),
        ("a {% for i in (1..99999999) %}x{% endfor %} b", "a  b", "loop iteration limit"),
        ("a {{< figure >}} b", "a  b", "is not known here"),
        (
            "a {% for i in page.tags %}{% if i %} b{% endfor %}",
            "a  b b",
            "{% if … %} is never closed",
        ),
    ],
)
def test_what_cannot_be_run_is_left_out_and_said(
    body: str, kept: str | None, said: str | None
) -> None:
    text = shown(body).partition("\n<p><a ")[0]
    if kept is not None:
        assert text == f"<p>{kept}</p>".replace("a</p>", "a </p>") or text == f"<p>{kept}</p>"
    assert "{" not in text
    if said:
        assert any(said in one for one in warnings(body)), warnings(body)


def test_a_page_key_that_is_not_there_is_said_and_misses_nothing() -> None:
    assert ELSEWHERE not in shown("a {{ page.subtitle }}")
    assert warnings("a {{ page.subtitle }}") == [
        "a.md:5: {{ page.subtitle }} has no value here: left out"
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("{% youtube abc_12 %}", "https://www.youtube.com/watch?v=abc_12"),
        ("{% vimeo 12 %}", "https://vimeo.com/12"),
        ("{% gist ada/1234 %}", "https://gist.github.com/ada/1234"),
        ("{% img left /images/a.png 300 %}", "https://example.com/images/a.png"),
        ("{% asset_img a.png Some words %}", f"{PAGE}a.png"),
    ],
)
def test_tags_of_widespread_plugins_show_what_they_are_for(body: str, found: str) -> None:
    assert found in shown(body)


@pytest.mark.parametrize(
    "body",
    [
        "{% include twice.html %}",
        "{% for a in (1..10000) %}{% include figure.html src='a' %}{% endfor %}",
        "{% assign a = 'xx' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}",
        "{% for a in (1..90) %}{% for b in (1..90) %}{% for c in (1..90) %}x{% endfor %}"
        "{% endfor %}{% endfor %}",
        "{% if true %}" * 500 + "x" + "{% endif %}" * 500,
        "{{ " + "a[" * 300 + "1" + "]" * 300 + " }}",
        "{% raw %}" * 20_000,
        "{% highlight x %}\n" * 40_000,
        "{{ a }\n" * 60_000,
        "{% if x %}" * 5_000,
        "`" * 3_000 + "{{ x }}",
        "{{ 9 | times: 9 | append: '9' }}" * 1_000,
        "{{ 'a' | " + "append: 'b' | " * 500 + "size }}",
    ],
)
def test_a_template_without_end_costs_little_and_harms_nothing(body: str) -> None:
    started = time.process_time()
    assert isinstance(answer(job(body)), (Refusal, type(rendered(job("a")))))
    assert time.process_time() - started < 4


def test_what_a_template_knows_is_only_what_it_is_given() -> None:
    bare = job("{{ page.title }}{{ site.title }}x", facts=Facts())
    assert rendered(bare).html.startswith("<p>x</p>")
    assert FACTS.includes.keys().isdisjoint({"/etc/passwd", "../config.yaml"})

"""Shortcodes of Hugo and Zola, one by one."""

from __future__ import annotations

import pytest
from templating import PAGE, shown, warnings

from publisher.content.templates.fill import ELSEWHERE

THERE = "https://example.com/blog/2026/01/there/"


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ('{{< figure src="a.png" >}}', f'<p><img src="{PAGE}a.png" alt=""></p>'),
        (
            '{{< figure src="/a.png" alt="A" width="30" >}}',
            '<p><img src="https://example.com/a.png" alt="A" width="30"></p>',
        ),
        (
            '{{< figure src="a.png" title="T" caption="by [x](https://example.org/)" >}}',
            f'<figure><img src="{PAGE}a.png" alt=""><figcaption>T by '
            '<a href="https://example.org/">x</a></figcaption></figure>',
        ),
        (
            '- b\n  {{< figure src="a.png" caption="c" >}}',
            f'<ul>\n<li>b\n    <img src="{PAGE}a.png" alt=""><br>c</li>\n</ul>',
        ),
        (
            '{{< figure src="a.png" link="https://example.org/" >}}',
            f'<p><a href="https://example.org/"><img src="{PAGE}a.png" alt=""></a></p>',
        ),
        (
            '{{< img src="a.png" alt=`A "b"` >}}',
            f'<p><img src="{PAGE}a.png" alt="A &quot;b&quot;"></p>',
        ),
        ('[a]({{< ref "there.md" >}})', f'<p><a href="{THERE}">a</a></p>'),
        ('[a]({{< relref "there.md#b" >}})', f'<p><a href="{THERE}#b">a</a></p>'),
        ('[a]({{% ref path="there.md" %}})', f'<p><a href="{THERE}">a</a></p>'),
        (
            '[a]({{< ref "#here" >}})',
            '<p><a href="https://example.com/blog/2026/01/here/#here">a</a></p>',
        ),
        ('{{< param "author.name" >}} {{< param title >}}', "<p>Ada Here</p>"),
        (
            "{{< gist ada 123 >}}",
            '<p><a href="https://gist.github.com/ada/123">Code on GitHub</a></p>',
        ),
        (
            '{{< x user="ada" id="12" >}}',
            '<p><a href="https://twitter.com/i/status/12">Post on X</a></p>',
        ),
        ("{{< tweet 12 >}}", '<p><a href="https://twitter.com/i/status/12">Post on X</a></p>'),
        (
            "{{< instagram Ab_1 >}}",
            '<p><a href="https://www.instagram.com/p/Ab_1/">Post on Instagram</a></p>',
        ),
        ("{{</* figure src=1 */>}} {{%/* a */%}}", "<p>{{&lt; figure src=1 &gt;}} {{% a %}}</p>"),
        ("`{{</* figure */>}}`", "<p><code>{{&lt; figure &gt;}}</code></p>"),
        ("{{/* youtube(id=1) */}}", "<p>{{ youtube(id=1) }}</p>"),
        ("[a](@/notes/there.md#b)", f'<p><a href="{THERE}#b">a</a></p>'),
        (
            "{{< details summary=More >}}\n*a*\n{{< /details >}}",
            "<details>\n<summary>More</summary>\n<p><em>a</em></p>\n</details>",
        ),
        (
            '{% quote(author="Ada") %}\n*a*\n{% end %}',
            "<blockquote>\n<p><em>a</em></p>\n<p>— Ada</p>\n</blockquote>",
        ),
    ],
)
def test_shortcodes_show_what_they_are_for(body: str, html: str) -> None:
    assert shown(body, "shortcodes") == html
    assert warnings(body, "shortcodes") == []


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ("{{< youtube abc_12 >}}", "https://www.youtube.com/watch?v=abc_12"),
        ('{{< youtube id="abc" autoplay="true" >}}', "https://www.youtube.com/watch?v=abc"),
        ('{{ youtube(id="abc") }}', "https://www.youtube.com/watch?v=abc"),
        ("{{< vimeo 12 >}}", "https://vimeo.com/12"),
    ],
)
def test_a_player_is_a_link_to_what_it_plays(body: str, url: str) -> None:
    assert f'<a class="embed" href="{url}">' in shown(body, "shortcodes")


@pytest.mark.parametrize(
    "body",
    [
        '{{< highlight go "linenos=table" >}}\nx := "{{< y >}}"\n{{< /highlight >}}',
        '{{< code-go >}}\nx := "{{< y >}}"\n{{< /code-go >}}',
        '{{% highlight go %}}x := "{{< y >}}"{{% /highlight %}}',
    ],
)
def test_code_between_shortcodes_is_code(body: str) -> None:
    html = shown(body, "shortcodes")
    assert '<pre><code class="language-go">x := ' in html
    assert "{{&lt; y &gt;}}" in html
    assert warnings(body, "shortcodes") == []


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("a {{< tip >}}*b*{{< /tip >}} c", "<p>a <em>b</em> c</p>"),
        ('a {{% notice note "T" %}}*b*{{% /notice %}} c', "<p>a <em>b</em> c</p>"),
        ("a {% warn() %}*b*{% end %} c", "<p>a <em>b</em> c</p>"),
        ("a {{< outer >}}{{< inner >}}b{{< /inner >}}{{< /outer >}} c", "<p>a b c</p>"),
    ],
)
def test_a_pair_that_is_not_known_keeps_its_text(body: str, kept: str) -> None:
    assert shown(body, "shortcodes") == kept
    assert all("its marks are left out" in one for one in warnings(body, "shortcodes"))


@pytest.mark.parametrize(
    "mark",
    [
        "{{< chart data.csv >}}",
        "{{< self-closing />}}",
        "{{% x %}}",
        "{{ map(lat=1) }}",
        "{{< youtube 'a/../b' >}}",
        "{{< figure >}}",
        "{{< mermaid >}}graph TD{{< /mermaid >}}",
        "{{ page.title }}",
        "{% include a.html %}",
    ],
)
def test_a_single_one_that_is_not_known_is_left_out(mark: str) -> None:
    html = shown(f"a {mark} b", "shortcodes")
    assert html.startswith("<p>a  b</p>")
    assert html.endswith(f"{ELSEWHERE}</a></p>")
    (said,) = warnings(f"a {mark} b", "shortcodes")
    assert said.startswith("a.md:5: {")


def test_a_page_that_is_not_known_is_said_and_the_link_leads_to_the_posts_own() -> None:
    body = '[a]({{< ref "nowhere.md" >}})'
    assert f'<a href="{PAGE}">a</a>' in shown(body, "shortcodes")
    assert "names a page that is not known here" in warnings(body, "shortcodes")[0]


def test_what_stands_in_a_shortcode_is_text_and_no_markup() -> None:
    html = shown('{{< figure src="a.png" alt=\'<script>"\' >}}{{< param title >}}', "shortcodes")
    assert "<script" not in html


def test_closing_marks_without_an_opening_one_are_nothing() -> None:
    assert shown("a {{< /tip >}}{{< /details >}}{% end %} b", "shortcodes") == "<p>a  b</p>"
    assert shown("{{< /details >}}{{< details >}}b", "shortcodes").startswith("<details>")
    html = shown("{{< details >}}a{{< /quote >}} b{{< /details >}}", "shortcodes")
    assert html.endswith("<p>a b</p>\n</details>")

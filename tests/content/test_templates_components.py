"""MDX: JavaScript goes, text stays."""

from __future__ import annotations

import pytest
from templating import PAGE, shown, warnings

from publisher.content.templates.fill import ELSEWHERE


def mdx(body: str) -> str:
    return shown(body, "none", "a.mdx")


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("import A from './a';\n\ntext", "<p>text</p>"),
        ("import A from './a'\nimport {B,\n  C} from 'b'\nimport './c.css'\n\ntext", "<p>text</p>"),
        ("export const meta = {\n  a: 1,\n};\n\ntext", "<p>text</p>"),
        ("export default function A() {\n  return 1\n}\n\ntext", "<p>text</p>"),
        ("<Tabs a={{b: '>'}}>\n\n*in*\n\n</Tabs>", "<p><em>in</em></p>"),
        ("a <Tip>*b*</Tip> c", "<p>a <em>b</em> c</p>"),
        ("<>a</>", "<p>a</p>"),
        ("a {/* remark */} b", "<p>a  b</p>"),
        ("a {'b'}{\" \"}c", "<p>a b c</p>"),
        (
            "import p from './p.png'\n\n<img src={p} alt='P' />",
            f'<p><img src="{PAGE}p.png" alt="P"></p>',
        ),
        (
            "<img src={require('./p.png').default} style={{width: 3}} />",
            f'<p><img src="{PAGE}p.png"></p>',
        ),
        (
            "import p from './p.png'\n\n<Image src={p} alt=\"P\" />",
            f'<p><img src="{PAGE}p.png" alt="P"></p>',
        ),
        ("## A {#b}", "<h2>A</h2>"),
        ("`<Tabs a={b}>` and `{c}`", "<p><code>&lt;Tabs a={b}&gt;</code> and <code>{c}</code></p>"),
        ("1 < 2 and a<B", "<p>1 &lt; 2 and a&lt;B</p>"),
    ],
)
def test_javascript_goes_and_text_stays(body: str, html: str) -> None:
    assert mdx(body) == html


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ("a <Chart data={[1, 2]} /> b", "<Chart>"),
        ("a {frontMatter.title} b", "{frontMatter.title}"),
    ],
)
def test_what_only_the_page_shows_is_left_out_and_said(body: str, label: str) -> None:
    assert mdx(body).startswith("<p>a  b</p>")
    assert mdx(body).endswith(f"{ELSEWHERE}</a></p>")
    assert warnings(body, "none", "a.mdx") == [
        f"a.mdx:5: {label} is not known here: left out; readers get a link to the post's page"
    ]


def test_a_component_with_text_in_it_is_said_and_misses_nothing() -> None:
    assert ELSEWHERE not in mdx("<Tip>a</Tip>")
    (said,) = warnings("<Tip>a</Tip><></>", "none", "a.mdx")
    assert said.startswith("a.mdx:5: <Tip> is not known here: its marks are left out")


def test_a_player_is_a_link_to_what_it_plays() -> None:
    assert "https://www.youtube.com/watch?v=abc" in mdx('<YouTube id="abc" />')


def test_code_that_imports_makes_no_mdx_of_a_post() -> None:
    body = "a {b}\n\n```js\nimport a from 'b'\n```\n"
    assert "<p>a {b}</p>" in shown(body, "none")
    assert warnings(body, "none") == []


def test_lines_of_warnings_are_those_of_the_file() -> None:
    body = "import a from 'b'\n\nexport const c = {\n  d: 1\n}\n\n<Chart />\n"
    assert warnings(body, "none", "a.mdx")[0].startswith("a.mdx:11: <Chart>")
    body = "<Tip\n  a={1}\n>\n\nb\n\n</Tip>\n\n{{ c }}\n"
    assert warnings(body, "none", "a.mdx")[1].startswith("a.mdx:13: {{ c }}")


def test_prose_about_imports_is_prose() -> None:
    assert shown("import duties rose {by} 3%", "none") == "<p>import duties rose {by} 3%</p>"

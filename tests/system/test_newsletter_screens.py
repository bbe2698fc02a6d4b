"""The newsletter as a browser shows it: phones and desktops, light and dark.

The screens are written to build/newsletter/ to be looked at; what can be measured is asserted.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "newsletter"))
from newsletter_samples import a_letter, shipped  # noqa: E402

from publisher.newsletter.compose import compose  # noqa: E402
from publisher.newsletter.letter import Letter  # noqa: E402

pytestmark = pytest.mark.system

SCREENS = ROOT / "build" / "newsletter"
SAMPLE = (ROOT / "tests" / "newsletter" / "sample.html").read_text(encoding="utf-8")

#: What is wide: a table of many columns, a word without end, code, a picture that says it is big.
WIDE = f"""
<table><tr>{"<th>Heading</th>" * 9}</tr><tr>{"<td>unbreakable-value</td>" * 9}</tr></table>
<p>https://example.com/{"a-very-long-path" * 20}</p>
<p><code>{"long_name_" * 30}</code></p>
<div class="codehilite"><pre><span></span><code>{"x = " + "y" * 400}</code></pre></div>
<p><img src="https://example.com/cat.png" alt="x" width="2400" height="1200"></p>
<blockquote><blockquote><ul><li><p>{"word" * 60}</p></li></ul></blockquote></blockquote>
<p style="color: #111111; background-color: #fafafa">An author's own colours.</p>
<p><span style="color: #222222">More of them.</span></p>
"""

#: Each piece of text with its contrast (WCAG 2.2, 1.4.3) against what is painted behind it.
CONTRASTS = """
(() => {
  const rgba = text => text.match(/[0-9.]+/g).map(Number);
  const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(e);
    if (e.className === 'preheader' || style.display === 'none') continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(rgba(style.color)), light(behind(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([contrast, `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`]);
  }
  return found;
})()
"""


def png(width: int, height: int) -> bytes:
    """A picture of that size, in colours that are seen on light and on dark."""
    row = lambda y: bytes(  # noqa: E731
        part for x in range(width) for part in (60 + 120 * x // width, 110 + 90 * y // height, 150)
    )
    pixels = zlib.compress(b"".join(b"\0" + row(y) for y in range(height)))
    chunks = {b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT": pixels}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (chunks | {b"IEND": b""}).items()
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    SCREENS.mkdir(parents=True, exist_ok=True)
    (SCREENS / "cat.png").write_bytes(png(1200, 600))
    (SCREENS / "dog.png").write_bytes(png(420, 300))
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


def page(name: str, letter: Letter) -> Path:
    """The letter as a file whose pictures lie beside it."""
    html = compose(letter, shipped()).html_for("grace@example.org", "https://news.example.com/u/x")
    path = SCREENS / f"{name}.html"
    path.write_text(html.replace('"https://example.com/', '"'), encoding="utf-8")
    return path


PAGES = {
    "sample": a_letter(SAMPLE),
    "wide": a_letter(WIDE, post={"title": "Donaudampfschifffahrtsgesellschaftskapitänsmütze"}),
    "excerpt": a_letter("").by_plain_excerpts(),
    "rtl": a_letter("<p>مرحبا</p><ul><li>واحد</li></ul>" + WIDE, post={"language": "ar"}),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 800])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen_and_everything_can_be_read(
    browser: Chromium, name: str, width: int, scheme: str
) -> None:
    browser.show(page(name, PAGES[name]), width=width, scheme=scheme)
    browser.screen(SCREENS / f"{name}-{width}-{scheme}.png")
    assert browser.value("document.documentElement.scrollWidth") <= width
    contrasts = browser.value(CONTRASTS)
    assert len(contrasts) > 5
    assert min(contrasts)[0] >= 4.5, min(contrasts)


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_whole_page_follows_the_scheme_of_the_reader(
    browser: Chromium, scheme: str, dark: bool
) -> None:
    browser.show(page("sample", PAGES["sample"]), width=375, scheme=scheme)
    assert browser.value("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    for selector in ("body", ".sheet", "td.code", ".story"):
        colour = browser.value(
            f"(function paint(e) {{ const c = getComputedStyle(e).backgroundColor;"
            f" return c === 'rgba(0, 0, 0, 0)' ? paint(e.parentElement) : c;"
            f" }})(document.querySelector('{selector}'))"
        )
        brightness = sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(", "))) / 3
        assert brightness < 50 if dark else brightness > 220, (selector, colour)


def test_the_preheader_is_not_seen(browser: Chromium) -> None:
    browser.show(page("sample", PAGES["sample"]), width=375, scheme="light")
    assert browser.value("document.querySelector('.preheader').getBoundingClientRect().height") == 0


def test_pictures_keep_their_shape_and_are_not_blown_up(browser: Chromium) -> None:
    browser.show(page("sample", PAGES["sample"]), width=800, scheme="light")
    sizes = browser.value("[...document.images].map(i => [i.clientWidth, i.clientHeight])")
    assert sizes == [[560, 280], [420, 300]]

"""HTML as another parser than ours reads it, and random HTML to clean."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import strategies as st

from publisher.markup.text import names

Tag = tuple[str, dict[str, str]]


def tags_of(html: str) -> list[Tag]:
    """Every start tag with its attributes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.tags


def values_of(html: str, name: str) -> list[str]:
    """Every value of one attribute, in order."""
    return [attributes[name] for _, attributes in tags_of(html) if name in attributes]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[Tag] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


_NAMES = names(
    "a abbr article audio b base bdo blockquote body br button caption center code col dd details "
    "dialog div dl dt em embed fieldset figcaption figure font form frameset h1 head hr html "
    "iframe img input li link main marquee math meta mi nobr noscript object ol option p picture "
    "plaintext pre rt ruby script section select source span strong style sub summary sup svg "
    "table tbody td template textarea th thead title tr track tt u ul video wbr x-y xmp"
)
_URLS = (
    "x", "/x", "//h.example/x", "#a", "?q", "", "https://e.example/", "javascript:alert(1)",
    " java\tscript:x", "data:text/html,x", "data:image/png;base64,AAAA", "mailto:ada@example.com",
    "http://[", "http:x", "\\\\h\\x", "x y", "https://www.youtube.com/embed/abc", "a 1x, b 2x",
)  # fmt: skip
_VALUES = st.sampled_from(_URLS) | st.text("a <>&\"':;#%\u202e\x08é", max_size=6)
_ATTRIBUTES = st.sampled_from(
    sorted(
        names(
            "href src srcset poster cite id name class style title alt width dir data-src onclick "
            "type checked open xlink:href background data srcdoc aria-label alttext"
        )
    )
)


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;")


_START = st.builds(
    lambda name, attributes: f"<{name}{''.join(attributes)}>",
    st.sampled_from(sorted(_NAMES)),
    st.lists(
        st.builds(lambda name, value: f' {name}="{_quoted(value)}"', _ATTRIBUTES, _VALUES),
        max_size=3,
    ),
)
_END = st.sampled_from(sorted(_NAMES)).map(lambda name: f"</{name}>")
_BITS = st.sampled_from(
    [
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&#8;",
        "&lt;b&gt;",
        "&amp;amp;",
        "<svg><title>a<b></title></svg>",
        '<svg aria-label="&lt;b&gt;">',
        "</svg>",
        '<math alttext="&lt;i&gt;">',
        "</math>",
        "<script src=//gist.github.com/ada/1.js></script>",
        "<object data=/a.svg type=image/svg+xml>",
        "</object>",
        "<iframe srcdoc='<b>'>",
        "<noscript><img src=x>",
        "\x00",
        "\ud800",
        "<",
        ">",
    ]
)

#: Tags of all kinds, open and shut in any order, with text and rubbish between.
html_soup = st.lists(_START | _END | _BITS | st.text(max_size=4), max_size=14).map("".join)

from __future__ import annotations

import pytest

from publisher.newsletter.fit import fit


@pytest.mark.parametrize(
    ("html", "fitted"),
    [
        (
            '<p><img src="a" alt="x"></p>',
            '<p><img src="a" alt="x" class="natural" width="560"></p>',
        ),
        (
            '<div class="figure"><img src="a"><div class="figcaption">words</div></div>',
            '<div class="figure"><img src="a" alt="" class="natural" width="560">'
            '<div class="figcaption">words</div></div>',
        ),
        ('<p><img src="a" alt="" width="300" height="20"></p>', None),
        (
            '<p><img src="a" alt="" width="1200" height="600"> words</p>',
            '<p><img src="a" alt="" width="560"> words</p>',
        ),
        ('<p>words <img src="badge" alt=""></p>', None),
        ('<p><img src="badge" alt=""> <img src="badge" alt=""></p>', None),
        ('<ul><li><img src="a" alt=""></li></ul>', None),
        (
            '<p><a href="b"><img src="a" alt=""></a></p>',
            '<p><a href="b"><img src="a" alt="" class="natural" width="560"></a></p>',
        ),
        ("<p>a &amp; b &lt; c</p> tail", None),
        ("", None),
    ],
)
def test_pictures_get_a_width_where_outlook_needs_one(html: str, fitted: str | None) -> None:
    assert fit(html) == (html if fitted is None else fitted)


def test_a_table_gets_a_box_to_scroll_in_and_its_inner_tables_none() -> None:
    inner = "<table><tr><td>b</td></tr></table>"
    html = f"a<table><tr><td>{inner}</td></tr></table>c"
    assert fit(html) == f'a<div class="wide"><table><tr><td>{inner}</td></tr></table></div>c'


def test_the_alignment_of_a_cell_is_a_style_that_no_rule_overrules() -> None:
    cells = '<th align="right">a</th><td align="center" style="color:red">b</td>'
    assert fit(f"<table><tr>{cells}</tr></table>") == (
        '<div class="wide"><table><tr><th align="right" style="text-align:right;">a</th>'
        '<td align="center" style="text-align:center;color:red">b</td></tr></table></div>'
    )


def test_code_stands_in_a_cell_that_outlook_can_pad() -> None:
    fitted = fit("<div><pre>a\n\n  b</pre>tail</div>")
    assert fitted.startswith('<div><table class="code" role="presentation"')
    assert fitted.endswith('<tr><td class="code"><pre>a\n\n  b</pre></td></tr></table>tail</div>')


def test_code_inside_a_table_stays_inside() -> None:
    assert fit("<table><tr><td><pre>a</pre></td></tr></table>").count("wide") == 1

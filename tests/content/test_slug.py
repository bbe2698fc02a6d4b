"""Names made fit for a URL, as each generator makes them."""

from __future__ import annotations

import pytest

from publisher.content.slug import (
    github_slug,
    pelican_slug,
    safe_slug,
    sanitized,
    zola_slug,
)


@pytest.mark.parametrize(
    ("text", "hugo", "zola", "pelican", "github"),
    [
        ("plain", "plain", "plain", "plain", "plain"),
        ("C++ & More", "C++-More", "c-more", "c-more", "c--more"),
        ("a - b", "a-b", "a-b", "a-b", "a---b"),
        ("  Grüße, Welt! ", "Grüße-Welt", "grusse-welt", "grusse-welt", "--grüße-welt-"),
        ("What's new (2026)?", "Whats-new-2026", "what-s-new-2026", "whats-new-2026",
         "whats-new-2026"),
        ("5.0.0_rc", "5.0.0_rc", "5-0-0-rc", "500_rc", "500_rc"),
        ("100%25 x%", "100%25-x", "100-25-x", "10025-x", "10025-x"),
        ("Øl — Œuvre ŁÓDŹ", "Øl-Œuvre-ŁÓDŹ", "ol-oeuvre-lodz", "ol-oeuvre-lodz",
         "øl--œuvre-łódź"),
        ("日本 語", "日本-語", "日本-語", "日本-語", "日本-語"),
        ("<em>x</em>", "emx/em", "em-x-em", "x", "emxem"),
    ],
)  # fmt: skip
def test_a_name_becomes_what_the_generator_makes_of_it(
    text: str, hugo: str, zola: str, pelican: str, github: str
) -> None:
    assert sanitized(text) == hugo
    assert zola_slug(text) == zola
    assert pelican_slug(text) == pelican
    assert github_slug(text) == github


def test_a_safe_slug_leaves_out_only_what_no_file_system_takes() -> None:
    assert safe_slug("Été: a/b? <3. ") == "Été ab 3"

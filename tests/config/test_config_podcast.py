"""The keys by which a site's feeds are a podcast."""

from datetime import date
from pathlib import Path

import pytest

from publisher.bootstrap import Edge, open_site
from publisher.config.load import read
from publisher.config.podcast import CATEGORIES
from publisher.domain.errors import ConfigError
from publisher.domain.post import Author
from publisher.feeds.podcast import Podcast

SITE = """site:
  title: Notes
  url: https://example.com
  author: {name: Ada Example, email: ada@example.com}
  id_date: 2026-01-01
"""
PODCAST = """feeds:
  podcast:
    image: https://example.com/cover.jpg
    category: Society & Culture > Documentary
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read(f"{SITE}{text}".encode(), Path("config.yaml"), {}, today=date(2026, 3, 1))
    return str(refused.value).splitlines()


def podcast_of(tmp_path: Path, text: str) -> Podcast | None:
    (tmp_path / "config.yaml").write_text(f"{SITE}{text}")
    with open_site(tmp_path / "config.yaml", Edge(environ={})) as site:
        return site.feed_rules.podcast


def test_what_a_podcast_leaves_out_is_the_sites_own(tmp_path: Path) -> None:
    ada = Author(name="Ada Example", email="ada@example.com")
    assert podcast_of(tmp_path, PODCAST) == Podcast(
        image="https://example.com/cover.jpg",
        category=("Society & Culture", "Documentary"),
        author="Ada Example",
        owner=ada,
    )


def test_a_podcast_says_who_makes_and_owns_it(tmp_path: Path) -> None:
    rest = """    author: The crew
    owner: {name: Grace, email: grace@example.org}
    explicit: yes
    type: serial
"""
    found = podcast_of(tmp_path, f"{PODCAST}{rest}")
    assert found is not None
    assert (found.author, found.explicit, found.kind) == ("The crew", True, "serial")
    assert found.owner == Author(name="Grace", email="grace@example.org")


def test_a_site_is_no_podcast_unless_it_says_so(tmp_path: Path) -> None:
    assert podcast_of(tmp_path, "") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("feeds: {podcast: {category: Music}}\n", "feeds.podcast.image"),
        ("feeds: {podcast: {image: 'https://e.org/a.jpg'}}\n", "feeds.podcast.category"),
        (PODCAST.replace("Society & Culture", "Culture"), "one of Apple's categories"),
        (PODCAST.replace("Documentary", "Documentary > More"), "one of Apple's categories"),
        (f"{PODCAST}    type: weekly\n", "expected episodic or serial, not 'weekly'"),
        (PODCAST.replace("https://example.com/cover.jpg", "cover.jpg"), "feeds.podcast.image"),
        (f"{PODCAST}    owner: {{name: Ada, email: ada}}\n", "feeds.podcast.owner.email"),
    ],
)  # fmt: skip
def test_a_podcast_that_no_directory_would_take_is_refused(text: str, problem: str) -> None:
    [found] = problems(text)
    assert problem in found


def test_every_category_of_apples_is_taken() -> None:
    for category in CATEGORIES:
        text = f"{SITE}{PODCAST}".replace("Society & Culture > Documentary", category)
        settings = read(text.encode(), Path("config.yaml"), {}, today=date(2026, 3, 1))
        assert settings.feeds.podcast is not None
        assert settings.feeds.podcast.category == category

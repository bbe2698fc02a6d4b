"""Generated blogs, the same ones every time."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

_TEXT = """
tide rope harbour fog bell swell gauge chart wind stone lamp mast shore gull net line
depth mark hour water slack ebb flood sand pier boat
"""
WORDS = _TEXT.split()

CONFIG = """\
site:
  title: Bench
  url: https://bench.example.com
  author: {{name: Ada Example, email: ada@example.com}}
  id_date: 2020-01-01
newsletter:
  from: Ada Example <ada@example.com>
  postal_address: Bench, 1 Example Street
  settle: 1s
  max_posts_per_hour: 1000
delivery:
  transport: {transport}
web:
  url: https://news.example.com
  listen: 127.0.0.1:{port}
"""


def make_blog(
    root: Path, posts: int, *, transport: str = "maildir:outbox", port: int = 8000
) -> None:
    """A configuration and so many posts of about 800 words, a day apart, the last in 2025."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "config.yaml").write_text(CONFIG.format(transport=transport, port=port))
    for number in range(posts):
        day = date(2025, 12, 31) - timedelta(days=posts - number)
        write_post(root / f"content/{day.year}/{day}-post-{number}.md", number, {})


def write_post(path: Path, number: int, keys: dict[str, str]) -> None:
    """One post. ``keys`` go into its front matter beside title and tags."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {"title": f"Post {number}", "tags": f"[{WORDS[number % 20]}]", **keys}
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    path.write_text(f"---\n{lines}---\n\n{_body(number)}")


def _body(number: int) -> str:
    paragraphs = []
    for paragraph in range(10):
        words = [WORDS[(number * 7 + paragraph * 13 + at * at) % len(WORDS)] for at in range(80)]
        words[5] = f"**{words[5]}**"
        words[9] = f"[{words[9]}](https://example.org/{number})"
        paragraphs.append(" ".join(words).capitalize() + ".")
    paragraphs.insert(3, "```python\nfor hour in range(6):\n    print(hour)\n```")
    paragraphs.insert(6, "## A heading\n\n- one\n- two\n- three")
    return "\n\n".join(paragraphs) + "\n"

"""A look at a blog's folder: the names of its files, and the texts that say how it is made.

Only this module touches the folder, and it only reads. What is decided on is the ``Tree``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: Folders that hold what was made or installed, never a blog's sources.
_PASSED_OVER = frozenset({
    "node_modules", "vendor", "_site", "dist", "target", "venv", "__pycache__", "resources",
})  # fmt: skip
_SHOWN_DOTS = frozenset({".eleventy.js", ".eleventy.cjs", ".eleventy.mjs"})

#: Files whose text says something of the site.
_TOLD = re.compile(
    r"(?:.*/)?(?:_config\.(?:yml|yaml|toml)|hugo\.\w+|config\.(?:toml|ya?ml|json)|CNAME"
    r"|\.?eleventy(?:\.config)?\.[cm]?[jt]s|astro\.config\.\w+|docusaurus\.config\.\w+"
    r"|pelicanconf\.py|publishconf\.py|package\.json|authors\.ya?ml)"
    r"|config/[\w-]+/[\w.-]+\.(?:toml|ya?ml|json)"
    r"|(?:.*/)?_data/[\w-]+\.(?:json|ya?ml|[cm]?js|ts)|(?:.*/)?[\w.-]+\.11tydata\.(?:json|[cm]?js)"
    r"|(?:.*/)?([\w-]+)/\1\.json|src/(?:consts|config|site\.config)\.\w+"
)

LARGEST = 512 * 1024
MOST = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """``files`` are paths below the blog's folder, with ``/``; ``texts`` those of some of them."""

    files: frozenset[str]
    texts: Mapping[str, str] = field(default_factory=dict)

    def text(self, *paths: str) -> str | None:
        """The text of the first of these files that is there."""
        return next((self.texts[path] for path in paths if path in self.texts), None)

    def first(self, pattern: str) -> str | None:
        """The first file, by name, whose whole path a regular expression matches."""
        return next(iter(self.all(pattern)), None)

    def all(self, pattern: str) -> list[str]:
        """Every such file, by name."""
        return sorted(path for path in self.files if re.fullmatch(pattern, path))

    def folder(self, path: str) -> bool:
        """Whether there is a file below a folder."""
        return any(name.startswith(f"{path}/") for name in self.files)


def look(root: Path) -> Tree:
    """The folder as it is now. Raises OSError where it can't be listed."""
    names = sorted(_names(root))
    texts = {}
    for name in names:
        if _TOLD.fullmatch(name) and (text := _text(root / name)) is not None:
            texts[name] = text
    return Tree(files=frozenset(names), texts=texts)


def _names(root: Path) -> Iterator[str]:
    """The files below a folder; links to folders are not followed."""
    with os.scandir(root):
        pass  # a folder that can't be listed is an error; those below it are passed over
    count = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name for name in folders if name not in _PASSED_OVER and not name.startswith(".")
        ]
        below = Path(folder).relative_to(root)
        for name in files:
            if not name.startswith(".") or name in _SHOWN_DOTS:
                yield (below / name).as_posix()
        count += len(files)
        if count > MOST:
            return


def _text(path: Path) -> str | None:
    """A file's text; None for one that is no file, too large, or not UTF-8."""
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST:
            return None
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None

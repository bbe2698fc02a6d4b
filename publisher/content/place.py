"""What the path of a post says of it: its name, a date, its folders, whether it is a draft."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from posixpath import normpath

#: ``2026-03-01-name``; Jekyll takes one-digit parts too, and Zola ``_`` before the name.
_DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_ ](.*))?", re.ASCII | re.DOTALL)

DRAFTS = "_drafts"
POSTS = "_posts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A path taken apart.

    ``below`` is the path below the content folder, without its extension. ``stem`` is the file's
    name without its extension or, for ``index.md``, its folder's name: such a folder is a bundle.
    ``name`` is the stem without the ``date`` that it may begin with. ``sections`` are the folders
    between the content folder and the post; ``categories`` those above Jekyll's ``_posts`` or
    ``_drafts``.
    """

    stem: str
    name: str
    date: str | None
    sections: tuple[str, ...]
    categories: tuple[str, ...]
    draft: bool
    below: str = ""


def place_of(path: str, content_path: str) -> Place:
    """Take a path apart. Both are relative to the same folder, with ``/``."""
    below = _below(path, content_path)
    *folders, file_name = below.split("/")
    stem = file_name.rpartition(".")[0] or file_name
    special = next((at for at, name in enumerate(folders) if name in (POSTS, DRAFTS)), 0)
    draft = DRAFTS in path and DRAFTS in path.split("/")[:-1]
    categories = tuple(folders[:special])
    if folders and (stem == "index" or stem.startswith("index.")):
        stem = folders.pop()
    date, name = _split(stem)
    return Place(
        stem=stem,
        name=name,
        date=date,
        sections=tuple(folder for folder in folders if not folder.startswith("_")),
        categories=categories,
        draft=draft,
        below=below.rpartition(".")[0] or below,
    )


def _below(path: str, folder: str) -> str:
    return path.removeprefix(_start(folder))


@lru_cache(maxsize=8)
def _start(folder: str) -> str:
    return f"{normpath(folder)}/"


def _split(stem: str) -> tuple[str | None, str]:
    found = _DATED.fullmatch(stem)
    if found is None:
        return None, stem
    return found[1], found[2] or stem

"""Which names and globs keep a file from being a post."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

EXTENSIONS = (".md", ".markdown", ".mdx", ".html")
READ_ANYWAY = frozenset({"_posts", "_drafts"})
NOT_POSTS = ("README", "LICENSE", "CONTRIBUTING")

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^/\[\]]+\]|[^*?\[]+|\[")


def hidden(name: str) -> bool:
    """Whether a file or folder of this name is passed over: editors' own, and Jekyll's."""
    return name[0] in "._~" and name not in READ_ANYWAY


def is_post_name(name: str) -> bool:
    """Whether a file of this name can be a post."""
    small = name.lower()
    return small.endswith(EXTENSIONS) and not name.startswith(NOT_POSTS) and not hidden(name)


def ignorer(globs: Iterable[str], content_path: str) -> Callable[[str], bool]:
    """Whether a path below the content folder matches a glob of the configuration.

    A glob without a slash, but for one at its end, matches a name at any depth; any other the whole
    path, from the content folder or from the configuration's. ``*`` and ``?`` stay within a name,
    ``**`` spans folders. A folder that matches is not entered.
    """
    patterns = [_regex(glob.strip(), content_path) for glob in globs if glob.strip(" /")]
    if not patterns:
        return lambda path: False
    whole = re.compile("|".join(patterns), re.DOTALL)
    return lambda path: whole.fullmatch(path) is not None


def _regex(glob: str, content_path: str) -> str:
    anchored = "/" in glob.rstrip("/")
    glob = glob.removeprefix(f"{content_path}/").strip("/")
    body = "".join(map(_part, _TOKEN.findall(glob)))
    return f"(?:{body})" if anchored else f"(?:.*/)?(?:{body})"


def _part(token: str) -> str:
    if token == "**/":
        return "(?:.*/)?"
    if token in ("**", "*", "?"):
        return {"**": ".*", "*": "[^/]*", "?": "[^/]"}[token]
    if len(token) > 2 and token[0] == "[":
        inner = token[1:-1].replace("\\", "\\\\")
        return f"[{'^/' + inner[1:] if inner[0] == '!' else inner}]"
    return re.escape(token)

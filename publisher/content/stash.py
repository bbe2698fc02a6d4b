"""Where the reader of a dialect puts what is no Markdown while Markdown is read."""

from __future__ import annotations

from typing import Protocol


class Stash(Protocol):
    """Keeps what is no Markdown; each method returns one line that stands for it."""

    def code(self, code: str, info: str) -> str:
        """Code between fences, and what stands behind the opening one."""

    def html(self, html: str) -> str:
        """A piece of HTML; elements may be open at its end."""

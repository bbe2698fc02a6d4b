"""Slots: the places in an issue that each recipient's own value is put into.

In a page that is being made a slot is a token, a word that survives templates, style inlining and
wrapping and that no post contains. Compiling the issue replaces the tokens by cuts in its bytes.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import IntEnum


class Slot(IntEnum):
    """What can differ between two recipients of one issue, and where it stands.

    The numbers are kept in the ledger with each issue, and are the order of a recipient's values.
    """

    TO = 0
    MESSAGE_ID = 1
    LIST_UNSUBSCRIBE = 2
    TEXT_URL = 3
    HTML_URL = 4
    TEXT_ADDRESS = 5
    HTML_ADDRESS = 6


IN_TEXT = {"unsubscribe": Slot.TEXT_URL, "address": Slot.TEXT_ADDRESS}
IN_HTML = {"unsubscribe": Slot.HTML_URL, "address": Slot.HTML_ADDRESS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """The tokens of one issue. ``mark`` is a digest of its content, so no post can hold it."""

    mark: str

    @property
    def unsubscribe(self) -> str:
        """Stands for the URL that leads out."""
        return f"slot-{self.mark}-unsubscribe"

    @property
    def address(self) -> str:
        """Stands for the address the message goes to."""
        return f"slot-{self.mark}-address"

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds each token; its group is the token's name."""
        return re.compile(f"slot-{re.escape(self.mark)}-(unsubscribe|address)")


def put(page: str, tokens: Tokens, address: str, unsubscribe: str) -> str:
    """The page with values in the place of its tokens."""
    values = {"unsubscribe": unsubscribe, "address": address}
    return tokens.pattern.sub(lambda found: values[found[1]], page)


def escape_html(value: str) -> str:
    """A value for HTML text or a quoted attribute."""
    return html.escape(value, quote=True)

"""Body: an issue as composed, before it is bytes. Its pages still hold tokens for the slots."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.domain.finding import Finding
from publisher.newsletter.slots import Tokens, escape_html, put


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """The subject and the two pages of an issue.

    ``excerpt_only`` says that the whole text would have been too long for a mail. ``warnings``
    are for the operator: the mail can go out, but not quite as its templates meant.
    """

    subject: str
    html: str
    text: str
    tokens: Tokens
    excerpt_only: bool = False
    warnings: tuple[Finding, ...] = ()

    def html_for(self, address: str, way_out: str) -> str:
        """The HTML page as one recipient gets it: for a preview, not for sending."""
        return put(self.html, self.tokens, escape_html(address), escape_html(way_out))

    def text_for(self, address: str, way_out: str) -> str:
        """The plain text as one recipient gets it: for a preview, not for sending."""
        return put(self.text, self.tokens, address, way_out)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One person's values. ``message_id`` comes with its brackets; ``name`` may be empty.

    ``unsubscribe_url`` is None where nothing is served; leaving then goes by mail.
    """

    address: str
    name: str
    message_id: str
    unsubscribe_url: str | None

    def way_out(self, mailto: str | None) -> str:
        """The URL that stands in the pages for leaving. ValueError when there is none."""
        url = self.unsubscribe_url or mailto
        if not url:
            raise ValueError("a message that leaves no way out: neither a URL nor an address")
        return url

"""A rehearsal: a post's issue made as if it went out now, to look at or to send to one address.

Nothing of it touches the ledger, and its unsubscribe link leads nowhere.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from publisher.audience.address import parse_address
from publisher.audience.tokens import message_id
from publisher.bodies import Item
from publisher.dial import Transport
from publisher.domain.delivery import SETTLED, State
from publisher.domain.errors import NotFound, OutputUnwritable, Refused, UsageError
from publisher.domain.finding import Finding
from publisher.domain.post import Post, Scan
from publisher.freeze import Editor
from publisher.mail.message import Message
from publisher.newsletter.body import Body
from publisher.newsletter.compile import Compiled, Recipient

READER = "reader@example.com"
INERT = "https://example.com/unsubscribe-is-inert-in-a-preview"


class Scanned(Protocol):
    """The content folder."""

    def scan(self, now: datetime | None = None) -> Scan:
        """What it holds at this moment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """An issue that was made to be looked at."""

    subject: str
    body: Body
    compiled: Compiled
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What became of a test message."""

    state: State
    reply: str

    @property
    def accepted(self) -> bool:
        """Whether it is on its way."""
        return self.state is State.ACCEPTED


def rehearse(folder: Scanned, editor: Editor, path: str | None, now: datetime) -> Rehearsed:
    """Make the issue of a post. Raises NotFound, Refused for a broken one, TemplateFault."""
    scan = folder.scan(now)
    post = _named(scan, path) if path else _next(scan.posts, now)
    item = Item(key=post.path, post=post)
    body = editor.body(item, post.due)
    compiled = editor.compiled(item, post.due, now)
    return Rehearsed(
        subject=compiled.subject,
        body=body,
        compiled=compiled,
        warnings=(*post.warnings, *body.warnings),
    )


def write_files(made: Rehearsed, folder: Path | None) -> dict[str, Path]:
    """Write the issue as HTML, text and .eml. Raises OutputUnwritable."""
    try:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="publisher-preview-"))
        folder.mkdir(parents=True, exist_ok=True)
        paths = {kind: folder / f"issue.{kind}" for kind in ("html", "txt", "eml")}
        paths["html"].write_text(made.body.html_for(READER, INERT), encoding="utf-8")
        paths["txt"].write_text(made.body.text_for(READER, INERT), encoding="utf-8")
        paths["eml"].write_bytes(b"".join(made.compiled.fill(_reader("<preview@example.com>"))))
    except OSError as error:
        raise OutputUnwritable(f"{error.filename}: can't be written: {error.strerror}") from error
    return paths


def send_to(
    made: Rehearsed, address: str, transport: Transport[Message], sender: str, domain: str
) -> Tried:
    """Send the issue to one address. Raises UsageError for no address, RelayRefused."""
    try:
        someone = parse_address(address)
    except ValueError as error:
        raise UsageError(f"--to: {error}") from error
    identity = message_id(b"a test", someone.mailbox + made.subject, domain)
    recipient = Recipient(
        address=someone.address, name="", message_id=identity, unsubscribe_url=INERT
    )
    message = Message(
        sender=sender,
        recipient=someone.address,
        segments=made.compiled.fill(recipient),
        name=f"test-{identity[1:17]}",
    )
    connection = transport.connect()
    try:
        outcome = connection.send(message)
    finally:
        connection.close()
    return Tried(state=SETTLED[outcome.verdict], reply=outcome.reply)


def _reader(identity: str) -> Recipient:
    return Recipient(address=READER, name="A Reader", message_id=identity, unsubscribe_url=INERT)


def _named(scan: Scan, path: str) -> Post:
    wanted = path.removeprefix("./")
    for post in scan.posts:
        if wanted in (post.path, post.url):
            return post
    for broken in scan.broken:
        if wanted == broken.path:
            raise Refused("\n".join(str(problem) for problem in broken.problems))
    raise NotFound(f"{path}: no such post; publisher plan lists them by their path")


def _next(posts: Sequence[Post], now: datetime) -> Post:
    """The post that goes out next or, where none waits, the newest."""
    if not posts:
        raise NotFound("there is no post to preview")
    ahead = [post for post in posts if post.published and post.due > now]
    if ahead:
        return min(ahead, key=lambda post: post.due)
    return max(posts, key=lambda post: (post.published, post.due))

"""Checking a site: every problem of its posts, its templates and the mail they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.bodies import Item
from publisher.content.render import RenderFailed
from publisher.domain.addresses import shared_urls
from publisher.domain.decide import decide
from publisher.domain.errors import TemplateFault
from publisher.domain.finding import Finding
from publisher.domain.plan import Policy
from publisher.domain.post import Post
from publisher.domain.publication import LedgerView
from publisher.foresee import Scanned
from publisher.freeze import Editor

#: How many issues are made to look at: those that wait, and then the newest.
MAILS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What was found, in the order of paths."""

    posts: int
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def check(
    folder: Scanned, view: LedgerView, now: datetime, policy: Policy, editor: Editor, config: str
) -> Checked:
    """Look at everything. Renders each post; makes the mail of those most likely to be mailed.

    ``config`` is what findings call the configuration.
    """
    scan = folder.scan(now)
    plan = decide(scan, view, now, policy)
    items = [Item(key=post.path, post=post) for post in scan.posts]
    pages, failed = editor.bodies.render(items, "feed")
    warnings = [finding for post in scan.posts for finding in post.warnings]
    warnings += [finding for page in pages.values() for finding in page.warnings]
    warnings += shared_urls(scan.posts)
    problems = [*plan.problems, *failed.values()]
    if policy.mail == "incomplete":
        lacks = f"no newsletter can be sent: {policy.mail_lacks} is not set"
        problems.append(Finding(path=config, message=lacks))
    if policy.mail != "off":
        mails = [item for item in _most_likely(items, now) if item.key not in failed]
        for kind, finding in _mail_findings(mails, editor):
            (problems if kind == "problem" else warnings).append(finding)
    return Checked(posts=len(items), problems=_sorted(problems), warnings=_sorted(warnings))


def _mail_findings(items: Sequence[Item], editor: Editor) -> Iterator[tuple[str, Finding]]:
    for item in items:
        try:
            body = editor.body(item, item.post.due)
        except TemplateFault as error:
            yield "problem", error.finding
            return
        except RenderFailed as error:
            yield "problem", error.finding
        else:
            yield from (("warning", finding) for finding in body.warnings)
            if body.excerpt_only:
                message = "too long for a mail: the newsletter has its excerpt and a link"
                yield "warning", Finding(path=item.post.path, message=message)


def _most_likely(items: Sequence[Item], now: datetime) -> list[Item]:
    def rank(item: Item) -> tuple[bool, float]:
        return (not _waits(item.post, now), -item.post.due.timestamp())

    return sorted((item for item in items if item.post.newsletter), key=rank)[:MAILS]


def _waits(post: Post, now: datetime) -> bool:
    return not post.published or post.due > now


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings), key=lambda one: (one.path, one.line or 0, one.message)))

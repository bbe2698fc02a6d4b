"""A small model of what surrounds a decision: files, a ledger, and a person with a say.

Pure: a ledger is a value, and every act on it returns the next one. Moves of issues that the table
of states does not allow fail here, as they would in the real ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath

from publisher.domain.finding import Finding
from publisher.domain.issue import TRANSITIONS, UNFINISHED, IssueState
from publisher.domain.plan import Hold, Mailing, Pause, Plan, Policy, Start
from publisher.domain.post import Author, BrokenPost, Post, Scan
from publisher.domain.publication import Known, LedgerView, OpenIssue

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy(id_authority="example.com", id_date=date(2026, 1, 1))
NO_FOLDER = Finding(path="content", message="there is no such folder")


@dataclass(frozen=True, kw_only=True)
class File:
    """What somebody wrote. Its bytes are all of its fields but ``saved_at``."""

    title: str = "Hello"
    date: datetime = NOON
    body: str = "Some words."
    published: bool = True
    permalink: str | None = None
    names: tuple[str, ...] = ()
    summary: str | None = None
    authors: tuple[Author, ...] = ()
    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    expires: datetime | None = None
    updated: datetime | None = None
    newsletter: bool = True
    former_id: str | None = None
    saved_at: datetime | None = field(default=None, compare=False, repr=False)

    def but(self, **changes: object) -> File:
        """The file after an edit."""
        return replace(self, **changes)

    def at(self, path: str) -> Post:
        """The post that it is at a path, which makes its URL unless it names one itself."""
        stem = PurePosixPath(path).stem
        return Post(
            path=path,
            former_id=self.former_id,
            source_hash=_hash(self),
            content_hash=_hash((self.title, self.body, self.summary, self.authors)),
            title=self.title,
            date=self.date,
            due=self.date,
            published=self.published,
            url=self.permalink or f"https://example.com/{self.date:%Y/%m}/{stem}/",
            names=self.names,
            expires=self.expires,
            updated=self.updated,
            authors=self.authors,
            terms=self.terms,
            summary=self.summary,
            newsletter=self.newsletter,
            saved_at=self.saved_at,
        )


BROKEN = None
Files = Mapping[str, File | None]


def scan(files: Files) -> Scan:
    """A folder as it is seen; a file that is ``BROKEN`` can't be a post."""
    problem = "no date: set date in the front matter, or name the file YYYY-MM-DD-…"
    return Scan(
        posts=tuple(file.at(path) for path, file in sorted(files.items()) if file is not None),
        broken=tuple(
            BrokenPost(path=path, problems=(Finding(path=path, line=1, message=problem),))
            for path, file in sorted(files.items())
            if file is None
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What was written so far. ``starts`` holds when each issue started."""

    known: Mapping[str, Known] = field(default_factory=dict)
    adopted_at: datetime | None = None
    last_pass_at: datetime | None = None
    starts: tuple[datetime, ...] = ()
    issues: int = 0
    doubtful_until: datetime | None = None

    def view(self, now: datetime) -> LedgerView:
        """What a decision reads."""
        return LedgerView(
            adopted_at=self.adopted_at,
            last_pass_at=self.last_pass_at,
            known=tuple(self.known.values()),
            recent_starts=tuple(at for at in self.starts if at > now - HOUR),
            doubtful_until=self.doubtful_until,
        )

    def by_path(self, path: str) -> Known:
        """The post that was last seen at a path."""
        (known,) = (one for one in self.known.values() if one.identity.path == path)
        return known


def apply(ledger: Ledger, plan: Plan, now: datetime) -> Ledger:
    """Write a plan: rows first, then its mail; an issue that starts is being sent."""
    known = dict(ledger.known)
    for identity in plan.identities:
        identity = replace(identity, date=datetime.fromisoformat(identity.date.isoformat()))
        old = known.get(identity.key)
        known[identity.key] = replace(old, identity=identity) if old else Known(identity=identity)
    for publication in plan.publications:
        known[publication.key] = replace(known[publication.key], publication=publication)
    ledger = replace(
        ledger,
        known=known,
        adopted_at=plan.adopted_at or ledger.adopted_at,
        last_pass_at=now,
    )
    for mailing in plan.mailings:
        ledger = _write_mailing(ledger, mailing, now)
    return ledger


def finish(ledger: Ledger, key: str) -> Ledger:
    """The last delivery of an issue that is being sent was settled."""
    assert _issue(ledger, key).state is IssueState.SENDING
    return _move(ledger, key, IssueState.DONE)


def release(ledger: Ledger, key: str) -> Ledger:
    """A person lets go what is held or paused, or wants any other live post mailed."""
    issue = ledger.known[key].issue
    if issue is None:
        ledger = _open(ledger, key, reason="released")
        issue = _issue(ledger, key)
    return _with_issue(ledger, key, replace(issue, released=True))


def skip(ledger: Ledger, key: str) -> Ledger:
    """A person drops a post's mail, begun or not."""
    if ledger.known[key].issue is not None:
        ledger = _move(ledger, key, IssueState.CANCELLED)
    return _mailed(ledger, key)


def pause(ledger: Ledger, key: str) -> Ledger:
    """A person stops an issue that is being sent."""
    return _move(ledger, key, IssueState.PAUSED)


def _write_mailing(ledger: Ledger, mailing: Mailing, now: datetime) -> Ledger:
    key = mailing.key
    known = ledger.known[key]
    assert mailing.issue_id == (known.issue.id if known.issue else None), "a second open issue"
    match mailing:
        case Start():
            ledger = ledger if known.issue else _open(ledger, key, reason=None)
            ledger = replace(ledger, starts=(*ledger.starts, now))
            return _move(ledger, key, IssueState.SENDING)
        case Hold():
            if known.issue is None:
                return _open(ledger, key, reason=mailing.reason)
            return _move(ledger, key, IssueState.HELD, mailing.reason)
        case Pause():
            return _move(ledger, key, IssueState.PAUSED, mailing.reason)


def _open(ledger: Ledger, key: str, *, reason: str | None) -> Ledger:
    number = ledger.issues + 1
    issue = OpenIssue(id=number, state=IssueState.HELD, reason=reason)
    return _with_issue(_mailed(replace(ledger, issues=number), key), key, issue)


def _move(ledger: Ledger, key: str, state: IssueState, reason: str | None = None) -> Ledger:
    issue = _issue(ledger, key)
    assert state in TRANSITIONS[issue.state], f"{issue.state} to {state}"
    moved = OpenIssue(id=issue.id, state=state, reason=reason)
    return _with_issue(ledger, key, moved if state in UNFINISHED else None)


def _mailed(ledger: Ledger, key: str) -> Ledger:
    known = ledger.known[key]
    assert known.publication is not None
    publication = replace(known.publication, awaiting_mail=False)
    changed = replace(known, publication=publication)
    return replace(ledger, known={**ledger.known, key: changed})


def _with_issue(ledger: Ledger, key: str, issue: OpenIssue | None) -> Ledger:
    return replace(ledger, known={**ledger.known, key: replace(ledger.known[key], issue=issue)})


def _issue(ledger: Ledger, key: str) -> OpenIssue:
    issue = ledger.known[key].issue
    assert issue is not None
    return issue


def _hash(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()

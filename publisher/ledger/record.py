"""Writing down what a pass decided, whole or not at all, and what feeds need to stay the same."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold, Pause, Plan
from publisher.domain.publication import Identity, Publication
from publisher.ledger.columns import among
from publisher.ledger.freeze import open_issue, take_up
from publisher.ledger.schema import (
    issue,
    issue_post,
    meta,
    post,
    post_name,
    publication,
    source,
    term,
)

V = TypeVar("V")

#: A term of a feed: taxonomy, folded form, label, slug.
TermRow = tuple[str, str, str, str]

#: How many keys one statement asks for.
_CHUNK = 500

_AT: BindParameter[int] = bindparam("at")
_SEEN = update(post).where(post.c.id == _AT)
_FORGET_NAMES = delete(post_name).where(post_name.c.post_id == _AT)
_RENEW = update(publication).where(publication.c.post_id == _AT)
_FORGET_SOURCE = delete(source).where(source.c.post_id == _AT)
_TAKE_RELEASE_BACK = (
    update(issue)
    .where(
        issue.c.finished_at.is_(None),
        issue.c.released,
        exists().where(issue_post.c.issue_id == issue.c.id, issue_post.c.post_id == _AT),
    )
    .values(released=False)
)
_HOLD = (
    update(issue)
    .where(
        issue.c.id == bindparam("issue"),
        among(issue.c.state, (IssueState.HELD, IssueState.PAUSED)),
    )
    .values(state=IssueState.HELD, reason=bindparam("why"))
)
_PAUSE = (
    update(issue)
    .where(issue.c.id == bindparam("issue"), issue.c.state == IssueState.SENDING)
    .values(state=IssueState.PAUSED, reason=bindparam("why"))
)


def pack(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """File contents, compressed as they are kept. Done before a transaction, not in it."""
    return {key: zlib.compress(data) for key, data in sources.items()}


def record(db: Connection, plan: Plan, packed: Mapping[str, bytes], now: datetime) -> None:
    """Write down a plan: rows that replace those of the same key, and mail to hold or pause.

    ``packed`` has the source of every publication whose ``source_hash`` is not the one kept;
    ValueError where one is missing. What a person did since the plan was decided stands: mail
    that was released, skipped or cancelled is not held again.
    """
    if plan.adopted_at is not None and not _mark(db, "adopted_at"):
        set_moment(db, "adopted_at", plan.adopted_at)
    _write_identities(db, plan.identities)
    keys = [one.key for one in (*plan.publications, *plan.mailings)]
    ids, awaiting = _ids(db, keys), _awaiting(db, keys)
    _write_publications(db, plan.publications, ids, awaiting)
    _keep_sources(db, plan.publications, ids, packed)
    for mailing in plan.mailings:
        if isinstance(mailing, Pause):
            db.execute(_PAUSE, {"issue": mailing.issue_id, "why": mailing.reason})
        elif isinstance(mailing, Hold):
            _hold(db, mailing, now, seen_to=not awaiting.get(mailing.key, True))
    set_moment(db, "last_pass_at", now)


def passed(db: Connection, now: datetime) -> None:
    """Note that a pass was made, though there was nothing to write down."""
    set_moment(db, "last_pass_at", now)


def sources(db: Connection, keys: Iterable[str]) -> dict[str, bytes]:
    """The last good source of each of these posts that was public; others are left out."""
    query = select(source.c.data).join_from(source, post, source.c.post_id == post.c.id)
    found = {key: db.execute(query.where(post.c.key == key)).scalar() for key in keys}
    return {key: zlib.decompress(data) for key, data in found.items() if data is not None}


def terms(db: Connection) -> tuple[TermRow, ...]:
    """Every term that has a feed: taxonomy, folded form, label, slug; by the first two."""
    rows = db.execute(select(term).order_by(term.c.taxonomy, term.c.folded))
    return tuple((row.taxonomy, row.folded, row.label, row.slug) for row in rows)


def remember_terms(db: Connection, rows: Iterable[TermRow]) -> None:
    """Keep terms that are not known yet. Those that are keep their label and slug."""
    known = {(taxonomy, folded) for taxonomy, folded, _, _ in terms(db)}
    columns = ("taxonomy", "folded", "label", "slug")
    new = [dict(zip(columns, row, strict=True)) for row in rows if row[:2] not in known]
    if new:
        db.execute(insert(term), new)


def bump_merges(db: Connection) -> None:
    """Count that two posts were made one, which outdates every plan decided before."""
    found = _mark(db, "merges")
    _set_mark(db, "merges", str(int(found or 0) + 1))


def _mark(db: Connection, key: str) -> str | None:
    found: str | None = db.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
    return found


def set_moment(db: Connection, key: str, moment: datetime) -> None:
    """Keep an instant under a name of its own."""
    _set_mark(db, key, moment.astimezone(UTC).isoformat())


def _set_mark(db: Connection, key: str, value: str) -> None:
    if not db.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount:
        db.execute(insert(meta).values(key=key, value=value))


def _ids(db: Connection, keys: Sequence[str]) -> dict[str, int]:
    """The row ids of those posts that are known."""
    return _by_key(db, select(post.c.key, post.c.id), keys)


def _awaiting(db: Connection, keys: Sequence[str]) -> dict[str, bool]:
    """Of those posts that were ever public, whether their mail is still to be seen to."""
    query = select(post.c.key, publication.c.awaiting_mail).join_from(publication, post)
    return _by_key(db, query, keys)


def _by_key(db: Connection, query: Select[str, V], keys: Sequence[str]) -> dict[str, V]:
    found: dict[str, V] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = query.where(post.c.key.in_(keys[start : start + _CHUNK]))
        found.update({row[0]: row[1] for row in db.execute(chunk)})
    return found


def _run(db: Connection, statement: Insert | Update | Delete, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(statement, rows)


def _write_identities(db: Connection, identities: Sequence[Identity]) -> None:
    keys = [one.key for one in identities]
    known = _ids(db, keys)
    _run(db, insert(post), [_post(one) for one in identities if one.key not in known])
    seen = [one for one in identities if one.key in known]
    _run(db, _SEEN, [{"at": known[one.key], **_post(one)} for one in seen])
    _run(db, _FORGET_NAMES, [{"at": at} for at in known.values()])
    ids = _ids(db, keys) if len(known) < len(keys) else known
    names = [{"post_id": ids[one.key], "name": name} for one in identities for name in {*one.names}]
    _run(db, insert(post_name), names)


def _post(identity: Identity) -> dict[str, Any]:
    return {
        "key": identity.key,
        "path": identity.path,
        "source_hash": identity.source_hash,
        "title": identity.title,
        "date": identity.date,
        "url": identity.url,
        "waiting": identity.waiting,
        "waited_at": identity.waited_at,
        "resembles": identity.resembles,
    }


def _write_publications(
    db: Connection,
    publications: Sequence[Publication],
    ids: Mapping[str, int],
    awaiting: Mapping[str, bool],
) -> None:
    """Write publications. ``awaiting_mail`` is only ever taken back: a post that was skipped or
    released while the plan was made does not wait for its mail again. Nor does what was released
    go out by itself when a post that was withdrawn comes back."""
    new = [one for one in publications if one.key not in awaiting]
    known = [one for one in publications if one.key in awaiting]
    _run(db, insert(publication), [{"post_id": ids[o.key], **_publication(o)} for o in new])
    renewed = [
        {**_publication(one), "awaiting_mail": one.awaiting_mail and awaiting[one.key]}
        for one in known
    ]
    at = [{"at": ids[one.key]} for one in known]
    _run(db, _RENEW, [{**where, **row} for where, row in zip(at, renewed, strict=True)])
    _run(db, _TAKE_RELEASE_BACK, [{"at": ids[one.key]} for one in known if not one.live])


def _publication(publication: Publication) -> dict[str, Any]:
    return {
        "feed_id": publication.feed_id,
        "due": publication.due,
        "live_at": publication.live_at,
        "updated": publication.updated,
        "source_hash": publication.source_hash,
        "content_hash": publication.content_hash,
        "baseline": publication.baseline,
        "expires": publication.expires,
        "withdrawn_at": publication.withdrawn_at,
        "awaiting_mail": publication.awaiting_mail,
    }


def _keep_sources(
    db: Connection,
    publications: Sequence[Publication],
    ids: Mapping[str, int],
    packed: Mapping[str, bytes],
) -> None:
    """Keep the source that each publication names, where it is not the one that is kept."""
    query = select(post.c.key, source.c.hash).join_from(source, post, source.c.post_id == post.c.id)
    kept = _by_key(db, query, [one.key for one in publications])
    new = [one for one in publications if kept.get(one.key) != one.source_hash]
    missing = [one.key for one in new if one.key not in packed]
    if missing:
        raise ValueError(f"a publication without its source: {', '.join(missing)}")
    _run(db, _FORGET_SOURCE, [{"at": ids[one.key]} for one in new if one.key in kept])
    rows = [
        {"post_id": ids[one.key], "hash": one.source_hash, "data": packed[one.key]} for one in new
    ]
    _run(db, insert(source), rows)


def _hold(db: Connection, hold: Hold, now: datetime, *, seen_to: bool) -> None:
    if hold.issue_id is not None:
        db.execute(_HOLD, {"issue": hold.issue_id, "why": hold.reason})
    elif not seen_to:
        take_up(db, hold.key)
        open_issue(db, hold.key, now, reason=hold.reason)

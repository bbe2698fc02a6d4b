"""Writing down what a pass decided, whole or not at all, and what feeds need to stay the same."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold, Pause, Plan
from publisher.domain.publication import Identity, Publication
from publisher.ledger.columns import among, number
from publisher.ledger.freeze import open_issue, take_up
from publisher.ledger.prepared import Prepared, Swift
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

#: A term of a feed: taxonomy, folded form, label, slug.
TermRow = tuple[str, str, str, str]

_AT: BindParameter[int] = bindparam("at")
_KEY: BindParameter[str] = bindparam("key")


def _set(table: Table, at: Column[Any]) -> Prepared:
    """Write every other column of a row by its name."""
    values: dict[Any, Any] = {
        column: bindparam(column.name, type_=column.type) for column in table.c if column is not at
    }
    return Prepared(update(table).where(at == _AT).values(values))


def _new(table: Table, *besides: Column[Any]) -> Prepared:
    """A new row, each value by the name of its column."""
    columns = [column for column in table.c if column not in besides]
    return Prepared(
        insert(table).values({one: bindparam(one.name, type_=one.type) for one in columns})
    )


_MEET, _SEEN = _new(post, post.c.id), _set(post, post.c.id)
_NAME = _new(post_name)
_FORGET_NAMES = Prepared(delete(post_name).where(post_name.c.post_id == _AT))
_SHOW, _RENEW = _new(publication), _set(publication, publication.c.post_id)
_SOURCE = _new(source)
_FORGET_SOURCE = Prepared(delete(source).where(source.c.post_id == _AT))
_ID = Prepared(select(post.c.id).where(post.c.key == _KEY))
_LAST = Prepared(select(func.max(post.c.id)))
_AWAITING = Prepared(
    select(publication.c.awaiting_mail).join_from(publication, post).where(post.c.key == _KEY)
)
_KEPT = Prepared(
    select(source.c.hash)
    .join_from(source, post, source.c.post_id == post.c.id)
    .where(post.c.key == _KEY)
)
_TAKE_RELEASE_BACK = Prepared(
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
    return {key: _deflated(data) for key, data in sources.items()}


def _deflated(data: bytes) -> bytes:
    """As ``zlib.compress`` makes it, with a window of 8 KB: to clear a larger one takes longer than
    to compress a post in it, which gets no smaller by it."""
    packer = zlib.compressobj(wbits=13, memLevel=6)
    return packer.compress(data) + packer.flush()


def record(
    db: Connection, swift: Swift, plan: Plan, packed: Mapping[str, bytes], now: datetime
) -> None:
    """Write down a plan: rows that replace those of the same key, and mail to hold or pause.

    ``packed`` has the source of every publication whose ``source_hash`` is not the one kept;
    ValueError where one is missing. What a person did since the plan was decided stands: mail
    that was released, skipped or cancelled is not held again.
    """
    if plan.adopted_at is not None and not _mark(db, "adopted_at"):
        set_moment(db, "adopted_at", plan.adopted_at)
    known = swift.rows(_LAST, {})[0][0] is not None
    _write_identities(swift, plan.identities, known=known)
    keys = [one.key for one in (*plan.publications, *plan.mailings)]
    ids = _by_key(swift, _ID, keys)
    awaiting = _by_key(swift, _AWAITING, keys) if known else {}
    _write_publications(swift, plan.publications, ids, awaiting)
    _keep_sources(swift, plan.publications, ids, packed, known=known)
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


def _by_key(swift: Swift, statement: Prepared, keys: Iterable[str]) -> dict[str, Any]:
    """What a statement finds for each of these posts; without those that it finds nothing for."""
    found = ((key, swift.rows(statement, {"key": key})) for key in keys)
    return {key: rows[0][0] for key, rows in found if rows}


def _run(swift: Swift, statement: Prepared, rows: list[dict[str, Any]]) -> None:
    if rows:
        swift.change_all(statement, rows)


def _write_identities(swift: Swift, identities: Sequence[Identity], *, known: bool) -> None:
    """``known``: there are posts at all, so these may be among them."""
    keys = [one.key for one in identities]
    ids = _by_key(swift, _ID, keys) if known else {}
    _run(swift, _MEET, [_post(one) for one in identities if one.key not in ids])
    seen = [one for one in identities if one.key in ids]
    _run(swift, _SEEN, [{"at": ids[one.key], **_post(one)} for one in seen])
    _run(swift, _FORGET_NAMES, [{"at": at} for at in ids.values()])
    named = [one for one in identities if one.names]
    ids = _by_key(swift, _ID, (one.key for one in named))
    names = [{"post_id": ids[one.key], "name": name} for one in named for name in {*one.names}]
    _run(swift, _NAME, names)


def _post(identity: Identity) -> dict[str, Any]:
    waited_at = identity.waited_at
    return {
        "key": identity.key,
        "path": identity.path,
        "source_hash": identity.source_hash,
        "title": identity.title,
        "date": identity.date.isoformat(),
        "url": identity.url,
        "waiting": identity.waiting,
        "waited_at": None if waited_at is None else number(waited_at),
        "resembles": identity.resembles,
    }


def _write_publications(
    swift: Swift,
    publications: Sequence[Publication],
    ids: Mapping[str, int],
    awaiting: Mapping[str, bool],
) -> None:
    """Write publications. ``awaiting_mail`` is only ever taken back: a post that was skipped or
    released while the plan was made does not wait for its mail again. Nor does what was released
    go out by itself when a post that was withdrawn comes back."""
    new = [one for one in publications if one.key not in awaiting]
    known = [one for one in publications if one.key in awaiting]
    _run(swift, _SHOW, [{"post_id": ids[one.key], **_publication(one)} for one in new])
    renewed = [
        {
            **_publication(one),
            "at": ids[one.key],
            "awaiting_mail": one.awaiting_mail and bool(awaiting[one.key]),
        }
        for one in known
    ]
    _run(swift, _RENEW, renewed)
    _run(swift, _TAKE_RELEASE_BACK, [{"at": ids[one.key]} for one in known if not one.live])


def _publication(publication: Publication) -> dict[str, Any]:
    expires, withdrawn_at = publication.expires, publication.withdrawn_at
    return {
        "feed_id": publication.feed_id,
        "due": number(publication.due),
        "live_at": number(publication.live_at),
        "updated": number(publication.updated),
        "source_hash": publication.source_hash,
        "content_hash": publication.content_hash,
        "baseline": publication.baseline,
        "expires": None if expires is None else number(expires),
        "withdrawn_at": None if withdrawn_at is None else number(withdrawn_at),
        "awaiting_mail": publication.awaiting_mail,
        "archive": publication.archive,
    }


def _keep_sources(
    swift: Swift,
    publications: Sequence[Publication],
    ids: Mapping[str, int],
    packed: Mapping[str, bytes],
    *,
    known: bool,
) -> None:
    """Keep the source that each publication names, where it is not the one that is kept."""
    kept = _by_key(swift, _KEPT, (one.key for one in publications)) if known else {}
    new = [one for one in publications if kept.get(one.key) != one.source_hash]
    missing = [one.key for one in new if one.key not in packed]
    if missing:
        raise ValueError(f"a publication without its source: {', '.join(missing)}")
    _run(swift, _FORGET_SOURCE, [{"at": ids[one.key]} for one in new if one.key in kept])
    rows = [
        {"post_id": ids[one.key], "hash": one.source_hash, "data": packed[one.key]} for one in new
    ]
    _run(swift, _SOURCE, rows)


def _hold(db: Connection, hold: Hold, now: datetime, *, seen_to: bool) -> None:
    if hold.issue_id is not None:
        db.execute(_HOLD, {"issue": hold.issue_id, "why": hold.reason})
    elif not seen_to:
        take_up(db, hold.key)
        open_issue(db, hold.key, now, reason=hold.reason)

"""A ledger in memory: the same methods and answers as the real one, and no database.

The contract in tests/ledger holds both to the same account. It is one process's, so it has no
copies, no waiting for others, and nothing survives it; ``crash`` stands in for the end of one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fakes.ledger_errands import Errands
from fakes.ledger_state import (
    HELD,
    PAUSED,
    SENDING,
    one_at_a_time,
)

from publisher.domain.errand import NewErrand
from publisher.domain.errors import NotFound
from publisher.domain.issue import UNFINISHED
from publisher.domain.plan import Hold, Pause, Plan
from publisher.domain.publication import Known, LedgerView, Publication
from publisher.domain.subscriber import Standing
from publisher.ledger.rows import Outdated


class FakeLedger(Errands):
    @one_at_a_time
    def view(self, now: datetime) -> LedgerView:
        self._seen.merges = self._merges
        recent = now - timedelta(hours=1)
        starts = [one.started_at for one in self._issues.values() if one.rows and one.started_at]
        return LedgerView(
            adopted_at=self._adopted_at,
            last_pass_at=self._last_pass_at,
            known=tuple(self._known(key) for key in self._identities),
            recent_starts=tuple(sorted(at for at in starts if at > recent)),
            retry_at=self._next_at(deferred_only=True),
        )

    @one_at_a_time
    def record(
        self,
        plan: Plan,
        sources: Mapping[str, bytes],
        now: datetime,
        *,
        asked: Sequence[NewErrand] = (),
    ) -> None:
        if getattr(self._seen, "merges", 0) != self._merges:
            raise Outdated("two posts were made one meanwhile: the next pass sees it")
        for one in plan.publications:
            kept = self._sources.get(one.key, ("", b""))[0]
            if kept != one.source_hash and one.key not in sources:
                raise ValueError(f"a publication without its source: {one.key}")
        seen_to = {key for key, one in self._publications.items() if not one.awaiting_mail}
        self._adopted_at = self._adopted_at or plan.adopted_at
        for identity in plan.identities:
            names = tuple(sorted(set(identity.names)))
            self._identities[identity.key] = replace(identity, names=names)
        for publication in plan.publications:
            self._write_publication(publication, sources)
        for mailing in plan.mailings:
            if isinstance(mailing, Hold | Pause):
                self._write_mailing(mailing, seen_to, now)
        self._ask(asked, now)
        self._last_pass_at = now

    def _write_publication(self, new: Publication, sources: Mapping[str, bytes]) -> None:
        old = self._publications.get(new.key)
        if old is not None:
            new = replace(new, awaiting_mail=new.awaiting_mail and old.awaiting_mail)
        self._publications[new.key] = new
        if self._sources.get(new.key, ("", b""))[0] != new.source_hash:
            self._sources[new.key] = (new.source_hash, sources[new.key])
        if not new.live:
            for issue in self._of(new.key):
                issue.released = issue.released and issue.state not in UNFINISHED

    def _write_mailing(self, mailing: Hold | Pause, seen_to: set[str], now: datetime) -> None:
        if mailing.issue_id is None:
            if mailing.key not in seen_to:
                self._take_up(mailing.key)
                self._open(mailing.key, now, reason=mailing.reason)
            return
        issue = self._issues[mailing.issue_id]
        if isinstance(mailing, Pause) and issue.state is SENDING:
            issue.state, issue.reason = PAUSED, mailing.reason
        elif isinstance(mailing, Hold) and issue.state in {HELD, PAUSED}:
            issue.state, issue.reason = HELD, mailing.reason

    @one_at_a_time
    def passed(self, now: datetime) -> None:
        self._last_pass_at = now

    @one_at_a_time
    def lookup(self, reference: str) -> Known:
        for name in ("path", "key", "url"):
            found = [
                key for key, one in self._identities.items() if getattr(one, name) == reference
            ]
            if len(found) == 1:
                return self._known(found[0])
        raise NotFound(f"{reference}: no post is known by that path, key or URL")

    @one_at_a_time
    def audience_of(self, key: str) -> int:
        active = [who for who, one in self._people.items() if one.standing is Standing.ACTIVE]
        return sum((key, who) not in self._receipts for who in active)

    @one_at_a_time
    def sources(self, keys: Iterable[str]) -> dict[str, bytes]:
        return {key: self._sources[key][1] for key in keys if key in self._sources}

    @one_at_a_time
    def terms(self) -> tuple[tuple[str, str, str, str], ...]:
        return tuple((*key, *value) for key, value in sorted(self._terms.items()))

    @one_at_a_time
    def remember_terms(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        for taxonomy, folded, label, slug in rows:
            self._terms.setdefault((taxonomy, folded), (label, slug))

    def crash(self) -> None:
        """The process ends here and another takes over: nothing in memory was worth keeping."""
        self._seen = threading.local()

    def close(self) -> None:
        pass

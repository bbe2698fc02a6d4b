"""Whatever is done to files, clock and configuration, nobody is mailed a post twice.

A writer, a clock and an operator do what they like in a small folder whose paths, titles, dates,
addresses and ids are few, so that everything collides. A text keeps its identity through moves,
edits and copies for as long as the ledger could tell: until nothing of what is known of the posts
that carried it is left in the file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from world import (
    HOUR,
    NO_FOLDER,
    NOON,
    POLICY,
    File,
    Ledger,
    apply,
    finish,
    pause,
    release,
    scan,
    skip,
)

from publisher.domain.decide import decide
from publisher.domain.due import Timing, timing
from publisher.domain.identity import gist
from publisher.domain.issue import IssueState
from publisher.domain.plan import Plan, Policy, Start
from publisher.domain.post import Post, Scan
from publisher.domain.publication import Identity, Known, LedgerView

HOURS = (-2000, -49, -48, -1, 0, 1)
PATHS = st.sampled_from([f"content/{name}.md" for name in "abcdef"])
MOMENTS = st.sampled_from([NOON + hours * HOUR for hours in HOURS])
TITLES = st.sampled_from(["One", "Two", "Three"])
LINKS = st.sampled_from([None, "https://example.com/x/", "https://example.com/y/"])
NAMES = st.sampled_from([(), (), (), (), (), (), ("x",), ("y", "x")])
JUST = st.just({})
SELDOM = st.sampled_from([False] * 7 + [True])
EDITS = st.one_of(
    st.fixed_dictionaries({"title": TITLES}),
    st.fixed_dictionaries({"date": MOMENTS}),
    st.fixed_dictionaries({"body": st.sampled_from("1234")}),
    st.fixed_dictionaries({"permalink": LINKS}),
    st.fixed_dictionaries({"names": NAMES}),
    st.fixed_dictionaries({"published": st.booleans()}),
    st.fixed_dictionaries({"expires": st.one_of(st.none(), MOMENTS)}),
    st.fixed_dictionaries({"newsletter": st.booleans()}),
)
MAYBE = st.one_of(JUST, EDITS)
POLICIES = st.sampled_from([
    *[{}] * 6,
    {"mail": "off"},
    {"mail": "incomplete"},
    {"clock_leapt": True},
    {"confirm_withdrawals": True},
    {"max_age": timedelta(days=2)},
    {"settle": timedelta(seconds=2)},
    {"wait_for_page": timedelta(minutes=30)},
])  # fmt: skip
LENIENT = replace(POLICY, max_age=timedelta(days=9999), max_posts_per_hour=9999)


class Site(RuleBasedStateMachine):
    """A folder, its ledger, and two subscribers, of whom one is served at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON - 2 * HOUR
        self.files: dict[str, File] = {}
        self.broken: set[str] = set()
        self.texts: dict[str, int] = {}
        self.new_text = count(1)
        self.carriers: dict[int, set[str]] = {}
        self.ledger = Ledger()
        self.started: set[str] = set()
        self.excused: set[str] = set()
        self.let_go: set[str] = set()
        self.said: dict[str, int] = {}
        self.frozen: dict[str, int] = {}
        self.receipts: set[tuple[str, str]] = set()
        self.mails: Counter[tuple[str, int]] = Counter()

    @initialize(whole=SELDOM, names=NAMES, link=LINKS, policy=POLICIES)
    def begin(self, whole, names, link, policy):
        """Two posts that are due, a draft of one's title, and a post for later; seldom adopted."""
        if not whole:
            self._pass(Scan(), LENIENT)
        self.write("content/a.md", "One", NOON - 49 * HOUR, link, names, draft=False)
        self.write("content/b.md", "Two", NOON - 49 * HOUR, None, (), draft=False)
        self.write("content/c.md", "Two", NOON - 48 * HOUR, None, (), draft=True)
        self.write("content/d.md", "Three", NOON + HOUR, None, (), draft=False)
        self._pass(self._scan(), replace(LENIENT, **policy))

    # What a writer does.

    @rule(path=PATHS, title=TITLES, date=MOMENTS, link=LINKS, names=NAMES, draft=SELDOM)
    def write(self, path, title, date, link, names, draft):
        self._put(path, next(self.new_text), File(
            title=title, date=date, permalink=link, names=names, published=not draft,
            body=f"text {next(self.new_text)}", saved_at=self.now,
        ))  # fmt: skip

    @precondition(lambda self: self.files)
    @rule(data=st.data(), change=EDITS)
    def edit(self, data, change):
        path = self._some(data)
        self._put(path, self.texts[path], self.files[path].but(**change, saved_at=self.now))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), to=PATHS, change=MAYBE)
    def move(self, data, to, change):
        path = self._some(data)
        file, text = self.files.pop(path), self.texts.pop(path)
        self.broken.discard(path)
        self._put(to, text, file.but(**change))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), to=PATHS, change=MAYBE)
    def copy(self, data, to, change):
        path = self._some(data)
        self._put(to, self.texts[path], self.files[path].but(**change, saved_at=self.now))

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete(self, data):
        path = self._some(data)
        del self.files[path], self.texts[path]
        self.broken.discard(path)

    @precondition(lambda self: self.files)
    @rule(data=st.data(), breaks=SELDOM)
    def break_or_mend(self, data, breaks):
        path = self._some(data)
        self.broken = self.broken | {path} if breaks else self.broken - {path}

    # What time, delivery and an operator do.

    @rule(hours=st.sampled_from([-50, -1, 0.001, 0.02, 1, 1, 50]))
    def wait(self, hours):
        self.now += hours * HOUR

    @precondition(lambda self: self._issues())
    @rule(data=st.data(), act=st.sampled_from([release, release, skip, pause, finish]))
    def handle(self, data, act):
        key = data.draw(st.sampled_from(self._issues()))
        issue = self.ledger.known[key].issue
        sending = issue is not None and issue.state is IssueState.SENDING
        if act is finish and sending:
            self._deliver(key, "grace")
        if sending or act not in (pause, finish):
            self.ledger = act(self.ledger, key)
        if act is release:
            self.let_go.add(key)
        if act is skip:
            self.excused.add(key)

    @rule(unreadable=SELDOM, policy=POLICIES)
    def look(self, unreadable, policy):
        self._pass(
            Scan(unreadable=NO_FOLDER) if unreadable else self._scan(), replace(LENIENT, **policy)
        )

    def _pass(self, seen: Scan, policy: Policy) -> None:
        view = self.ledger.view(self.now)
        self._forget_what_cannot_be_told(seen, view)
        plan = decide(seen, view, self.now, policy)
        self._check(plan, seen, view)
        self.ledger = apply(self.ledger, plan, self.now)
        self._follow(plan, policy)
        again = decide(seen, self.ledger.view(self.now), self.now, policy)
        assert again.empty, (plan, again)

    # What must hold.

    def _check(self, plan: Plan, seen: Scan, view: LedgerView) -> None:
        old = {known.identity.key: known for known in view.known}
        for event in (*plan.published, *plan.adopted):
            assert event.due is not None
            assert event.due <= self.now
        for new in plan.publications:
            known = old.get(new.key)
            if known is not None and known.publication is not None:
                assert new.feed_id == known.publication.feed_id
                assert new.updated >= known.publication.updated
                assert new.baseline == known.publication.baseline
        refused = {problem.path for problem in plan.problems}
        due = {post.path for post in seen.posts if timing(post, self.now) is Timing.DUE}
        assert due - refused <= {live.path for live in plan.live}

    def _follow(self, plan: Plan, policy: Policy) -> None:
        for live in plan.live:
            if live.post is not None:
                key = live.publication.key
                self.said[key] = self.texts[live.path]
                self.carriers.setdefault(self.said[key], set()).add(key)
                if policy.mail == "off" or not live.post.newsletter:
                    self.excused.add(key)
        for mailing in plan.mailings:
            if isinstance(mailing, Start):
                self._start(mailing)

    def _start(self, start: Start) -> None:
        text = self.said[start.key]
        if start.issue_id is None:
            assert start.key not in self.started, "a second issue of one post"
            assert not self._mailed(text), "a text that was mailed under another key"
        else:
            assert start.key in self.let_go
        self.started.add(start.key)
        self.frozen[start.key] = text
        self._deliver(start.key, "ada")

    def _deliver(self, key: str, who: str) -> None:
        if (who, key) not in self.receipts:
            self.receipts.add((who, key))
            self.mails[who, self.frozen[key]] += 1
            assert self.mails[who, self.frozen[key]] == 1 or key in self.let_go

    @invariant()
    def nobody_shares_a_path_or_a_name(self) -> None:
        known = self.ledger.known.values()
        paths = [one.identity.path for one in known]
        names = [name for one in known for name in one.identity.names]
        assert len(paths) == len(set(paths))
        assert len(names) == len(set(names))

    @invariant()
    def no_live_post_is_forgotten(self) -> None:
        for key, known in self.ledger.known.items():
            publication = known.publication
            if publication is not None and not publication.baseline and key not in self.excused:
                assert known.issue or publication.awaiting_mail or key in self.started

    # The folder.

    def _put(self, path: str, text: int, file: File) -> None:
        self.files[path], self.texts[path] = file, text
        self.broken.discard(path)

    def _some(self, data) -> str:
        return data.draw(st.sampled_from(sorted(self.files)))

    def _scan(self) -> Scan:
        return scan({p: None if p in self.broken else file for p, file in self.files.items()})

    def _issues(self) -> list[str]:
        return [
            key
            for key, known in self.ledger.known.items()
            if known.live and (known.issue or known.publication.baseline)
        ]

    def _mailed(self, text: int) -> bool:
        return any(mailed == text for _, mailed in self.mails)

    def _forget_what_cannot_be_told(self, seen: Scan, view: LedgerView) -> None:
        """Give a text of its own to each file in which nothing is left of what it was."""
        home = {known.identity.path: known.identity.key for known in view.known}
        posts = {post.path: post for post in seen.posts}
        settled: dict[int, list[Post]] = defaultdict(list)
        moved = []
        for post in seen.posts:
            text = self.texts[post.path]
            if home.get(post.path) in self.carriers.get(text, ()):
                settled[text].append(post)
            else:
                moved.append(post)
        for post in moved:
            text = self.texts[post.path]
            known = [self.ledger.known[key] for key in self.carriers.get(text, ())]
            told = (
                not (known or settled[text])
                or any(_shares(post, other) for other in settled[text])
                or any(_told(post, one, posts.get(one.identity.path)) for one in known)
            )
            if not told:
                text = self.texts[post.path] = next(self.new_text)
            if not (told and known):
                settled[text].append(post)


def _shares(one: Post, other: Post | Identity) -> bool:
    return bool({*one.names} & {*other.names} or {*gist(one)} & {*gist(other)})


def _told(post: Post, known: Known, holder: Post | None) -> bool:
    """Whether a post has something of another; an address only where the other has left it."""
    if _shares(post, known.identity):
        return True
    held = known.live and holder is not None and holder.url == post.url
    return post.url == known.identity.url and not held


TestSite = Site.TestCase
TestSite.settings = settings(
    max_examples=400, stateful_step_count=30, deadline=None, derandomize=True
)

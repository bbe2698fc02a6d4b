"""The bodies of live posts: from their file or, where that can't be used, from the last good
source that the ledger keeps; rendered by the worker for one destination or another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol

from publisher.content.folder import Changed
from publisher.content.parse import Parsed, parse
from publisher.content.render import Job, RenderFailed
from publisher.content.rules import PostRules
from publisher.content.templates import Engine, concerned
from publisher.domain.finding import Finding
from publisher.domain.plan import Live
from publisher.domain.post import Post, Rendered, Scan

if TYPE_CHECKING:
    from publisher.content.templates.gather import Gatherer, Stamp

Destination = Literal["feed", "mail", "web"]


class PostFolder(Protocol):
    """The content folder."""

    def scan(self, now: datetime | None = None) -> Scan:
        """What it holds at this moment. Reads what changed since the last scan, and no more."""

    def known(self) -> list[Post]:
        """The posts of the last scan, by path, those that are not live too."""

    def source(self, post: Post) -> bytes:
        """The bytes of a post as it was scanned. Raises Changed when they are no longer there."""


class SourceBook(Protocol):
    """The ledger as far as it keeps last good sources."""

    def sources(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The last good source of each publication that has one."""


class PostRenderer(Protocol):
    """Renders bodies, in a process that can be stopped."""

    def start(self) -> None:
        """Make ready for the first job, without waiting."""

    def render_all(self, jobs: Sequence[Job]) -> list[Rendered | RenderFailed]:
        """Each job's result, in order. A job that fails stops no other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A post to render, and the key that its ids are made from."""

    key: str
    post: Post


def item_of(live: Live) -> Item:
    """A live post as something to render. Its front matter has to be there."""
    if live.post is None:
        raise ValueError(f"{live.path}: no front matter to render it by")
    return Item(key=live.publication.key, post=live.post)


@dataclass(kw_only=True)
class Bodies:
    """Finds sources and renders them; remembers what the last passes showed.

    ``engine`` is what reads template syntax in bodies, and ``gatherer`` finds what it may know.
    """

    folder: PostFolder
    book: SourceBook
    renderer: PostRenderer
    rules: PostRules
    engine: Engine = "none"
    gatherer: Callable[[], Gatherer] | None = None

    def __post_init__(self) -> None:
        self._stamps: dict[tuple[Item, Destination], tuple[Stamp, ...]] = {}
        self._shown: dict[tuple[Item, Destination], Rendered] = {}
        self._kept: dict[tuple[str, str], Post] = {}

    def complete(self, live: Sequence[Live]) -> tuple[list[Live], list[Finding]]:
        """The same posts, each with its front matter: from the ledger where the file gives none.

        A source that the ledger keeps and that can't be parsed under the present rules is left
        out, and named.
        """
        missing = [one for one in live if one.post is None]
        unread = [one.publication.key for one in missing if _place(one) not in self._kept]
        sources = self.book.sources(unread) if unread else {}
        found = []
        lost: list[Finding] = []
        for one in live:
            if one.post is None:
                post = self._kept_post(one, sources, lost)
                one = replace(one, post=post)
            if one.post is not None:
                found.append(one)
        return found, lost

    def source(self, item: Item) -> bytes:
        """The bytes a post was parsed from. Raises Changed when they are nowhere any more."""
        try:
            return self.folder.source(item.post)
        except Changed:
            kept = self.book.sources([item.key]).get(item.key)
            if kept is None or not self._is(kept, item.post):
                raise
            return kept

    def render(
        self, items: Iterable[Item], destination: Destination
    ) -> tuple[dict[str, Rendered], dict[str, Finding]]:
        """Render posts: by key, those that could be, and what kept the others from it."""
        items = list(items)
        wanted = [item for item in items if not self._is_shown(item, destination)]
        results = self.renderer.render_all([self._job(item, destination) for item in wanted])
        done: dict[str, Rendered] = {}
        failed: dict[str, Finding] = {}
        for item, result in zip(wanted, results, strict=True):
            if isinstance(result, RenderFailed):
                failed[item.key] = result.finding
            else:
                self._shown[item, destination] = result
        for item in items:
            if (item, destination) in self._shown:
                done[item.key] = self._shown[item, destination]
        return done, failed

    def render_once(
        self, items: Iterable[Item], destination: Destination
    ) -> tuple[dict[str, Rendered], dict[str, Finding]]:
        """The same for posts that nothing shows for now: none is remembered that was not before."""
        items = list(items)
        passing = [item for item in items if (item, destination) not in self._shown]
        rendered = self.render(items, destination)
        for item in passing:
            self._shown.pop((item, destination), None)
            self._stamps.pop((item, destination), None)
        return rendered

    def forget_but(self, items: Iterable[Item]) -> None:
        """Keep in memory only what these posts need."""
        keep = set(items)
        self._shown = {pair: value for pair, value in self._shown.items() if pair[0] in keep}
        self._stamps = {pair: value for pair, value in self._stamps.items() if pair[0] in keep}

    def _is_shown(self, item: Item, destination: Destination) -> bool:
        """Whether an item's body is known, and no file that it includes has changed."""
        stamps = self._stamps.get((item, destination))
        same = not stamps or not self._files.changed(stamps)
        return same and (item, destination) in self._shown

    @cached_property
    def _files(self) -> Gatherer:
        if self.gatherer is None:
            raise ValueError("templates are read, and nothing gathers what they may know")
        return self.gatherer()

    def _job(self, item: Item, destination: Destination) -> Job:
        parsed = parse(self.source(item), item.post.path, self.rules)
        if not isinstance(parsed, Parsed):
            raise Changed(item.post.path)
        engine: Engine = self.engine if concerned(parsed.body, item.post.path) else "none"
        facts = ""
        if engine != "none":
            facts, self._stamps[item, destination] = self._files.gathered(
                parsed.body, item.post, parsed.fields, self.folder.known
            )
        return Job(
            path=item.post.path,
            body=parsed.body,
            body_line=parsed.body_line,
            is_html=parsed.is_html,
            url=item.post.url,
            key=item.key,
            summary=item.post.summary,
            destination=destination,
            templates=engine,
            facts=facts,
        )

    def _kept_post(
        self, live: Live, sources: Mapping[str, bytes], lost: list[Finding]
    ) -> Post | None:
        publication = live.publication
        if _place(live) not in self._kept:
            path = live.path
            parsed = parse(sources.get(publication.key, b""), path, self.rules)
            if not isinstance(parsed, Parsed):
                lost += parsed.problems
                return None
            self._kept[_place(live)] = parsed.post
        return self._kept[_place(live)]

    def _is(self, source: bytes, post: Post) -> bool:
        parsed = parse(source, post.path, self.rules)
        return isinstance(parsed, Parsed) and parsed.post.source_hash == post.source_hash


def _place(live: Live) -> tuple[str, str]:
    """What a post is read from when its file can't be: the same source elsewhere is another."""
    return (live.path, live.publication.source_hash)

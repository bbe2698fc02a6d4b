"""Settings → the wired parts of a site. The only place that builds real things, and that hands
clock, chance and environment to what needs them.

Each part is made when it is first asked for, and imports what it needs then: an idle command loads
neither Markdown nor lxml, and opens no database that it does not read.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from publisher.audience.address import mailbox_of
from publisher.config.load import load, read
from publisher.config.readiness import mail_readiness
from publisher.config.settings import Settings
from publisher.domain.errors import LedgerUnusable, UsageError
from publisher.domain.plan import Policy
from publisher.domain.post import Author, Scan
from publisher.domain.publication import LedgerView
from publisher.domain.stages import Stages
from publisher.domain.subscriber import NewSubscriber
from publisher.glance import Content, Ground, version_mark
from publisher.ledger.rows import AddResult, IssueRow

if TYPE_CHECKING:
    from publisher.audience.tokens import Tokens
    from publisher.bodies import Bodies
    from publisher.content.folder import Folder
    from publisher.content.rules import PostRules
    from publisher.content.templates.gather import Gatherer
    from publisher.deliver import Delivery
    from publisher.errands import Lane
    from publisher.feeds.guide import Guide
    from publisher.feeds.podcast import Podcast
    from publisher.feeds.rules import FeedRules
    from publisher.freeze import Editor
    from publisher.ledger.fence import Fence
    from publisher.ledger.lock import Holder
    from publisher.ledger.place import Place
    from publisher.ledger.store import Ledger
    from publisher.mail.maildir import MaildirTransport
    from publisher.mail.message import Message
    from publisher.mail.smtp import SmtpTransport
    from publisher.mailroom import Mailroom
    from publisher.newsletter.compile import Envelope
    from publisher.publish import Publisher
    from publisher.report import PassReport

PACKAGE = Path(__file__).parent


def shipped_templates() -> Path:
    """Where the templates are that ship with the program: in the wheel, or in the checkout."""
    packed = PACKAGE / "_templates"
    return packed if packed.is_dir() else PACKAGE.parent / "templates"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Clock, chance and environment. ``at`` stands in for the wall clock, for a rehearsal."""

    environ: Mapping[str, str]
    at: datetime | None = None

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.at or datetime.now(UTC)

    def ahead(self) -> bool:
        """Whether a rehearsal's time lies ahead of the clock."""
        return self.at is not None and self.at > datetime.now(UTC)

    @staticmethod
    def jitter() -> float:
        """Chance, in [0, 1)."""
        return random.random()


def open_site(config: Path, edge: Edge) -> Site:
    """A site by its configuration. Raises ConfigError with all that is wrong with it."""
    settings = load(config, edge.environ, today=datetime.now(UTC).date())
    return Site(settings, edge)


def trial_scan(text: str, config: Path, edge: Edge) -> Scan:
    """The posts that a configuration says there are, read as if it stood at a path.

    Raises ConfigError.
    """
    from publisher.content.folder import Folder

    settings = read(text.encode(), config, {}, today=edge.now().date())
    return Folder(settings.root, Site(settings, edge).post_rules).scan()


class Site:
    """The parts of one site. A context manager: leaving it closes what was opened."""

    def __init__(self, settings: Settings, edge: Edge) -> None:
        self.settings = settings
        self.edge = edge
        self.secret_made: Path | None = None
        self._open = ExitStack()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # The ledger, and who may do what with it.

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, for reading and for requests. Made first where there is none yet."""
        from publisher.ledger.store import open_ledger

        if not self.ledger_exists:
            self._require_ledger_not_lost()
            with self._locked("migrate"):
                self._migrate()
        return self._open.enter_context(self._opened(open_ledger))

    @property
    def ledger_exists(self) -> bool:
        """Whether there is a ledger yet. Raises LedgerUnusable where that can't be seen."""
        try:
            return self._place.path.exists()
        except PermissionError as error:
            raise LedgerUnusable(
                f"{self._place.shown}: can't be read: permission denied; run as its owner"
            ) from error

    @property
    def _book(self) -> Any:
        """The ledger or, for a look at a site that never ran, one with nothing in it."""
        return self.ledger if self.ledger_exists else _NoLedgerYet()

    def view(self) -> LedgerView:
        """What a decision reads of the ledger; empty where there is none yet, and none is made."""
        return self.ledger.view(self.edge.now()) if self.ledger_exists else LedgerView()

    def act(self, role: Literal["daemon", "publish"]) -> None:
        """Become the one process that publishes and delivers, until this site is closed.

        Brings the ledger up to date, and settles what a crash left open. Raises LockHeld, and
        LedgerUnusable for one that is older than what was sent.
        """
        self._require_ledger_not_lost()
        self._open.enter_context(self._locked(role))
        self.folder.begin(os.cpu_count() or 1)
        self._migrate()
        self._open.enter_context(self._fence())
        self.ledger.recover(
            repeatable=self.transport.repeatable,
            on_unknown=self.settings.delivery.on_unknown,
            now=self.edge.now(),
        )
        self.ledger.keep_errands({(lane.kind, lane.target) for lane in self.errands})

    def adopt(self) -> tuple[IssueRow, ...]:
        """Take the ledger that is there, or a new one, for the newest; the issues it stopped.

        Raises LockHeld.
        """
        from publisher.ledger.fence import set_mark

        with self._locked("adopt"):
            self._migrate()
            stopped = self.ledger.adopt(secrets.token_hex(16), self.edge.now())
            set_mark(self._place, self.ledger.mark())
        return stopped

    def ledger_faults(self, tell: Callable[[str], None]) -> Iterator[str]:
        """Everything that is wrong with the ledger; ``tell`` hears what is being looked at.

        Raises LedgerUnusable where there is none, or it can't be opened.
        """
        from publisher.ledger.fence import read
        from publisher.ledger.migrate import require_current

        mark = None
        if not self.ledger_exists:
            self._require_ledger_not_lost()
            require_current(self._place, None)
        try:
            mark = read(self._place)
        except LedgerUnusable as error:
            yield str(error)
        yield from self.ledger.faults(mark, tell)

    def _require_ledger_not_lost(self) -> None:
        from publisher.ledger.fence import require_not_lost

        require_not_lost(self._place)

    def _fence(self) -> Fence:
        from publisher.ledger.fence import Fence, require_newest

        own = self.ledger.mark()
        require_newest(
            self._place,
            own,
            self.ledger.issues(finished_limit=0),
            survives_power=self.settings.delivery.survive == "power",
        )
        fence = Fence(self._place, own)
        self.ledger.guard(fence)
        return fence

    def audience_of(self, key: str) -> int:
        """How many would be mailed a post now; nobody where there is no ledger yet."""
        return self.ledger.audience_of(key) if self.ledger_exists else 0

    def enrol(self, new: Sequence[NewSubscriber], *, write: bool) -> AddResult:
        """Add subscribers or, unless ``write``, only say what would become of them."""
        if write:
            return self.ledger.add(new, self.edge.now())
        if self.ledger_exists:
            return self.ledger.foresee_add(new)
        return AddResult(added=len(new))

    def holder(self) -> Holder | None:
        """The process that publishes and delivers, or that died while it did."""
        from publisher.ledger.lock import holder

        return holder(self._place.lock)

    @contextmanager
    def _locked(self, role: str) -> Iterator[None]:
        from publisher.ledger.lock import Lock
        from publisher.ledger.place import make_room

        make_room(self._place)
        with Lock.acquire(self._place.lock, self._place.shown, role=role):
            yield

    def _migrate(self) -> None:
        from publisher.ledger.migrate import migrate

        migrate(self.settings.ledger, root=self.settings.root, nonce=secrets.token_bytes(16))

    @contextmanager
    def _opened(self, open_ledger: Callable[..., Ledger]) -> Iterator[Ledger]:
        ledger = open_ledger(
            self.settings.ledger, root=self.settings.root, survive=self.settings.delivery.survive
        )
        try:
            yield ledger
        finally:
            ledger.close()

    @cached_property
    def _place(self) -> Place:
        from publisher.ledger.place import locate

        return locate(self.settings.ledger, self.settings.root)

    # What a decision needs.

    def policy(
        self,
        *,
        settle: bool = False,
        clock_leapt: bool = False,
        confirm_withdrawals: bool = False,
        answering: frozenset[str] = frozenset(),
    ) -> Policy:
        """The rules of the site. ``settle``: wait for files to settle, as the daemon does."""
        site, newsletter = self.settings.site, self.settings.newsletter
        readiness = mail_readiness(self.settings)
        return Policy(
            id_authority=site.id_authority,
            id_date=site.id_date,
            baseline_ids=self.settings.feeds.baseline_ids,
            mail=readiness.mail,
            mail_lacks=readiness.lacks,
            max_age=newsletter.max_age,
            max_posts_per_hour=newsletter.max_posts_per_hour,
            settle=newsletter.settle if settle else timedelta(0),
            wait_for_page=newsletter.wait_for_page,
            answering=answering,
            confirm_withdrawals=confirm_withdrawals,
            clock_leapt=clock_leapt,
            entries=self.settings.feeds.entries,
            archive_entries=self.settings.feeds.archive_entries,
        )

    @cached_property
    def post_rules(self) -> PostRules:
        """The rules by which files become posts."""
        from publisher.config.postrules import post_rules
        from publisher.content.authors import read_people

        root, authors = self.settings.root, self.settings.content.authors
        site_url = self.settings.site.url
        people = read_people(root / authors, authors, site_url) if authors else {}
        return post_rules(self.settings, people)

    @cached_property
    def folder(self) -> Folder:
        """The content folder."""
        from publisher.content.folder import Folder
        from publisher.content.kept import ScanCache

        kept = ScanCache(self.settings.state / "scan.cache", version_mark())
        return Folder(self.settings.root, self.post_rules, cache=kept, keeps=False)

    def wait_for_checkout(self) -> bool:
        """Let Git finish, where it is writing the content folder; False when it did not."""
        from publisher.content.checkout import wait_until_at_rest

        def pause(seconds: float) -> bool:
            time.sleep(seconds)
            return False

        return wait_until_at_rest(self.settings.root / self.settings.content.path, pause)

    # What a pass needs.

    @cached_property
    def publisher(self) -> Publisher:
        """The use case that makes a pass."""
        from publisher.announce import Announcer
        from publisher.notes import Notes
        from publisher.publish import Publisher
        from publisher.signpost import Signpost
        from publisher.standing import Standing
        from publisher.syndicate import Syndicator

        notes = Notes(self.settings.state / "notes.json")
        return Publisher(
            folder=self.folder,
            book=self.ledger,
            bodies=self.bodies,
            syndicator=Syndicator(
                root=self.settings.feeds_dir,
                shown=self.settings.feeds.path,
                rules=self.feed_rules,
                full_content=self.settings.feeds.full_content,
                notes=notes,
                gzip=self.settings.feeds.gzip,
            ),
            editor=self.editor,
            notes=notes,
            signpost=Signpost(
                root=self.settings.feeds_dir, rules=self.feed_rules, guide=self._guide, notes=notes
            ),
            announcer=Announcer(
                site_url=self.settings.site.url,
                feeds_url=self.settings.feeds_url,
                hubs=self.settings.feeds.hubs,
                hook=self.settings.hooks.on_publish is not None,
            ),
            standing=Standing(
                folder=self.folder,
                book=self.ledger,
                notes=notes,
                root=self.settings.feeds_dir,
            ),
        )

    @property
    def _guide(self) -> Guide:
        """The page and the stylesheet beside the feeds."""
        from publisher.feeds.guide import Guide

        own, shipped = self.settings.root / "templates" / "web", shipped_templates() / "web"
        return Guide(
            site_dir=None if own.resolve() == shipped.resolve() else own, default_dir=shipped
        )

    def ground(self, mark: str, report: PassReport) -> Ground:
        """What a pass stood on that left nothing to do, for a glance of the next one."""
        content = self.settings.content
        return Ground(
            at=report.at,
            until=report.plan.wakeup,
            content=Content(
                root=str(self.settings.root),
                folder=content.path,
                ignore=self.post_rules.ignore,
                generator=self.post_rules.generator,
            ),
            mark=mark,
            feeds=self.publisher.standing.left(),
            ledger=self._place.path,
            lock=self._place.lock,
            fence=self._place.mark,
        )

    @cached_property
    def errands(self) -> tuple[Lane, ...]:
        """Who runs errands: for the hook first, and for each hub."""
        if self.settings.hooks.on_publish is None and not self.settings.feeds.hubs:
            return ()
        from publisher.outreach import lanes

        return lanes(
            self.settings,
            announcer=self.publisher.announcer,
            book=self.ledger,
            environ=self.edge.environ,
            now=self.edge.now,
            jitter=self.edge.jitter,
        )

    @cached_property
    def bodies(self) -> Bodies:
        """The bodies of posts, rendered in a process of their own."""
        from publisher.bodies import Bodies
        from publisher.content.cache import RenderCache
        from publisher.content.render import Renderer

        cache = RenderCache(self.settings.state / "cache.db" if self.ledger_exists else None)
        self._open.callback(cache.close)
        renderer = Renderer(
            timeout_s=self.settings.content.render_timeout.total_seconds(),
            workers=os.cpu_count() or 1,
            cache=cache,
        )
        self._open.callback(renderer.close)
        return Bodies(
            folder=self.folder,
            book=self._book,
            renderer=renderer,
            rules=self.post_rules,
            engine=self.settings.engine,
            gatherer=self._gatherer,
        )

    def _gatherer(self) -> Gatherer:
        from publisher.content.templates.gather import Gatherer

        facts = self.settings.site
        site = {"title": facts.title, "description": facts.description, "lang": facts.language}
        return Gatherer(
            root=self.settings.root,
            content_path=self.settings.content.path,
            engine=self.settings.engine,
            site_url=facts.url,
            site=site,
            flat=self.settings.content.generator == "eleventy",
        )

    @cached_property
    def feed_rules(self) -> FeedRules:
        """What the site says of its feeds."""
        from publisher.feeds.rules import AUTHORS, FeedRules

        site, feeds = self.settings.site, self.settings.feeds
        return FeedRules(
            site_title=site.title,
            site_description=site.description,
            site_url=site.url,
            feeds_url=self.settings.feeds_url,
            language=site.language,
            author=self._author,
            id_authority=site.id_authority,
            id_date=site.id_date,
            formats=feeds.formats,
            entries=feeds.entries,
            taxonomies=feeds.taxonomies,
            hubs=feeds.hubs,
            podcast=self._podcast,
            authors=False if AUTHORS in feeds.taxonomies else feeds.authors,
            styled=True,
        )

    @property
    def _podcast(self) -> Podcast | None:
        """The site's podcast; what it leaves out is the site's own."""
        from publisher.config.podcast import category_names
        from publisher.feeds.podcast import Podcast

        site, said = self.settings.site, self.settings.feeds.podcast
        if said is None:
            return None
        owner = self._author
        if said.owner:
            owner = Author(name=said.owner.name, email=said.owner.email)
        return Podcast(
            image=said.image,
            category=category_names(said.category),
            author=said.author or (self._author.name if self._author else site.title),
            explicit=said.explicit,
            kind=said.type,
            owner=owner if owner and owner.email else None,
        )

    @cached_property
    def editor(self) -> Editor:
        """Makes issues."""
        from publisher.feeds.rules import FILE_NAMES
        from publisher.freeze import Editor
        from publisher.newsletter.letter import SiteFacts
        from publisher.newsletter.templates import Templates

        site = self.settings.site
        own = self.settings.root / "templates" / "email"
        shipped = shipped_templates() / "email"
        return Editor(
            book=self._book,
            bodies=self.bodies,
            templates=Templates(None if own.resolve() == shipped.resolve() else own, shipped),
            site=SiteFacts(
                title=site.title,
                url=site.url,
                description=site.description,
                language=site.language,
                author=self._author,
                postal_address=self.settings.newsletter.postal_address or "",
                feed_url=f"{self.settings.feeds_url}/{FILE_NAMES[self.settings.feeds.formats[0]]}",
            ),
            timezone=site.timezone,
            envelope=self._envelope,
            salt=lambda feed_id, edition: self.tokens.issue_salt(feed_id, edition),
            stages=self.stages,
        )

    @cached_property
    def stages(self) -> Stages | None:
        """In which stages an issue goes out that starts now; None for everybody at once."""
        newsletter, author = self.settings.newsletter, self.settings.site.author
        if not newsletter.stages:
            return None
        return Stages(
            names=newsletter.stages,
            wait=newsletter.stage_wait,
            bounces=newsletter.stage_bounces,
            author=mailbox_of(author.email) if author and author.email else "",
        )

    def _envelope(self, key: str, date: datetime) -> Envelope:
        from publisher.newsletter.compile import Envelope

        newsletter = self.settings.newsletter
        if newsletter.from_ is None:
            raise UsageError(f"{self.settings.path.name}: newsletter.from: a mail needs a sender")
        digest = blake2b(key.encode(), digest_size=6).hexdigest()
        return Envelope(
            from_=str(newsletter.from_),
            reply_to=None if newsletter.reply_to is None else str(newsletter.reply_to),
            list_id=self.settings.list_id,
            list_name=self.settings.site.title,
            unsubscribe_mailto=newsletter.unsubscribe_mailto,
            archive_url=f"{self.settings.site.url}/",
            feedback_id=f"{digest}:post:newsletter:{self.settings.list_id}",
            date=date.replace(microsecond=0),
        )

    @cached_property
    def _author(self) -> Author | None:
        author = self.settings.site.author
        return None if author is None else Author(**author.model_dump())

    # What delivery needs.

    @cached_property
    def delivery(self) -> Delivery[Message]:
        """The use case that delivers."""
        from publisher.outbound import wire

        return wire(
            self.settings,
            book=self.ledger,
            message_of=self.mailroom.message,
            transports=self.transports,
            now=self.edge.now,
            jitter=self.edge.jitter,
        )

    @cached_property
    def transports(self) -> Mapping[str, SmtpTransport | MaildirTransport]:
        """The ways out by the names of their relays: one at least, and all of one kind."""
        from publisher.outbound import transport

        hello = _hello()
        return {way.name: transport(self.settings, way, hello) for way in self.settings.relays}

    @property
    def transport(self) -> SmtpTransport | MaildirTransport:
        """The first of them."""
        return next(iter(self.transports.values()))

    @cached_property
    def mailroom(self) -> Mailroom:
        """Fills each recipient's own values in."""
        from publisher.mailroom import Mailroom

        sender = self.settings.newsletter.from_
        address = "" if sender is None else sender.address
        return Mailroom(
            book=self._book,
            link=self.unsubscribe_url,
            sender=self.settings.delivery.envelope_from or address,
            domain=self.settings.site.id_authority if sender is None else sender.domain,
        )

    def unsubscribe_url(self, subscriber_id: int, mailbox: str) -> str | None:
        """Where a subscriber leaves with one click; None where nothing is served."""
        web = self.settings.web.url
        return web and f"{web}/u/{self.tokens.sign(subscriber_id, mailbox)}"

    def token_owner(self, token: str) -> int | None:
        """Whose unsubscribe link a token is, if it is anybody's. Raises LedgerUnusable."""

        def mailbox_of(subscriber_id: int) -> str | None:
            found = self.ledger.get(subscriber_id)
            return found.mailbox if found else None

        return self.tokens.read(token, mailbox_of)

    @cached_property
    def tokens(self) -> Tokens:
        """Signs and reads unsubscribe links. Makes the secret at the first run."""
        from publisher.audience.secret import load_or_make
        from publisher.audience.tokens import Tokens

        known = tuple(secret.get_secret_value() for secret in self.settings.secrets)
        if not known:
            path = self.settings.state / "secret"
            known, made = load_or_make(path, lambda: secrets.token_bytes(32))
            self.secret_made = path.relative_to(self.settings.root) if made else None
        return Tokens(known)


class _NoLedgerYet:
    """What ``check``, ``preview`` and ``send`` find in a ledger that they need not make."""

    @staticmethod
    def sources(keys: Iterable[str]) -> dict[str, bytes]:
        """None: nothing was public yet."""
        return {}


def _hello() -> str:
    """Our name at EHLO: the machine's, or an address literal where it has none that will do."""
    name = socket.getfqdn()
    usable = name.isascii() and "." in name and name.replace(".", "").replace("-", "").isalnum()
    return name if usable else "[127.0.0.1]"

"""A small site that is about to publish three posts to five people, and who has had what of it.

Everything is set up once; each crash works on a copy of the folder. The relay lives on while the
program is ended and started again, and remembers what arrived. One of the five is greylisted once,
and one is refused for good, so that every way an answer can go is walked.
"""

from __future__ import annotations

import email
import email.policy
import shutil
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trustme
from livesite import LiveSite
from scripted_smtp import Mail, ScriptedSmtp

from crash.nest import Nest

BEFORE, AT = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"

#: When it is started again, and when what was deferred then is tried again.
LATER, LATEST = "2026-03-02T14:00:00Z", "2026-03-03T20:00:00Z"
OLD = "Old"
POSTS = ("Fog", "Mist", "Tides")
GREY, GONE = "grey@example.net", "gone@example.net"
PEOPLE = ("ada@example.com", "grace@example.org", "r3@example.net", GREY, GONE)
CONNECTIONS = 2

#: The mail without a style: inlining one takes longer than all the rest, and writes nothing.
PLAIN = {
    "inline.css": "p { color: black }\n",
    "post.html": """\
<!doctype html><html lang="en"><head><title>{{ post.title }}</title></head>
<body>{{ post.html }}<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>
""",
}

#: A post's title and a person's address: one message.
Copy = tuple[str, str]


class Relay:
    """An SMTP server, and what it has seen since it was last told to forget."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.server = ScriptedSmtp({"RCPT": self._recipient}, tls=tls)
        self._greylisted = False

    def arrived(self) -> Counter[Copy]:
        """Every message whose final dot came, from programs that are gone by now."""
        self.server.wait_until_left()
        return Counter((_subject(mail.data), mail.recipient) for mail in self.server.arrived)

    def accepted(self) -> Counter[Copy]:
        """Those of them that were answered by 250, or would have been."""
        self.server.wait_until_left()
        return Counter((_subject(mail.data), mail.recipient) for mail in self.server.accepted)

    def forget(self) -> None:
        self.recall([], [])
        self._greylisted = False

    def recall(self, arrived: Sequence[Mail], accepted: Sequence[Mail]) -> None:
        """Be as if it had seen this and no more."""
        self.server.wait_until_left()
        self.server.arrived[:], self.server.accepted[:] = arrived, accepted
        self.server.commands.clear()

    def _recipient(self, line: str) -> str:
        if GONE in line:
            return "550 5.1.1 no such user"
        if GREY in line and not self._greylisted:
            self._greylisted = True
            return "451 4.7.1 greylisted, try again"
        return "250 2.1.5 ok"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where to begin: ``arguments`` is the command that is to be ended, ``mailed`` the posts that
    it mails, ``trail`` the names of the moments of an undisturbed run."""

    name: str
    ready: Path
    make: Callable[[Path], LiveSite]
    nest: Nest
    relay: Relay
    smtp: bool
    mailed: tuple[str, ...] = POSTS
    arguments: tuple[str, ...] = ("publish", "--at", AT)
    trail: tuple[str, ...] = ()

    def moment(self, name: str, share: float = 0.5) -> int:
        """The number of a moment of this name, from the first of them at 0 to the last at 1."""
        found = [number for number, one in enumerate(self.trail, 1) if one == name]
        return found[int(share * (len(found) - 1))]

    def copy(self, to: Path) -> LiveSite:
        """The site as it is at the beginning, in another folder. Nobody has had anything."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.ready, to)
        self.relay.forget()
        return self.make(to)

    def arrived(self, site: LiveSite) -> Counter[Copy]:
        """What has come to whom."""
        if self.smtp:
            return self.relay.arrived()
        return Counter(_copy_in(path) for path in site.messages())

    def accepted(self, site: LiveSite) -> Counter[Copy]:
        """What has come to whom and was taken."""
        return self.relay.accepted() if self.smtp else self.arrived(site)


@contextmanager
def stage(name: str, root: Path, delivery: str = "") -> Iterator[Stage]:
    """A stage by its name (see ``STAGES``), in a folder. ``delivery``: more lines of that section.

    ``smtp`` and ``tls`` have all that they need in the cache of rendered bodies, ``cold`` nothing;
    ``maildir`` mails to files; ``first`` is a site that never ran.
    """
    root.mkdir(parents=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(root / "authority.pem")
    relay = Relay(_server_side(authority) if name == "tls" else None)
    smtp = name != "maildir"
    settings = {
        "transport": _transport(name, relay.server.port),
        "delivery": f"  connections: {CONNECTIONS}\n{delivery}",
    }
    with relay.server, Nest({"SSL_CERT_FILE": str(root / "authority.pem")}) as nest:
        bare = Stage(
            name=name, ready=root / "ready", make=lambda to: LiveSite(to, **settings), nest=nest,
            relay=relay, smtp=smtp,
        )  # fmt: skip
        yield STAGES[name](bare)


def _transport(name: str, port: int) -> str:
    if name == "maildir":
        return "maildir:outbox"
    return f"smtp://localhost:{port}" + ("" if name == "tls" else "?tls=none")


def _server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def _adopted(bare: Stage) -> Stage:
    """It has run before, with one old post; three more are due, and one is far off."""
    site = bare.make(bare.ready)
    templates = site.root / "templates" / "email"
    templates.mkdir(parents=True)
    for name, text in PLAIN.items():
        (templates / name).write_text(text)
    site.post("old.md", title=OLD, date="2026-01-05")
    for title in POSTS:
        site.post(f"{title.lower()}.md", title=title, date="2026-03-02 08:00", tags="[tides]")
    site.post("far.md", title="Far", date="2027-01-01")
    site.subscribe(*PEOPLE)
    site.publish(BEFORE)
    return bare


def _rehearsed(bare: Stage) -> Stage:
    """An undisturbed run was made beside it, and left its cache of rendered bodies here."""
    beside = bare.copy(bare.ready.with_name("rehearsal"))
    flight = bare.nest.run(beside.root, *bare.arguments)
    assert flight.code == 0, flight
    if bare.name != "cold":
        shutil.copy(beside.root / "state" / "cache.db", bare.ready / "state" / "cache.db")
        flight = bare.nest.run(bare.copy(beside.root).root, *bare.arguments)
    return replace(bare, trail=flight.trail)


def _never_ran(bare: Stage) -> Stage:
    """A blog with four posts and no ledger."""
    site = bare.make(bare.ready)
    for title in (OLD, *POSTS):
        site.post(f"{title.lower()}.md", title=title, date="2026-01-05 08:00", tags="[tides]")
    bare = replace(bare, mailed=())
    beside = bare.copy(bare.ready.with_name("rehearsal"))
    return replace(bare, trail=bare.nest.run(beside.root, *bare.arguments, last=0).trail)


STAGES: Mapping[str, Callable[[Stage], Stage]] = {
    "smtp": lambda bare: _rehearsed(_adopted(bare)),
    "tls": lambda bare: _rehearsed(_adopted(bare)),
    "cold": lambda bare: _rehearsed(_adopted(bare)),
    "maildir": lambda bare: _rehearsed(_adopted(bare)),
    "first": _never_ran,
}


def _copy_in(path: Path) -> Copy:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message.get_body(("html",)) is not None, f"{path}: half a message"
    return str(message["Subject"]), str(message["To"])


def _subject(data: bytes) -> str:
    head, _, _ = data.partition(b"\r\n\r\n")
    return str(email.message_from_bytes(head, policy=email.policy.default)["Subject"])

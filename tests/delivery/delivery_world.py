"""Delivery in a world whose time only passes when nobody has anything to do.

The couriers here are no threads: what they do takes its time on the fake clock, and happens in an
order that is the same every time. A run of a simulated day takes milliseconds.
"""

from __future__ import annotations

import heapq
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from fakes.ledger import FakeLedger

from publisher.courier import Crashed, Done, Ready, Refused, Returned
from publisher.deliver import Delivery, Relayed
from publisher.domain.delivery import Claim, Outcome, State, Verdict
from publisher.domain.errors import RelayRefused
from publisher.domain.lanes import lanes_to
from publisher.domain.plan import Plan, Start
from publisher.domain.publication import Identity, Publication
from publisher.domain.relay import Relay
from publisher.domain.stages import Stages
from publisher.domain.subscriber import NewSubscriber
from publisher.ledger.store import Ledger
from publisher.mail.rate import Rate, parse_rate
from publisher.ways import Way

NOON = datetime(2026, 2, 19, 12, tzinfo=UTC)
DAY_S = 86_400.0

AnyLedger = Ledger | FakeLedger

ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, reply="250 2.0.0 ok")
LATER = Outcome(verdict=Verdict.DEFERRED, reply="450 4.2.1 try later")
NEVER = Outcome(verdict=Verdict.REJECTED, reply="550 5.1.1 no such user")
POLICY = Outcome(verdict=Verdict.SUSPECT, reply="550 5.7.1 we do not like you")
OURS = Outcome(verdict=Verdict.RETURNED, reply="550 5.7.1 sender refused")
BUSY = Outcome(verdict=Verdict.DEFERRED, reply="421 4.7.0 too many", usable=False, busy=True)
LOST = Outcome(verdict=Verdict.DEFERRED, reply="the server closed", usable=False)
UNANSWERED = Outcome(verdict=Verdict.UNKNOWN, reply="no answer to the dot", usable=False)

DOWN = RelayRefused("smtp://127.0.0.1: no connection: refused", temporary=True)
NO_LOGIN = RelayRefused("smtp://127.0.0.1: login refused: 535 5.7.8 no", temporary=False)

CLAIM = Claim(
    issue_id=1, subscriber_id=2, address="ada@example.com", mailbox="ada@example.com", name="",
    attempts=0, first_at=NOON, was=State.QUEUED, frozen=1,
)  # fmt: skip


class Clock:
    """Wall and monotonic time, and what is going to happen."""

    def __init__(self) -> None:
        self.s = 0.0
        self.set_forward = timedelta(0)
        self._agenda: list[tuple[float, int, Callable[[], object]]] = []
        self._number = count()

    def wall(self) -> datetime:
        return NOON + self.set_forward + timedelta(seconds=self.s)

    def monotonic(self) -> float:
        return self.s

    def after(self, seconds: float, do: Callable[[], object]) -> None:
        heapq.heappush(self._agenda, (self.s + seconds, next(self._number), do))

    def step(self, end_s: float) -> bool:
        """Let the next thing happen, or time pass to the end. Whether anything happened."""
        if not self._agenda or self._agenda[0][0] > end_s:
            self.s = max(self.s, end_s)
            return False
        at_s, _, do = heapq.heappop(self._agenda)
        self.s = max(self.s, at_s)
        do()
        return True


class Inbox:
    """A carrier of nothing but notes, whose waiting lets time pass. ``waits`` counts how often it
    was waited at."""

    def __init__(self, clock: Clock, most_waits: int = 20_000) -> None:
        self._clock = clock
        self._notes: deque[Any] = deque()
        self._most_waits = most_waits
        self.waits = 0
        self.slept_s = 0.0

    def open(self) -> None:
        pass

    def close(self, patience_s: float) -> None:
        pass

    def put(self, note: Any) -> None:
        self._notes.append(note)

    def news(self, timeout_s: float) -> list[Any]:
        self.waits += 1
        assert self.waits < self._most_waits, "it goes round and round"
        began_s = self._clock.s
        while not self._notes and self._clock.step(began_s + timeout_s):
            pass
        self.slept_s += self._clock.s - began_s
        notes = list(self._notes)
        self._notes.clear()
        return notes


@dataclass
class Server:
    """A relay. ``answer`` judges a message to an address, ``refuse`` an attempt to connect.

    A message takes ``send_s`` seconds; None for one that hangs until it is cut off, when it comes
    to ``cut``.
    """

    clock: Clock
    answer: Callable[[str], Outcome] = lambda _: ACCEPTED
    refuse: Callable[[], RelayRefused | None] = lambda: None
    send_s: Callable[[str], float | None] = lambda _: 0.01
    connect_s: float = 0.001
    cut: Outcome = UNANSWERED
    repeatable: bool = False
    begun: list[tuple[float, str]] = field(default_factory=list)
    ended: list[tuple[float, str, Outcome]] = field(default_factory=list)
    connects: list[float] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0

    def accepted(self) -> Counter[str]:
        return Counter(who for _, who, how in self.ended if how.verdict is Verdict.ACCEPTED)


class SimCourier:
    """A courier on the fake clock, to the same contract as the real one."""

    def __init__(
        self, server: Server, message_of: Callable[[Claim], object], carrier: Inbox
    ) -> None:
        self.server = server
        self.message_of = message_of
        self.carrier = carrier
        self.connected = False
        self.fresh = True
        self.held: Claim | None = None
        self.hung: tuple[Claim, Claim | None] | None = None
        self.offers = 0
        self.dismissed = False

    def report(self, note: Any) -> None:
        if not self.dismissed:
            self.carrier.put(note)

    def prepare(self, claim: Claim) -> None:
        assert not self.dismissed
        takes_s = 0 if self.connected else self.server.connect_s
        self.server.clock.after(takes_s, lambda: self._prepared(claim))

    def _prepared(self, claim: Claim) -> None:
        if self._made(claim, unsent=None):
            error = self._connect()
            self.held = None if error else claim
            self.report(Refused(self, error) if error else Ready(self))

    def _made(self, claim: Claim | None, unsent: Claim | None) -> bool:
        try:
            if claim is not None:
                self.message_of(claim)
        except ZeroDivisionError as bug:
            self.report(Crashed(self, bug, unsent))
            return False
        return True

    def _connect(self) -> RelayRefused | None:
        if self.connected:
            return None
        self.server.connects.append(self.server.clock.s)
        error = self.server.refuse()
        self.connected, self.fresh = error is None, True
        return error

    def carry(self, following: Claim | None) -> None:
        server, claim = self.server, self.held
        assert claim is not None, "it holds nothing"
        self.held = None
        self.offers += following is not None
        if not self._made(following, unsent=claim):
            return
        if error := self._connect():
            server.clock.after(0, lambda: self.report(Returned(self, claim, error)))
            return
        server.begun.append((server.clock.s, claim.address))
        server.flying += 1
        server.most_flying = max(server.most_flying, server.flying)
        takes_s = server.send_s(claim.address)
        if takes_s is None:
            self.hung = claim, following
        else:
            server.clock.after(
                takes_s, lambda: self._done(claim, following, server.answer(claim.address))
            )

    def _done(self, claim: Claim, following: Claim | None, outcome: Outcome) -> None:
        self.server.flying -= 1
        self.server.ended.append((self.server.clock.s, claim.address, outcome))
        fresh, self.fresh = self.fresh, False
        self.connected = outcome.usable
        self.held = following if outcome.usable else None
        self.report(Done(self, claim, outcome, fresh, self.held is not None))

    def rest(self) -> None:
        self.held = None

    def abort(self) -> None:
        hung, self.hung = self.hung, None
        if hung is not None:
            self.server.clock.after(0.001, lambda: self._done(*hung, self.server.cut))

    def dismiss(self) -> None:
        self.dismissed = True


@dataclass
class World:
    """A ledger with an issue under way, a relay or several, and the delivery between them."""

    ledger: Any
    clock: Clock = field(default_factory=Clock)
    connections: int = 4
    rate: str = "none"
    stages: Stages | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    pauses: list[str] = field(default_factory=list)
    clears: list[float] = field(default_factory=list)
    rests: list[float] = field(default_factory=list)
    turned: list[tuple[float, int]] = field(default_factory=list)
    hired: list[SimCourier] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)
    rates: dict[str, str] = field(default_factory=dict)
    destinations: dict[str, frozenset[str]] = field(default_factory=dict)
    jitter: float = 0.5

    def __post_init__(self) -> None:
        self.server = Server(self.clock)
        self.servers = {"main": self.server}
        self.inbox = Inbox(self.clock)
        self.book = self.ledger
        self.message_of: Callable[[Claim], object] = lambda claim: claim.address

    def delivery(self) -> Delivery[Any]:
        def hire(*of: Any) -> SimCourier:
            self.hired.append(SimCourier(*of))
            return self.hired[-1]

        for server in self.servers.values():
            server.clock = self.clock
        return Delivery(
            book=self.book,
            ways=[
                Way(
                    transport=server,
                    relay=Relay(connections=self.connections, name=name),
                    rate=Rate(parse_rate(self.rates.get(name, "none")), scope=f"relay {name}"),
                    weight=self.weights.get(name, 1),
                )
                for name, server in self.servers.items()
            ],
            message_of=lambda claim: self.message_of(claim),
            rate=Rate(parse_rate(self.rate)),
            lanes=lanes_to(self.destinations),
            lane_rates={
                name: Rate(parse_rate(self.rates[name]), scope=f"to {name}")
                for name in self.destinations
            },
            clock=self.clock.wall,
            monotonic=self.clock.monotonic,
            jitter=lambda: self.jitter,
            on_pause=lambda reason, _: self.pauses.append(reason),
            on_clear=lambda: self.clears.append(self.clock.s),
            on_rest=lambda: self.rests.append(self.clock.s),
            on_stage=lambda issue_id: self.turned.append((self.clock.s, issue_id)),
            courier=hire,
            carrier=self.inbox,
        )

    def run(self) -> Relayed:
        """As ``publish`` does: until nothing can leave now."""
        return self.delivery().run(self.stop, forever=False)

    def run_for(self, seconds: float) -> Relayed:
        """As the daemon does, which is told to stop after so long."""
        delivery = self.delivery()
        self.after(seconds, lambda: (self.stop.set(), delivery.wake()))
        done = delivery.run(self.stop, forever=True)
        self.stop.clear()
        return done

    def after(self, seconds: float, do: Callable[[], object]) -> None:
        self.clock.after(seconds, do)

    # The ledger.

    def issue(self, addresses: Iterable[str], key: str = "tide") -> int:
        """Publish a post, subscribe people, and start its issue; its id."""
        addresses = list(addresses)
        self.ledger.add([_person(address) for address in addresses], NOON)
        return self.start(key)

    def start(self, key: str) -> int:
        self.ledger.view(NOON)
        plan = Plan(identities=(_identity(key),), publications=(_publication(key),))
        self.ledger.record(plan, {key: b"text"}, NOON)
        return self.freeze(Start(key=key))

    def freeze(self, start: Start) -> int:
        frozen = self.ledger.start(
            start,
            subject="Tides",
            content=b"x",
            now=self.clock.wall(),
            salt=b"salt",
            stages=self.stages,
        )
        return int(frozen.id)

    def states(self, issue_id: int = 1) -> dict[str, str]:
        """The state of each address. The counts add up, whenever this is asked."""
        rows = {row.address: str(row.state) for row in self.ledger.deliveries(issue_id)}
        counts = {str(state): n for state, n in self.ledger.issue(issue_id).counts.items() if n}
        assert counts == Counter(rows.values())
        assert sum(counts.values()) == self.ledger.issue(issue_id).audience
        return rows

    def counts(self, issue_id: int = 1) -> dict[str, int]:
        return dict(Counter(self.states(issue_id).values()))

    def attempts(self, issue_id: int = 1) -> dict[str, int]:
        return {row.address: row.attempts for row in self.ledger.deliveries(issue_id)}

    def sending(self) -> list[str]:
        """Who is ``sending`` in the ledger at this moment."""
        return [who for who, state in self.states().items() if state == State.SENDING]


def people(number: int, domain: str = "example.com") -> list[str]:
    return [f"reader{n:03}@{domain}" for n in range(number)]


def spread(number: int) -> list[str]:
    """People at so many domains."""
    return [f"ada@place{n}.example.com" for n in range(number)]


def _person(address: str) -> NewSubscriber:
    return NewSubscriber(address=address, mailbox=address, name="")


def _identity(key: str) -> Identity:
    return Identity(
        key=key,
        path=f"content/{key}.md",
        names=(),
        source_hash=f"source of {key}",
        title=key.title(),
        date=NOON,
        url=f"https://example.com/{key}/",
    )


def _publication(key: str) -> Publication:
    return Publication(
        key=key,
        feed_id=f"tag:example.com,2026:{key}",
        due=NOON,
        live_at=NOON,
        updated=NOON,
        source_hash=f"source of {key}",
        content_hash=f"content of {key}",
        awaiting_mail=True,
    )


def withdraw(world: World, key: str = "tide") -> None:
    [known] = [one for one in world.ledger.view(NOON).known if one.identity.key == key]
    gone = replace(known.publication, withdrawn_at=world.clock.wall())
    world.ledger.record(Plan(publications=(gone,)), {}, NOON)

"""A conversation with a relay that carries one message after another.

    envelope: [RSET] MAIL RCPT DATA             in one write where PIPELINING is offered (RFC 2920)
        │ 354
    message, final dot, next one's envelope     in one write
        │ reply to the message: its outcome
        │ replies to the envelope, read when the next one is sent
    …

Until the kernel has the last byte of the final dot a lost connection is DEFERRED, after that
UNKNOWN. What the server said before it went is read first. An envelope that was written ahead
decides nothing: until its message is sent nothing has begun. What waits is a talk (see ``talk``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from publisher.domain.delivery import Outcome, Verdict
from publisher.mail.envelope import ENVELOPE, Commands, commands
from publisher.mail.features import Features
from publisher.mail.message import Message
from publisher.mail.pipelining import Pipelining
from publisher.mail.replies import Lost, Stage, Unsent, goes_on, verdict
from publisher.mail.stuffing import Stuffed, stuffed
from publisher.mail.talk import Talk, through
from publisher.mail.wire import Wire

PARTING_S = 1.0

_RSET = (Stage.RSET, b"RSET\r\n")


class _Offer(NamedTuple):
    """A message that this server can take, ready to be written."""

    message: Message
    body: Stuffed
    envelope: Commands


class SmtpConnection:
    """An open connection, owned by one thread; ``abort`` alone may come from another.

    ``fresh`` is True until the server has judged a message on it; a 421 is no judgement.
    """

    def __init__(
        self, wire: Wire, features: Features, pipelining: Pipelining, *, timeout_s: float,
        dot_timeout_s: float, messages: int,
    ) -> None:  # fmt: skip
        self.fresh = True
        self._wire = wire
        self._features = features
        self._pipelining = pipelining
        self._timeout_s = timeout_s
        self._dot_timeout_s = dot_timeout_s
        self._left = messages
        self._open = True
        self._reset_due = False
        self._ahead: _Offer | None = None

    def send(self, message: Message, following: Message | None = None) -> Outcome:
        """As ``carry``, and wait until it is done."""
        return through(self.carry(message, following))

    def carry(self, message: Message, following: Message | None = None) -> Talk[Outcome]:
        """Carry one message; see ``Verdict`` for what can come of it.

        ``following`` is next in line: its envelope may leave with this message's final dot. Then
        carry it next, or ``forget`` it, or close; RuntimeError for another message in its place.
        Never raises for what a server or a network can do. ValueError for a message whose lines
        do not end in CRLF, RuntimeError on a connection that a former outcome called unusable.
        """
        if not self._open:
            raise RuntimeError("this connection is used up; open another")
        if self._ahead is None:
            offer = self._offer(message)
            if isinstance(offer, Outcome):
                return offer
            refusal = yield from self._propose(offer.envelope)
        else:
            offer = self._ahead
            if offer.message is not message and offer.message != message:
                raise RuntimeError("another message is next in line; forget it first")
            self._ahead, refusal = None, None
            if not self._wire.go_ahead():
                refusal = yield from self._answers(ENVELOPE, self._timeout_s)
            self._pipelining.ahead.learn(refusal)
            self._reset_due = refusal is not None
        if refusal is None:
            return self._after((yield from self._hand_over(offer.body, following)))
        return self._after(refusal)

    def _offer(self, message: Message) -> _Offer | Outcome:
        body = stuffed(message.segments)
        envelope = commands(
            message.sender, message.recipient, size=body.size, is_ascii=body.ascii,
            features=self._features,
        )  # fmt: skip
        return envelope if isinstance(envelope, Outcome) else _Offer(message, body, envelope)

    def _after(self, outcome: Outcome) -> Outcome:
        """Note what an outcome does to the connection, and close it when it is of no more use."""
        self._left -= 1
        self.fresh = self.fresh and outcome.busy
        if not outcome.usable:
            self.drop()
        elif not self._left or (self._wire.talkative and self._ahead is None):
            outcome = replace(outcome, usable=False)
        return outcome

    # The envelope.

    def _propose(self, envelope: Commands) -> Talk[Outcome | None]:
        """Say whom the message is from and to. None: the server waits for it."""
        steps = [_RSET, *envelope] if self._reset_due else envelope
        self._reset_due = False
        trust = self._pipelining.grouped
        refusal = None
        if self._features.pipelining and trust.ask():
            refusal = yield from self._say(steps)
            trust.learn(refusal)
        else:
            for step in steps:
                refusal = refusal or (yield from self._say([step]))
        self._reset_due = refusal is not None
        return refusal

    def _say(self, group: Commands) -> Talk[Outcome | None]:
        """Write the commands in one piece and read every reply. The first refusal decides."""
        try:
            yield from self._wire.write(_lines(group), self._timeout_s)
        except Lost as lost:
            return (yield from self._last_words(group[0][0], lost))
        return (yield from self._answers([stage for stage, _ in group], self._timeout_s))

    def _answers(self, stages: Iterable[Stage], limit_s: float) -> Talk[Outcome | None]:
        """Read the replies to commands that were written in one piece.

        A server that refuses the recipient may open DATA all the same, when it was asked in the
        same breath: a lone dot then ends a message to nobody (RFC 2920 section 3.1).
        """
        refusal: Outcome | None = None
        try:
            for stage in stages:
                reply = yield from self._wire.reply(limit_s)
                if not goes_on(stage, reply.code):
                    outcome = verdict(stage, reply.code, reply.text)
                    if not outcome.usable:
                        return replace(refusal or outcome, usable=False, busy=outcome.busy)
                    refusal = refusal or outcome
                elif refusal and stage is Stage.DATA:
                    yield from self._wire.write(b".\r\n", limit_s)
                    yield from self._wire.reply(limit_s)
        except Lost as lost:
            return replace(refusal or (yield from self._last_words(stage, lost)), usable=False)
        return refusal

    # The message.

    def _hand_over(self, body: Stuffed, following: Message | None) -> Talk[Outcome]:
        """Write the message and its final dot, and read what the server makes of it."""
        ahead = self._ahead = self._next(following)
        if not self._wire.quiet():
            left = Lost("the server spoke or left out of turn")
            return (yield from self._last_words(Stage.DOT, left))
        data = b"".join([*body.segments, _lines(ahead.envelope) if ahead else b""])
        whole = True
        try:
            yield from self._wire.write(data, self._timeout_s)
        except Unsent as lost:
            if lost.taken < sum(map(len, body.segments)):
                return (yield from self._last_words(Stage.DOT, lost))
            whole = False  # the envelope is torn, but the message is out
        outcome = yield from self._judgement()
        if ahead and outcome.verdict is Verdict.UNKNOWN:
            self._pipelining.ahead.broke()
        return outcome if whole else replace(outcome, usable=False)

    def _next(self, following: Message | None) -> _Offer | None:
        """What of the next message may go out with the final dot of this one.

        Nothing that the next ``send`` has to refuse: it is to say so itself.
        """
        if following is None or self._left < 2 or not self._features.pipelining:
            return None
        with contextlib.suppress(ValueError):
            offer = self._offer(following)
            trusted = self._pipelining.grouped.proven
            if isinstance(offer, _Offer) and trusted and self._pipelining.ahead.ask():
                return offer
        return None

    def _judgement(self) -> Talk[Outcome]:
        try:
            reply = yield from self._wire.reply(self._dot_timeout_s)
        except Lost as lost:
            why = f"{lost}, after the whole message was sent"
            return Outcome(verdict=Verdict.UNKNOWN, reply=why, usable=False)
        return verdict(Stage.DOT, reply.code, reply.text)

    def _last_words(self, stage: Stage, lost: Lost) -> Talk[Outcome]:
        """The outcome of a connection that ended before the last byte left: never an acceptance.

        A refusal that the server left in the socket tells more than the loss.
        """
        with contextlib.suppress(Lost):
            reply = yield from self._wire.reply(0)
            outcome = verdict(stage, reply.code, reply.text)
            if outcome.verdict not in (Verdict.ACCEPTED, Verdict.UNKNOWN):
                return replace(outcome, usable=False)
        return Outcome(verdict=Verdict.DEFERRED, reply=f"{lost} at {stage}", usable=False)

    # The connection.

    def forget(self) -> Talk[None]:
        """Take back the envelope of ``following``, if one was written: it will not be sent.

        Where the server did not want it, RSET goes out before the next. Where it waits for the
        message, closing is the one way to send none; ``alive`` tells.
        """
        if self._ahead is None:
            return
        self._ahead = None
        self._pipelining.ahead.undecided()
        refusal = yield from self._answers(ENVELOPE, min(PARTING_S, self._timeout_s))
        if refusal is not None and refusal.usable:
            self._reset_due = True
        else:
            self.drop()

    def alive(self) -> bool:
        """Whether it can take a message, as far as a look at the socket tells; nothing is sent."""
        return self._open and (self._wire.quiet() if self._ahead is None else self._wire.there())

    def abort(self) -> None:
        """Cut the connection, so that what is under way ends with what it knows."""
        self._wire.cut()

    def part(self) -> Talk[None]:
        """Say QUIT and wait a second for the answer at most, and be closed however it ends."""
        try:
            yield from self.forget()  # to a server that waits for a message QUIT would be one
            if self._open:
                with contextlib.suppress(Lost):
                    yield from self._wire.write(b"QUIT\r\n", PARTING_S)
                    yield from self._wire.reply(PARTING_S)
        finally:
            self.drop()

    def close(self) -> None:
        """Part, and wait until that is done. May be called twice."""
        through(self.part())

    def drop(self) -> None:
        """Close it without a word. May be called twice."""
        if self._ahead is not None:
            self._ahead = None
            self._pipelining.ahead.undecided()
        self._open = False
        self._wire.close()


def _lines(group: Commands) -> bytes:
    return b"".join([line for _, line in group])

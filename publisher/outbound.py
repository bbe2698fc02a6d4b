"""Settings → the wired delivery: the part of bootstrap that is about the ways out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from publisher.books import DeliveryBook
from publisher.carrier import Carrier
from publisher.config.settings import Settings, WayOut
from publisher.deliver import Delivery
from publisher.domain.delivery import Claim
from publisher.domain.lanes import lanes_to
from publisher.domain.relay import Relay
from publisher.mail.maildir import MaildirTransport
from publisher.mail.message import Message
from publisher.mail.rate import Rate, parse_rate
from publisher.mail.smtp import SmtpTransport
from publisher.mail.target import MaildirTarget
from publisher.ways import Way


def wire(
    settings: Settings,
    *,
    book: DeliveryBook,
    message_of: Callable[[Claim], Message],
    transports: Mapping[str, SmtpTransport | MaildirTransport],
    now: Callable[[], datetime],
    jitter: Callable[[], float],
) -> Delivery[Message]:
    """The use case that delivers, by the transports of the relays."""
    places = settings.delivery.destinations
    lanes = lanes_to({name: frozenset(one.domains) for name, one in places.items()})
    return Delivery(
        book=book,
        ways=[
            Way(
                transport=transports[one.name],
                relay=Relay(connections=one.connections, name=one.name),
                rate=Rate(parse_rate(one.rate), scope=f"relay {one.name}"),
                weight=one.weight,
            )
            for one in settings.relays
        ],
        message_of=message_of,
        rate=Rate(parse_rate(settings.delivery.rate)),
        lanes=lanes,
        lane_rates={
            name: Rate(parse_rate(one.rate), scope=f"to {name}") for name, one in places.items()
        },
        clock=now,
        monotonic=time.monotonic,
        jitter=jitter,
        carrier=Carrier(time.monotonic),
        resend_unknown=settings.delivery.on_unknown == "resend",
    )


def transport(settings: Settings, way: WayOut, hello: str) -> SmtpTransport | MaildirTransport:
    """One way out. ``hello`` is our name at EHLO."""
    if isinstance(way.target, MaildirTarget):
        return MaildirTransport(settings.root / way.target.path)
    password = way.password
    return SmtpTransport(
        way.target, password=password.get_secret_value() if password else None, hello=hello
    )

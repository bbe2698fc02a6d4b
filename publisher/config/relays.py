"""The keys of one relay and of one destination, and what each asks of the others beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from publisher.config import fields
from publisher.config.section import Section
from publisher.mail.target import MaildirTarget, parse_target


class RelaySection(Section):
    """One of several mail relays."""

    transport: fields.Transport = Field(
        description=(
            "As `delivery.transport`. The password is PUBLISHER_SMTP_PASSWORD_ and the relay's "
            "name in capitals, or else PUBLISHER_SMTP_PASSWORD."
        )
    )
    weight: fields.Weight = Field(
        default=1,
        description=(
            "Its share of the mails beside the others', up to `100`. "
            "`0` is a spare, used while no other can be."
        ),
    )
    connections: fields.Connections | None = Field(
        default=None,
        description="Connections to it used at once; `delivery.connections` unless set.",
    )
    rate: fields.MailRate = Field(default="none", description="Highest rate through this relay.")


class Destination(Section):
    """Mail domains with a rate of their own."""

    domains: Annotated[tuple[fields.MailDomain, ...], fields.DISTINCT, fields.SOME] = Field(
        description="Domains of the addresses, each by its name: `[gmail.com, googlemail.com]`."
    )
    rate: fields.MailRate = Field(description="Highest rate to these domains together.")


def usable(relays: Mapping[str, RelaySection]) -> Mapping[str, RelaySection]:
    """Relays of one kind, of which one is no spare. Raises ValueError."""
    targets = [parse_target(relay.transport) for relay in relays.values()]
    if len(targets) > 1 and any(isinstance(target, MaildirTarget) for target in targets):
        raise ValueError(
            "a Maildir can't stand beside other relays, as what a crash interrupts is done again "
            "there and is not by a mail server: keep one kind"
        )
    if relays and not any(relay.weight for relay in relays.values()):
        raise ValueError("every relay is a spare: give one of them a weight above 0")
    return relays


def told_apart(destinations: Mapping[str, Destination]) -> Mapping[str, Destination]:
    """Destinations of which no two share a domain. Raises ValueError."""
    first: dict[str, str] = {}
    for name, destination in destinations.items():
        for domain in destination.domains:
            if first.setdefault(domain, name) != name:
                raise ValueError(f"{domain} is in {first[domain]} and in {name}: keep one")
    return destinations

"""Whether the newsletter can be mailed as the settings stand, and what is lacking where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from publisher.config.environment import SMTP_PASSWORD, password_variable
from publisher.config.settings import Settings, WayOut
from publisher.mail.target import SmtpTarget


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """``off``: no newsletter is configured. ``incomplete``: ``lacks`` says for want of what."""

    mail: Literal["ready", "off", "incomplete"]
    lacks: str = ""


def mail_readiness(settings: Settings) -> Readiness:
    """Whether issues can be mailed. The section ``newsletter`` is what turns the newsletter on."""
    if "newsletter" not in settings.model_fields_set:
        return Readiness(mail="off")
    lacks = list(_lacks(settings))
    if not lacks:
        return Readiness(mail="ready")
    return Readiness(mail="incomplete", lacks=", ".join(lacks))


def _lacks(settings: Settings) -> Iterator[str]:
    newsletter = settings.newsletter
    if newsletter.from_ is None:
        yield "newsletter.from"
    if newsletter.postal_address is None:
        yield "newsletter.postal_address"
    if settings.web.url is None and newsletter.unsubscribe_mailto is None:
        yield "web.url or newsletter.unsubscribe_mailto (a way to unsubscribe)"


def login_lacks(settings: Settings) -> str | None:
    """What a login to the relay lacks, if it lacks something: then nothing leaves, and all waits.

    That is no reason to hold an issue: the password may be there for the daemon and not for a
    command by hand.
    """
    lacking = [relay.name for relay in settings.relays if _password_lacks(relay)]
    if not lacking:
        return None
    if not settings.delivery.relays:
        return f"{SMTP_PASSWORD} is not set, and delivery.transport names a user"
    variables = " and ".join(map(password_variable, lacking))
    names = " and ".join(f"delivery.relays.{name}" for name in lacking)
    return f"neither {variables} nor {SMTP_PASSWORD} is set, for the user that {names} names"


def _password_lacks(relay: WayOut) -> bool:
    target = relay.target
    return isinstance(target, SmtpTarget) and target.user is not None and relay.password is None

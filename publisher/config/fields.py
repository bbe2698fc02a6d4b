"""The types of settings: how each is read from the text of the file, and within which bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, PlainValidator, ValidationInfo

from publisher.audience.address import Mailbox, parse_mailbox
from publisher.config import places, values
from publisher.config.document import kind
from publisher.content import habits, templates
from publisher.content.flags import read_flag
from publisher.domain.errors import UsageError
from publisher.domain.stages import parse_stage, parse_stages, percent
from publisher.ledger.place import locate
from publisher.mail.rate import parse_rate
from publisher.mail.target import parse_target


def text(parse: Callable[[str], object], wanted: str) -> PlainValidator:
    """Read a value of the file as text; a value that has its type already stays as it is."""

    def convert(value: object) -> object:
        if isinstance(value, list | dict):
            raise ValueError(f"expected {wanted}, not {kind(value)}")
        return parse(value) if isinstance(value, str) else value

    return PlainValidator(convert)


def _transport(said: str) -> str:
    parse_target(said)
    return said


def _rate(said: str) -> str:
    parse_rate(said)
    return said


def _percent(said: str) -> str:
    percent(said)
    return said


def _flag_or_auto(said: str) -> bool | None:
    if said.casefold() == "auto":
        return None
    try:
        return read_flag(said)
    except ValueError as error:
        raise values.expected("true, false or auto", said) from error


def _ledger(said: str) -> str:
    try:
        locate(places.folder(said), Path("/"))
    except UsageError as error:
        raise ValueError(str(error).removeprefix("ledger: ")) from error
    return said


def _controlled_day(value: object, info: ValidationInfo) -> object:
    """A day that is not in the future: the name was yours then (RFC 4151 section 2.1)."""
    if not isinstance(value, str):
        raise ValueError(f"expected a date, not {kind(value)}")
    said, today = values.day(value), (info.context or {}).get("today")
    if today is not None and said > today:
        raise ValueError(
            f"{said} is in the future (today is {today}): the ids of feeds need a day that has been"
        )
    return said


def _permalinks(value: object) -> object:
    """A pattern, or one for each section of Hugo's."""
    if isinstance(value, dict):
        return {name.strip("/"): _pattern(pattern) for name, pattern in value.items()}
    return _pattern(value)


def _pattern(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f"expected a path, not {kind(value)}")
    return places.permalink(value)


def _table(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError(f"expected keys and their values, not {kind(value)}")
    return value


def _words(*words: str) -> PlainValidator:
    return text(values.choice(*words), f"{', '.join(words[:-1])} or {words[-1]}")


def _span(lowest: timedelta, highest: timedelta) -> PlainValidator:
    return text(values.duration(lowest, highest), "a time span")


FOREVER = timedelta(days=3650)
DISTINCT = AfterValidator(values.distinct)
SOME = AfterValidator(values.some)
RISING = AfterValidator(parse_stages)

OneLine: TypeAlias = Annotated[str, text(values.one_line, "text")]
Lines: TypeAlias = Annotated[str, text(values.lines, "text")]
Flag: TypeAlias = Annotated[bool, text(read_flag, "true or false")]
ClockTime: TypeAlias = Annotated[time, text(values.clock_time, "a time of day")]
PastDay: TypeAlias = Annotated[date, PlainValidator(_controlled_day)]
Zone: TypeAlias = Annotated[ZoneInfo, text(values.zone, "a time zone")]
Language: TypeAlias = Annotated[str, text(values.language, "a language tag")]
Taxonomy: TypeAlias = Annotated[str, text(values.taxonomy, "a word")]
Sender: TypeAlias = Annotated[Mailbox, text(parse_mailbox, "an address")]
Address: TypeAlias = Annotated[str, text(values.plain_address, "an address")]

Url: TypeAlias = Annotated[str, text(places.web_url, "a URL")]
HostName: TypeAlias = Annotated[str, text(places.host_name, "a host name")]
ListId: TypeAlias = Annotated[str, text(places.list_id, "words with dots between")]
HubUrl: TypeAlias = Annotated[str, text(places.endpoint, "a URL")]
Folder: TypeAlias = Annotated[str, text(places.folder, "a path")]
InnerFolder: TypeAlias = Annotated[str, text(places.inner_folder, "a folder")]
Permalinks: TypeAlias = Annotated[str | Mapping[str, str], PlainValidator(_permalinks)]
Table: TypeAlias = Annotated[Mapping[str, object], PlainValidator(_table)]
ListenAt: TypeAlias = Annotated[places.Listen, text(places.listen, "an address and a port")]

GivenName: TypeAlias = Annotated[str, text(values.given_name, "a name")]
MailDomain: TypeAlias = Annotated[str, text(places.mail_domain, "a domain")]
Transport: TypeAlias = Annotated[str, text(_transport, "an address such as maildir:outbox")]
MailRate: TypeAlias = Annotated[str, text(_rate, "a rate such as 14/s")]
LedgerUrl: TypeAlias = Annotated[str, text(_ledger, "an address such as sqlite:state/publisher.db")]

Generator: TypeAlias = Annotated[habits.Generator, _words(*habits.GENERATORS)]
Engine: TypeAlias = Annotated[templates.Engine, _words("liquid", "shortcodes", "links", "none")]
Slugs: TypeAlias = Annotated[habits.Slugs, _words(*habits.SLUGS)]
Format: TypeAlias = Annotated[Literal["atom", "rss", "json"], _words("atom", "rss", "json")]
BaselineIds: TypeAlias = Annotated[Literal["tag", "permalink"], _words("tag", "permalink")]
OnUnknown: TypeAlias = Annotated[Literal["hold", "resend"], _words("hold", "resend")]
Survive: TypeAlias = Annotated[Literal["power", "process"], _words("power", "process")]

Entries: TypeAlias = Annotated[int, text(values.number(1, 10_000), "a number")]
ArchiveEntries: TypeAlias = Annotated[int, text(values.number_or_off(1_000), "a number or off")]
AuthorFeeds: TypeAlias = Annotated[bool | None, text(_flag_or_auto, "true, false or auto")]
MostPolls: TypeAlias = Annotated[int, text(values.number_or_off(100_000), "a number or off")]
Network: TypeAlias = Annotated[str, text(places.network, "an address or network")]
PostsPerHour: TypeAlias = Annotated[int, text(values.number(0, 1_000), "a number")]
Connections: TypeAlias = Annotated[int, text(values.number(1, 100), "a number")]
Weight: TypeAlias = Annotated[int, text(values.number(0, 100), "a number")]

RenderTime: TypeAlias = Annotated[
    timedelta, _span(timedelta(milliseconds=100), timedelta(minutes=10))
]
Age: TypeAlias = Annotated[timedelta, _span(timedelta(minutes=1), FOREVER)]
Settle: TypeAlias = Annotated[timedelta, _span(timedelta(0), timedelta(hours=1))]
Stage: TypeAlias = Annotated[str, text(parse_stage, "author or a percentage")]
StageWait: TypeAlias = Annotated[timedelta, _span(timedelta(0), timedelta(days=30))]
Percent: TypeAlias = Annotated[str, text(_percent, "a percentage")]
PageWait: TypeAlias = Annotated[
    timedelta | None,
    text(values.duration_or_off(timedelta(seconds=1), timedelta(days=30)), "a time span or off"),
]

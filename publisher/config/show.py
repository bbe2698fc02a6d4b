"""The settings as they are in force, for a person or a program to read; secrets are hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from publisher.config.complaints import section_of
from publisher.config.environment import SECRET, SMTP_PASSWORD, password_variable
from publisher.config.keys import Content, Delivery, Feeds, File, Newsletter
from publisher.config.relays import RelaySection
from publisher.config.settings import Settings, WayOut
from publisher.config.values import duration_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key for the reference: ``delivery.connections``, what it is for, and its default.

    ``default`` is as written in the file; None where there is none, because the key is
    ``required``, because leaving it out means what the description says, or for a section.
    """

    name: str
    description: str
    default: str | None
    required: bool


def shown(settings: Settings) -> dict[str, object]:
    """Every setting in force as JSON-like data, in the words of the file.

    ``environment`` says of each secret whether it is set, never what it is.
    """
    data = _plain_section(settings, File.model_fields)
    in_force: dict[str, object] = {"templates": settings.engine}
    if (pattern := settings.own_permalink) is not None:
        in_force["permalink"] = pattern
    data["content"] = _plain_section(settings.content, Content.model_fields) | in_force
    data["feeds"] = _plain_section(settings.feeds, Feeds.model_fields) | {"url": settings.feeds_url}
    data["newsletter"] = _plain_section(settings.newsletter, Newsletter.model_fields) | {
        "list_id": settings.list_id
    }
    if settings.delivery.relays:
        data["delivery"] = _plain_section(settings.delivery, Delivery.model_fields) | {
            "transport": None,
            "relays": {way.name: _way(settings, way) for way in settings.relays},
        }
    data["environment"] = {
        SECRET: f"{len(settings.secrets)} set (hidden)" if settings.secrets else None,
        SMTP_PASSWORD: "set (hidden)" if settings.smtp_password else None,
        **{password_variable(name): "set (hidden)" for name in settings.relay_passwords},
    }
    return data


def reference() -> tuple[Key, ...]:
    """Every key of the file in its order, for the documentation."""
    return tuple(_reference(File, ""))


def plain(value: object, none: str | None = None) -> object:
    """A value as it is written in the file: text, number, true or false, list, or ``none``."""
    if value is None:
        return none
    if isinstance(value, BaseModel):
        return _plain_section(value, type(value).model_fields)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool | int):
        return value
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, ZoneInfo):
        return value.key
    if isinstance(value, time):
        return value.isoformat("minutes" if not value.second else "seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain_section(section: BaseModel, fields: dict[str, FieldInfo]) -> dict[str, object]:
    return {
        field.alias or key: plain(getattr(section, key), _none(field))
        for key, field in fields.items()
    }


def _way(settings: Settings, way: WayOut) -> dict[str, object]:
    relay = settings.delivery.relays[way.name]
    return _plain_section(relay, RelaySection.model_fields) | {"connections": way.connections}


def _none(field: FieldInfo) -> str | None:
    """The word that stands in the file where the value is None: ``off``, for some keys."""
    extra = field.json_schema_extra
    return str(extra["none"]) if isinstance(extra, dict) and "none" in extra else None


def _reference(model: type[BaseModel], above: str) -> Iterator[Key]:
    for field_name, field in model.model_fields.items():
        name = f"{above}{field.alias or field_name}"
        section, below = section_of(field.annotation)
        yield Key(
            name=name,
            description=field.description or (section.__doc__ if section else None) or "",
            default=None if section else _default(field.default, _none(field)),
            required=field.is_required(),
        )
        if section is not None:
            yield from _reference(section, ".".join((name, *below, "")))


def _default(value: Any, none: str | None) -> str | None:
    if value is PydanticUndefined or value == "":
        return None
    written = plain(value, none)
    if written is None:
        return None
    if isinstance(written, bool):
        return str(written).lower()
    return f"[{', '.join(map(str, written))}]" if isinstance(written, list) else str(written)

"""Jekyll's filters for python-liquid, and its ``date`` without a clock."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from functools import wraps
from html import escape
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, quote_plus

from liquid import RenderContext, Undefined
from liquid.exceptions import FilterError, LiquidError
from liquid.filter import with_context

from publisher.content.dates import MONTHS, read_date

if TYPE_CHECKING:
    from publisher.content.templates.liquid import Engine

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIRECTIVE = re.compile(r"%([-_0^]?)([A-Za-z%])")
_NO_WORD = re.compile(r"[^\w]+")
_INDEX = re.compile(r"/index\.html?$")
LONGEST_JSON = 100_000


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose every failure is one of the template that uses it."""

    @wraps(function)
    def guarding(*values: Any, **named: Any) -> Any:
        try:
            return function(*values, **named)
        except LiquidError:
            raise
        except (ArithmeticError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise FilterError(str(error) or type(error).__name__, token=None) from error

    return guarding


def date_as(value: object, pattern: object) -> str:
    """A date by a pattern of strftime, in English everywhere. What is no date stays as it is."""
    if value in ("now", "today"):
        raise FilterError("a feed knows no present", token=None)
    when = _date(value)
    return _text(value) if when is None else _formatted(when, _text(pattern))


def _formatted(when: datetime, pattern: str) -> str:
    return _DIRECTIVE.sub(lambda found: _directive(when, found[1], found[2]), pattern)


def _directive(when: datetime, flag: str, letter: str) -> str:
    if letter in _SPELT:
        text = _SPELT[letter](when)
        return text.upper() if flag == "^" else text
    width, number = _NUMBERS[letter](when) if letter in _NUMBERS else (0, -1)
    if number < 0:
        return f"%{flag}{letter}"
    pad = {"-": "", "_": " ", "0": "0"}.get(flag, " " if letter in "ekl" else "0")
    return str(number).rjust(width, pad) if pad else str(number)


_SPELT: Mapping[str, Callable[[datetime], str]] = {
    "%": lambda _: "%",
    "B": lambda d: MONTHS[d.month - 1],
    "b": lambda d: MONTHS[d.month - 1][:3],
    "h": lambda d: MONTHS[d.month - 1][:3],
    "A": lambda d: _DAYS[d.weekday()],
    "a": lambda d: _DAYS[d.weekday()][:3],
    "p": lambda d: "AM" if d.hour < 12 else "PM",
    "P": lambda d: "am" if d.hour < 12 else "pm",
    "z": lambda d: d.strftime("%z"),
    "Z": lambda d: d.strftime("%Z"),
    "F": lambda d: d.strftime("%Y-%m-%d"),
    "T": lambda d: d.strftime("%H:%M:%S"),
    "R": lambda d: d.strftime("%H:%M"),
    "D": lambda d: d.strftime("%m/%d/%y"),
}
_NUMBERS: Mapping[str, Callable[[datetime], tuple[int, int]]] = {
    "Y": lambda d: (4, d.year),
    "y": lambda d: (2, d.year % 100),
    "C": lambda d: (2, d.year // 100),
    "m": lambda d: (2, d.month),
    "d": lambda d: (2, d.day),
    "e": lambda d: (2, d.day),
    "j": lambda d: (3, d.timetuple().tm_yday),
    "H": lambda d: (2, d.hour),
    "k": lambda d: (2, d.hour),
    "I": lambda d: (2, (d.hour + 11) % 12 + 1),
    "l": lambda d: (2, (d.hour + 11) % 12 + 1),
    "M": lambda d: (2, d.minute),
    "S": lambda d: (2, d.second),
    "u": lambda d: (1, d.isoweekday()),
    "w": lambda d: (1, d.isoweekday() % 7),
    "s": lambda d: (1, int(d.timestamp())),
}


def _date(value: object) -> datetime | None:
    try:
        return read_date(_text(value), UTC, time(0, 0))
    except ValueError:
        return None


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _slug(value: object) -> str:
    return _NO_WORD.sub("-", _text(value).lower()).strip("-")


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=_text)
    return text[:LONGEST_JSON]


def _sentence(values: Sequence[object], connector: str = "and") -> str:
    words = [_text(value) for value in values]
    if len(words) < 3:
        return f" {connector} ".join(words)
    return f"{', '.join(words[:-1])}, {connector} {words[-1]}"


@with_context
def _relative_url(value: object, *, context: RenderContext) -> str:
    base = cast("Engine", context.env).facts.baseurl
    text = _text(value)
    return text if re.match(r"\w+:|//", text) else f"{base}/{text.lstrip('/')}"


@with_context
def _absolute_url(value: object, *, context: RenderContext) -> str:
    facts = cast("Engine", context.env).facts
    text = _text(value)
    return (
        text if re.match(r"\w+:|//", text) else f"{facts.origin}{facts.baseurl}/{text.lstrip('/')}"
    )


def _markdown(value: object) -> str:
    from publisher.content.markdown import to_html

    return to_html(_text(value), key="")


def _words(value: object) -> int:
    return len(_text(value).split())


def _group_by(values: Sequence[Any], key: str) -> list[dict[str, object]]:
    groups: dict[str, list[object]] = {}
    for value in values:
        named = value.get(key) if isinstance(value, Mapping) else None
        groups.setdefault(_text(named), []).append(value)
    return [{"name": name, "items": items, "size": len(items)} for name, items in groups.items()]


def _list(value: object) -> list[Any]:
    return (
        [] if isinstance(value, Undefined) or value is None else list(cast("Sequence[Any]", value))
    )


FILTERS: Mapping[str, Callable[..., Any]] = {
    "date": date_as,
    "date_to_string": lambda value, *_: date_as(value, "%d %b %Y"),
    "date_to_long_string": lambda value, *_: date_as(value, "%d %B %Y"),
    "date_to_xmlschema": lambda value: (_date(value) or value).isoformat(),
    "date_to_rfc822": lambda value: date_as(value, "%a, %d %b %Y %H:%M:%S %z"),
    "relative_url": _relative_url,
    "absolute_url": _absolute_url,
    "url": _relative_url,
    "slugify": lambda value, *_: _slug(value),
    "slug": lambda value, *_: _slug(value),
    "xml_escape": lambda value: escape(_text(value)),
    "cgi_escape": lambda value: quote_plus(_text(value)),
    "uri_escape": lambda value: quote(_text(value), safe="/:?#[]@!$&'()*+,;=%~-._"),
    "jsonify": _json,
    "inspect": _json,
    "markdownify": _markdown,
    "smartify": _text,
    "strip_index": lambda value: _INDEX.sub("/", _text(value)),
    "normalize_whitespace": lambda value: " ".join(_text(value).split()),
    "number_of_words": lambda value, *_: _words(value),
    "array_to_sentence_string": _sentence,
    "to_integer": lambda value: int(float(value)),
    "group_by": _group_by,
    "push": lambda values, one: [*_list(values), one],
    "unshift": lambda values, one: [one, *_list(values)],
    "pop": lambda values, *_: _list(values)[:-1],
    "shift": lambda values, *_: _list(values)[1:],
}

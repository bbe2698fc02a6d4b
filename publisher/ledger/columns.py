"""The kinds of columns that the ledger's tables are made of, and what statements say of them.

Instants are whole microseconds since 1970 UTC: exact, short, and in order as numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import overload

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Integer,
    Text,
    TypeDecorator,
    bindparam,
    or_,
)

#: A row id. SQLite makes ids by itself only for a column declared as INTEGER to the letter.
Id = BigInteger().with_variant(Integer, "sqlite")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: ``next_at`` of a queued delivery: it may begin at any time, also with the clock set back.
AT_ONCE = EPOCH

_MICROSECOND = timedelta(microseconds=1)


@overload
def since_epoch(microseconds: int) -> datetime: ...
@overload
def since_epoch(microseconds: None) -> None: ...
def since_epoch(microseconds: int | None) -> datetime | None:
    """An instant from the number it is kept as."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def number(instant: datetime) -> int:
    """The number that an instant is kept as. One without a zone raises TypeError."""
    return (instant - EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 UTC and read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database. A datetime without a zone raises TypeError."""
        return None if value is None else number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return since_epoch(value)


#: The time of a statement. Its type has to be said: where none can be told from the place it
#: stands in, as in a function, the driver would write text of its own.
NOW: BindParameter[datetime] = bindparam("now", type_=Instant)


class Written(TypeDecorator[datetime]):
    """An aware datetime with the offset it was written in, kept as ISO 8601 text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """From the database; the zone is the offset alone."""
        return None if value is None else datetime.fromisoformat(value)


def one_of(column: str, values: Iterable[StrEnum]) -> str:
    """The rule that a column has one of these values, as a table's definition says it."""
    return f"{column} IN ({', '.join(sorted(repr(str(value)) for value in values))})"


def among(column: ColumnElement[str], values: Iterable[StrEnum]) -> ColumnElement[bool]:
    """Whether a column has one of these values, which every statement can be run many times with.

    (SQLAlchemy writes ``IN`` anew for each execution, and can't for many rows at once.)
    """
    return or_(*(column == value for value in sorted(values)))


def flag(name: str) -> Column[bool]:
    """A column that is true or false, and is told to be."""
    return Column(name, Boolean(create_constraint=True, name=name), nullable=False)

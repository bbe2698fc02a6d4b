"""Statements that run many thousand times a minute: compiled once, then run at the driver.

SQLAlchemy takes 30 to 60 µs to run a statement that it has compiled, SQLite 2 to 5. So what is in
the way of every message is said in SQLAlchemy, is compiled for the database once, and goes from
then on to its driver as text, with values as the database keeps them: a number for an instant
(``schema.number``), plain text for a state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import BindParameter, ClauseElement, Dialect, bindparam
from sqlalchemy.sql import visitors

Values = Mapping[str, Any]


class Cursor(Protocol):
    """What a driver answers with (PEP 249)."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed; of many executions all together."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows that were found."""


class Driver(Protocol):
    """A driver's connection, in a transaction. Values are given by name."""

    def execute(self, text: str, values: Values, /) -> Cursor:
        """Run a statement."""

    def executemany(self, text: str, values: Sequence[Values], /) -> Cursor:
        """Run a statement with each of these."""


class Prepared:
    """A statement whose values have names. Those that it was made with are part of its text."""

    def __init__(self, statement: ClauseElement) -> None:
        made = visitors.replacement_traverse(statement, {}, _known)
        assert isinstance(made, ClauseElement)
        self._statement = made
        self._texts: dict[str, str] = {}

    def text(self, dialect: Dialect) -> str:
        """The statement as that database's driver takes it."""
        if dialect.name not in self._texts:
            compiled = self._statement.compile(
                dialect=dialect, compile_kwargs={"render_postcompile": True}
            )
            self._texts[dialect.name] = str(compiled)
        return self._texts[dialect.name]


def _known(element: Any, **_: Any) -> Any:
    """Values that are known stand in the text: the planner sees them, and nobody has to bind."""
    if not isinstance(element, BindParameter):
        return None
    if element.required:  # else SQLAlchemy asks for its value when it compiles the others
        return bindparam(element.key, None, element.type)
    return element.render_literal_execute()


@dataclass(frozen=True, slots=True)
class Swift:
    """A transaction in which prepared statements run at the driver."""

    driver: Driver
    dialect: Dialect

    def rows(self, statement: Prepared, values: Values) -> list[tuple[Any, ...]]:
        """What a statement finds."""
        return self.driver.execute(statement.text(self.dialect), values).fetchall()

    def change(self, statement: Prepared, values: Values) -> int:
        """How many rows a statement changes."""
        return self.driver.execute(statement.text(self.dialect), values).rowcount

    def change_all(self, statement: Prepared, values: Sequence[Values]) -> int:
        """How many rows a statement changes, run with each of these."""
        return self.driver.executemany(statement.text(self.dialect), values).rowcount

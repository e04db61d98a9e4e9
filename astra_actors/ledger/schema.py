"""How a fact becomes a row and a row a fact again: one STRICT table per fact class, one column per field.

Behind a fact's own columns stand two more: `run_id`, which run wrote it, and `window`, which commit. The shipped SQL of
a migration is text and never changes; `create_table` here is what such text is written from and held to.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_type_hints

import msgspec

from astra_actors.kernel.facts import FACTS, EquityMarked, Fact

F = TypeVar("F", bound=Fact)

_SQL_TYPE: Final = {int: "INTEGER", bool: "INTEGER", float: "REAL", str: "TEXT"}
_LARGEST: Final = "1.7976931348623157e308"  # an infinite REAL is refused by the table: no statistic may hold one

# Beside these every table is indexed by market, which is how a market's actor reads its own past. An index on a random
# id costs a fact as much as its row does: what only a person asks for (an estimate, a fill) is found by reading on.
INDEXES: Final = (
    ("orders", "order_id"),
    ("order_events", "order_id, event_type"),  # which orders are over: what a start asks first
    ("fills", "order_id"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a fact table."""

    name: str
    kind: type
    nullable: bool
    is_list: bool

    @property
    def sql(self) -> str:
        """The column as CREATE TABLE says it."""
        words = [quoted(self.name), "TEXT" if self.is_list else _SQL_TYPE[self.kind]]
        if not self.nullable:
            words.append("NOT NULL")
        if self.kind is bool:
            words.append(f"CHECK ({quoted(self.name)} IN (0, 1))")
        if self.kind is float:
            words.append(f"CHECK ({quoted(self.name)} BETWEEN -{_LARGEST} AND {_LARGEST})")
        return " ".join(words)


def quoted(name: str) -> str:
    """A column name that SQL does not mistake for a word of its own (`limit`, `window`)."""
    return f'"{name}"'


@cache
def columns(fact_class: type[Fact]) -> tuple[Column, ...]:
    """The fact's own columns, in the order of its fields."""
    hints = get_type_hints(fact_class)
    return tuple(_column(name, hints[name]) for name in fact_class.__struct_fields__)


@cache
def insert_sql(fact_class: type[Fact]) -> str:
    """INSERT for one fact, followed by run and window."""
    names = [*(column.name for column in columns(fact_class)), "run_id", "window"]
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {fact_class.table} ({', '.join(map(quoted, names))}) VALUES ({marks})"


@cache
def select_sql(fact_class: type[Fact]) -> str:
    """SELECT of the fact's own columns, ready for a WHERE."""
    return f"SELECT {', '.join(quoted(column.name) for column in columns(fact_class))} FROM {fact_class.table}"


def rows_of(fact_class: type[Fact], facts: Sequence[Fact], run_id: str, window: int) -> list[tuple[Any, ...]]:
    """The facts as rows, lists written as JSON."""
    lists = [i for i, column in enumerate(columns(fact_class)) if column.is_list]
    tail = (run_id, window)
    if not lists:
        return [msgspec.structs.astuple(fact) + tail for fact in facts]
    return [_with_json(msgspec.structs.astuple(fact), lists) + tail for fact in facts]


@cache
def reader(fact_class: type[F]) -> Callable[[Sequence[Any]], F]:
    """A function that makes the fact from a row of `select_sql`."""
    names = fact_class.__struct_fields__
    special = [(c.name, _read_list if c.is_list else bool) for c in columns(fact_class) if c.is_list or c.kind is bool]

    def read(row: Sequence[Any]) -> F:
        values = dict(zip(names, row, strict=True))
        for name, convert in special:
            values[name] = convert(values[name])
        return fact_class(**values)

    return read


def create_table(fact_class: type[Fact]) -> str:
    """The CREATE TABLE of one fact class."""
    lines = [column.sql for column in columns(fact_class)]
    lines += ['"run_id" TEXT NOT NULL REFERENCES runs (run_id)', '"window" INTEGER NOT NULL']
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {fact_class.table} (\n    {body}\n) STRICT;"


def create_everything() -> str:
    """Tables and indexes of all fact classes."""
    parts = [create_table(fact_class) for fact_class in FACTS]
    of_markets = [fact_class.table for fact_class in FACTS if fact_class is not EquityMarked]
    indexes = [*((table, "market_id") for table in of_markets), *INDEXES]
    lines = [f"CREATE INDEX {table}_by_{names.split(',')[0]} ON {table} ({names});" for table, names in indexes]
    return "\n\n".join([*parts, "\n".join(lines)]) + "\n"


def _column(name: str, hint: Any) -> Column:
    nullable = False
    if isinstance(hint, types.UnionType):
        nullable = type(None) in get_args(hint)
        hint = next(option for option in get_args(hint) if option is not type(None))
    is_list = getattr(hint, "__origin__", None) is tuple
    return Column(name, tuple if is_list else hint, nullable, is_list)


def _with_json(values: tuple[Any, ...], lists: Sequence[int]) -> tuple[Any, ...]:
    row = list(values)
    for i in lists:
        row[i] = msgspec.json.encode(row[i]).decode()
    return tuple(row)


def _read_list(text: str) -> tuple[str, ...]:
    return tuple(msgspec.json.decode(text, type=list[str]))

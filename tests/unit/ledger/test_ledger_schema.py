"""One STRICT table per class of fact, one column per field, and nothing lost between them (promise 4: traceable)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.facts import FACTS, EquityMarked, Fact, MarketListed, OrderFilled, SnapshotTaken
from astra_actors.ledger import schema
from astra_actors.ledger.migrations import migrate
from astra_actors.ledger.recovery import facts_for_market
from astra_actors.ledger.store import LedgerStore

Make = Callable[..., Any]
each_class = pytest.mark.parametrize("fact_class", FACTS, ids=lambda cls: cls.__name__)


@pytest.fixture
def migrated() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    return connection


@each_class
def test_the_table_has_the_fields_of_the_fact_and_run_and_window(
    migrated: sqlite3.Connection, fact_class: type[Fact]
) -> None:
    named = [row[1] for row in migrated.execute(f"PRAGMA table_info({fact_class.table})")]
    assert named == [*fact_class.__struct_fields__, "run_id", "window"], "a changed fact needs a migration"


@each_class
def test_the_table_is_what_the_fact_asks_for(migrated: sqlite3.Connection, fact_class: type[Fact]) -> None:
    fresh = sqlite3.connect(":memory:")
    fresh.execute(schema.create_table(fact_class))
    query = f"SELECT name, type, \"notnull\" FROM pragma_table_info('{fact_class.table}')"
    assert migrated.execute(query).fetchall() == fresh.execute(query).fetchall()


@each_class
def test_a_fact_comes_back_as_it_went_in(store: LedgerStore, make: Make, fact_class: type[Fact]) -> None:
    wanted = make(fact_class, 3)
    store.commit(0, 1, [wanted])
    assert facts_for_market(store.connection, store.lineage, "m1", fact_class) == [wanted]


@each_class
def test_a_null_comes_back_as_none(store: LedgerStore, make: Make, fact_class: type[Fact]) -> None:
    nulls = {column.name: None for column in schema.columns(fact_class) if column.nullable}
    wanted = make(fact_class, 4, **nulls)
    store.commit(0, 1, [wanted])
    assert facts_for_market(store.connection, store.lineage, "m1", fact_class) == [wanted]


def test_types_of_columns_are_those_of_the_fields() -> None:
    kinds = {column.name: (column.kind, column.nullable, column.is_list) for column in schema.columns(MarketListed)}
    assert kinds["clusters"] == (tuple, False, True)
    assert kinds["neg_risk"] == (bool, False, False)
    assert {c.name for c in schema.columns(SnapshotTaken) if c.nullable} == {"best_bid_e4", "best_ask_e4", "mid_e4"}


def test_a_table_is_strict(migrated: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        migrated.execute("INSERT INTO windows VALUES ('one', 0, 0, ?, 'r')", ("0" * 64,))


REFUSED = [
    pytest.param(EquityMarked, {"drawdown": float("inf")}, id="an infinite statistic"),
    pytest.param(EquityMarked, {"drawdown": float("nan")}, id="a statistic that is no number"),
    pytest.param(EquityMarked, {"equity_e10": 2**63}, id="money beyond 64 bits"),
    pytest.param(OrderFilled, {"size_e6": "five"}, id="a size that is a word"),
    pytest.param(OrderFilled, {"price_e4": 0.5}, id="a price that is a fraction"),
]


@pytest.mark.parametrize(("fact_class", "values"), REFUSED)
def test_what_has_no_place_in_the_ledger_is_refused_whole(
    store: LedgerStore, make: Make, fact_class: type[Fact], values: dict[str, Any]
) -> None:
    good, bad = make(fact_class, 1), make(fact_class, 2, **values)
    with pytest.raises(LedgerError):
        store.commit(0, 1, [good, bad])
    assert store.last_window() is None
    assert facts_for_market(store.connection, store.lineage, "m1") == []
    assert store.commit(0, 1, [good]) == store.digest()

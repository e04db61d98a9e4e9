"""Rows of the account: an intent is there once it was said, said twice it counts once, and who was succeeded says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from astra_actors.kernel.errors import Fenced, LedgerError
from astra_actors.kernel.facts import OrderChanged, OrderFilled
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.account import ENDED_KEPT_S, later_fills, read_account, read_reconciliations
from astra_actors.ledger.fencing import SupervisionEvent
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.venues.clob.account_rows import AccountFillRow, AccountRow, EndRow, IntentRow, ReconciliationRow

NOW_NS = 1_790_000_000 * NS_PER_S


def identity(run_id: str = "r", continues: str = "") -> RunIdentity:
    return RunIdentity(
        run_id=run_id, git_sha="g", started_at="2026-01-01T00:00:00.000Z", python_version="3", config_hash="c" * 64,
        prompt_bundle_hash="p" * 64, paper_mode=False, feed="polymarket", venue="polymarket", seed=1, continues=continues,
    )  # fmt: skip


def opened(folder: Path, run_id: str = "r", continues: str = "") -> LedgerStore:
    store = LedgerStore.open(folder / "ledger.db")
    store.begin_run(identity(run_id, continues), "{}")
    return store


def intent(venue_id: str, **values: Any) -> IntentRow:
    return replace(
        IntentRow(
            venue_id=venue_id, order_id=f"o-{venue_id}", market_id="m", token_id="7" * 78, token="YES", side="BUY",
            price_e4=4_500, size_e6=5_000_000, sent_ns=NOW_NS, expires_ns=NOW_NS + 300 * NS_PER_S, incarnation=3,
            strategy="market_making", estimate_id="e", decision_id="d", origin="MAKER_QUOTE", chain_price_e4=4_400,
            reserved_e10=22_500_000_000, written_ns=NOW_NS + 1,
        ),
        **values,
    )  # fmt: skip


def end(venue_id: str, at_ns: int = NOW_NS, **values: Any) -> EndRow:
    return replace(EndRow(venue_id=venue_id, state="cancelled", reason="asked", filled_e6=0, at_ns=at_ns), **values)


def fill(fill_id: str, settling: str = "MATCHED", moved_ns: int = NOW_NS, order_id: str = "") -> AccountFillRow:
    return AccountFillRow(
        fill_id=fill_id, trade_id="t", venue_id="0xa", order_id=order_id, market_id="m", token_id="7", side="SELL",
        price_e4=4_600, size_e6=1_000_000, fee_e10=0, is_maker=True, matched_s=1_790_000_000, settling=settling,
        seen_ns=NOW_NS, moved_ns=moved_ns,
    )  # fmt: skip


RECONCILED = ReconciliationRow(
    at_ns=NOW_NS, cause="start", took_ms=120, markets=3, open_orders=2, trades=5, orphans_cancelled=1, orders_adopted=0,
    fills_adopted=2, differences=1, persisting=0, cash_e6=None, detail="[]",
)  # fmt: skip


def test_what_was_recorded_comes_back_as_it_was_however_often_it_was_said(tmp_path: Path) -> None:
    rows: list[AccountRow] = [intent("0xa"), fill("f1"), intent("0xb"), end("0xb"), RECONCILED]
    with opened(tmp_path) as store:
        store.record_account(rows, 5)
        store.record_account(rows, 5)
        memory = read_account(store.connection, "r", NOW_NS)
        assert memory.intents == (intent("0xa"), intent("0xb"))
        assert memory.ends == (end("0xb"),)
        assert memory.fills == (fill("f1"),)
        assert memory.fills[0].is_maker is True
        assert memory.markets == {"m"}
        assert memory.known_fills == frozenset()
        assert read_reconciliations(store.connection, "r", last=10) == [RECONCILED]


LATER = [
    ("a settlement moves on", fill("f"), fill("f", "MINED", NOW_NS + 5), fill("f", "MINED", NOW_NS + 5)),
    ("an older word changes nothing", fill("f", "MINED", NOW_NS + 5), fill("f"), fill("f", "MINED", NOW_NS + 5)),
    ("its order becomes known", fill("f"), fill("f", order_id="o"), fill("f", order_id="o")),
    ("its order stays known", fill("f", order_id="o"), fill("f", "FAILED"), fill("f", "FAILED", order_id="o")),
]


@pytest.mark.parametrize(("_name", "first", "second", "stands"), LATER, ids=[row[0] for row in LATER])
def test_of_a_fill_the_later_word_stands(
    tmp_path: Path, _name: str, first: AccountFillRow, second: AccountFillRow, stands: AccountFillRow
) -> None:
    with opened(tmp_path) as store:
        store.record_account([first], 1)
        store.record_account([second], 1)
        assert read_account(store.connection, "r", NOW_NS).fills == (stands,)


def test_of_an_end_the_later_word_stands_and_an_intent_never_changes(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.record_account(
            [intent("0xa"), end("0xa"), end("0xa", NOW_NS + 9, state="filled", filled_e6=5_000_000)], 1
        )
        store.record_account([intent("0xa", price_e4=1), end("0xa", NOW_NS - 1, state="expired")], 1)
        memory = read_account(store.connection, "r", NOW_NS)
        assert memory.intents == (intent("0xa"),)
        assert [(row.state, row.filled_e6) for row in memory.ends] == [("filled", 5_000_000)]


def test_an_open_order_of_any_run_is_taken_up_and_an_ended_one_until_its_owner_has_it_for_sure(
    tmp_path: Path, make: Callable[..., OrderChanged]
) -> None:
    long_ago = NOW_NS - (ENDED_KEPT_S + 1) * NS_PER_S
    with opened(tmp_path, "other") as store:
        theirs = replace(fill("of 0x1"), venue_id="0x1")
        store.record_account([intent("0x1"), intent("0x2"), end("0x2"), fill("of 0xa"), theirs], 1)
        namesake = make(OrderChanged, 1, order_id=intent("0x5").order_id, event_type="cancel_ack")
        store.commit(1, NOW_NS, [namesake])  # each run counts a market's orders from zero, to the same ids
    with opened(tmp_path, "r") as store:
        rows = [intent("0x3", market_id="n"), intent("0x4"), intent("0x5"), end("0x4", long_ago), end("0x5", long_ago)]
        store.record_account(rows, 1)
        owned = make(OrderChanged, 1, order_id=intent("0x4").order_id, event_type="cancel_ack")
        store.commit(1, NOW_NS, [owned])  # of 0x5 nobody's window says that it is over
    with opened(tmp_path, "s", continues="r") as store:
        store.record_account([end("0x3")], 2)
        memory = read_account(store.connection, store.lineage, NOW_NS)
        assert [row.venue_id for row in memory.intents] == ["0x1", "0x3", "0x5"]
        assert [row.venue_id for row in memory.ends] == ["0x5", "0x3"]
        assert memory.fills == (theirs,)
        assert memory.others == {"0x1"}
        assert memory.markets == {"m", "n"}


def test_fills_that_owners_recorded_are_learned_of_once(tmp_path: Path, make: Callable[..., OrderFilled]) -> None:
    with opened(tmp_path) as store:
        store.commit(1, NOW_NS, [make(OrderFilled, 1, fill_id="f1")])
        row, first = later_fills(store.connection, "r", 0)
        store.commit(2, NOW_NS, [make(OrderFilled, 2, fill_id="f2")])
        assert (first, later_fills(store.connection, "r", row)[1]) == (["f1"], ["f2"])
        assert read_account(store.connection, "r", NOW_NS).known_fills == {"f1", "f2"}


def test_a_holder_that_was_succeeded_writes_no_more(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.record_account([intent("0xa")], 7)
        store.record_account([intent("0xb")], 8)
        with pytest.raises(Fenced, match="incarnation 7 of gateway writes, which incarnation 8 holds"):
            store.record_account([intent("0xc")], 7)
    with opened(tmp_path) as store:
        started = SupervisionEvent(
            at_ns=1, epoch=1, window=0, kind="started", child="gateway", incarnation=9, author="keeper", why="test"
        )
        store.record_event(started, owns=True)
        with pytest.raises(Fenced):
            store.record_account([intent("0xd")], 8)
        assert len(read_account(store.connection, "r", NOW_NS).intents) == 2


def test_without_a_run_nothing_is_recorded(tmp_path: Path) -> None:
    with LedgerStore.open(tmp_path / "ledger.db") as store, pytest.raises(LedgerError, match="no run has begun"):
        store.record_account([intent("0xa")], 1)


def test_no_digest_knows_of_the_account(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        before = store.commit(1, NOW_NS, [])
        store.record_account([intent("0xa"), RECONCILED], 1)
        assert store.commit(1, NOW_NS, []) == before

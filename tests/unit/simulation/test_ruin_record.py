"""Where the returns come from: a ledger's trades against the equity before each, and a stated law where they are few."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import usd_e10
from astra_actors.metrics.attribution import TaggedTrade
from astra_actors.reporting.ledger_rows import LedgerReading
from astra_actors.simulation.ruin.laws import Bets, Stationary
from astra_actors.simulation.ruin.record import chosen_law, load_returns, record_of


def trade(pnl_usd: str, *, cost_usd: str = "50", shares: int = 100) -> TaggedTrade:
    return TaggedTrade(
        closed_ns=2,
        opened_ns=1,
        pnl_e10=usd_e10(pnl_usd),
        cost_e10=usd_e10(cost_usd),
        fees_e10=0,
        size_e6=shares * 1_000_000,
        block="e",
        market_id="0xaa",
        strategy="market_making",
        category="sports",
        event_type="sports",
        vol_bucket="low",
        ttr_bucket="1d-7d",
        direction="BUY_YES",
        exit_kind="resolution",
        outcome="YES",
    )


def reading(*trades: TaggedTrade) -> LedgerReading:
    return LedgerReading(
        run={"feed": "world"},
        lineage="run-1",
        runs=1,
        digest="",
        last_end_ns=0,
        journal_mode="wal",
        bankroll_usd=1_000.0,
        trades=list(trades),
    )


def test_each_return_is_of_the_equity_before_its_trade():
    """1,000 → 1,050 → 1,050 − 52.50: five percent up, five percent down."""
    record = record_of(reading(trade("50"), trade("-52.5")))
    assert record.returns == pytest.approx((0.05, -0.05))
    assert record.wins == 1
    assert "SYNTHETIC" in record.source
    assert record.prices == pytest.approx((0.5, 0.5))


def test_few_trades_become_bets_one_standard_error_worse_than_seen():
    """16 of 25 won a dollar for 50 cents: 0.64 less √(0.64 · 0.36 / 25) = 0.096; 0.05 % of an equity that hardly moves."""
    record = record_of(reading(*[trade("0.5" if n < 16 else "-0.5", cost_usd="0.5", shares=1) for n in range(25)]))
    law, why = chosen_law(None, record, rho=0.5, together=5, block=None)
    assert isinstance(law, Bets)
    assert (law.p, law.cost, law.stake) == pytest.approx((0.544, 0.5, 0.0005), rel=5e-3)
    assert "25 trades are fewer than 100" in why


def test_a_record_of_early_exits_that_loses_does_not_become_bets_that_gain():
    """15 of 25 sold a cent higher, ten three cents lower: 60 % won at a price of 0.5 would gain a fifth of every stake."""
    record = record_of(reading(*[trade("1" if n < 15 else "-3") for n in range(25)]))
    law, _ = chosen_law(None, record, rho=0.5, together=5, block=None)
    assert isinstance(law, Bets)
    gain = law.stake * (law.p / law.cost - 1.0)
    assert gain < sum(record.returns) / 25 < 0.0


def test_enough_trades_are_resampled_in_blocks():
    record = record_of(reading(*[trade("1" if n % 3 else "-1") for n in range(120)]))
    law, why = chosen_law(None, record, rho=0.5, together=5, block=None)
    assert isinstance(law, Stationary)
    assert "120 trades" in why


def test_a_heading_is_no_return(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("return\n0.01\n\n-0.02\n0.03\n")
    assert load_returns(file).returns == (0.01, -0.02, 0.03)


def test_a_byte_order_mark_costs_no_trade(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("0.01\n-0.02\n0.03\n", encoding="utf-8-sig")
    assert load_returns(file).returns == (0.01, -0.02, 0.03)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00r", b"x" * 200_000], ids=["no text", "a field without an end"])
def test_a_file_that_is_no_csv_is_refused(tmp_path, content):
    (tmp_path / "returns.csv").write_bytes(content)
    with pytest.raises(BadInput, match="--returns"):
        load_returns(tmp_path / "returns.csv")

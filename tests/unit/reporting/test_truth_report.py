"""The truth report over a ledger made by hand: every figure, its n, and what must be null."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.facts import EquityMarked, OrderFilled, RiskRaised, TradeClosed
from astra_actors.kernel.units import NS_PER_S, usd_e10
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.ledger_reading import read_ledger
from astra_actors.reporting.truth_report import build_report, write_report

RUN = "11111111-1111-4111-8111-111111111111"

CONTRACT = {  # the keys that `astra paper --json` promises
    *("run_id", "feed", "venue", "seed", "virtual_days", "wall_s", "markets", "events", "decisions", "orders", "fills"),
    *("resolved", "categories", "strategies", "pnl_usd", "equity_usd", "max_drawdown", "fills_band", "pnl_band"),
    *("sharpe_per_trade", "sharpe_ci", "win_rate", "win_rate_ci", "brier", "brier_market", "cap_breaches"),
    *("orphan_orders", "restarts", "gate", "ledger_digest", "ledger_path"),
}

IDENTITY = {
    "git_sha": "abc",
    "started_at": "2026-05-13T00:00:00Z",
    "python_version": "3.11",
    "config_hash": "c" * 64,
    "prompt_bundle_hash": "d" * 64,
    "paper_mode": True,
    "feed": "world",
    "venue": "paper",
    "seed": 7,
}


def may(day: int, hour: int = 0) -> int:
    return int(datetime(2026, 5, day, hour, tzinfo=UTC).timestamp()) * NS_PER_S


EXTRA = {
    "wall_s": 1.5,
    "virtual_days": 11.0,
    "events": 1000,
    "decisions": 4,
    "cap_breaches": 0,
    "orphan_orders": 0,
    "restarts": 0,
    "feed_uptime": 0.95,
    "unhandled_exceptions": 0,
    "memory_mb_max": 120.0,
    "start_ns": may(1),
    "now_ns": may(12),
    "vetoes": {"PHASE": 1, "TOXIC_FLOW": 2},
}


@pytest.fixture
def report(ledger: Path) -> dict:
    return build_report(ledger, RUN, extra=EXTRA)


def test_it_has_every_promised_key(report):
    assert CONTRACT - set(report) == set()
    assert set(report["gate"]["resolved_trades"]) >= {"status", "value", "limit"}


def test_headline(report):
    assert (report["markets"], report["orders"], report["fills"]) == (3, 4, 2)
    assert (report["trades"], report["resolved"], report["categories"], report["strategies"]) == (2, 2, 2, 1)
    assert (report["equity_usd"], report["pnl_usd"], report["realised_pnl_usd"]) == (106.0, 6.0, 6.0)
    assert report["max_drawdown"] == pytest.approx(4.04 / 101)  # 101 → 96.96
    assert (report["win_rate"], report["wall_s"], report["virtual_days"]) == (0.5, 1.5, 11.0)
    assert report["synthetic"] is True
    assert report["data"].startswith("SYNTHETIC")


def test_bands_tell_the_same_orders_three_ways(report):
    assert report["fills_band"] == {"pessimistic": 0, "base": 2, "optimistic": 1}
    assert report["shares_band"] == {"pessimistic": 0.0, "base": 15.0, "optimistic": 10.0}
    assert report["pnl_band"] == {"pessimistic": -1.0, "base": 6.0, "optimistic": 6.0}
    assert (report["pnl_band_markets"], report["pnl_band_open_excluded"]) == (2, 1)


def test_a_voided_market_is_left_out_of_the_scores_and_counted(report):
    entry = report["forecast_quality"]["entry"]
    assert (entry["n"], entry["voided"], entry["unscored"]) == (1, 1, 0)
    assert report["brier"] == pytest.approx((0.6 - 1) ** 2)
    assert report["brier_market"] == pytest.approx((0.5 - 1) ** 2)
    assert entry["brier"]["reason"] == "SampleGate_brier: insufficient data (1 of 20)"


@pytest.mark.parametrize(
    ("cut", "scored"),
    [
        pytest.param("06 17:59:59", 0.47, id="O10.7 the nearest would be 0.66, a second too late"),
        pytest.param("09 12:00:00", 0.66, id="O10.7 the nearest would be 0.93, a second too late"),
        pytest.param("01 09:59:59", None, id="O10.7 none before the cut is not scored"),
    ],
)
def test_the_forecast_is_the_last_before_the_cut(build, cut, scored):
    reading = read_ledger(build(cut=cut), RUN)
    forecast = next(f for f in reading.forecasts if f.market_id == "0xc01")
    assert (forecast.p, forecast.outcome) == (scored, "YES")


def test_an_early_end_moves_the_cut(build):
    # the market would close on the 30th, but it settled on the 10th at 00:00: the estimate of the 9th came too late
    reading = read_ledger(build(cut="29 00:00:00"), RUN)
    assert next(f for f in reading.forecasts if f.market_id == "0xc01").p == 0.66


def test_maker_truth(report):
    truth = report["maker_truth_metrics"]
    assert (truth["quote_count"], truth["cancel_count"], truth["replace_count"], truth["fill_count"]) == (4, 1, 1, 2)
    # one fill had no mid: it earned an unknown amount, which is not 0
    assert (truth["realized_spread_bps"]["value"], truth["realized_spread_bps"]["n"]) == (200.0, 1)
    assert truth["realized_spread_per_quote_bps"]["value"] == 50.0
    assert (truth["markout_30s_bps"]["value"], truth["markout_30s_bps"]["n"]) == (125.0, 2)  # 300 and −50
    assert truth["markout_30s_weighted_bps"]["value"] == pytest.approx((300 * 10 - 50 * 5) / 15)
    assert truth["adverse_selection_30s_bps"]["value"] == -100.0  # 200 − 300
    assert (truth["markout_2m_bps"]["value"], truth["markout_2m_unknown"]) == (None, 1)
    assert truth["markout_10m_bps"]["value"] == -100.0
    assert (truth["fill_rate"]["value"], truth["fill_rate"]["n"]) == (0.5, 4)
    assert truth["toxic_market_pauses"] == 2


def test_open_positions_can_still_lose(report):
    held = report["portfolio_metrics"]
    assert held["aggregate_exposure"] == 1.5  # 5 NO at 0.30
    assert held["cluster_exposures"] == {"all": 1.5, "cluster:sports": 1.5}
    assert held["max_market_inventory"] == {"market_id": "0xma7", "worst_case_usd": 1.5}
    assert held["months"] == {"2026-05": 6.0}


def test_equity_by_day(report):
    daily = report["equity"]["daily"]
    # the mark of 03 00:00 closes the 2nd
    assert [(d["day"], d["equity_usd"], round(d["pnl_usd"], 2)) for d in daily] == [
        ("2026-05-01", 100.0, 0.0),
        ("2026-05-02", 96.96, -3.04),
        ("2026-05-11", 106.0, 9.04),
    ]
    assert report["portfolio_metrics"]["daily_return"]["value"] == pytest.approx(106 / 96.96 - 1)
    assert report["portfolio_metrics"]["monthly_return"]["value"] is None


def test_parts_add_up_to_the_whole(report):
    for tag in ("strategy", "category", "ttr_bucket"):
        assert sum(part["pnl_usd"] for part in report["attribution"][tag]) == report["realised_pnl_usd"]
    assert sum(report["risk_metrics"]["cluster_pnl"].values()) == report["realised_pnl_usd"]
    assert report["component_attribution"] == {"maker_pnl": 6.0, "taker_pnl": 0.0, "taker_fills": 0, "total_pnl": 6.0}


def test_gate_lines(report):
    gate = report["gate"]
    assert (gate["resolved_trades"]["status"], gate["resolved_trades"]["value"]) == ("FAIL", 2)
    assert gate["ledger_wal"]["status"] == "PASS"
    assert gate["empty_metrics_null"]["status"] == "PASS"
    assert gate["drawdown_recomputed"]["status"] == "PASS"
    assert gate["trades_with_pnl"]["status"] == "PASS"
    assert gate["near_resolution_fired"]["value"] == 1
    assert gate["feed_uptime"]["status"] == "PASS"
    assert gate["same_seed_same_fills"]["status"] == "UNKNOWN"
    assert report["live_gate"]["interventions"]["value"] == 1  # the pause
    assert report["gate_verdict"]["passed"] is False


def test_evidence_that_no_ledger_can_give_is_handed_in(ledger):
    extra = {**EXTRA, "measures": {"same_seed_same_fills": True, "api_key_validated": False}}
    gate = build_report(ledger, RUN, extra=extra)["gate"]
    assert gate["same_seed_same_fills"]["status"] == "PASS"
    assert gate["api_key_validated"]["status"] == "FAIL"


def breach(scope: str, seq: int) -> RiskRaised:
    return RiskRaised(
        seq=seq, market_id="", venue_ns=may(3), local_ns=may(3), kind="cap_breach", scope=scope, observed=2.0, limit=1.0,
        author="", detail="",
    )  # fmt: skip


def test_breaches_are_told_apart_by_scope_and_none_is_lost(build):
    path = build(more=(breach("market:0xma7", 50), breach("cluster:a", 51), breach("aggregate", 52)))
    gate = build_report(path, RUN, extra={**EXTRA, "cap_breaches": 5})["gate"]
    found = [gate[f"{name}_cap_breaches"]["value"] for name in ("market", "cluster", "aggregate")]
    assert found == [1, 1, 3]  # the status knows of two more than the ledger: they count against the aggregate
    assert gate["aggregate_cap_breaches"]["status"] == "FAIL"


def test_trades_that_do_not_add_up_to_their_market_are_found(build):
    path = build(more=(_trade("trade-t9", "0xc01", pnl="1", cost="1", back="2"),))
    report = build_report(path, RUN, extra=EXTRA)
    assert report["risk_metrics"]["unreconciled_markets"] == ["0xc01"]
    assert report["gate"]["trades_with_pnl"]["value"] == pytest.approx(1 / 3)
    assert report["gate"]["trades_with_pnl"]["status"] == "FAIL"


def _trade(trade_id: str, market_id: str, *, pnl: str, cost: str, back: str) -> TradeClosed:
    return TradeClosed(
        seq=990, market_id=market_id, venue_ns=may(9), local_ns=may(9), trade_id=trade_id, strategy="market_making",
        direction="BUY_YES", opened_ns=may(8), closed_ns=may(9), size_e6=1, cost_e10=usd_e10(cost),
        proceeds_e10=usd_e10(back), fees_e10=0, pnl_e10=usd_e10(pnl), exit_kind="flat", estimate_id="", entry_p=None,
        entry_market_p=None, category="crypto", event_type="price", vol_bucket="med", ttr_bucket="2-7d",
    )  # fmt: skip


def test_an_unsound_drawdown_is_found(build):
    wrong = EquityMarked(
        seq=99, market_id="", venue_ns=may(12, 1), local_ns=may(12, 1), equity_e10=usd_e10("105"), cash_e10=0,
        mark_mid_e10=0, mark_bid_e10=0, peak_e10=usd_e10("105"), drawdown=0.0, exposure_e10=0, granted_e10=0,
        trading_state="ACTIVE",
    )  # fmt: skip
    gate = build_report(build(more=(wrong,)), RUN, extra=EXTRA)["gate"]
    assert gate["drawdown_recomputed"]["status"] == "FAIL"


def test_a_rebased_peak_is_no_mistake(build):
    rebase = RiskRaised(
        seq=98, market_id="", venue_ns=may(12, 1), local_ns=may(12, 1), kind="reset_drawdown", scope="account",
        observed=0.0, limit=0.0, author="operator", detail="new regime",
    )  # fmt: skip
    after = EquityMarked(
        seq=99, market_id="", venue_ns=may(12, 1), local_ns=may(12, 1), equity_e10=usd_e10("105"), cash_e10=0,
        mark_mid_e10=0, mark_bid_e10=0, peak_e10=usd_e10("105"), drawdown=0.0, exposure_e10=0, granted_e10=0,
        trading_state="ACTIVE",
    )  # fmt: skip
    gate = build_report(build(more=(rebase, after)), RUN, extra=EXTRA)["gate"]
    assert gate["drawdown_recomputed"]["status"] == "PASS"


def test_duplicate_fills_are_counted(build):
    again = OrderFilled(
        seq=77, market_id="0xma7", venue_ns=may(2), local_ns=may(2), fill_id="fill-f2", order_id="order-ab2",
        strategy="market_making", token="NO", side="BUY", price_e4=3_000, size_e6=5_000_000, liquidity="MAKER",
        fee_e10=0, rebate_e10=0, mid_e4=None, adverse_e4=0.0, impact_e4=0.0, queue_ahead_e6=0, traded_at_level_e6=0,
        latency_ms=1.0, degraded=False,
    )  # fmt: skip
    gate = build_report(build(more=(again,)), RUN, extra=EXTRA)["gate"]
    assert (gate["duplicates"]["value"], gate["duplicates"]["status"]) == (1, "FAIL")


def test_all_runs_of_a_lineage_belong_together_and_others_do_not(ledger):
    later, other = "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
    with LedgerStore.open(ledger) as store:
        store.begin_run(RunIdentity(run_id=later, continues=RUN, **IDENTITY), "{}")
        store.commit(2, may(13), [breach("aggregate", 60)])
        store.begin_run(RunIdentity(run_id=other, **IDENTITY), "{}")
        store.commit(1, may(13), [breach("aggregate", 61)])
    joined = build_report(ledger, later, extra={})
    assert (joined["lineage"], joined["runs"], joined["orders"]) == (RUN, 2, 4)
    assert joined["gate"]["aggregate_cap_breaches"]["value"] == 1
    assert (build_report(ledger, other, extra={})["orders"], build_report(ledger, other, extra={})["trades"]) == (0, 0)


def test_an_empty_run_reports_nulls(tmp_path):
    path = tmp_path / "astra.db"
    with LedgerStore.open(path) as store:
        store.begin_run(
            RunIdentity(run_id=RUN, **{**IDENTITY, "feed": "polymarket"}),
            "not json",
        )
    report = build_report(path, RUN, extra={})
    nulls = ("sharpe_per_trade", "sharpe_ci", "win_rate", "win_rate_ci", "brier", "brier_market", "cap_breaches")
    assert [report[key] for key in nulls] == [None] * len(nulls)
    assert (report["pnl_usd"], report["fills"], report["synthetic"]) == (0.0, 0, False)
    assert report["metrics"]["sharpe_per_trade"]["reason"] == "fewer than two trades"
    write_report(report, tmp_path, "empty")


def test_an_unknown_run_is_refused(ledger):
    with pytest.raises(LedgerError, match="knows no run"):
        build_report(ledger, "nope", extra={})


def test_the_three_files_are_written_whole(report, tmp_path):
    path = write_report(report, tmp_path / "reports", "2026-05-12")
    assert path == tmp_path / "reports" / "2026-05-12.md"
    assert sorted(p.name for p in path.parent.iterdir()) == ["2026-05-12.html", "2026-05-12.json", "2026-05-12.md"]
    assert json.loads(path.with_suffix(".json").read_text()) == report
    text = path.read_text()
    assert "SYNTHETIC" in text
    assert "nan" not in text.lower().replace("finance", "")


def test_the_same_ledger_gives_the_same_report(ledger):
    assert build_report(ledger, RUN, extra=EXTRA) == build_report(ledger, RUN, extra=EXTRA)


def test_reading_never_writes(ledger):
    before = ledger.read_bytes()
    build_report(ledger, RUN, extra=EXTRA)
    assert ledger.read_bytes() == before

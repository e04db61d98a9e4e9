"""One small ledger made by hand: three markets, four orders, and every number small enough to check in one's head."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from astra_actors.kernel.facts import (
    DefinitionRead,
    EquityMarked,
    EstimateMade,
    Fact,
    MarketListed,
    MarketSettled,
    MarkoutTaken,
    OrderChanged,
    OrderFilled,
    OrderIntended,
    RiskRaised,
    ShadowFilled,
    SnapshotTaken,
    TradeClosed,
)
from astra_actors.kernel.units import NS_PER_HOUR, NS_PER_S, usd_e10
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.artifact_log import ArtifactLog
from astra_actors.reporting.decision_artifact import Decision, GateLine, QuoteLine

RUN = "11111111-1111-4111-8111-111111111111"
LATER_RUN = "22222222-2222-4222-8222-222222222222"
COIN, MATCH, VOIDED = "0xc01", "0xma7", "0xdead"


def ns(text: str) -> int:
    """A moment of May 2026, as `06 18:00:00`."""
    return int(datetime.strptime(f"2026-05-{text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()) * NS_PER_S


def make(
    fact: type[Fact], at_ns: int, market_id: str = "", /, *, seq: int = 1, cause: str = "", **columns: Any
) -> Fact:
    return fact(seq=seq, market_id=market_id, venue_ns=at_ns, local_ns=at_ns, cause=cause, **columns)


def listed(market_id: str, category: str, close_ns: int) -> Fact:
    return make(
        MarketListed,
        ns("01 00:00:00"),
        market_id,
        event_id=f"event-{market_id}",
        slug=f"slug-{category}",
        question=f"Will <{category}> happen & pay?",
        category=category,
        event_type=category,
        yes_asset=f"{market_id}-yes",
        no_asset=f"{market_id}-no",
        tick_e4=100,
        min_size_e6=5_000_000,
        neg_risk=False,
        open_ns=ns("01 00:00:00"),
        close_ns=close_ns,
        clusters=(f"cluster:{category}", "all"),
        strategy="market_making",
    )


def intended(order_id: str, market_id: str, token: str, price_e4: int, size_e6: int, decision: str) -> Fact:
    return make(
        OrderIntended,
        ns("02 00:00:00"),
        market_id,
        seq=2,
        cause=decision,
        order_id=order_id,
        strategy="market_making",
        token=token,
        side="BUY",
        price_e4=price_e4,
        size_e6=size_e6,
        order_type="GTD",
        origin="MAKER_QUOTE",
        expires_ns=ns("02 01:00:00"),
        reserved_e10=price_e4 * size_e6,
        estimate_id="est-1",
        decision_id=decision,
        incarnation=1,
    )


def changed(order_id: str, market_id: str, kind: str, left_e6: int, second: int, reason: str = "") -> Fact:
    return make(
        OrderChanged,
        ns("02 00:00:00") + second * NS_PER_S,
        market_id,
        seq=10 + second,
        cause=order_id,
        order_id=order_id,
        event_type=kind,
        side="BUY",
        price_e4=4_000,
        size_e6=10_000_000,
        remaining_e6=left_e6,
        reason=reason,
    )


def filled(
    fill_id: str, order_id: str, market_id: str, token: str, price_e4: int, size_e6: int, mid_e4: float | None
) -> Fact:
    return make(
        OrderFilled,
        ns("02 00:00:05"),
        market_id,
        seq=20,
        cause=order_id,
        fill_id=fill_id,
        order_id=order_id,
        strategy="market_making",
        token=token,
        side="BUY",
        price_e4=price_e4,
        size_e6=size_e6,
        liquidity="MAKER",
        fee_e10=0,
        rebate_e10=0,
        mid_e4=mid_e4,
        adverse_e4=5.0,
        impact_e4=0.0,
        queue_ahead_e6=120_000_000,
        traded_at_level_e6=150_000_000,
        latency_ms=43.0,
        degraded=False,
    )


def markout(fill_id: str, market_id: str, horizon_s: int, markout_e4: float | None) -> Fact:
    return make(
        MarkoutTaken,
        ns("02 00:00:05") + horizon_s * NS_PER_S,
        market_id,
        seq=100 + horizon_s,
        fill_id=fill_id,
        horizon_s=horizon_s,
        earned_e4=0.0,
        markout_e4=markout_e4,
    )


def closed(trade_id: str, market_id: str, day: str, size_e6: int, cost: str, back: str, **more: Any) -> Fact:
    columns = {"direction": "BUY_YES", "exit_kind": "settled", "entry_p": 0.6, "entry_market_p": 0.5, **more}
    return make(
        TradeClosed,
        ns(day),
        market_id,
        seq=900,
        trade_id=trade_id,
        strategy="market_making",
        opened_ns=ns("02 00:00:05"),
        closed_ns=ns(day),
        size_e6=size_e6,
        cost_e10=usd_e10(cost),
        proceeds_e10=usd_e10(back),
        fees_e10=0,
        pnl_e10=usd_e10(back) - usd_e10(cost),
        estimate_id="est-1",
        category="crypto" if market_id == COIN else "sports",
        event_type="price",
        vol_bucket="med",
        ttr_bucket="2-7d",
        **columns,
    )


def settled(market_id: str, day: str, outcome: str, pnl: str, low: str = "0", high: str = "0") -> Fact:
    return make(
        MarketSettled,
        ns(day),
        market_id,
        seq=901,
        outcome=outcome,
        source_a="one",
        source_b="two",
        payout_e10=usd_e10("10"),
        yes_e6=10_000_000,
        no_e6=0,
        pnl_e10=usd_e10(pnl),
        pnl_pessimistic_e10=usd_e10(low),
        pnl_optimistic_e10=usd_e10(high),
    )


def estimate(day: str, p: float, market_p: float | None = 0.5, market_id: str = COIN) -> Fact:
    return make(
        EstimateMade,
        ns(day),
        market_id,
        seq=int(day[:2]),
        estimate_id=f"est-{day[:2]}",
        p=p,
        p_lo=p - 0.05,
        p_hi=p + 0.05,
        market_p=market_p,
        estimator="threshold",
        estimator_version="1",
        prompt_version="",
        input_age_ms=0,
    )


def marked(day: str, equity: str, peak: str, seq: int) -> Fact:
    equity_e10, peak_e10 = usd_e10(equity), usd_e10(peak)
    return make(
        EquityMarked,
        ns(day),
        seq=seq,
        equity_e10=equity_e10,
        cash_e10=equity_e10,
        mark_mid_e10=0,
        mark_bid_e10=0,
        peak_e10=peak_e10,
        drawdown=(peak_e10 - equity_e10) / peak_e10,
        exposure_e10=usd_e10("5"),
        granted_e10=usd_e10("50"),
        trading_state="ACTIVE",
    )


def risk(kind: str, scope: str, seq: int) -> Fact:
    return make(
        RiskRaised, ns("02 00:00:00"), seq=seq, kind=kind, scope=scope, observed=1.0, limit=0.0, author="x", detail=""
    )


def facts(close_ns: int) -> list[Fact]:
    """What the run left; the four estimates are those of oracle O10.7."""
    return [
        listed(COIN, "crypto", close_ns),
        listed(MATCH, "sports", ns("30 00:00:00")),
        listed(VOIDED, "sports", ns("10 00:00:00")),
        make(DefinitionRead, ns("01 00:00:00"), COIN, seq=3, definition_hash="ab" * 32, category="crypto_threshold",
             contract="{}", reason=""),
        make(DefinitionRead, ns("01 00:00:00"), MATCH, seq=3, definition_hash=None, category="", contract=None,
             reason="no source is named"),
        estimate("01 10:00:00", 0.40),
        estimate("03 09:00:00", 0.47),
        estimate("06 18:00:00", 0.66),
        estimate("09 12:00:01", 0.93),
        intended("order-aa1", COIN, "YES", 4_000, 10_000_000, "dec-aa"),
        changed("order-aa1", COIN, "submit", 10_000_000, 1, "queue_ahead_e6=120000000"),
        changed("order-aa1", COIN, "fill_last", 0, 5),
        filled("fill-f1", "order-aa1", COIN, "YES", 4_000, 10_000_000, 4_200.0),
        markout("fill-f1", COIN, 30, 300.0),
        markout("fill-f1", COIN, 120, None),
        markout("fill-f1", COIN, 600, -100.0),
        make(ShadowFilled, ns("02 00:00:09"), COIN, seq=21, order_id="order-aa1", variant="optimistic", token="YES",
             side="BUY", price_e4=4_000, size_e6=10_000_000),
        intended("order-ab2", MATCH, "NO", 3_000, 5_000_000, "dec-ab"),
        changed("order-ab2", MATCH, "submit", 5_000_000, 1),
        filled("fill-f2", "order-ab2", MATCH, "NO", 3_000, 5_000_000, None),
        markout("fill-f2", MATCH, 30, -50.0),
        intended("order-cc3", MATCH, "YES", 2_000, 5_000_000, "dec-ab"),
        changed("order-cc3", MATCH, "cancel", 5_000_000, 3, "replaced"),
        changed("order-cc3", MATCH, "cancel_ack", 5_000_000, 4),
        intended("order-dd4", VOIDED, "YES", 5_000, 4_000_000, "dec-dd"),
        closed("trade-t1", COIN, "10 00:00:00", 10_000_000, "4", "10"),
        settled(COIN, "10 00:00:00", "YES", "6", low="-1", high="6"),
        closed("trade-t2", VOIDED, "11 00:00:00", 4_000_000, "2", "2"),
        settled(VOIDED, "11 00:00:00", "VOID", "0"),
        make(SnapshotTaken, ns("02 00:00:00"), MATCH, seq=9, best_bid_e4=6_800, best_ask_e4=7_000,
             bid_size_e6=1, ask_size_e6=1, mid_e4=6_900.0, toxicity=0.25, regime="NORMAL"),
        marked("01 12:00:00", "100", "100", 1),
        marked("02 12:00:00", "101", "101", 2),
        marked("03 00:00:00", "96.96", "101", 3),
        marked("12 00:00:00", "106", "106", 4),
        risk("near_resolution", f"market:{COIN}", 5),
        risk("pause", "account", 6),
    ]  # fmt: skip


def identity(run_id: str = RUN, continues: str = "", feed: str = "world", venue: str = "paper") -> RunIdentity:
    return RunIdentity(
        run_id=run_id,
        git_sha="abc",
        started_at="2026-05-01T00:00:00Z",
        python_version="3.11",
        config_hash="c" * 64,
        prompt_bundle_hash="d" * 64,
        paper_mode=venue == "paper",
        feed=feed,
        venue=venue,
        seed=7,
        continues=continues,
    )


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    """Write a ledger; `cut` places the crypto market's close a day after it, `more` adds facts."""

    def write(
        *,
        cut: str = "09 12:00:00",
        feed: str = "world",
        venue: str = "paper",
        gamma: str = "",
        more: tuple[Fact, ...] = (),
    ) -> Path:
        path = tmp_path / "astra.db"
        with LedgerStore.open(path) as store:
            settings = {"run": {"bankroll_usd": "100"}, "stream": {"gamma_url": gamma}}
            store.begin_run(identity(feed=feed, venue=venue), json.dumps(settings))
            store.commit(1, ns("12 00:00:00"), [*facts(ns(cut) + 24 * NS_PER_HOUR), *more])
        return path

    return write


@pytest.fixture
def ledger(build: Callable[..., Path]) -> Path:
    return build()


def decision(number: str, market_id: str, at: str, action: str, veto: str | None = None) -> Decision:
    gates = [
        GateLine("book", True, None, 12.0, 120_000.0, "age in ms"),
        GateLine("resolution_risk", True, "RESOLUTION_RISK", 0.28, 0.2),
    ]
    if veto:
        gates.append(GateLine("phase", False, veto, 1.5, None, "close_window"))
    placed = QuoteLine(
        side="BID", token="YES", order_side="BUY", price_e4=4_000, size_e6=10_000_000, outcome="placed",
        order_id="order-aa1", gross=0.05, slip=0.02, adverse=0.004, resolution=0.006, net_lb=0.02, threshold=0.005,
    )  # fmt: skip
    return Decision(
        decision_schema="2.0", decision_id=number, market_id=market_id, window=1, at_ns=ns(at), lease_id="lease-1",
        strategy="market_making", definition_hash=None, best_bid_e4=4_100, best_ask_e4=4_300, mid_e4=4_200.0,
        regime="NORMAL", toxicity=0.1, phase="normal", hours_to_close=100.0, p=0.5, p_lo=0.45, p_hi=0.55,
        estimator="threshold", estimator_version="1", quote_score=0.7, rrs=0.28, lease_e10=usd_e10("50"),
        worst_case_e10=0, inventory_e6=0, action=action, veto=veto, gates=gates,
        quotes=[placed] if action == "PLACE_ORDER" else [], reason="quotes around fair value",
    )  # fmt: skip


@pytest.fixture
def decisions(tmp_path: Path) -> Path:
    """Artifacts of the run, as the ledger actor writes them, with a last line torn by a death."""
    folder = tmp_path / "decisions"
    log = ArtifactLog(folder / RUN)
    rows = [
        decision("dec-aa", COIN, "02 00:00:00", "PLACE_ORDER"),
        decision("dec-ab", MATCH, "02 00:00:01", "KEEP"),
        decision("dec-b1", MATCH, "02 00:00:02", "SKIP", "PHASE"),
        decision("dec-b2", MATCH, "02 00:00:03", "KEEP"),
    ]
    log.append(1, [(row.at_ns, row.market_id, msgspec.json.encode(row)) for row in rows])
    log.close()
    with (folder / RUN / "decisions-000000.jsonl").open("ab") as file:
        file.write(b'{"decision_schema":"2.0","decision_id":"dec-torn","market_id":"0xma7"')
    return folder

"""What happened, as frozen records: one class per table of the ledger, one field per column.

A fact is numbered within its market (`seq`), stamped by the venue's clock and by ours, and names its cause. Facts of one
window are ordered by `order_key`, so the ledger does not depend on which actor spoke first.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """What every fact carries. `market_id` is empty for a fact of the whole portfolio."""

    table: ClassVar[str] = ""

    seq: int
    market_id: str
    venue_ns: int
    local_ns: int
    cause: str = ""

    @property
    def order_key(self) -> tuple[int, str, int]:
        """The one order in which facts of a window enter the ledger."""
        return (self.local_ns, self.market_id, self.seq)


class MarketListed(Fact, frozen=True, kw_only=True):
    """A market came into view, with what its listing says."""

    table: ClassVar[str] = "markets"
    event_id: str
    slug: str
    question: str
    category: str
    event_type: str
    yes_asset: str
    no_asset: str
    tick_e4: int
    min_size_e6: int
    neg_risk: bool
    open_ns: int
    close_ns: int
    clusters: tuple[str, ...]
    strategy: str


class DefinitionRead(Fact, frozen=True, kw_only=True):
    """The market's own rules gave a contract, or none and why."""

    table: ClassVar[str] = "definitions"
    definition_hash: str | None
    category: str
    contract: str | None
    reason: str


class SnapshotTaken(Fact, frozen=True, kw_only=True):
    """The market as we saw it at one moment."""

    table: ClassVar[str] = "market_snapshots"
    best_bid_e4: int | None
    best_ask_e4: int | None
    bid_size_e6: int
    ask_size_e6: int
    mid_e4: float | None
    toxicity: float
    regime: str


class EstimateMade(Fact, frozen=True, kw_only=True):
    """A probability with its interval, and where it came from."""

    table: ClassVar[str] = "estimates"
    estimate_id: str
    p: float
    p_lo: float
    p_hi: float
    market_p: float | None
    estimator: str
    estimator_version: str
    prompt_version: str
    input_age_ms: int


class OrderIntended(Fact, frozen=True, kw_only=True):
    """An order we decided to place; written before it can leave."""

    table: ClassVar[str] = "orders"
    order_id: str
    strategy: str
    token: str
    side: str
    price_e4: int
    size_e6: int
    order_type: str
    origin: str
    expires_ns: int
    reserved_e10: int
    estimate_id: str
    decision_id: str
    incarnation: int


class OrderChanged(Fact, frozen=True, kw_only=True):
    """One step in the life of an order."""

    table: ClassVar[str] = "order_events"
    order_id: str
    event_type: str
    side: str
    price_e4: int
    size_e6: int
    remaining_e6: int
    reason: str = ""


class OrderFilled(Fact, frozen=True, kw_only=True):
    """One execution of ours, with the factors that made it."""

    table: ClassVar[str] = "fills"
    fill_id: str
    order_id: str
    strategy: str
    token: str
    side: str
    price_e4: int
    size_e6: int
    liquidity: str
    fee_e10: int
    rebate_e10: int
    mid_e4: float | None
    adverse_e4: float
    impact_e4: float
    queue_ahead_e6: int
    traded_at_level_e6: int
    latency_ms: float
    degraded: bool


class ShadowFilled(Fact, frozen=True, kw_only=True):
    """What the same order would have filled under the pessimistic or the optimistic reading of the queue."""

    table: ClassVar[str] = "shadow_fills"
    order_id: str
    variant: str
    token: str
    side: str
    price_e4: int
    size_e6: int


class MarkoutTaken(Fact, frozen=True, kw_only=True):
    """How far the mid had moved for us some time after a fill."""

    table: ClassVar[str] = "markouts"
    fill_id: str
    horizon_s: int
    earned_e4: float | None
    markout_e4: float | None


class TradeClosed(Fact, frozen=True, kw_only=True):
    """A position went back to flat, or was settled: one trade with outcome, P&L, tags and its estimate."""

    table: ClassVar[str] = "trades"
    trade_id: str
    strategy: str
    direction: str
    opened_ns: int
    closed_ns: int
    size_e6: int
    cost_e10: int
    proceeds_e10: int
    fees_e10: int
    pnl_e10: int
    exit_kind: str
    estimate_id: str
    entry_p: float | None
    entry_market_p: float | None
    category: str
    event_type: str
    vol_bucket: str
    ttr_bucket: str
    pnl_pessimistic_e10: int | None = None
    pnl_optimistic_e10: int | None = None
    resolution_outcome: str | None = None


class MarketSettled(Fact, frozen=True, kw_only=True):
    """Two agreeing sources gave the outcome; what it paid us."""

    table: ClassVar[str] = "resolutions"
    outcome: str
    source_a: str
    source_b: str
    payout_e10: int
    yes_e6: int
    no_e6: int
    pnl_e10: int
    pnl_pessimistic_e10: int
    pnl_optimistic_e10: int


class LeaseGranted(Fact, frozen=True, kw_only=True):
    """The supervisor changed what one market may lose."""

    table: ClassVar[str] = "leases"
    lease_id: str
    incarnation: int
    limit_e10: int
    expires_ns: int
    reason: str


class EquityMarked(Fact, frozen=True, kw_only=True):
    """The portfolio at one moment."""

    table: ClassVar[str] = "equity"
    equity_e10: int
    cash_e10: int
    mark_mid_e10: int
    mark_bid_e10: int
    peak_e10: int
    drawdown: float
    exposure_e10: int
    granted_e10: int
    trading_state: str


class RiskRaised(Fact, frozen=True, kw_only=True):
    """A cap, halt, breaker or state change, with the numbers it compared."""

    table: ClassVar[str] = "risk_events"
    kind: str
    scope: str
    observed: float
    limit: float
    author: str
    detail: str


class AlertRaised(Fact, frozen=True, kw_only=True):
    """What a live shard wanted told, in windows sealed under schema version 1: read to verify them, never written."""

    table: ClassVar[str] = "sealed_alerts"
    alert_type: str
    severity: str
    message: str
    delivered: bool


class FeedSessionEnded(Fact, frozen=True, kw_only=True):
    """One stretch during which a feed was connected."""

    table: ClassVar[str] = "feed_sessions"
    connection: str
    started_ns: int
    ended_ns: int
    frames: int
    rejected_frames: int
    resyncs: int
    reason: str


FACTS: tuple[type[Fact], ...] = tuple(Fact.__subclasses__())

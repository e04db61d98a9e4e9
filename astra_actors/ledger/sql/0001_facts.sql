-- Version 1: runs and their settings, the chain of windows, and one table per class of fact.

CREATE TABLE runs (
    run_id TEXT NOT NULL PRIMARY KEY,
    lineage TEXT NOT NULL,
    git_sha TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    exit_reason TEXT,
    python_version TEXT NOT NULL,
    config_hash TEXT NOT NULL CHECK (length(config_hash) = 64),
    prompt_bundle_hash TEXT NOT NULL CHECK (length(prompt_bundle_hash) = 64),
    schema_version INTEGER NOT NULL,
    paper_mode INTEGER NOT NULL CHECK (paper_mode IN (0, 1)),
    feed TEXT NOT NULL,
    venue TEXT NOT NULL,
    seed INTEGER NOT NULL
) STRICT;

CREATE INDEX runs_by_lineage ON runs (lineage);

CREATE TABLE config_snapshots (
    session_id TEXT NOT NULL PRIMARY KEY,
    timestamp TEXT NOT NULL,
    config_json TEXT NOT NULL,
    config_hash TEXT NOT NULL CHECK (length(config_hash) = 64),
    run_id TEXT NOT NULL REFERENCES runs (run_id)
) STRICT;

CREATE TABLE windows (
    "window" INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    facts INTEGER NOT NULL,
    digest TEXT NOT NULL CHECK (length(digest) = 64),
    run_id TEXT NOT NULL REFERENCES runs (run_id),
    PRIMARY KEY (run_id, "window")
) STRICT;

-- Where a lineage stands at its last window: what no fact gives back. One row, replaced in the commit of each window.
CREATE TABLE run_states (
    lineage TEXT NOT NULL PRIMARY KEY,
    "window" INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

CREATE TABLE markets (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "question" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "event_type" TEXT NOT NULL,
    "yes_asset" TEXT NOT NULL,
    "no_asset" TEXT NOT NULL,
    "tick_e4" INTEGER NOT NULL,
    "min_size_e6" INTEGER NOT NULL,
    "neg_risk" INTEGER NOT NULL CHECK ("neg_risk" IN (0, 1)),
    "open_ns" INTEGER NOT NULL,
    "close_ns" INTEGER NOT NULL,
    "clusters" TEXT NOT NULL,
    "strategy" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE definitions (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "definition_hash" TEXT,
    "category" TEXT NOT NULL,
    "contract" TEXT,
    "reason" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE market_snapshots (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "best_bid_e4" INTEGER,
    "best_ask_e4" INTEGER,
    "bid_size_e6" INTEGER NOT NULL,
    "ask_size_e6" INTEGER NOT NULL,
    "mid_e4" REAL CHECK ("mid_e4" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "toxicity" REAL NOT NULL CHECK ("toxicity" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "regime" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE estimates (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "estimate_id" TEXT NOT NULL,
    "p" REAL NOT NULL CHECK ("p" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "p_lo" REAL NOT NULL CHECK ("p_lo" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "p_hi" REAL NOT NULL CHECK ("p_hi" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "market_p" REAL CHECK ("market_p" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "estimator" TEXT NOT NULL,
    "estimator_version" TEXT NOT NULL,
    "prompt_version" TEXT NOT NULL,
    "input_age_ms" INTEGER NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "strategy" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "side" TEXT NOT NULL,
    "price_e4" INTEGER NOT NULL,
    "size_e6" INTEGER NOT NULL,
    "order_type" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "expires_ns" INTEGER NOT NULL,
    "reserved_e10" INTEGER NOT NULL,
    "estimate_id" TEXT NOT NULL,
    "decision_id" TEXT NOT NULL,
    "incarnation" INTEGER NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE order_events (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "event_type" TEXT NOT NULL,
    "side" TEXT NOT NULL,
    "price_e4" INTEGER NOT NULL,
    "size_e6" INTEGER NOT NULL,
    "remaining_e6" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE fills (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "fill_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "strategy" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "side" TEXT NOT NULL,
    "price_e4" INTEGER NOT NULL,
    "size_e6" INTEGER NOT NULL,
    "liquidity" TEXT NOT NULL,
    "fee_e10" INTEGER NOT NULL,
    "rebate_e10" INTEGER NOT NULL,
    "mid_e4" REAL CHECK ("mid_e4" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "adverse_e4" REAL NOT NULL CHECK ("adverse_e4" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "impact_e4" REAL NOT NULL CHECK ("impact_e4" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "queue_ahead_e6" INTEGER NOT NULL,
    "traded_at_level_e6" INTEGER NOT NULL,
    "latency_ms" REAL NOT NULL CHECK ("latency_ms" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "degraded" INTEGER NOT NULL CHECK ("degraded" IN (0, 1)),
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE shadow_fills (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "variant" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "side" TEXT NOT NULL,
    "price_e4" INTEGER NOT NULL,
    "size_e6" INTEGER NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE markouts (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "fill_id" TEXT NOT NULL,
    "horizon_s" INTEGER NOT NULL,
    "earned_e4" REAL CHECK ("earned_e4" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "markout_e4" REAL CHECK ("markout_e4" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE trades (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "trade_id" TEXT NOT NULL,
    "strategy" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "opened_ns" INTEGER NOT NULL,
    "closed_ns" INTEGER NOT NULL,
    "size_e6" INTEGER NOT NULL,
    "cost_e10" INTEGER NOT NULL,
    "proceeds_e10" INTEGER NOT NULL,
    "fees_e10" INTEGER NOT NULL,
    "pnl_e10" INTEGER NOT NULL,
    "exit_kind" TEXT NOT NULL,
    "estimate_id" TEXT NOT NULL,
    "entry_p" REAL CHECK ("entry_p" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "entry_market_p" REAL CHECK ("entry_market_p" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "category" TEXT NOT NULL,
    "event_type" TEXT NOT NULL,
    "vol_bucket" TEXT NOT NULL,
    "ttr_bucket" TEXT NOT NULL,
    "pnl_pessimistic_e10" INTEGER,
    "pnl_optimistic_e10" INTEGER,
    "resolution_outcome" TEXT,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE resolutions (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "source_a" TEXT NOT NULL,
    "source_b" TEXT NOT NULL,
    "payout_e10" INTEGER NOT NULL,
    "yes_e6" INTEGER NOT NULL,
    "no_e6" INTEGER NOT NULL,
    "pnl_e10" INTEGER NOT NULL,
    "pnl_pessimistic_e10" INTEGER NOT NULL,
    "pnl_optimistic_e10" INTEGER NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE leases (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "lease_id" TEXT NOT NULL,
    "incarnation" INTEGER NOT NULL,
    "limit_e10" INTEGER NOT NULL,
    "expires_ns" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE equity (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "equity_e10" INTEGER NOT NULL,
    "cash_e10" INTEGER NOT NULL,
    "mark_mid_e10" INTEGER NOT NULL,
    "mark_bid_e10" INTEGER NOT NULL,
    "peak_e10" INTEGER NOT NULL,
    "drawdown" REAL NOT NULL CHECK ("drawdown" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "exposure_e10" INTEGER NOT NULL,
    "granted_e10" INTEGER NOT NULL,
    "trading_state" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE risk_events (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "observed" REAL NOT NULL CHECK ("observed" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "limit" REAL NOT NULL CHECK ("limit" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
    "author" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE alerts (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "alert_type" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "delivered" INTEGER NOT NULL CHECK ("delivered" IN (0, 1)),
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE TABLE feed_sessions (
    "seq" INTEGER NOT NULL,
    "market_id" TEXT NOT NULL,
    "venue_ns" INTEGER NOT NULL,
    "local_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "connection" TEXT NOT NULL,
    "started_ns" INTEGER NOT NULL,
    "ended_ns" INTEGER NOT NULL,
    "frames" INTEGER NOT NULL,
    "rejected_frames" INTEGER NOT NULL,
    "resyncs" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "window" INTEGER NOT NULL
) STRICT;

CREATE INDEX markets_by_market_id ON markets (market_id);
CREATE INDEX definitions_by_market_id ON definitions (market_id);
CREATE INDEX market_snapshots_by_market_id ON market_snapshots (market_id);
CREATE INDEX estimates_by_market_id ON estimates (market_id);
CREATE INDEX orders_by_market_id ON orders (market_id);
CREATE INDEX order_events_by_market_id ON order_events (market_id);
CREATE INDEX fills_by_market_id ON fills (market_id);
CREATE INDEX shadow_fills_by_market_id ON shadow_fills (market_id);
CREATE INDEX markouts_by_market_id ON markouts (market_id);
CREATE INDEX trades_by_market_id ON trades (market_id);
CREATE INDEX resolutions_by_market_id ON resolutions (market_id);
CREATE INDEX leases_by_market_id ON leases (market_id);
CREATE INDEX risk_events_by_market_id ON risk_events (market_id);
CREATE INDEX alerts_by_market_id ON alerts (market_id);
CREATE INDEX feed_sessions_by_market_id ON feed_sessions (market_id);
CREATE INDEX orders_by_order_id ON orders (order_id);
CREATE INDEX order_events_by_order_id ON order_events (order_id, event_type);
CREATE INDEX fills_by_order_id ON fills (order_id);

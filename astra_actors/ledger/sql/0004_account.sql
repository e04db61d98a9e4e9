-- What happened at the account while it was traded for real. The Gateway writes it as it happens, an intent before its order
-- leaves; networks decide when, so none of it is part of a sealed window. An order and a fill are known by ids of their own.

CREATE TABLE intents (
    "venue_id" TEXT NOT NULL PRIMARY KEY,
    "order_id" TEXT NOT NULL,
    "market_id" TEXT NOT NULL,
    "token_id" TEXT NOT NULL,
    "token" TEXT NOT NULL CHECK ("token" IN ('YES', 'NO')),
    "side" TEXT NOT NULL CHECK ("side" IN ('BUY', 'SELL')),
    "price_e4" INTEGER NOT NULL,
    "size_e6" INTEGER NOT NULL,
    "sent_ns" INTEGER NOT NULL,
    "expires_ns" INTEGER NOT NULL,
    "incarnation" INTEGER NOT NULL,
    "strategy" TEXT NOT NULL,
    "estimate_id" TEXT NOT NULL,
    "decision_id" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "chain_price_e4" INTEGER NOT NULL,
    "reserved_e10" INTEGER NOT NULL,
    "written_ns" INTEGER NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id)
) STRICT;

CREATE TABLE order_ends (
    "venue_id" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL CHECK ("state" IN ('filled', 'cancelled', 'rejected', 'expired')),
    "reason" TEXT NOT NULL,
    "filled_e6" INTEGER NOT NULL,
    "at_ns" INTEGER NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id)
) STRICT;

CREATE TABLE account_fills (
    "fill_id" TEXT NOT NULL PRIMARY KEY,
    "trade_id" TEXT NOT NULL,
    "venue_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "market_id" TEXT NOT NULL,
    "token_id" TEXT NOT NULL,
    "side" TEXT NOT NULL CHECK ("side" IN ('BUY', 'SELL')),
    "price_e4" INTEGER NOT NULL,
    "size_e6" INTEGER NOT NULL,
    "fee_e10" INTEGER NOT NULL,
    "is_maker" INTEGER NOT NULL CHECK ("is_maker" IN (0, 1)),
    "matched_s" INTEGER NOT NULL,
    "settling" TEXT NOT NULL CHECK ("settling" IN ('MATCHED', 'RETRYING', 'MINED', 'CONFIRMED', 'FAILED')),
    "seen_ns" INTEGER NOT NULL,
    "moved_ns" INTEGER NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id)
) STRICT;

CREATE TABLE reconciliations (
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "at_ns" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "took_ms" INTEGER NOT NULL,
    "markets" INTEGER NOT NULL,
    "open_orders" INTEGER NOT NULL,
    "trades" INTEGER NOT NULL,
    "orphans_cancelled" INTEGER NOT NULL,
    "orders_adopted" INTEGER NOT NULL,
    "fills_adopted" INTEGER NOT NULL,
    "differences" INTEGER NOT NULL,
    "persisting" INTEGER NOT NULL,
    "cash_e6" INTEGER,
    "detail" TEXT NOT NULL,
    PRIMARY KEY ("run_id", "at_ns")
) STRICT;

CREATE INDEX intents_by_run_id ON intents (run_id, written_ns);
CREATE INDEX account_fills_by_run_id ON account_fills (run_id);

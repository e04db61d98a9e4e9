-- An alert depends on the clock on the wall, on networks and on who listens, so it may not be part of a sealed window. What
-- was sealed as one before stays as it is, under another name: its windows must go on giving their digests.

ALTER TABLE alerts RENAME TO sealed_alerts;
DROP INDEX alerts_by_market_id;
CREATE INDEX sealed_alerts_by_market_id ON sealed_alerts (market_id);

CREATE TABLE alerts (
    "alert_id" TEXT NOT NULL PRIMARY KEY,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL CHECK ("severity" IN ('critical', 'warning', 'info')),
    "scope" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "count" INTEGER NOT NULL CHECK ("count" >= 1),
    "run_ns" INTEGER NOT NULL,
    "raised_ns" INTEGER NOT NULL,
    "delivered" INTEGER NOT NULL CHECK ("delivered" IN (0, 1)),
    "delivered_ns" INTEGER CHECK (("delivered_ns" IS NOT NULL) = ("delivered" = 1)),
    "attempts" INTEGER NOT NULL CHECK ("attempts" >= 0),
    "outcome" TEXT NOT NULL,
    "detail" TEXT NOT NULL
) STRICT;

CREATE INDEX alerts_by_run_id ON alerts (run_id, raised_ns);

-- Who may write, and what was done to the tree of actors. Both depend on what died and when, so neither is part of a sealed
-- window: a run with restarts must give the digest of one without.

CREATE TABLE fences (
    "lineage" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "from_window" INTEGER NOT NULL,
    PRIMARY KEY ("lineage", "scope")
) STRICT;

CREATE TABLE supervision_events (
    "run_id" TEXT NOT NULL REFERENCES runs (run_id),
    "at_ns" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "window" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "child" TEXT NOT NULL,
    "incarnation" INTEGER NOT NULL,
    "author" TEXT NOT NULL,
    "why" TEXT NOT NULL
) STRICT;

CREATE INDEX supervision_events_by_run_id ON supervision_events (run_id, at_ns);

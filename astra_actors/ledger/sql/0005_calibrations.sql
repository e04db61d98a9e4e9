-- What was learned from outcomes: every fit with its data cut, its scores and its verdict. When somebody asks for a fit is no
-- part of a run, so none of it is part of a sealed window. A fit is known by its content.

CREATE TABLE calibrations (
    "calibration_id" TEXT NOT NULL PRIMARY KEY,
    "category" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "cut_ns" INTEGER NOT NULL,
    "data_hash" TEXT NOT NULL CHECK (length("data_hash") = 64),
    "verdict" TEXT NOT NULL,
    "why" TEXT NOT NULL,
    "n_train" INTEGER NOT NULL,
    "n_holdout" INTEGER NOT NULL,
    "brier_train" REAL,
    "brier_holdout" REAL,
    "gap_se" REAL,
    "alarm" INTEGER NOT NULL CHECK ("alarm" IN (0, 1)),
    "warning" INTEGER NOT NULL CHECK ("warning" IN (0, 1)),
    "log_candidate" REAL,
    "log_identity" REAL,
    "log_active" REAL,
    "worse_than_active" INTEGER NOT NULL CHECK ("worse_than_active" IN (0, 1)),
    "candidate" TEXT NOT NULL,
    "in_force" TEXT NOT NULL,
    "run_id" TEXT NOT NULL REFERENCES runs (run_id)
) STRICT;

CREATE INDEX calibrations_by_run_id ON calibrations (run_id, cut_ns);

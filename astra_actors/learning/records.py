"""What a fit is made of and what it leaves: plain records, which the ledger holds and any process may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any


@unique
class Verdict(Enum):
    """What became of a fit; the value is what a person reads."""

    ACCEPTED = "accepted: on events it has not seen it scores better than what was said"
    TOO_FEW = "not fitted: too few outcomes in training"
    NO_HOLDOUT = "not accepted: no event of the holdout was resolved since the last accepted fit"
    NOT_BETTER = "not accepted: on events it has not seen it scores no better than what was said"
    KEPT = "not accepted: overfit alarm, and worse than the map in force by more than its spread"
    ROLLED_BACK = "rolled back: a second overfit alarm in a row, so the accepted map before the last is in force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The scores of a candidate. Log scores are means a holdout outcome; None where there is no holdout."""

    n_train: int
    n_holdout: int
    brier_train: float | None = None
    brier_holdout: float | None = None
    gap_se: float | None = None
    alarm: bool = False
    warning: bool = False  # the gap is wide, and may be chance
    log_candidate: float | None = None
    log_identity: float | None = None
    log_active: float | None = None
    worse_than_active: bool = False  # by more than the paired standard error


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One settled market with the forecast that stood before its close; a voided one is left out."""

    market_id: str
    event_id: str
    category: str
    p: float
    y: int
    resolved_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One row of the table `calibrations`."""

    calibration_id: str  # of the content: the same data cut twice is one fit
    category: str
    method: str
    cut_ns: int  # only what was resolved before it was looked at
    data_hash: str
    verdict: Verdict
    why: str
    judgement: Judgement
    candidate: Mapping[str, Any]  # the fitted map; identity where none was fitted
    in_force: Mapping[str, Any]  # the map that stands after this fit

"""Whether a fitted map may be used: its score on events that it has not seen, the overfit alarm, and the way back.

Log scores decide, for each is a mean over holdout events; a Brier gap between training and holdout raises the alarm
(methods §11.6). At small counts the gap opens by chance, so it counts only with enough events and beyond its own spread.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from astra_actors.learning.maps import CalibrationMap, Floats, clipped
from astra_actors.learning.records import Judgement, Verdict

GAP_MAX: Final = 0.05  # Brier points between training and holdout
HOLDOUT_MIN: Final = 40  # holdout outcomes before the alarm counts
Z_GAP: Final = 2.576  # 1 % two-sided


def gap_se(sd: float, n_train: int, n_holdout: int) -> float:
    """Standard error of the difference of two mean scores: sd·√(1/n_t + 1/n_h)."""
    return sd * math.sqrt(1.0 / n_train + 1.0 / n_holdout)


def judged(
    candidate: CalibrationMap, active: CalibrationMap, *, train: tuple[Floats, Floats], holdout: tuple[Floats, Floats]
) -> Judgement:
    """Score a candidate on what it was fitted to and on what it was not; each pair holds forecasts and outcomes."""
    (p_train, y_train), (p_held, y_held) = train, holdout
    in_train = (candidate.apply(p_train) - y_train) ** 2
    if not len(p_held):
        return Judgement(n_train=len(p_train), n_holdout=0, brier_train=float(in_train.mean()))
    held = (candidate.apply(p_held) - y_held) ** 2
    sd = float(np.std(np.concatenate([in_train - in_train.mean(), held - held.mean()])))
    spread = gap_se(sd, len(in_train), len(held))
    gap = abs(float(in_train.mean() - held.mean()))
    ours, theirs = _log_losses(candidate, p_held, y_held), _log_losses(active, p_held, y_held)
    worse = ours - theirs
    return Judgement(
        n_train=len(in_train),
        n_holdout=len(held),
        brier_train=float(in_train.mean()),
        brier_holdout=float(held.mean()),
        gap_se=spread,
        alarm=gap > GAP_MAX and len(held) >= HOLDOUT_MIN and gap > Z_GAP * spread,
        warning=gap > GAP_MAX,
        log_candidate=float(ours.mean()),
        log_identity=float((-np.log(np.where(y_held > 0.5, clipped(p_held), 1.0 - clipped(p_held)))).mean()),
        log_active=float(theirs.mean()),
        worse_than_active=len(worse) > 1 and float(worse.mean()) > float(np.std(worse, ddof=1)) / math.sqrt(len(worse)),
    )


def verdict_of(judgement: Judgement, *, alarm_before: bool) -> Verdict:
    """What follows from the scores; `alarm_before` says that the last fit of this kind raised the alarm as well."""
    if judgement.log_candidate is None or judgement.log_identity is None:
        return Verdict.NO_HOLDOUT
    if judgement.alarm and alarm_before:
        return Verdict.ROLLED_BACK
    if judgement.alarm and judgement.worse_than_active:
        return Verdict.KEPT
    return Verdict.ACCEPTED if judgement.log_candidate < judgement.log_identity else Verdict.NOT_BETTER


def _log_losses(chosen: CalibrationMap, p: Floats, y: Floats) -> Floats:
    q = clipped(chosen.apply(p))
    return np.asarray(-np.log(np.where(y > 0.5, q, 1.0 - q)), dtype=np.float64)

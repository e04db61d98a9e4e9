"""One fit of one category: what it was taught, what judged it, and which map is in force afterwards (methods §11.5–11.6).

A fit at time t is taught by outcomes resolved before t outside the holdout, and judged by holdout outcomes resolved since
the last accepted fit, so that no outcome judges twice. The same outcomes and the same history give the same fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import numpy as np

from astra_actors.kernel.canonical import canonical_hash
from astra_actors.kernel.errors import BadInput
from astra_actors.learning.fitting import NEEDED, fit
from astra_actors.learning.holdout import is_held_out
from astra_actors.learning.judging import judged, verdict_of
from astra_actors.learning.maps import CalibrationMap, Floats, Identity, map_of
from astra_actors.learning.records import Fit, Judgement, Outcome, Verdict
from astra_actors.learning.shrinkage import in_force

EVERYTHING: Final = "*"  # all categories together: the parent of each


def fit_calibration(
    outcomes: Sequence[Outcome], history: Sequence[Fit], method: str, cut_ns: int, category: str
) -> Fit:
    """Fit one category's map, judge it, and say what is in force; `history` holds earlier fits, the oldest first."""
    if method not in NEEDED:
        raise BadInput("--method", method, f"choose one of {', '.join(NEEDED)}")
    past = [one for one in history if one.category == category and one.cut_ns < cut_ns]
    standing = standing_maps(past, cut_ns)
    active = standing[-1] if standing else Identity()
    accepted_ns = max((one.cut_ns for one in past if one.verdict is Verdict.ACCEPTED), default=-1)
    seen = [one for one in outcomes if one.resolved_ns < cut_ns and category in (EVERYTHING, one.category)]
    seen.sort(key=lambda one: (one.resolved_ns, one.market_id))
    train = [one for one in seen if not is_held_out(one.event_id)]
    held = [one for one in seen if is_held_out(one.event_id) and one.resolved_ns > accepted_ns]
    candidate: CalibrationMap = Identity()
    if len(train) < NEEDED[method]:
        judgement, verdict = Judgement(n_train=len(train), n_holdout=len(held)), Verdict.TOO_FEW
    else:
        candidate = fit(method, *_arrays(train))
        judgement = judged(candidate, active, train=_arrays(train), holdout=_arrays(held))
        verdict = verdict_of(judgement, alarm_before=bool(past) and past[-1].judgement.alarm)
    if verdict is Verdict.ACCEPTED:
        standing = [*standing, candidate]
    elif verdict is Verdict.ROLLED_BACK:
        standing = standing[:-1]
    data_hash = canonical_hash([{**asdict(one), "resolved_ns": str(one.resolved_ns)} for one in (*train, *held)])
    after = (standing[-1] if standing else Identity()).terms()
    named = {"category": category, "method": method, "cut_ns": str(cut_ns), "data": data_hash, "in_force": after}
    return Fit(
        calibration_id=canonical_hash(named)[:32], category=category, method=method, cut_ns=cut_ns,
        data_hash=data_hash, verdict=verdict, why=_why(verdict, judgement, method), judgement=judgement,
        candidate=candidate.terms(), in_force=after,
    )  # fmt: skip


def standing_maps(past: Sequence[Fit], now_ns: int) -> list[CalibrationMap]:
    """The accepted maps that still hold, the one in force last: a rollback takes one away, and a month ends each."""
    standing: list[tuple[int, CalibrationMap]] = []
    for one in past:
        if one.verdict is Verdict.ACCEPTED:
            standing.append((one.cut_ns, map_of(one.candidate)))
        elif one.verdict is Verdict.ROLLED_BACK:
            standing = standing[:-1]
    return [found for at_ns, found in standing if in_force(at_ns, now_ns)]


def categories_of(outcomes: Sequence[Outcome]) -> list[str]:
    """What is fitted: everything together, then each category in the order of its name."""
    return [EVERYTHING, *sorted({one.category for one in outcomes})]


def _arrays(outcomes: Sequence[Outcome]) -> tuple[Floats, Floats]:
    said = np.array([one.p for one in outcomes], dtype=np.float64)
    return said, np.array([one.y for one in outcomes], dtype=np.float64)


def _why(verdict: Verdict, judgement: Judgement, method: str) -> str:
    """The verdict with the numbers that it compared."""
    if verdict is Verdict.TOO_FEW:
        return f"{judgement.n_train} of {NEEDED[method]} training outcomes; the map of all categories stands, or none"
    if judgement.log_candidate is None or judgement.brier_holdout is None or judgement.brier_train is None:
        return f"{judgement.n_train} training outcomes and none to judge by"
    gap = f"Brier {judgement.brier_train:.4f} in training, {judgement.brier_holdout:.4f} in {judgement.n_holdout} held out"
    wide = "; a wide gap that may be chance" if judgement.warning and not judgement.alarm else ""
    return f"log score {judgement.log_candidate:.4f}, as said {judgement.log_identity:.4f}; {gap}{wide}"

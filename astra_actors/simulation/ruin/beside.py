"""What is told beside a ruin study: ruin too rare to be seen in its paths, and what it shows the live gate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.rng import stream
from astra_actors.simulation.ruin.laws import Bets, Copula, Iid, ReturnLaw, Stationary
from astra_actors.simulation.ruin.paths import AfterBreaker, PathPlan
from astra_actors.simulation.ruin.rare import rare_ruin

PATHS_MAX: Final = 10_000  # tilted paths hit often: more would only sharpen the last digit
BETS: Final = 10_000  # draws that stand for a bet: its probability to four digits
GATE_PATHS: Final = 10_000  # what the live gate asks for: so many paths …
GATE_TRADES: Final = 1_000  # … of so many trades (methods §18.2, P3-1) …
GATE_RUIN: Final = 0.5  # … down to this share of the start (methods §13)


def rare_beside(law: ReturnLaw, plan: PathPlan, *, paths: int, seed: int) -> dict[str, Any]:
    """P(ruin) of independent trades of this law, without caps and breaker, by importance sampling (methods §13.12).

    Only of an unconstrained `iid` study or of stated bets is it the same figure as `p_ruin`; else it says what the record
    alone would do. `p` is None with a reason where a law has no steps to tilt, never gains, or can lose everything at once.
    """
    steps = _steps(law)
    if steps is None:
        return _none(f"the law {law.name} is not a list of returns")
    if not plan.compounded or plan.ruin_level <= 0.0 or steps.min() <= -1.0:
        return _none("one trade can lose everything, or ruin is at nothing: there is no distance in log-equity")
    dice = stream(seed, "rare-ruin")
    fall = -math.log(plan.ruin_level)
    try:
        found = rare_ruin(np.log1p(steps), fall, trades=plan.trades, paths=min(paths, PATHS_MAX), dice=dice)
    except BadInput as error:
        return _none(error.remedy)
    if not found.hits:
        return _none("even the tilted paths never came there: give more trades a path")
    half = float(norm.ppf(0.975)) * found.se
    return {
        "p": found.p,
        "se": found.se,
        "ci_low": max(0.0, found.p - half),
        "ci_high": found.p + half,
        "hits": found.hits,
        "paths": found.paths,
        "tilt": found.tilt,
        "same_as_p_ruin": plan.limits is None and isinstance(law, Iid | Bets),
        "of": "independent trades of this law, without caps and breaker",
        "why": "",
    }


def gate_measures(figures: Mapping[str, Any]) -> dict[str, float]:
    """What the live gate reads: upper 95 % bounds, since a probability has to be proven small (methods §13.7)."""
    return {
        "ruin_probability": figures["gate"]["p_ruin"]["upper_95"],
        "halving_probability": figures["gate"]["p_mdd_50"]["upper_95"],
    }


def why_no_evidence(
    plan: PathPlan, law: ReturnLaw, *, paths: int, own_record: bool, own_law: bool, own_terms: bool = True
) -> str:
    """Why the gate does not take this study; empty where it does."""
    if not own_record or plan.limits is None:
        return "it is not of the run's own trades under the run's own caps"
    if not own_law and law.name != "copula":
        return f"the law {law.name} was asked for, and the record itself would have been resampled in blocks"
    if not own_terms:
        return "--rho, --together or --block was given, and the gate takes what the record itself says"
    if paths < GATE_PATHS or plan.trades < GATE_TRADES:
        return f"the gate asks for {GATE_PATHS:,} paths of {GATE_TRADES:,} trades"
    if plan.ruin_level < GATE_RUIN or plan.after_breaker is not AfterBreaker.REBASE:
        return f"the gate takes {GATE_RUIN:.0%} of the start for ruin, and an operator who goes on"
    return ""


def _steps(law: ReturnLaw) -> npt.NDArray[np.float64] | None:
    if isinstance(law, Iid | Stationary | Copula):
        return law.returns
    if isinstance(law, Bets):
        won = round(law.p * BETS)
        return np.repeat([law.stake * (1.0 / law.cost - 1.0), -law.stake], [won, BETS - won])
    return None


def _none(why: str) -> dict[str, Any]:
    names = ("p", "se", "ci_low", "ci_high", "hits", "paths", "tilt")
    return {**dict.fromkeys(names), "same_as_p_ruin": False, "of": "", "why": why}

"""What a sweep is worth: every figure beside the number of combinations that were tried (methods §9.2–9.4).

The best of many is good by luck alone. Intervals are therefore Bonferroni's, 1 − α/N for each of N combinations, and the
chance that a Sharpe ratio is above 0 is deflated: it is asked against the best that luck gives among N (Bailey & López de
Prado 2014). Trades count as independent; those of one event are not, so the truth is wider still.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from scipy.special import ndtri

from astra_actors.metrics.confidence import expected_best_sharpe, probabilistic_sharpe, sharpe_se
from astra_actors.metrics.performance import moments
from astra_actors.metrics.stat import MINIMUM
from astra_actors.simulation.sweep.grid import Combination, words_of

ALPHA: Final = 0.05  # the chance that any of the intervals of a sweep misses
PROVEN: Final = 0.95  # a deflated probability below this is luck until more is known


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one combination came to. `returns` are those of its closed trades, per dollar committed."""

    number: int
    figures: dict[str, Any]
    returns: tuple[float, ...]


def sweep_figures(grid: Sequence[Combination], replayed: Sequence[Replayed]) -> dict[str, Any]:
    """The whole sweep as plain values, combinations in the order of the grid."""
    parts = sorted(replayed, key=lambda part: part.number)
    ratios = {part.number: _sharpe(part.returns) for part in parts}
    known = [ratio for ratio in ratios.values() if ratio is not None]
    luck = expected_best_sharpe(len(grid), statistics.variance(known)) if len(known) > 1 else None
    rows = [_row(grid[part.number], part, len(grid), luck) for part in parts]
    best = max((row for row in rows if row["sharpe"] is not None), key=lambda row: row["sharpe"], default=None)
    return {
        "tried": len(grid),
        "alpha": ALPHA,
        "interval_level": 1.0 - ALPHA / len(grid),
        "luck_sharpe": luck,
        "best": best["settings"] if best else None,
        "verdict": _verdict(len(grid), luck, best),
        "combinations": rows,
    }


def _row(combination: Combination, part: Replayed, tried: int, luck: float | None) -> dict[str, Any]:
    m, ratio = moments(part.returns), _sharpe(part.returns)
    row = {
        "settings": dict(combination),
        **part.figures,
        "trades": m.n,
        "mean_return": m.mean,
        "sharpe": ratio,
        "sharpe_ci": None,
        "deflated": None,
    }
    if ratio is not None and m.skewness is not None and m.kurtosis is not None:
        reach = float(ndtri(1.0 - ALPHA / (2.0 * tried))) * sharpe_se(ratio, m.n, m.skewness, m.kurtosis)
        row["sharpe_ci"] = [ratio - reach, ratio + reach]
        row["deflated"] = probabilistic_sharpe(ratio, m.n, m.skewness, m.kurtosis, luck or 0.0)
    return row


def _sharpe(returns: Sequence[float]) -> float | None:
    """The ratio a trade; None where trades are too few or all alike."""
    m = moments(returns)
    if m.n < 2 or m.skewness is None or m.mean is None or not m.sd:
        return None
    return m.mean / m.sd


def _verdict(tried: int, luck: float | None, best: dict[str, Any] | None) -> str:
    """One sentence for whoever would now take the best."""
    if best is None:
        return f"{tried} combinations tried; none closed trades that differ, so nothing here tells them apart"
    words = words_of(tuple(best["settings"].items()))
    said = f"{tried} combinations tried; the best is {words} with a Sharpe ratio of {best['sharpe']:.3f} a trade"
    if luck is not None:
        said += f", where luck alone gives {luck:.3f}"
    if best["trades"] < MINIMUM["sharpe"]:
        return f"{said}; {best['trades']} trades are fewer than {MINIMUM['sharpe']} and decide nothing"
    if best["deflated"] is None or best["deflated"] < PROVEN:
        chance = "unknown" if best["deflated"] is None else f"{best['deflated']:.3f}"
        return f"{said}; its deflated probability is {chance}: not told from luck"
    return f"{said}; its deflated probability is {best['deflated']:.3f}: try it on a tape that it has not seen"

"""A ruin study: chunks of paths put together, each figure with its interval, and the verdict of the gate.

Chunk `c` draws from a stream named by the seed and `c` alone, so the study is the same whoever walked which chunk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, binom, norm

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.rng import stream
from astra_actors.simulation.ruin.cutting import wins_kept
from astra_actors.simulation.ruin.laws import ReturnLaw
from astra_actors.simulation.ruin.paths import CHUNK, FAN_BINS, ROUNDING, Chunk, PathPlan, fan_level, fan_steps, walk

Floats = npt.NDArray[np.float64]

HALVED_MAX: Final = 0.01  # the live gate: P(MDD > 50 %) below 1 % …
RUIN_MAX: Final = 0.001  # … and P(ruin) below 0.1 %, each by its upper one-sided 95 % bound (methods §13.7)
PER_PATH: Final = ("drawdown", "drawdown_of_start", "terminal", "ruined_at", "under_water", "rebases")
FAN_QUANTILES: Final = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuinStudy:
    """Everything the paths came to."""

    law: ReturnLaw
    plan: PathPlan
    seed: int
    drawdown: Floats
    drawdown_of_start: Floats
    terminal: Floats
    ruined_at: npt.NDArray[np.int64]
    under_water: npt.NDArray[np.int64]
    rebases: npt.NDArray[np.int64]
    fan: npt.NDArray[np.int64]

    @property
    def paths(self) -> int:
        """How many paths were walked."""
        return len(self.drawdown)

    @property
    def digest(self) -> str:
        """SHA-256 over every path's results in order: equal for a seed whatever the number of workers."""
        hasher = hashlib.sha256()
        for values in (self.drawdown, self.terminal, self.ruined_at, self.under_water, self.rebases, self.fan):
            hasher.update(np.ascontiguousarray(values).tobytes())
        return hasher.hexdigest()

    def figures(self) -> dict[str, Any]:
        """The study as plain values, ready for JSON."""
        fallen = self.drawdown
        ruined = int((self.ruined_at >= 0).sum())
        rare = {
            "p_mdd_20": probability(int((fallen > 0.2 + ROUNDING).sum()), self.paths),
            "p_mdd_50": probability(int((fallen > 0.5 + ROUNDING).sum()), self.paths),
            "p_ruin": probability(ruined, self.paths),
        }
        return {
            "paths": self.paths,
            "trades": self.plan.trades,
            "law": self.law.name,
            "law_terms": self.law.terms(),
            "seed": self.seed,
            "constrained": self.plan.limits is not None,
            "after_breaker": self.plan.after_breaker.value if self.plan.limits else None,
            "ruin_level": self.plan.ruin_level,
            **rare,
            "mean_mdd": mean(fallen),
            "mdd_p95": quantile(fallen, 0.95),
            "mdd_p99": quantile(fallen, 0.99),
            "under_water_trades": {"mean": mean(self.under_water), "p95": quantile(self.under_water, 0.95)},
            "terminal": {
                "mean": mean(self.terminal),
                **{f"p{round(100 * q):02d}": quantile(self.terminal, q) for q in (0.05, 0.5, 0.95)},
            },
            "wins_kept": wins_kept(self.law, self.plan.limits.market_cap) if self.plan.limits else None,
            "breaker_trips": mean(self.rebases) if self.plan.limits else None,
            "gate": {
                "p_mdd_50": gate(rare["p_mdd_50"]["hits"], self.paths, HALVED_MAX),
                "p_ruin": gate(ruined, self.paths, RUIN_MAX),
            },
            "digest": self.digest,
        }

    def fan_curves(self) -> tuple[npt.NDArray[np.int64], dict[float, Floats]]:
        """The trades at which the fan was measured, and equity there by quantile, from the bins' counts."""
        levels = np.cumsum(self.fan, axis=1)
        curves = {
            q: fan_level(np.array([np.searchsorted(row, q * self.paths) for row in levels], dtype=float))
            for q in FAN_QUANTILES
        }
        return fan_steps(self.plan.trades), curves


def chunks_of(paths: int) -> list[tuple[int, int]]:
    """The work as (first path, number of paths); refused below one path."""
    if paths < 1:
        raise BadInput("--paths", paths, "walk at least one path")
    return [(first, min(CHUNK, paths - first)) for first in range(0, paths, CHUNK)]


def walk_chunk(law: ReturnLaw, plan: PathPlan, seed: int, first: int, paths: int) -> Chunk:
    """One chunk, with the dice that belong to its number."""
    return walk(law, plan, stream(seed, "ruin", first // CHUNK), first=first, paths=paths)


def put_together(law: ReturnLaw, plan: PathPlan, seed: int, chunks: Iterable[Chunk]) -> RuinStudy:
    """Join chunks in the order of their paths, in whatever order they came; the fan's counts are added up at once."""
    parts: dict[int, list[npt.NDArray[Any]]] = {}
    fan = np.zeros((len(fan_steps(plan.trades)), FAN_BINS), dtype=np.int64)
    for chunk in chunks:
        fan += chunk.fan
        # A chunk from a worker lies in shared memory, which a view would hold: the counts are the most of it.
        parts[chunk.first] = [getattr(chunk, name).copy() for name in PER_PATH]
    columns = zip(*(parts[first] for first in sorted(parts)), strict=True)
    joined: dict[str, Any] = {name: np.concatenate(column) for name, column in zip(PER_PATH, columns, strict=True)}
    return RuinStudy(law=law, plan=plan, seed=seed, fan=fan, **joined)


def probability(hits: int, paths: int, level: float = 0.95) -> dict[str, Any]:
    """k of M with its standard error and the interval of Clopper & Pearson (1934); none seen has the bound of O13.7."""
    value, tail = hits / paths, (1.0 - level) / 2.0
    if hits == 0:
        low, high = 0.0, upper_bound(0, paths)
    else:
        low = float(beta.ppf(tail, hits, paths - hits + 1))
        high = 1.0 if hits == paths else float(beta.ppf(1.0 - tail, hits + 1, paths - hits))
    return {"value": value, "hits": hits, "se": (value * (1.0 - value) / paths) ** 0.5, "ci_low": low, "ci_high": high}


def upper_bound(hits: int, paths: int, level: float = 0.95) -> float:
    """The one-sided upper bound of a probability."""
    return 1.0 if hits == paths else float(beta.ppf(level, hits + 1, paths - hits))


def gate(hits: int, paths: int, limit: float) -> dict[str, Any]:
    """Whether a probability is proven to be below a limit: its upper bound is."""
    bound = upper_bound(hits, paths)
    return {"status": "PASS" if bound < limit else "FAIL", "value": hits / paths, "upper_95": bound, "limit": limit}


def mean(values: Sequence[float] | npt.NDArray[Any]) -> dict[str, float | None]:
    """A mean with its 95 % interval by the normal law; one value has none."""
    array = np.asarray(values, dtype=np.float64)
    centre = float(array.mean())
    if len(array) < 2:
        return {"value": centre, "ci_low": None, "ci_high": None}
    half = float(norm.ppf(0.975) * array.std(ddof=1) / len(array) ** 0.5)
    return {"value": centre, "ci_low": centre - half, "ci_high": centre + half}


def quantile(values: Sequence[float] | npt.NDArray[Any], q: float) -> dict[str, float | None]:
    """A quantile with its interval by order statistics; a side for which there are too few values is None."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    count = len(ordered)
    low, high = int(binom.ppf(0.025, count, q)) - 1, int(binom.ppf(0.975, count, q))
    return {
        "value": float(ordered[min(count - 1, max(0, int(np.ceil(q * count)) - 1))]),
        "ci_low": float(ordered[low]) if low >= 0 else None,
        "ci_high": float(ordered[high]) if high < count else None,
    }

"""The volatility in use now: the table's value corrected by what the spot source's own bars have shown.

The two are mixed as variances, each with the weight of its returns: the posterior mean of a variance under its conjugate
(scaled inverse χ²) prior. The table counts as many returns as would have its ± for a standard error, n₀ = ½(σ/±)² from
SE = σ/√(2n) (methods §3.5): 21 for BTC, just the number from which methods lets bars speak.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from astra_actors.estimation.params import EstimationParams
from astra_actors.estimation.volatility import SigmaRange, close_to_close, ewma, log_returns, sigma_interval
from astra_actors.feeds.port import SpotSource
from astra_actors.kernel.units import NS_PER_S

_YEAR_BARS_S = 365 * 86_400  # bars are counted in trading days (methods §3.5)


class Volatility:
    """One measurement a name and bar, kept: within a bar nothing new is known."""

    __slots__ = ("_kept", "_params", "_spot")

    def __init__(self, params: EstimationParams, spot: SpotSource) -> None:
        self._params = params
        self._spot = spot
        self._kept: dict[str, tuple[int, SigmaRange]] = {}

    def of(self, underlying: str, now_ns: int) -> SigmaRange:
        """σ a year with its interval, from bars that ended at or before now."""
        bar = now_ns // (self._params.vol_bar_s * NS_PER_S)
        kept = self._kept.get(underlying)
        if kept is not None and kept[0] == bar:
            return kept[1]
        measured = self._measured(underlying, bar)
        self._kept[underlying] = (bar, measured)
        return measured

    def _measured(self, underlying: str, bar: int) -> SigmaRange:
        params = self._params
        returns = self._returns(underlying, bar)
        if len(returns) < params.vol_bars_min:
            return table_range(params, underlying)
        per_year = _YEAR_BARS_S / params.vol_bar_s
        realised = close_to_close(returns, per_year, zero_mean=True)
        if realised < params.vol_floor:  # a feed that repeats one price has measured nothing
            return table_range(params, underlying)
        table, worth = table_range(params, underlying).sigma, table_worth(params, underlying)
        sigma = math.sqrt((worth * table**2 + len(returns) * realised**2) / (worth + len(returns)))
        found = sigma_interval(sigma, worth + effective(returns), confidence=params.vol_confidence)
        recent = max(ewma(returns, per_year, decay=params.ewma_lambda), params.vol_floor)
        # neither a calm week nor the table rules out the storm of the last hours, nor the other way round
        return SigmaRange(sigma, min(found.lo, recent, realised), max(found.hi, recent, realised), len(returns))

    def _returns(self, underlying: str, bar: int) -> list[float]:
        """Log returns between neighbouring bar ends; a bar without a print of its own half breaks the chain."""
        length_ns = self._params.vol_bar_s * NS_PER_S
        returns: list[float] = []
        before: float | None = None
        for index in range(bar - self._params.vol_bars, bar + 1):
            end_ns = index * length_ns
            seen = self._spot.spot_at(underlying, end_ns)
            close = seen[0] if seen is not None and end_ns - seen[1] <= length_ns // 2 else None
            if before is not None and close is not None:
                returns.extend(log_returns((before, close)))
            before = close
        return returns


def table_worth(params: EstimationParams, underlying: str) -> float:
    """How many returns the table's value counts for: as many as leave a standard error of its ±."""
    return 0.5 * (table_range(params, underlying).sigma / params.vol_half_width) ** 2


def effective(returns: Sequence[float]) -> float:
    """How many normal returns would measure a variance as well: fat tails (kurtosis κ) leave 2n/(κ − 1) of n."""
    squares = [r * r for r in returns]
    kurtosis = len(returns) * math.fsum(q * q for q in squares) / math.fsum(squares) ** 2
    return 2 * len(returns) / (max(kurtosis, 3.0) - 1)


def table_range(params: EstimationParams, underlying: str) -> SigmaRange:
    """The default of a name, ± its half-width, never under the floor."""
    sigma = dict(params.vol_table).get(underlying, params.vol_other)
    return SigmaRange(sigma, max(sigma - params.vol_half_width, params.vol_floor), sigma + params.vol_half_width, 0)

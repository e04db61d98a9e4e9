"""One market's probability of YES: from the price its rules set a level for, else from its own book."""

from __future__ import annotations

import math
from typing import Final

from astra_actors.definitions.condition import holds, yes_region
from astra_actors.definitions.contract import DefinitionContract
from astra_actors.estimation.consensus import BookTop, book_consensus
from astra_actors.estimation.estimate import Estimate
from astra_actors.estimation.interval import (
    Range,
    close_range,
    close_range_t,
    monotone_range,
    probed_range,
    widened,
    wider,
)
from astra_actors.estimation.params import EstimationParams
from astra_actors.estimation.running_extreme import RunningExtreme
from astra_actors.estimation.sigma import Volatility
from astra_actors.estimation.threshold import close_above, close_above_t
from astra_actors.estimation.touch import touch, watched_level
from astra_actors.estimation.volatility import SigmaRange
from astra_actors.estimation.window import touch_in_window
from astra_actors.feeds.port import SpotSource
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S, YEAR_S
from astra_actors.market.instrument import MarketListing
from astra_actors.risk.veto import Refused, Veto

CLOSE: Final = "threshold_close"
TOUCH: Final = "threshold_touch"
VERSION: Final = "2"  # since 2 a table value and the bars are mixed
_YEAR_NS: Final = YEAR_S * NS_PER_S


class Estimator:
    """Owns what an estimate remembers between calls: volatility by the hour, extremes by market.

    A spot source may carry a `name`; only the source that a contract names can say that its level was touched
    (a synthetic market knows one source, the world it lives in).
    Without a spot source every market is estimated from its book.
    """

    __slots__ = ("_extremes", "_params", "_source_name", "_spot", "_volatility")

    def __init__(self, params: EstimationParams, spot: SpotSource | None = None) -> None:
        self._params = params
        self._spot = spot
        if spot is not None:
            self._volatility = Volatility(params, spot)
            self._extremes = RunningExtreme(spot)
            self._source_name = str(getattr(spot, "name", "")).casefold()

    def estimate(
        self, listing: MarketListing, definition: DefinitionContract, now_ns: int, book_top: BookTop | None
    ) -> Estimate | Refused:
        """A probability with its interval, or the reason why there is none."""
        if self._spot is None or not definition.is_threshold:
            return book_consensus(self._params, now_ns, book_top)
        underlying = listing.underlying or definition.underlying
        at_ns = min(now_ns, definition.cutoff_ns)  # what is printed after the cutoff does not count
        seen = self._spot.spot_at(underlying, at_ns)
        if seen is None:
            return Refused(Veto.NO_ESTIMATE, detail=f"no price of {underlying}")
        age_ms = (at_ns - seen[1]) // NS_PER_MS
        if age_ms > self._params.spot_age_ms_max:
            return Refused(Veto.INPUT_STALE, float(age_ms), float(self._params.spot_age_ms_max), "ms", underlying)
        vol = self._volatility.of(underlying, at_ns)
        if definition.resolution_type == "touch":
            return self._touch(listing, definition, underlying, seen, vol, now_ns)
        return self._close(definition, seen, vol, now_ns)

    def _close(self, definition: DefinitionContract, seen: tuple[float, int], vol: SigmaRange, now_ns: int) -> Estimate:
        spot = seen[0]
        years = (definition.cutoff_ns - now_ns) / _YEAR_NS
        if years <= 0:
            p = 1.0 if holds(definition, spot) else 0.0
            return self._made(p, (p, p), CLOSE, vol, seen, definition.cutoff_ns, now_ns)
        low, high = yes_region(definition)
        df = self._params.student_df
        if low > 0 and high < math.inf:
            p = _between(spot, low, high, years, vol.sigma)
            bounds = probed_range(lambda s: _between(spot, low, high, years, s), vol)
            fat = probed_range(lambda s: _between_t(spot, low, high, years, s, df), vol)
            bounds = wider(bounds, fat)
        else:
            p, bounds = _one_sided(spot, low, high, years, vol, df)
        return self._made(p, bounds, CLOSE, vol, seen, definition.cutoff_ns, now_ns)

    def _touch(
        self,
        listing: MarketListing,
        definition: DefinitionContract,
        underlying: str,
        seen: tuple[float, int],
        vol: SigmaRange,
        now_ns: int,
    ) -> Estimate | Refused:
        low, high = yes_region(definition)
        if low > 0 and high < math.inf:
            return Refused(Veto.NO_ESTIMATE, detail="a touch of exactly one price has no side")
        if listing.open_ns <= 0:
            return Refused(Veto.NO_ESTIMATE, detail="the listing does not say since when a touch counts")
        up = high == math.inf
        at_ns = min(now_ns, definition.cutoff_ns)
        extremes = self._extremes.since(listing.market_id, underlying, listing.open_ns, at_ns)
        if extremes is not None and holds(definition, extremes[1] if up else extremes[0]):
            return self._touched(listing, definition, seen, vol, now_ns)
        years = (definition.cutoff_ns - now_ns) / _YEAR_NS
        if years <= 0:
            return self._made(0.0, (0.0, 0.0), TOUCH, vol, seen, definition.cutoff_ns, now_ns)
        wait = (listing.open_ns - now_ns) / _YEAR_NS
        watch = self._params.barrier_watch_s / YEAR_S
        level = watched_level(low if up else high, vol.sigma, watch, up=up)

        def reach(sigma: float) -> float:
            if wait > 0:
                return touch_in_window(seen[0], level, wait, years, sigma, up=up)
            return touch(seen[0], level, years, sigma, up=up)

        bounds = monotone_range(reach, vol)
        return self._made(reach(vol.sigma), bounds, TOUCH, vol, seen, definition.cutoff_ns, now_ns)

    def _touched(
        self,
        listing: MarketListing,
        definition: DefinitionContract,
        seen: tuple[float, int],
        vol: SigmaRange,
        now_ns: int,
    ) -> Estimate:
        """Certain when the contract's own source printed it; a foreign feed leaves a doubt."""
        own = listing.synthetic or definition.oracle_source.casefold() == self._source_name
        p = 1.0 if own else 1.0 - self._params.foreign_print_doubt
        return self._made(p, (2 * p - 1, 1.0), TOUCH, vol, seen, definition.cutoff_ns, now_ns)

    def _made(
        self, p: float, bounds: Range, name: str, vol: SigmaRange, seen: tuple[float, int], cutoff_ns: int, now_ns: int
    ) -> Estimate:
        params = self._params
        short = now_ns < cutoff_ns < now_ns + params.short_s * NS_PER_S
        p_lo, p_hi = widened(p, bounds, params.short_model_error if short else params.model_error)
        return Estimate(
            p=p,
            p_lo=p_lo,
            p_hi=p_hi,
            estimator=name,
            version=VERSION,
            made_ns=now_ns,
            input_age_ms=(min(now_ns, cutoff_ns) - seen[1]) // NS_PER_MS,
            detail=f"spot {seen[0]:.6g} sigma {vol.sigma:.4f} [{vol.lo:.4f}, {vol.hi:.4f}] n {vol.n}",
        )


def _one_sided(spot: float, low: float, high: float, years: float, vol: SigmaRange, df: float) -> tuple[float, Range]:
    """P and its range for a condition with one end; below a level is one minus above it."""
    level = low if high == math.inf else high
    p = close_above(spot, level, years, vol.sigma)
    lo, hi = wider(close_range(spot, level, years, vol), close_range_t(spot, level, years, vol, df=df))
    return (p, (lo, hi)) if high == math.inf else (1.0 - p, (1.0 - hi, 1.0 - lo))


def _between(spot: float, low: float, high: float, years: float, sigma: float) -> float:
    return close_above(spot, low, years, sigma) - close_above(spot, high, years, sigma)


def _between_t(spot: float, low: float, high: float, years: float, sigma: float, df: float) -> float:
    return close_above_t(spot, low, years, sigma, df=df) - close_above_t(spot, high, years, sigma, df=df)

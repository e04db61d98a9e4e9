"""Which truth belongs to which market: legs of one race share their draw, everything else has its own stream."""

from __future__ import annotations

import numpy as np

from astra_actors.feeds.world.listings import STEPS_PER_DAY, Kind, MarketSpec
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.spot import SpotPaths
from astra_actors.feeds.world.truth import Path, close_above, information, latent, race, touch
from astra_actors.kernel.rng import stream
from astra_actors.market.instrument import Category

_RACES_HELD = 8  # an event's legs open together, so a few events at a time are enough
# (share, part): so much of what decides comes in the last part of the life: a match, a release, an afternoon
_FINAL = {
    Category.SPORTS: (0.45, 0.03),
    Category.MACRO: (0.40, 0.005),
    Category.WEATHER: (0.25, 0.15),
    Category.POLITICS: (0.35, 0.05),
}


class TruthPaths:
    """Draws the true path of a market when asked; the same market always has the same path."""

    __slots__ = ("_params", "_races", "_seed", "_spot")

    def __init__(self, params: WorldParams, *, seed: int, spot: SpotPaths) -> None:
        self._params, self._seed, self._spot = params, seed, spot
        self._races: dict[str, Path] = {}

    def of(self, spec: MarketSpec) -> Path:
        """P(YES) at each step from the market's opening to its close, both included."""
        if spec.kind is Kind.RACE:
            path: Path = self._race(spec)[spec.leg].copy()  # a view would keep every leg alive
            return path
        if spec.kind is Kind.SINGLE:
            rng = stream(self._seed, "world", spec.market_id, "truth")
            p0 = min(max(float(rng.beta(2.0, 2.0)), 0.08), 0.92)
            return latent(rng, p0, self._known(rng, spec))
        coin = spec.listing.underlying
        spot = self._spot.path(coin, spec.open_step, spec.close_step)
        sigma = self._spot.sigma[coin]
        if spec.kind is Kind.CLOSE:
            return close_above(spot, spec.level, sigma)
        return touch(spot, spec.level, sigma, up=spec.kind is Kind.TOUCH_UP)

    def _race(self, spec: MarketSpec) -> Path:
        """All legs of the market's event, one row each."""
        event_id = spec.listing.event_id
        if event_id not in self._races:
            rng = stream(self._seed, "world", event_id, "truth")
            start = rng.standard_normal(spec.legs) * 0.6
            while len(self._races) >= _RACES_HELD:
                del self._races[next(iter(self._races))]
            self._races[event_id] = race(rng, start, self._known(rng, spec))
        return self._races[event_id]

    def _known(self, rng: np.random.Generator, spec: MarketSpec) -> Path:
        steps = spec.close_step - spec.open_step
        share, part = _FINAL[spec.listing.category]
        return information(
            rng,
            steps,
            news=self._params.news_per_day * steps / STEPS_PER_DAY,
            news_share=self._params.news_share,
            final_share=share,
            final_part=part,
        )

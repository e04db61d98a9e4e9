"""Prices of the underlyings on a 60-second grid: geometric Brownian motion with one constant volatility each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from astra_actors.feeds.world.params import WorldParams
from astra_actors.kernel.rng import stream, unit
from astra_actors.kernel.units import NS_PER_S, YEAR_S

STEP_S = 60  # one step of every path in the world
STEP_NS = STEP_S * NS_PER_S
UNDERLYINGS = ("BTC", "ETH", "SOL")


class SpotPaths:
    """The whole run's prices, drawn once; without drift, so that the price itself is a martingale."""

    __slots__ = ("_paths", "_start_ns", "sigma")

    def __init__(self, params: WorldParams, *, seed: int, start_ns: int, steps: int) -> None:
        self._start_ns = start_ns
        levels = (params.btc_usd, params.eth_usd, params.sol_usd)
        table = (params.btc_vol, params.eth_vol, params.sol_vol)
        self.sigma: dict[str, float] = {}
        self._paths: dict[str, NDArray[np.float64]] = {}
        for name, level, vol in zip(UNDERLYINGS, levels, table, strict=True):
            error = (2 * unit(seed, "world", name, "vol") - 1) * params.vol_error
            sigma = self.sigma[name] = max(vol + error, 0.05)
            self._paths[name] = _path(stream(seed, "world", name, "spot"), level, sigma, steps)

    def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
        """The last price at or before `now_ns` and its time; None before the start or for an unknown name."""
        path = self._paths.get(underlying)
        step = (now_ns - self._start_ns) // STEP_NS
        if path is None or step < 0:
            return None
        step = min(step, len(path) - 1)
        return float(path[step]), self._start_ns + step * STEP_NS

    def path(self, underlying: str, from_step: int, to_step: int) -> NDArray[np.float64]:
        """Prices of the steps from_step..to_step, both included."""
        return self._paths[underlying][from_step : to_step + 1]


def _path(rng: np.random.Generator, level: float, sigma: float, steps: int) -> NDArray[np.float64]:
    dt = STEP_S / YEAR_S
    moves = rng.standard_normal(steps) * (sigma * np.sqrt(dt)) - 0.5 * sigma * sigma * dt
    return np.asarray(level * np.exp(np.concatenate(([0.0], np.cumsum(moves)))))

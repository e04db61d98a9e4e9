"""What the crowd believes: a lagged, shaded reading of the truth, a mispricing that comes and goes, and what trades tell."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.spot import STEP_S

_LOGIT_MAX = 6.5  # 0.15 cents: a crowd is never surer than a tick


class Crowd:
    """The crowd's log-odds of one market, a stretch of steps at a time."""

    __slots__ = ("_keep", "_lagged", "_mispricing", "_noise", "_pull", "_sd", "_shading", "_started")

    def __init__(self, params: WorldParams) -> None:
        self._pull = 1.0 - 0.5 ** (STEP_S / params.lag_half_life_s)
        self._keep = 0.5 ** (STEP_S / (params.mispricing_half_life_h * 3_600))
        self._sd = params.mispricing_sd
        self._noise = params.mispricing_sd * math.sqrt(1.0 - self._keep * self._keep)  # keeps the sd stationary
        self._shading = params.longshot_shading
        self._lagged = self._mispricing = 0.0
        self._started = False

    def stretch(
        self, truth: NDArray[np.float64], rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Log-odds at the steps of `truth`, which follow those of the last call, and how far they lag behind it."""
        with np.errstate(divide="ignore"):
            odds = np.clip(np.log(truth) - np.log1p(-truth), -_LOGIT_MAX, _LOGIT_MAX).tolist()
        draws = rng.standard_normal(len(odds) + 1)
        if not self._started:
            self._started = True
            self._lagged, self._mispricing = odds[0], float(draws[-1]) * self._sd
        pull, keep = self._pull, self._keep
        lagged = list(accumulate(odds, lambda y, x: y + pull * (x - y), initial=self._lagged))
        mispricing = list(
            accumulate((draws[:-1] * self._noise).tolist(), lambda m, e: keep * m + e, initial=self._mispricing)
        )
        self._lagged, self._mispricing = lagged[-1], mispricing[-1]
        read = self._shading * np.asarray(lagged[1:])
        return read + np.asarray(mispricing[1:]), self._shading * np.asarray(odds) - read


class Lesson:
    """By how much trades have moved the crowd's log-odds, besides what it finds out by itself.

    Part of it is news that the crowd would have learnt a little later, and must not learn twice: that fades as the lag
    closes. The rest corrects an error, or makes one, and fades as errors do.
    """

    __slots__ = ("_error_keep", "_lag_keep", "early", "opinion")

    def __init__(self, params: WorldParams) -> None:
        self._lag_keep = 0.5 ** (STEP_S / params.lag_half_life_s)
        self._error_keep = 0.5 ** (STEP_S / (params.mispricing_half_life_h * 3_600))
        self.early = self.opinion = 0.0

    def fade(self, steps: int) -> None:
        """Let time pass."""
        self.early *= self._lag_keep**steps
        self.opinion *= self._error_keep**steps

    def learn(self, moved: float, behind: float) -> None:
        """Take in one trade that moves the crowd by `moved`, while it lags `behind` the truth."""
        room = behind - self.early  # what is still to come by itself
        ahead = max(0.0, min(moved, room)) if moved > 0.0 else min(0.0, max(moved, room))
        self.early += ahead
        self.opinion += moved - ahead

"""One chunk of paths from first trade to last: equity, drawdown, ruin, time under water (methods §13).

Equity is a multiple of the start. A path that falls to the ruin level stays there: who is ruined trades no more. Under
constraints every trade is cut to the caps in force, scaled by the spread of the path's own last trades, and the breaker
is obeyed as the run's settings say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

import numpy as np
import numpy.typing as npt

from astra_actors.kernel.errors import BadInput
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.ruin.cutting import wins_kept
from astra_actors.simulation.ruin.laws import ReturnLaw

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHUNK: Final = 500  # paths: 500 × 1,000 trades are 4 MB, which stays in a cache close to the core
TRADES_MAX: Final = 20_000  # of a path: a chunk then holds 80 MB an array, and some ten arrays
FAN_STEPS: Final = 100  # points in time of the fan chart
FAN_BINS: Final = 800  # of log-equity, each 1 % wide: quantiles of the fan from counts, whatever the number of paths
FAN_LOW: Final = -4.0  # e⁻⁴ of the start; what lies below is as good as nothing
ROUNDING: Final = 1e-12  # of the start: sums of steps such as 0.05 end this near a level, not on it


@unique
class AfterBreaker(Enum):
    """What happens once the drawdown breaker has taken a book out of the market that holds nothing any more."""

    REBASE = "rebase"  # the operator looks, rebases the peak and goes on: what an unattended paper run does
    STOP = "stop"  # trading ends for good


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPlan:
    """How paths are walked. `limits` None leaves caps, scaling and breaker out."""

    trades: int = 1_000
    ruin_level: float = 0.5  # of the start (methods §13)
    compounded: bool = True  # False: fixed stakes, a return is a fraction of the start
    limits: RiskLimits | None = None
    after_breaker: AfterBreaker = AfterBreaker.REBASE

    def __post_init__(self) -> None:
        if self.trades < 1:
            raise BadInput("--trades", self.trades, "walk at least one trade a path")
        if self.trades > TRADES_MAX:
            raise BadInput(
                "--trades", self.trades, f"walk at most {TRADES_MAX:,}: a worker holds {CHUNK} paths at once"
            )
        if not 0.0 <= self.ruin_level < 1.0:
            raise BadInput("--ruin-level", self.ruin_level, "give a fraction of the start, at least 0 and below 1")


@dataclass(frozen=True, slots=True)
class Chunk:
    """What some paths came to, a value a path, in the order of their numbers."""

    first: int
    drawdown: Floats  # the largest fall from a peak, as a fraction of that peak
    drawdown_of_start: Floats  # the largest fall as a multiple of the start
    terminal: Floats  # equity at the end
    ruined_at: Ints  # the trade that ruined the path, −1 where none did
    under_water: Ints  # the longest stretch of trades below the last peak
    rebases: Ints  # how often the breaker took the path out
    fan: Ints = field(repr=False)  # (FAN_STEPS, FAN_BINS) counts of log-equity


def walk(law: ReturnLaw, plan: PathPlan, dice: np.random.Generator, *, first: int, paths: int) -> Chunk:
    """Draw and walk the paths `first` … `first + paths − 1`."""
    returns = law.draw(dice, paths, plan.trades)
    if plan.limits is None:
        equity, rebases = _free(returns, plan), np.zeros(paths, dtype=np.int64)
    else:
        cap, kept = plan.limits.market_cap, wins_kept(law, plan.limits.market_cap)
        cut = np.where(returns > 0.0, kept * returns, np.maximum(returns, -cap))
        equity, rebases = _constrained(cut, plan, plan.limits)
    return measured(equity, plan, first=first, rebases=rebases)


def measured(equity: Floats, plan: PathPlan, *, first: int = 0, rebases: Ints | None = None) -> Chunk:
    """What equity curves of shape (paths, trades) come to; they begin at 1, which the array does not hold."""
    equity, ruined_at = _absorbed(equity, plan.ruin_level)
    peaks = np.maximum(np.maximum.accumulate(equity, axis=1), 1.0)
    falls = peaks - equity
    return Chunk(
        first=first,
        drawdown=np.max(falls / peaks, axis=1),
        drawdown_of_start=np.max(falls, axis=1),
        terminal=equity[:, -1].copy(),
        ruined_at=ruined_at,
        under_water=_longest_run(falls > ROUNDING),
        rebases=np.zeros(len(equity), dtype=np.int64) if rebases is None else rebases,
        fan=_fan(equity),
    )


def fan_steps(trades: int) -> Ints:
    """The trades after which the fan is measured."""
    count = min(FAN_STEPS, trades)
    return np.unique(np.linspace(1, trades, count).round().astype(np.int64))


def fan_level(places: Floats) -> Floats:
    """The equity at places among the fan's bins."""
    return np.exp(FAN_LOW + (np.asarray(places) + 0.5) * 0.01)


def _free(returns: Floats, plan: PathPlan) -> Floats:
    if plan.compounded:
        return np.asarray(np.cumprod(1.0 + returns, axis=1), dtype=np.float64)
    return np.asarray(1.0 + np.cumsum(returns, axis=1), dtype=np.float64)


def _constrained(returns: Floats, plan: PathPlan, limits: RiskLimits) -> tuple[Floats, Ints]:
    """Trade after trade: what the scale, the caps' base and the breaker leave of each return, which the market cap has cut."""
    paths, trades = returns.shape
    equity, peak = np.ones(paths), np.ones(paths)
    curve = np.empty_like(returns)
    trading, rebases = np.ones(paths, dtype=bool), np.zeros(paths, dtype=np.int64)
    recent = _Recent(paths, limits)
    for trade in range(trades):
        base = np.minimum(equity, 1.0)  # caps are shares of min(bankroll, equity)
        stake = np.minimum(recent.scale(), 1.0) * base / np.maximum(equity, ROUNDING)
        result = np.where(trading, returns[:, trade] * stake, 0.0)
        equity = equity * (1.0 + result) if plan.compounded else equity + result
        recent.add(result)
        peak = np.maximum(peak, equity)
        tripped = trading & (peak - equity > limits.drawdown_on * peak)
        rebases += tripped
        if plan.after_breaker is AfterBreaker.STOP:
            trading &= ~tripped
        trading &= equity > plan.ruin_level + ROUNDING  # who is ruined trades no more, and trips no breaker
        peak = np.where(tripped, equity, peak)  # of the breaker alone: the drawdown reported keeps the true peak
        curve[:, trade] = equity
    return curve, rebases


class _Recent:
    """The spread of every path's last trades, kept by sums."""

    def __init__(self, paths: int, limits: RiskLimits) -> None:
        self._limits = limits
        self._ring = np.zeros((limits.volatility_window, paths))
        self._count = 0

    def add(self, result: Floats) -> None:
        """Take one trade of every path."""
        self._ring[self._count % len(self._ring)] = result
        self._count += 1

    def scale(self) -> Floats:
        """clip(σ_target ÷ σ_realised), 1 while the trades are too few (methods §12.7)."""
        limits = self._limits
        if self._count < len(self._ring) or limits.volatility_target == 0.0:
            return np.ones(self._ring.shape[1])
        sd = self._ring.std(axis=0, ddof=1)
        target = np.full_like(sd, limits.volatility_target)
        wanted = np.divide(target, sd, out=np.ones_like(sd), where=sd >= ROUNDING)
        return np.asarray(np.clip(wanted, limits.scale_min, limits.scale_max), dtype=np.float64)


def _absorbed(equity: Floats, ruin_level: float) -> tuple[Floats, Ints]:
    """Hold every path at the value with which it first touched the ruin level."""
    ruined = equity <= ruin_level + ROUNDING
    hit = ruined.any(axis=1)
    at = np.where(hit, ruined.argmax(axis=1), -1)
    if hit.any():
        stuck = equity[hit, at[hit]][:, None]
        after = np.arange(equity.shape[1])[None, :] > at[hit][:, None]
        equity = equity.copy()
        equity[hit] = np.where(after, stuck, equity[hit])
    return equity, at


def _longest_run(flags: npt.NDArray[np.bool_]) -> Ints:
    """The longest stretch of True in each row."""
    places = np.arange(1, flags.shape[1] + 1)
    last_false = np.maximum.accumulate(np.where(flags, 0, places), axis=1)
    longest: Ints = np.max(places - last_false, axis=1)
    return longest


def _fan(equity: Floats) -> Ints:
    steps = fan_steps(equity.shape[1])
    places = np.floor((np.log(np.maximum(equity[:, steps - 1], np.exp(FAN_LOW))) - FAN_LOW) / 0.01)
    bins = np.clip(places, 0, FAN_BINS - 1).astype(np.int64)
    fan = np.zeros((len(steps), FAN_BINS), dtype=np.int64)
    for row in range(len(steps)):
        fan[row] = np.bincount(bins[:, row], minlength=FAN_BINS)
    return fan

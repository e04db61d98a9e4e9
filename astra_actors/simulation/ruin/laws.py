"""Where the returns of a simulated path come from: the record itself, resampled, or a stated law (methods §13).

A law draws a block of returns, one row a path, each a fraction of the equity before the trade. It holds plain arrays, so
that it can be sent to a worker, and takes its dice from the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from astra_actors.kernel.errors import BadInput
from astra_actors.simulation.ruin.block_length import automatic_block

Floats = npt.NDArray[np.float64]

RETURNS_MIN: Final = 4  # three trades have no spread worth the name
OBSERVED_MIN: Final = 100  # fewer are too few to be resampled: a stated law takes their place (methods §13)


class ReturnLaw(Protocol):
    """A source of trade returns."""

    @property
    def name(self) -> str:
        """What the law is called on the command line and in reports."""
        ...

    def draw(self, dice: np.random.Generator, paths: int, trades: int) -> Floats:
        """Returns as a (paths, trades) array."""
        ...

    def terms(self) -> dict[str, Any]:
        """The law's parameters, for the report and the input hash."""
        ...


@dataclass(frozen=True, slots=True)
class Iid:
    """Every trade is any trade of the record."""

    returns: Floats
    name: str = "iid"

    def draw(self, dice: np.random.Generator, paths: int, trades: int) -> Floats:
        """Returns as a (paths, trades) array."""
        return self.returns[dice.integers(0, len(self.returns), (paths, trades))]

    def terms(self) -> dict[str, Any]:
        """The law's parameters."""
        return {"observed": len(self.returns)}


@dataclass(frozen=True, slots=True)
class Stationary:
    """Blocks of the record in their order: each goes on with probability 1 − 1/b and wraps around (Politis & Romano 1994)."""

    returns: Floats
    block: float
    name: str = "stationary"

    def draw(self, dice: np.random.Generator, paths: int, trades: int) -> Floats:
        """Returns as a (paths, trades) array."""
        starts = dice.integers(0, len(self.returns), (paths, trades))
        restarts = dice.random((paths, trades)) < 1.0 / self.block
        return self.returns[block_indices(starts, restarts, len(self.returns))]

    def terms(self) -> dict[str, Any]:
        """The law's parameters."""
        return {"observed": len(self.returns), "block": self.block}


@dataclass(frozen=True, slots=True)
class Copula:
    """Trades of one cluster fall together: `together` of them share a factor with correlation ρ (Vasicek 1987; Li 2000)."""

    returns: Floats  # sorted: the law of one trade
    rho: float
    together: int
    name: str = "copula"

    def draw(self, dice: np.random.Generator, paths: int, trades: int) -> Floats:
        """Returns as a (paths, trades) array."""
        groups = -(-trades // self.together)
        shared = np.repeat(dice.standard_normal((paths, groups)), self.together, axis=1)[:, :trades]
        own = dice.standard_normal((paths, trades))
        level = ndtr(np.sqrt(self.rho) * shared + np.sqrt(1.0 - self.rho) * own)
        count = len(self.returns)
        returns: Floats = self.returns[np.minimum((level * count).astype(np.int64), count - 1)]
        return returns

    def terms(self) -> dict[str, Any]:
        """The law's parameters."""
        return {"observed": len(self.returns), "rho": self.rho, "together": self.together}


@dataclass(frozen=True, slots=True)
class Normal:
    """Independent normal returns, never below the loss of everything."""

    mean: float
    sd: float
    name: str = "normal"

    def draw(self, dice: np.random.Generator, paths: int, trades: int) -> Floats:
        """Returns as a (paths, trades) array."""
        return np.maximum(dice.normal(self.mean, self.sd, (paths, trades)), -1.0)

    def terms(self) -> dict[str, Any]:
        """The law's parameters."""
        return {"mean": self.mean, "sd": self.sd}


@dataclass(frozen=True, slots=True)
class Bets:
    """Independent bets: a contract of cost `cost` that pays 1 with probability `p`, bought for the share `stake` of equity."""

    p: float
    cost: float
    stake: float
    name: str = "bets"

    def draw(self, dice: np.random.Generator, paths: int, trades: int) -> Floats:
        """Returns as a (paths, trades) array."""
        won = dice.random((paths, trades)) < self.p
        return np.where(won, self.stake * (1.0 / self.cost - 1.0), -self.stake)

    def terms(self) -> dict[str, Any]:
        """The law's parameters."""
        return {"p": self.p, "cost": self.cost, "stake": self.stake}


def block_indices(starts: npt.NDArray[np.int64], restarts: npt.NDArray[np.bool_], length: int) -> npt.NDArray[np.int64]:
    """The places in the record that blocks visit: a restart takes its own start, anything else the next place (O13.11).

    The first column always starts. Shapes (paths, trades).
    """
    restarts = restarts.copy()
    restarts[:, 0] = True
    columns = np.arange(starts.shape[1])
    began = np.maximum.accumulate(np.where(restarts, columns, 0), axis=1)
    first = np.take_along_axis(starts, began, axis=1)
    places: npt.NDArray[np.int64] = (first + columns - began) % length
    return places


def law_of(
    name: str, returns: Sequence[float], *, rho: float = 0.5, together: int = 5, block: float | None = None
) -> ReturnLaw:
    """The law of that name over a record of returns; raises `BadInput` for a record that says nothing."""
    record = checked_returns(returns)
    if name == "iid":
        return Iid(record)
    if name == "stationary":
        if block is not None and not (block >= 1.0 and np.isfinite(block)):
            raise BadInput("--block", block, "give a mean block length, a number of at least one trade")
        return Stationary(record, automatic_block(record) if block is None else block)
    if name == "copula":
        if not 0.0 <= rho <= 1.0:
            raise BadInput("--rho", rho, "give a correlation between 0 and 1")
        if together < 1:
            raise BadInput("--together", together, "give how many trades of a cluster stand at once, at least 1")
        return Copula(np.sort(record), rho, together)
    if name == "normal":
        return Normal(float(record.mean()), float(record.std(ddof=1)))
    raise BadInput("--law", name, "choose one of iid, stationary, copula, normal")


def checked_returns(returns: Sequence[float]) -> Floats:
    """The record as an array; refused when it is empty, too short, not finite, below −1, or without any spread."""
    record = np.asarray(returns, dtype=np.float64)
    if len(record) < RETURNS_MIN:
        raise BadInput("returns", f"{len(record)} trades", f"give at least {RETURNS_MIN}; {OBSERVED_MIN} say something")
    bad = np.flatnonzero(~np.isfinite(record) | (record < -1.0))
    if len(bad):
        row = int(bad[0])
        raise BadInput(f"returns row {row + 1}", float(record[row]), "give finite fractions of equity, none below -1")
    if np.ptp(record) == 0.0:
        raise BadInput(
            "returns", f"{len(record)} times {record[0]}", "give a record that varies: this one has no risk in it"
        )
    return record
